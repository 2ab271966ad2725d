//! The card of a shot: its poster frame, name, prompt, duration and status, and the menus that place and change it.

use egui::{
    Align, Align2, Button, Color32, FontId, FontSelection, Layout, Painter, Rect, Response,
    RichText, Sense, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, containers::menu, pos2, vec2,
};
use kinora_studio::render::strip;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;

use super::status::status_ui;
use crate::panels::context::PanelContext;
use crate::panels::controls::{command_item, dropped_here};
use crate::state::action::{Action, EditAction, ShotAction, ShotPlace};
use crate::state::command::Command;
use crate::ui::fonts::{icon, sign};
use crate::ui::widgets::{at_end, drag_source, icon_button, line, named, picture_in};

/// The height of a card, in points.
pub const HEIGHT: f32 = 52.0;
const POSTER: Vec2 = vec2(64.0, 40.0);
/// The place in a take that its poster frame shows, from 0 to 1.
const POSTER_PLACE: f32 = 1.0 / 3.0;
/// The width of the column at the right, with the duration, the status and the buttons.
const SIDE: f32 = 60.0;
const MARGIN: f32 = 6.0;
const MENU_WIDTH: f32 = 260.0;

/// A card, as wide as the panel.
pub fn card_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) -> Response {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    named(&response, &shot.name);
    ground(ui, cx, &response, shot);
    let poster = pos2(rect.left() + MARGIN, rect.center().y - POSTER.y / 2.0);
    let poster = Rect::from_min_size(poster, POSTER);
    poster_ui(ui, cx, shot, poster);
    let words = Rect::from_min_max(
        pos2(poster.right() + 8.0, rect.top()),
        pos2(rect.right() - SIDE - 4.0, rect.bottom()),
    );
    words_ui(ui, cx, shot, words);
    side_ui(ui, cx, shot, rect.with_min_x(rect.right() - SIDE));

    if response.clicked() || response.secondary_clicked() {
        cx.send(Action::Shot(ShotAction::Select(shot.id)));
    }
    response.context_menu(|ui| menu_ui(ui, cx, shot));
    drag_ui(ui, cx, shot, &response);
    if let Some(character) = dropped_here(ui, cx.theme, &response) {
        let change = ShotChange::Cast(character, true);
        cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
    }
    response
}

fn ground(ui: &Ui, cx: &PanelContext, response: &Response, shot: &Shot) {
    let colours = &cx.theme.colours;
    if cx.selection.shot == Some(shot.id) {
        ui.painter()
            .rect_filled(response.rect, 6, *colours.accent_veil);
    }
    if response.hovered() || response.has_focus() {
        let stroke = ui.style().interact(response).bg_stroke;
        ui.painter()
            .rect_stroke(response.rect, 6, stroke, StrokeKind::Inside);
    }
}

/// The picture that is being generated, a frame of the chosen take, or an icon.
fn poster_ui(ui: &Ui, cx: &PanelContext, shot: &Shot, rect: Rect) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, *cx.theme.colours.well);
    let progress = cx.generation.progress_of(shot.id);
    if let Some(preview) = progress.and_then(|progress| progress.preview.as_ref()) {
        return picture_in(&painter, preview, rect);
    }
    let take = shot.chosen;
    match take.and_then(|take| cx.media.thumbnails.of_take(take)) {
        Some(frames) => {
            let frame = cropped(frames.frame_at(POSTER_PLACE));
            painter.image(frames.texture.id(), rect, frame, Color32::WHITE);
        }
        None if shot.kind.is_sound() => icon_ui(&painter, cx, rect, icon::SPEAKER),
        None => icon_ui(&painter, cx, rect, icon::SHOT),
    }
}

fn icon_ui(painter: &Painter, cx: &PanelContext, rect: Rect, icon: &str) {
    let (font, colour) = (FontId::proportional(20.0), *cx.theme.colours.text_faint);
    painter.text(rect.center(), Align2::CENTER_CENTER, icon, font, colour);
}

/// The middle of a frame of a filmstrip, in the shape of a poster.
fn cropped(frame: Rect) -> Rect {
    let shape = strip::WIDTH as f32 / strip::HEIGHT as f32 / (POSTER.x / POSTER.y);
    match shape > 1.0 {
        true => frame.shrink2(vec2(frame.width() * (1.0 - 1.0 / shape) / 2.0, 0.0)),
        false => frame.shrink2(vec2(0.0, frame.height() * (1.0 - shape) / 2.0)),
    }
}

