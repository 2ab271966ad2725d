//! Generates every shot without a take, one after the other, without a window.

use std::sync::mpsc::channel;
use std::time::Duration;

use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::file::EditError;
use kinora_timeline::{Amendment, ShotId};
use kinora_wire::{Failure, Progress};

use super::scheduler::{GenerationEvent, GenerationScheduler};
use super::shot_check::prevention;
use crate::Session;
use crate::engine::{EngineHost, program};
use crate::exchange::placement::{add_sound, add_sound_elsewhere};
use crate::project::pending_writes::flush_pending;

/// How often cancellation is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The progress of a batch.
#[derive(Debug)]
pub enum BatchEvent<'t> {
    /// A shot is being generated: shots done, shots in all, and the progress of this one.
    Progress(usize, usize, &'t Progress),
    /// A shot of this name has its take.
    Made(&'t str),
    /// A shot of this name has failed; the others are still generated.
    Failed(&'t str, &'t Failure),
}

/// The result of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Takes generated.
    pub made: usize,
    /// Shots that still have no take.
    pub failed: usize,
    /// Whether it was cancelled. Finished takes are kept.
    pub is_cancelled: bool,
}

/// Generates a take of each shot that has none. A shot without a seed of its own gets one
/// from `fresh`: the n-th shot gets `fresh` + n.
///
/// # Errors
/// The project is read-only; the disk is full.
pub fn generate_missing(
    session: &mut Session,
    fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    report: &mut dyn FnMut(BatchEvent),
) -> Result<BatchOutcome, Failure> {
    let result = run(session, fresh, is_cancelled, report);
    flush_pending(); // pending writes reach the disk before the program ends
    result
}

fn run(
    session: &mut Session,
    mut fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    report: &mut dyn FnMut(BatchEvent),
) -> Result<BatchOutcome, Failure> {
    if !session.can_be_edited() {
        return Err(Failure::refused(
            format!(
                "{} is open elsewhere, or its folder is read-only",
                session.folder().display()
            ),
            "close it there, or make the folder writable",
        ));
    }
    let (wake, woken) = channel();
    let engine_wake = wake.clone();
    let mut engine = EngineHost::new(program(), move || {
        engine_wake.send(()).ok();
    });
    let mut scheduler = GenerationScheduler::new(session, move || {
        wake.send(()).ok();
    });
    scheduler.queue_mut().pause(false); // a batch overrides a pause
    let of = scheduler.queue_missing(session.project(), || {
        fresh += 1;
        fresh
    });
    let mut outcome = BatchOutcome::default();
    let name = |session: &Session, shot: ShotId| {
        let shot = session.project().shot(shot);
        shot.map_or_else(String::new, |shot| shot.name.clone())
    };
    while !scheduler.is_idle() {
        if is_cancelled() {
            scheduler.stop(&mut engine);
            outcome.is_cancelled = true;
            break;
        }
        for event in scheduler.poll(&mut engine, session.project(), false) {
            match event {
                GenerationEvent::Progress(_, progress) => {
                    report(BatchEvent::Progress(outcome.made, of, &progress));
                }
                GenerationEvent::Take(shot, take) => {
                    keep(session, shot, &Amendment::FirstTake { shot, take })?;
                    outcome.made += 1;
                    report(BatchEvent::Made(&name(session, shot)));
                }
                GenerationEvent::Sound(shot, take) => {
                    keep(session, shot, &Amendment::FirstSound { shot, take })?;
                    outcome.made += 1;
                    report(BatchEvent::Made(&name(session, shot)));
                }
                GenerationEvent::Failed(order, failure) => {
                    let shot = scheduler.queue().get(order).map(|order| order.shot.id);
                    let name = shot.map_or_else(String::new, |shot| name(session, shot));
                    report(BatchEvent::Failed(&name, &failure));
                }
                GenerationEvent::Begun(_)
                | GenerationEvent::Preview(..)
                | GenerationEvent::Still(..)
                | GenerationEvent::Reproduced(..)
                | GenerationEvent::Smoothed(_)
                | GenerationEvent::EngineEnded(_) => {}
            }
        }
        woken.recv_timeout(POLL_INTERVAL).ok();
        while woken.try_recv().is_ok() {} // one poll covers all wake-ups so far
    }
    let project = session.project();
    let lacking = project.shots();
    for shot in lacking.filter(|shot| scheduler.lacks_take(project, shot)) {
        outcome.failed += 1;
        if let Some(problem) = prevention(shot, project, None) {
            let failure = Failure::refused(problem.to_string(), "change the shot in the window");
            report(BatchEvent::Failed(&shot.name, &failure));
        }
    }
    Ok(outcome)
}

