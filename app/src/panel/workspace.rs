//! The open film: panels that can be dragged, tabbed and resized, the picture in the middle.

use egui::{Frame, Id, Margin, RichText, Ui, WidgetText};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, TileId, Tiles, Tree,
    UiResponse,
};
use kinora_studio::engine::EngineHost;
use serde::{Deserialize, Serialize};

use super::{camera, cast, clip, queue, shot, shots, timeline, viewer};
use crate::film::Film;
use crate::run::Ask;
use crate::theme::Theme;

/// What a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pane {
    Shots,
    Cast,
    Viewer,
    Camera,
    Shot,
    Clip,
    Queue,
    Timeline,
}

impl Pane {
    fn title(self) -> &'static str {
        match self {
            Self::Shots => "Shots",
            Self::Cast => "Cast",
            Self::Viewer => "Viewer",
            Self::Camera => "Camera",
            Self::Shot => "Shot",
            Self::Clip => "Clip",
            Self::Queue => "Queue",
            Self::Timeline => "Timeline",
        }
    }
}

/// How the panels lie before anybody moves them.
pub fn usual_layout() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut tabs = |panes: &[Pane]| {
        let panes = panes.iter().map(|&pane| tiles.insert_pane(pane)).collect();
        tiles.insert_tab_tile(panes)
    };
    let left = tabs(&[Pane::Shots, Pane::Cast]);
    let middle = tabs(&[Pane::Viewer, Pane::Camera]);
    let right = tabs(&[Pane::Shot, Pane::Clip, Pane::Queue]);
    let bottom = tabs(&[Pane::Timeline]);
    let mut row = Linear::new(LinearDir::Horizontal, vec![left, middle, right]);
    for (tile, share) in [(left, 0.21), (middle, 0.53), (right, 0.26)] {
        row.shares.set_share(tile, share);
    }
    let row = tiles.insert_container(Container::from(row));
    let halves = Linear::new_binary(LinearDir::Vertical, [row, bottom], 0.66);
    let root = tiles.insert_container(Container::from(halves));
    Tree::new(Id::unique("workspace"), root, tiles)
}

/// Draws all panels.
pub fn workspace_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &mut Film,
    engine: &EngineHost,
    asks: &mut Vec<Ask>,
) {
    film.stage_view.has_pointer = false; // the panel says so if it is drawn
    // The layout is taken out while the panels, which see the rest of the film, are drawn in it.
    let mut layout = std::mem::replace(&mut film.layout, Tree::empty(Id::unique("workspace")));
    let mut panels = Panels {
        theme,
        film,
        engine,
        asks,
    };
    layout.ui(&mut panels, ui);
    film.layout = layout;
}

struct Panels<'p> {
    theme: &'p Theme,
    film: &'p mut Film,
    engine: &'p EngineHost,
    asks: &'p mut Vec<Ask>,
}

impl Behavior<Pane> for Panels<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        let Self {
            theme,
            film,
            engine,
            asks,
        } = self;
        let margin = match pane {
            Pane::Viewer | Pane::Camera | Pane::Timeline => Margin::ZERO,
            _ => Margin::same(12),
        };
        Frame::new()
            .fill(*theme.colours.panel)
            .inner_margin(margin)
            .show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                match pane {
                    Pane::Shots => shots::shots_ui(ui, theme, film, asks),
                    Pane::Cast => cast::cast_ui(ui, theme, film, asks),
                    Pane::Viewer => viewer::viewer_ui(ui, theme, film, asks),
                    Pane::Camera => camera::camera_ui(ui, theme, film, asks),
                    Pane::Shot => shot::shot_ui(ui, theme, film, engine, asks),
                    Pane::Clip => clip::clip_ui(ui, theme, film, asks),
                    Pane::Queue => queue::queue_ui(ui, theme, film, asks),
                    Pane::Timeline => timeline::timeline_ui(ui, theme, film, asks),
                }
            });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        RichText::new(pane.title()).into()
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        32.0
    }

    fn tab_bar_color(&self, _visuals: &egui::Visuals) -> egui::Color32 {
        *self.theme.colours.ground
    }

    fn tab_bg_color(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &TabState,
    ) -> egui::Color32 {
        match state.active {
            true => *self.theme.colours.panel,
            false => *self.theme.colours.ground,
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
            true => *self.theme.colours.text,
            false => *self.theme.colours.text_faint,
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
