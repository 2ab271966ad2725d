//! The corner where the studio tells things.

use egui::{Align, Align2, Area, Frame, Id, Layout, Margin, RichText, Stroke, Ui, vec2};

use crate::fonts::icon;
use crate::notice::{Kind, Notice, Notices};
use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::icon_button;

const WIDTH: f32 = 380.0;

pub fn notices_ui(ui: &mut Ui, theme: &Theme, notices: &Notices, asks: &mut Vec<Ask>) {
    if notices.shown().is_empty() {
        return;
    }
    Area::new(Id::unique("notices"))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -44.0))
        .order(egui::Order::Tooltip)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            for notice in notices.shown() {
                notice_ui(ui, theme, notice, asks);
            }
        });
}

fn notice_ui(ui: &mut Ui, theme: &Theme, notice: &Notice, asks: &mut Vec<Ask>) {
    let (mark, colour) = match notice.kind {
        Kind::GoodNews => (icon::CHECK, theme.colours.good),
        Kind::Trouble => (icon::WARNING, theme.colours.bad),
    };
    Frame::new()
        .fill(*theme.colours.raised)
        .stroke(Stroke::new(1.0, *colour))
        .corner_radius(theme.shape.radius)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if icon_button(ui, icon::CLOSE, "Close this notice").clicked() {
                    asks.push(Ask::CloseNotice(notice.number));
                }
                ui.with_layout(
                    Layout::left_to_right(Align::Min).with_main_wrap(false),
                    |ui| {
                        ui.label(RichText::new(mark).color(*colour));
                        ui.vertical(|ui| ui.label(&notice.text));
                    },
                );
            });
        });
}
