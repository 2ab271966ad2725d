//! The viewer: the composed picture, the comparison with another take, the frame menu, and the transport controls.

mod beside;
mod frame_menu;

use crate::panels::controls::command_icon;
use crate::state::action::Action;
use egui::{Align2, Color32, Rect, RichText, Sense, Ui, vec2};
use kinora_studio::timeline::timecode::{Counting, timecode};

use crate::panels::context::PanelContext;
use crate::state::command::Command;
use crate::ui::fonts::icon;

const TRANSPORT_HEIGHT: f32 = 44.0;
const MARGIN: f32 = 12.0;

pub fn viewer_ui(ui: &mut Ui, cx: &PanelContext) {
    let all = ui.available_rect_before_wrap();
    let (above, below) = all.split_top_bottom_at_y(all.bottom() - TRANSPORT_HEIGHT);
    picture_ui(ui, cx, above.shrink(MARGIN));
    ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| {
        transport_ui(ui, cx);
    });
}

fn picture_ui(ui: &mut Ui, cx: &PanelContext, place: Rect) {
    let size = cx.project().size();
    let shape = vec2(size.width() as f32, size.height() as f32);
    let scale = (place.width() / shape.x)
        .min(place.height() / shape.y)
        .max(0.0);
    let frame = Rect::from_center_size(place.center(), shape * scale);
    let response = ui.allocate_rect(frame, Sense::click());
    let name = format!("Picture of frame {}", cx.media.player.playhead().0);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    response.context_menu(|ui| frame_menu::frame_menu(ui, cx));
    ui.painter().rect_filled(frame, 0, *cx.theme.colours.well);
    let says = |words: &str, colour: Color32| {
        let font = egui::FontId::proportional(cx.theme.text.body);
        ui.painter()
            .text(frame.center(), Align2::CENTER_CENTER, words, font, colour);
    };
    if let Some(error) = cx.media.player.error() {
        says(&format!("{error}\n{}", error.remedy), *cx.theme.colours.bad);
    } else if cx.project().end().0 == 0 {
        says(
            "The timeline is empty. Append a shot to see it here.",
            *cx.theme.colours.text_faint,
        );
    } else if let Some(texture) = cx.media.player.picture() {
        if let Some(one) = cx.comparison {
            beside::beside_ui(ui, cx, one, (frame, texture));
        } else {
            let all = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
            ui.painter().image(texture.id(), frame, all, Color32::WHITE);
        }
    }
}

fn transport_ui(ui: &mut Ui, cx: &PanelContext) {
    let rate = cx.project().rate();
    let at = timecode(cx.media.player.playhead(), rate, Counting::customary(rate));
    let end = timecode(cx.project().end(), rate, Counting::customary(rate));
    ui.horizontal_centered(|ui| {
        ui.add_space(MARGIN);
        ui.label(RichText::new(at).font(cx.theme.strong_font()));
        ui.label(RichText::new(format!("of {end}")).color(*cx.theme.colours.text_faint));
        let buttons = 5.0 * 36.0;
        ui.add_space((ui.available_width() / 2.0 - buttons).max(8.0));
        let play = match cx.media.player.speed() {
            0 => icon::PLAY,
            _ => icon::PAUSE,
        };
        for (command, sign) in [
            (Command::ToStart, icon::TO_START),
            (Command::PreviousFrame, icon::STEP_BACK),
            (Command::Play, play),
            (Command::NextFrame, icon::STEP_ON),
            (Command::ToEnd, icon::TO_END),
        ] {
            if command_icon(ui, cx.keys, sign, command.row()).clicked() {
                cx.send(Action::Command(command));
            }
        }
        ui.menu_button("Use frame…", |ui| frame_menu::frame_menu(ui, cx))
            .response
            .on_hover_text(
                "Use this frame as a keyframe image of the shot, or as a reference of a character",
            );
        let speed = cx.media.player.speed();
        if speed != 0 && speed != 1 {
            ui.label(RichText::new(format!("{speed}x")).color(*cx.theme.colours.accent));
        }
    });
}
