//! A camera path as the text of a `.gltf` file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::document::FLOAT;
use super::{flipped, turned};
use crate::camera::{CameraPath, Pose, SENSOR_WIDTH_MM};
use crate::{FrameRate, Frames, Size};

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

fn yfov(focal_mm: f64, aspect: f64) -> f64 {
    2.0 * (SENSOR_WIDTH_MM / aspect / 2.0 / focal_mm).atan()
}
