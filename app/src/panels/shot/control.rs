//! The control clip of a shot: an imported video whose pictures the model follows, in place of the stage.

use egui::{ComboBox, RichText, Ui};
use kinora_studio::timeline::MediumId;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::Ability;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, DialogAction, FilePurpose, ShotAction};
use crate::state::proxy_jobs::is_video;
use crate::ui::widgets::field;

const TOOLTIP: &str =
    "A video of depth, edges or poses that the model follows frame by frame, in place of the stage";

/// The list of videos, if the model of the shot follows one, or the shot has one.
pub fn control_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let scheduler = &cx.generation.scheduler;
    let model = scheduler.model_with_loras(cx.project(), shot);
    let can = model.is_some_and(|model| model.abilities.contains(&Ability::Control));
    if !can && shot.control.is_none() {
        return;
    }
    let medium = shot.control.map(|id| cx.project().medium(id));
    let now = match medium {
        None => "None".to_owned(),
        Some(Some(medium)) => medium.name.clone(),
        Some(None) => "Removed import".to_owned(),
    };
    field(ui, cx.theme, "Control clip", |ui, label| {
        let list = ComboBox::from_id_salt(("control", shot.id))
            .selected_text(now)
            .width(ui.available_width())
            .truncate();
        let shown = list.show_ui(ui, |ui| {
            if ui
                .selectable_label(shot.control.is_none(), "None")
                .clicked()
            {
                choose(cx, shot, None);
            }
            for medium in cx.project().media().filter(|medium| is_video(medium)) {
                let is_it = shot.control == Some(medium.id);
                if ui.selectable_label(is_it, &medium.name).clicked() {
                    choose(cx, shot, Some(medium.id));
                }
            }
            if ui.selectable_label(false, "Choose a file…").clicked() {
                let purpose = FilePurpose::Control(shot.id);
                cx.send(Action::Dialog(DialogAction::BrowseFile(purpose)));
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text(TOOLTIP);
    });
    if shot.control.is_some() {
        let words = match can {
            true => "The stage of the shot is left out.",
            false => "The model of this shot does not follow it.",
        };
        let words = RichText::new(words).small();
        ui.label(words.color(*cx.theme.colours.text_faint));
        ui.add_space(4.0);
    }
}

fn choose(cx: &PanelContext, shot: &Shot, medium: Option<MediumId>) {
    if medium != shot.control {
        let change = ShotChange::Control(medium);
        cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
    }
}
