//! Adding titles on a track above the picture.

use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::title::{Title, TitleRole};
use kinora_studio::timeline::{Edit, Refusal, Source, TitleId, TrackKind};

use super::viewer;
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::view::layout::Pane;

const NEW_TEXT: &str = "Title";

/// Adds a title at the playhead and selects it, so that its text can be typed at once.
pub fn add(state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let planned = planned(open, state.preferences.values.title_seconds);
    if let Some(title) = open.edit_planned("add title", planned, &mut state.notifications) {
        viewer::show_timeline(open);
        let clips = open.project().clips_of(Source::Title(title));
        open.view.selection.set_clips(clips);
        open.view.panels.title_form.takes_focus = true;
        open.view.show(Pane::Clip);
    }
}

/// A title of so many seconds.
fn planned(open: &OpenProject, seconds: u32) -> Result<(EditBatch, TitleId), Refusal> {
    let mut batch = EditBatch::of(open.project());
    let title = Title::new(NEW_TEXT, TitleRole::Title);
    batch.then(Edit::Library(Library::AddTitle(Box::new(title))))?;
    let added: Option<TitleId> = batch.project.titles().map(|title| title.id).max();
    let title = added.ok_or(Refusal::NoSuch { what: "title" })?;
    let length = batch.seconds(seconds);
    let at = open.media.player.playhead();
    batch.place(Source::Title(title), &[TrackKind::Video], at, length)?;
    Ok((batch, title))
}
