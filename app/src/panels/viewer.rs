//! The viewer: the timeline, a source by itself, or the live preview; the comparison of takes, and the transport.

mod beside;
mod compared_picture;
mod dropped;
mod frame_menu;
mod guides;
mod live;
mod motion;
pub mod own_window;
mod scrub;
mod title_drag;
mod trim;

use egui::{Align, Align2, Button, Color32, Layout, Rect, RichText, Sense, Ui, UiBuilder, vec2};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{Project, Source};

use crate::background::player::Player;
use crate::panels::context::PanelContext;
use crate::panels::controls::command_icon;
use crate::panels::dropper;
use crate::state::action::{Action, ViewerAction};
use crate::state::command::Command;
use crate::state::comparison::Comparison;
use crate::state::sources;
use crate::state::view::viewer_view::{ViewedSource, ViewerMode};
use crate::state::view::{Repeat, ViewerPlace};
use crate::ui::fonts::{icon, sign};
use crate::ui::widgets::text_on;

const MODES_HEIGHT: f32 = 30.0;
const TRANSPORT_HEIGHT: f32 = 44.0;
const MARGIN: f32 = 12.0;
/// The widths of an icon, of the button that uses a frame and of the light of dropped frames, in points.
const ICON_WIDTH: f32 = 44.0;
const USE_FRAME_WIDTH: f32 = 120.0;
const LIGHT_WIDTH: f32 = 24.0;
/// The least width of the transport that also shows the length, in points.
const LENGTH_FROM: f32 = 640.0;

/// What the viewer plays: a player, its project, and whether that is a source by itself.
#[derive(Clone, Copy)]
struct Shown<'c> {
    player: &'c Player,
    project: &'c Project,
    is_alone: bool,
}

impl<'c> Shown<'c> {
    fn of(cx: &PanelContext<'c>) -> Self {
        let source = &cx.media.source;
        let alone = source.player().zip(source.project());
        match alone.filter(|_| cx.viewer.mode.source().is_some()) {
            Some((player, project)) => Self {
                player,
                project,
                is_alone: true,
            },
            None => Self {
                player: &cx.media.player,
                project: cx.project(),
                is_alone: false,
            },
        }
    }
}

/// The panel: the viewer, unless it is in its own window.
pub fn panel_ui(ui: &mut Ui, cx: &PanelContext) {
    match cx.viewer_settings.place {
        ViewerPlace::OwnWindow => own_window::elsewhere_ui(ui, cx),
        ViewerPlace::Panel | ViewerPlace::WholeWindow => viewer_ui(ui, cx),
    }
}

pub fn viewer_ui(ui: &mut Ui, cx: &PanelContext) {
    let all = ui.available_rect_before_wrap();
    let (modes, rest) = all.split_top_bottom_at_y(all.top() + MODES_HEIGHT);
    let (above, below) = rest.split_top_bottom_at_y(rest.bottom() - TRANSPORT_HEIGHT);
    ui.scope_builder(
        UiBuilder::new().max_rect(modes.shrink2(vec2(MARGIN, 0.0))),
        |ui| {
            modes_ui(ui, cx);
        },
    );
    let shown = Shown::of(cx);
    if cx.viewer.mode == ViewerMode::Live {
        live::live_ui(ui, cx, above.shrink2(vec2(MARGIN, 4.0)));
    } else if shown.is_alone {
        let (picture, bar) = above.split_top_bottom_at_y(above.bottom() - scrub::HEIGHT);
        picture_ui(ui, cx, shown, picture.shrink2(vec2(MARGIN, 4.0)));
        scrub::scrub_ui(ui, cx, shown, bar.shrink2(vec2(MARGIN, 2.0)));
    } else {
        picture_ui(ui, cx, shown, above.shrink2(vec2(MARGIN, 4.0)));
    }
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
        transport_ui(ui, cx, shown);
    });
}

