//! The block of a subtitle on its track: its text, and a sign if it is shown too briefly. A click selects it, a drag moves
//! or trims it, a double click edits the text in place.

use egui::{FontId, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};
use kinora_studio::timeline::edit::subtitles::SubtitleEdit;
use kinora_studio::timeline::subtitle::{Cue, FASTEST_READING, SubtitleTrack};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Edit, Frames};

use super::super::TimeScale;
use super::drag;
use crate::panels::context::PanelContext;
use crate::panels::controls::command_items;
use crate::state::action::{Action, EditAction};
use crate::state::command::Command;
use crate::state::view::subtitle_view::CueForm;
use crate::state::view::timeline_view::TimelineView;
use crate::ui::fonts::icon;

/// The least visible width of a block that shows its text, in points.
const NAMED_FROM: f32 = 24.0;
/// The opacity of the veil over subtitles of a hidden track.
const DIMMED: f32 = 0.7;
const MENU_WIDTH: f32 = 240.0;

pub fn block_ui(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    (cue, track): (&Cue, &SubtitleTrack),
    lane: Rect,
    scale: &TimeScale,
) {
    let x = scale.x(cue.range.start)..=scale.x(cue.range.end());
    let rect = Rect::from_x_y_ranges(x, lane.y_range());
    let visible = rect.intersect(lane).intersect(ui.clip_rect());
    if !visible.is_positive() {
        return;
    }
    let id = Id::unique(("cue", cue.id));
    let response = ui.interact(visible, id, Sense::click_and_drag());
    let label = label(cx, cue, track);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    paint(ui, cx, (cue, track), rect, visible);
    clicks(ui, cx, view, &response, (cue, track));
    drag::drag_cue(ui, cx, view, &response, (cue, track, rect), scale);
    let rate = cx.project().rate();
    response.on_hover_ui(|ui| {
        ui.label(cue.text.as_str());
        if cue.is_too_fast(rate) {
            let speed = cue.characters_per_second(rate).round();
            let words = format!(
                "{}  {speed} characters a second: more than {FASTEST_READING} are hard to read",
                icon::WARNING
            );
            ui.colored_label(*cx.theme.colours.warning, words);
        }
    });
}

/// "Subtitle Where are you? on English, 00:00:01:00 to 00:00:03:00".
fn label(cx: &PanelContext, cue: &Cue, track: &SubtitleTrack) -> String {
    let rate = cx.project().rate();
    let time = |frame: Frames| timecode(frame, rate, Counting::customary(rate));
    let warning = match cue.is_too_fast(rate) {
        true => ", too fast to read",
        false => "",
    };
    format!(
        "Subtitle {} on {}, {} to {}{warning}",
        one_line(cue),
        track.name,
        time(cue.range.start),
        time(cue.range.end())
    )
}

fn one_line(cue: &Cue) -> String {
    cue.text.replace('\n', " ")
}

fn paint(
    ui: &Ui,
    cx: &PanelContext,
    (cue, track): (&Cue, &SubtitleTrack),
    rect: Rect,
    visible: Rect,
) {
    let painter = ui.painter().with_clip_rect(visible);
    let colours = &cx.theme.colours;
    let is_selected = cx.selection.cues.contains(&cue.id);
    let body = rect.shrink2(vec2(0.5, 1.0));
    let fill = match is_selected {
        true => *colours.accent_veil,
        false => *colours.clip_title,
    };
    painter.rect_filled(body, 4, fill);
    let font = FontId::proportional(cx.theme.text.small);
    if visible.width() > NAMED_FROM {
        let galley = painter.layout_no_wrap(one_line(cue), font.clone(), *colours.text);
        let left = visible.left() + 6.0;
        let place = egui::pos2(left, body.center().y - galley.size().y / 2.0);
        painter.galley(place, galley, *colours.text);
    }
    if track.hidden {
        painter.rect_filled(body, 4, colours.well.gamma_multiply(DIMMED));
    }
    if cue.is_too_fast(cx.project().rate()) {
        let galley = painter.layout_no_wrap(icon::WARNING.to_owned(), font, *colours.warning);
        let at = visible.right_center() - vec2(galley.size().x + 6.0, galley.size().y / 2.0);
        let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
        painter.rect_filled(ground, 3, *colours.shade);
        painter.galley(at, galley, *colours.warning);
    }
    if is_selected {
        let accent = Stroke::new(2.0, *colours.accent);
        painter.rect_stroke(body, 4, accent, StrokeKind::Inside);
    }
}

fn clicks(
    ui: &Ui,
    cx: &PanelContext,
    view: &mut TimelineView,
    response: &Response,
    (cue, track): (&Cue, &SubtitleTrack),
) {
    let select = |adds| cx.send(Action::Edit(EditAction::SelectCue { cue: cue.id, adds }));
    if response.clicked() {
        let held = ui.input(|input| input.modifiers);
        select(held.command || held.shift);
    }
    if response.secondary_clicked() && !cx.selection.cues.contains(&cue.id) {
        select(false);
    }
    let can_edit = cx.can_edit() && !track.locked;
    if response.double_clicked() && can_edit {
        view.subtitles.form = Some(CueForm::of(cue));
    }
    response.context_menu(|ui| {
        ui.set_width(MENU_WIDTH);
        let item = |ui: &mut Ui, words: &str, is_enabled: bool| {
            let is_clicked = ui
                .add_enabled(is_enabled, egui::Button::new(words))
                .clicked();
            if is_clicked {
                ui.close();
            }
            is_clicked
        };
        if item(ui, "Edit text", can_edit) {
            view.subtitles.form = Some(CueForm::of(cue));
        }
        let has_next = track.neighbours(cue.id)[1].is_some();
        if item(ui, "Join with next", can_edit && has_next) {
            let join = Edit::Subtitle(SubtitleEdit::Join(cue.id));
            cx.send(Action::Edit(EditAction::Apply(join)));
        }
        if item(ui, "Go to its start", true) {
            cx.send(Action::GoTo(cue.range.start));
        }
        ui.separator();
        command_items(ui, cx, &[Command::SplitAtPlayhead, Command::Lift]);
    });
}
