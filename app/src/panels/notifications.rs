//! Notifications, in a corner of the window.

use crate::state::action::{Action, DialogAction};
use egui::{Align, Align2, Area, Frame, Id, Layout, Margin, RichText, Stroke, Ui, vec2};

use super::guide;
use crate::panels::context::WindowContext;
use crate::state::notification::{Kind, Notification, NotificationButton};
use crate::ui::fonts::icon;
use crate::ui::theme::{Colour, Theme};
use crate::ui::widgets::icon_button;

const WIDTH: f32 = 380.0;

pub fn notifications_ui(ui: &mut Ui, cx: &WindowContext) {
    let notifications = &cx.state.notifications;
    if notifications.shown().is_empty() {
        return;
    }
    let beside = match guide::is_shown(cx.state) {
        true => guide::WIDTH + 16.0,
        false => 0.0,
    };
    Area::new(Id::unique("notifications"))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0 - beside, -44.0))
        .order(egui::Order::Tooltip)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            for notice in notifications.shown() {
                notification_ui(ui, cx, notice);
            }
        });
}

/// The icon of a message, and its colour.
pub fn mark_of(kind: Kind, theme: &Theme) -> (&'static str, Colour) {
    match kind {
        Kind::Info | Kind::Result => (icon::CHECK, theme.colours.good),
        Kind::Error => (icon::WARNING, theme.colours.bad),
    }
}

fn notification_ui(ui: &mut Ui, cx: &WindowContext, notice: &Notification) {
    let (mark, colour) = mark_of(notice.kind, cx.theme);
    let shown = Frame::new()
        .fill(*cx.theme.colours.panel)
        .stroke(Stroke::new(1.0, *colour))
        .corner_radius(cx.theme.shape.radius)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if icon_button(ui, icon::CLOSE, "Close this notification").clicked() {
                    cx.send(Action::Dialog(DialogAction::CloseNotification(
                        notice.number,
                    )));
                }
                ui.with_layout(
                    Layout::left_to_right(Align::Min).with_main_wrap(false),
                    |ui| {
                        ui.label(RichText::new(mark).color(*colour));
                        ui.vertical(|ui| text_ui(ui, cx, notice));
                    },
                );
            });
        });
    // While the pointer is over a notification, it stays.
    if notice.is_in_last_moment() && ui.rect_contains_pointer(shown.response.rect) {
        cx.send(Action::Dialog(DialogAction::KeepNotification(
            notice.number,
        )));
    }
}

/// The text of a notification above its buttons.
fn text_ui(ui: &mut Ui, cx: &WindowContext, notice: &Notification) {
    ui.label(&notice.text);
    if notice.buttons.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        for (at, button) in notice.buttons.iter().enumerate() {
            let is_same = |other: &&NotificationButton| other.text == button.text;
            if notice.buttons.iter().take(at).any(|other| is_same(&other)) {
                continue; // one button for all tasks that failed
            }
            if ui.small_button(button.text).clicked() {
                for same in notice.buttons.iter().filter(is_same) {
                    cx.send(same.action.clone());
                }
                if notice.kind == Kind::Error {
                    let close = DialogAction::CloseNotification(notice.number);
                    cx.send(Action::Dialog(close)); // it has been dealt with
                }
            }
        }
    });
}
