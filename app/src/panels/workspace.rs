//! The open project: panels that can be dragged, tabbed and resized.

use egui::{Frame, Id, Margin, RichText, ScrollArea, Ui, WidgetText};
use egui_tiles::{
    Behavior, EditAction, SimplificationOptions, TabState, TileId, Tiles, Tree, UiResponse,
};

use super::context::PanelContext;
use super::{camera, cast, clip, measures, media, mixer, queue, shot, shots, timeline, viewer};
use crate::state::view::PanelViews;
use crate::state::view::layout::Pane;
use crate::state::view::panel_focus::PanelFocus;

/// A panel: its title, and the function that draws it.
struct PaneRow {
    pane: Pane,
    title: &'static str,
    /// A panel without a margin draws to its edges.
    has_margin: bool,
    /// In points, with the margin. A narrower panel is scrolled sideways: nothing in it is cut off.
    least_width: f32,
    ui: fn(&mut Ui, &PanelContext, &mut PanelViews),
}

/// All panels. A new one is a file, a variant of [`Pane`] and a row here.
#[rustfmt::skip] // a table
const PANES: &[PaneRow] = &[
    PaneRow { pane: Pane::Shots, title: "Shots", has_margin: true, least_width: 220.0, ui: |ui, cx, views| shots::shots_ui(ui, cx, &mut views.shots) },
    PaneRow { pane: Pane::Cast, title: "Cast", has_margin: true, least_width: 220.0, ui: |ui, cx, views| cast::cast_ui(ui, cx, &mut views.cast) },
    PaneRow { pane: Pane::Media, title: "Media", has_margin: true, least_width: 240.0, ui: |ui, cx, views| media::media_ui(ui, cx, &mut views.media) },
    PaneRow { pane: Pane::Viewer, title: "Viewer", has_margin: false, least_width: 420.0, ui: |ui, cx, _| viewer::panel_ui(ui, cx) },
    PaneRow { pane: Pane::Camera, title: "Camera", has_margin: false, least_width: 520.0, ui: |ui, cx, views| camera::camera_ui(ui, cx, &mut views.stage) },
    PaneRow { pane: Pane::Shot, title: "Shot", has_margin: true, least_width: 290.0, ui: |ui, cx, views| shot::shot_ui(ui, cx, &mut views.shot_form, &mut views.shot) },
    PaneRow { pane: Pane::Clip, title: "Clip", has_margin: true, least_width: 290.0, ui: |ui, cx, views| clip::clip_ui(ui, cx, &mut views.title_form) },
    PaneRow { pane: Pane::Queue, title: "Queue", has_margin: true, least_width: 250.0, ui: |ui, cx, views| queue::queue_ui(ui, cx, &mut views.queue) },
    PaneRow { pane: Pane::Timeline, title: "Timeline", has_margin: false, least_width: 480.0, ui: |ui, cx, views| timeline::timeline_ui(ui, cx, &mut views.timeline) },
    PaneRow { pane: Pane::Mixer, title: "Mixer", has_margin: true, least_width: 300.0, ui: |ui, cx, _| mixer::mixer_ui(ui, cx) },
    PaneRow { pane: Pane::Measures, title: "Measures", has_margin: true, least_width: 360.0, ui: |ui, cx, views| measures::measures_ui(ui, cx, &mut views.measures) },
];

fn row(pane: Pane) -> &'static PaneRow {
    let row = &PANES[pane as usize];
    debug_assert_eq!(row.pane, pane, "the rows are in the order of the variants");
    row
}

/// Draws all panels. Returns whether the artist moved or resized one.
pub fn workspace_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    layout: &mut Tree<Pane>,
    views: &mut PanelViews,
) -> bool {
    let mut panels = Panels {
        cx,
        views,
        is_changed: false,
    };
    layout.ui(&mut panels, ui);
    panels.is_changed
}

/// Puts the focus on the first control of a panel that gets it, and notes which panel has it. The panel was drawn after so
/// many widgets.
fn move_focus(ui: &Ui, focus: &mut PanelFocus, pane: Pane, before: usize) {
    let is_wanted = focus.wanted == Some(pane);
    let focused = ui.memory(egui::Memory::focused);
    if !is_wanted && focused.is_none() {
        return;
    }
    let controls = controls_after(ui, before);
    if is_wanted {
        focus.wanted = None;
        if let Some(first) = controls.first() {
            ui.memory_mut(|memory| memory.request_focus(*first));
            ui.ctx().request_repaint(); // it was drawn without the focus
        }
    } else if focused.is_some_and(|focused| controls.contains(&focused)) {
        focus.last = Some(pane);
    }
}

/// The number of widgets that were drawn in this frame.
fn widgets_so_far(ui: &Ui) -> usize {
    let layer = ui.layer_id();
    ui.ctx()
        .viewport(|viewport| viewport.this_pass.widgets.get_layer(layer).count())
}

/// The controls that were drawn after so many widgets, in the order in which Tab goes through them.
fn controls_after(ui: &Ui, before: usize) -> Vec<Id> {
    let layer = ui.layer_id();
    ui.ctx().viewport(|viewport| {
        let drawn = viewport.this_pass.widgets.get_layer(layer).skip(before);
        let controls = drawn.filter(|widget| widget.enabled && widget.sense.is_focusable());
        controls.map(|widget| widget.id).collect()
    })
}

struct Panels<'p, 'c> {
    cx: &'p PanelContext<'c>,
    views: &'p mut PanelViews,
    is_changed: bool,
}

impl Behavior<Pane> for Panels<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        let row = row(*pane);
        let margin = match row.has_margin {
            true => Margin::same(12),
            false => Margin::ZERO,
        };
        let before = widgets_so_far(ui);
        let frame = Frame::new().fill(*self.cx.theme.colours.panel);
        let mut contents = |ui: &mut Ui| {
            frame.inner_margin(margin).show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                (row.ui)(ui, self.cx, self.views);
            });
        };
        if ui.available_width() < row.least_width {
            let area = ScrollArea::horizontal().id_salt(row.title);
            area.auto_shrink(false).show(ui, |ui| {
                ui.set_width(row.least_width);
                contents(ui);
            });
        } else {
            contents(ui);
        }
        move_focus(ui, &mut self.views.focus, *pane, before);
        UiResponse::None
    }

    fn on_edit(&mut self, edit: EditAction) {
        self.is_changed |= matches!(edit, EditAction::TileResized | EditAction::TileDropped);
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        RichText::new(row(*pane).title).into()
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        32.0
    }

    fn tab_bar_color(&self, _visuals: &egui::Visuals) -> egui::Color32 {
        *self.cx.theme.colours.ground
    }

    fn tab_bg_color(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &TabState,
    ) -> egui::Color32 {
        match state.active {
            true => *self.cx.theme.colours.panel,
            false => *self.cx.theme.colours.ground,
        }
    }

    fn tab_text_color(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &TabState,
    ) -> egui::Color32 {
        match state.active {
            true => *self.cx.theme.colours.text,
            false => *self.cx.theme.colours.text_faint,
        }
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_has_the_row_of_its_own_number() {
        for (number, row) in PANES.iter().enumerate() {
            assert_eq!(row.pane as usize, number, "{}", row.title);
        }
        assert_eq!(Pane::Measures as usize + 1, PANES.len());
    }
}
