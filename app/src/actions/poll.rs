//! Polls the tasks on other threads and the engine, and applies their results. Never waits.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use egui::{Context, ViewportCommand};
use kinora_studio::engine::{EngineHost, State as EngineState};
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_studio::project::background_session::Written;
use kinora_studio::project::open_mark::OpenMark;
use kinora_studio::render::project::Ground;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::file::DAMAGED_FILE;
use kinora_studio::timeline::{Project, Source};
use kinora_studio::wire::{EngineMessage, Installed};
use kinora_studio::{FileError, Session};

use super::generation_events::{engine_ended_text, on_generation_event};
use super::{
    best_of, camera_library, copy_project, export, export_timeline, file_dialog, frame, import,
    import_timeline, larger_takes, measures, media, models, preferences, project, proxies, relink,
    shot, snapshot, subtitles, system_program, view, viewer, voice_over,
};
use crate::background::player::{Look, TrimFrames};
use crate::background::source_player::Request;
use crate::background::task::{Progress, take_all_finished, take_finished};
use crate::state::action::Gesture;
use crate::state::app::AppState;
use crate::state::comparison::Comparison;
use crate::state::dialog::{Dialog, SystemCheck};
use crate::state::notification::Notifications;
use crate::state::open_project::{LoadedProject, OpenProject};
use crate::state::preferences::NewTakeSize;
use crate::state::tasks::Portrait;
use crate::state::view::{PlayedFile, Repeat};

/// Called once per frame of the window, before it is drawn.
pub fn poll(state: &mut AppState, ctx: &Context) {
    if let Some(result) = take_finished(&mut state.tasks.opening) {
        opened(result, state, ctx);
    }
    if let Some(imported) = import_timeline::poll(state) {
        opened(Ok(imported.project), state, ctx);
        import_timeline::show_notes(imported.notes, state);
    }
    file_dialog::poll(state, ctx);
    end_abandoned_gesture(state, ctx);
    poll_system_check(state);
    if let Some(result) = take_finished(&mut state.tasks.importing_portrait) {
        match result {
            Ok(Portrait::Still(portrait)) => shot::portrait_imported(portrait, state),
            Ok(Portrait::Moving { folder, file }) => import::place_in(&folder, file, state, ctx),
            Err(failure) => state.notifications.error(failure.to_string()),
        }
    }
    // Results that edit the project wait for the end of a gesture, because an edit would end it.
    let is_in_gesture = |open: &OpenProject| open.document.session.is_in_gesture();
    if !state.project.as_ref().is_some_and(is_in_gesture) {
        poll_imports(state, ctx);
        for result in take_all_finished(&mut state.tasks.keeping_frames) {
            frame::kept(result, state);
        }
        for result in take_all_finished(&mut state.tasks.camera_library) {
            camera_library::finished(result, state);
        }
    }
    export::poll(state, ctx);
    export_timeline::poll(state);
    subtitles::poll_exports(state);
    copy_project::poll(state, ctx);
    models::poll(state, ctx);
    proxies::poll(state, ctx);
    snapshot::poll(state);
    system_program::poll(state);
    match &mut state.project {
        Some(_) => poll_project(state, ctx),
        None => poll_engine(state),
    }
    voice_over::poll(state, ctx);
    media::report_refused(state);
    show_title(state, ctx);
    view::keep_layout(state, ctx);
    preferences::poll(state, ctx);
    project::autosave(state);
    if let Some(pause) = state.notifications.drop_expired() {
        ctx.request_repaint_after(pause);
    }
}

/// The title of the window: the name of the project, with a dot before it while a change is not on the disk yet.
fn show_title(state: &mut AppState, ctx: &Context) {
    let title = match &state.project {
        Some(open) => {
            let session = &open.document.session;
            title_of_window(&session.name(), session.is_settled())
        }
        None => "Kinora".to_owned(),
    };
    if state.title != title {
        ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
        state.title = title;
    }
}

fn title_of_window(name: &str, is_settled: bool) -> String {
    match is_settled {
        true => format!("{name} - Kinora"),
        false => format!("\u{2022} {name} - Kinora"),
    }
}

/// Commits a gesture whose control is gone: it was dragged out of view, or its panel was closed. Every gesture is made
/// with a pointer button held, and a control commits in the frame of the release.
fn end_abandoned_gesture(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let is_held = ctx.input(|input| input.pointer.any_down());
    if is_held || !open.document.session.is_in_gesture() {
        open.view.frames_after_release = 0;
        return;
    }
    open.view.frames_after_release += 1;
    if open.view.frames_after_release > 1 {
        open.gesture(&Gesture::Commit, &mut state.notifications);
    }
}

fn poll_system_check(state: &mut AppState) {
    let Some(Dialog::SystemCheck(SystemCheck::Running(task))) = &state.dialog else {
        return;
    };
    match task.poll() {
        Progress::Working => {}
        Progress::Done(report) => {
            state.dialog = Some(Dialog::SystemCheck(SystemCheck::Done(report)));
        }
        Progress::Lost => {
            state.dialog = None;
            let text = "The system check failed. `kinora doctor` shows where.";
            state.notifications.error(text);
        }
    }
}

