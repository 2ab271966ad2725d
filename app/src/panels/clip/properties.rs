//! The rows of the clip panel: a name, a value, and the buttons of its keyframes. Each has the same columns.

use egui::{Align, Checkbox, ComboBox, DragValue, Layout, Response, RichText, Ui, vec2};
use kinora_studio::timeline::clip::Fit;
use kinora_studio::timeline::curve::{Property, PropertyKey};
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::effect::{EFFECTS, Part};
use kinora_studio::timeline::{Clip, Edit, FadeShape, Frames};

use super::curve;
use super::several::{others, with_others};
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::{edit_all_with_gesture, edit_with_gesture};
use crate::panels::keyframed::{Keyframed, add_key};
use crate::panels::timeline::menu::{transition_edit, transition_menu, transition_name};
use crate::state::action::{Action, EditAction};
use crate::state::view::look_change::{look_edit, with_value};
use crate::ui::fonts::icon;
use crate::ui::widgets::{at_end, icon_button, in_pan_words, number};

/// The width of the column of names, in points.
const NAMES: f32 = 80.0;
/// The width of the buttons at the right of a row, in points.
const BUTTONS: f32 = 136.0;
/// As high as a control, so that names and values are on one line.
const ROW_HEIGHT: f32 = 28.0;

/// A row: the name, a control of the remaining width, and the buttons at its right side.
pub(super) fn row<T>(
    ui: &mut Ui,
    cx: &PanelContext,
    name: &str,
    control: impl FnOnce(&mut Ui, egui::Id) -> T,
    buttons: impl FnOnce(&mut Ui),
) -> T {
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = RichText::new(name)
            .small()
            .color(*cx.theme.colours.text_soft);
        let label = ui
            .allocate_ui_with_layout(
                vec2(NAMES, ROW_HEIGHT),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(NAMES);
                    ui.label(name)
                },
            )
            .inner;
        let width = (ui.available_width() - BUTTONS).max(48.0);
        let inner = ui
            .allocate_ui_with_layout(
                vec2(width, ROW_HEIGHT),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(width);
                    control(ui, label.id)
                },
            )
            .inner;
        ui.spacing_mut().item_spacing.x = 0.0;
        at_end(ui, buttons);
        inner
    });
    row.inner
}

/// A number that fills its column.
fn wide(ui: &mut Ui, value: DragValue<'_>) -> Response {
    ui.add_sized(vec2(ui.available_width(), ROW_HEIGHT), value)
}

const FITS: [(Fit, &str, &str); 3] = [
    (
        Fit::Inside,
        "Fit",
        "All of the picture, with bars beside it",
    ),
    (
        Fit::Fill,
        "Fill",
        "All of the frame; the rest of the picture is cut off",
    ),
    (
        Fit::Stretch,
        "Stretch",
        "The shape of the frame, whatever that of the picture",
    ),
];

/// How the picture fills a frame of another shape.
pub fn fit_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    let now = clip.look.transform.fit;
    let name = FITS.iter().find(|(fit, ..)| *fit == now);
    let combo = |ui: &mut Ui, label| {
        let combo = ComboBox::from_id_salt("fit")
            .width(ui.available_width())
            .selected_text(name.map_or("", |(_, name, _)| name));
        let shown = combo.show_ui(ui, |ui| {
            for (fit, name, tooltip) in FITS {
                let item = ui.selectable_label(fit == now, name);
                if item.on_hover_text(tooltip).clicked() && fit != now {
                    let edits = with_others(cx, clip, Frames::ZERO, |clip, _| {
                        let mut look = clip.look.clone();
                        look.transform.fit = fit;
                        look_edit(clip.id, look)
                    });
                    cx.send(Action::Edit(EditAction::ApplyAll("change shape", edits)));
                }
            }
        });
        shown.response.labelled_by(label);
    };
    row(ui, cx, "Shape", combo, |_| {});
}

/// The effects of one part of the clip. `at` is the frame of the clip whose values are shown and changed.
pub fn effects_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip, (part, at): (Part, Frames)) {
    for effect in EFFECTS.iter().filter(|effect| effect.part == part) {
        keyframed_ui(ui, cx, clip, Keyframed::Effect(effect), at);
    }
}

