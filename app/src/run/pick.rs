//! Files and folders that are asked for: by the system's dialogue, or by our own where the system has none.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Context;

use super::{media, shot};
use crate::cli::Dialogues;
use crate::later::{Later, Progress};
use crate::panel::find_file::FindFile;
use crate::state::{Dialogue, State};

/// A dialogue that was answered faster than a hand can move was never shown.
const FASTEST_ANSWER: Duration = Duration::from_millis(300);
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const MEDIA: [&str; 17] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp",
];

/// What a file or folder is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The place of a film, for the dialogue that is open.
    Folder,
    /// The picture of a new character.
    Portrait,
    /// A film, picture or sound for the timeline.
    Medium,
}

impl Pick {
    /// How the names of such files end, in small letters; none for folders.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Folder => &[],
            Self::Portrait => &PICTURES,
            Self::Medium => &MEDIA,
        }
    }
}

/// A dialogue of the system that is open, or about to be.
pub struct Picking {
    pick: Pick,
    start: PathBuf,
    answer: Later<Answer>,
}

enum Answer {
    Chosen(PathBuf),
    Cancelled,
    /// The system has no such dialogue.
    Unavailable,
}

/// Asks the system, one question at a time.
pub fn ask(pick: Pick, start: PathBuf, state: &mut State, ctx: &Context) {
    if state.work.picking.is_some() {
        return;
    }
    if state.dialogues == Dialogues::Own {
        return find(pick, &start, state);
    }
    let begin = start.clone();
    state.work.picking = Some(Picking {
        pick,
        start,
        answer: Later::start(ctx, move || by_system(pick, &begin)),
    });
}

/// Asks for a file where the user has his own.
pub fn ask_for_file(pick: Pick, state: &mut State, ctx: &Context) {
    let films = &state.folders.films;
    let start = films.parent().unwrap_or(films).to_owned();
    ask(pick, start, state, ctx);
}

fn by_system(pick: Pick, start: &Path) -> Answer {
    let asked = Instant::now();
    let dialogue = rfd::FileDialog::new().set_directory(start);
    let chosen = match pick {
        Pick::Folder => dialogue.pick_folder(),
        Pick::Portrait => dialogue.add_filter("Pictures", pick.endings()).pick_file(),
        Pick::Medium => dialogue
            .add_filter("Films, pictures, sounds", pick.endings())
            .pick_file(),
    };
    match chosen {
        Some(path) => Answer::Chosen(path),
        None if asked.elapsed() < FASTEST_ANSWER => Answer::Unavailable,
        None => Answer::Cancelled,
    }
}

/// Hears what the system's dialogue was answered.
pub fn hear(state: &mut State, ctx: &Context) {
    let Some(picking) = &state.work.picking else {
        return;
    };
    let answer = match picking.answer.look() {
        Progress::Working => return,
        Progress::Done(answer) => answer,
        Progress::Lost => Answer::Unavailable,
    };
    let (pick, start) = (picking.pick, picking.start.clone());
    state.work.picking = None;
    match answer {
        Answer::Chosen(path) => chosen(pick, path, state, ctx),
        Answer::Cancelled => {}
        Answer::Unavailable => {
            state.dialogues = Dialogues::Own; // nor will it have one the next time
            find(pick, &start, state);
        }
    }
}

/// Opens our own dialogue, over the one that asks.
fn find(pick: Pick, start: &Path, state: &mut State) {
    let behind = state.dialogue.take();
    state.dialogue = Some(Dialogue::FindFile(FindFile::in_folder(pick, start, behind)));
}

/// Closes our own dialogue, if it is that, and uses what was chosen.
pub fn found(pick: Pick, path: PathBuf, state: &mut State, ctx: &Context) {
    close(state);
    chosen(pick, path, state, ctx);
}

/// Closes the dialogue that is open; the one it was opened from is there again.
pub fn close(state: &mut State) {
    state.dialogue = match state.dialogue.take() {
        Some(Dialogue::FindFile(find)) => find.into_behind(),
        _ => None,
    };
}

fn chosen(pick: Pick, path: PathBuf, state: &mut State, ctx: &Context) {
    match pick {
        Pick::Folder => {
            let place = match &mut state.dialogue {
                Some(Dialogue::NewFilm(form)) => &mut form.place,
                Some(Dialogue::OpenFilm(form)) => &mut form.place,
                _ => return, // the dialogue was closed meanwhile
            };
            *place = path.display().to_string();
        }
        Pick::Portrait => shot::add_character_from(path, state, ctx),
        Pick::Medium => media::import(path, state, ctx),
    }
}
