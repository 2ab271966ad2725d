//! The comparison of takes in the viewer: two with a wipe line that can be dragged, or side by side; up to four in a grid.

use std::mem::discriminant;

use egui::{
    Align2, Button, Color32, CursorIcon, Id, Key, Rect, Sense, Stroke, TextureHandle, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, TakeAction};
use crate::state::comparison::{CompareMode, ComparedTake, Comparison};
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, picture_in, text_on};

/// The hit distance of the wipe line, in points.
const REACH: f32 = 10.0;
/// The step by which a key moves the line, as a fraction of the frame's width.
const KEY_STEP: f32 = 0.05;
const BAR: egui::Vec2 = vec2(376.0, 34.0);
/// The modes of two pictures.
pub const PAIR_MODES: [CompareMode; 2] = [CompareMode::Wipe(0.5), CompareMode::SideBySide];
/// The size of the button that chooses a take of the grid, in points.
const USE_BUTTON: egui::Vec2 = vec2(96.0, 24.0);

/// Draws the pictures within `frame`.
pub fn beside_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    one: Comparison,
    (frame, picture, others): (Rect, &TextureHandle, &[Option<TextureHandle>]),
) {
    if one.mode == CompareMode::Grid {
        grid_ui(ui, cx, one, (frame, picture, others));
    } else {
        let other = others.first().and_then(Option::as_ref);
        let pair = Pair {
            mode: one.mode,
            names: ["Chosen take", "Other take"],
            line: "Wipe between the two takes",
        };
        if let Some(mode) = pair_ui(ui, cx, pair, (frame, picture, other)) {
            cx.send(Action::Take(TakeAction::Compare(Some(one.shown_as(mode)))));
        }
    }
    bar_ui(ui, cx, one, frame);
}

/// Two pictures that are compared: how, their names, and that of the wipe line.
#[derive(Clone, Copy)]
pub struct Pair {
    pub mode: CompareMode,
    pub names: [&'static str; 2],
    pub line: &'static str,
}

/// Draws two pictures with a wipe line or side by side. Returns the mode with the line where it was moved to.
pub fn pair_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    pair: Pair,
    (frame, picture, other): (Rect, &TextureHandle, Option<&TextureHandle>),
) -> Option<CompareMode> {
    let mut moved = None;
    if let CompareMode::Wipe(share) = pair.mode {
        let x = egui::lerp(frame.x_range(), share);
        part(ui, picture, frame, frame.with_max_x(x));
        if let Some(other) = other {
            part(ui, other, frame, frame.with_min_x(x));
        }
        moved = line_ui(ui, cx, pair.line, (frame, share)).map(CompareMode::Wipe);
    } else {
        let (left, right) = frame.split_left_right_at_fraction(0.5);
        picture_in(ui.painter(), picture, left.shrink2(vec2(1.0, 0.0)));
        if let Some(other) = other {
            picture_in(ui.painter(), other, right.shrink2(vec2(1.0, 0.0)));
        }
    }
    let places = [(Align2::LEFT_TOP, 10.0), (Align2::RIGHT_TOP, -10.0)];
    for (name, (align, dx)) in pair.names.into_iter().zip(places) {
        let at = align.pos_in_rect(&frame) + vec2(dx, 8.0);
        let shade = *cx.theme.colours.shade;
        text_on(ui.painter(), cx.theme, (align, at), name, shade);
    }
    moved
}

/// Draws the chosen take and the others in two columns, each with its name, and the others with a button that chooses them.
fn grid_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    one: Comparison,
    (frame, picture, others): (Rect, &TextureHandle, &[Option<TextureHandle>]),
) {
    let (top, bottom) = frame.split_top_bottom_at_fraction(0.5);
    let cells = [top, bottom].map(|row| {
        let (left, right) = row.split_left_right_at_fraction(0.5);
        [left, right].map(|cell| cell.shrink(1.0))
    });
    let mut cells = cells.into_iter().flatten();
    if let Some(cell) = cells.next() {
        picture_in(ui.painter(), picture, cell);
        name_ui(ui, cx, cell, "Chosen take");
    }
    for ((cell, take), number) in cells.zip(one.others()).zip(0_usize..) {
        if let Some(picture) = others.get(number).and_then(Option::as_ref) {
            picture_in(ui.painter(), picture, cell);
        }
        let name = format!("Take {}", take.number);
        name_ui(ui, cx, cell, &name);
        let place = Rect::from_min_size(
            cell.right_top() - vec2(USE_BUTTON.x + 6.0, -6.0),
            USE_BUTTON,
        );
        let button = ui.put(place, Button::new(format!("Use take {}", take.number)));
        let button = button.on_hover_text("Choose this take for the timeline");
        if button.clicked() {
            choose(cx, one, take);
        }
    }
}

