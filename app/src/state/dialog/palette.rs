//! The state of the command palette.

/// The typed text, and the index of the highlighted command.
#[derive(Default)]
pub struct Palette {
    pub typed: String,
    pub chosen: usize,
}
