//! The nodes above a glTF camera and their animation: their transform at any time.

use glam::{DAffine3, DMat4, DQuat, DVec3};
use serde_json::Value;

use super::document::{Document, index};

/// Times that differ by less are the same, in seconds: files hold them as single-precision numbers.
const SLACK: f64 = 1e-4;

/// A property that an animation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    Translation,
    Rotation,
    Scale,
}

impl Property {
    pub const ALL: [Self; 3] = [Self::Translation, Self::Rotation, Self::Scale];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Translation => "translation",
            Self::Rotation => "rotation",
            Self::Scale => "scale",
        }
    }

    /// Its numbers.
    fn width(self) -> usize {
        match self {
            Self::Rotation => 4,
            Self::Translation | Self::Scale => 3,
        }
    }
}

/// A node with what animates it.
pub struct Node {
    rest: Rest,
    translation: Option<Channel>,
    rotation: Option<Channel>,
    scale: Option<Channel>,
}

/// A node's transform where nothing animates it.
struct Rest {
    /// A matrix, if the node has one.
    matrix: Option<DAffine3>,
    translation: DVec3,
    rotation: DQuat,
    scale: DVec3,
}

impl Node {
    /// A node of a file. Of several animations of one property, the first is read.
    pub fn of(document: &Document, number: usize) -> Result<Self, String> {
        let channel = |property| Channel::of(document, number, property);
        Ok(Self {
            rest: Rest::of(document.list("nodes").get(number).unwrap_or(&Value::Null)),
            translation: channel(Property::Translation)?,
            rotation: channel(Property::Rotation)?,
            scale: channel(Property::Scale)?,
        })
    }

    /// The times of the first and of the last keyframe of each of its channels, in seconds.
    pub fn extents(&self) -> impl Iterator<Item = [f64; 2]> {
        let channels = [&self.translation, &self.rotation, &self.scale];
        let channels = channels.into_iter().flatten();
        channels.filter_map(|channel| Some([*channel.times.first()?, *channel.times.last()?]))
    }

    /// Its transform at a time in seconds.
    pub fn at(&self, time: f64) -> DAffine3 {
        let is_still =
            self.translation.is_none() && self.rotation.is_none() && self.scale.is_none();
        if let Some(matrix) = self.rest.matrix.filter(|_| is_still) {
            return matrix;
        }
        let vector = |channel: Option<&Channel>, rest: DVec3| match channel {
            Some(channel) => DVec3::from_slice(&channel.at(time, mixed)),
            None => rest,
        };
        let rotation = match &self.rotation {
            Some(channel) => normalized(DQuat::from_slice(&channel.at(time, turned))),
            None => self.rest.rotation,
        };
        DAffine3::from_scale_rotation_translation(
            vector(self.scale.as_ref(), self.rest.scale),
            rotation,
            vector(self.translation.as_ref(), self.rest.translation),
        )
    }
}

impl Rest {
    fn of(node: &Value) -> Self {
        let numbers = |key: &str| -> Vec<f64> {
            let listed = node[key].as_array().into_iter().flatten();
            listed.filter_map(Value::as_f64).collect()
        };
        let vector = |key: &str, usual: DVec3| {
            <[f64; 3]>::try_from(numbers(key)).map_or(usual, DVec3::from_array)
        };
        if let Ok(matrix) = <[f64; 16]>::try_from(numbers("matrix")) {
            let matrix = DAffine3::from_mat4(DMat4::from_cols_array(&matrix));
            let (scale, rotation, translation) = matrix.to_scale_rotation_translation();
            return Self {
                matrix: Some(matrix),
                translation,
                rotation: normalized(rotation),
                scale,
            };
        }
        let rotation = <[f64; 4]>::try_from(numbers("rotation"));
        Self {
            matrix: None,
            translation: vector("translation", DVec3::ZERO),
            rotation: rotation.map_or(DQuat::IDENTITY, |turn| normalized(DQuat::from_array(turn))),
            scale: vector("scale", DVec3::ONE),
        }
    }
}

/// The change between two keyframes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interpolation {
    Linear,
    Step,
    /// Each keyframe has an incoming tangent, a value and an outgoing tangent.
    CubicSpline,
}

struct Channel {
    /// In seconds, increasing. At least one.
    times: Vec<f64>,
    values: Vec<Vec<f64>>,
    interpolation: Interpolation,
}

