//! The view state of the shot panel.

use std::ops::RangeInclusive;

use kinora_studio::generate::stills::DEFAULT_STILLS;
use kinora_studio::timeline::{ContentHash, ShotId};

use crate::state::form::best_of_form::BestOfForm;
use crate::state::form::retake_form::RetakeForm;

/// The numbers of takes that *Generate* can queue at once.
pub const TAKE_COUNTS: RangeInclusive<u32> = 1..=32;

/// The view of the selected shot. Text that is being typed is in the shot form.
#[derive(Clone, Debug, PartialEq)]
pub struct ShotView {
    /// The number of takes that *Generate* queues.
    pub take_count: u32,
    /// Whether these takes are ranked, and when they end.
    pub best_of: BestOfForm,
    /// Whether takes are shown in the order of their ranks.
    pub is_by_rank: bool,
    /// The number of stills that *Make stills* queues.
    pub still_count: u32,
    /// The name of a new prompt template, as it is being typed.
    pub template_name: String,
    /// The words that are searched for in the notes on the takes.
    pub note_search: String,
    /// The take whose note takes the focus.
    pub note_to_focus: Option<ContentHash>,
    /// The still that is selected.
    pub still: Option<ContentHash>,
    /// The still that takes the focus when it is drawn next.
    pub still_to_focus: Option<ContentHash>,
    /// The range of a take that is being chosen for a retake.
    pub retake: Option<RetakeForm>,
    /// The shot and the frame of the keyframe slot under the pointer: a picture that is dropped there goes into it.
    /// Set while the panel is drawn.
    pub slot_under_pointer: Option<(ShotId, u32)>,
    /// The slot that waits for the picture in the clipboard.
    pub pastes_into: Option<PasteTarget>,
    /// The field that takes the focus when it is drawn next.
    pub field_to_focus: Option<ShotField>,
}

/// Text fields of a shot that a command puts the focus into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShotField {
    Name,
    Prompt,
}

/// A keyframe slot that waits for the clipboard. The system answers in the next frame, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasteTarget {
    /// Its shot and its frame.
    pub slot: (ShotId, u32),
    /// The frames of the window for which it still waits.
    frames_left: u8,
}

impl PasteTarget {
    /// From now on.
    pub fn of(slot: (ShotId, u32)) -> Self {
        Self {
            slot,
            frames_left: 2,
        }
    }

    /// A frame of the window later. `None`: the clipboard has no picture.
    pub fn aged(self) -> Option<Self> {
        let frames_left = self.frames_left.checked_sub(1)?;
        Some(Self {
            frames_left,
            ..self
        })
    }
}

impl Default for ShotView {
    fn default() -> Self {
        Self {
            take_count: 1,
            best_of: BestOfForm::default(),
            is_by_rank: false,
            template_name: String::new(),
            note_search: String::new(),
            note_to_focus: None,
            still_count: DEFAULT_STILLS,
            still: None,
            still_to_focus: None,
            retake: None,
            slot_under_pointer: None,
            pastes_into: None,
            field_to_focus: None,
        }
    }
}