fn name_ui(ui: &Ui, cx: &PanelContext, cell: Rect, name: &str) {
    let place = (Align2::LEFT_TOP, cell.left_top() + vec2(10.0, 8.0));
    text_on(ui.painter(), cx.theme, place, name, *cx.theme.colours.shade);
}

/// Chooses a take for the timeline.
fn choose(cx: &PanelContext, one: Comparison, take: ComparedTake) {
    let choose = Library::ChooseTake(one.shot, Some(take.name));
    cx.send(Action::Edit(EditAction::Apply(Edit::Library(choose))));
}

/// Draws the part of a picture at `place` that lies within `shown`.
fn part(ui: &Ui, picture: &TextureHandle, place: Rect, shown: Rect) {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter()
        .with_clip_rect(shown.intersect(ui.clip_rect()))
        .image(picture.id(), place, uv, Color32::WHITE);
}

/// The wipe line at a part of the width. Returns the part that it was moved to.
fn line_ui(ui: &Ui, cx: &PanelContext, name: &str, (frame, share): (Rect, f32)) -> Option<f32> {
    let x = egui::lerp(frame.x_range(), share);
    let taken = Rect::from_x_y_ranges(x - REACH..=x + REACH, frame.y_range());
    let line = ui.interact(taken, Id::unique("wipe"), Sense::click_and_drag());
    let percent = f64::from(share * 100.0).round();
    line.widget_info(|| WidgetInfo::slider(true, percent, name));
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
    ((wanted - share).abs() > f32::EPSILON).then_some(wanted)
}

/// The controls of the comparison: its mode, a button that chooses the other take, and a button that ends it.
fn bar_ui(ui: &mut Ui, cx: &PanelContext, one: Comparison, frame: Rect) {
    let modes: &[CompareMode] = match one.count() > 2 {
        true => &[
            CompareMode::Wipe(0.5),
            CompareMode::SideBySide,
            CompareMode::Grid,
        ],
        false => &PAIR_MODES,
    };
    let bar = |ui: &mut Ui| {
        if let Some(mode) = modes_ui(ui, one.mode, modes) {
            cx.send(Action::Take(TakeAction::Compare(Some(one.shown_as(mode)))));
        }
        ui.separator();
        if let Some(other) = one.others().next()
            && one.mode != CompareMode::Grid
        {
            let use_it = ui.button("Use this take");
            let use_it = use_it.on_hover_text("Choose the other take for the timeline");
            if use_it.clicked() {
                choose(cx, one, other);
            }
        }
        if icon_button(ui, icon::CLOSE, "End the comparison").clicked() {
            cx.send(Action::Take(TakeAction::Compare(None)));
        }
    };
    on_bar(ui, cx, frame, bar);
}

/// Draws controls on a bar at the bottom of the picture.
pub fn on_bar(ui: &mut Ui, cx: &PanelContext, frame: Rect, contents: impl FnOnce(&mut Ui)) {
    let middle = pos2(frame.center().x, frame.bottom() - 8.0 - BAR.y / 2.0);
    let place = Rect::from_center_size(middle, BAR);
    ui.painter().rect_filled(place, 6, *cx.theme.colours.raised);
    let builder = UiBuilder::new().max_rect(place.shrink2(vec2(8.0, 3.0)));
    ui.scope_builder(builder, |ui| ui.horizontal_centered(contents));
}

/// The choice of a mode. Returns another one that was chosen.
pub fn modes_ui(ui: &mut Ui, now: CompareMode, modes: &[CompareMode]) -> Option<CompareMode> {
    let mut chosen = None;
    for &mode in modes {
        let words = match mode {
            CompareMode::Wipe(_) => "Wipe",
            CompareMode::SideBySide => "Side by side",
            CompareMode::Grid => "Grid",
        };
        let is_it = discriminant(&now) == discriminant(&mode);
        if ui.selectable_label(is_it, words).clicked() && !is_it {
            chosen = Some(mode);
        }
    }
    chosen
}