/// The animation channels of a node's property.
pub fn channels_of<'d>(
    document: &'d Document,
    node: usize,
    property: Property,
) -> impl Iterator<Item = (&'d Value, &'d Value)> {
    document
        .list("animations")
        .iter()
        .flat_map(move |animation| {
            let channels = animation["channels"].as_array();
            let channels = channels.map_or(&[][..], Vec::as_slice);
            let of_node = channels.iter().filter(move |channel| {
                let target = &channel["target"];
                index(&target["node"]) == node && target["path"] == property.name()
            });
            of_node.map(move |channel| (animation, channel))
        })
}

impl Channel {
    fn of(document: &Document, node: usize, property: Property) -> Result<Option<Self>, String> {
        let Some((animation, channel)) = channels_of(document, node, property).next() else {
            return Ok(None);
        };
        let samplers = animation["samplers"].as_array();
        let samplers = samplers.map_or(&[][..], Vec::as_slice);
        let Some(sampler) = samplers.get(index(&channel["sampler"])) else {
            return Err(format!("the camera's {} has no sampler", property.name()));
        };
        let interpolation = match sampler["interpolation"].as_str() {
            None | Some("LINEAR") => Interpolation::Linear,
            Some("STEP") => Interpolation::Step,
            Some("CUBICSPLINE") => Interpolation::CubicSpline,
            Some(other) => return Err(format!("there is no interpolation {other}")),
        };
        let times = document.numbers(&sampler["input"], 1)?;
        let times: Vec<f64> = times.into_iter().flatten().collect();
        let values = document.numbers(&sampler["output"], property.width())?;
        let values_per_time = match interpolation {
            Interpolation::CubicSpline => 3,
            Interpolation::Linear | Interpolation::Step => 1,
        };
        let is_ordered = times.windows(2).all(|pair| pair[0] < pair[1]);
        if times.is_empty() || values.len() != times.len() * values_per_time || !is_ordered {
            return Err(format!(
                "the camera's {} has {} times for {} values, or times out of order",
                property.name(),
                times.len(),
                values.len()
            ));
        }
        Ok(Some(Self {
            times,
            values,
            interpolation,
        }))
    }

    /// The value at a time. `mix` interpolates linearly.
    fn at(&self, time: f64, mix: impl Fn(&[f64], &[f64], f64) -> Vec<f64>) -> Vec<f64> {
        let next = self.times.partition_point(|known| *known <= time + SLACK);
        let (before, after) = (next.saturating_sub(1), next.min(self.times.len() - 1));
        let duration = self.times[after] - self.times[before];
        let part = match duration > 0.0 {
            true => ((time - self.times[before]) / duration).clamp(0.0, 1.0),
            false => 0.0,
        };
        match self.interpolation {
            Interpolation::Step => self.values[before].clone(),
            Interpolation::Linear => mix(&self.values[before], &self.values[after], part),
            Interpolation::CubicSpline => {
                let [from, leaving] = [1, 2].map(|which| &self.values[3 * before + which]);
                let [arriving, to] = [0, 1].map(|which| &self.values[3 * after + which]);
                let (t, t2, t3) = (part, part * part, part * part * part);
                let number = |at: usize| {
                    from[at] * (2.0 * t3 - 3.0 * t2 + 1.0)
                        + leaving[at] * duration * (t3 - 2.0 * t2 + t)
                        + to[at] * (3.0 * t2 - 2.0 * t3)
                        + arriving[at] * duration * (t3 - t2)
                };
                (0..from.len()).map(number).collect()
            }
        }
    }
}

fn mixed(from: &[f64], to: &[f64], part: f64) -> Vec<f64> {
    let pairs = from.iter().zip(to);
    pairs.map(|(from, to)| from + (to - from) * part).collect()
}

/// The shorter way from one rotation to another.
fn turned(from: &[f64], to: &[f64], part: f64) -> Vec<f64> {
    let [from, to] = [from, to].map(|turn| normalized(DQuat::from_slice(turn)));
    from.slerp(to, part).to_array().to_vec()
}

/// A rotation of length 1; none, if there is no direction in it.
fn normalized(turn: DQuat) -> DQuat {
    match turn.is_finite() && turn.length_squared() > 1e-6 {
        true => turn.normalize(),
        false => DQuat::IDENTITY,
    }
}
