//! The conditioning pictures of a request, read and scaled: kept frames, references, control clip.
//! The same for every model; each family encodes them for its own networks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use image::RgbImage;
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use crate::picture;
use crate::plan::Plan;

/// The pictures of a request.
#[derive(Debug, Default)]
pub struct Conditioning {
    /// Given frames by frame number: keyframes, and frames kept from the source clip. At the clip's size.
    pub kept: BTreeMap<i64, RgbImage>,
    /// Frames of the source clip that are made again, by frame number. At the clip's size.
    pub replaced: BTreeMap<i64, RgbImage>,
    /// Reference pictures, at their own sizes.
    pub references: Vec<RgbImage>,
    /// The control clip, one picture per frame, at the clip's size.
    pub control: Vec<RgbImage>,
}

impl Conditioning {
    /// Reads all pictures of a plan. This happens before any model is loaded, so that a bad file is reported early.
    pub fn read(plan: &Plan) -> Result<Self, Failure> {
        let (width, height) = (plan.width() as u32, plan.height() as u32);
        let filling = |path: &PathBuf| Ok(picture::filling(&picture::read(path)?, width, height));
        let request = &plan.request;
        let (mut kept, mut replaced) = (BTreeMap::new(), BTreeMap::new());
        if let Some(source) = &request.inputs.source {
            for frame in 0..plan.frames() {
                let Some(index) = plan.in_source(frame) else {
                    continue;
                };
                let is_kept = plan.has_given_picture() || plan.kept_from_source(frame).is_some();
                let frames = if is_kept { &mut kept } else { &mut replaced };
                frames.insert(frame, filling(&source.clip.frames[index])?);
            }
        }
        for keyframe in &request.inputs.keyframes {
            kept.insert(plan.frame_number(keyframe.frame), filling(&keyframe.image)?);
        }
        let control = control_of(plan, [width, height]);
        let references = request
            .inputs
            .references
            .iter()
            .flat_map(|reference| &reference.images);
        let references = references.map(|path| picture::read(path));
        Ok(Self {
            kept,
            replaced,
            references: references.collect::<Result<_, _>>()?,
            control: control?,
        })
    }
}

/// The pictures of the control clip at this width and height, one per frame. Empty without one.
pub fn control_of(plan: &Plan, [width, height]: [u32; 2]) -> Result<Vec<RgbImage>, Failure> {
    let frames = plan.request.control.iter().flat_map(|clip| &clip.frames);
    let frames = frames.take(plan.frames().max(0) as usize);
    frames
        .map(|path| Ok(picture::filling(&picture::read(path)?, width, height)))
        .collect()
}

/// The pictures as a clip, 1 x 3 x frames x height x width in [-1, 1]; mid-grey (0) for frames without a picture.
pub fn clip<'p>(
    plan: &Plan,
    device: Device,
    picture_of: impl Fn(i64) -> Option<&'p RgbImage>,
) -> Tensor {
    let size = [3, plan.frames(), plan.height(), plan.width()];
    let video = Tensor::zeros(size, (Kind::Float, Device::Cpu));
    for frame in 0..plan.frames() {
        if let Some(picture) = picture_of(frame) {
            video.select(1, frame).copy_(&picture::to_tensor(picture));
        }
    }
    video.unsqueeze(0).to_device(device)
}
