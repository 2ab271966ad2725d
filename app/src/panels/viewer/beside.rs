//! The comparison of two takes in the viewer: with a wipe line that can be dragged, or side by side.

use crate::state::action::{Action, EditAction, TakeAction};
use egui::{
    Align2, Color32, CursorIcon, Id, Key, Rect, Sense, Stroke, TextureHandle, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;

use crate::panels::context::PanelContext;
use crate::state::comparison::{CompareMode, Comparison};
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, picture_in, text_on};

/// The hit distance of the wipe line, in points.
const REACH: f32 = 10.0;
/// The step by which a key moves the line, as a fraction of the frame's width.
const KEY_STEP: f32 = 0.05;
const BAR: egui::Vec2 = vec2(376.0, 34.0);

/// Draws both pictures within `frame`.
pub fn beside_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    one: Comparison,
    (frame, picture, other): (Rect, &TextureHandle, Option<&TextureHandle>),
) {
    match one.mode {
        CompareMode::Wipe(share) => {
            let x = egui::lerp(frame.x_range(), share);
            part(ui, picture, frame, frame.with_max_x(x));
            if let Some(other) = other {
                part(ui, other, frame, frame.with_min_x(x));
            }
            line_ui(ui, cx, one, (frame, share));
        }
        CompareMode::SideBySide => {
            let (left, right) = frame.split_left_right_at_fraction(0.5);
            picture_in(ui.painter(), picture, left.shrink2(vec2(1.0, 0.0)));
            if let Some(other) = other {
                picture_in(ui.painter(), other, right.shrink2(vec2(1.0, 0.0)));
            }
        }
    }
    for (align, words, dx) in [
        (Align2::LEFT_TOP, "Chosen take", 10.0),
        (Align2::RIGHT_TOP, "Other take", -10.0),
    ] {
        let at = align.pos_in_rect(&frame) + vec2(dx, 8.0);
        text_on(
            ui.painter(),
            cx.theme,
            (align, at),
            words,
            *cx.theme.colours.shade,
        );
    }
    bar_ui(ui, cx, one, frame);
}

/// Draws the part of a picture at `place` that lies within `shown`.
fn part(ui: &Ui, picture: &TextureHandle, place: Rect, shown: Rect) {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter()
        .with_clip_rect(shown.intersect(ui.clip_rect()))
        .image(picture.id(), place, uv, Color32::WHITE);
}

fn line_ui(ui: &mut Ui, cx: &PanelContext, one: Comparison, (frame, share): (Rect, f32)) {
    let x = egui::lerp(frame.x_range(), share);
    let taken = Rect::from_x_y_ranges(x - REACH..=x + REACH, frame.y_range());
    let line = ui.interact(taken, Id::unique("wipe"), Sense::click_and_drag());
    let percent = f64::from(share * 100.0).round();
    line.widget_info(|| WidgetInfo::slider(true, percent, "Wipe between the two takes"));
    let line = line
        .on_hover_cursor(CursorIcon::ResizeHorizontal)
        .on_hover_text("Drag the line, or move it with , and .");
    let stroke = Stroke::new(2.0, *cx.theme.colours.accent);
    ui.painter().vline(x, frame.y_range(), stroke);
    ui.painter()
        .circle_filled(pos2(x, frame.center().y), 7.0, *cx.theme.colours.accent);
    let mut wanted = share;
    if let Some(at) = line.interact_pointer_pos().filter(|_| line.dragged()) {
        wanted = (at.x - frame.left()) / frame.width();
    }
    if !ui.ctx().egui_wants_keyboard_input() {
        wanted += KEY_STEP
            * ui.input(|input| {
                let pressed = |key| f32::from(u8::from(input.key_pressed(key)));
                pressed(Key::Period) - pressed(Key::Comma)
            });
    }
    let wanted = wanted.clamp(0.0, 1.0);
    if (wanted - share).abs() > f32::EPSILON {
        let mode = CompareMode::Wipe(wanted);
        cx.send(Action::Take(TakeAction::Compare(Some(Comparison {
            mode,
            ..one
        }))));
    }
}

/// The controls of the comparison: its mode, a button that chooses the other take, and a button that ends it.
fn bar_ui(ui: &mut Ui, cx: &PanelContext, one: Comparison, frame: Rect) {
    let middle = pos2(frame.center().x, frame.bottom() - 8.0 - BAR.y / 2.0);
    let place = Rect::from_center_size(middle, BAR);
    ui.painter().rect_filled(place, 6, *cx.theme.colours.raised);
    let builder = UiBuilder::new().max_rect(place.shrink2(vec2(8.0, 3.0)));
    ui.scope_builder(builder, |ui| {
        ui.horizontal_centered(|ui| {
            for (mode, words) in [
                (CompareMode::Wipe(0.5), "Wipe"),
                (CompareMode::SideBySide, "Side by side"),
            ] {
                let is_it = matches!(one.mode, CompareMode::Wipe(_))
                    == matches!(mode, CompareMode::Wipe(_));
                if ui.selectable_label(is_it, words).clicked() && !is_it {
                    cx.send(Action::Take(TakeAction::Compare(Some(Comparison {
                        mode,
                        ..one
                    }))));
                }
            }
            ui.separator();
            let use_it = ui.button("Use this take");
            let use_it = use_it.on_hover_text("Choose the other take for the timeline");
            if use_it.clicked() {
                let choose = Library::ChooseTake(one.shot, Some(one.take));
                cx.send(Action::Edit(EditAction::Apply(Edit::Library(choose))));
            }
            if icon_button(ui, icon::CLOSE, "End the comparison").clicked() {
                cx.send(Action::Take(TakeAction::Compare(None)));
            }
        });
    });
}
