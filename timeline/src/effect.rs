//! The effects of a clip with a number, one table: name, unit, range, default, and the field of [`Look`]. Edits check the
//! ranges, the inspector draws the rows, the random tests draw values from them.
//!
//! A new effect is a field of [`Look`], a [`Property`], a row here at the same position, and its two implementations in
//! `render/src/compose/` and `shaders/`.
//! `render/src/project.rs` names every field of a look, so a forgotten effect does not compile.

use std::ops::RangeInclusive;

use crate::Frames;
use crate::curve::Property;
use crate::look::Look;

/// One number of a look.
pub struct Effect {
    /// The property, by which keyframes name it.
    pub property: Property,
    /// Its name, as the inspector shows it.
    pub name: &'static str,
    /// Its unit, with a leading space where there is one; empty for a plain number. `w` and `h` are the width and the height of
    /// the frame for a position, and those of the picture for a crop.
    pub unit: &'static str,
    /// The part of a clip that it changes.
    pub part: Part,
    /// The values that an edit accepts.
    pub limits: RangeInclusive<f32>,
    /// The refusal of other values.
    pub refusal: &'static str,
    /// The values that the inspector offers.
    pub offered: RangeInclusive<f32>,
    /// The change for one point of a drag in the inspector.
    pub drag_step: f32,
    /// Its value in a look.
    pub get: fn(&Look) -> f32,
    /// The same, to be changed.
    pub get_mut: fn(&mut Look) -> &mut f32,
}

/// The part of a clip that an effect changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The picture.
    Picture,
    /// The sound.
    Sound,
}

const PLACED: &str =
    "position, rotation and scale must be numbers, and scale between 0.001 and 1000";

const CROP: &str = "a crop runs from 0 to 1 at each side";

/// All effects, in the order of the inspector and of the properties.
#[rustfmt::skip] // a table
pub static EFFECTS: [Effect; 12] = [
    Effect { property: Property::Opacity, name: "Opacity", unit: "", part: Part::Picture, limits: 0.0..=1.0, refusal: "opacity runs from 0 to 1", offered: 0.0..=1.0, drag_step: 0.005, get: |look| look.opacity, get_mut: |look| &mut look.opacity },
    Effect { property: Property::Exposure, name: "Exposure", unit: " stops", part: Part::Picture, limits: -10.0..=10.0, refusal: "exposure runs from 10 stops darker to 10 stops brighter", offered: -10.0..=10.0, drag_step: 0.02, get: |look| look.exposure_stops, get_mut: |look| &mut look.exposure_stops },
    Effect { property: Property::Scale, name: "Scale", unit: " x", part: Part::Picture, limits: 0.001..=1000.0, refusal: PLACED, offered: 0.01..=20.0, drag_step: 0.005, get: |look| look.transform.scale, get_mut: |look| &mut look.transform.scale },
    Effect { property: Property::PositionX, name: "Position X", unit: " w", part: Part::Picture, limits: f32::MIN..=f32::MAX, refusal: PLACED, offered: -4.0..=4.0, drag_step: 0.002, get: |look| look.transform.position.0, get_mut: |look| &mut look.transform.position.0 },
    Effect { property: Property::PositionY, name: "Position Y", unit: " h", part: Part::Picture, limits: f32::MIN..=f32::MAX, refusal: PLACED, offered: -4.0..=4.0, drag_step: 0.002, get: |look| look.transform.position.1, get_mut: |look| &mut look.transform.position.1 },
    Effect { property: Property::Rotation, name: "Rotation", unit: "°", part: Part::Picture, limits: f32::MIN..=f32::MAX, refusal: PLACED, offered: -360.0..=360.0, drag_step: 0.5, get: |look| look.transform.rotation_degrees, get_mut: |look| &mut look.transform.rotation_degrees },
    Effect { property: Property::CropLeft, name: "Crop left", unit: " w", part: Part::Picture, limits: 0.0..=1.0, refusal: CROP, offered: 0.0..=1.0, drag_step: 0.002, get: |look| look.transform.crop.0, get_mut: |look| &mut look.transform.crop.0 },
    Effect { property: Property::CropTop, name: "Crop top", unit: " h", part: Part::Picture, limits: 0.0..=1.0, refusal: CROP, offered: 0.0..=1.0, drag_step: 0.002, get: |look| look.transform.crop.1, get_mut: |look| &mut look.transform.crop.1 },
    Effect { property: Property::CropRight, name: "Crop right", unit: " w", part: Part::Picture, limits: 0.0..=1.0, refusal: CROP, offered: 0.0..=1.0, drag_step: 0.002, get: |look| look.transform.crop.2, get_mut: |look| &mut look.transform.crop.2 },
    Effect { property: Property::CropBottom, name: "Crop bottom", unit: " h", part: Part::Picture, limits: 0.0..=1.0, refusal: CROP, offered: 0.0..=1.0, drag_step: 0.002, get: |look| look.transform.crop.3, get_mut: |look| &mut look.transform.crop.3 },
    Effect { property: Property::Gain, name: "Gain", unit: " dB", part: Part::Sound, limits: -200.0..=60.0, refusal: "gain runs from -200 to 60 dB", offered: -60.0..=24.0, drag_step: 0.1, get: |look| look.gain_db, get_mut: |look| &mut look.gain_db },
    Effect { property: Property::Pan, name: "Pan", unit: "", part: Part::Sound, limits: -1.0..=1.0, refusal: "pan runs from -1, left, to 1, right", offered: -1.0..=1.0, drag_step: 0.005, get: |look| look.pan, get_mut: |look| &mut look.pan },
];

