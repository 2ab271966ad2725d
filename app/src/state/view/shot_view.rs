//! The view state of the shot panel.

use kinora_studio::timeline::ShotId;

/// The view of the selected shot. Text that is being typed is in the shot form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShotView {
    /// The shot and the frame of the keyframe slot under the pointer: a picture that is dropped there goes into it.
    /// Set while the panel is drawn.
    pub slot_under_pointer: Option<(ShotId, u32)>,
}
