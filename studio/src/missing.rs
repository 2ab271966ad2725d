//! Everything a film lacks, generated without a window: each shot without a take, one after the other.

use std::sync::mpsc::channel;
use std::time::Duration;

use kinora_timeline::file::EditError;
use kinora_timeline::{Refusal, ShotId};
use kinora_wire::{Failure, Progress};

use crate::Session;
use crate::closing::settle_all;
use crate::engine::{EngineHost, program};
use crate::production::{News, Production};

/// How often a wish to cancel is looked for.
const GLANCE: Duration = Duration::from_millis(100);

/// What there is to tell.
#[derive(Debug)]
pub enum Told<'t> {
    /// A shot is being made: how many are done, of how many, and how far this one is.
    Progress(usize, usize, &'t Progress),
    /// A shot has its take: its name.
    Made(&'t str),
    /// It came to nothing; the others are made all the same.
    Failed(&'t str, &'t Failure),
}

/// How it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
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
pub fn make_missing(
    session: &mut Session,
    fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    told: &mut dyn FnMut(Told),
) -> Result<Missing, Failure> {
    let ended = make(session, fresh, is_cancelled, told);
    settle_all(); // what still waits is on the disk before the program ends
    ended
}

fn make(
    session: &mut Session,
    mut fresh: u64,
    is_cancelled: &dyn Fn() -> bool,
    told: &mut dyn FnMut(Told),
) -> Result<Missing, Failure> {
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
    let mut production = Production::new(session, move || {
        wake.send(()).ok();
    });
    production.queue_mut().pause(false); // whoever asks for takes wants them now
    let of = production.order_missing(session.project(), || {
        fresh += 1;
        fresh
    });
    let mut ended = Missing::default();
    let name = |session: &Session, shot: ShotId| {
        let shot = session.project().shot(shot);
        shot.map_or_else(String::new, |shot| shot.name.clone())
    };
    while !production.is_idle() {
        if is_cancelled() {
            production.stop(&mut engine);
            ended.is_cancelled = true;
            break;
        }
        for news in production.poll(&mut engine, session.project()) {
            match news {
                News::Progress(_, progress) => told(Told::Progress(ended.made, of, &progress)),
                News::Take(shot, _, edit) => {
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
                    told(Told::Made(&name(session, shot)));
                }
                News::Failed(order, failure) => {
                    let shot = production.queue().get(order).map(|order| order.shot.id);
                    let name = shot.map_or_else(String::new, |shot| name(session, shot));
                    told(Told::Failed(&name, &failure));
                }
                News::Begun(_)
                | News::Preview(..)
                | News::Reproduced(..)
                | News::EngineEnded(_) => {}
            }
        }
        woken.recv_timeout(GLANCE).ok();
        while woken.try_recv().is_ok() {} // one look takes in all of it
    }
    let lacking = session
        .project()
        .shots()
        .filter(|shot| shot.chosen.is_none());
    ended.failed = lacking.count();
    Ok(ended)
}
