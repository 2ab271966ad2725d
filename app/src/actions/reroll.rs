//! New takes of the shots whose chosen take failed a measure.

use kinora_studio::generate::queue::series::RankBy;
use kinora_studio::generate::reroll::{failing_shots, queue_rerolls};
use kinora_studio::timeline::ShotId;

use super::shot::new_seed;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::reroll::RerollForm;

/// Opens the dialog. Shots that fail clearly are ticked.
pub fn dialog(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let generation = &open.generation;
    let failing = failing_shots(open.project(), |take| generation.candidate(take));
    let chosen = open.project().shots().filter_map(|shot| shot.chosen);
    let unmeasured = chosen.filter(|take| {
        let candidate = generation.candidate(*take);
        (candidate.has_path && candidate.camera.is_none()) || candidate.appearance.is_none()
    });
    let form = RerollForm {
        unmeasured: unmeasured.count(),
        shots: failing
            .into_iter()
            .map(|shot| {
                let is_ticked = shot.is_clear;
                (shot, is_ticked)
            })
            .collect(),
        takes: open.view.panels.shot.take_count,
    };
    state.dialog = Some(Dialog::Reroll(form));
}

/// Queues new takes of these shots, ranked as the shot panel says, or by what each shot has: its camera, its cast, or both.
pub fn start(shots: &[ShotId], takes: u32, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let form = open.view.panels.shot.best_of;
    let plan = form.plan_by(form.rank.unwrap_or(RankBy::Both), takes);
    let project = open.document.session.project();
    let scheduler = &mut open.generation.scheduler;
    let text = match queue_rerolls(scheduler, project, shots, plan, new_seed) {
        0 => "None of these shots can be generated.".to_owned(),
        1 => "1 shot is generated again. The queue shows its ranking.".to_owned(),
        many => format!("{many} shots are generated again. The queue shows their rankings."),
    };
    state.notifications.info(text);
}
