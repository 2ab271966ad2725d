//! The state of the command palette.

/// What has been typed, and which of the answers is chosen.
#[derive(Default)]
pub struct Palette {
    pub typed: String,
    pub chosen: usize,
}
