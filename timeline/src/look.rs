//! How a clip is composed and mixed: the plain values of its properties, its fades, and its keyframes.

use serde::{Deserialize, Serialize};

use crate::Frames;
use crate::curve::{Curve, Property, PropertyKey};
use crate::easing::Easing;
use crate::fade::FadeShape;
use crate::stored::is_default;

/// How a clip is composed and mixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredLook")]
pub struct Look {
    /// From 0, invisible, to 1, opaque.
    pub opacity: f32,
    /// Position, scale, rotation and crop of the picture.
    pub transform: Transform,
    /// Stops: +1 doubles the light, -1 halves it.
    #[serde(skip_serializing_if = "is_default")]
    pub exposure_stops: f32,
    /// The gain of the sound, in decibels.
    pub gain_db: f32,
    /// The balance of the sound, from -1, left only, to 1, right only.
    #[serde(skip_serializing_if = "is_default")]
    pub pan: f32,
    /// The fade-in of picture and sound.
    pub fade_in: Frames,
    /// The fade-out of picture and sound.
    pub fade_out: Frames,
    /// The shape of the sound's fade-in.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_in_shape: FadeShape,
    /// The shape of the sound's fade-out.
    #[serde(skip_serializing_if = "is_default")]
    pub fade_out_shape: FadeShape,
    /// The properties with keyframes, sorted by property. Where a property has a curve, its plain value is not used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            opacity: 1.0,
            transform: Transform::default(),
            exposure_stops: 0.0,
            gain_db: 0.0,
            pan: 0.0,
            fade_in: Frames::ZERO,
            fade_out: Frames::ZERO,
            fade_in_shape: FadeShape::Linear,
            fade_out_shape: FadeShape::Linear,
            curves: Vec::new(),
        }
    }
}

/// The look as it is read. Kinora 0.1 kept keyframes for the gain only, as differences from `gain_db`.
#[derive(Deserialize)]
#[serde(default)]
struct StoredLook {
    opacity: f32,
    transform: Transform,
    exposure_stops: f32,
    gain_db: f32,
    pan: f32,
    fade_in: Frames,
    fade_out: Frames,
    fade_in_shape: FadeShape,
    fade_out_shape: FadeShape,
    curves: Vec<Curve>,
    volume: Vec<VolumeKey>,
}

/// A keyframe of the gain in a file of Kinora 0.1.
#[derive(Deserialize)]
struct VolumeKey {
    frame: Frames,
    gain_db: f32,
}

impl Default for StoredLook {
    fn default() -> Self {
        let Look {
            opacity,
            transform,
            exposure_stops,
            gain_db,
            pan,
            fade_in,
            fade_out,
            fade_in_shape,
            fade_out_shape,
            curves,
        } = Look::default();
        Self {
            opacity,
            transform,
            exposure_stops,
            gain_db,
            pan,
            fade_in,
            fade_out,
            fade_in_shape,
            fade_out_shape,
            curves,
            volume: Vec::new(),
        }
    }
}

impl From<StoredLook> for Look {
    fn from(stored: StoredLook) -> Self {
        // Kinora 0.1 limited the gain and the keys, not their sum. Beyond the limits the project could not be opened.
        let limits = &Property::Gain.effect().limits;
        let keys = stored.volume.iter().map(|key| PropertyKey {
            frame: key.frame,
            value: (stored.gain_db + key.gain_db).clamp(*limits.start(), *limits.end()),
            easing: Easing::Linear,
        });
        let mut look = Self {
            opacity: stored.opacity,
            transform: stored.transform,
            exposure_stops: stored.exposure_stops,
            gain_db: stored.gain_db,
            pan: stored.pan,
            fade_in: stored.fade_in,
            fade_out: stored.fade_out,
            fade_in_shape: stored.fade_in_shape,
            fade_out_shape: stored.fade_out_shape,
            curves: stored.curves,
        };
        let keys: Vec<PropertyKey> = keys.collect();
        if !keys.is_empty() && look.curve(Property::Gain).is_none() {
            look.set_curve(Property::Gain, keys);
        }
        look
    }
}

impl Look {
    /// The keyframes of a property, if it has any.
    pub fn curve(&self, property: Property) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.property == property)
    }

    /// Sets the keyframes of a property; none gives it its plain value again.
    pub fn set_curve(&mut self, property: Property, keys: Vec<PropertyKey>) {
        self.curves.retain(|curve| curve.property != property);
        if !keys.is_empty() {
            self.curves.push(Curve { property, keys });
            self.curves.sort_by_key(|curve| curve.property);
        }
    }
}

/// The placement of a picture in the frame, in fractions of the frame's width and height; the origin is its centre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transform {
    /// The centre of the picture: right and down are positive.
    pub position: (f32, f32),
    /// How the picture fills a frame of another shape.
    #[serde(skip_serializing_if = "is_default")]
    pub fit: Fit,
    /// 1 is the size that `fit` gives.
    pub scale: f32,
    /// Clockwise, around the centre.
    pub rotation_degrees: f32,
    /// Cropped at left, top, right, bottom, as fractions of the picture.
    pub crop: (f32, f32, f32, f32),
}

