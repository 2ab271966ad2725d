//! Animated cameras as glTF 2.0, for exchange with 3-D programs. Written: a node with a camera, and a translation and a
//! rotation for each frame. Read: a camera and all nodes above it, with what animates them. glTF cameras look along -z
//! with y up; Kinora's look along z with y down, so y and z change sign.

mod animation;
mod document;
mod write;

use glam::{DAffine3, DMat3, DQuat, DVec3};
use serde_json::Value;

use super::{CameraKey, CameraPath, Pose, SENSOR_WIDTH_MM};
use crate::{FrameRate, Frames};

use animation::{Node, Property, channels_of};
pub use document::LoadBuffer;
use document::{Document, index};
pub use write::write;

/// The longest animation that is read, in frames.
const MOST_FRAMES: usize = 100_000;
/// The aspect ratio of a camera that has none, if nobody knows a better one.
const USUAL_ASPECT: f64 = 16.0 / 9.0;
/// How far a matrix may be from a rotation before it is called scaled.
const LARGEST_SKEW: f64 = 1e-3;
/// The cameras that are listed by name.
const LISTED_CAMERAS: usize = 10;

/// A camera to read.
pub struct Reading<'r> {
    /// The rate of the keys.
    pub rate: FrameRate,
    /// The name of the camera. `None`: the first one that moves, or the first one.
    pub camera: Option<&'r str>,
    /// The aspect ratio of a camera that has none, width over height.
    pub aspect: f64,
    /// Returns the bytes of buffers in other files.
    pub load: &'r LoadBuffer<'r>,
}

/// A camera that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadCamera {
    /// One key per frame.
    pub path: CameraPath,
    /// The number of frames.
    pub frames: usize,
    /// What was chosen, and what the path does not have.
    pub notes: Vec<String>,
}

/// Reads the first camera of a `.gltf` or `.glb` file into one key per frame at `rate`. Buffers must be embedded in
/// the file.
pub fn read(bytes: &[u8], rate: FrameRate) -> Result<CameraPath, String> {
    let load = |_: &str, _: usize| -> Result<Vec<u8>, String> {
        Err("it lies in another file: export with embedded buffers, or as .glb".into())
    };
    let reading = Reading {
        rate,
        camera: None,
        aspect: USUAL_ASPECT,
        load: &load,
    };
    Ok(read_camera(bytes, &reading)?.path)
}

/// An animation that begins later than this is mentioned.
const LATE_SECONDS: f64 = 1.0;

/// Reads a camera of a `.gltf` or `.glb` file into one key per frame. The first keyframe of the camera is frame 0.
pub fn read_camera(bytes: &[u8], reading: &Reading) -> Result<ReadCamera, String> {
    let document = Document::of(bytes, reading.load)?;
    let (number, mut notes) = chosen(&document, reading.camera)?;
    let chain = chain(&document, number)?;
    let focal_mm = focal_of(&document, number, reading.aspect)?;
    notes.extend(animation_notes(&document, &chain));
    let nodes: Vec<Node> = chain
        .iter()
        .map(|node| Node::of(&document, *node))
        .collect::<Result<_, _>>()?;
    let per_second = reading.rate.per_second();
    // Blender writes frame 1 at 1/24 s, and a scene that begins at frame 1001 at 42 s.
    let extents = nodes.iter().flat_map(Node::extents);
    let whole = extents.reduce(|one, other| [one[0].min(other[0]), one[1].max(other[1])]);
    let [start, end] = whole.unwrap_or_default();
    if start > LATE_SECONDS {
        notes.push(format!(
            "its animation begins at {start:.1} s; that is frame 0 of the path"
        ));
    }
    let frames = (((end - start) * per_second).round() as usize).saturating_add(1);
    if frames > MOST_FRAMES {
        return Err(format!("{frames} frames are not a shot"));
    }
    let mut keys = Vec::with_capacity(frames);
    let mut is_scaled = false;
    for frame in 0..frames {
        let time = start + frame as f64 / per_second;
        let world = nodes
            .iter()
            .rev()
            .fold(DAffine3::IDENTITY, |above, node| above * node.at(time));
        let orientation = orientation_of(&world.matrix3)
            .ok_or("the camera has no direction: its nodes are scaled to nothing")?;
        let product = world.matrix3.transpose() * world.matrix3;
        is_scaled |= world.matrix3.determinant() < 0.0
            || !product.abs_diff_eq(DMat3::IDENTITY, LARGEST_SKEW);
        let pose = Pose {
            position: flipped(world.translation),
            orientation: turned(orientation).normalize(),
            focal_mm,
        };
        keys.push(CameraKey::new(Frames(frame as i64), pose));
    }
    if is_scaled {
        notes.push(
            "the nodes of the camera are scaled: that moves it, and is not seen otherwise".into(),
        );
    }
    let path = CameraPath::of_keys(keys);
    path.check()?;
    Ok(ReadCamera {
        path,
        frames,
        notes,
    })
}

