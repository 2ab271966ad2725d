//! A number of a clip that can have keyframes: an effect of its look, or its speed. Rows, graphs and the lines on clips
//! show both alike.

use std::ops::RangeInclusive;

use egui::{Color32, Pos2, Response, Shape, Stroke, vec2};
use kinora_studio::timeline::camera::Easing;
use kinora_studio::timeline::curve::{Property, PropertyKey};
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::effect::Effect;
use kinora_studio::timeline::speed_ramp::SpeedKey;
use kinora_studio::timeline::{Clip, Edit, Frames, Speed, SpeedRamp};

use crate::panels::context::PanelContext;
use crate::panels::ease::easings_for;
use crate::state::action::{Action, EditAction};
use crate::state::view::look_change::{look_edit, with_value};

/// The highest speed offered, in percent.
const FASTEST_PERCENT: f32 = 800.0;

/// A number of a clip that can have keyframes.
#[derive(Clone, Copy)]
pub enum Keyframed {
    /// A number of its look.
    Effect(&'static Effect),
    /// Its speed in percent; below zero in reverse.
    Speed,
}

impl Keyframed {
    pub fn name(self) -> &'static str {
        match self {
            Self::Effect(effect) => effect.name,
            Self::Speed => "Speed",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Effect(effect) => effect.unit,
            Self::Speed => " %",
        }
    }

    pub fn drag_step(self) -> f32 {
        match self {
            Self::Effect(effect) => effect.drag_step,
            Self::Speed => 0.5,
        }
    }

    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Effect(effect) => tooltip_of(effect.property),
            Self::Speed => {
                "Speed in percent; below 0 plays in reverse, 0 holds the first frame. Later clips ripple"
            }
        }
    }

    /// The values that can be chosen. A ramp keeps the clip's direction.
    pub fn offered(self, clip: &Clip) -> RangeInclusive<f32> {
        match self {
            Self::Effect(effect) => effect.offered.clone(),
            Self::Speed if clip.ramp.is_constant() => -FASTEST_PERCENT..=FASTEST_PERCENT,
            Self::Speed if clip.speed.source_frames() < 0 => -FASTEST_PERCENT..=0.0,
            Self::Speed => 0.0..=FASTEST_PERCENT,
        }
    }

    /// The most decimals that are shown and kept.
    pub fn decimals(self, clip: &Clip) -> usize {
        match self {
            Self::Speed if clip.ramp.is_constant() => 0,
            Self::Effect(_) | Self::Speed => 2,
        }
    }

    /// Whether it can have keyframes now.
    pub fn takes_keys(self, clip: &Clip) -> bool {
        match self {
            Self::Effect(_) => true,
            Self::Speed => clip.speed.source_frames() != 0,
        }
    }

    pub fn keys(self, clip: &Clip) -> Vec<PropertyKey> {
        let shown = |key: &SpeedKey| PropertyKey {
            frame: key.frame,
            value: percent(clip.speed) * key.factor as f32 / SpeedRamp::PARTS as f32,
            easing: key.easing,
        };
        match self {
            Self::Effect(effect) => {
                let curve = clip.look.curve(effect.property);
                curve.map_or(Vec::new(), |curve| curve.keys.clone())
            }
            Self::Speed => clip.ramp.keys.iter().map(shown).collect(),
        }
    }

    /// Its value at a frame of the clip.
    pub fn value(self, clip: &Clip, at: Frames) -> f32 {
        match self {
            Self::Effect(effect) => (effect.get)(&clip.look.at(at)),
            Self::Speed => (clip.speed_at(at) * 100.0) as f32,
        }
    }

    /// The edit that sets its keyframes.
    pub fn with_keys(self, clip: &Clip, keys: Vec<PropertyKey>) -> Edit {
        match self {
            Self::Effect(effect) => {
                let mut look = clip.look.clone();
                look.set_curve(effect.property, keys);
                look_edit(clip.id, look)
            }
            Self::Speed => {
                let key = |key: PropertyKey| {
                    let factor = key.value / percent(clip.speed) * SpeedRamp::PARTS as f32;
                    SpeedKey {
                        frame: key.frame,
                        factor: (factor.round().max(0.0) as u32).min(SpeedRamp::HIGHEST),
                        easing: key.easing,
                    }
                };
                Edit::Clip(ClipEdit::Ramp {
                    clip: clip.id,
                    ramp: SpeedRamp {
                        keys: keys.into_iter().map(key).collect(),
                    },
                    ripple: true,
                })
            }
        }
    }

    /// The edit that sets its value: in the keyframe at this frame if it has keyframes.
    pub fn with_value(self, clip: &Clip, value: f32, at: Frames) -> Option<Edit> {
        match self {
            Self::Effect(effect) => Some(look_edit(
                clip.id,
                with_value(&clip.look, effect, value, at),
            )),
            Self::Speed if clip.ramp.is_constant() => speed_edit(clip, value),
            Self::Speed => {
                let mut keys = self.keys(clip);
                match keys.iter_mut().find(|key| key.frame == at) {
                    Some(key) => key.value = value,
                    None => add_key(&mut keys, at, value),
                }
                Some(self.with_keys(clip, keys))
            }
        }
    }

    /// The edits that remove all keyframes; it keeps this value.
    pub fn without_keys(self, clip: &Clip, value: f32) -> Vec<Edit> {
        match self {
            Self::Effect(effect) => {
                let mut look = clip.look.clone();
                look.set_curve(effect.property, Vec::new());
                *(effect.get_mut)(&mut look) = value;
                vec![look_edit(clip.id, look)]
            }
            Self::Speed => {
                let is_ramp = !clip.ramp.is_constant();
                let constant = is_ramp.then(|| self.with_keys(clip, Vec::new()));
                let is_other = value.round() as i32 != percent(clip.speed).round() as i32;
                let speed = is_other.then(|| speed_edit(clip, value)).flatten();
                constant.into_iter().chain(speed).collect()
            }
        }
    }

    /// The edits that remove one keyframe. The last one leaves this value.
    pub fn without_key(
        self,
        clip: &Clip,
        keys: &[PropertyKey],
        frame: Frames,
        value: f32,
    ) -> Vec<Edit> {
        let others = keys.iter().copied().filter(|key| key.frame != frame);
        let others: Vec<PropertyKey> = others.collect();
        match others.is_empty() {
            true => self.without_keys(clip, value),
            false => vec![self.with_keys(clip, others)],
        }
    }

    /// The edit that moves a keyframe to a frame and a value. It stays between its neighbours.
    pub fn with_moved_key(
        self,
        clip: &Clip,
        keys: &[PropertyKey],
        number: usize,
        (frame, value): (Frames, f32),
    ) -> Edit {
        let before = number.checked_sub(1).and_then(|before| keys.get(before));
        let after = keys.get(number + 1);
        let frame = before.map_or(frame, |key| frame.max(key.frame + Frames::ONE));
        let frame = after.map_or(frame, |key| frame.min(key.frame - Frames::ONE));
        let offered = self.offered(clip);
        let value = value.clamp(*offered.start(), *offered.end());
        let mut keys = keys.to_vec();
        (keys[number].frame, keys[number].value) = (frame, value);
        self.with_keys(clip, keys)
    }

    pub fn default_value(self) -> f32 {
        match self {
            Self::Effect(effect) => effect.default_value(),
            Self::Speed => 100.0,
        }
    }

    /// Whether it has keyframes or another value than the default.
    pub fn is_changed(self, clip: &Clip) -> bool {
        let is_default = match self {
            Self::Effect(effect) => {
                (effect.get)(&clip.look).to_bits() == effect.default_value().to_bits()
            }
            Self::Speed => clip.speed == Speed::default(),
        };
        !is_default || !self.keys(clip).is_empty()
    }
}

