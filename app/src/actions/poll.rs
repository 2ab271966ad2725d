//! Polls the tasks on other threads and the engine, and applies their results. Never waits.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use egui::{Context, ViewportCommand};
use kinora_studio::engine::State as EngineState;
use kinora_studio::generate::oneshot::ran_out_of_memory;
use kinora_studio::generate::queue::OrderId;
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_studio::project::background_session::Written;
use kinora_studio::project::open_mark::OpenMark;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::file::DAMAGED_FILE;
use kinora_studio::timeline::{Amendment, ContentHash, Edit, ShotId, Source};
use kinora_studio::wire::{
    Ended, EngineMessage, Failure, Installed, PixelShape, Progress as JobProgress,
};
use kinora_studio::{FileError, Session};

use super::{
    camera_library, copy_project, export, file_dialog, frame, import, preferences, project, shot,
    snapshot, system_program, view, viewer,
};
use crate::background::player::{Look, TrimFrames};
use crate::background::source_player::Request;
use crate::background::task::{Progress, Task};
use crate::state::action::{Action, Gesture, QueueAction};
use crate::state::app::AppState;
use crate::state::dialog::{Dialog, SystemCheck};
use crate::state::generation::{GenerationProgress, TakeLibrary, duration_words, title_of};
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::{LoadedProject, OpenProject};
use crate::state::view::viewer_view::{ViewedSource, ViewerMode};

