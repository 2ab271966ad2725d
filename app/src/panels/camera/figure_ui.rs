//! The figure of a mannequin and what its limbs do, in the inspector of the camera panel.

use egui::Ui;
use kinora_studio::timeline::shot::keys::with_stand_in;
use kinora_studio::timeline::stage::{FigureKind, Form, Motion, StandIn};

use super::CameraPanel;
use super::change::changed;
use crate::ui::widgets::choice;

/// Lists for the figure and the limbs of a stand-in; nothing for one that is no mannequin.
pub fn figure_ui(ui: &mut Ui, panel: &CameraPanel, at: usize) {
    let stand_in = &panel.stage.stand_ins[at];
    let Form::Mannequin(who) = stand_in.form else {
        return;
    };
    let theme = panel.cx.theme;
    let own = who.and_then(|who| panel.cx.project().character(who));
    let by_default = match own {
        Some(character) => format!("As @{}", character.tag),
        None => FigureKind::Plain.name().to_owned(),
    };
    let kinds = FigureKind::ALL.into_iter();
    let kinds = kinds.filter(|(kind, _)| own.is_some() || kind.has_limbs());
    let kinds = kinds.map(|(kind, name)| (Some(kind), name.to_owned()));
    let mut figure = stand_in.figure;
    let all = std::iter::once((None, by_default)).chain(kinds);
    choice(ui, theme, "Figure", all, &mut figure).on_hover_text(
        "Its shape shows the model who stands there; arms and legs of all but the plain one move",
    );
    let mut motion = stand_in.motion;
    let seen = figure.or(own.map(|character| character.figure));
    if seen.is_some_and(FigureKind::has_limbs) {
        let rate = panel.shot.length.rate.per_second();
        choice(ui, theme, "Limbs", motions(stand_in, rate), &mut motion).on_hover_text(
            "A walk takes steps by the way that is covered, so that feet do not slide",
        );
    }
    if figure != stand_in.figure || motion != stand_in.motion {
        let changed_one = StandIn {
            figure,
            motion,
            ..stand_in.clone()
        };
        panel.apply(changed(with_stand_in(
            panel.shot,
            panel.stage,
            at,
            changed_one,
        )));
    }
}

/// What limbs can do, with its name in the list. A wave that is there keeps its speed.
fn motions(stand_in: &StandIn, rate: f64) -> [(Motion, String); 4] {
    let wave = match stand_in.motion {
        wave @ Motion::Wave { .. } => wave,
        _ => Motion::wave(rate),
    };
    [
        (Motion::Walk, "Walk where it moves"),
        (Motion::Jump, "Jump with its height"),
        (wave, "Wave"),
        (Motion::Still, "Still"),
    ]
    .map(|(motion, name)| (motion, name.to_owned()))
}