/// Amends the project with a take. The sound of a shot that was silent is placed beside its clips, in every sequence.
fn keep(session: &mut Session, shot: ShotId, amendment: &Amendment) -> Result<(), Failure> {
    let refused = |error: EditError| Failure::refused(error.to_string(), "free some disk space");
    let before = session.project().clone();
    let folder = session.folder().to_owned();
    session.document_mut().amend(amendment).map_err(refused)?;
    let elsewhere = add_sound_elsewhere(session.document_mut(), &before, &folder, shot);
    elsewhere.map_err(refused)?;
    let mut batch = EditBatch::of(session.project());
    let placed = add_sound(&mut batch, &before, &folder, shot);
    // The take is kept, even if its sound finds no place.
    if let Err(refusal) = placed {
        tracing::warn!("the sound of a shot was not placed: {refusal}");
        return Ok(());
    }
    if batch.edits.is_empty() {
        return Ok(());
    }
    let document = session.document_mut();
    document
        .apply_all("add sound", &batch.edits)
        .map_err(refused)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_render::project::ProjectFiles;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::sequences::SequenceEdit;
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::{ContentHash, Edit, FrameRate, Frames, Project, Source, TrackKind};

    use super::*;

    #[test]
    fn the_sound_of_a_take_is_placed_beside_the_clips_of_its_shot() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let length = ModelLength {
            frames: 24,
            rate: FrameRate::FPS_24,
        };
        let mut batch = EditBatch::of(&Project::default());
        let shot = Box::new(Shot::new("Steps", "", length));
        let add = Edit::Library(Library::AddShot(shot));
        batch.then(add).expect("added");
        let shot = batch.project.shots().next().expect("the shot").id;
        let source = Source::Shot(shot);
        let placed = batch.place(source, &[TrackKind::Video], Frames::ZERO, Frames(24));
        placed.expect("placed");
        let mut session = Session::create(&folder, &batch.project).expect("a project");
        let [silent, heard] = [b"one", b"two"].map(|name| ContentHash::of(name));
        let files = ProjectFiles::of(&folder);
        fs::create_dir_all(files.take(heard)).expect("made");
        fs::write(files.take_sound(heard), "sound").expect("written");
        let first = Amendment::FirstTake { shot, take: silent };
        keep(&mut session, shot, &first).expect("kept");
        assert_eq!(session.project().clips_of(source).len(), 1);
        let sound = Amendment::FirstSound { shot, take: heard };
        keep(&mut session, shot, &sound).expect("kept");
        let clips = session.project().clips_of(source);
        assert_eq!(clips.len(), 2);
        assert_eq!(session.project().linked(clips[0]).len(), 2);
    }

    #[test]
    fn the_first_sound_reaches_every_sequence_that_holds_the_shot() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let length = ModelLength {
            frames: 24,
            rate: FrameRate::FPS_24,
        };
        let mut batch = EditBatch::of(&Project::default());
        let mut then = |edit: Edit| batch.then(edit).expect("done");
        let shot = Box::new(Shot::new("Steps", "", length));
        then(Edit::Library(Library::AddShot(shot)));
        for name in ["Trailer", "Outtakes"] {
            let name = name.to_owned();
            then(Edit::Sequence(SequenceEdit::Add { name }));
        }
        let shot = batch.project.shots().next().expect("the shot").id;
        let source = Source::Shot(shot);
        let sequences = batch.project.sequences();
        let [main, trailer, outtakes] = [0, 1, 2].map(|number| sequences[number].0);
        // In the first two sequences, of which the second is open; not in the third.
        for sequence in [main, trailer] {
            if let Some(opened) = batch.project.opened(sequence) {
                batch.project = opened;
            }
            let placed = batch.place(source, &[TrackKind::Video], Frames(5), Frames(24));
            placed.expect("placed");
        }
        let mut session = Session::create(&folder, &batch.project).expect("a project");
        let heard = ContentHash::of(b"heard");
        let files = ProjectFiles::of(&folder);
        fs::create_dir_all(files.take(heard)).expect("made");
        fs::write(files.take_sound(heard), "sound").expect("written");
        let first = Amendment::FirstTake { shot, take: heard };
        keep(&mut session, shot, &first).expect("kept");
        assert_eq!(session.project().open_sequence(), trailer);
        let clips_in = |project: &Project, sequence| {
            let opened = project.opened(sequence);
            let project = opened.as_ref().unwrap_or(project);
            let clips = project.clips_of(source);
            let linked = clips.first().map(|clip| project.linked(*clip).len());
            (clips.len(), linked)
        };
        let of = |project: &Project| {
            [main, trailer, outtakes].map(|sequence| clips_in(project, sequence))
        };
        let everywhere = [(2, Some(2)), (2, Some(2)), (0, None)];
        assert_eq!(of(session.project()), everywhere);
        // A second take with sound adds nothing; neither does the opened project of the disk.
        keep(&mut session, shot, &first).expect("kept");
        assert_eq!(of(session.project()), everywhere);
        drop(session);
        let session = Session::open(&folder).expect("opened");
        assert_eq!(of(session.project()), everywhere);
        assert_eq!(session.project().open_sequence(), trailer);
    }
}