/// The modes, the name of what is shown, and the settings of the picture.
fn modes_ui(ui: &mut Ui, cx: &PanelContext) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mode = cx.viewer.mode;
        let film = ui
            .selectable_label(mode == ViewerMode::Timeline, "Timeline")
            .on_hover_text("Show the timeline at its playhead");
        if film.clicked() {
            cx.send(Action::Viewer(ViewerAction::ShowTimeline));
        }
        let now = mode.source();
        let shot = cx.selection.shot.map(Source::Shot);
        let source = now.or(shot.map(ViewedSource::of));
        let word = match source.map(|shown| shown.source) {
            Some(Source::Medium(_) | Source::Title(_)) => "Source",
            _ => "Shot",
        };
        let label = ui
            .add_enabled_ui(source.is_some(), |ui| {
                ui.selectable_label(now.is_some(), word)
            })
            .inner
            .on_hover_text("Play the selected shot or import by itself, in a loop");
        if let Some(source) = source.filter(|_| label.clicked()) {
            cx.send(Action::Viewer(ViewerAction::Show(source)));
        }
        let live = ui
            .selectable_label(mode == ViewerMode::Live, "Live")
            .on_hover_text("Show the take that is being generated");
        if live.clicked() {
            cx.send(Action::Viewer(ViewerAction::ShowLive));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            guides::menu_ui(ui, cx);
            ui.add_space(8.0);
            let name = RichText::new(name_of(cx)).small();
            ui.add(egui::Label::new(name.color(*cx.theme.colours.text_soft)).truncate());
        });
    });
}

/// The name of the source that is shown by itself, or of the shot that is being generated.
fn name_of(cx: &PanelContext) -> String {
    let project = cx.project();
    match cx.viewer.mode {
        ViewerMode::Timeline => String::new(),
        ViewerMode::Live => live::shot_name(cx).unwrap_or_default(),
        ViewerMode::Source(shown) => sources::name_of(project, shown.source).unwrap_or_default(),
    }
}

