//! The status of a shot as a dot: no take, queued, generating, or done.

use std::f32::consts::{FRAC_PI_2, TAU};

use egui::{Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use kinora_studio::generate::queue::Order;
use kinora_studio::timeline::shot::Shot;

use crate::panels::context::PanelContext;

const RADIUS: f32 = 4.0;
/// The number of lines of the ring that shows the progress.
const RING_LINES: u16 = 24;

enum Status {
    NoTake,
    /// The place in the queue, from 1.
    Queued(usize),
    /// The progress from 0 to 1.
    Generating(f32),
    Done,
}

impl Status {
    fn of(shot: &Shot, cx: &PanelContext) -> Self {
        if let Some(progress) = cx.generation.progress_of(shot.id) {
            return Self::Generating(progress.done);
        }
        let orders = cx.generation.scheduler.queue().orders().iter();
        let mut waiting = orders.filter(|order| order.failed.is_none());
        let makes_take = |order: &Order| order.shot.id == shot.id && order.work.makes_take();
        match waiting.position(makes_take) {
            Some(place) => Self::Queued(place + 1),
            None if shot.has_take() => Self::Done,
            None => Self::NoTake,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::NoTake => "no take".into(),
            Self::Queued(place) => format!("number {place} in the queue"),
            Self::Generating(done) => format!("generating, {:.0} %", done * 100.0),
            Self::Done => "has a take".into(),
        }
    }
}

/// The dot, with its meaning as tooltip and accessible name.
pub fn status_ui(ui: &Ui, cx: &PanelContext, shot: &Shot, at: Pos2) {
    let status = Status::of(shot, cx);
    let rect = Rect::from_center_size(at, Vec2::splat(4.0 * RADIUS));
    let response = ui.interact(rect, ui.scope_id().with("status"), Sense::hover());
    let name = format!("{}: {}", shot.name, status.words());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(name);
    let colours = &cx.theme.colours;
    let painter = ui.painter();
    match status {
        Status::NoTake => {
            painter.circle_stroke(at, RADIUS, Stroke::new(1.0, *colours.text_faint));
        }
        Status::Queued(_) => {
            painter.circle_filled(at, RADIUS, *colours.warning);
        }
        Status::Generating(done) => {
            painter.circle_stroke(at, RADIUS + 1.0, Stroke::new(2.0, *colours.line_strong));
            let stroke = Stroke::new(2.0, *colours.accent);
            painter.line(arc(at, RADIUS + 1.0, done), stroke);
        }
        Status::Done => {
            painter.circle_filled(at, RADIUS, *colours.good);
        }
    }
}

/// A part of a circle, clockwise from the top.
fn arc(centre: Pos2, radius: f32, part: f32) -> Vec<Pos2> {
    let points = (0..=RING_LINES).map(|step| {
        let angle = TAU * part * f32::from(step) / f32::from(RING_LINES) - FRAC_PI_2;
        centre + radius * Vec2::angled(angle)
    });
    points.collect()
}
