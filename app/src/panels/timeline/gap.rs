//! A gap on a video track. A click fills it with a new shot.

use crate::state::action::{Action, ShotAction};
use egui::{Align2, FontId, Id, Rect, Sense, Shape, Stroke, Ui, vec2};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{FrameRange, Track, TrackKind};

use crate::panels::context::PanelContext;

/// The least width of a gap with a text, in points. A narrower gap has only a plus sign.
const NAMED_FROM: f32 = 84.0;

/// Handles a gap whose visible part is `shown`. Nothing is drawn until the pointer is over it.
pub fn gap_ui(ui: &Ui, cx: &PanelContext, (track, range): (&Track, FrameRange), shown: Rect) {
    if track.kind != TrackKind::Video || !cx.can_edit() {
        return;
    }
    let id = Id::unique(("gap", track.id, range.start));
    let response = ui.interact(shown, id, Sense::click());
    let rate = cx.project().rate();
    let time = |frame| timecode(frame, rate, Counting::customary(rate));
    let label = format!(
        "New shot in the gap on {}, {} to {}",
        track.name,
        time(range.start),
        time(range.end())
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    if response.hovered() {
        let body = shown.shrink2(vec2(1.5, 2.0));
        let outline = [
            body.left_top(),
            body.right_top(),
            body.right_bottom(),
            body.left_bottom(),
            body.left_top(),
        ];
        let stroke = Stroke::new(1.0, *cx.theme.colours.text_faint);
        ui.painter()
            .extend(Shape::dashed_line(&outline, stroke, 5.0, 4.0));
        let words = match shown.width() > NAMED_FROM {
            true => "+ New shot",
            false => "+",
        };
        let font = FontId::proportional(cx.theme.text.small);
        let painter = ui.painter().with_clip_rect(body);
        let colour = *cx.theme.colours.text_soft;
        painter.text(body.center(), Align2::CENTER_CENTER, words, font, colour);
    }
    if response.clicked() {
        cx.send(Action::Shot(ShotAction::FillGap(track.id, range)));
    }
}
