//! The window: `logic` polls other threads, `ui` draws the panels and then applies their actions.

mod autoplay;
mod keymap;
mod startup;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use eframe::{App, CreationContext, Frame, NativeOptions};
use egui::{ViewportBuilder, vec2};
use image::{ImageResult, RgbaImage};
use kinora_studio::Project;
use kinora_studio::engine::{self, EngineHost};
use kinora_studio::folders::Folders;
use kinora_studio::project::pending_writes::flush_pending;
use kinora_studio::render::machine::adapter;
use kinora_studio::render::media::has_still_extension;
use kinora_studio::render::record::SoundInputs;
use kinora_studio::timeline::ShotId;

use crate::actions::{self, apply};
use crate::cli::WindowArguments;
use crate::panels;
use crate::state::action::{
    Action, EditAction, FilePurpose, MediaAction, ProjectAction, ShotAction,
};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::open_project::OpenProject;
use crate::ui::app_icon::app_icon;
use crate::ui::fonts;
use crate::ui::gpu::picture;
use crate::ui::gpu::shader::Watch;
use crate::ui::theme::Theme;

pub use startup::Started;

use autoplay::Autoplay;
use startup::Startup;

const MIN_SIZE: egui::Vec2 = vec2(640.0, 480.0);
const DEFAULT_SIZE: egui::Vec2 = vec2(1280.0, 720.0);

/// Opens the window; returns when it is closed.
pub fn open(arguments: WindowArguments, started: Started) -> ExitCode {
    let welcome = std::thread::spawn(picture::decode_welcome);
    let size = arguments.window_size.map_or(DEFAULT_SIZE, |size| {
        vec2(size.width() as f32, size.height() as f32)
    });
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Kinora")
            .with_app_id("kinora")
            .with_icon(app_icon(&Theme::embedded()))
            .with_inner_size(size)
            .with_min_inner_size(MIN_SIZE),
        ..NativeOptions::default()
    };
    let opened = eframe::run_native(
        "kinora",
        options,
        Box::new(move |creation| {
            install_welcome(creation, welcome);
            Ok(Box::new(Window::new(
                creation,
                Folders::of_user(),
                arguments,
                started,
            )))
        }),
    );
    flush_pending(); // the last changes may still be being written
    adapter::close();
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "error: the window could not be opened: {error}; run `kinora doctor` to see what is missing"
            );
            ExitCode::FAILURE
        }
    }
}

/// The window as an eframe app.
pub struct Window {
    theme: Theme,
    state: AppState,
    startup: Startup,
    autoplay: Autoplay,
    shader: Option<Watch>,
}

impl Window {
    /// Sets up egui and opens the project named on the command line.
    pub fn new(
        creation: &CreationContext<'_>,
        folders: Folders,
        arguments: WindowArguments,
        started: Started,
    ) -> Self {
        let ctx = &creation.egui_ctx;
        let theme = Theme::embedded();
        ctx.set_fonts(fonts::definitions());
        ctx.add_glyph_rasterizer(fonts::copy_sign());
        ctx.options_mut(|options| options.zoom_with_keyboard = false); // the keymap zooms
        theme.apply(ctx);
        let wake = ctx.clone();
        let program = arguments.engine.clone().unwrap_or_else(engine::program);
        let engine = EngineHost::new(program, move || wake.request_repaint()).beside_window();
        let mut state = AppState::new(folders, engine);
        actions::use_preferences(&mut state, ctx);
        state.file_dialogs = arguments.file_dialogs;
        if let Some(project) = &arguments.project {
            apply(
                Action::Project(ProjectAction::Open(project.clone())),
                &mut state,
                ctx,
            );
        } else if arguments.sample {
            apply(Action::Command(Command::OpenSample), &mut state, ctx);
        }
        let autoplay = match arguments.show {
            true => Autoplay::Opening,
            false => Autoplay::Off,
        };
        Self {
            theme,
            state,
            autoplay,
            startup: Startup::new(arguments, started),
            shader: Watch::start(picture::SHADER, ctx),
        }
    }

    /// With these microphones instead of those of the machine.
    #[must_use]
    pub fn with_sound_inputs(mut self, inputs: Arc<dyn SoundInputs>) -> Self {
        self.state.voice_over.inputs = inputs;
        self
    }

    /// The open project.
    pub fn project(&self) -> Option<&Project> {
        Some(self.state.project.as_ref()?.project())
    }

    /// Whether all changes of the open project are on the disk.
    pub fn is_settled(&self) -> bool {
        let open = self.state.project.as_ref();
        open.is_none_or(|open| open.document.session.is_settled())
    }

