//! The player of a source by itself. It is started with the first source, because it opens a sound device.

use std::path::{Path, PathBuf};

use egui::Context;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{ContentHash, Edit, FrameRange, Frames, Project, ShotId, Source};

use super::player::{Look, Player};

/// The length of a still that is shown by itself, in seconds.
const STILL_SECONDS: f64 = 3.0;

/// Plays a shot, a take or an import in a loop.
pub struct SourcePlayer {
    folder: PathBuf,
    ctx: Context,
    loaded: Option<Loaded>,
}

/// The source, and the project that has only it.
struct Loaded {
    request: Request,
    project: Project,
    player: Player,
    /// Counts the projects: pictures of an earlier one are out of date.
    revision: u64,
}

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    pub source: Source,
    /// A take of the shot other than the chosen one.
    pub take: Option<ContentHash>,
    /// The range that is played; the whole source if `None`.
    pub range: Option<FrameRange>,
    /// The revision of the project that the source belongs to.
    pub revision: u64,
}

impl SourcePlayer {
    /// For the project in this folder. Nothing is started yet.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        Self {
            folder: folder.into(),
            ctx: ctx.clone(),
            loaded: None,
        }
    }

    /// The player, once a source has been shown.
    pub fn player(&self) -> Option<&Player> {
        self.loaded.as_ref().map(|loaded| &loaded.player)
    }

    /// The project that has only the source.
    pub fn project(&self) -> Option<&Project> {
        self.loaded.as_ref().map(|loaded| &loaded.project)
    }

    /// Both, to play.
    pub fn parts_mut(&mut self) -> Option<(&mut Player, &Project)> {
        let loaded = self.loaded.as_mut()?;
        Some((&mut loaded.player, &loaded.project))
    }

    /// Stops playback.
    pub fn stop(&mut self) {
        if let Some((player, _)) = self.parts_mut() {
            let at = player.playhead();
            player.go_to(at);
        }
    }

    /// Called once per frame while a source is shown. Another source or take than before is played from its first frame.
    /// False: the project has no such source.
    pub fn update(
        &mut self,
        project: &Project,
        request: Request,
        (look, beside): (Look, Option<(ShotId, ContentHash)>),
    ) -> bool {
        if self.loaded.as_ref().map(|loaded| loaded.request) != Some(request)
            && !self.load(project, request)
        {
            return false;
        }
        let ctx = self.ctx.clone();
        if let Some(loaded) = &mut self.loaded {
            let alone = &loaded.project;
            let other = || beside.and_then(|(shot, take)| with_take(alone, shot, take));
            let look = Look {
                beside,
                trim: None,
                ..look
            };
            loaded
                .player
                .update(&ctx, alone, loaded.revision, (look, &other));
        }
        true
    }

    fn load(&mut self, project: &Project, request: Request) -> bool {
        let seconds = STILL_SECONDS * project.rate().per_second();
        let Some(alone) = project.only(request.source, Frames(seconds.round() as i64)) else {
            self.loaded = None;
            return false;
        };
        let alone = match (request.source, request.take) {
            (Source::Shot(shot), Some(take)) => with_take(&alone, shot, take).unwrap_or(alone),
            _ => alone,
        };
        let whole = alone.in_out();
        let alone = alone.with_in_out(request.range.or(whole));
        let Some(loaded) = &mut self.loaded else {
            let mut loaded = Loaded {
                request,
                project: alone,
                player: Player::new(&self.folder, &self.ctx),
                revision: 0,
            };
            loaded.play_if_moving();
            self.loaded = Some(loaded);
            return true;
        };
        let before = loaded.request;
        loaded.request = request;
        loaded.project = alone;
        loaded.revision += 1;
        if (before.source, before.take) != (request.source, request.take) {
            loaded.player.go_to(Frames::ZERO);
            loaded.play_if_moving();
        }
        true
    }
}

impl Loaded {
    /// Starts to play a take or a video. An animatic, a still and a sound wait for the play command.
    fn play_if_moving(&mut self) {
        let moves = match self.request.source {
            Source::Shot(id) => self
                .project
                .shot(id)
                .is_some_and(|shot| shot.chosen.is_some()),
            Source::Medium(_) | Source::Title(_) => false,
        };
        if moves {
            self.player.play(1, &self.project);
        }
    }
}

/// The project with another take chosen; `None` if it is the chosen one already.
fn with_take(project: &Project, shot: ShotId, take: ContentHash) -> Option<Project> {
    let choose = Library::ChooseTake(shot, Some(take));
    Edit::Library(choose).apply(project).ok()
}