/// Called once per frame of the window, before it is drawn.
pub fn poll(state: &mut AppState, ctx: &Context) {
    if let Some(result) = finished(&mut state.tasks.opening) {
        opened(result, state, ctx);
    }
    file_dialog::poll(state, ctx);
    end_abandoned_gesture(state, ctx);
    poll_system_check(state);
    if let Some(result) = finished(&mut state.tasks.importing_portrait) {
        shot::portrait_imported(result, state);
    }
    // Results that edit the project wait for the end of a gesture, because an edit would end it.
    let is_in_gesture = |open: &OpenProject| open.document.session.is_in_gesture();
    if !state.project.as_ref().is_some_and(is_in_gesture) {
        poll_imports(state);
        for result in all_finished(&mut state.tasks.keeping_frames) {
            frame::kept(result, state);
        }
        for result in all_finished(&mut state.tasks.camera_library) {
            camera_library::finished(result, state);
        }
    }
    export::poll(state, ctx);
    copy_project::poll(state, ctx);
    snapshot::poll(state);
    system_program::poll(state);
    match &mut state.project {
        Some(_) => poll_project(state, ctx),
        None => poll_engine(state),
    }
    show_title(state, ctx);
    view::keep_layout(state, ctx);
    preferences::poll(state, ctx);
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

fn poll_imports(state: &mut AppState) {
    for result in all_finished(&mut state.tasks.importing) {
        import::imported(result, state);
    }
    for files in all_finished(&mut state.tasks.importing_all) {
        import::imported_all(files, state);
    }
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
            state.dialog = None;
            let was_left = loaded.mark.as_ref().is_some_and(OpenMark::was_left);
            report_recovery(session, was_left, &mut state.notifications);
            project::leave(state);
            let mut open = OpenProject::new(loaded, state.layout.layout.clone(), ctx);
            open.view.panels.timeline.snaps = state.preferences.values.snaps;
            state.project = Some(open);
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

/// Tells what was restored after a session that did not end cleanly, and what could not be. After any other session the
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
    poll_takes(open, notifications);
    open.media.thumbnails.poll(ctx);
    for written in open.document.session.poll() {
        match written {
            Written::Saved => notifications.info("Saved."),
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
        scheduler.load_models(&mut state.engine); // asked once, so that the panels name the models
    }
    let project = open.document.session.project();
    let events = scheduler.poll(&mut state.engine, project, is_in_gesture);
    // The failure of an order tells the end of its engine too.
    let has_failure = |event: &GenerationEvent| matches!(event, GenerationEvent::Failed(..));
    let is_told = events.iter().any(has_failure);
    for event in events {
        if let GenerationEvent::EngineEnded(ended) = &event
            && is_told
        {
            tracing::error!("{ended}");
            continue;
        }
        let chooses = state.preferences.values.chooses_new_take;
        on_generation_event(event, open, notifications, chooses, ctx);
    }
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
        beside: comparison.map(|one| (one.shot, one.take)),
        trim: trimmed_frames(open).filter(|_| is_in_gesture),
    };
    // Text that is being typed is a revision of its own for each text.
    let revision = open.document.revision;
    let text = open.view.panels.title_form.text.as_ref();
    let revision = match (&typed, text) {
        (Some(_), Some((_, text))) => revision ^ hash_of(text),
        _ => revision,
    };
    let player = &mut open.media.player;
    let film = Look {
        beside: None,
        ..look
    };
    player.update(ctx, project, revision, (film, &|| None));
    let still_seconds = state.preferences.values.still_seconds;
    poll_source(open, still_seconds, Look { trim: None, ..look });
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
    if !source.update(project, request, (look, look.beside)) {
        viewer::show_timeline(open);
    }
}

fn poll_takes(open: &mut OpenProject, notifications: &mut Notifications) {
    let generation = &mut open.generation;
    if let Some(read) = finished(&mut generation.loading_takes) {
        generation.use_takes(read);
    }
    generation.pending_ratings.retain(|task| match task.poll() {
        Progress::Working => true,
        Progress::Done(Ok(())) | Progress::Lost => false,
        Progress::Done(Err(failure)) => {
            notifications.error(format!("The rating was not saved: {failure}"));
            false
        }
    });
}

fn on_generation_event(
    event: GenerationEvent,
    open: &mut OpenProject,
    notifications: &mut Notifications,
    chooses_new_take: bool,
    ctx: &Context,
) {
    match event {
        GenerationEvent::Begun(order) => {
            show_live(open, order);
            let order = open.generation.scheduler.queue().get(order);
            open.generation.progress = order.map(GenerationProgress::begun);
        }
        GenerationEvent::Progress(order, progress) => {
            if let Some(shown) = progress_of(open, order) {
                show_progress(shown, &progress);
            }
        }
        GenerationEvent::Preview(order, shape, pixels) => {
            if let Some(shown) = progress_of(open, order) {
                show_preview(shown, shape, &pixels, ctx);
            }
        }
        GenerationEvent::Take(shot, take) => {
            open.generation.finish_job();
            open.amend(&Amendment::FirstTake { shot, take }, notifications);
            if open.view.viewer.mode == ViewerMode::Live {
                let source = Source::Shot(shot);
                let take = Some(take);
                viewer::show_source(open, ViewedSource { source, take });
            }
            on_further_take(shot, take, open, notifications, chooses_new_take);
            let folder = open.document.session.folder();
            open.generation.loading_takes = Some(TakeLibrary::load(folder, ctx));
        }
        GenerationEvent::Reproduced(_, result) => {
            open.generation.finish_job();
            match result.is_identical() {
                true => notifications.info(result.sentence()),
                false => notifications.error(result.sentence()),
            }
        }
        GenerationEvent::Failed(order, failure) => {
            open.generation.progress = None;
            let retry = NotificationButton {
                text: "Retry",
                action: Action::Queue(QueueAction::Retry(order)),
            };
            let order = open.generation.scheduler.queue().get(order);
            let name = order.map_or("Shot".into(), title_of);
            notifications.failure(failure_words(&name, &failure), vec![retry]);
        }
        GenerationEvent::EngineEnded(ended) => {
            notifications.error(engine_ended_text(&ended));
        }
    }
}

/// Shows the preview of an order that begins, if the viewer shows the shot of that order by itself.
fn show_live(open: &mut OpenProject, order: OrderId) {
    let order = open.generation.scheduler.queue().get(order);
    let source = order.map(|order| Source::Shot(order.shot.id));
    let shown = open.view.viewer.mode.source().map(|shown| shown.source);
    if shown.is_some() && shown == source {
        open.media.source.stop();
        open.view.viewer.mode = ViewerMode::Live;
    }
}

/// A take of a shot that has a chosen one: by preference it replaces it, as a step that can be undone.
fn on_further_take(
    shot: ShotId,
    take: ContentHash,
    open: &mut OpenProject,
    notifications: &mut Notifications,
    chooses_new_take: bool,
) {
    let known = open.project().shot(shot);
    let Some(known) = known.filter(|known| known.chosen != Some(take)) else {
        return;
    };
    let name = known.name.clone();
    if !chooses_new_take {
        notifications.info(format!("{name} has a new take. The chosen take stays."));
        return;
    }
    let choose = Edit::Library(Library::ChooseTake(shot, Some(take)));
    if open.edit(&choose, notifications) {
        notifications.info(format!("{name} has a new take. It is the chosen one now."));
    }
}

fn progress_of(open: &mut OpenProject, order: OrderId) -> Option<&mut GenerationProgress> {
    let progress = open.generation.progress.as_mut();
    progress.filter(|progress| progress.order == order)
}

fn show_progress(shown: &mut GenerationProgress, progress: &JobProgress) {
    match progress {
        JobProgress::Begun { request, .. } => shown.frames = Some(request.settings.frames),
        JobProgress::Loading { part, .. } => shown.text = format!("Loading the {part}"),
        JobProgress::Working { what, .. } => shown.text = work_words(what),
        JobProgress::Step {
            done,
            of,
            seconds_left,
        } => {
            shown.done = *done as f32 / (*of).max(1) as f32;
            shown.text = match seconds_left {
                Some(left) => format!("Step {done} of {of}, {} left", duration_words(*left)),
                None => format!("Step {done} of {of}"),
            };
        }
        JobProgress::Frames { first, picture } => {
            let decoded = first + picture.frames;
            shown.text = match shown.frames {
                Some(all) => format!("Decoding frame {decoded} of {all}"),
                None => format!("Decoding frame {decoded}"),
            };
        }
        JobProgress::Queued { .. } | JobProgress::Preview { .. } => {}
    }
}

/// The words for a task of the engine.
fn work_words(what: &str) -> String {
    match what {
        "text" => "Encoding the prompt".into(),
        "pictures" => "Preparing images".into(),
        "frames in tiles" => "Decoding frames".into(),
        "hashing" => "Checking the model's files".into(),
        other => format!("Preparing {other}"),
    }
}

/// "Shot 1 not generated: the engine stopped, probably out of memory. Try fewer frames or a smaller size."
fn failure_words(name: &str, failure: &Failure) -> String {
    let remedy = failure.remedy.as_deref().unwrap_or("try again");
    let mut letters = remedy.chars();
    let first = letters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    let text = format!(
        "{name} not generated: {}. {first}{}",
        failure.cause,
        letters.as_str()
    );
    match text.ends_with('.') {
        true => text,
        false => format!("{text}."),
    }
}

/// Shows the first frame of a preview.
fn show_preview(shown: &mut GenerationProgress, shape: PixelShape, pixels: &[u8], ctx: &Context) {
    let size = [shape.width as usize, shape.height as usize];
    let bytes = size[0] * size[1] * 3;
    if let Some(first) = pixels.get(..bytes) {
        let image = egui::ColorImage::from_rgb(size, first);
        let smooth = egui::TextureOptions::LINEAR;
        shown.preview = Some(ctx.load_texture("preview", image, smooth));
    }
}

fn engine_ended_text(ended: &Ended) -> String {
    if ran_out_of_memory(ended) {
        tracing::error!("{ended}");
        return "The engine stopped, probably out of memory. Try fewer frames or a smaller size."
            .into();
    }
    let log = ended.stderr_tail().join("\n");
    let log = match log.is_empty() {
        true => String::new(),
        false => format!(" The end of its log: {log}"),
    };
    format!("Engine: {ended}.{log} The next job starts a new one.")
}

/// The result of a finished task, which is then dropped. `None` while it runs, or if it panicked.
fn finished<T: Send + 'static>(task: &mut Option<Task<T>>) -> Option<T> {
    match task.as_ref()?.poll() {
        Progress::Working => None,
        Progress::Done(result) => {
            *task = None;
            Some(result)
        }
        Progress::Lost => {
            *task = None;
            None
        }
    }
}