/// The row of a number, and the graph of its keyframes.
pub fn keyframed_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip, shown: Keyframed, at: Frames) {
    ui.push_id(shown.name(), |ui| {
        let keys = shown.keys(clip);
        number_ui(ui, cx, clip, (shown, &keys), at);
        if !keys.is_empty() {
            curve::curve_ui(ui, cx, clip, (shown, &keys), at);
        }
    });
}

fn number_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let mut value = shown.value(clip, at);
    let control = number(&mut value)
        .speed(shown.drag_step())
        .range(shown.offered(clip))
        .max_decimals(shown.decimals(clip))
        .suffix(shown.unit());
    let control = match shown {
        Keyframed::Effect(effect) if effect.property == Property::Pan => in_pan_words(control),
        Keyframed::Effect(_) | Keyframed::Speed => control,
    };
    let response = row(
        ui,
        cx,
        shown.name(),
        |ui, label| {
            let value = wide(ui, control).labelled_by(label);
            value.on_hover_text(shown.tooltip())
        },
        |ui| buttons_ui(ui, cx, clip, (shown, keys), at),
    );
    edit_all_with_gesture(cx, &response, shown.name(), || match shown {
        Keyframed::Effect(effect) => with_others(cx, clip, at, |clip, at| {
            look_edit(clip.id, with_value(&clip.look, effect, value, at))
        }),
        // Each clip that becomes longer or shorter moves those after it.
        Keyframed::Speed => shown.with_value(clip, value, at).into_iter().collect(),
    });
}

/// The keyframes before, at and after the playhead, and reset.
fn buttons_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let name = shown.name().to_lowercase();
    if shown.takes_keys(clip) {
        keys_ui(ui, cx, clip, (shown, keys), at);
    }
    let reset = ui.add_enabled_ui(shown.is_changed(clip), |ui| {
        icon_button(ui, icon::RESTART, &format!("Reset {name}"))
    });
    if reset.inner.clicked() {
        let mut edits = shown.without_keys(clip, shown.default_value());
        if let Keyframed::Effect(_) = shown {
            for (other, _) in others(cx, clip) {
                edits.extend(shown.without_keys(&other, shown.default_value()));
            }
        }
        cx.send(Action::Edit(EditAction::ApplyAll("reset", edits)));
    }
}

fn keys_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let name = shown.name().to_lowercase();
    let start = cx.project().clip(clip.id).map(|(.., range)| range.start);
    let go_to = |ui: &mut Ui, key: Option<&PropertyKey>, sign: &str, name: &str| {
        if !keys.is_empty() {
            let button = ui
                .add_enabled_ui(key.is_some(), |ui| icon_button(ui, sign, name))
                .inner;
            if let Some((key, start)) = key.zip(start).filter(|_| button.clicked()) {
                cx.send(Action::GoTo(start + key.frame));
            }
        }
    };
    let is_inside = |key: &&PropertyKey| key.frame >= Frames::ZERO && key.frame < clip.length;
    let before = keys.iter().filter(is_inside).rfind(|key| key.frame < at);
    go_to(ui, before, "‹", &format!("Previous keyframe of {name}"));
    key_button_ui(ui, cx, clip, (shown, keys), at);
    let next = keys.iter().filter(is_inside).find(|key| key.frame > at);
    go_to(ui, next, "›", &format!("Next keyframe of {name}"));
}

/// The button that adds the keyframe at the playhead or removes it. It is lit while there is one.
fn key_button_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    at: Frames,
) {
    let name = shown.name().to_lowercase();
    let has_key = keys.iter().any(|key| key.frame == at);
    let name = match has_key {
        true => format!("Remove the keyframe of {name}"),
        false => format!("Add a keyframe of {name}"),
    };
    let colour = match has_key {
        true => *cx.theme.colours.accent,
        false => *cx.theme.colours.text_faint,
    };
    let button = ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.fg_stroke.color = colour;
        icon_button(ui, icon::DIAMOND, &name)
    });
    if !button.inner.clicked() {
        return;
    }
    let value = shown.value(clip, at);
    if has_key {
        let edits = shown.without_key(clip, keys, at, value);
        return cx.send(Action::Edit(EditAction::ApplyAll("remove keyframe", edits)));
    }
    let mut keys = keys.to_vec();
    add_key(&mut keys, at, value);
    send(cx, shown.with_keys(clip, keys));
}

