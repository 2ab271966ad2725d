//! Edits of imported media and of titles: added, changed and removed. One that a clip shows cannot be removed, and a change
//! must leave its clips their frames.

use std::sync::Arc;

use super::{check_users, invalid, missing, refuse_if_used};
use crate::clip::Source;
use crate::edit::tracks::counted;
use crate::media::Medium;
use crate::refusal::Refusal;
use crate::title::Title;
use crate::{MediumId, Project, TitleId};

pub(super) fn add_medium(project: &mut Project, medium: &Medium) -> Result<(), Refusal> {
    let id = MediumId(project.fresh_id());
    let medium = Medium {
        id,
        ..medium.clone()
    };
    check_medium(&medium)?;
    project.media.insert(id, Arc::new(medium));
    Ok(())
}

pub(super) fn change_medium(project: &mut Project, medium: &Medium) -> Result<(), Refusal> {
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

pub(super) fn remove_medium(project: &mut Project, id: MediumId) -> Result<(), Refusal> {
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

pub(super) fn add_title(project: &mut Project, title: &Title) -> Result<(), Refusal> {
    let id = TitleId(project.fresh_id());
    let title = Title {
        id,
        ..title.clone()
    };
    check_title(&title)?;
    project.titles.insert(id, Arc::new(title));
    Ok(())
}

pub(super) fn change_title(project: &mut Project, title: &Title) -> Result<(), Refusal> {
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

pub(super) fn remove_title(project: &mut Project, id: TitleId) -> Result<(), Refusal> {
    project.title(id).ok_or(missing("title"))?;
    refuse_if_used(project, "the title", Source::Title(id))?;
    project.titles.remove(id);
    Ok(())
}
