//! The frame rate and the picture size of the open project.

use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::{Edit, Rounding};
use kinora_studio::{FrameRate, Size};

use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::project_settings::ProjectSettingsForm;

pub fn dialog(state: &mut AppState) {
    if let Some(open) = &state.project {
        let form = ProjectSettingsForm::of(open.project());
        state.dialog = Some(Dialog::ProjectSettings(form));
    }
}

/// Changes both in one step. The playhead keeps its time.
pub fn change(rate: FrameRate, size: Size, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let (old_rate, old_size) = (open.project().rate(), open.project().size());
    let mut edits = Vec::new();
    if rate != old_rate {
        edits.push(Edit::Library(Library::Conform(rate)));
    }
    if size != old_size {
        edits.push(Edit::Library(Library::SetSize(size)));
    }
    let name = match &edits[..] {
        [] => return,
        [only] => only.name(),
        _ => "change project settings".to_owned(),
    };
    let playhead = open.media.player.playhead();
    if open.edit_all(&name, &edits, &mut state.notifications) {
        let same_time = playhead.rescaled(old_rate, rate, Rounding::Nearest);
        open.media.player.go_to(same_time);
    }
}
