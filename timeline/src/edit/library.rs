//! Characters, shots, media and titles: the sources of clips. One that is still used cannot be removed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cast::Character;
use crate::clip::Source;
use crate::edit::clip_check::{check_clip, check_kind};
use crate::edit::conform::conform;
use crate::edit::tracks::counted;
use crate::media::Medium;
use crate::refusal::Refusal;
use crate::shot::loras::ShotLora;
use crate::shot::sound::ShotKind;
use crate::shot::{Origin, Shot};
use crate::stage::Form;
use crate::title::Title;
use crate::{CharacterId, ContentHash, FrameRate, MediumId, Project, ShotId, Size, TitleId};

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

fn add_character(project: &mut Project, character: &Character) -> Result<(), Refusal> {
    let id = CharacterId(project.fresh_id());
    let character = Character {
        id,
        ..character.clone()
    };
    check_character(project, &character)?;
    project.cast.insert(id, Arc::new(character));
    Ok(())
}

fn change_character(project: &mut Project, character: &Character) -> Result<(), Refusal> {
    let now = project
        .character(character.id)
        .ok_or(missing("character"))?;
    if **now == *character {
        return Err(Refusal::NoChange);
    }
    check_character(project, character)?;
    project
        .cast
        .insert(character.id, Arc::new(character.clone()));
    Ok(())
}

pub(crate) fn check_character(project: &Project, character: &Character) -> Result<(), Refusal> {
    if !character.tag_is_sound() {
        return invalid("a tag is made of letters, digits and underscores, as in @old_sailor");
    }
    if let Some(sample) = character.voice.sample {
        let sample = project.medium(sample).ok_or(missing("medium"))?;
        if !sample.has_sound {
            return invalid("a recording of a voice has sound");
        }
    }
    let taken = project
        .cast()
        .any(|other| other.id != character.id && other.tag == character.tag);
    if taken {
        Err(Refusal::InvalidValue(format!(
            "@{} is somebody else already",
            character.tag
        )))
    } else {
        Ok(())
    }
}

fn remove_character(project: &mut Project, id: CharacterId) -> Result<(), Refusal> {
    project.character(id).ok_or(missing("character"))?;
    let shots = project.shots().filter(|shot| shot.has(id)).count();
    if shots > 0 {
        return Err(Refusal::StillUsed {
            what: "the character",
            by: counted(shots, "shot"),
        });
    }
    project.cast.remove(id);
    Ok(())
}

fn add_shot(project: &mut Project, shot: &Shot) -> Result<(), Refusal> {
    let id = ShotId(project.fresh_id());
    let shot = Shot { id, ..shot.clone() };
    check_shot(project, &shot)?;
    project.index.add_shot(&shot);
    project.shots.insert(id, Arc::new(shot));
    Arc::make_mut(&mut project.shot_order).push(id);
    Ok(())
}

