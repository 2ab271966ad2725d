//! Animated cameras as glTF 2.0, for exchange with 3-D programs: a node with a camera, and a translation and a
//! rotation for each frame. glTF cameras look along -z with y up; Kinora's look along z with y down, so y and z
//! change sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use glam::{DAffine3, DQuat, DVec3};
use serde_json::{Value, json};

use super::{CameraKey, CameraPath, Pose, SENSOR_WIDTH_MM};
use crate::{FrameRate, Frames, Size};

const FLOAT: u64 = 5126;
/// The longest animation that is read, in frames.
const MOST_FRAMES: usize = 100_000;

/// The text of a `.gltf` file: one pose for each of the first `count` frames. The focal length is that of the first.
pub fn write(path: &CameraPath, count: u32, rate: FrameRate, size: Size) -> String {
    let poses = path.poses(count, rate);
    let times: Vec<f32> = (0..i64::from(count))
        .map(|frame| Frames(frame).as_seconds(rate) as f32)
        .collect();
    let places: Vec<f32> = poses
        .iter()
        .flat_map(|pose| flipped(pose.position).to_array())
        .map(|number| number as f32)
        .collect();
    let turns: Vec<f32> = poses
        .iter()
        .flat_map(|pose| turned(pose.orientation).to_array())
        .map(|number| number as f32)
        .collect();
    let bytes: Vec<u8> = [&times, &places, &turns]
        .into_iter()
        .flatten()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let aspect = f64::from(size.width()) / f64::from(size.height());
    let focal_mm = poses
        .first()
        .map_or(Pose::START.focal_mm, |pose| pose.focal_mm);
    let (time_bytes, place_bytes) = (4 * times.len(), 4 * places.len());
    let last = times.last().copied().unwrap_or(0.0);
    let accessor = |view: usize, kind: &str| json!({"bufferView": view, "componentType": FLOAT, "count": count, "type": kind});
    let mut time_accessor = accessor(0, "SCALAR");
    time_accessor["min"] = json!([0.0]);
    time_accessor["max"] = json!([last]);
    let text = json!({
        "asset": {"version": "2.0", "generator": concat!("Kinora ", env!("CARGO_PKG_VERSION"))},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "camera", "camera": 0, "translation": places.get(..3), "rotation": turns.get(..4)}],
        "cameras": [{"type": "perspective", "perspective": {"aspectRatio": aspect, "yfov": yfov(focal_mm, aspect), "znear": 0.01}}],
        "animations": [{
            "name": "camera path",
            "samplers": [{"input": 0, "output": 1, "interpolation": "LINEAR"}, {"input": 0, "output": 2, "interpolation": "LINEAR"}],
            "channels": [
                {"sampler": 0, "target": {"node": 0, "path": "translation"}},
                {"sampler": 1, "target": {"node": 0, "path": "rotation"}},
            ],
        }],
        "accessors": [time_accessor, accessor(1, "VEC3"), accessor(2, "VEC4")],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": time_bytes},
            {"buffer": 0, "byteOffset": time_bytes, "byteLength": place_bytes},
            {"buffer": 0, "byteOffset": time_bytes + place_bytes, "byteLength": 4 * turns.len()},
        ],
        "buffers": [{"byteLength": bytes.len(), "uri": format!("data:application/octet-stream;base64,{}", STANDARD.encode(&bytes))}],
    });
    format!("{text:#}\n")
}