/// How a picture fills a frame of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fit {
    /// All of the picture is seen; the rest of the frame stays free.
    #[default]
    Inside,
    /// All of the frame is filled; the rest of the picture is cut off.
    Fill,
    /// Width and height are scaled to the frame's.
    Stretch,
}

impl Default for Transform {
    fn default() -> Self {
        Self {
            position: (0.0, 0.0),
            fit: Fit::Inside,
            scale: 1.0,
            rotation_degrees: 0.0,
            crop: (0.0, 0.0, 0.0, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Look {
        ron::from_str(text).expect("a look")
    }

    fn key(frame: i64, value: f32) -> PropertyKey {
        PropertyKey {
            frame: Frames(frame),
            value,
            easing: Easing::Linear,
        }
    }

    #[test]
    fn a_look_without_its_newer_fields_is_read_and_they_change_nothing() {
        assert_eq!(read("()"), Look::default());
        let old = "(opacity: 0.5, transform: (position: (0.25, 0.0), scale: 2.0), \
            gain_db: -6.0, fade_in: 4, fade_out: 24)";
        let expected = Look {
            opacity: 0.5,
            transform: Transform {
                position: (0.25, 0.0),
                scale: 2.0,
                ..Transform::default()
            },
            gain_db: -6.0,
            fade_in: Frames(4),
            fade_out: Frames(24),
            ..Look::default()
        };
        assert_eq!(read(old), expected);
    }

    #[test]
    fn old_volume_keyframes_become_keyframes_of_the_gain() {
        let look = read(
            "(gain_db: -6.0, volume: [(frame: 0, gain_db: -6.0), (frame: 8, gain_db: 2.0)], fade_in: 3)",
        );
        let mut expected = Look {
            gain_db: -6.0,
            fade_in: Frames(3),
            ..Look::default()
        };
        expected.set_curve(Property::Gain, vec![key(0, -12.0), key(8, -4.0)]);
        assert_eq!(look, expected);
        let gains = [0, 2, 4, 8, 99].map(|frame| look.at(Frames(frame)).gain_db);
        assert_eq!(gains.to_vec(), [-12.0, -10.0, -8.0, -4.0, -4.0]);
        assert!(read("(gain_db: -6.0, volume: [])").curves.is_empty());
    }

    #[test]
    fn old_volume_keyframes_are_within_the_limits_of_the_gain() {
        let look = read(
            "(gain_db: 40.0, volume: [(frame: 0, gain_db: 50.0), (frame: 8, gain_db: -200.0)])",
        );
        let gain = look.curve(Property::Gain).expect("keyframes");
        assert_eq!(gain.keys, [key(0, 60.0), key(8, -160.0)]);
        let silent = read("(gain_db: -150.0, volume: [(frame: 0, gain_db: -150.0)])");
        let gain = silent.curve(Property::Gain).expect("keyframes");
        assert_eq!(gain.keys, [key(0, -200.0)]);
    }

    #[test]
    fn a_look_that_is_written_and_read_again_is_the_same() {
        let mut look = read("(gain_db: -6.0, volume: [(frame: 0, gain_db: -6.0)])");
        look.pan = -0.5;
        look.fade_out_shape = FadeShape::S;
        look.set_curve(Property::Opacity, vec![key(-3, 0.0), key(9, 1.0)]);
        let text = ron::to_string(&look).expect("text");
        assert!(!text.contains("volume"), "{text}");
        assert_eq!(read(&text), look);
        let plain = ron::to_string(&Look::default()).expect("text");
        let newer = ["curves", "pan", "exposure_stops", "volume", "shape"];
        assert!(!newer.iter().any(|field| plain.contains(field)), "{plain}");
    }

    #[test]
    fn the_look_at_a_frame_has_the_values_of_its_curves_and_the_plain_ones_of_the_rest() {
        let mut look = Look {
            opacity: 0.25,
            exposure_stops: 1.5,
            fade_in: Frames(2),
            ..Look::default()
        };
        look.set_curve(Property::Opacity, vec![key(4, 0.0), key(8, 1.0)]);
        look.set_curve(Property::CropRight, vec![key(0, 0.5)]);
        for (frame, opacity) in [
            (-9, 0.0),
            (4, 0.0),
            (5, 0.25),
            (7, 0.75),
            (8, 1.0),
            (99, 1.0),
        ] {
            let expected = Look {
                opacity,
                transform: Transform {
                    crop: (0.0, 0.0, 0.5, 0.0),
                    ..Transform::default()
                },
                exposure_stops: 1.5,
                fade_in: Frames(2),
                ..Look::default()
            };
            assert_eq!(look.at(Frames(frame)), expected, "frame {frame}");
        }
        look.set_curve(Property::Opacity, Vec::new());
        look.set_curve(Property::CropRight, Vec::new());
        assert_eq!(
            look.at(Frames(8)),
            look,
            "without keyframes the plain values count"
        );
    }
}
