//! Applies the events of the generation: takes, progress, previews, failures, and the end of the engine.

use egui::Context;
use kinora_studio::exchange::placement::has_sound;
use kinora_studio::generate::oneshot::ran_out_of_memory;
use kinora_studio::generate::queue::{OrderId, Work};
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{Amendment, ContentHash, Edit, ShotId, Source};
use kinora_studio::wire::{Ended, Failure, PixelShape, Progress as JobProgress};

use super::larger_takes::is_of_new_take;
use super::{take_place, viewer};
use crate::state::action::{Action, QueueAction};
use crate::state::generation::{GenerationProgress, TakeLibrary, duration_words, title_of};
use crate::state::notification::{NotificationButton, Notifications};
use crate::state::open_project::OpenProject;
use crate::state::text::with_capital;
use crate::state::view::viewer_view::{ViewedSource, ViewerMode};

/// Applies what the scheduler of the generation reports.
pub fn on_generation_event(
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
            if let JobProgress::Notice { text } = &progress {
                notifications.info(with_capital(text));
            }
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
            let progress = open.generation.progress.as_ref();
            let small = progress.and_then(|progress| progress.enlarged);
            open.generation.finish_job();
            let before = open.project().clone();
            open.amend(&Amendment::FirstTake { shot, take }, notifications);
            take_place::add_first_sound(open, &before, shot, notifications);
            if open.view.viewer.mode == ViewerMode::Live {
                let source = Source::Shot(shot);
                let take = Some(take);
                viewer::show_source(open, ViewedSource { source, take });
            }
            // The artist chooses among takes that are ranked.
            let queue = open.generation.scheduler.queue();
            let is_ranked = queue.series_of(take).is_some();
            let is_large = is_of_new_take((shot, take), small, open, notifications);
            if !is_ranked && !is_large {
                on_further_take(shot, take, open, notifications, chooses_new_take);
                open.generation.new_takes.push((shot, take));
            }
            let folder = open.document.session.folder();
            open.generation.loading_takes = Some(TakeLibrary::load(folder, ctx));
            open.generation.measure(folder, take, ctx);
        }
        GenerationEvent::Sound(shot, take) => {
            open.generation.finish_job();
            on_sound(shot, take, open, notifications, chooses_new_take);
            if open.view.viewer.mode == ViewerMode::Live {
                viewer::show_source(open, ViewedSource::of(Source::Shot(shot)));
            }
            let folder = open.document.session.folder();
            open.generation.loading_takes = Some(TakeLibrary::load(folder, ctx));
        }
        GenerationEvent::Still(shot, still) => {
            open.generation.finish_job();
            if open.view.viewer.mode == ViewerMode::Live {
                let source = Source::Shot(shot);
                let take = Some(still);
                viewer::show_source(open, ViewedSource { source, take });
            }
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
        GenerationEvent::Smoothed(_) => {
            open.generation.finish_job();
            open.media.look_for_in_betweens(ctx);
            open.changed(); // the viewer shows them
        }
        GenerationEvent::Failed(order, failure) => {
            open.generation.progress = None;
            let retry = NotificationButton {
                text: "Retry",
                action: Action::Queue(QueueAction::Retry(order)),
            };
            let order = open.generation.scheduler.queue().get(order);
            let name = order.map_or("Shot".into(), title_of);
            notifications.not_generated(&name, reason_words(&failure), vec![retry]);
        }
        GenerationEvent::EngineEnded(ended) => {
            notifications.error(engine_ended_text(&ended));
        }
    }
}

/// Shows the preview of an order that begins, if the viewer shows the shot of that order by itself.
fn show_live(open: &mut OpenProject, order: OrderId) {
    let order = open.generation.scheduler.queue().get(order);
    let is_seen = |work: &Work| !matches!(work, Work::Smooth(_) | Work::Sound { .. });
    let order = order.filter(|order| is_seen(&order.work));
    let source = order.map(|order| Source::Shot(order.shot.id));
    let shown = open.view.viewer.mode.source().map(|shown| shown.source);
    if shown.is_some() && shown == source {
        open.media.source.stop();
        open.view.viewer.mode = ViewerMode::Live;
    }
}

/// Sound alone for a shot: a silent shot gets it, without a step. One that is heard already keeps its sound, unless the
/// preference is to choose what is new, as a step that can be undone.
fn on_sound(
    shot: ShotId,
    take: ContentHash,
    open: &mut OpenProject,
    notifications: &mut Notifications,
    chooses_new_take: bool,
) {
    let before = open.project().clone();
    let Some(known) = before.shot(shot) else {
        return;
    };
    if !has_sound(&before, open.document.session.folder(), shot) {
        open.amend(&Amendment::FirstSound { shot, take }, notifications);
        take_place::add_first_sound(open, &before, shot, notifications);
        return;
    }
    if known.chosen_sound == Some(take) {
        return;
    }
    let name = &known.name;
    if !chooses_new_take {
        notifications.info(format!("{name} has a new sound. The chosen sound stays."));
        return;
    }
    let choose = Edit::Library(Library::ChooseSound(shot, Some(take)));
    if take_place::choose(open, &choose, shot, notifications) {
        notifications.info(format!("{name} has a new sound. It is the chosen one now."));
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
    if take_place::choose(open, &choose, shot, notifications) {
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
        JobProgress::Working { what, done } => {
            shown.text = work_words(what);
            if matches!(what.as_str(), "upscaling" | "in-betweens") {
                shown.done = *done as f32; // it is all of the job
            }
        }
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
        JobProgress::Frames { .. } if shown.frames.is_none() => {} // of an upscaler or interpolator, which says how far it is
        JobProgress::Frames { first, picture } => {
            let decoded = first + picture.frames;
            shown.text = match shown.frames {
                Some(all) => format!("Decoding frame {decoded} of {all}"),
                None => format!("Decoding frame {decoded}"),
            };
        }
        JobProgress::Sound { .. } => shown.text = "Decoding sound".into(),
        JobProgress::Queued { .. }
        | JobProgress::Notice { .. }
        | JobProgress::UpscaleBegun { .. }
        | JobProgress::InterpolateBegun { .. }
        | JobProgress::Embedded { .. }
        | JobProgress::Preview { .. } => {}
    }
}

/// The words for a task of the engine.
fn work_words(what: &str) -> String {
    match what {
        "text" => "Encoding the prompt".into(),
        "pictures" => "Preparing images".into(),
        "frames in tiles" => "Decoding frames".into(),
        "upscaling" => "Upscaling".into(),
        "in-betweens" => "Making in-betweens".into(),
        "hashing" => "Checking the model's files".into(),
        other => format!("Preparing {other}"),
    }
}

/// "the engine stopped, probably out of memory. Try fewer frames or a smaller size."
fn reason_words(failure: &Failure) -> String {
    let remedy = failure.remedy.as_deref().unwrap_or("try again");
    let remedy = with_capital(remedy);
    let text = format!("{}. {remedy}", failure.cause);
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

/// Says that the engine ended, with what it wrote last.
pub fn engine_ended_text(ended: &Ended) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_cause_and_what_to_do() {
        let failure = Failure::refused("the model is not installed", "choose another model");
        assert_eq!(
            reason_words(&failure),
            "the model is not installed. Choose another model."
        );
    }

    #[test]
    fn an_engine_that_was_killed_is_reported_without_the_name_of_a_signal() {
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
    fn the_tasks_of_the_engine_are_shown_in_words() {
        assert_eq!(work_words("pictures"), "Preparing images");
        assert_eq!(work_words("the sound"), "Preparing the sound");
    }
}
