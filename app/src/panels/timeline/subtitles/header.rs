//! The header of a subtitle track: its name, and its hide, lock and sync buttons; more in its context menu. A double click
//! renames the track.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, FontId, Id, Rect, Response, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use kinora_studio::timeline::edit::subtitles::SubtitleEdit;
use kinora_studio::timeline::subtitle::SubtitleTrack;
use kinora_studio::timeline::{Edit, Frames, SubtitleTrackId};

use crate::panels::context::PanelContext;
use crate::panels::controls::command_items;
use crate::panels::timeline::header_parts::{BUTTON, Typing, item_ui, name_field, toggle_ui};
use crate::state::action::{Action, DialogAction, EditAction, FilePurpose};
use crate::state::command::Command;
use crate::state::view::subtitle_view::NameForm;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;

/// The width of the three buttons, in points.
const BUTTONS_WIDTH: f32 = 3.0 * BUTTON.x + 4.0;
/// The margin at the sides of the name, in points.
const MARGIN: f32 = 5.0;
const MENU_WIDTH: f32 = 220.0;

/// Languages offered in the menu: the tag and its name. A file may bring any other tag.
const LANGUAGES: [(&str, &str); 14] = [
    ("", "Not stated"),
    ("ar", "Arabic"),
    ("zh", "Chinese"),
    ("nl", "Dutch"),
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("hi", "Hindi"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("pt", "Portuguese"),
    ("es", "Spanish"),
    ("uk", "Ukrainian"),
];

/// A property of a track that is on or off.
struct Switch {
    sign: &'static str,
    name: &'static str,
    is_on: bool,
    edit: fn(SubtitleTrackId, bool) -> SubtitleEdit,
}

#[rustfmt::skip] // a table
fn switches(track: &SubtitleTrack) -> [Switch; 3] {
    [
        Switch { sign: "H", name: "Hide", is_on: track.hidden, edit: SubtitleEdit::Hide },
        Switch { sign: "L", name: "Lock", is_on: track.locked, edit: SubtitleEdit::Lock },
        Switch { sign: icon::LINK, name: "Sync lock", is_on: track.sync_locked, edit: SubtitleEdit::SyncLock },
    ]
}

pub fn header_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    track: &SubtitleTrack,
    rect: Rect,
) {
    let id = Id::unique(("subtitle header", track.id));
    let name_place = rect.with_max_x(rect.right() - BUTTONS_WIDTH);
    let response = ui.interact(name_place, id, Sense::click());
    let name = format!("Subtitle track {}", track.name);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    let typed = view.subtitles.name.as_ref();
    if typed.is_some_and(|form| form.track == track.id) {
        name_ui(ui, cx, view, &response, rect);
        return;
    }
    paint_name(ui, cx, track, rect);
    if response.double_clicked() && cx.can_edit() {
        view.subtitles.name = Some(NameForm::of(track));
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
    response.context_menu(|ui| menu_ui(ui, cx, view, track));
    response.on_hover_ui(|ui| {
        ui.label(details(track));
    });
}

/// The name, the language and the number of subtitles.
fn details(track: &SubtitleTrack) -> String {
    let count = match track.cues().len() {
        1 => "1 subtitle".to_owned(),
        many => format!("{many} subtitles"),
    };
    match track.language.is_empty() {
        true => format!("{}: {count}. Double-click to rename.", track.name),
        false => format!(
            "{} ({}): {count}. Double-click to rename.",
            track.name, track.language
        ),
    }
}

fn paint_name(ui: &Ui, cx: &PanelContext, track: &SubtitleTrack, rect: Rect) {
    let colour = match track.hidden {
        true => *cx.theme.colours.text_faint,
        false => *cx.theme.colours.text_soft,
    };
    let font = FontId::proportional(cx.theme.text.small);
    let mut job = LayoutJob::simple_singleline(track.name.to_string(), font, colour);
    let width = rect.width() - BUTTONS_WIDTH - MARGIN;
    job.wrap = TextWrapping::truncate_at_width(width);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = egui::pos2(rect.left() + MARGIN, rect.center().y);
    let place = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    ui.painter().galley(place.min, galley, colour);
}

/// The field for the name. The name is changed when the field loses the focus, but not by Esc.
fn name_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView, header: &Response, rect: Rect) {
    let Some(form) = &mut view.subtitles.name else {
        return;
    };
    let typed = (&mut form.name, std::mem::take(&mut form.is_new));
    let place = rect.shrink2(vec2(MARGIN, 0.0));
    let typing = name_field(ui, cx, typed, header, place);
    if typing == Typing::GoesOn {
        return;
    }
    let typed = view
        .subtitles
        .name
        .take()
        .filter(|_| typing == Typing::Ended);
    if let Some(edit) = typed.and_then(|form| form.edit(cx.project())) {
        cx.send(Action::Edit(EditAction::Apply(edit)));
    }
}

fn menu_ui(ui: &mut Ui, cx: &PanelContext, view: &mut TimelineView, track: &SubtitleTrack) {
    ui.set_width(MENU_WIDTH);
    let can_edit = cx.can_edit();
    let is_free = can_edit && !track.locked;
    if item_ui(ui, "Rename", can_edit) {
        view.subtitles.name = Some(NameForm::of(track));
    }
    ui.menu_button("Language", |ui| {
        for (tag, name) in LANGUAGES {
            let words = match tag.is_empty() {
                true => name.to_owned(),
                false => format!("{name} ({tag})"),
            };
            if item_ui(ui, &words, can_edit && *track.language != *tag) {
                send(
                    cx,
                    SubtitleEdit::NameTrack {
                        track: track.id,
                        name: track.name.to_string(),
                        language: tag.to_owned(),
                    },
                );
            }
        }
    });
    ui.menu_button("Shift all", |ui| shift_menu(ui, cx, track, is_free));
    ui.separator();
    command_items(ui, cx, &[Command::AddSubtitle, Command::AddSubtitleTrack]);
    if item_ui(ui, "Export…", !track.is_empty()) {
        let purpose = FilePurpose::ExportSubtitles(track.id);
        cx.send(Action::Dialog(DialogAction::BrowseFile(purpose)));
    }
    ui.separator();
    if item_ui(ui, "Remove subtitle track", is_free) {
        send(cx, SubtitleEdit::RemoveTrack(track.id));
    }
}

/// Moves all subtitles of a track: by a frame, by a second, or with the first one to the playhead.
fn shift_menu(ui: &mut Ui, cx: &PanelContext, track: &SubtitleTrack, is_free: bool) {
    let second = Frames((cx.project().rate().per_second().round() as i64).max(1));
    let first = track.cues().first().map(|cue| cue.range.start);
    let to_playhead = first.map(|first| cx.media.player.playhead() - first);
    let shifts = [
        ("A frame earlier", Some(-Frames::ONE)),
        ("A frame later", Some(Frames::ONE)),
        ("A second earlier", Some(-second)),
        ("A second later", Some(second)),
        ("The first one to the playhead", to_playhead),
    ];
    for (words, by) in shifts {
        let is_clicked = item_ui(ui, words, is_free && first.is_some());
        if let Some(by) = by.filter(|_| is_clicked) {
            let track = track.id;
            send(cx, SubtitleEdit::ShiftAll { track, by });
        }
    }
}

fn send(cx: &PanelContext, edit: SubtitleEdit) {
    cx.send(Action::Edit(EditAction::Apply(Edit::Subtitle(edit))));
}
