//! The stage that the camera panel shows: the shot's own, that of its cast, or that of its prompt, which can be kept as the
//! shot's own.

use egui::{Button, RichText, Ui};
use kinora_studio::stage::prompt::{ShotStage, shot_stage};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::stage::Stage;

use super::CameraPanel;
use super::change::changed;
use crate::panels::context::PanelContext;

/// The stage of a shot, as its model is shown it. Before the engine has listed its models there is none of the prompt.
pub fn stage_of(cx: &PanelContext, shot: &Shot) -> ShotStage {
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    shot_stage(cx.project(), shot, model)
}

/// Whether nobody stands on the stage of the shot until something is built.
pub fn is_empty_by_default(panel: &CameraPanel) -> bool {
    let bare = Shot {
        stage: Stage {
            stand_ins: Vec::new(),
            ..panel.shot.stage.clone()
        },
        ..panel.shot.clone()
    };
    stage_of(panel.cx, &bare).stage.stand_ins.is_empty()
}

/// Says that the stage is that of the prompt, with a button that keeps it.
pub fn prompt_stage_ui(ui: &mut Ui, panel: &CameraPanel) {
    if !panel.is_from_prompt {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let words = RichText::new("Stage from the prompt").small();
        let label = ui.label(words.color(*panel.cx.theme.colours.text_soft));
        label.on_hover_text(
            "A stand-in for each subject that the prompt names and the model knows. It changes with the prompt",
        );
        let keep = ui
            .add_enabled(panel.cx.can_edit(), Button::new("Keep stage"))
            .on_hover_text(
                "Make it the shot's own stage, which stays when the prompt changes. Moving a stand-in does so too",
            );
        if keep.clicked() {
            panel.apply(changed(Shot {
                stage: panel.stage.clone(),
                ..panel.shot.clone()
            }));
        }
    });
}
