//! The state of the window: the open project, the engine, the open dialog, and the running tasks.

use kinora_studio::engine::EngineHost;
use kinora_studio::exchange::export_presets::ExportPresets;
use kinora_studio::folders::Folders;
use kinora_studio::recent::Recent;

use super::dialog::Dialog;
use super::guide::Guide;
use super::keymap::KeyMap;
use super::notification::Notifications;
use super::open_project::OpenProject;
use super::preferences::SavedPreferences;
use super::prompt_templates::PromptTemplates;
use super::tasks::Tasks;
use super::view::ViewerSettings;
use super::view::layout::SavedLayout;
use super::view::layouts::NamedLayouts;
use super::view::viewer_window::SavedViewerWindow;
use super::voice_over::VoiceOver;
use crate::background::config_writer::ConfigWriter;
use crate::background::project_card::ProjectCards;
use crate::cli::FileDialogs;

/// The state of the window.
pub struct AppState {
    pub folders: Folders,
    /// Writes what is kept in the config folder.
    pub config_writer: ConfigWriter,
    pub recent: Recent,
    pub export_presets: ExportPresets,
    /// The layout for the next project that is opened, as it was last changed.
    pub layout: SavedLayout,
    pub named_layouts: NamedLayouts,
    pub prompt_templates: PromptTemplates,
    pub preferences: SavedPreferences,
    pub keys: KeyMap,
    pub project: Option<OpenProject>,
    pub engine: EngineHost,
    pub dialog: Option<Dialog>,
    pub notifications: Notifications,
    pub viewer: ViewerSettings,
    pub viewer_window: SavedViewerWindow,
    pub guide: Guide,
    /// The title of the window, as it was set last.
    pub title: String,
    pub project_cards: ProjectCards,
    /// The size of the pictures that the first installed model makes; `None`: no engine has reported it yet.
    pub model_size: Option<[u32; 2]>,
    pub tasks: Tasks,
    pub voice_over: VoiceOver,
    /// Set to Kinora's own file picker once the system's file dialog has turned out to be missing.
    pub file_dialogs: FileDialogs,
}

impl AppState {
    /// The state at start-up: no project is open, and the engine is as given.
    pub fn new(folders: Folders, engine: EngineHost) -> Self {
        Self {
            recent: Recent::load(&folders.config),
            export_presets: ExportPresets::load(&folders.config),
            layout: SavedLayout::load(&folders.config),
            named_layouts: NamedLayouts::load(&folders.config),
            prompt_templates: PromptTemplates::load(&folders.config),
            preferences: SavedPreferences::load(&folders.config),
            keys: KeyMap::load(&folders.config),
            guide: Guide::load(&folders.config),
            viewer_window: SavedViewerWindow::load(&folders.config),
            folders,
            config_writer: ConfigWriter::start(),
            project: None,
            engine,
            dialog: None,
            notifications: Notifications::default(),
            viewer: ViewerSettings::default(),
            title: "Kinora".into(),
            project_cards: ProjectCards::default(),
            model_size: None,
            tasks: Tasks::default(),
            voice_over: VoiceOver::default(),
            file_dialogs: FileDialogs::System,
        }
    }

    /// Whether a project is open and can be edited.
    pub fn can_edit(&self) -> bool {
        let project = self.project.as_ref();
        project.is_some_and(|project| project.document.session.can_be_edited())
    }
}