/// The results of the finished tasks of a list, which are then dropped. A task that panicked has none.
fn all_finished<T: Send + 'static>(tasks: &mut Vec<Task<T>>) -> Vec<T> {
    let mut results = Vec::new();
    tasks.retain(|task| match task.poll() {
        Progress::Working => true,
        Progress::Done(result) => {
            results.push(result);
            false
        }
        Progress::Lost => false,
    });
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_shot_the_cause_and_what_to_do() {
        let failure = Failure::refused("the model is not installed", "choose another model");
        assert_eq!(
            failure_words("Dusk", &failure),
            "Dusk not generated: the model is not installed. Choose another model."
        );
    }

    #[test]
    fn an_engine_that_was_killed_is_told_without_the_name_of_a_signal() {
        let ended = Ended::Stopped {
            how: "signal: 9 (SIGKILL)".into(),
            signal: Some(9),
            stderr_tail: Vec::new(),
        };
        let text = engine_ended_text(&ended);
        assert!(text.contains("out of memory"), "{text}");
        assert!(!text.contains("signal"), "{text}");
    }

    #[test]
    fn the_title_has_a_dot_until_everything_is_on_the_disk() {
        assert_eq!(title_of_window("Sea", true), "Sea - Kinora");
        assert_eq!(title_of_window("Sea", false), "\u{2022} Sea - Kinora");
    }

    #[test]
    fn the_tasks_of_the_engine_are_told_in_words() {
        assert_eq!(work_words("pictures"), "Preparing images");
        assert_eq!(work_words("the sound"), "Preparing the sound");
    }
}
