//! The text and colour of a title while they are edited.

use kinora_studio::timeline::TitleId;

/// The unfinished edits of a title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TitleForm {
    /// The typed text, until its field loses the focus.
    pub text: Option<(TitleId, String)>,
    /// Whether the text field takes the focus as soon as it is drawn.
    pub takes_focus: bool,
    /// Whether the colour is being changed: one gesture from the first change to the last.
    pub colour_is_dragged: bool,
}