fn poll_imports(state: &mut AppState, ctx: &Context) {
    for result in take_all_finished(&mut state.tasks.importing) {
        import::imported(result, state, ctx);
    }
    for files in take_all_finished(&mut state.tasks.importing_all) {
        import::imported_all(files, state, ctx);
    }
    for medium in take_all_finished(&mut state.tasks.reading) {
        import::read(medium, state);
    }
    for read in take_all_finished(&mut state.tasks.importing_subtitles) {
        subtitles::imported(read, state);
    }
    relink::poll(state);
}

/// Polls the engine while no project is open. Only its end is shown.
fn poll_engine(state: &mut AppState) {
    for message in state.engine.poll() {
        if let EngineMessage::Ended(ended) = message {
            state.notifications.error(engine_ended_text(&ended));
        }
    }
}

fn opened(result: Result<LoadedProject, FileError>, state: &mut AppState, ctx: &Context) {
    match result {
        Ok(loaded) => {
            let session = &loaded.session;
            state.recent.remember(session.folder());
            project::save_recent(state);
            if !import_timeline::is_running(state) {
                state.dialog = None; // a running import would be cancelled with its dialog
            }
            let was_left = loaded.mark.as_ref().is_some_and(OpenMark::was_left);
            report_recovery(session, was_left, &mut state.notifications);
            project::leave(state);
            let mut open = OpenProject::new(loaded, state.layout.layout.clone(), ctx);
            open.view.panels.timeline.snaps = state.preferences.values.snaps;
            state.project = Some(open);
            voice_over::look_for_left(state, ctx);
        }
        Err(error) => not_opened(&error, state),
    }
}

/// Shows why a project was not opened. The dialog that was to create it stays open with the reason in it.
fn not_opened(error: &FileError, state: &mut AppState) {
    match &mut state.dialog {
        Some(Dialog::NewProject(form)) => form.refuse(error.to_string()),
        _ => state.notifications.error(format!("Not opened: {error}")),
    }
}

/// Reports what was restored after a session that did not end cleanly, and what could not be. After any other session the
/// edits of the journal are the project as it was left, which is no news.
fn report_recovery(session: &Session, was_left: bool, notifications: &mut Notifications) {
    let steps = session.recovered().steps;
    if was_left && steps > 0 {
        notifications.info(format!("Restored your latest changes ({steps})."));
    }
    if session.recovered().damaged {
        let kept = session.folder().join(DAMAGED_FILE);
        notifications.error(format!(
            "A part of the unsaved edits was damaged and could not be recovered. It is kept as {}.",
            kept.display()
        ));
    }
    if !session.can_be_edited() {
        let name = session.name();
        notifications.error(format!(
            "{name} is open elsewhere, or its folder is read-only: it can be viewed but not changed."
        ));
    }
}

/// Polls the open project: its takes, ratings, thumbnails, writes, scheduler and player.
fn poll_project(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    let notifications = &mut state.notifications;
    let size = state.preferences.values.new_take_size;
    poll_takes(open, &mut state.engine, notifications, size, ctx);
    open.media.thumbnails.poll(ctx);
    for written in open.document.session.poll() {
        match written {
            Written::Saved => {
                let is_silent = &mut open.document.autosave.is_silent;
                if !std::mem::take(is_silent) {
                    notifications.info("Saved.");
                }
            }
            Written::Refused(error) => {
                open.changed();
                notifications.error(format!(
                    "Could not save: {error}. The edit was undone; free some disk space and repeat it."
                ));
            }
        }
    }
    let is_in_gesture = open.document.session.is_in_gesture();
    let scheduler = &mut open.generation.scheduler;
    if matches!(state.engine.state(), EngineState::Ready(_)) {
        scheduler.load_models(&mut state.engine); // requested once, so that the panels name the models
    }
    let project = open.document.session.project();
    let events = scheduler.poll(&mut state.engine, project, is_in_gesture);
    // The failure of an order reports the end of its engine too.
    let has_failure = |event: &GenerationEvent| matches!(event, GenerationEvent::Failed(..));
    let is_reported = events.iter().any(has_failure);
    for event in events {
        if let GenerationEvent::EngineEnded(ended) = &event
            && is_reported
        {
            tracing::error!("{ended}");
            continue;
        }
        let chooses = state.preferences.values.chooses_new_take;
        on_generation_event(event, open, notifications, chooses, ctx);
    }
    ask_for_estimate(open, state.dialog.as_ref(), &mut state.engine);
    let models = open.generation.scheduler.models().iter();
    let mut installed = models.filter(|model| matches!(model.installed, Installed::Yes { .. }));
    if let Some(model) = installed.next() {
        state.model_size = Some(model.defaults.size);
    }
    let typed = open.with_typed_title();
    let project = typed.as_ref().unwrap_or(open.document.session.project());
    let comparison = open.view.comparison;
    let look = Look {
        exposure_stops: state.viewer.exposure_stops,
        beside: comparison.map(Comparison::beside),
        compared: None,
        trim: trimmed_frames(open).filter(|_| is_in_gesture),
        plays_proxies: state.viewer.plays == PlayedFile::Proxy,
        ground: match state.viewer.guides.checkerboard {
            true => Ground::Checkerboard,
            false => Ground::Black,
        },
    };
    // Text that is being typed is a revision of its own for each text.
    let revision = open.document.revision;
    let text = open.view.panels.title_form.text.as_ref();
    let revision = match (&typed, text) {
        (Some(_), Some((_, text))) => revision ^ hash_of(text),
        _ => revision,
    };
    let player = &mut open.media.player;
    let compared = open.view.viewer.compared.map(|shown| shown.medium);
    let film = Look {
        beside: None,
        compared,
        ..look
    };
    let still_seconds = state.preferences.values.still_seconds;
    let compared_project = || -> Vec<Project> {
        let still = EditBatch::of(project).seconds(still_seconds);
        let alone = |medium| project.only(Source::Medium(medium), still);
        compared.and_then(alone).into_iter().collect()
    };
    player.set_loops(state.viewer.repeat == Repeat::Timeline);
    player.update(ctx, project, revision, (film, &compared_project));
    poll_source(open, still_seconds, Look { trim: None, ..look });
}