/// The node of the wanted camera, and a note if there are others.
fn chosen(document: &Document, wanted: Option<&str>) -> Result<(usize, Vec<String>), String> {
    let nodes = document.list("nodes");
    let cameras: Vec<usize> = (0..nodes.len())
        .filter(|node| nodes[*node]["camera"].is_u64())
        .collect();
    let first = *cameras.first().ok_or("there is no camera in this file")?;
    let names = |cameras: &[usize]| {
        let names = cameras.iter().take(LISTED_CAMERAS);
        let names: Vec<String> = names.map(|node| name_of(document, *node)).collect();
        names.join(", ")
    };
    if let Some(wanted) = wanted {
        let is_it = |node: &&usize| {
            let camera = camera_of(document, **node);
            nodes[**node]["name"] == wanted || camera.is_some_and(|camera| camera["name"] == wanted)
        };
        let found = cameras.iter().find(is_it);
        return match found {
            Some(node) => Ok((*node, Vec::new())),
            None => Err(format!(
                "there is no camera {wanted}; the file has {}",
                names(&cameras)
            )),
        };
    }
    let is_moved = |node: &&usize| {
        chain(document, **node).is_ok_and(|chain| {
            let mut moved = chain.iter().flat_map(|node| {
                let properties = Property::ALL.into_iter();
                properties.flat_map(move |property| channels_of(document, *node, property))
            });
            moved.next().is_some()
        })
    };
    let node = cameras.iter().find(is_moved).copied().unwrap_or(first);
    let others: Vec<usize> = cameras.into_iter().filter(|other| *other != node).collect();
    let note = (!others.is_empty()).then(|| {
        format!(
            "the file has several cameras: {} is used, not {}",
            name_of(document, node),
            names(&others)
        )
    });
    Ok((node, note.into_iter().collect()))
}

/// The camera of a node.
fn camera_of<'d>(document: &'d Document, node: usize) -> Option<&'d Value> {
    let camera = index(&document.list("nodes").get(node)?["camera"]);
    document.list("cameras").get(camera)
}

/// The name of a node with a camera, or that of the camera.
fn name_of(document: &Document, node: usize) -> String {
    let own = document.list("nodes").get(node);
    let named = [own, camera_of(document, node)];
    let mut names = named.into_iter().flatten();
    let name = names.find_map(|value| value["name"].as_str());
    name.map_or_else(|| format!("the camera of node {node}"), str::to_owned)
}

/// A node and all above it, from below.
fn chain(document: &Document, node: usize) -> Result<Vec<usize>, String> {
    let nodes = document.list("nodes");
    let mut chain = vec![node];
    let mut lowest = node;
    loop {
        let is_above = |candidate: &Value| {
            let children = candidate["children"].as_array();
            children.is_some_and(|children| children.iter().any(|child| index(child) == lowest))
        };
        let Some(above) = nodes.iter().position(is_above) else {
            return Ok(chain);
        };
        if chain.contains(&above) {
            return Err("the nodes above the camera go round in a circle".into());
        }
        chain.push(above);
        lowest = above;
    }
}

/// What the animation of these nodes has and the path has not.
fn animation_notes(document: &Document, chain: &[usize]) -> Vec<String> {
    let mut notes = Vec::new();
    let is_repeated = |node: &usize| {
        let mut properties = Property::ALL.into_iter();
        properties.any(|property| channels_of(document, *node, property).nth(1).is_some())
    };
    if chain.iter().any(is_repeated) {
        notes.push("several animations move the camera: the first is used".into());
    }
    let mut channels = document
        .list("animations")
        .iter()
        .filter_map(|animation| animation["channels"].as_array())
        .flatten();
    if channels.any(|channel| channel["target"]["path"] == "pointer") {
        notes.push("an animated lens is not read: the focal length stays as it is".into());
    }
    notes
}

/// The rotation of a matrix that may also scale: the direction of its z is kept, then that of its y.
fn orientation_of(matrix: &DMat3) -> Option<DQuat> {
    let back = matrix.z_axis.try_normalize()?;
    let up = (matrix.y_axis - back * matrix.y_axis.dot(back)).try_normalize()?;
    let turn = DQuat::from_mat3(&DMat3::from_cols(up.cross(back), up, back));
    turn.is_finite().then_some(turn)
}

/// Converts a position between the two spaces, in either direction.
fn flipped(place: DVec3) -> DVec3 {
    DVec3::new(place.x, -place.y, -place.z)
}

/// Converts a rotation between the two spaces, in either direction.
fn turned(turn: DQuat) -> DQuat {
    DQuat::from_xyzw(turn.x, -turn.y, -turn.z, turn.w)
}

/// The focal length of a node's camera.
fn focal_of(document: &Document, node: usize, usual_aspect: f64) -> Result<f64, String> {
    let camera = camera_of(document, node).unwrap_or(&Value::Null);
    let lens = &camera["perspective"];
    let name = name_of(document, node);
    if !lens.is_object() {
        return Err(format!(
            "{name} has no perspective lens: an orthographic camera cannot be used"
        ));
    }
    let yfov = lens["yfov"].as_f64().unwrap_or(0.0);
    if !(0.001..3.1).contains(&yfov) {
        return Err(format!(
            "{name} has an angle of view of {yfov} radians: no lens has it"
        ));
    }
    let aspect = match lens["aspectRatio"].as_f64() {
        None => usual_aspect,
        Some(aspect) if (0.1..10.0).contains(&aspect) => aspect,
        Some(aspect) => return Err(format!("{name} has an aspect ratio of {aspect}")),
    };
    Ok(SENSOR_WIDTH_MM / aspect / 2.0 / (yfov / 2.0).tan())
}

#[cfg(test)]
mod tests;