/// Adds a keyframe with the usual easing at a frame that has none.
pub fn add_key(keys: &mut Vec<PropertyKey>, frame: Frames, value: f32) {
    let place = keys.partition_point(|key| key.frame < frame);
    let easing = Easing::Linear;
    let key = PropertyKey {
        frame,
        value,
        easing,
    };
    keys.insert(place, key);
}

/// The sign of a keyframe. `half` is half its size, in points.
pub fn diamond(middle: Pos2, half: f32, colour: Color32) -> Shape {
    let corners = [(0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)];
    let corners = corners.map(|(x, y)| middle + vec2(x, y)).to_vec();
    Shape::convex_polygon(corners, colour, Stroke::NONE)
}

fn percent(speed: Speed) -> f32 {
    speed.source_frames() as f32 / speed.record_frames() as f32 * 100.0
}

fn speed_edit(clip: &Clip, percent: f32) -> Option<Edit> {
    Some(Edit::Clip(ClipEdit::Speed {
        clip: clip.id,
        speed: Speed::new(percent.round() as i32, 100)?,
        ripple: true,
    }))
}

/// The menu of a keyframe: its easing up to the next one, and its removal.
pub fn key_menu(
    response: &Response,
    cx: &PanelContext,
    clip: &Clip,
    (shown, keys): (Keyframed, &[PropertyKey]),
    number: usize,
) {
    response.context_menu(|ui| {
        for (easing, name) in easings_for(keys[number].easing) {
            let is_now = keys[number].easing == easing;
            if ui.selectable_label(is_now, name).clicked() {
                let mut keys = keys.to_vec();
                keys[number].easing = easing;
                let edit = shown.with_keys(clip, keys);
                cx.send(Action::Edit(EditAction::Apply(edit)));
                ui.close();
            }
        }
        ui.separator();
        if ui.button("Remove keyframe").clicked() {
            let PropertyKey { frame, value, .. } = keys[number];
            let edits = shown.without_key(clip, keys, frame, value);
            cx.send(Action::Edit(EditAction::ApplyAll("remove keyframe", edits)));
            ui.close();
        }
    });
}

/// What a property does.
fn tooltip_of(property: Property) -> &'static str {
    match property {
        Property::Opacity => "How much the clip covers what is below it: 0 is invisible",
        Property::Exposure => "Brightness of the picture, in stops: 1 is twice as bright",
        Property::Scale => "Size of the picture: 1 fills the frame",
        Property::PositionX => "Horizontal position, in widths (w) of the frame",
        Property::PositionY => "Vertical position, in heights (h) of the frame",
        Property::Rotation => "Rotation about the centre, clockwise",
        Property::CropLeft => "Cut off at the left, in widths (w) of the picture",
        Property::CropTop => "Cut off at the top, in heights (h) of the picture",
        Property::CropRight => "Cut off at the right, in widths (w) of the picture",
        Property::CropBottom => "Cut off at the bottom, in heights (h) of the picture",
        Property::Gain => "Loudness in decibels: 6 dB is twice the amplitude",
        Property::Pan => "Place between the speakers: -1 is left, 1 is right",
    }
}
