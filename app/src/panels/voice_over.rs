//! The card that records a voice-over: microphone, level, count-in, and the button that starts and stops. It stands at the
//! bottom of the window, so that the film can be watched above it.

use egui::{
    Align2, Area, Button, Frame, Id, Key, LayerId, Margin, Modifiers, Order, Rect, RichText, Role,
    Sense, Stroke, Ui, WidgetInfo, vec2,
};
use kinora_studio::render::record::{InputDevice, Microphone};

use super::context::WindowContext;
use crate::state::action::{Action, VoiceOverAction};
use crate::state::voice_over::{Listening, VoiceOver};
use crate::ui::fonts::icon;
use crate::ui::widgets::{accented, choice, icon_button, named, row_from_right};

/// The width of the card with its margins, in points.
const WIDTH: f32 = 380.0;
const MARGIN: i8 = 12;
const METER_HEIGHT: f32 = 10.0;
const LIGHT_WIDTH: f32 = 44.0;
/// The lowest level of the meter, in decibels of full scale.
const LOWEST_DB: f32 = -60.0;
/// From this level on a voice may clip with its next word.
const WARNING_DB: f32 = -6.0;

/// Esc ends a recording, which is kept, or closes the card while none runs. A control elsewhere that has the focus only
/// loses it. Called before the panels, which then do not see the key. `is_free`: it is for nothing on top of them.
pub fn escape_ui(ui: &Ui, cx: &WindowContext, is_free: bool) {
    // Esc has taken the focus away before this frame is drawn: what counts is where it was.
    let id = card_id().with("focus elsewhere");
    let focused = ui.memory(egui::Memory::focused);
    let is_elsewhere = focused.is_some_and(|focused| {
        let response = ui.ctx().read_response(focused);
        response.is_none_or(|response| response.layer_id != layer_of_card())
    });
    let was_elsewhere = ui.data_mut(|data| {
        let before = data.get_temp::<bool>(id).unwrap_or_default();
        data.insert_temp(id, is_elsewhere);
        before
    });
    let voice_over = &cx.state.voice_over;
    let is_shown = voice_over.is_open && cx.state.project.is_some();
    let is_for_card = is_shown && is_free && !was_elsewhere;
    if is_for_card && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        send(
            cx,
            match voice_over.is_busy() {
                true => VoiceOverAction::Stop,
                false => VoiceOverAction::Close,
            },
        );
    }
}

fn card_id() -> Id {
    Id::unique("voice-over")
}

fn layer_of_card() -> LayerId {
    LayerId::new(Order::Middle, card_id())
}

pub fn voice_over_ui(ui: &Ui, cx: &WindowContext) {
    let voice_over = &cx.state.voice_over;
    if !voice_over.is_open || cx.state.project.is_none() {
        return;
    }
    let (id, layer) = (card_id(), layer_of_card());
    let is_new = !ui
        .ctx()
        .memory(|memory| memory.areas().visible_last_frame(&layer));
    if is_new {
        ui.data_mut(|data| data.remove::<bool>(id));
    }
    let colours = &cx.theme.colours;
    Area::new(id)
        .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -32.0))
        .order(Order::Middle)
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(*colours.panel)
                .stroke(Stroke::new(1.0, *colours.line_strong))
                .corner_radius(cx.theme.shape.radius)
                .inner_margin(Margin::same(MARGIN))
                .show(ui, |ui| {
                    ui.set_width(WIDTH - 2.0 * f32::from(MARGIN));
                    title_ui(ui, cx);
                    match voice_over.devices.as_deref() {
                        None => {
                            ui.label("Looking for microphones…");
                        }
                        Some([]) => empty_ui(ui, cx),
                        Some(devices) => {
                            microphone_ui(ui, cx, devices);
                            recorder_ui(ui, cx, id);
                        }
                    }
                });
        });
}

fn title_ui(ui: &mut Ui, cx: &WindowContext) {
    row_from_right(ui, 24.0, |ui| {
        if icon_button(ui, icon::CLOSE, "Close the voice-over card").clicked() {
            send(cx, VoiceOverAction::Close);
        }
        let left = egui::Layout::left_to_right(egui::Align::Center);
        ui.with_layout(left, |ui| {
            let title = RichText::new("Record voice-over");
            ui.label(title.font(cx.theme.strong_font()));
        });
    });
}

/// There is no microphone: what to do.
fn empty_ui(ui: &mut Ui, cx: &WindowContext) {
    ui.label("No microphone was found.");
    let help = "Connect one, or allow Kinora to use it in the privacy settings of the system. Then look again.";
    let help = RichText::new(help).small();
    ui.label(help.color(*cx.theme.colours.text_soft));
    look_again_ui(ui, cx);
}

fn look_again_ui(ui: &mut Ui, cx: &WindowContext) {
    let button = ui.button("Look again");
    named(&button, "Look again for microphones");
    if button.clicked() {
        send(cx, VoiceOverAction::LookAgain);
    }
}

fn microphone_ui(ui: &mut Ui, cx: &WindowContext, devices: &[InputDevice]) {
    let voice_over = &cx.state.voice_over;
    let is_chosen = |device: &InputDevice| match &voice_over.chosen {
        Some(name) => device.name == *name,
        None => device.is_default,
    };
    let before = devices.iter().position(is_chosen).unwrap_or_default();
    let mut chosen = before;
    let names = devices.iter().map(name_of).enumerate();
    ui.add_enabled_ui(!voice_over.is_busy(), |ui| {
        choice(ui, cx.theme, "Microphone", names, &mut chosen)
            .on_hover_text("The microphone to record from");
    });
    if let Some(device) = devices.get(chosen).filter(|_| chosen != before) {
        send(cx, VoiceOverAction::Choose(device.name.clone()));
    }
    meter_ui(ui, cx);
    if matches!(voice_over.listening, Listening::Failed(_)) {
        look_again_ui(ui, cx);
    }
}

