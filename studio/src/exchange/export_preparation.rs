//! What is made before the first frame of an export: larger takes where the output is larger than they are, and missing
//! in-betweens. Both are kept in the project, so that they are made once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_render::project::SmoothClip;
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::Shot;
use kinora_timeline::{ContentHash, Edit, FrameRange, Project, ShotId, Size};
use kinora_wire::{Failure, Hello, ModelList, Outcome, Progress, Upscale};

use super::small_takes::small_takes;
use crate::engine::program;
use crate::generate::oneshot::BlockingClient;
use crate::generate::queue::{Order, OrderId, Work};
use crate::generate::smooth::kept::{has_source, is_made, shown_within};
use crate::generate::smooth::{self, SmoothedBy};
use crate::take::recipe::Recipe;
use crate::take::recipe_builder::made_with;
use crate::take::request::{EngineWork, prepare_request};
use crate::take::resolve::{ResolveContext, Resolved};
use crate::take::take_store::TakeStore;
use crate::take::worker::unix_seconds;

/// What is made before an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preparation {
    /// The id of the upscaler for takes that are smaller than the output. `None`: they stay as they are.
    pub upscaler: Option<String>,
    /// Whether missing in-betweens are made. Without them clips show the frames of their sources.
    pub makes_in_betweens: bool,
    /// The id of the device. `None`: the default one.
    pub device: Option<String>,
    /// The engine's program. `None`: the usual one.
    pub program: Option<PathBuf>,
}

/// How far a preparation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// "upscaling" or "in-betweens".
    pub what: &'static str,
    /// The number of this clip, from 1.
    pub number: usize,
    /// The number of clips.
    pub of: usize,
    /// The part of this clip that is done, from 0 to 1.
    pub done: f64,
}

/// Makes what an export of a range in this size needs, and returns the project to export: the one given, with larger
/// takes. The project on the disk keeps its choice of takes. `None`: it was cancelled; what was finished is kept.
///
/// # Errors
/// The upscaler or an interpolator is not installed; the engine fails; the disk is full.
pub fn prepare(
    (project, folder): (&Project, &Path),
    (range, size): (FrameRange, Size),
    preparation: &Preparation,
    is_cancelled: &dyn Fn() -> bool,
    report: &mut dyn FnMut(Step),
) -> Result<Option<Project>, Failure> {
    let mut maker = Maker {
        folder,
        preparation,
        is_cancelled,
        engine: None,
    };
    let mut prepared = project.clone();
    if let Some(upscaler) = &preparation.upscaler {
        let takes = TakeStore::of(folder);
        let size_of = |take| {
            let found = takes.find(take)?;
            found.readable().map(Recipe::picture_size)
        };
        let small = small_takes(project, range, size, &size_of);
        for (at, (shot, take)) in small.iter().enumerate() {
            let mut on_done = step("upscaling", (at, small.len()), &mut *report);
            let large = maker.enlarge(&prepared, (*shot, *take), upscaler, &mut on_done)?;
            let Some(large) = large else {
                return Ok(None);
            };
            let choose = Edit::Library(Library::ChooseTake(*shot, Some(large)));
            let chosen = choose.apply(&prepared);
            prepared = chosen.map_err(|refusal| Failure::bug(refusal.to_string()))?;
        }
    }
    if preparation.makes_in_betweens {
        let mut missing = shown_within(&prepared, range);
        // A clip whose file is missing shows so, and needs none.
        missing.retain(|smooth| !is_made(folder, smooth) && has_source(folder, &prepared, smooth));
        for (at, smooth) in missing.iter().enumerate() {
            let mut on_done = step("in-betweens", (at, missing.len()), &mut *report);
            if !maker.smooth(&prepared, smooth, &mut on_done)? {
                return Ok(None);
            }
        }
    }
    Ok(Some(prepared))
}

/// Reports how far a clip is, which is at this place of so many.
fn step<'r>(
    what: &'static str,
    (at, of): (usize, usize),
    report: &'r mut dyn FnMut(Step),
) -> impl FnMut(f64) + 'r {
    move |done| {
        report(Step {
            what,
            number: at + 1,
            of,
            done,
        });
    }
}

/// Makes takes and in-betweens, with an engine that is started for the first one.
struct Maker<'m> {
    folder: &'m Path,
    preparation: &'m Preparation,
    is_cancelled: &'m dyn Fn() -> bool,
    engine: Option<MakerEngine>,
}

