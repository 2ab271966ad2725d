//! New takes of the shots whose chosen take failed a measure.

use kinora_studio::generate::queue::series::RankBy;
use kinora_studio::generate::reroll::{failing_shots, queue_rerolls};
use kinora_studio::timeline::{ContentHash, Project, ShotId};

use super::shot::new_seed;
use crate::state::app::AppState;
use crate::state::dialog::Dialog;
use crate::state::dialog::reroll::RerollForm;
use crate::state::generation::TakeLibrary;

/// Opens the dialog. Shots that fail clearly are ticked.
pub fn dialog(state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let generation = &open.generation;
    let failing = failing_shots(open.project(), |take| generation.candidate(take));
    let form = RerollForm {
        unmeasured: unmeasured(open.project(), &generation.takes),
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

/// The number of chosen takes that can be measured and are not.
fn unmeasured(project: &Project, library: &TakeLibrary) -> usize {
    let chosen = project.shots().filter_map(|shot| shot.chosen);
    let lacks_measure = |take: &ContentHash| {
        let found = library.find(*take);
        found.is_some_and(|found| library.lacks_measure(*take, found))
    };
    chosen.filter(lacks_measure).count()
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
    let rerolled = queue_rerolls(scheduler, project, shots, plan, new_seed);
    let text = match rerolled.queued {
        0 => "No shot is generated again.".to_owned(),
        1 => "1 shot is generated again. The queue shows its ranking.".to_owned(),
        many => format!("{many} shots are generated again. The queue shows their rankings."),
    };
    if rerolled.left_out.is_empty() {
        state.notifications.info(text);
    } else {
        let left_out = rerolled.left_out.join("; ");
        let text = format!("{text} Left out: {left_out}.");
        state.notifications.result(text, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::take::take_store::{NotReproducible, Take};
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::shot::{ModelLength, Shot};
    use kinora_studio::timeline::{Edit, FrameRate};
    use kinora_studio::wire::Timings;

    use super::*;

    #[test]
    fn a_chosen_take_that_cannot_be_measured_is_not_called_unmeasured() {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let add = Library::AddShot(Box::new(Shot::new("Dusk", "a fox", length)));
        let project = Edit::Library(add)
            .apply(&Project::default())
            .expect("added");
        let shot = project.shots().next().expect("the shot").id;
        let name = ContentHash::of(b"a take");
        let choose = Library::ChooseTake(shot, Some(name));
        let project = Edit::Library(choose).apply(&project).expect("chosen");
        let mut library = TakeLibrary::default();
        assert_eq!(unmeasured(&project, &library), 0, "its folder is gone");
        let damaged = Take {
            recipe: Err(NotReproducible::Changed),
            poster: None,
            shot: Some(shot),
            clip: None,
            frames: None,
            sound: None,
            made_at: 1,
            timings: Timings::default(),
            hint: None,
        };
        library.takes.push((name, damaged));
        assert_eq!(unmeasured(&project, &library), 0, "it has no recipe");
    }
}
