//! The colours of the labels of clips, imports and markers.

use egui::{Color32, Response, Ui};
use kinora_studio::timeline::clip::Label;

use crate::panels::context::PanelContext;
use crate::state::dialog::marker::LABELS;
use crate::ui::theme::Theme;

/// The colour of a label; `None` for no label.
pub fn label_colour(theme: &Theme, label: Label) -> Option<Color32> {
    let (_, name) = LABELS.iter().find(|(one, _)| *one == label)?;
    let swatches = theme.swatches();
    let swatch = swatches.iter().find(|(swatch, _)| swatch == name)?;
    Some(swatch.1)
}

/// An item of a menu of labels.
pub fn label_item(ui: &mut Ui, cx: &PanelContext, label: Label, name: &str) -> Response {
    let response = ui.button(format!("      {name}"));
    if let Some(colour) = label_colour(cx.theme, label) {
        let dot = response.rect.left_center() + egui::vec2(18.0, 0.0);
        ui.painter().circle_filled(dot, 5.0, colour);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_label_but_none_has_a_colour_of_its_own() {
        let theme = Theme::embedded();
        let colours = LABELS.map(|(label, _)| label_colour(&theme, label));
        assert_eq!(colours[0], None);
        assert!(colours[1..].iter().all(Option::is_some));
        let different: BTreeSet<_> = colours.iter().flatten().map(Color32::to_array).collect();
        assert_eq!(different.len(), LABELS.len() - 1);
    }
}
