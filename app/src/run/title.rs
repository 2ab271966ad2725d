//! Titles: written onto a track above the picture.

use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::title::{Title, TitleRole};
use kinora_studio::timeline::{Edit, Refusal, Source, TitleId, TrackKind};

use super::plan::Plan;
use crate::film::Film;
use crate::state::State;

const NEW_TEXT: &str = "Title";
/// How long a new title stands.
const SECONDS: u32 = 2;

/// At the playhead, chosen, so that its words can be written at once.
pub fn add(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    match planned(film) {
        Ok((plan, title)) => {
            if film.edit_all("add title", &plan.edits, &mut state.notices) {
                let clips = film.project().clips_of(Source::Title(title));
                film.chosen.clips = clips.into_iter().collect();
            }
        }
        Err(refusal) => state.notices.trouble(format!("Not done: {refusal}")),
    }
}

fn planned(film: &Film) -> Result<(Plan, TitleId), Refusal> {
    let mut plan = Plan::of(film.project());
    let title = Title::new(NEW_TEXT, TitleRole::Title);
    plan.then(Edit::Library(Library::AddTitle(Box::new(title))))?;
    let added: Option<TitleId> = plan.film.titles().map(|title| title.id).max();
    let title = added.ok_or(Refusal::NoSuch { what: "title" })?;
    let length = plan.seconds(SECONDS);
    let at = film.player.playhead();
    plan.place(Source::Title(title), &[TrackKind::Video], at, length)?;
    Ok((plan, title))
}
