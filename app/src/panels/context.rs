//! The references that panels receive. A panel changes only its own view state; everything else is an action
//! that it sends to the sink.

use egui::Context;
use kinora_studio::Project;
use kinora_studio::engine::EngineHost;
use kinora_studio::timeline::Frames;
use kinora_studio::timeline::shot::Shot;

use crate::state::action::{Action, ActionSink};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::comparison::Comparison;
use crate::state::generation::GenerationState;
use crate::state::keymap::KeyMap;
use crate::state::open_project::{Document, MediaCaches};
use crate::state::prompt_templates::PromptTemplates;
use crate::state::proxy_jobs::ProxyJobs;
use crate::state::view::ViewerSettings;
use crate::state::view::selection::Selection;
use crate::state::view::viewer_view::ViewerView;
use crate::state::view::viewer_window::SavedViewerWindow;
use crate::ui::theme::Theme;

/// Finds the commands of the keys that were pressed in the present native window, and takes the keys.
pub type KeyPresses = fn(&Context, &KeyMap) -> Vec<Command>;

/// The context of the parts around the panels: menus, status bar, welcome page, dialogs.
#[derive(Clone, Copy)]
pub struct WindowContext<'c> {
    pub theme: &'c Theme,
    pub state: &'c AppState,
    pub actions: &'c ActionSink,
}

impl WindowContext<'_> {
    pub fn send(&self, action: Action) {
        self.actions.send(action);
    }
}

/// The context of the panels of the open project.
#[derive(Clone, Copy)]
pub struct PanelContext<'c> {
    pub theme: &'c Theme,
    pub engine: &'c EngineHost,
    pub document: &'c Document,
    pub generation: &'c GenerationState,
    pub media: &'c MediaCaches,
    /// The orders for proxies.
    pub proxies: &'c ProxyJobs,
    pub selection: &'c Selection,
    pub comparison: Option<Comparison>,
    pub viewer: ViewerView,
    /// The length of the clip of a still picture.
    pub still_seconds: u32,
    /// Whether a drag of an edge ripples without a key.
    pub edges_ripple: bool,
    pub viewer_settings: ViewerSettings,
    /// The place of the viewer's own window.
    pub viewer_window: &'c SavedViewerWindow,
    /// The user's prompts for all projects.
    pub templates: &'c PromptTemplates,
    /// The keys of the commands.
    pub keys: &'c KeyMap,
    /// The frame that the camera panel shows, counted from the start of the selected shot.
    pub stage_frame: Frames,
    pub actions: &'c ActionSink,
}

impl<'c> PanelContext<'c> {
    pub fn send(&self, action: Action) {
        self.actions.send(action);
    }

    /// The project as it is now.
    pub fn project(&self) -> &'c Project {
        self.document.session.project()
    }

    /// False if the project is read-only.
    pub fn can_edit(&self) -> bool {
        self.document.session.can_be_edited()
    }

    /// The selected shot.
    pub fn shot(&self) -> Option<&'c Shot> {
        let shot = self.selection.shot?;
        self.project().shot(shot).map(|shot| &**shot)
    }
}
