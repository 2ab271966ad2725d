//! Recording a voice-over: the card, the microphone, and the film that plays meanwhile.

mod placing;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use egui::Context;
use kinora_studio::exchange::voice_over::{import_left, import_recording, next_name, place_of};
use kinora_studio::render::record::{Microphone, Recorded, RecordingOrder, Report};
use kinora_studio::timeline::{ContentHash, Frames};

use super::viewer;
use crate::background::task::{Task, take_all_finished, take_finished};
use crate::state::action::VoiceOverAction;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::voice_over::{COUNT_IN, ImportedRecording, Listening, Phase, Take, VoiceOver};
use placing::{discard_imported, list_left, place_recording};

/// How often the card is drawn while it is open, for its level.
const LEVEL_INTERVAL: Duration = Duration::from_millis(33);
/// What of the level is left in the next drawing of the card.
const LEVEL_FALL: f32 = 0.85;
/// A device that plays no sound for so long is none: the film is then timed by the system clock.
const LONGEST_START: Duration = Duration::from_secs(5);
/// A recording with lower amplitudes is silent: a microphone that is on has noise.
const SILENCE: f32 = 1e-4;

pub fn apply(action: VoiceOverAction, state: &mut AppState, ctx: &Context) {
    match action {
        VoiceOverAction::Close => close(state),
        VoiceOverAction::LookAgain => look(&mut state.voice_over, ctx),
        VoiceOverAction::Choose(name) => choose(name, &mut state.voice_over, ctx),
        VoiceOverAction::CountIn(counts_in) => state.voice_over.counts_in = counts_in,
        VoiceOverAction::MuteFilm(mutes_film) => state.voice_over.mutes_film = mutes_film,
        VoiceOverAction::Start => start(state),
        VoiceOverAction::Stop => stop(state),
        VoiceOverAction::PutOutClipLight => {
            if let Some(microphone) = &state.voice_over.microphone {
                microphone.put_out_clip_light();
            }
        }
    }
}

/// Shows the card, or closes it.
pub fn toggle(state: &mut AppState, ctx: &Context) {
    if state.voice_over.is_open {
        return close(state);
    }
    state.voice_over.is_open = true;
    look(&mut state.voice_over, ctx);
}

/// Closes the card. A recording is ended and kept.
fn close(state: &mut AppState) {
    stop(state);
    let voice_over = &mut state.voice_over;
    voice_over.is_open = false;
    if !voice_over.is_busy() {
        voice_over.microphone = None;
    }
}

/// The project is closed. What is being recorded stays in its folder, and is imported when it is opened again.
pub fn leave(state: &mut AppState) {
    if let (Phase::Recording(take), Some(open)) = (&state.voice_over.phase, &state.project) {
        note_start(take, open, true); // a recording whose start is not known is not kept
    }
    let voice_over = &mut state.voice_over;
    voice_over.is_open = false;
    voice_over.microphone = None;
    voice_over.phase = Phase::Idle;
    voice_over.importing.clear(); // their files are found as well
    voice_over.importing_left = None;
    voice_over.imported_files.clear();
}

/// Imports what earlier sessions have left of recordings, on another thread.
pub fn look_for_left(state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let media = open.project().media();
    let known: BTreeSet<ContentHash> = media.map(|medium| medium.content).collect();
    state.voice_over.importing_left = Some(Task::start(ctx, move || {
        let left = import_left(&folder, &known);
        (folder, left)
    }));
}

fn look(voice_over: &mut VoiceOver, ctx: &Context) {
    let inputs = Arc::clone(&voice_over.inputs);
    voice_over.devices = None;
    voice_over.looking = Some(Task::start(ctx, move || inputs.devices()));
}

fn choose(name: String, voice_over: &mut VoiceOver, ctx: &Context) {
    if !voice_over.is_busy() {
        voice_over.chosen = Some(name);
        listen(voice_over, ctx);
    }
}

/// Opens the chosen microphone.
fn listen(voice_over: &mut VoiceOver, ctx: &Context) {
    let wake = ctx.clone();
    let inputs = Arc::clone(&voice_over.inputs);
    voice_over.microphone = None; // closes the one before
    voice_over.listening = Listening::Opening;
    voice_over.microphone = Some(Microphone::open(
        inputs,
        voice_over.chosen.clone(),
        move || wake.request_repaint(),
    ));
}

fn start(state: &mut AppState) {
    if !state.voice_over.is_ready() || !state.can_edit() {
        return;
    }
    if let Some(open) = &mut state.project {
        open.media.player.stop();
    }
    state.voice_over.phase = Phase::CountIn {
        since: Instant::now(),
    };
    if !state.voice_over.counts_in {
        begin(state);
    }
}

/// Starts the recording and the film.
fn begin(state: &mut AppState) {
    let voice_over = &mut state.voice_over;
    voice_over.phase = Phase::Idle;
    let (Some(open), Some(microphone)) = (&mut state.project, &voice_over.microphone) else {
        return;
    };
    let folder = open.document.session.folder().to_owned();
    let project = open.document.session.project();
    let start = Arc::new(OnceLock::new());
    microphone.put_out_clip_light();
    microphone.record(RecordingOrder {
        path: place_of(&next_name(project), &folder),
        start: Arc::clone(&start),
    });
    let player = &mut open.media.player;
    let at = player.playhead();
    player.play_once(project, voice_over.mutes_film);
    let plays = player.speed() != 0;
    voice_over.phase = Phase::Recording(Take {
        folder,
        sequence: project.open_sequence(),
        at,
        since: Instant::now(),
        start,
        plays,
    });
    viewer::show_timeline(open);
}