/// Requests from the engine what the selected shot would take, so that the shot panel shows it before anything is generated; and
/// what its sound would, and the line or the music of the open dialog.
fn ask_for_estimate(open: &OpenProject, dialog: Option<&Dialog>, engine: &mut EngineHost) {
    let project = open.project();
    let generation = &open.generation;
    let models = generation.scheduler.models();
    let in_dialog = match dialog {
        Some(Dialog::Line(form)) => form.shot(project, models),
        Some(Dialog::Music(form)) => form.shot(project, models),
        _ => None,
    };
    let selected = open.view.selection.shot.and_then(|shot| project.shot(shot));
    let selected = selected.map(|shot| &**shot);
    for shot in in_dialog.as_ref().into_iter().chain(selected) {
        if let Some(question) = generation.question_of(shot, project, engine) {
            engine.ask_for_estimate(&question);
        }
    }
    if let Some(shot) = selected.filter(|shot| !shot.kind.is_sound())
        && let Some(question) = generation.sound_question_of(shot, project, engine)
    {
        engine.ask_for_estimate(&question);
    }
}

/// A number for a text, with its highest bit set, so that it is no revision of the project.
fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() | (1 << 63)
}

/// The frames at the cut that is being dragged on the timeline.
fn trimmed_frames(open: &OpenProject) -> Option<TrimFrames> {
    let drag = open.view.panels.timeline.drag.as_ref()?;
    drag.trimmed_frames(open.project())
}

/// Keeps the source playing that the viewer shows by itself. If it is gone, the timeline is shown.
fn poll_source(open: &mut OpenProject, still_seconds: u32, look: Look) {
    let Some(shown) = open.view.viewer.mode.source() else {
        return;
    };
    let request = Request {
        source: shown.source,
        take: shown.take,
        range: open.view.viewer.marks,
        still_seconds,
    };
    let project = open.document.session.project();
    let source = &mut open.media.source;
    if !source.update(project, request, look) {
        viewer::show_timeline(open);
    }
}

fn poll_takes(
    open: &mut OpenProject,
    engine: &mut EngineHost,
    notifications: &mut Notifications,
    new_take_size: NewTakeSize,
    ctx: &Context,
) {
    let generation = &mut open.generation;
    if let Some(read) = take_finished(&mut generation.loading_takes) {
        generation.use_takes(read);
        best_of::resume(open, engine, ctx);
        match new_take_size {
            NewTakeSize::Upscaled => larger_takes::enlarge_new_takes(open),
            NewTakeSize::AsGenerated => open.generation.new_takes.clear(),
        }
    }
    let generation = &mut open.generation;
    for result in take_all_finished(&mut generation.pending_ratings) {
        if let Err(failure) = result {
            notifications.error(format!("The rating was not saved: {failure}"));
        }
    }
    for failure in generation.note_writer.failures() {
        notifications.error(format!("The note was not saved: {failure}"));
    }
    match take_finished(&mut generation.measuring) {
        Some((take, Ok(measured))) => {
            best_of::measured(take, measured, open, engine, notifications);
        }
        Some((_, Err(failure))) => {
            notifications.error(format!("A take was not measured: {failure}"));
        }
        None => {}
    }
    measures::poll_comparison(open, notifications);
    let folder = open.document.session.folder();
    open.generation.measure_next(folder, ctx);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_has_a_dot_until_everything_is_on_the_disk() {
        assert_eq!(title_of_window("Sea", true), "Sea - Kinora");
        assert_eq!(title_of_window("Sea", false), "\u{2022} Sea - Kinora");
    }
}