fn words_ui(ui: &Ui, cx: &PanelContext, shot: &Shot, rect: Rect) {
    let prompt = shot.prompt.trim();
    let words = match prompt.is_empty() {
        true => "No prompt yet",
        false => prompt.lines().next().unwrap_or_default(),
    };
    let body = FontSelection::Default.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let colours = &cx.theme.colours;
    let at = |top| rect.left_top() + vec2(0.0, top);
    line(
        ui,
        at(8.0),
        rect.width(),
        (shot.name.as_str(), body, *colours.text),
    );
    line(
        ui,
        at(28.0),
        rect.width(),
        (words, small, *colours.text_soft),
    );
}

/// The duration and the status, above the buttons.
fn side_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, rect: Rect) {
    let seconds = f64::from(shot.length.frames) / shot.length.rate.per_second();
    let dot = pos2(rect.right() - 12.0, rect.top() + 13.0);
    status_ui(ui, cx, shot, dot);
    ui.painter().text(
        dot - vec2(10.0, 0.0),
        Align2::RIGHT_CENTER,
        format!("{seconds:.1} s"),
        FontId::proportional(cx.theme.text.small),
        *cx.theme.colours.text_soft,
    );
    let buttons = Rect::from_min_max(
        pos2(rect.left(), rect.bottom() - 29.0),
        pos2(rect.right() - 2.0, rect.bottom()),
    );
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(buttons).layout(layout));
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.spacing_mut().button_padding.x = 2.0; // else a narrow button is wider than its place
    at_end(&mut ui, |ui| {
        let append = format!("Append {} to the timeline", shot.name);
        if icon_button(ui, icon::PLACE, &append).clicked() {
            place(cx, shot, ShotPlace::End);
        }
        insert_ui(ui, cx, shot);
    });
}

/// The button that opens the menu of places on the timeline.
fn insert_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    let button = Button::new(RichText::new(sign::CARET_DOWN).small())
        .frame_when_inactive(false)
        .min_size(vec2(22.0, 28.0));
    let (response, _) = menu::MenuButton::from_button(button).ui(ui, |ui| {
        let playhead = cx.media.player.playhead();
        let has_gap = cx.project().video_gap_at(playhead).is_some();
        for (words, where_to, is_possible) in [
            ("At the playhead", ShotPlace::Playhead, true),
            ("At the end", ShotPlace::End, true),
            ("In the gap", ShotPlace::Gap, has_gap),
        ] {
            let is_enabled = is_possible && cx.can_edit();
            if ui.add_enabled(is_enabled, Button::new(words)).clicked() {
                place(cx, shot, where_to);
                ui.close();
            }
        }
    });
    let name = format!("Insert {}…", shot.name);
    named(&response, &name);
    response.on_hover_text(name);
}

fn place(cx: &PanelContext, shot: &Shot, place: ShotPlace) {
    cx.send(Action::Edit(EditAction::PlaceShot(shot.id, place)));
}

/// The context menu. Its commands act on the selected shot: the click that opens the menu selects this one.
fn menu_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot) {
    ui.set_width(MENU_WIDTH);
    command_ui(ui, cx, Command::Generate, true);
    ui.separator();
    command_ui(ui, cx, Command::InsertShot, true);
    let append = Button::new(format!("{}   Insert at the end", icon::PLACE))
        .min_size(vec2(ui.available_width(), 28.0));
    let response = ui.add_enabled(cx.can_edit(), append);
    named(&response, "Insert at the end");
    if response.clicked() {
        place(cx, shot, ShotPlace::End);
        ui.close();
    }
    ui.separator();
    command_ui(ui, cx, Command::DuplicateShot, true);
    command_ui(ui, cx, Command::RenameShot, true);
    let is_first = cx.project().shot_before(shot.id).is_none();
    command_ui(ui, cx, Command::MoveShotUp, !is_first);
    let is_last = cx.project().shot_after(shot.id).is_none();
    command_ui(ui, cx, Command::MoveShotDown, !is_last);
    ui.separator();
    command_ui(ui, cx, Command::RemoveShot, true);
}

fn command_ui(ui: &mut Ui, cx: &PanelContext, command: Command, is_possible: bool) {
    let is_enabled = is_possible && cx.can_edit();
    if command_item(ui, cx.keys, command.row(), is_enabled).clicked() {
        cx.send(Action::Command(command));
        ui.close();
    }
}

/// A drag of the card: to another place in the list, or onto the timeline.
fn drag_ui(ui: &Ui, cx: &PanelContext, shot: &Shot, response: &Response) {
    drag_source(ui, cx.theme, response, shot.id, &shot.name);
}
