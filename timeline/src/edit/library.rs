//! Characters, shots, media and titles: the sources of clips. One that is still used cannot be removed.

mod characters;
mod media;
mod shots;

use serde::{Deserialize, Serialize};

use crate::cast::Character;
use crate::clip::Source;
use crate::edit::clip_check::{check_clip, check_kind};
use crate::edit::conform::conform;
use crate::edit::tracks::counted;
use crate::media::Medium;
use crate::refusal::Refusal;
use crate::shot::Shot;
use crate::title::Title;
use crate::{CharacterId, ContentHash, FrameRate, MediumId, Project, ShotId, Size, TitleId};
use characters::{add_character, change_character, remove_character};
use media::{add_medium, add_title, change_medium, change_title, remove_medium, remove_title};
use shots::{add_shot, change_shot, choose_sound, choose_take, move_shot, remove_shot};

pub(crate) use characters::check_character;
pub(crate) use media::{check_medium, check_title};
pub(crate) use shots::check_shot;

/// Edits of characters, shots, media and titles. What is added is assigned an id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each says what it does")]
pub enum Library {
    AddCharacter(Box<Character>),
    ChangeCharacter(Box<Character>),
    RemoveCharacter(CharacterId),
    AddShot(Box<Shot>),
    ChangeShot(Box<Shot>),
    RemoveShot(ShotId),
    /// Moves a shot before another one in the list of shots; `None` moves it to the end.
    MoveShot {
        shot: ShotId,
        before: Option<ShotId>,
    },
    /// Chooses the take of a shot; `None` shows the animatic.
    ChooseTake(ShotId, Option<ContentHash>),
    /// Chooses the take whose sound is heard; `None`: that of the chosen take.
    ChooseSound(ShotId, Option<ContentHash>),
    AddMedium(Box<Medium>),
    /// The same file, relinked or renamed.
    ChangeMedium(Box<Medium>),
    RemoveMedium(MediumId),
    AddTitle(Box<Title>),
    ChangeTitle(Box<Title>),
    RemoveTitle(TitleId),
    /// Only while the timeline is empty: a cut is made of frames of one rate.
    SetRate(FrameRate),
    /// Changes the rate and fits everything on the timeline to it.
    Conform(FrameRate),
    SetSize(Size),
}

impl Library {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AddCharacter(_) => "add character",
            Self::ChangeCharacter(_) => "change character",
            Self::RemoveCharacter(_) => "remove character",
            Self::AddShot(_) => "add shot",
            Self::ChangeShot(_) => "change shot",
            Self::RemoveShot(_) => "remove shot",
            Self::MoveShot { .. } => "move shot",
            Self::ChooseTake(..) => "choose take",
            Self::ChooseSound(..) => "choose sound",
            Self::AddMedium(_) => "import",
            Self::ChangeMedium(_) => "change medium",
            Self::RemoveMedium(_) => "remove medium",
            Self::AddTitle(_) => "add title",
            Self::ChangeTitle(_) => "change title",
            Self::RemoveTitle(_) => "remove title",
            Self::SetRate(_) | Self::Conform(_) => "change frame rate",
            Self::SetSize(_) => "change size",
        }
    }

    pub(crate) fn apply(&self, project: &mut Project) -> Result<(), Refusal> {
        match self {
            Self::AddCharacter(character) => add_character(project, character),
            Self::ChangeCharacter(character) => change_character(project, character),
            Self::RemoveCharacter(id) => remove_character(project, *id),
            Self::AddShot(shot) => add_shot(project, shot),
            Self::ChangeShot(shot) => change_shot(project, shot),
            Self::RemoveShot(id) => remove_shot(project, *id),
            Self::MoveShot { shot, before } => move_shot(project, *shot, *before),
            Self::ChooseTake(shot, take) => choose_take(project, *shot, *take),
            Self::ChooseSound(shot, take) => choose_sound(project, *shot, *take),
            Self::AddMedium(medium) => add_medium(project, medium),
            Self::ChangeMedium(medium) => change_medium(project, medium),
            Self::RemoveMedium(id) => remove_medium(project, *id),
            Self::AddTitle(title) => add_title(project, title),
            Self::ChangeTitle(title) => change_title(project, title),
            Self::RemoveTitle(id) => remove_title(project, *id),
            Self::SetRate(rate) => set_rate(project, *rate),
            Self::Conform(rate) => conform(project, *rate),
            Self::SetSize(size) => set_size(project, *size),
        }
    }
}

fn missing(what: &'static str) -> Refusal {
    Refusal::NoSuch { what }
}

fn invalid(what: &str) -> Result<(), Refusal> {
    Err(Refusal::InvalidValue(what.into()))
}

/// Fails if a clip of a changed source no longer finds its frames, or its transitions their handles.
fn check_users(project: &Project, source: Source) -> Result<(), Refusal> {
    for project in project.in_each_sequence() {
        check_users_here(&project, source)?;
    }
    Ok(())
}

/// The same in the open sequence.
fn check_users_here(project: &Project, source: Source) -> Result<(), Refusal> {
    for id in project.index.users(source) {
        let (track, placed) = project.placed(id).ok_or(Refusal::NoSuchClip(id))?;
        let Some(clip) = placed.clip() else { continue };
        check_clip(project, clip)?;
        check_kind(project, track.id, source)?;
        let next = track.after(placed.order);
        for (order, transition) in [
            Some((placed.order, clip.transition)),
            next.map(|next| (next.order, next.clip().and_then(|clip| clip.transition))),
        ]
        .into_iter()
        .flatten()
        {
            if let Some(transition) = transition {
                project.fits(track, order, transition)?;
            }
        }
    }
    Ok(())
}

/// Fails if a clip of any sequence shows the source.
pub(crate) fn refuse_if_used(
    project: &Project,
    what: &'static str,
    source: Source,
) -> Result<(), Refusal> {
    let clips = project.clips_showing(source).count();
    if clips == 0 {
        Ok(())
    } else {
        Err(Refusal::StillUsed {
            what,
            by: counted(clips, "clip"),
        })
    }
}

fn set_rate(project: &mut Project, rate: FrameRate) -> Result<(), Refusal> {
    if project.rate == rate {
        return Err(Refusal::NoChange);
    }
    if project.all_tracks().any(|track| !track.is_empty()) {
        return Err(Refusal::StillUsed {
            what: "the frame rate",
            by: "clips are already placed".into(),
        });
    }
    if project.all_subtitle_tracks().any(|track| !track.is_empty()) {
        return Err(Refusal::StillUsed {
            what: "the frame rate",
            by: "subtitles are already placed".into(),
        });
    }
    project.rate = rate;
    Ok(())
}

fn set_size(project: &mut Project, size: Size) -> Result<(), Refusal> {
    if project.size == size {
        return Err(Refusal::NoChange);
    }
    project.size = size;
    Ok(())
}