fn name_of(device: &InputDevice) -> String {
    match device.is_default {
        true => format!("{} (default)", device.name),
        false => device.name.clone(),
    }
}

/// The level as a bar, and the light of clipped samples, which stays until it is clicked.
fn meter_ui(ui: &mut Ui, cx: &WindowContext) {
    let voice_over = &cx.state.voice_over;
    let colours = &cx.theme.colours;
    let level_db = 20.0 * voice_over.level.max(1e-6).log10();
    ui.horizontal(|ui| {
        let width = ui.available_width() - LIGHT_WIDTH - ui.spacing().item_spacing.x;
        let (rect, response) = ui.allocate_exact_size(vec2(width, METER_HEIGHT), Sense::hover());
        let words = match level_db > LOWEST_DB {
            true => format!("Level of the microphone: {level_db:.0} dB"),
            false => "Level of the microphone: silent".to_owned(),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        ui.painter().rect_filled(rect, 2, *colours.well);
        let part = (1.0 - level_db / LOWEST_DB).clamp(0.0, 1.0);
        let filled = Rect::from_min_size(rect.min, vec2(part * rect.width(), rect.height()));
        let colour = match level_db >= WARNING_DB {
            true => *colours.warning,
            false => *colours.good,
        };
        ui.painter().rect_filled(filled, 2, colour);
        response.on_hover_text(words);
        clip_light_ui(ui, cx);
    });
}

fn clip_light_ui(ui: &mut Ui, cx: &WindowContext) {
    let microphone = cx.state.voice_over.microphone.as_ref();
    let is_lit = microphone.is_some_and(Microphone::is_clipped);
    let colours = &cx.theme.colours;
    let (colour, name) = match is_lit {
        true => (*colours.bad, "Clipped: put out the light"),
        false => (*colours.text_faint, "Not clipped"),
    };
    let light = Button::new(RichText::new("CLIP").small().color(colour)).frame_when_inactive(false);
    let light = ui.add(light);
    named(&light, name);
    let tooltip = "Lit when the microphone was too loud. Lower its level, and click to put it out";
    if light.on_hover_text(tooltip).clicked() && is_lit {
        send(cx, VoiceOverAction::PutOutClipLight);
    }
}

/// The choices, the state and the button.
fn recorder_ui(ui: &mut Ui, cx: &WindowContext, card: Id) {
    let voice_over = &cx.state.voice_over;
    ui.add_enabled_ui(!voice_over.is_busy(), |ui| {
        ui.horizontal(|ui| {
            let mut counts_in = voice_over.counts_in;
            let ticked = ui.checkbox(&mut counts_in, "Count in 3 seconds");
            let tooltip = "Wait 3 seconds between the click and the recording";
            if ticked.on_hover_text(tooltip).changed() {
                send(cx, VoiceOverAction::CountIn(counts_in));
            }
            let mut mutes_film = voice_over.mutes_film;
            let ticked = ui.checkbox(&mut mutes_film, "Mute the film");
            let tooltip =
                "Play only the picture meanwhile. Without headphones the film is recorded too";
            if ticked.on_hover_text(tooltip).changed() {
                send(cx, VoiceOverAction::MuteFilm(mutes_film));
            }
        });
    });
    let colours = &cx.theme.colours;
    let colour = match voice_over.listening {
        Listening::Failed(_) => *colours.bad,
        _ => *colours.text_soft,
    };
    ui.label(RichText::new(voice_over.status()).color(colour));
    button_ui(ui, cx, voice_over, card);
}

/// One button, so that the same key starts and stops. It takes the focus once the microphone is open, if nothing has it.
fn button_ui(ui: &mut Ui, cx: &WindowContext, voice_over: &VoiceOver, card: Id) {
    let is_busy = voice_over.is_busy();
    let (text, action, tooltip) = match is_busy {
        true => (
            "Stop recording",
            VoiceOverAction::Stop,
            "End the recording and place it on the timeline",
        ),
        false => (
            "Start recording",
            VoiceOverAction::Start,
            "Play the film from the playhead and record",
        ),
    };
    let is_enabled = is_busy || voice_over.is_ready();
    let button = ui.add_enabled_ui(is_enabled, |ui| {
        let label = RichText::new(text).font(cx.theme.strong_font());
        let size = vec2(ui.available_width(), 32.0);
        let button = Button::new(label).min_size(size);
        // A horizontal layout centres the text of a wide button.
        accented(ui, cx.theme, |ui| ui.horizontal(|ui| ui.add(button)).inner)
    });
    let button = button.inner;
    named(&button, text);
    let had_focus = ui.data(|data| data.get_temp::<bool>(card));
    if is_enabled && had_focus.is_none() {
        ui.data_mut(|data| data.insert_temp(card, true));
        if ui.memory(|memory| memory.focused().is_none()) {
            button.request_focus();
        }
    }
    if button.on_hover_text(tooltip).clicked() {
        send(cx, action);
    }
}

fn send(cx: &WindowContext, action: VoiceOverAction) {
    cx.send(Action::VoiceOver(action));
}