/// Ends the recording and the film, or the count-in.
fn stop(state: &mut AppState) {
    let voice_over = &mut state.voice_over;
    match std::mem::replace(&mut voice_over.phase, Phase::Idle) {
        Phase::Idle | Phase::CountIn { .. } => {}
        Phase::Recording(take) => {
            if let Some(open) = &mut state.project {
                note_start(&take, open, true);
                open.media.player.stop();
            }
            if let Some(microphone) = &voice_over.microphone {
                microphone.stop();
            }
            voice_over.phase = Phase::Ending(take);
        }
        ending @ Phase::Ending(_) => voice_over.phase = ending,
    }
}

/// Gives the recorder the moment when the film began to be heard, once it is known; at the latest now, if this is the end.
fn note_start(take: &Take, open: &OpenProject, is_end: bool) {
    let heard = open.media.player.heard_since().filter(|_| take.plays);
    let waits = take.plays && !is_end && take.since.elapsed() < LONGEST_START;
    let start = heard.or((!waits).then_some(take.since));
    if let Some(start) = start {
        take.start.set(start).ok(); // the first that is known
    }
}

/// Called once per frame of the window.
pub fn poll(state: &mut AppState, ctx: &Context) {
    poll_devices(&mut state.voice_over, ctx);
    while let Some(report) = next_report(&state.voice_over) {
        match report {
            Report::Opened(format) => state.voice_over.listening = Listening::To(format),
            Report::Recorded(recorded) => recorded_file(recorded, state, ctx),
            Report::Refused(reason) | Report::Lost(reason) => {
                stop(state);
                state.voice_over.lose(reason);
            }
        }
    }
    poll_phase(state);
    let is_in_gesture = |open: &OpenProject| open.document.session.is_in_gesture();
    if !state.project.as_ref().is_some_and(is_in_gesture) {
        for imported in take_all_finished(&mut state.voice_over.importing) {
            place_recording(imported, state);
        }
        if let Some((folder, left)) = take_finished(&mut state.voice_over.importing_left) {
            list_left(&folder, left, state);
        }
    }
    discard_imported(state, ctx);
    let voice_over = &mut state.voice_over;
    if let Some(microphone) = &voice_over.microphone {
        voice_over.level = microphone.take_peak().max(voice_over.level * LEVEL_FALL);
        ctx.request_repaint_after(LEVEL_INTERVAL);
    } else {
        voice_over.level = 0.0;
    }
}

fn next_report(voice_over: &VoiceOver) -> Option<Report> {
    voice_over.microphone.as_ref()?.poll()
}

fn poll_devices(voice_over: &mut VoiceOver, ctx: &Context) {
    let Some(found) = take_finished(&mut voice_over.looking) else {
        return;
    };
    let is_there = |name: &String| found.iter().any(|device| device.name == *name);
    voice_over.chosen = voice_over.chosen.take().filter(is_there);
    let can_listen = voice_over.is_open && !found.is_empty() && !voice_over.is_busy();
    voice_over.devices = Some(found);
    if can_listen {
        listen(voice_over, ctx);
    }
}

/// Goes on from the count-in to the recording, and ends a recording whose film was stopped.
fn poll_phase(state: &mut AppState) {
    match &state.voice_over.phase {
        Phase::CountIn { since } if since.elapsed() >= COUNT_IN => begin(state),
        Phase::Recording(take) => {
            let Some(open) = &state.project else { return };
            note_start(take, open, false);
            let player = &open.media.player;
            let is_at_end = player.playhead() + Frames::ONE >= open.project().end();
            if take.plays && player.speed() != 1 && !is_at_end {
                stop(state);
            }
        }
        _ => {}
    }
}

/// A recording has ended, by the stop or by itself.
fn recorded_file(recorded: Recorded, state: &mut AppState, ctx: &Context) {
    let phase = std::mem::replace(&mut state.voice_over.phase, Phase::Idle);
    if let Some(open) = &mut state.project {
        open.media.player.stop();
    }
    if !state.voice_over.is_open {
        state.voice_over.microphone = None;
    }
    let (Phase::Recording(take) | Phase::Ending(take)) = phase else {
        return;
    };
    let is_empty = recorded.frames == 0;
    let notifications = &mut state.notifications;
    match &recorded.trouble {
        Some(trouble) if is_empty => notifications.error(format!("Nothing was recorded: {trouble}.")),
        Some(trouble) => notifications.error(format!(
            "The recording has ended: {trouble}. What was recorded is kept."
        )),
        None if is_empty => notifications.info("Nothing was recorded."),
        None if recorded.peak < SILENCE => notifications.error(
            "The recording is silent. Check that the microphone is not muted, and that its level is up.",
        ),
        None => {}
    }
    if is_empty {
        return;
    }
    let Take {
        folder,
        sequence,
        at,
        ..
    } = take;
    let file = recorded.path;
    state.voice_over.importing.push(Task::start(ctx, move || {
        let imported = import_recording(&file, &folder);
        ImportedRecording {
            folder,
            sequence,
            at,
            file,
            imported,
        }
    }));
}
