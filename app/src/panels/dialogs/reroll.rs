//! The dialog that makes new takes of the shots whose chosen take failed a measure.

use egui::{Label, RichText, ScrollArea, Ui};
use kinora_studio::timeline::ShotId;

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, ShotAction};
use crate::state::dialog::reroll::RerollForm;
use crate::state::generation::duration_words;
use crate::state::open_project::OpenProject;
use crate::state::view::shot_view::TAKE_COUNTS;
use crate::ui::widgets::{field, number};

/// The height of the other parts of the dialog and of its margins, in points.
const ROOM_AROUND_LIST: f32 = 380.0;

pub fn reroll_ui(ui: &Ui, cx: &WindowContext, form: &mut RerollForm) {
    let Some(open) = &cx.state.project else {
        return;
    };
    dialog(ui, cx, "Re-roll failing shots", 560.0, |ui| {
        if form.shots.is_empty() {
            ui.label("No chosen take failed a measure.");
            unmeasured_ui(ui, cx, form);
            close_button(ui, cx);
            return;
        }
        let colours = &cx.theme.colours;
        let about = "New takes, with new seeds, of the ticked shots. The chosen takes stay until you choose others.";
        ui.add(Label::new(RichText::new(about).color(*colours.text_soft)).wrap());
        shots_ui(ui, cx, form);
        unmeasured_ui(ui, cx, form);
        field(ui, cx.theme, "Takes of each shot", |ui, label| {
            let drag = number(&mut form.takes).range(TAKE_COUNTS).speed(0.05);
            ui.add(drag).labelled_by(label);
        });
        let ticked = form.ticked();
        let cost = RichText::new(cost_words(open, &ticked, form.takes)).small();
        ui.label(cost.color(*colours.text_faint));
        if dialog_buttons(ui, cx, "Re-roll", !ticked.is_empty()) {
            cx.send(Action::Shot(ShotAction::Reroll(ticked, form.takes)));
            cx.send(Action::Dialog(DialogAction::Close));
        }
    });
}

fn shots_ui(ui: &mut Ui, cx: &WindowContext, form: &mut RerollForm) {
    let room = ui.ctx().content_rect().height() - ROOM_AROUND_LIST;
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .max_height(room.max(100.0))
        .show(ui, |ui| {
            for (shot, is_ticked) in &mut form.shots {
                ui.checkbox(is_ticked, shot.name.as_str());
                let why = RichText::new(shot.why.as_str()).small();
                ui.add(Label::new(why.color(*cx.theme.colours.text_soft)).wrap());
                ui.add_space(4.0);
            }
        });
}

fn unmeasured_ui(ui: &mut Ui, cx: &WindowContext, form: &RerollForm) {
    let words = match form.unmeasured {
        0 => return,
        1 => "1 chosen take is not measured. Shot > Measure all takes measures it.".to_owned(),
        many => {
            format!("{many} chosen takes are not measured. Shot > Measure all takes measures them.")
        }
    };
    ui.label(
        RichText::new(words)
            .small()
            .color(*cx.theme.colours.text_faint),
    );
}

/// How long the new takes need, from earlier takes of the same cost, or else from the chosen take of the shot.
fn cost_words(open: &OpenProject, shots: &[ShotId], takes: u32) -> String {
    let seconds: Vec<Option<f64>> = shots.iter().map(|shot| seconds_of(open, *shot)).collect();
    let known: f64 = seconds.iter().flatten().sum();
    let unknown = seconds.iter().filter(|one| one.is_none()).count();
    let count = shots.len() * takes as usize;
    let about = match known > 0.0 {
        true => format!(
            "{count} takes, about {}",
            duration_words(known * f64::from(takes))
        ),
        false => format!("{count} takes"),
    };
    match unknown {
        0 => format!("{about}, as earlier takes took."),
        1 => format!("{about}; the time of 1 shot is not known."),
        many => format!("{about}; the time of {many} shots is not known."),
    }
}

fn seconds_of(open: &OpenProject, shot: ShotId) -> Option<f64> {
    let project = open.project();
    let shot = project.shot(shot)?;
    let generation = &open.generation;
    generation.expected_seconds(shot, project).or_else(|| {
        let chosen = generation.takes.find(shot.chosen?)?;
        Some(chosen.timings.total).filter(|seconds| *seconds > 0.0)
    })
}
