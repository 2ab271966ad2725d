//! The player of a source by itself. It is started with the first source, because it opens a sound device.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::stage::Form;
use kinora_studio::timeline::title::Title;
use kinora_studio::timeline::{
    ContentHash, Edit, FrameRange, FrameRate, Frames, Project, ShotId, Size, Source,
};

use super::player::{Beside, Look, Player};

/// Plays a shot, a take or an import in a loop.
pub struct SourcePlayer {
    folder: PathBuf,
    ctx: Context,
    loaded: Option<Loaded>,
}

/// The source, and the project that has only it.
struct Loaded {
    request: Request,
    /// `None`: its file has changed, and it is loaded again.
    basis: Option<Basis>,
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
    /// The length of a still or a title: as long as on the timeline.
    pub still_seconds: u32,
}

/// All that the picture and the sound of a source depend on. Two are equal if they share their values: comparing the
/// revision of the project instead would load the source again at each step of any drag.
struct Basis {
    rate: FrameRate,
    size: Size,
    source: BasisSource,
}

enum BasisSource {
    /// With the characters of its cast and on its stage.
    Shot(Arc<Shot>, Vec<Arc<Character>>),
    Medium(Arc<Medium>),
    Title(Arc<Title>),
}

impl Basis {
    /// `None`: the project has no such source.
    fn of(project: &Project, source: Source) -> Option<Self> {
        let source = match source {
            Source::Shot(id) => {
                let shot = Arc::clone(project.shot(id)?);
                let characters = characters_of(project, &shot);
                BasisSource::Shot(shot, characters)
            }
            Source::Medium(id) => BasisSource::Medium(Arc::clone(project.medium(id)?)),
            Source::Title(id) => BasisSource::Title(Arc::clone(project.title(id)?)),
            Source::Sequence(_) => return None, // it is opened instead
        };
        Some(Self {
            rate: project.rate(),
            size: project.size(),
            source,
        })
    }
}

impl PartialEq for Basis {
    fn eq(&self, other: &Self) -> bool {
        (self.rate, self.size) == (other.rate, other.size) && self.source == other.source
    }
}

