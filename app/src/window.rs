//! The window: `logic` polls other threads, `ui` draws the panels and then applies their actions.

mod autoplay;
mod keymap;
mod startup;

use std::process::ExitCode;
use std::thread::JoinHandle;

use eframe::{App, CreationContext, Frame, NativeOptions};
use egui::{ViewportBuilder, vec2};
use image::{ImageResult, RgbaImage};
use kinora_studio::Project;
use kinora_studio::engine::{self, EngineHost};
use kinora_studio::folders::Folders;
use kinora_studio::project::pending_writes::flush_pending;
use kinora_studio::render::machine::adapter;
use kinora_studio::render::media::is_still;

use crate::actions::{self, apply};
use crate::cli::WindowArguments;
use crate::panels;
use crate::state::action::{Action, EditAction, ProjectAction, ShotAction};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::ui::fonts;
use crate::ui::gpu::picture;
use crate::ui::gpu::shader::Watch;
use crate::ui::theme::Theme;

pub use startup::Started;

use autoplay::Autoplay;
use startup::Startup;

const SMALLEST: egui::Vec2 = vec2(640.0, 480.0);
const USUAL: egui::Vec2 = vec2(1280.0, 720.0);

/// Opens the window and stays until it is closed.
pub fn open(arguments: WindowArguments, started: Started) -> ExitCode {
    let welcome = std::thread::spawn(picture::decode_welcome);
    let size = arguments.window_size.map_or(USUAL, |size| {
        vec2(size.width() as f32, size.height() as f32)
    });
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Kinora")
            .with_app_id("kinora")
            .with_inner_size(size)
            .with_min_inner_size(SMALLEST),
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
    flush_pending(); // what was done last is still being written
    adapter::close();
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "error: the window could not be opened: {error}; `kinora doctor` tells what is missing"
            );
            ExitCode::FAILURE
        }
    }
}

/// The program as eframe sees it.
pub struct Window {
    theme: Theme,
    state: AppState,
    startup: Startup,
    autoplay: Autoplay,
    shader: Option<Watch>,
}

impl Window {
    /// Dresses egui and opens what the command line names.
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
        ctx.options_mut(|options| options.zoom_with_keyboard = false); // the keymap does
        theme.apply(ctx);
        let wake = ctx.clone();
        let program = arguments.engine.clone().unwrap_or_else(engine::program);
        let engine = EngineHost::new(program, move || wake.request_repaint()).beside_window();
        let mut state = AppState::new(folders, engine);
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

    /// The open film, as it is seen.
    pub fn project(&self) -> Option<&Project> {
        Some(self.state.project.as_ref()?.project())
    }

    /// Whether the disk has all that was done to the open film.
    pub fn is_settled(&self) -> bool {
        let open = self.state.project.as_ref();
        open.is_none_or(|open| open.document.session.is_settled())
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
                    .good_news(format!("{} was loaded anew", picture::SHADER.name));
            }
            Some(Err(error)) => self
                .state
                .notifications
                .trouble(format!("{error}. The last good shader stays in use.")),
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
        let mut asks: Vec<Action> = keymap::pressed(ui.ctx())
            .into_iter()
            .map(Action::Command)
            .collect();
        asks.extend(dropped_file(ui.ctx()));
        asks.extend(panels::window_ui(ui, &self.theme, &mut self.state));
        let something_changed = !asks.is_empty();
        for ask in asks {
            apply(ask, &mut self.state, ui.ctx());
        }
        if something_changed {
            ui.ctx().request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        egui::Rgba::from(*self.theme.colours.ground).to_array()
    }
}

/// A project folder dropped onto the window is opened, a picture joins the cast, a film or a sound the timeline. Told
/// by its name: the disk may be slow.
fn dropped_file(ctx: &egui::Context) -> Option<Action> {
    let path = ctx.input(|input| Some(input.raw.dropped_files.first()?.path().to_owned()))?;
    let is_folder = path.extension().is_none_or(|ending| ending == "kinora");
    Some(match is_folder {
        true => Action::Project(ProjectAction::Open(path)),
        false if is_still(&path) => Action::Shot(ShotAction::AddCharacterFrom(path)),
        false => Action::Edit(EditAction::Import(path)),
    })
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
