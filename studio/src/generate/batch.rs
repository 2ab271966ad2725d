//! Generates every shot without a take, one after the other, without a window.

use std::sync::mpsc::channel;
use std::time::Duration;

use kinora_timeline::file::EditError;
use kinora_timeline::{Refusal, ShotId};
use kinora_wire::{Failure, Progress};

use super::scheduler::{GenerationEvent, GenerationScheduler};
use crate::Session;
use crate::engine::{EngineHost, program};
use crate::project::pending_writes::flush_pending;

/// How often cancellation is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What is reported while shots are generated.
#[derive(Debug)]
pub enum BatchEvent<'t> {
    /// A shot is being made: how many are done, of how many, and how far this one is.
    Progress(usize, usize, &'t Progress),
    /// A shot has its take: its name.
    Made(&'t str),
    /// It came to nothing; the others are made all the same.
    Failed(&'t str, &'t Failure),
}

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Takes that were made.
    pub made: usize,
    /// Shots that have no take still.
    pub failed: usize,
    /// Whether somebody stopped it; what is made is kept.
    pub is_cancelled: bool,
}

/// Makes a take of each shot that has none. `fresh` is the seed of the first shot that has no seed of its own, those
/// after it count up.
///
/// # Errors
/// A film that only can be looked at; a full disk.
pub fn generate_missing(
    session: &mut Session,
    fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    report: &mut dyn FnMut(BatchEvent),
) -> Result<BatchOutcome, Failure> {
    let ended = make(session, fresh, is_cancelled, report);
    flush_pending(); // what still waits is on the disk before the program ends
    ended
}

fn make(
    session: &mut Session,
    mut fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    report: &mut dyn FnMut(BatchEvent),
) -> Result<BatchOutcome, Failure> {
    if !session.can_be_edited() {
        return Err(Failure::refused(
            format!(
                "{} is open elsewhere, or lies where nothing can be written",
                session.folder().display()
            ),
            "close it there first",
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
    scheduler.queue_mut().pause(false); // whoever asks for takes wants them now
    let of = scheduler.order_missing(session.project(), || {
        fresh += 1;
        fresh
    });
    let mut ended = BatchOutcome::default();
    let name = |session: &Session, shot: ShotId| {
        let shot = session.project().shot(shot);
        shot.map_or_else(String::new, |shot| shot.name.clone())
    };
    while !scheduler.is_idle() {
        if is_cancelled() {
            scheduler.stop(&mut engine);
            ended.is_cancelled = true;
            break;
        }
        for event in scheduler.poll(&mut engine, session.project(), false) {
            match event {
                GenerationEvent::Progress(_, progress) => {
                    report(BatchEvent::Progress(ended.made, of, &progress))
                }
                GenerationEvent::Take(shot, _, edit) => {
                    match session.document_mut().apply(&edit) {
                        Ok(()) | Err(EditError::Refused(Refusal::NoChange)) => {}
                        Err(error) => {
                            return Err(Failure::refused(
                                error.to_string(),
                                "make room on the disk",
                            ));
                        }
                    }
                    ended.made += 1;
                    report(BatchEvent::Made(&name(session, shot)));
                }
                GenerationEvent::Failed(order, failure) => {
                    let shot = scheduler.queue().get(order).map(|order| order.shot.id);
                    let name = shot.map_or_else(String::new, |shot| name(session, shot));
                    report(BatchEvent::Failed(&name, &failure));
                }
                GenerationEvent::Begun(_)
                | GenerationEvent::Preview(..)
                | GenerationEvent::Reproduced(..)
                | GenerationEvent::EngineEnded(_) => {}
            }
        }
        woken.recv_timeout(POLL_INTERVAL).ok();
        while woken.try_recv().is_ok() {} // one look takes in all of it
    }
    let lacking = session
        .project()
        .shots()
        .filter(|shot| shot.chosen.is_none());
    ended.failed = lacking.count();
    Ok(ended)
}
