//! One take being made, on a thread of its own: its recipe is frozen, pictures for the engine are drawn, frames are
//! written as they come, and the take is made whole at the end. The window's thread only passes messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{SystemTime, UNIX_EPOCH};

use kinora_timeline::{ContentHash, ShotId};
use kinora_wire::{Failure, Generation, PixelShape, Timings};

use crate::freeze::{Prepared, prepare};
use crate::queue::Work;
use crate::recipe::Recipe;
use crate::reproduce::{Comparison, Reproduced};
use crate::takes::{TakeWriter, Takes};
use crate::wanted::{Frozen, Wanted};

/// What the maker is told.
enum Told {
    Frames(PixelShape, Arc<[u8]>),
    Hint(Option<String>),
    Done(Timings),
}

/// What the maker says.
pub enum Said {
    /// The files of this model have to be hashed before anything is made with them: it ends here.
    Unhashed(String),
    /// The request for the engine; its pictures stay until the maker is gone.
    Ready(Box<Generation>),
    /// The take is whole.
    Made(ContentHash),
    /// The recipe was followed once more.
    Compared(Reproduced),
    /// It cannot be made.
    Failed(Failure),
}

/// A take that is being made. Dropped before its end, it leaves no take.
pub struct Maker {
    tell: Sender<Told>,
    said: Receiver<Said>,
}

impl Maker {
    /// Begins. `wake` is called on the maker's thread when there is something to hear.
    pub fn start(wanted: Wanted, folder: PathBuf, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (tell, told) = channel();
        let (say, said) = channel();
        std::thread::spawn(move || {
            let mut ready = |request| {
                say.send(Said::Ready(request)).ok();
                wake();
            };
            let last = follow(&wanted, &folder, &told, &mut ready);
            // Nothing is said of what nobody wants any more.
            if let Some(last) = last.unwrap_or_else(|failure| Some(Said::Failed(failure))) {
                say.send(last).ok();
                wake();
            }
        });
        Self { tell, said }
    }

    /// What it has to say, if anything.
    pub fn heard(&self) -> Option<Said> {
        match self.said.try_recv() {
            Ok(said) => Some(said),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Said::Failed(Failure::bug(
                "the making of a take broke down",
            ))),
        }
    }

    /// Frames have come.
    pub fn frames(&self, shape: PixelShape, pixels: Arc<[u8]>) {
        self.tell.send(Told::Frames(shape, pixels)).ok();
    }

    /// Something is to be known of the prompt.
    pub fn hint(&self, hint: Option<String>) {
        self.tell.send(Told::Hint(hint)).ok();
    }

    /// All frames have come.
    pub fn done(&self, timings: Timings) {
        self.tell.send(Told::Done(timings)).ok();
    }
}

fn follow(
    wanted: &Wanted,
    folder: &Path,
    told: &Receiver<Told>,
    ready: &mut dyn FnMut(Box<Generation>),
) -> Result<Option<Said>, Failure> {
    let recipe = match wanted.freeze(&Takes::of(folder))? {
        Frozen::Recipe(recipe) => *recipe,
        Frozen::Unhashed(model) => return Ok(Some(Said::Unhashed(model))),
    };
    match wanted.order.work {
        Work::Shot | Work::Vary { .. } => make(recipe, wanted.order.shot.id, folder, told, ready),
        Work::Reproduce { take } => compare(&recipe, take, folder, told, ready),
    }
}

fn make(
    recipe: Recipe,
    shot: ShotId,
    folder: &Path,
    told: &Receiver<Told>,
    ready: &mut dyn FnMut(Box<Generation>),
) -> Result<Option<Said>, Failure> {
    let takes = Takes::of(folder);
    let name = recipe.hash();
    if takes.is_made(name) {
        return Ok(Some(Said::Made(name))); // it was made before, and is whole
    }
    let prepared: Prepared = prepare(&recipe, folder)?;
    let mut writer: TakeWriter = takes.begin(recipe, shot)?;
    ready(Box::new(prepared.request.clone()));
    let mut hint = None;
    while let Ok(told) = told.recv() {
        match told {
            Told::Frames(shape, pixels) => writer.add(shape, &pixels)?,
            Told::Hint(words) => hint = words,
            Told::Done(timings) => {
                let now = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                let made = writer.finish(timings, hint, now.as_secs())?;
                return Ok(Some(Said::Made(made)));
            }
        }
    }
    Ok(None)
}

fn compare(
    recipe: &Recipe,
    take: ContentHash,
    folder: &Path,
    told: &Receiver<Told>,
    ready: &mut dyn FnMut(Box<Generation>),
) -> Result<Option<Said>, Failure> {
    let prepared: Prepared = prepare(recipe, folder)?;
    let mut comparison = Comparison::with(folder, take)?;
    ready(Box::new(prepared.request.clone()));
    while let Ok(told) = told.recv() {
        match told {
            Told::Frames(shape, pixels) => comparison.add(shape, &pixels)?,
            Told::Hint(_) => {}
            Told::Done(_) => return Ok(Some(Said::Compared(comparison.finish()))),
        }
    }
    Ok(None)
}