fn picture_ui(ui: &mut Ui, cx: &PanelContext, shown: Shown, place: Rect) {
    let size = cx.project().size();
    let shape = vec2(size.width() as f32, size.height() as f32);
    let fitted = (place.width() / shape.x)
        .min(place.height() / shape.y)
        .max(0.0);
    let scale = match cx.viewer_settings.is_at_100_percent {
        true => 1.0 / ui.ctx().pixels_per_point(),
        false => fitted,
    };
    let frame = Rect::from_center_size(place.center(), shape * scale);
    let response = ui.allocate_rect(frame.intersect(place), Sense::click_and_drag());
    let trim = shown.player.trim();
    let name = match trim {
        Some(trim) => trim::label(trim),
        None => picture_name(shown.player),
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    if cx.viewer.picks_for.is_none() {
        dropper::rest(ui, &response);
        response.context_menu(|ui| frame_menu::frame_menu(ui, cx));
        if !shown.is_alone && cx.can_edit() {
            title_drag::title_drag_ui(ui, cx, &response, frame);
        }
    }
    let painter = ui.painter().with_clip_rect(place);
    painter.rect_filled(frame, 0, *cx.theme.colours.well);
    let says = |words: &str, colour: Color32| {
        let font = egui::FontId::proportional(cx.theme.text.body);
        painter.text(place.center(), Align2::CENTER_CENTER, words, font, colour);
    };
    if let Some(error) = shown.player.error() {
        says(&format!("{error}\n{}", error.remedy), *cx.theme.colours.bad);
    } else if shown.project.end().0 == 0 {
        says(
            "Nothing on the timeline yet. Add a shot to see it here.",
            *cx.theme.colours.text_faint,
        );
    } else if let Some(texture) = shown.player.picture() {
        if let Some(trim) = trim {
            let pictures = (texture, shown.player.picture_beside());
            trim::trim_ui(&painter, cx, trim, pictures, place);
            return;
        }
        let is_compared = |one: &Comparison| {
            let source = cx.viewer.mode.source().map(|shown| shown.source);
            source == Some(Source::Shot(one.shot))
        };
        if let Some(one) = cx.comparison.filter(is_compared) {
            let others = shown.player.pictures_beside();
            beside::beside_ui(ui, cx, one, (frame, texture, others));
        } else if let Some(compared) = cx.viewer.compared.filter(|_| !shown.is_alone) {
            let other = shown.player.picture_beside();
            compared_picture::compared_picture_ui(ui, cx, compared, (frame, texture, other));
        } else {
            let all = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
            painter.image(texture.id(), frame, all, Color32::WHITE);
            motion::motion_ui(ui, cx, shown, frame);
        }
        guides::draw(&painter, cx.theme, frame, cx.viewer_settings.guides);
        if let Some(target) = cx.viewer.picks_for {
            let picked = (target, shown.player.pixels());
            dropper::dropper_ui(ui, cx, picked, (&response, frame));
        }
        if shown.player.shows_proxy() {
            let at = frame.intersect(place).right_top() + vec2(-12.0, 10.0);
            let place = (Align2::RIGHT_TOP, at);
            text_on(&painter, cx.theme, place, "Proxy", *cx.theme.colours.shade);
        }
    }
    let source = cx.viewer.mode.source();
    let has_no_take = |shown: ViewedSource| sources::has_no_take(cx.project(), shown.source);
    if shown.is_alone && source.is_some_and(has_no_take) {
        let at = frame.intersect(place).left_top() + vec2(12.0, 10.0);
        let place = (Align2::LEFT_TOP, at);
        let words = "Animatic: this shot has no take yet";
        text_on(&painter, cx.theme, place, words, *cx.theme.colours.shade);
    }
}

/// The name of the picture, with the kind of file that it was read from.
fn picture_name(player: &Player) -> String {
    let proxy = match player.shows_proxy() {
        true => ", proxy",
        false => "",
    };
    format!("Picture of frame {}{proxy}", player.playhead().0)
}

fn transport_ui(ui: &mut Ui, cx: &PanelContext, shown: Shown) {
    let rate = shown.project.rate();
    let at = timecode(shown.player.playhead(), rate, Counting::customary(rate));
    let end = timecode(shown.project.end(), rate, Counting::customary(rate));
    ui.horizontal_centered(|ui| {
        ui.add_space(MARGIN);
        let at = Button::new(RichText::new(at).font(cx.theme.strong_font()));
        let at = ui.add(at.frame_when_inactive(false));
        let tooltip = cx.keys.tooltip("Go to a timecode", Command::GoToTimecode);
        if at.on_hover_text(tooltip).clicked() {
            cx.send(Action::Command(Command::GoToTimecode));
        }
        if ui.available_width() > LENGTH_FROM {
            ui.label(RichText::new(format!("of {end}")).color(*cx.theme.colours.text_faint));
        }
        let extra = if shown.is_alone { 4.0 } else { 1.0 };
        let buttons = (5.0 + extra) * ICON_WIDTH + USE_FRAME_WIDTH;
        let room = ui.available_width() - buttons;
        ui.add_space((room / 2.0).min(room - LIGHT_WIDTH).max(8.0));
        ui.spacing_mut().item_spacing.x = 2.0;
        if shown.is_alone {
            icons_ui(
                ui,
                cx,
                &[
                    (Command::MarkIn, sign::MARK_IN),
                    (Command::MarkOut, sign::MARK_OUT),
                ],
            );
        }
        let play = match shown.player.speed() {
            0 => icon::PLAY,
            _ => icon::PAUSE,
        };
        icons_ui(
            ui,
            cx,
            &[
                (Command::ToStart, icon::TO_START),
                (Command::PreviousFrame, icon::STEP_BACK),
                (Command::Play, play),
                (Command::NextFrame, icon::STEP_ON),
                (Command::ToEnd, icon::TO_END),
            ],
        );
        if !shown.is_alone {
            loop_ui(ui, cx);
        }
        if shown.is_alone {
            icons_ui(
                ui,
                cx,
                &[
                    (Command::InsertShot, icon::INSERT),
                    (Command::OverwriteShot, icon::PLACE),
                ],
            );
        }
        ui.menu_button("Use frame…", |ui| frame_menu::frame_menu(ui, cx))
            .response
            .on_hover_text(
                "Use this frame as a shot's first or last frame, or as a reference of a character",
            );
        if let Some(count) = shown.player.dropped_frames() {
            dropped::light_ui(ui, cx.theme, count);
        }
        let speed = shown.player.speed();
        if speed != 0 && speed != 1 {
            ui.label(RichText::new(format!("{speed}x")).color(*cx.theme.colours.accent));
        }
    });
}

/// The button of the loop. A line marks that it is on.
fn loop_ui(ui: &mut Ui, cx: &PanelContext) {
    let row = Command::Loop.row();
    let button = command_icon(ui, cx.keys, row.icon, row);
    if cx.viewer_settings.repeat == Repeat::Timeline {
        let line = button.rect.shrink2(vec2(8.0, 2.0));
        let accent = (2.0, *cx.theme.colours.accent);
        ui.painter().hline(line.x_range(), line.bottom(), accent);
    }
    if button.clicked() {
        cx.send(Action::Command(Command::Loop));
    }
}

fn icons_ui(ui: &mut Ui, cx: &PanelContext, commands: &[(Command, &str)]) {
    for (command, sign) in commands {
        if command_icon(ui, cx.keys, sign, command.row()).clicked() {
            cx.send(Action::Command(*command));
        }
    }
}