impl PartialEq for BasisSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Shot(shot, characters), Self::Shot(other, others)) => {
                let mut pairs = characters.iter().zip(others);
                Arc::ptr_eq(shot, other)
                    && characters.len() == others.len()
                    && pairs.all(|(one, other)| Arc::ptr_eq(one, other))
            }
            (Self::Medium(one), Self::Medium(other)) => Arc::ptr_eq(one, other),
            (Self::Title(one), Self::Title(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// The characters in the cast of a shot and on its stage.
fn characters_of(project: &Project, shot: &Shot) -> Vec<Arc<Character>> {
    let cast = shot.cast.iter().map(|member| member.character);
    let stand_ins = shot.stage.stand_ins.iter();
    let on_stage = stand_ins.filter_map(|stand_in| match stand_in.form {
        Form::Mannequin(character) => character,
        _ => None,
    });
    let characters = cast.chain(on_stage);
    characters
        .filter_map(|id| project.character(id).cloned())
        .collect()
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

    /// Loads the source again, because its file has changed.
    pub fn reload(&mut self) {
        if let Some(loaded) = &mut self.loaded {
            loaded.basis = None;
        }
    }

    /// Stops playback.
    pub fn stop(&mut self) {
        if let Some((player, _)) = self.parts_mut() {
            player.stop();
        }
    }

    /// Called once per frame while a source is shown. Another source or take than before is played from its first frame.
    /// False: the project has no such source.
    pub fn update(&mut self, project: &Project, request: Request, look: Look) -> bool {
        let basis = Basis::of(project, request.source);
        let is_loaded = |loaded: &Loaded| {
            loaded.request == request && loaded.basis.is_some() && loaded.basis == basis
        };
        let is_current = self.loaded.as_ref().is_some_and(is_loaded);
        if !is_current && !self.load(project, request, basis) {
            return false;
        }
        let ctx = self.ctx.clone();
        if let Some(loaded) = &mut self.loaded {
            let alone = &loaded.project;
            let others = || {
                look.beside
                    .map_or_else(Vec::new, |beside| with_each_take(alone, beside))
            };
            loaded
                .player
                .update(&ctx, alone, loaded.revision, (look, &others));
        }
        true
    }

    fn load(&mut self, project: &Project, request: Request, basis: Option<Basis>) -> bool {
        let still = EditBatch::of(project).seconds(request.still_seconds);
        let Some(alone) = project.only(request.source, still) else {
            self.loaded = None;
            return false;
        };
        let alone = match (request.source, request.take) {
            (Source::Shot(shot), Some(take)) => {
                with_played(&alone, &self.folder, shot, take).unwrap_or(alone)
            }
            _ => alone,
        };
        let whole = alone.in_out();
        let alone = alone.with_in_out(request.range.or(whole));
        let Some(loaded) = &mut self.loaded else {
            let mut loaded = Loaded {
                request,
                basis,
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
        loaded.basis = basis;
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
                .is_some_and(|shot| shot.sound_take().is_some()),
            Source::Medium(_) | Source::Title(_) | Source::Sequence(_) => false,
        };
        if moves {
            self.player.play(1, &self.project);
        }
    }
}

/// The project with a take played: with its pictures, or with its sound if it is sound alone. `None`: it is chosen already.
fn with_played(
    project: &Project,
    folder: &Path,
    shot: ShotId,
    take: ContentHash,
) -> Option<Project> {
    let files = ProjectFiles::of(folder);
    let is_sound_alone = !files.take_clip(take).is_file() && files.take_sound(take).is_file();
    if !is_sound_alone {
        return with_take(project, shot, take);
    }
    let choose = Library::ChooseSound(shot, Some(take));
    Edit::Library(choose).apply(project).ok()
}

/// The projects with each of these takes chosen.
fn with_each_take(project: &Project, beside: Beside) -> Vec<Project> {
    let takes = beside.takes.into_iter().flatten();
    takes
        .map(|take| with_take(project, beside.shot, take).unwrap_or_else(|| project.clone()))
        .collect()
}

/// The project with another take chosen; `None` if it is the chosen one already.
fn with_take(project: &Project, shot: ShotId, take: ContentHash) -> Option<Project> {
    let choose = Library::ChooseTake(shot, Some(take));
    Edit::Library(choose).apply(project).ok()
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::shot::{CastMember, ModelLength};

    use super::*;

    fn applied(project: &Project, edit: Library) -> Project {
        Edit::Library(edit).apply(project).expect("applied")
    }

    #[test]
    fn a_source_is_loaded_again_only_if_something_in_it_changes() {
        let ada = Library::AddCharacter(Box::new(Character::new("Ada", "ada")));
        let project = applied(&Project::default(), ada);
        let ada = Character::clone(project.cast().next().expect("Ada"));
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let mut shot = Shot::new("Dusk", "", length);
        shot.cast.push(CastMember {
            character: ada.id,
            strength: 1.0,
        });
        let project = applied(&project, Library::AddShot(Box::new(shot)));
        let shot = Shot::clone(project.shots().next().expect("the shot"));
        let other = Library::AddShot(Box::new(Shot::new("Dawn", "", length)));
        let renamed = Library::ChangeShot(Box::new(Shot {
            name: "Night".into(),
            ..shot.clone()
        }));
        let coloured = Library::ChangeCharacter(Box::new(Character {
            colours: [(1, 2, 3), (4, 5, 6)],
            ..ada
        }));
        let source = Source::Shot(shot.id);
        let before = Basis::of(&project, source).expect("there");
        let is_loaded_again = |edit: Library| {
            let after = applied(&project, edit);
            Basis::of(&after, source).expect("there") != before
        };
        assert!(!is_loaded_again(other));
        assert!(is_loaded_again(renamed));
        assert!(is_loaded_again(coloured));
        assert!(is_loaded_again(Library::SetSize(Size::COMMON[0])));
    }
}
