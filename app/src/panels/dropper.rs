//! The colour dropper: a button beside a colour, after which a click in the picture of the viewer picks the colour there.

use egui::{CursorIcon, Id, Key, Modifiers, Pos2, Rect, Response, Stroke, Ui, Vec2, vec2};
use kinora_studio::render::Picture;
use kinora_studio::timeline::cast::Character;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::title::Title;
use kinora_studio::timeline::{Edit, Project};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, ViewerAction};
use crate::state::view::viewer_view::ColourTarget;
use crate::ui::arrows::pressed_arrows;
use crate::ui::widgets::{named, text_on};

/// The step of an arrow key, as a part of the picture's width and height.
const KEY_STEP: f32 = 0.02;
/// Half the size of the cross, in points.
const CROSS: f32 = 9.0;

/// The button beside a colour. It is lit while the dropper picks for that colour; another click ends that.
pub fn button_ui(ui: &mut Ui, cx: &PanelContext, target: ColourTarget, name: &str) {
    let is_on = cx.viewer.picks_for == Some(target);
    let button = ui.selectable_label(is_on, "Pick");
    let words = format!("{name}: pick it in the viewer");
    named(&button, &words);
    let words = "Pick the colour with the next click in the viewer; Esc cancels";
    if button.on_hover_text(words).clicked() {
        let next = (!is_on).then_some(target);
        cx.send(Action::Viewer(ViewerAction::PickColour(next)));
    }
}

/// Ends the dropper if Esc was pressed. True: it picks, and Esc is for it.
pub fn cancel_by_escape(ui: &Ui, cx: &PanelContext) -> bool {
    let is_on = cx.viewer.picks_for.is_some();
    if is_on && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        cx.send(Action::Viewer(ViewerAction::PickColour(None)));
    }
    is_on
}

/// Picks the colour under a click; or with Enter under a cross, which the arrow keys move. `frame` is the place of the
/// picture.
pub fn dropper_ui(
    ui: &Ui,
    cx: &PanelContext,
    (target, picture): (ColourTarget, Option<&Picture>),
    (response, frame): (&Response, Rect),
) {
    let id = cross_id(response);
    let kept = ui.data(|data| data.get_temp::<Vec2>(id));
    if kept.is_none() {
        response.request_focus();
    }
    let [right, up] = pressed_arrows(ui, response);
    let step = vec2(right as f32, -up as f32) * KEY_STEP;
    let cross = kept.unwrap_or(Vec2::splat(0.5)) + step;
    let cross = cross.clamp(Vec2::ZERO, Vec2::splat(1.0));
    ui.data_mut(|data| data.insert_temp(id, cross));
    let at_cross = frame.min + cross * frame.size();
    let pointer = response.hover_pos().filter(|at| frame.contains(*at));
    let at = pointer.unwrap_or(at_cross);
    if pointer.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    } else {
        cross_ui(ui, cx, at_cross);
    }
    let Some(colour) = picture.and_then(|picture| colour_at(picture, frame, at)) else {
        return;
    };
    let [red, green, blue] = colour;
    let words = format!("#{red:02x}{green:02x}{blue:02x}");
    let place = (egui::Align2::LEFT_CENTER, at + vec2(16.0, -18.0));
    text_on(
        ui.painter(),
        cx.theme,
        place,
        &words,
        *cx.theme.colours.shade,
    );
    // Enter clicks a control that has the focus.
    if response.clicked() {
        if let Some(edit) = edit_of(cx.project(), target, colour) {
            cx.send(Action::Edit(EditAction::Apply(edit)));
        }
        cx.send(Action::Viewer(ViewerAction::PickColour(None)));
        response.surrender_focus();
    }
}

/// Drops the place of the cross. Called while the dropper is off.
pub fn rest(ui: &Ui, response: &Response) {
    let id = cross_id(response);
    ui.data_mut(|data| data.remove::<Vec2>(id));
}

fn cross_id(response: &Response) -> Id {
    response.id.with("dropper")
}

fn cross_ui(ui: &Ui, cx: &PanelContext, at: Pos2) {
    let colours = &cx.theme.colours;
    for (width, colour) in [(3.0, *colours.shade), (1.0, *colours.text)] {
        let stroke = Stroke::new(width, colour);
        for arm in [vec2(CROSS, 0.0), vec2(0.0, CROSS)] {
            ui.painter().line_segment([at - arm, at + arm], stroke);
        }
    }
}

/// The colour of the picture at a point of the screen. `None` beside the picture.
fn colour_at(picture: &Picture, frame: Rect, at: Pos2) -> Option<[u8; 3]> {
    let part = (at - frame.min) / frame.size();
    let pixel = |part: f32, length: u32| {
        let is_inside = (0.0..=1.0).contains(&part) && length > 0;
        is_inside.then(|| ((part * length as f32) as u32).min(length - 1) as usize)
    };
    let (x, y) = (
        pixel(part.x, picture.width)?,
        pixel(part.y, picture.height)?,
    );
    let at = (y * picture.width as usize + x) * 4;
    let [red, green, blue] = *picture.rgba.get(at..at + 3)?.first_chunk()?;
    Some([red, green, blue])
}

/// The edit that sets a colour. `None`: it is gone.
fn edit_of(project: &Project, target: ColourTarget, colour: [u8; 3]) -> Option<Edit> {
    let [red, green, blue] = colour;
    let change = match target {
        ColourTarget::Title(title) => {
            let mut title = Title::clone(project.title(title)?);
            title.colour = (red, green, blue);
            Library::ChangeTitle(Box::new(title))
        }
        ColourTarget::Character(character, number) => {
            let mut character = Character::clone(project.character(character)?);
            *character.colours.get_mut(number)? = (red, green, blue);
            Library::ChangeCharacter(Box::new(character))
        }
    };
    Some(Edit::Library(change))
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn a_colour_is_that_of_the_pixel_under_the_pointer() {
        let mut picture = Picture::plain(4, 2, [1, 2, 3, 255]);
        let last = picture.rgba.len() - 4;
        picture.rgba[last..].copy_from_slice(&[9, 8, 7, 255]);
        let frame = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 200.0));
        let at = |x, y| colour_at(&picture, frame, pos2(x, y));
        assert_eq!(at(101.0, 51.0), Some([1, 2, 3]));
        assert_eq!(at(401.0, 151.0), Some([9, 8, 7]));
        assert_eq!(at(500.0, 250.0), Some([9, 8, 7]), "the very corner");
        assert_eq!(at(99.0, 51.0), None);
    }
}
