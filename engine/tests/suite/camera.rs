//! Compares the rays of a camera path with a plain numpy reference.
//! The reference is written by engine/goldens/camera.py.

use std::collections::BTreeMap;

use kinora_engine::family::wan::camera::rays_of_latent_frame;
use kinora_wire::Camera;
use serde::Deserialize;
use serde_json::Value;
use tch::Tensor;

use crate::golden::{assert_close, number, open, parsed};

#[derive(Deserialize)]
struct Notes {
    cases: BTreeMap<String, Value>,
    texts: BTreeMap<String, String>,
}

#[test]
fn a_path_becomes_the_rays_of_the_reference() {
    let file = open("camera");
    let notes: Notes = parsed(&file);
    for (name, case) in &notes.cases {
        let path = case["path"].as_str().unwrap_or("usual");
        let camera = Camera::from_realestate(&notes.texts[path]).expect("a path");
        assert_eq!(camera.views.len(), 5);
        let (height, width) = (number(case, "height"), number(case, "width"));
        let frames = [0, 1].map(|frame| rays_of_latent_frame(&camera, frame, height, width));
        let golden = file.tensor(name).expect("golden");
        assert_close(name, &Tensor::cat(&frames, 2), &golden, 1e-5);
    }
}
