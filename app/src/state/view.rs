//! The view state of the open project. It is not saved with the project.

pub mod cast_view;
pub mod layout;
pub mod layouts;
pub mod look_change;
pub mod measures_view;
pub mod media_view;
pub mod panel_focus;
pub mod queue_view;
pub mod selection;
pub mod shot_view;
pub mod shots_view;
pub mod stage_view;
pub mod subtitle_view;
pub mod timeline_view;
pub mod viewer_view;
pub mod viewer_window;

use egui_tiles::Tree;

use super::clipboard::Clipboard;
use super::comparison::Comparison;
use super::form::shot_form::ShotForm;
use super::form::title_form::TitleForm;
use cast_view::CastView;
use layout::Pane;
use measures_view::MeasuresView;
use media_view::MediaView;
use panel_focus::PanelFocus;
use queue_view::QueueView;
use selection::Selection;
use shot_view::{PasteTarget, ShotView};
use shots_view::ShotsView;
use stage_view::StageView;
use timeline_view::TimelineView;
use viewer_view::ViewerView;

/// The view of an open project.
pub struct ViewState {
    pub selection: Selection,
    pub clipboard: Clipboard,
    /// The number of frames since the last pointer button was released while a gesture is still open.
    pub frames_after_release: u32,
    pub viewer: ViewerView,
    /// The take that is compared with the chosen one.
    pub comparison: Option<Comparison>,
    pub layout: Tree<Pane>,
    /// Whether the layout was changed since it was last saved.
    pub is_layout_changed: bool,
    pub panels: PanelViews,
}

/// The view state of each panel that has one.
#[derive(Default)]
pub struct PanelViews {
    pub focus: PanelFocus,
    pub timeline: TimelineView,
    pub stage: StageView,
    pub shot: ShotView,
    pub shots: ShotsView,
    pub cast: CastView,
    pub media: MediaView,
    pub queue: QueueView,
    pub measures: MeasuresView,
    pub shot_form: Option<ShotForm>,
    pub title_form: TitleForm,
}

impl PanelViews {
    /// Drops the text that is being typed and is no edit yet.
    pub fn discard_typed_text(&mut self) {
        self.title_form.text = None;
        self.cast.form = None;
        self.media.form = None;
        self.timeline.form = None;
        self.timeline.subtitles.forget_typed();
        self.shot_form = None;
    }

    /// The pointer is over none of the panels; each sets this again where it is drawn. A slot that waits for the clipboard
    /// waits a frame less.
    pub fn forget_pointer(&mut self) {
        self.stage.has_pointer = false;
        self.media.has_pointer = false;
        self.shot.slot_under_pointer = None;
        self.shot.pastes_into = self.shot.pastes_into.and_then(PasteTarget::aged);
    }
}

impl ViewState {
    /// With this selection and this layout.
    pub fn new(selection: Selection, layout: Tree<Pane>) -> Self {
        Self {
            selection,
            clipboard: Clipboard::default(),
            frames_after_release: 0,
            viewer: ViewerView::default(),
            comparison: None,
            layout,
            is_layout_changed: false,
            panels: PanelViews::default(),
        }
    }

    /// Brings a panel to the front of its tabs.
    pub fn show(&mut self, pane: Pane) {
        if let Some(tile) = self.layout.tiles.find_pane(&pane) {
            self.layout.make_active(|other, _| other == tile);
        }
    }

    /// Brings a panel to the front of its tabs; its first control takes the keyboard focus.
    pub fn focus(&mut self, pane: Pane) {
        self.show(pane);
        self.panels.focus.request(pane);
    }

    /// The panel in front that follows the one that had the focus last. After the last one comes the first.
    pub fn next_panel(&self) -> Option<Pane> {
        let panels = self.panels_in_front();
        let next = self.place_of_focus(&panels).map_or(0, |place| place + 1);
        panels.get(next).or(panels.first()).copied()
    }

    /// The panel in front that precedes the one that had the focus last. Before the first one comes the last.
    pub fn previous_panel(&self) -> Option<Pane> {
        let panels = self.panels_in_front();
        let place = self.place_of_focus(&panels).unwrap_or(0);
        let previous = place.checked_sub(1).and_then(|place| panels.get(place));
        previous.or(panels.last()).copied()
    }

    fn place_of_focus(&self, panels: &[Pane]) -> Option<usize> {
        let last = self.panels.focus.last?;
        panels.iter().position(|pane| *pane == last)
    }

    /// The panels that can be seen, in the order of [`Pane::ALL`].
    fn panels_in_front(&self) -> Vec<Pane> {
        let shown = self.layout.active_tiles();
        let tile_of = |pane| self.layout.tiles.find_pane(&pane);
        let mut panels = Pane::ALL.to_vec();
        panels.retain(|pane| tile_of(*pane).is_some_and(|tile| shown.contains(&tile)));
        panels
    }
}

/// The settings with which the viewer shows pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ViewerSettings {
    pub exposure_stops: f32,
    pub guides: Guides,
    pub repeat: Repeat,
    pub place: ViewerPlace,
    /// Whether a pixel of the project is a pixel of the screen; otherwise the picture fills the panel.
    pub is_at_100_percent: bool,
    /// Whether arrows show the motion of a measured take.
    pub shows_motion: bool,
    pub plays: PlayedFile,
}

impl ViewerSettings {
    /// Puts the viewer to a place, or from there back into its panel.
    pub fn toggle_place(&mut self, place: ViewerPlace) {
        self.place = match self.place == place {
            true => ViewerPlace::Panel,
            false => place,
        };
    }
}

/// Where the viewer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewerPlace {
    /// In its panel.
    #[default]
    Panel,
    /// Alone in the main window.
    WholeWindow,
    /// In a window of its own, which can be on another screen.
    OwnWindow,
}

/// The file that is played of a video with a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayedFile {
    #[default]
    Proxy,
    Original,
}

/// What is played again when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// The range between in and out, if it is marked.
    #[default]
    Range,
    /// That range, or the whole timeline.
    Timeline,
}

/// Lines over the picture of the viewer and a ground below it, each chosen by itself. They are not exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Guides {
    /// The areas that every screen shows: 93 percent for action, 90 percent for titles (SMPTE ST 2046-1).
    pub safe_areas: bool,
    pub thirds: bool,
    pub centre_cross: bool,
    /// Squares of a tenth of the picture's height, from its middle.
    pub grid: bool,
    /// A checkerboard where the film covers nothing.
    pub checkerboard: bool,
}

#[cfg(test)]
mod tests {
    use super::layout::BuiltInLayout;
    use super::*;

    #[test]
    fn the_focus_goes_round_the_panels_in_front_in_both_directions() {
        let layout = BuiltInLayout::Editing.layout();
        let mut view = ViewState::new(Selection::default(), layout);
        let in_front = [Pane::Shots, Pane::Viewer, Pane::Shot, Pane::Timeline];
        for pane in in_front.into_iter().chain([Pane::Shots]) {
            assert_eq!(view.next_panel(), Some(pane));
            view.focus(pane);
        }
        for pane in in_front.into_iter().rev() {
            assert_eq!(view.previous_panel(), Some(pane));
            view.focus(pane);
        }
        view.focus(Pane::Clip);
        assert_eq!(
            view.previous_panel(),
            Some(Pane::Viewer),
            "the clip panel is in front now"
        );
    }
}