/// Reads the first camera of a `.gltf` or `.glb` file into one key per frame at `rate`. Buffers must be embedded in
/// the file.
pub fn read(bytes: &[u8], rate: FrameRate) -> Result<CameraPath, String> {
    let (text, binary) = if bytes.starts_with(b"glTF") {
        chunks(bytes)?
    } else {
        (bytes, None)
    };
    let file: Value = serde_json::from_slice(text)
        .map_err(|error| format!("line {}, column {}: {error}", error.line(), error.column()))?;
    let file = File { file, binary };
    let nodes = file.list("nodes");
    let number = nodes
        .iter()
        .position(|node| node["camera"].is_u64())
        .ok_or("there is no camera in this file")?;
    let lens = &file
        .list("cameras")
        .get(index(&nodes[number]["camera"]))
        .cloned()
        .unwrap_or_default()["perspective"];
    let focal_mm = focal_of(lens)?;
    let parent = file.parents_of(number, 0)?;
    let (places, turns) = (
        file.channel(number, "translation", 3)?,
        file.channel(number, "rotation", 4)?,
    );
    let rest = pose_of_node(&nodes[number]);
    let end = [&places, &turns]
        .iter()
        .filter_map(|channel| channel.as_ref()?.0.last().copied())
        .fold(0.0, f64::max);
    let per_second = rate.per_second();
    let count = (end * per_second).round() as usize + 1;
    if count > MOST_FRAMES {
        return Err(format!("{count} frames are not a shot"));
    }
    let keys = (0..count).map(|frame| {
        let time = frame as f64 / per_second;
        let place = places
            .as_ref()
            .map_or(rest.translation, |channel| place(channel, time));
        let turn = turns.as_ref().map_or_else(
            || DQuat::from_mat3(&rest.matrix3),
            |channel| quaternion(channel, time),
        );
        let world = parent * DAffine3::from_rotation_translation(turn, place);
        let orientation = turned(DQuat::from_mat3(&world.matrix3)).normalize();
        CameraKey::new(
            Frames(frame as i64),
            Pose {
                position: flipped(world.translation),
                orientation,
                focal_mm,
            },
        )
    });
    let path = CameraPath::of_keys(keys.collect());
    path.check()?;
    Ok(path)
}

/// Keyframe times in seconds, and as many values.
type Channel = (Vec<f64>, Vec<Vec<f64>>);

struct File<'a> {
    file: Value,
    binary: Option<&'a [u8]>,
}