struct MakerEngine {
    client: BlockingClient,
    hello: Hello,
    known: ModelList,
    /// The id of the device.
    device: String,
}

impl Maker<'_> {
    fn engine(&mut self) -> Result<&MakerEngine, Failure> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => MakerEngine::start(self.preparation)?,
        };
        Ok(&*self.engine.insert(engine))
    }

    /// The take with the pictures of another, made larger. The same as one that was made in the window.
    fn enlarge(
        &mut self,
        project: &Project,
        (shot, take): (ShotId, ContentHash),
        upscaler: &str,
        on_done: &mut dyn FnMut(f64),
    ) -> Result<Option<ContentHash>, Failure> {
        let (folder, is_cancelled) = (self.folder, self.is_cancelled);
        let takes = TakeStore::of(folder);
        let engine = self.engine()?;
        let known = project.shot(shot).map(|shot| Shot::clone(shot));
        let order = Order {
            id: OrderId(0),
            shot: known.ok_or_else(|| Failure::bug("the shot is gone"))?,
            seed: 0,
            work: Work::Upscale {
                take,
                upscaler: upscaler.to_owned(),
            },
            failed: None,
        };
        let context = ResolveContext {
            order,
            project: project.clone(),
            known: engine.known.clone(),
            lora_hashes: BTreeMap::new(),
            engine: engine.hello.clone(),
            device: engine.device.clone(),
        };
        let Resolved::Recipe(recipe, loras) = context.resolve(&takes)? else {
            return Err(Failure::bug("an upscaled take needs no other model"));
        };
        if let Some(made) = takes.made_from(&recipe) {
            return Ok(Some(made));
        }
        let prepared = prepare_request(&recipe, &loras, folder)?;
        let EngineWork::Upscale(request) = &prepared.work else {
            return Err(Failure::bug("an upscaled take is not generated"));
        };
        let frames = f64::from(recipe.settings.frames.max(1));
        let mut writer = takes.begin(*recipe, shot)?;
        let outcome = engine.client.upscale(
            Upscale::clone(request),
            is_cancelled,
            &mut |progress, pixels| {
                if let Progress::Frames { picture, .. } = progress {
                    writer.add(*picture, pixels)?;
                    on_done(f64::from(writer.count()) / frames);
                }
                Ok(())
            },
        );
        match outcome {
            Outcome::Done { timings } => {
                let take = writer.finish(timings, None, unix_seconds())?;
                Ok(Some(take))
            }
            Outcome::Cancelled => Ok(None),
            Outcome::Failed { failure } => Err(failure),
        }
    }

    /// Makes in-betweens. False: it was cancelled.
    fn smooth(
        &mut self,
        project: &Project,
        smooth: &SmoothClip,
        on_done: &mut dyn FnMut(f64),
    ) -> Result<bool, Failure> {
        let (folder, is_cancelled) = (self.folder, self.is_cancelled);
        let engine = self.engine()?;
        let made_with = made_with(&engine.hello, &engine.device)?;
        let by = SmoothedBy::first(&engine.known.interpolators, made_with)?;
        smooth::make(
            folder,
            project,
            smooth,
            &by,
            &mut |request, part, on_pictures| {
                let outcome =
                    engine
                        .client
                        .interpolate(request, is_cancelled, &mut |progress, pixels| {
                            if let Progress::Frames { first, picture } = progress {
                                on_pictures(*picture, pixels)?;
                                let done = part.before as f64 + f64::from(first + picture.frames);
                                on_done(done / part.all.max(1) as f64);
                            }
                            Ok(())
                        });
                match outcome {
                    Outcome::Done { .. } => Ok(true),
                    Outcome::Cancelled => Ok(false),
                    Outcome::Failed { failure } => Err(failure),
                }
            },
        )
    }
}

impl MakerEngine {
    fn start(preparation: &Preparation) -> Result<Self, Failure> {
        let program = preparation.program.clone().unwrap_or_else(program);
        let client = BlockingClient::with(&program);
        let (hello, known) = client.hello_and_models()?;
        let device = hello.device_or_best(preparation.device.as_deref());
        let device = device.map_or_else(|| "cpu".to_owned(), |device| device.id.clone());
        Ok(Self {
            client,
            hello,
            known,
            device,
        })
    }
}