fn change_shot(project: &mut Project, shot: &Shot) -> Result<(), Refusal> {
    let now = Arc::clone(project.shot(shot.id).ok_or(missing("shot"))?);
    if *now == *shot {
        return Err(Refusal::NoChange);
    }
    check_shot(project, shot)?;
    project.index.remove_shot(&now);
    project.index.add_shot(shot);
    project.shots.insert(shot.id, Arc::new(shot.clone()));
    check_users(project, Source::Shot(shot.id))
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

pub(crate) fn check_shot(project: &Project, shot: &Shot) -> Result<(), Refusal> {
    if shot.length.frames == 0 {
        return invalid("a shot needs at least one frame");
    }
    if let Err(reason) = shot.settings.check() {
        return invalid(reason);
    }
    if let Err(reason) = ShotLora::check(&shot.loras) {
        return invalid(reason);
    }
    if let ShotKind::Line(speaker) = shot.kind {
        project.character(speaker).ok_or(missing("character"))?;
    }
    let strong = |strength: f32| (0.0..=1.0).contains(&strength);
    for member in &shot.cast {
        project
            .character(member.character)
            .ok_or(missing("character"))?;
        if !strong(member.strength) {
            return invalid("a strength runs from 0 to 1");
        }
    }
    let mut cast: Vec<CharacterId> = shot.cast.iter().map(|member| member.character).collect();
    cast.sort_unstable();
    if cast.windows(2).any(|pair| pair[0] == pair[1]) {
        return invalid("each character is in a shot once");
    }
    let in_order = shot
        .keyframes
        .windows(2)
        .all(|pair| pair[0].frame < pair[1].frame);
    if !in_order
        || shot
            .keyframes
            .iter()
            .any(|key| key.frame >= shot.length.frames)
    {
        return invalid("keyframe images lie within their shot, one on a frame");
    }
    if shot.stage.check().is_err() {
        return invalid(
            "a stage has a strength from 0 to 1; a stand-in a size, a key, and its keys an order",
        );
    }
    let strangers = shot
        .stage
        .stand_ins
        .iter()
        .filter_map(|stand_in| match stand_in.form {
            Form::Mannequin(Some(character)) => Some(character),
            _ => None,
        });
    for character in strangers {
        project.character(character).ok_or(missing("character"))?;
    }
    if let Origin::Continues(earlier) = shot.origin {
        project.shot(earlier).ok_or(missing("shot"))?;
        if leads_back(project, earlier, shot.id) {
            return invalid("a shot cannot continue itself");
        }
    }
    shot.camera.as_ref().map_or(Ok(()), |camera| {
        camera.check().map_err(Refusal::InvalidValue)
    })
}

/// Whether following `Origin::Continues` from `from` arrives at `shot`.
fn leads_back(project: &Project, from: ShotId, shot: ShotId) -> bool {
    let mut at = Some(from);
    for _ in 0..=project.shots.len() {
        match at {
            Some(here) if here == shot => return true,
            Some(here) => {
                at = project.shot(here).and_then(|shot| match shot.origin {
                    Origin::Continues(earlier) => Some(earlier),
                    _ => None,
                });
            }
            None => return false,
        }
    }
    true
}

fn remove_shot(project: &mut Project, id: ShotId) -> Result<(), Refusal> {
    let shot = Arc::clone(project.shot(id).ok_or(missing("shot"))?);
    refuse_if_used(project, "the shot", Source::Shot(id))?;
    if let Some(later) = project
        .shots()
        .find(|later| later.origin == Origin::Continues(id))
    {
        return Err(Refusal::StillUsed {
            what: "the shot",
            by: format!("the shot {} continues it", later.name),
        });
    }
    project.index.remove_shot(&shot);
    project.shots.remove(id);
    Arc::make_mut(&mut project.shot_order).retain(|shot| *shot != id);
    Ok(())
}

fn move_shot(project: &mut Project, id: ShotId, before: Option<ShotId>) -> Result<(), Refusal> {
    for shot in [Some(id), before].into_iter().flatten() {
        project.shot(shot).ok_or(missing("shot"))?;
    }
    if before == Some(id) {
        return Err(Refusal::NoChange);
    }
    let mut order = Vec::clone(&project.shot_order);
    order.retain(|shot| *shot != id);
    let place = before.and_then(|before| order.iter().position(|shot| *shot == before));
    order.insert(place.unwrap_or(order.len()), id);
    if order == *project.shot_order {
        return Err(Refusal::NoChange);
    }
    project.shot_order = Arc::new(order);
    Ok(())
}

fn choose_take(
    project: &mut Project,
    id: ShotId,
    take: Option<ContentHash>,
) -> Result<(), Refusal> {
    let shot = project.shot(id).ok_or(missing("shot"))?;
    let shot = Shot {
        chosen: take,
        ..Shot::clone(shot)
    };
    change_shot(project, &shot)
}

fn choose_sound(
    project: &mut Project,
    id: ShotId,
    take: Option<ContentHash>,
) -> Result<(), Refusal> {
    let shot = project.shot(id).ok_or(missing("shot"))?;
    let shot = Shot {
        chosen_sound: take,
        ..Shot::clone(shot)
    };
    change_shot(project, &shot)
}

fn add_medium(project: &mut Project, medium: &Medium) -> Result<(), Refusal> {
    let id = MediumId(project.fresh_id());
    let medium = Medium {
        id,
        ..medium.clone()
    };
    check_medium(&medium)?;
    project.media.insert(id, Arc::new(medium));
    Ok(())
}

fn change_medium(project: &mut Project, medium: &Medium) -> Result<(), Refusal> {
    let now = project.medium(medium.id).ok_or(missing("medium"))?;
    if **now == *medium {
        return Err(Refusal::NoChange);
    }
    check_medium(medium)?;
    project.media.insert(medium.id, Arc::new(medium.clone()));
    check_users(project, Source::Medium(medium.id))
}

pub(crate) fn check_medium(medium: &Medium) -> Result<(), Refusal> {
    if medium.has_picture || medium.has_sound {
        Ok(())
    } else {
        invalid("a medium has a picture, sound, or both")
    }
}

fn remove_medium(project: &mut Project, id: MediumId) -> Result<(), Refusal> {
    project.medium(id).ok_or(missing("medium"))?;
    refuse_if_used(project, "the medium", Source::Medium(id))?;
    let shots = project.shots().filter(|shot| shot.control == Some(id));
    let shots = shots.count();
    if shots > 0 {
        return Err(Refusal::StillUsed {
            what: "the medium",
            by: counted(shots, "shot"),
        });
    }
    let voices = project.cast();
    let voices = voices.filter(|one| one.voice.sample == Some(id)).count();
    if voices > 0 {
        return Err(Refusal::StillUsed {
            what: "the medium",
            by: counted(voices, "voice"),
        });
    }
    project.media.remove(id);
    Ok(())
}

fn add_title(project: &mut Project, title: &Title) -> Result<(), Refusal> {
    let id = TitleId(project.fresh_id());
    let title = Title {
        id,
        ..title.clone()
    };
    check_title(&title)?;
    project.titles.insert(id, Arc::new(title));
    Ok(())
}

fn change_title(project: &mut Project, title: &Title) -> Result<(), Refusal> {
    let now = project.title(title.id).ok_or(missing("title"))?;
    if **now == *title {
        return Err(Refusal::NoChange);
    }
    check_title(title)?;
    project.titles.insert(title.id, Arc::new(title.clone()));
    Ok(())
}

pub(crate) fn check_title(title: &Title) -> Result<(), Refusal> {
    if (0.001..=2.0).contains(&title.size) {
        Ok(())
    } else {
        invalid("letters are between 0.001 and 2 frames high")
    }
}

fn remove_title(project: &mut Project, id: TitleId) -> Result<(), Refusal> {
    project.title(id).ok_or(missing("title"))?;
    refuse_if_used(project, "the title", Source::Title(id))?;
    project.titles.remove(id);
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
