//! The menu of the frame at the playhead: use it as a keyframe image of the selected shot, or as a reference
//! of a character.

use crate::state::action::{Action, FrameUse, ShotAction};
use egui::{RichText, Ui};

use crate::panels::context::PanelContext;

pub fn frame_menu(ui: &mut Ui, cx: &PanelContext) {
    let project = cx.project();
    let is_enabled = cx.can_edit() && project.end().0 > 0;
    let offer = |ui: &mut Ui, words: String, wanted: FrameUse| {
        let button = egui::Button::new(words);
        if ui.add_enabled(is_enabled, button).clicked() {
            cx.send(Action::Shot(ShotAction::UseFrame(wanted)));
            ui.close();
        }
    };
    let shot = cx.selection.shot.and_then(|shot| project.shot(shot));
    if let Some(shot) = shot {
        let last = shot.length.frames.saturating_sub(1);
        let name = &shot.name;
        let words = RichText::new(format!("Into the selected shot: {name}")).small();
        ui.label(words.color(*cx.theme.colours.text_soft));
        offer(
            ui,
            format!("First frame of {name}"),
            FrameUse::Key(shot.id, 0),
        );
        offer(
            ui,
            format!("Last frame of {name}"),
            FrameUse::Key(shot.id, last),
        );
        let at = u32::try_from(cx.stage_frame.0).unwrap_or(0);
        if at > 0 && at < last {
            let words = format!("Frame {at} of {name} (from the camera panel)");
            offer(ui, words, FrameUse::Key(shot.id, at));
        }
        ui.separator();
    }
    for one in project.cast() {
        let words = format!("Reference of {}", one.name);
        offer(ui, words, FrameUse::Reference(one.id));
    }
    offer(ui, "New character".into(), FrameUse::NewCharacter);
}