impl File<'_> {
    fn list(&self, key: &str) -> &[Value] {
        self.file[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// The combined rest transform of all ancestors of a node.
    fn parents_of(&self, node: usize, depth: usize) -> Result<DAffine3, String> {
        if depth > 100 {
            return Err("the nodes above the camera go round in a circle".into());
        }
        let is_above = |candidate: &Value| {
            candidate["children"]
                .as_array()
                .is_some_and(|children| children.iter().any(|child| index(child) == node))
        };
        match self.list("nodes").iter().position(is_above) {
            Some(above) => {
                Ok(self.parents_of(above, depth + 1)? * pose_of_node(&self.list("nodes")[above]))
            }
            None => Ok(DAffine3::IDENTITY),
        }
    }

    /// The animation channel of a node's translation or rotation, if there is one.
    fn channel(&self, node: usize, path: &str, width: usize) -> Result<Option<Channel>, String> {
        for animation in self.list("animations") {
            let channels = animation["channels"]
                .as_array()
                .map_or(&[][..], Vec::as_slice);
            let found = channels.iter().find(|channel| {
                index(&channel["target"]["node"]) == node && channel["target"]["path"] == path
            });
            let Some(channel) = found else { continue };
            let sampler = &animation["samplers"][index(&channel["sampler"])];
            let times: Vec<f64> = self
                .numbers(&sampler["input"], 1)?
                .into_iter()
                .flatten()
                .collect();
            let mut values = self.numbers(&sampler["output"], width)?;
            if sampler["interpolation"] == "CUBICSPLINE" {
                values = values
                    .chunks(3)
                    .filter_map(|three| three.get(1).cloned())
                    .collect(); // without its tangents
            }
            if times.is_empty()
                || times.len() != values.len()
                || times.windows(2).any(|pair| pair[0] >= pair[1])
            {
                return Err(format!(
                    "the camera's {path} has {} times for {} values, or times out of order",
                    times.len(),
                    values.len()
                ));
            }
            return Ok(Some((times, values)));
        }
        Ok(None)
    }

    /// The floats of an accessor, in groups of `width`.
    fn numbers(&self, accessor: &Value, width: usize) -> Result<Vec<Vec<f64>>, String> {
        let wrong = |what: &str| format!("accessor {accessor}: {what}");
        let number = index(accessor);
        let accessor = self
            .list("accessors")
            .get(number)
            .ok_or_else(|| wrong("is not there"))?;
        if accessor["componentType"].as_u64() != Some(FLOAT) {
            return Err(wrong("only floats are read"));
        }
        let view = self
            .list("bufferViews")
            .get(index(&accessor["bufferView"]))
            .ok_or_else(|| wrong("has no buffer view"))?;
        let buffer = self.buffer(index(&view["buffer"]))?;
        let offset = |value: &Value| {
            usize::try_from(value["byteOffset"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX)
        };
        let stride = view["byteStride"].as_u64().map_or(4 * width, |stride| {
            usize::try_from(stride).unwrap_or(usize::MAX)
        });
        let count = usize::try_from(accessor["count"].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        if count > 3 * MOST_FRAMES {
            return Err(wrong("is longer than any shot"));
        }
        let start = offset(view).saturating_add(offset(accessor));
        let item = |place: usize| {
            let from = start.checked_add(place.checked_mul(stride)?)?;
            let bytes = buffer.get(from..from.checked_add(4 * width)?)?;
            let floats = bytes.chunks_exact(4).map(|bytes| {
                f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            });
            Some(floats.collect::<Vec<f64>>())
                .filter(|floats| floats.iter().all(|float| float.is_finite()))
        };
        (0..count)
            .map(|place| {
                item(place).ok_or_else(|| wrong("reaches beyond its buffer, or holds no numbers"))
            })
            .collect()
    }

    fn buffer(&self, number: usize) -> Result<Vec<u8>, String> {
        match self
            .list("buffers")
            .get(number)
            .map(|buffer| buffer["uri"].as_str())
        {
            Some(None) if number == 0 => self
                .binary
                .map(<[u8]>::to_vec)
                .ok_or_else(|| "buffer 0 has no bytes".into()),
            Some(Some(uri)) => {
                let encoded = uri
                    .strip_prefix("data:")
                    .and_then(|data| data.split_once(";base64,"));
                let (_, encoded) = encoded.ok_or_else(|| format!("buffer {number} lies in another file: export with embedded buffers, or as .glb"))?;
                STANDARD
                    .decode(encoded)
                    .map_err(|error| format!("buffer {number}: {error}"))
            }
            _ => Err(format!("buffer {number} is not there")),
        }
    }
}

/// The JSON and binary chunks of a `.glb` file.
fn chunks(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), String> {
    let chunk = |at: usize| -> Option<(&[u8], &[u8], usize)> {
        let length = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let end = at.checked_add(8)?.checked_add(length)?;
        Some((bytes.get(at + 4..at + 8)?, bytes.get(at + 8..end)?, end))
    };
    let (kind, text, end) = chunk(12).ok_or("the .glb file is cut off")?;
    if kind != b"JSON" {
        return Err("the .glb file does not begin with JSON".into());
    }
    Ok((
        text,
        chunk(end)
            .filter(|(kind, ..)| *kind == b"BIN\0")
            .map(|(_, binary, _)| binary),
    ))
}

fn index(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or(usize::MAX)
}

fn pose_of_node(node: &Value) -> DAffine3 {
    let numbers = |key: &str| -> Vec<f64> {
        node[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_f64)
            .collect()
    };
    if let Ok(matrix) = <[f64; 16]>::try_from(numbers("matrix")) {
        return DAffine3::from_mat4(glam::DMat4::from_cols_array(&matrix));
    }
    let place = <[f64; 3]>::try_from(numbers("translation")).map_or(DVec3::ZERO, DVec3::from_array);
    let turn = <[f64; 4]>::try_from(numbers("rotation")).map_or(DQuat::IDENTITY, DQuat::from_array);
    DAffine3::from_rotation_translation(
        if turn.length_squared() > 0.5 {
            turn.normalize()
        } else {
            DQuat::IDENTITY
        },
        place,
    )
}

/// The values before and after a time, and the fraction between them, from 0 to 1.
fn around((times, values): &Channel, time: f64) -> (&[f64], &[f64], f64) {
    let next = times.partition_point(|known| *known <= time);
    let (before, after) = (next.saturating_sub(1), next.min(times.len() - 1));
    let duration = times[after] - times[before];
    let part = if duration > 0.0 {
        ((time - times[before]) / duration).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (&values[before], &values[after], part)
}

fn place(channel: &Channel, time: f64) -> DVec3 {
    let (from, to, part) = around(channel, time);
    DVec3::from_slice(from).lerp(DVec3::from_slice(to), part)
}

fn quaternion(channel: &Channel, time: f64) -> DQuat {
    let (from, to, part) = around(channel, time);
    let (from, to) = (DQuat::from_slice(from), DQuat::from_slice(to));
    if from.length_squared() < 0.5 || to.length_squared() < 0.5 {
        return DQuat::IDENTITY;
    }
    from.normalize().slerp(to.normalize(), part)
}

/// Converts a position between the two spaces, in either direction.
fn flipped(place: DVec3) -> DVec3 {
    DVec3::new(place.x, -place.y, -place.z)
}

/// Converts a rotation between the two spaces, in either direction.
fn turned(turn: DQuat) -> DQuat {
    DQuat::from_xyzw(turn.x, -turn.y, -turn.z, turn.w)
}

fn yfov(focal_mm: f64, aspect: f64) -> f64 {
    2.0 * (SENSOR_WIDTH_MM / aspect / 2.0 / focal_mm).atan()
}

fn focal_of(lens: &Value) -> Result<f64, String> {
    let yfov = lens["yfov"]
        .as_f64()
        .filter(|yfov| (0.001..3.1).contains(yfov))
        .ok_or("the camera has no perspective lens")?;
    let aspect = lens["aspectRatio"]
        .as_f64()
        .filter(|aspect| (0.1..10.0).contains(aspect))
        .unwrap_or(16.0 / 9.0);
    Ok(SENSOR_WIDTH_MM / aspect / 2.0 / (yfov / 2.0).tan())
}

#[cfg(test)]
mod tests {
    use super::super::{Move, preset};
    use super::*;

    #[test]
    fn a_path_reads_back_as_the_poses_it_was() {
        for which in Move::ALL.iter().filter(|which| **which != Move::DollyZoom) {
            let path = preset(*which, 1.0, Frames(25), Pose::START);
            let again = read(
                write(&path, 25, FrameRate::FPS_24, Size::COMMON[1]).as_bytes(),
                FrameRate::FPS_24,
            )
            .expect("readable");
            for (a, b) in path
                .poses(25, FrameRate::FPS_24)
                .iter()
                .zip(again.poses(25, FrameRate::FPS_24))
            {
                assert!(
                    a.position.distance(b.position) < 1e-5
                        && (a.focal_mm - b.focal_mm).abs() < 1e-4,
                    "{which}"
                );
                assert!(a.orientation.angle_between(b.orientation) < 1e-3, "{which}");
            }
        }
    }

    #[test]
    fn a_camera_of_gltf_looks_along_minus_z_with_y_up() {
        let text = json!({"nodes": [{"camera": 0, "translation": [1.0, 2.0, 3.0]}], "cameras": [{"perspective": {"yfov": 1.0, "aspectRatio": 1.5}}]});
        let path = read(text.to_string().as_bytes(), FrameRate::FPS_24).expect("a camera");
        let pose = path.sample(0.0, FrameRate::FPS_24);
        assert_eq!(pose.position, DVec3::new(1.0, -2.0, -3.0));
        assert_eq!(pose.forward(), DVec3::Z, "their -z is our z");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let refused = |bytes: &[u8]| read(bytes, FrameRate::FPS_24).expect_err("refused");
        assert!(refused(b"{}").contains("no camera"));
        assert!(refused(b"glTF").contains("cut off"));
        assert!(refused(b"{").starts_with("line 1"));
    }
}
