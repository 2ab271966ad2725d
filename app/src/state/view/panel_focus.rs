//! The keyboard focus among the panels.

use super::layout::Pane;

/// The panel that gets the keyboard focus, and the one that had it last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PanelFocus {
    /// The panel whose first control takes the focus when the panel is drawn.
    pub wanted: Option<Pane>,
    /// The panel that had the focus last. The commands for the next and the previous panel start from it.
    pub last: Option<Pane>,
}

impl PanelFocus {
    /// Requests the focus for a panel.
    pub fn request(&mut self, pane: Pane) {
        self.wanted = Some(pane);
        self.last = Some(pane);
    }
}
