//! Tests of glTF cameras: a path that is written is read again, and files of other programs are made node by node, with
//! their interpolations, sparse accessors and binary chunks.

use serde_json::json;

use super::super::{Move, preset};
use super::document::FLOAT;
use super::*;
use crate::Size;

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
                a.position.distance(b.position) < 1e-5 && (a.focal_mm - b.focal_mm).abs() < 1e-4,
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
fn what_is_wrong_is_reported() {
    let refused = |bytes: &[u8]| read(bytes, FrameRate::FPS_24).expect_err("refused");
    assert!(refused(b"{}").contains("no camera"));
    assert!(refused(b"glTF").contains("cut off"));
    assert!(refused(b"{").starts_with("line 1"));
}

/// A file with one animation of node 0, whose numbers lie in a buffer beside it.
fn animated(nodes: Value, channel: &str, interpolation: &str, output: Value) -> Value {
    json!({
        "asset": {"version": "2.0"},
        "nodes": nodes,
        "cameras": [{"type": "perspective", "perspective": {"yfov": 0.6, "aspectRatio": 1.5}}],
        "animations": [{
            "samplers": [{"input": 0, "output": 1, "interpolation": interpolation}],
            "channels": [{"sampler": 0, "target": {"node": 0, "path": channel}}],
        }],
        "accessors": [{"bufferView": 0, "componentType": FLOAT, "count": 2, "type": "SCALAR"}, output],
        "bufferViews": [{"buffer": 0, "byteLength": 8}, {"buffer": 0, "byteOffset": 8}],
        "buffers": [{"byteLength": 100, "uri": "camera%20path.bin"}],
    })
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// Reads a file at 4 frames a second, with the bytes of its buffer.
fn read_with(file: &Value, name: Option<&str>, bytes: &[u8]) -> Result<ReadCamera, String> {
    let load = |address: &str, _: usize| -> Result<Vec<u8>, String> {
        assert_eq!(address, "camera%20path.bin");
        Ok(bytes.to_vec())
    };
    let reading = Reading {
        rate: FrameRate::new(4, 1).expect("a rate"),
        camera: name,
        aspect: USUAL_ASPECT,
        load: &load,
    };
    read_camera(file.to_string().as_bytes(), &reading)
}

fn places(read: &ReadCamera) -> Vec<DVec3> {
    read.path.keys().iter().map(|key| key.position).collect()
}

#[test]
fn the_three_interpolations_are_read() {
    let camera = json!([{"camera": 0, "translation": [9.0, 9.0, 9.0]}]);
    let vectors = |count: usize| json!({"bufferView": 1, "componentType": FLOAT, "count": count, "type": "VEC3"});
    let mut bytes = floats(&[0.0, 1.0]);
    bytes.extend(floats(&[0.0, 0.0, 0.0, 4.0, 0.0, 0.0]));
    for (kind, expected) in [
        ("LINEAR", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("STEP", [0.0, 0.0, 0.0, 0.0, 4.0]),
    ] {
        let file = animated(camera.clone(), "translation", kind, vectors(2));
        let read = read_with(&file, None, &bytes).expect("a camera");
        let along: Vec<f64> = places(&read).iter().map(|place| place.x).collect();
        assert_eq!(along, expected, "{kind}");
        assert_eq!((read.frames, read.notes.len()), (5, 0));
    }
    let mut bytes = floats(&[0.0, 1.0]);
    bytes.extend(floats(&[0.0; 3])); // the first key: incoming, value, outgoing
    bytes.extend(floats(&[0.0; 3]));
    bytes.extend(floats(&[8.0, 0.0, 0.0]));
    bytes.extend(floats(&[0.0; 3]));
    bytes.extend(floats(&[4.0, 0.0, 0.0]));
    bytes.extend(floats(&[0.0; 3]));
    let file = animated(camera, "translation", "CUBICSPLINE", vectors(6));
    let read = read_with(&file, None, &bytes).expect("a camera");
    assert!(
        (places(&read)[2].x - 3.0).abs() < 1e-6,
        "half of the way, and an eighth of the tangent"
    );
}

#[test]
fn a_path_begins_at_the_first_key_of_the_camera() {
    let vectors = json!({"bufferView": 1, "componentType": FLOAT, "count": 2, "type": "VEC3"});
    let file = animated(json!([{"camera": 0}]), "translation", "LINEAR", vectors);
    for (start, notes) in [(0.0f32, 0), (1.0 / 24.0, 0), (41.75, 1)] {
        let mut bytes = floats(&[start, start + 1.0]);
        bytes.extend(floats(&[0.0, 0.0, 0.0, 4.0, 0.0, 0.0]));
        let read = read_with(&file, None, &bytes).expect("a camera");
        assert_eq!((read.frames, read.notes.len()), (5, notes), "{start}");
        for (place, expected) in places(&read).iter().zip([0.0, 1.0, 2.0, 3.0, 4.0]) {
            assert!((place.x - expected).abs() < 1e-4, "{start}: {place}");
        }
    }
}

#[test]
fn rotations_may_be_whole_numbers_and_accessors_sparse() {
    let half = 23_170_i16; // the sine of 45 degrees
    let mut bytes = floats(&[0.0, 1.0]);
    bytes.extend(
        [0_i16, 0, 0, i16::MAX, 0, half, 0, half]
            .iter()
            .flat_map(|number| number.to_le_bytes()),
    );
    let turns = json!({"bufferView": 1, "componentType": 5122, "normalized": true, "count": 2, "type": "VEC4"});
    let file = animated(json!([{"camera": 0}]), "rotation", "LINEAR", turns);
    let read = read_with(&file, None, &bytes).expect("a camera");
    let last = read.path.keys()[4].orientation * DVec3::Z;
    assert!(
        last.distance(-DVec3::X) < 1e-3,
        "a quarter turn to the left: {last}"
    );

    let mut bytes = floats(&[0.0, 1.0]);
    bytes.push(1); // the second item is replaced
    bytes.extend(floats(&[2.0, 0.0, 0.0]));
    let sparse = json!({
        "componentType": FLOAT, "count": 2, "type": "VEC3",
        "sparse": {
            "count": 1,
            "indices": {"bufferView": 1, "componentType": 5121},
            "values": {"bufferView": 1, "byteOffset": 1},
        },
    });
    let file = animated(json!([{"camera": 0}]), "translation", "LINEAR", sparse);
    let read = read_with(&file, None, &bytes).expect("a camera");
    assert_eq!(places(&read)[4], DVec3::X * 2.0);
}

#[test]
fn the_nodes_above_a_camera_move_and_scale_it() {
    let nodes = json!([
        {"children": [1]},
        {"children": [2], "scale": [2.0, 2.0, 2.0]},
        {"camera": 0, "translation": [1.0, 0.0, 0.0], "name": "Main"},
    ]);
    let vectors = json!({"bufferView": 1, "componentType": FLOAT, "count": 2, "type": "VEC3"});
    let mut bytes = floats(&[0.0, 1.0]);
    bytes.extend(floats(&[0.0, 0.0, 0.0, 0.0, 3.0, 0.0]));
    let file = animated(nodes, "translation", "LINEAR", vectors);
    let read = read_with(&file, None, &bytes).expect("a camera");
    assert_eq!(places(&read)[4], DVec3::new(2.0, -3.0, 0.0));
    assert!(
        read.notes.len() == 1 && read.notes[0].contains("scaled"),
        "{:?}",
        read.notes
    );
    let pose = read.path.sample(4.0, FrameRate::FPS_24);
    assert!(pose.forward().distance(DVec3::Z) < 1e-9);
}

#[test]
fn of_several_cameras_the_one_that_moves_or_the_named_one_is_read() {
    let nodes = json!([
        {"camera": 0, "name": "Moving"},
        {"camera": 0, "name": "Still", "translation": [5.0, 0.0, 0.0]},
    ]);
    let vectors = json!({"bufferView": 1, "componentType": FLOAT, "count": 2, "type": "VEC3"});
    let mut bytes = floats(&[0.0, 1.0]);
    bytes.extend(floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]));
    let file = animated(nodes, "translation", "LINEAR", vectors);
    let read = read_with(&file, None, &bytes).expect("a camera");
    assert_eq!(read.frames, 5);
    assert!(
        read.notes[0].contains("Moving is used, not Still"),
        "{:?}",
        read.notes
    );
    let still = read_with(&file, Some("Still"), &bytes).expect("a camera");
    assert_eq!(places(&still), [DVec3::X * 5.0]);
    let refused = read_with(&file, Some("Main"), &bytes).expect_err("refused");
    assert!(refused.contains("Moving, Still"), "{refused}");
}

