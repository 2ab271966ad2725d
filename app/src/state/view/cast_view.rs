//! The view state of the cast panel: the text of a character's page that is being edited.

use crate::state::form::character_form::CharacterForm;

/// The unfinished edits of the character whose page is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CastView {
    /// The typed text, until its field loses the focus.
    pub form: Option<CharacterForm>,
    /// Whether a colour is being changed: one gesture from the first change to the last.
    pub is_colour_dragged: bool,
}
