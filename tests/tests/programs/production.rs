//! From shots to takes, with an engine that follows a script: from the order to the take on the timeline.
//! Here is the project that the tests share: its shots, its queue, and the events that it waits for.

mod in_betweens;
mod orders;
mod sound;
mod stage;
mod takes;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_tests::{PATIENCE, fake_engine};
use kinora_timeline::edit::library::Library;
use kinora_timeline::shot::{ModelLength, SeedPolicy, Shot};
use kinora_timeline::{Amendment, ContentHash, Edit, FrameRate, Project};

fn shot(name: &str, seed: u64) -> Shot {
    let rate = FrameRate::new(8, 1).expect("a rate");
    Shot {
        seed: SeedPolicy::Fixed(seed),
        ..Shot::new(name, "a fox", ModelLength { frames: 9, rate })
    }
}

/// A project with shots of these names, and the production that generates them.
pub struct Set {
    pub session: Session,
    pub production: GenerationScheduler,
    engine: EngineHost,
    root: tempfile::TempDir,
}

impl Set {
    fn new(script: &str, names: &[&str]) -> Self {
        Self::with(names, |folder| fake_engine(script, folder))
    }

    /// With another engine, a program that may be written into the folder.
    pub fn with(names: &[&str], engine: impl FnOnce(&Path) -> PathBuf) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let mut session = Session::create(&folder, &Project::default()).expect("a film");
        for (seed, name) in (1..).zip(names) {
            let add = Edit::Library(Library::AddShot(Box::new(shot(name, seed))));
            session.document_mut().apply(&add).expect("a shot");
        }
        Self {
            production: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(engine(root.path()), || {}),
            root,
        }
    }

    /// The program exits, in any way, and starts again with this engine.
    fn again(self, script: &str) -> Self {
        let Self {
            session,
            production,
            engine,
            root,
        } = self;
        drop((production, engine));
        let folder = session.folder().to_owned();
        drop(session);
        let session = Session::open(&folder).expect("the film");
        Self {
            production: GenerationScheduler::new(&session, || {}),
            session,
            engine: EngineHost::new(fake_engine(script, root.path()), || {}),
            root,
        }
    }

    pub fn project(&self) -> &Project {
        self.session.project()
    }

    pub fn shots(&self) -> Vec<Shot> {
        self.project()
            .shots()
            .map(|shot| Shot::clone(shot))
            .collect()
    }

    pub fn queue_take(&mut self, at: usize) {
        let shot = self.shots().swap_remove(at);
        self.production.queue_take(&shot, 99);
    }

    /// Polls until a condition holds, and chooses takes as they arrive, as the window does.
    pub fn until(
        &mut self,
        mut is_it: impl FnMut(&GenerationEvent, &GenerationScheduler) -> bool,
    ) -> Vec<GenerationEvent> {
        let end = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while Instant::now() < end {
            for news in self
                .production
                .poll(&mut self.engine, self.session.project(), false)
            {
                if let GenerationEvent::Take(shot, take) = news {
                    let amendment = Amendment::FirstTake { shot, take };
                    self.session.document_mut().amend(&amendment).ok();
                }
                if let GenerationEvent::Sound(shot, take) = news {
                    let amendment = Amendment::FirstSound { shot, take };
                    self.session.document_mut().amend(&amendment).ok();
                }
                let is_end = is_it(&news, &self.production);
                all.push(news);
                if is_end {
                    return all;
                }
            }
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it did not happen: {all:?}");
    }

    fn takes(&self) -> Vec<ContentHash> {
        self.production.takes().names()
    }

    fn chosen(&self) -> Vec<Option<ContentHash>> {
        self.project().shots().map(|shot| shot.chosen).collect()
    }

    pub fn folder(&self) -> &Path {
        self.session.folder()
    }
}

fn is_take(news: &GenerationEvent, _: &GenerationScheduler) -> bool {
    matches!(news, GenerationEvent::Take(..))
}

fn is_failure(news: &GenerationEvent, _: &GenerationScheduler) -> bool {
    matches!(news, GenerationEvent::Failed(..))
}
