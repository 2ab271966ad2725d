//! Edits of shots: added, changed, moved in the list and removed, and the takes of picture and sound that they show. A shot
//! that a clip or another shot uses cannot be removed.

use std::sync::Arc;

use super::{check_users, invalid, missing, refuse_if_used};
use crate::clip::Source;
use crate::refusal::Refusal;
use crate::shot::loras::ShotLora;
use crate::shot::sound::ShotKind;
use crate::shot::{Origin, Shot};
use crate::stage::Form;
use crate::{CharacterId, ContentHash, Project, ShotId};

pub(super) fn add_shot(project: &mut Project, shot: &Shot) -> Result<(), Refusal> {
    let id = ShotId(project.fresh_id());
    let shot = Shot { id, ..shot.clone() };
    check_shot(project, &shot)?;
    project.index.add_shot(&shot);
    project.shots.insert(id, Arc::new(shot));
    Arc::make_mut(&mut project.shot_order).push(id);
    Ok(())
}

pub(super) fn change_shot(project: &mut Project, shot: &Shot) -> Result<(), Refusal> {
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

pub(super) fn remove_shot(project: &mut Project, id: ShotId) -> Result<(), Refusal> {
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

pub(super) fn move_shot(
    project: &mut Project,
    id: ShotId,
    before: Option<ShotId>,
) -> Result<(), Refusal> {
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

pub(super) fn choose_take(
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

pub(super) fn choose_sound(
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
