//! The header of a track: its name, which is the button that targets it, and its mute, solo, lock and sync buttons; more
//! in its context menu. A double click on the name renames the track.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Checkbox, FontId, Id, Rect, Response, Sense, Ui, UiBuilder, vec2};
use kinora_studio::timeline::edit::remove::Remove;
use kinora_studio::timeline::edit::tracks::TrackEdit;
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Edit, FrameRange, Frames, Project, Track, TrackId, TrackKind};

use super::header_parts::{BUTTON, Typing, item_ui, name_field, toggle_ui};
use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction};
use crate::state::form::track_form::TrackForm;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;
use crate::ui::widgets::named;

/// The width of the four buttons, in points.
const BUTTONS_WIDTH: f32 = 4.0 * BUTTON.x + 4.0;
/// The height of the button with the name, and the margin at its sides, in points.
const CHIP_HEIGHT: f32 = 18.0;
const CHIP_MARGIN: f32 = 5.0;
const MENU_WIDTH: f32 = 200.0;
/// The limits of a track's height, in points.
const HEIGHTS: std::ops::RangeInclusive<f32> = 24.0..=240.0;

/// A property of a track that is on or off.
struct Switch {
    sign: &'static str,
    name: &'static str,
    is_on: bool,
    edit: fn(TrackId, bool) -> TrackEdit,
}

#[rustfmt::skip] // a table
fn switches(track: &Track) -> [Switch; 4] {
    let mute = match track.kind {
        TrackKind::Video => "Hide",
        TrackKind::Audio => "Mute",
    };
    [
        Switch { sign: "M", name: mute, is_on: track.muted, edit: TrackEdit::Mute },
        Switch { sign: "S", name: "Solo", is_on: track.solo, edit: TrackEdit::Solo },
        Switch { sign: "L", name: "Lock", is_on: track.locked, edit: TrackEdit::Lock },
        Switch { sign: icon::LINK, name: "Sync lock", is_on: track.sync_locked, edit: TrackEdit::SyncLock },
    ]
}

pub fn header_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    track: &Track,
    rect: Rect,
) {
    let response = ui.interact(rect, Id::unique(("header", track.id)), Sense::click());
    let name = format!("Track {}", track.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if view.form.as_ref().map(|form| form.track) == Some(track.id) {
        name_ui(ui, cx, view, &response, rect);
        return;
    }
    let chip = chip_ui(ui, cx, view, track, rect);
    if chip.double_clicked() && cx.can_edit() {
        view.form = Some(TrackForm::of(track));
    }
    let buttons = rect.with_min_x(rect.right() - BUTTONS_WIDTH);
    ui.scope_builder(UiBuilder::new().max_rect(buttons), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding = egui::Vec2::ZERO;
            for switch in switches(track) {
                let toggle = (switch.sign, switch.name, switch.is_on);
                if toggle_ui(ui, cx, toggle, &track.name) {
                    send(cx, (switch.edit)(track.id, !switch.is_on));
                }
            }
        });
    });
    for response in [&response, &chip] {
        response.context_menu(|ui| menu_ui(ui, cx, view, track));
    }
    response.on_hover_ui(|ui| {
        ui.label(details(cx, track));
    });
    chip.on_hover_ui(|ui| {
        ui.label(details(cx, track));
        ui.label("Target of insert, overwrite, append and paste. Double-click to rename.");
    });
}

/// The name of a track, the number of its clips and its length.
fn details(cx: &PanelContext, track: &Track) -> String {
    let clips = match track.clips().count() {
        1 => "1 clip".to_owned(),
        many => format!("{many} clips"),
    };
    let rate = cx.project().rate();
    let length = timecode(track.end(), rate, Counting::customary(rate));
    format!("{}: {clips}, {length}", track.name)
}