pub fn fades_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    for (name, is_in) in [("Fade in", true), ("Fade out", false)] {
        let mut look = clip.look.clone();
        let fade = match is_in {
            true => &mut look.fade_in,
            false => &mut look.fade_out,
        };
        let control = number(&mut fade.0)
            .range(0..=clip.length.0)
            .speed(0.2)
            .suffix(" frames");
        let tooltip = match is_in {
            true => "Frames until the clip is fully there",
            false => "Frames in which the clip goes away at its end",
        };
        let control = |ui: &mut Ui, label| wide(ui, control).labelled_by(label);
        let response = row(ui, cx, name, control, |_| {}).on_hover_text(tooltip);
        let (fade_in, fade_out) = (look.fade_in, look.fade_out);
        edit_all_with_gesture(cx, &response, name, || {
            with_others(cx, clip, Frames::ZERO, |clip, _| {
                let mut look = clip.look.clone();
                match is_in {
                    true => look.fade_in = fade_in.min(clip.length - look.fade_out),
                    false => look.fade_out = fade_out.min(clip.length - look.fade_in),
                }
                look_edit(clip.id, look)
            })
        });
    }
}

/// The shapes of a sound's fades.
pub fn fade_shapes_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    for (name, is_in) in [("Fade-in shape", true), ("Fade-out shape", false)] {
        let mut look = clip.look.clone();
        let shape = match is_in {
            true => &mut look.fade_in_shape,
            false => &mut look.fade_out_shape,
        };
        let now = *shape;
        let shown = FadeShape::ALL.iter().find(|(one, _)| *one == now);
        let combo = |ui: &mut Ui, label| {
            let combo = ComboBox::from_id_salt(name)
                .width(ui.available_width())
                .selected_text(shown.map_or("", |(_, name)| *name));
            let list = combo.show_ui(ui, |ui| {
                for (one, name) in FadeShape::ALL {
                    ui.selectable_value(shape, one, name);
                }
            });
            let list = list.response.labelled_by(label);
            list.on_hover_text("How the sound's gain changes over the fade");
        };
        row(ui, cx, name, combo, |_| {});
        if *shape != now {
            send(cx, look_edit(clip.id, look));
        }
    }
}

/// The transition at the clip's head: its kind, and its length before and after the cut.
pub fn transition_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    let now = clip.transition;
    let kind = now.map(|transition| transition.kind);
    let combo = |ui: &mut Ui, label| {
        let combo = ComboBox::from_id_salt("transition")
            .width(ui.available_width())
            .selected_text(kind.map_or("None (cut)", transition_name));
        let response = combo.show_ui(ui, |ui| {
            transition_menu(ui, cx, clip);
        });
        let response = response.response.labelled_by(label);
        response.on_hover_text("How the clip before this one gives way to it");
    };
    row(ui, cx, "Kind", combo, |_| {});
    let Some(transition) = now else { return };
    for (name, is_before) in [("Before cut", true), ("After cut", false)] {
        let mut wanted = transition;
        let length = match is_before {
            true => &mut wanted.before,
            false => &mut wanted.after,
        };
        let control = number(&mut length.0)
            .range(0..=240)
            .speed(0.2)
            .suffix(" frames");
        let control = |ui: &mut Ui, label| wide(ui, control).labelled_by(label);
        let response = row(ui, cx, name, control, |_| {});
        let tooltip = match is_before {
            true => "Frames of the transition before the cut",
            false => "Frames of the transition after the cut",
        };
        let response = response.on_hover_text(tooltip);
        edit_with_gesture(cx, &response, "length of transition", || {
            Some(transition_edit(clip.id, wanted))
        });
    }
}

pub fn enabled_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    let mut enabled = clip.enabled;
    let enable = ui
        .add(Checkbox::new(&mut enabled, "Enabled"))
        .on_hover_text("A disabled clip keeps its place");
    if enable.changed() {
        let others = others(cx, clip).into_iter().map(|(other, _)| other.id);
        let clips = others.chain([clip.id]).collect();
        send(cx, Edit::Clip(ClipEdit::Enable { clips, enabled }));
    }
}

pub(super) fn send(cx: &PanelContext, edit: Edit) {
    cx.send(Action::Edit(EditAction::Apply(edit)));
}
