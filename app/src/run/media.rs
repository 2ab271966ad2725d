//! Films, pictures and sounds brought in from elsewhere, and put onto the timeline.

use std::path::PathBuf;

use egui::Context;
use kinora_studio::import::bring_in;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::{Edit, Frames, Refusal, Source, TrackKind};
use kinora_studio::wire::Failure;

use super::plan::Plan;
use crate::film::Film;
use crate::later::Later;
use crate::state::{BroughtIn, State};

/// How long a picture stands that does not move.
const STILL_SECONDS: u32 = 3;

/// Looks at a file and copies it, on another thread.
pub fn import(file: PathBuf, state: &mut State, ctx: &Context) {
    let Some(film) = &state.film else { return };
    if !film.session.can_be_edited() {
        return;
    }
    let folder = film.session.folder().to_owned();
    state
        .notices
        .good_news(format!("Bringing in {}", file.display()));
    state.work.importing.push(Later::start(ctx, move || {
        let medium = bring_in(&file, &folder)?;
        Ok(BroughtIn { folder, medium })
    }));
}

/// The file lies in the film's folder: it goes onto the timeline at the playhead.
pub fn is_in(brought: Result<BroughtIn, Failure>, state: &mut State) {
    let brought = match brought {
        Ok(brought) => brought,
        Err(failure) => return state.notices.trouble(failure.to_string()),
    };
    let Some(film) = state
        .film
        .as_mut()
        .filter(|film| film.session.folder() == brought.folder)
    else {
        return; // that film was closed meanwhile
    };
    let name = brought.medium.name.clone();
    match planned(film, brought.medium) {
        Ok(plan) => {
            if film.edit_all("import", &plan.edits, &mut state.notices) {
                state
                    .notices
                    .good_news(format!("{name} is on the timeline."));
            }
        }
        Err(refusal) => state.notices.trouble(format!("{name}: {refusal}")),
    }
}

fn planned(film: &Film, medium: Medium) -> Result<Plan, Refusal> {
    let mut plan = Plan::of(film.project());
    let content = medium.content;
    let known = |plan: &Plan| {
        let mut media = plan.film.media();
        media.find(|one| one.content == content).cloned()
    };
    if known(&plan).is_none() {
        plan.then(Edit::Library(Library::AddMedium(Box::new(medium))))?;
    }
    let medium = known(&plan).ok_or(Refusal::NoSuch { what: "medium" })?;
    let kinds: &[TrackKind] = match (medium.has_picture, medium.has_sound) {
        (true, true) => &[TrackKind::Video, TrackKind::Audio],
        (true, false) => &[TrackKind::Video],
        _ => &[TrackKind::Audio],
    };
    let still = plan.seconds(STILL_SECONDS);
    let source = Source::Medium(medium.id);
    let length = plan
        .film
        .available(source)
        .unwrap_or(still)
        .max(Frames::ONE);
    plan.place(source, kinds, film.player.playhead(), length)?;
    Ok(plan)
}