/// The name of a track. A click makes the track the target of its kind; the name of a target is on the accent colour.
fn chip_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    track: &Track,
    header: Rect,
) -> Response {
    let x = header.left() + CHIP_MARGIN..=header.right() - BUTTONS_WIDTH - CHIP_MARGIN;
    let half = CHIP_HEIGHT / 2.0;
    let y = header.center().y - half..=header.center().y + half;
    let chip = Rect::from_x_y_ranges(x, y);
    let response = ui.interact(chip, Id::unique(("target", track.id)), Sense::click());
    let is_target = view.target(cx.project(), track.kind) == Some(track.id);
    let state = match is_target {
        true => "on",
        false => "off",
    };
    named(&response, &format!("Target {} ({state})", track.name));
    let colours = &cx.theme.colours;
    let is_lit = response.hovered() || response.has_focus();
    let fill = match (is_target, is_lit) {
        (true, false) => *colours.accent,
        (true, true) => *colours.accent_hover,
        (false, false) => *colours.raised,
        (false, true) => *colours.raised_hover,
    };
    let colour = match (is_target, track.muted) {
        (true, _) => *colours.on_accent,
        (false, true) => *colours.text_faint,
        (false, false) => *colours.text_soft,
    };
    ui.painter().rect_filled(chip, 4, fill);
    let font = FontId::proportional(cx.theme.text.small);
    let mut job = LayoutJob::simple_singleline(track.name.to_string(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(chip.width() - 4.0);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let place = Align2::CENTER_CENTER.anchor_size(chip.center(), galley.size());
    ui.painter().galley(place.min, galley, colour);
    if response.clicked() {
        view.targets.insert(track.kind, track.id);
    }
    response
}

/// The field for the name. The name is changed when the field loses the focus, but not by Esc.
fn name_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView, header: &Response, rect: Rect) {
    let Some(form) = &mut view.form else { return };
    let typed = (&mut form.name, std::mem::take(&mut form.is_new));
    let place = rect.shrink2(vec2(CHIP_MARGIN, 0.0));
    let typing = name_field(ui, cx, typed, header, place);
    if typing == Typing::GoesOn {
        return;
    }
    let typed = view.form.take().filter(|_| typing == Typing::Ended);
    if let Some(edit) = typed.and_then(|form| form.edit(cx.project())) {
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
}

/// The lower edge of a header: a drag changes the track's height, a double click resets it.
pub fn height_ui(ui: &Ui, view: &mut TimelineView, track: &Track, rect: Rect) {
    let edge = Rect::from_x_y_ranges(rect.x_range(), rect.bottom() - 3.0..=rect.bottom() + 3.0);
    let response = ui.interact(
        edge,
        Id::unique(("height", track.id)),
        Sense::click_and_drag(),
    );
    let name = format!("Height of track {}", track.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, &name));
    if response.dragged() {
        let height = rect.height() + response.drag_delta().y;
        let height = height.clamp(*HEIGHTS.start(), *HEIGHTS.end());
        view.heights.insert(track.id, height);
    }
    if response.double_clicked() {
        view.heights.remove(&track.id);
    }
    response.on_hover_cursor(egui::CursorIcon::ResizeVertical);
}

fn menu_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView, track: &Track) {
    ui.set_width(MENU_WIDTH);
    let (id, kind, can_edit) = (track.id, track.kind, cx.can_edit());
    if item_ui(ui, "Rename", can_edit) {
        view.form = Some(TrackForm::of(track));
    }
    let has_clips = track.clips().next().is_some();
    if item_ui(ui, "Select its clips", has_clips) {
        let clips = track.clips().map(|(clip, _)| clip.id).collect();
        let adds = false;
        cx.send(Action::Edit(EditAction::SelectClips { clips, adds }));
    }
    ui.separator();
    if item_ui(ui, "Add track", can_edit) {
        let add = TrackEdit::Add {
            kind,
            name: String::new(), // the edit gives one
            sync_locked: true,
        };
        send(cx, add);
    }
    let [above, below] = places_beside(cx.project(), track);
    for (words, to) in [("Move up", above), ("Move down", below)] {
        let is_clicked = item_ui(ui, words, can_edit && to.is_some());
        if let Some(to) = to.filter(|_| is_clicked) {
            send(cx, TrackEdit::Reorder { track: id, to });
        }
    }
    let has_others = above.is_some() || below.is_some();
    if item_ui(ui, "Remove track", can_edit && has_others && !has_clips) {
        send(cx, TrackEdit::Remove { track: id });
    }
    let removes = can_edit && has_others && has_clips;
    if item_ui(ui, "Remove track with its clips", removes) {
        let edits = removal_with_clips(track);
        let name = "remove track with its clips";
        cx.send(Action::Edit(EditAction::ApplyAll(name, edits)));
    }
    ui.separator();
    for switch in switches(track) {
        let mut is_on = switch.is_on;
        let checkbox = Checkbox::new(&mut is_on, switch.name);
        if ui.add_enabled(can_edit, checkbox).changed() {
            send(cx, (switch.edit)(id, is_on));
            ui.close();
        }
    }
}

/// The places above and below a track among those of its kind, as the edit counts them: video tracks are kept from the
/// bottom up.
fn places_beside(project: &Project, track: &Track) -> [Option<usize>; 2] {
    let of_kind = project.tracks().iter();
    let mut of_kind = of_kind.filter(|one| one.kind == track.kind);
    let count = of_kind.clone().count();
    let at = of_kind.position(|one| one.id == track.id);
    let before = at.and_then(|at| at.checked_sub(1));
    let after = at.map(|at| at + 1).filter(|after| *after < count);
    match track.kind {
        TrackKind::Video => [after, before],
        TrackKind::Audio => [before, after],
    }
}

/// The edits that remove a track and what lies on it. Clips on other tracks stay, also those linked to its clips.
fn removal_with_clips(track: &Track) -> Vec<Edit> {
    let range = FrameRange::between(Frames::ZERO, track.end());
    let tracks = vec![track.id];
    vec![
        Edit::Remove(Remove::LiftRange { range, tracks }),
        Edit::Track(TrackEdit::Remove { track: track.id }),
    ]
}

fn send(cx: &PanelContext, edit: TrackEdit) {
    cx.send(Action::Edit(EditAction::Apply(Edit::Track(edit))));
}