impl Property {
    /// Its row in the table.
    pub fn effect(self) -> &'static Effect {
        &EFFECTS[self as usize]
    }
}

impl Look {
    /// The look at a frame of the clip: each property that has a curve has its value there. The curves are left out.
    pub fn at(&self, frame: Frames) -> Self {
        let mut look = Self {
            curves: Vec::new(),
            ..*self
        };
        for curve in &self.curves {
            *(curve.property.effect().get_mut)(&mut look) = curve.value(frame);
        }
        look
    }
}

impl Effect {
    /// The value that changes nothing.
    pub fn default_value(&self) -> f32 {
        (self.get)(&Look::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_has_the_row_of_its_own_number() {
        for (number, effect) in EFFECTS.iter().enumerate() {
            assert_eq!(effect.property as usize, number, "{}", effect.name);
        }
        assert_eq!(Property::Pan as usize + 1, EFFECTS.len());
    }

    #[test]
    fn only_opacity_and_pan_are_plain_numbers() {
        let plain = EFFECTS.iter().filter(|effect| effect.unit.is_empty());
        let plain: Vec<Property> = plain.map(|effect| effect.property).collect();
        assert_eq!(plain, [Property::Opacity, Property::Pan]);
        for (across, down) in [
            (Property::PositionX, Property::PositionY),
            (Property::CropLeft, Property::CropTop),
            (Property::CropRight, Property::CropBottom),
        ] {
            let units = [across, down].map(|property| property.effect().unit);
            assert_eq!(units, [" w", " h"], "{across:?}");
        }
    }

    #[test]
    fn every_effect_reads_and_writes_a_field_of_its_own_and_its_default_changes_nothing() {
        let mut look = Look::default();
        for (number, effect) in EFFECTS.iter().enumerate() {
            assert!(
                effect.limits.contains(&effect.default_value()),
                "{}",
                effect.name
            );
            assert!(
                effect.offered.contains(&effect.default_value()),
                "{}",
                effect.name
            );
            *(effect.get_mut)(&mut look) = 0.25 + number as f32;
        }
        for (number, effect) in EFFECTS.iter().enumerate() {
            let value = (effect.get)(&look);
            assert!(
                (value - 0.25 - number as f32).abs() < 1e-6,
                "{}",
                effect.name
            );
        }
    }
}
