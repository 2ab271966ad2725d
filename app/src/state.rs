//! What the window knows: the open film, the engine, the open dialogue, and work under way.
//! Panels see it through shared references; only `run` changes it.

use std::path::PathBuf;

use kinora_studio::doctor::Report;
use kinora_studio::engine::EngineHost;
use kinora_studio::folders::Folders;
use kinora_studio::likeness::Colour;
use kinora_studio::recent::Recent;
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::file::DAMAGED_FILE;
use kinora_studio::timeline::media::Medium;
use kinora_studio::wire::{Failure, Heard};
use kinora_studio::{FileError, Session};

use crate::cli::Dialogues;
use crate::film::{Film, Opened, engine_words};
use crate::later::{Later, Progress};
use crate::notice::Notices;
use crate::panel::deliver::Deliver;
use crate::panel::find_file::FindFile;
use crate::panel::new_film::NewFilm;
use crate::panel::open_film::OpenFilm;
use crate::panel::palette::Palette;
use crate::run::{self, FrameUse, Picking};

/// The state of the window.
pub struct State {
    pub folders: Folders,
    pub recent: Recent,
    pub film: Option<Film>,
    pub engine: EngineHost,
    pub dialogue: Option<Dialogue>,
    pub notices: Notices,
    pub viewer: Viewer,
    pub work: Work,
    /// Kinora's own from when on the system has shown to have none.
    pub dialogues: Dialogues,
}

/// How pictures are shown. Nothing of it goes into a film.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Viewer {
    pub exposure_stops: f32,
}

/// The one dialogue that may be open.
pub enum Dialogue {
    NewFilm(NewFilm),
    OpenFilm(OpenFilm),
    FindFile(FindFile),
    Palette(Palette),
    Deliver(Deliver),
    System(SystemCheck),
    Keys,
    About,
}

/// The doctor at work, or his report.
pub enum SystemCheck {
    Examining(Later<Report>),
    Examined(Report),
}

/// What is being waited for on other threads.
#[derive(Default)]
pub struct Work {
    pub opening: Option<Later<Result<Opened, FileError>>>,
    pub bringing_in: Option<Later<Result<Portrait, Failure>>>,
    pub keeping_frame: Option<Later<Result<FrameKept, Failure>>>,
    pub importing: Vec<Later<Result<BroughtIn, Failure>>>,
    pub picking: Option<Picking>,
}

/// A picture that was brought into a film, and what it was called.
pub struct Portrait {
    pub folder: PathBuf,
    pub name: String,
    pub content: ContentHash,
    /// Body and limbs of who is in it, where one can tell.
    pub colours: Option<[Colour; 2]>,
}

/// A frame of a film that was kept as a picture, and what for.
pub struct FrameKept {
    pub wanted: FrameUse,
    pub picture: Portrait,
}

/// A file that was brought into a film.
pub struct BroughtIn {
    pub folder: PathBuf,
    pub medium: Medium,
}

impl State {
    /// Nothing open, nothing started.
    pub fn new(folders: Folders, engine: EngineHost) -> Self {
        Self {
            recent: Recent::load(&folders.config),
            folders,
            film: None,
            engine,
            dialogue: None,
            notices: Notices::default(),
            viewer: Viewer::default(),
            work: Work::default(),
            dialogues: Dialogues::System,
        }
    }

    /// Takes in what other threads and the engine have to say. Never waits.
    pub fn hear(&mut self, ctx: &egui::Context) {
        if let Some(opened) = done(&mut self.work.opening) {
            self.opened(ctx, opened);
        }
        run::hear_pick(self, ctx);
        if let Some(Dialogue::System(SystemCheck::Examining(later))) = &self.dialogue
            && let Progress::Done(report) = later.look()
        {
            self.dialogue = Some(Dialogue::System(SystemCheck::Examined(report)));
        }
        if let Some(brought) = done(&mut self.work.bringing_in) {
            run::portrait_is_in(brought, self);
        }
        let is_in_gesture = |film: &Film| film.session.is_in_gesture();
        if !self.film.as_ref().is_some_and(is_in_gesture) {
            self.hear_imports();
        }
        if !self.film.as_ref().is_some_and(is_in_gesture)
            && let Some(kept) = done(&mut self.work.keeping_frame)
        {
            run::frame_is_kept(kept, self);
        }
        run::is_over(self);
        match &mut self.film {
            Some(film) => film.live(ctx, &mut self.engine, &mut self.notices, self.viewer),
            None => self.hear_engine(),
        }
        if let Some(pause) = self.notices.let_go() {
            ctx.request_repaint_after(pause);
        }
    }

    /// What was brought in goes onto the timeline; not while something is in the hand, which that would end.
    fn hear_imports(&mut self) {
        let mut brought = Vec::new();
        self.work.importing.retain(|later| match later.look() {
            Progress::Working => true,
            Progress::Done(done) => {
                brought.push(done);
                false
            }
            Progress::Lost => false,
        });
        for brought in brought {
            run::medium_is_in(brought, self);
        }
    }

    /// While no film is open nothing is asked of the engine, but its end is told.
    fn hear_engine(&mut self) {
        for heard in self.engine.poll() {
            if let Heard::Ended(ended) = heard {
                self.notices.trouble(engine_words(&ended));
            }
        }
    }

    fn opened(&mut self, ctx: &egui::Context, opened: Result<Opened, FileError>) {
        match opened {
            Ok(opened) => {
                let film = &opened.session;
                self.recent.remember(film.folder());
                self.save_recent();
                self.dialogue = None;
                ctx.send_viewport_cmd(egui::ViewportCommand::Title(format!(
                    "{} - Kinora",
                    film.name()
                )));
                self.tell_how_it_opened(film);
                run::leave(self);
                self.film = Some(Film::new(opened, ctx));
            }
            Err(error) => self.notices.trouble(format!("Not opened: {error}")),
        }
    }

    fn tell_how_it_opened(&mut self, film: &Session) {
        let steps = film.recovered().steps;
        if steps > 0 {
            let steps = if steps == 1 {
                "1 step".into()
            } else {
                format!("{steps} steps")
            };
            self.notices
                .good_news(format!("{steps} that had not been saved came back."));
        }
        if film.recovered().damaged {
            let kept = film.folder().join(DAMAGED_FILE);
            self.notices.trouble(format!(
                "A part of what had not been saved was damaged and did not come back. It is kept as {}.",
                kept.display()
            ));
        }
        if !film.can_be_edited() {
            let name = film.name();
            self.notices.trouble(format!(
                "{name} is open elsewhere, or lies where nothing can be written: here it can only be looked at."
            ));
        }
    }

    /// Writes the list of recent films, on another thread.
    pub fn save_recent(&self) {
        let recent = self.recent.clone();
        std::thread::spawn(move || {
            if let Err(error) = recent.save() {
                tracing::warn!("the list of recent films was not written: {error}");
            }
        });
    }
}

/// The value of a finished work, which is then forgotten.
fn done<T: Send + 'static>(work: &mut Option<Later<T>>) -> Option<T> {
    match work.as_ref()?.look() {
        Progress::Working => None,
        Progress::Done(value) => {
            *work = None;
            Some(value)
        }
        Progress::Lost => {
            *work = None;
            None
        }
    }
}