#[test]
fn the_binary_chunk_is_read_and_other_chunks_are_skipped() {
    let vectors = json!({"bufferView": 1, "componentType": FLOAT, "count": 2, "type": "VEC3"});
    let mut file = animated(json!([{"camera": 0}]), "translation", "LINEAR", vectors);
    file["buffers"] = json!([{"byteLength": 32}]);
    let mut text = file.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut numbers = floats(&[0.0, 1.0]);
    numbers.extend(floats(&[0.0, 0.0, 0.0, 0.0, 0.0, -6.0]));
    let mut bytes = b"glTF\x02\0\0\0\0\0\0\0".to_vec();
    let unknown = vec![7_u8; 8];
    for (kind, content) in [(b"JSON", &text), (b"MORE", &unknown), (b"BIN\0", &numbers)] {
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(kind);
        bytes.extend(content);
    }
    let path = read(&bytes, FrameRate::FPS_24).expect("a camera");
    assert_eq!(path.keys().len(), 25);
    assert!(path.keys()[24].position.distance(DVec3::Z * 6.0) < 1e-6);
}

#[test]
fn a_lens_that_cannot_be_and_a_circle_of_nodes_are_refused() {
    let of = |nodes: Value, camera: Value| {
        let file = json!({"nodes": nodes, "cameras": [camera]});
        read(file.to_string().as_bytes(), FrameRate::FPS_24).expect_err("refused")
    };
    let node = json!([{"camera": 0, "name": "Main"}]);
    let flat = of(
        node.clone(),
        json!({"type": "orthographic", "orthographic": {}}),
    );
    assert!(
        flat.contains("Main") && flat.contains("orthographic"),
        "{flat}"
    );
    for yfov in [0.0, -1.0, 4.0] {
        let why = of(node.clone(), json!({"perspective": {"yfov": yfov}}));
        assert!(why.contains("no lens has it"), "{why}");
    }
    let circle = json!([{"camera": 0, "children": [1]}, {"children": [0]}]);
    let why = of(circle, json!({"perspective": {"yfov": 1.0}}));
    assert!(why.contains("circle"), "{why}");
}