    /// The commands whose keys were pressed. An open dialog or menu keeps all keys to itself, and the clipboard that was
    /// asked for a picture is no command to paste clips.
    fn pressed_commands(&self, ctx: &egui::Context) -> Vec<Command> {
        let open = self.state.project.as_ref();
        let is_pasting = open.is_some_and(|open| open.view.panels.shot.pastes_into.is_some());
        match self.state.dialog.is_some() || is_pasting || egui::Popup::is_any_open(ctx) {
            true => Vec::new(),
            false => keymap::pressed(ctx, &self.state.keys),
        }
    }

    fn poll_shader(&mut self, frame: &Frame) {
        let (Some(watch), Some(render)) = (&self.shader, frame.wgpu_render_state()) else {
            return;
        };
        match watch.changed() {
            Some(Ok(text)) => {
                picture::replace_shader(render, &text);
                self.state
                    .notifications
                    .info(format!("{} was reloaded", picture::SHADER.name));
            }
            Some(Err(error)) => self
                .state
                .notifications
                .error(format!("{error}. The last valid shader stays in use.")),
            None => {}
        }
    }
}

impl App for Window {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut Frame) {
        actions::poll::poll(&mut self.state, ctx);
        self.poll_shader(frame);
        self.autoplay.frame(&mut self.state, ctx);
        let busy = self.state.tasks.opening.is_some();
        self.startup.frame(ctx, busy);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let commands = self.pressed_commands(ui.ctx());
        let mut pending = panels::window_ui(ui, &self.theme, &mut self.state, keymap::pressed);
        pending.extend(dropped_files(ui.ctx(), &self.state));
        let has_actions = !commands.is_empty() || !pending.is_empty();
        for command in commands {
            if self.state.dialog.is_some() {
                break; // an earlier key of this frame has opened it
            }
            actions::press_key(command, &mut self.state, ui.ctx());
        }
        for action in pending {
            apply(action, &mut self.state, ui.ctx());
        }
        if has_actions {
            ui.ctx().request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        egui::Rgba::from(*self.theme.colours.ground).to_array()
    }
}

/// The action for dropped files: a project folder is opened; a single timeline of another editor becomes a new project;
/// several files, or files on the media panel, are imported and not placed. A single picture becomes the keyframe image of
/// the slot under the pointer, elsewhere a character; other single media goes to the timeline. Decided by the names alone,
/// because reading from the disk may be slow: whether a picture moves is found out later.
fn dropped_files(ctx: &egui::Context, state: &AppState) -> Option<Action> {
    let paths: Vec<PathBuf> = ctx.input(|input| {
        let files = input.raw.dropped_files.iter();
        files.map(|file| file.path().to_owned()).collect()
    });
    let first = paths.first()?;
    if is_folder(first) {
        return Some(Action::Project(ProjectAction::Open(first.clone())));
    }
    if paths.len() == 1 && FilePurpose::Timeline.has_extension_of(first) {
        let cut = first.clone();
        return Some(Action::Project(ProjectAction::AskImportTimeline(cut)));
    }
    let is_on_media = |open: &OpenProject| open.view.panels.media.has_pointer;
    if paths.len() > 1 || state.project.as_ref().is_some_and(is_on_media) {
        let files = paths.into_iter().filter(|path| !is_folder(path));
        return Some(Action::Media(MediaAction::Import(files.collect())));
    }
    let path = first.clone();
    Some(match has_still_extension(&path) {
        true => Action::Shot(match slot_under_pointer(state) {
            Some((shot, frame)) => ShotAction::AddKeyframeFrom(shot, frame, path),
            None => ShotAction::AddDropped(path),
        }),
        false => Action::Edit(EditAction::Import(path)),
    })
}

fn is_folder(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_none_or(|extension| extension == "kinora")
}

fn slot_under_pointer(state: &AppState) -> Option<(ShotId, u32)> {
    state.project.as_ref()?.view.panels.shot.slot_under_pointer
}

fn install_welcome(creation: &CreationContext<'_>, welcome: JoinHandle<ImageResult<RgbaImage>>) {
    let Some(render) = &creation.wgpu_render_state else {
        return;
    };
    match welcome.join() {
        Ok(Ok(picture)) => picture::install(render, &picture),
        Ok(Err(error)) => tracing::error!("assets/images/welcome.png: {error}"),
        Err(_) => tracing::error!("decoding the welcome picture panicked"),
    }
}
