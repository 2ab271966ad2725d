//! A request to make the pictures of a finished clip larger.

use std::ops::Range;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::{Clip, View, WeightFile};

/// An installed upscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpscalerInfo {
    /// The id used in requests.
    pub id: String,
    /// Width and height of the large pictures divided by those of the small ones.
    pub scale: u32,
    /// Whether it reads a guide.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_guided: bool,
    /// Its weights, with their hash.
    pub file: WeightFile,
}

/// An upscaling request. The engine fills in what is left out, and reports the complete request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Upscale {
    /// The id of an installed upscaler, or the path of its file. `None`: the first installed one, if possible one that reads
    /// a guide where there is one, and that needs none otherwise.
    pub model: Option<String>,
    /// The pictures, all of one size.
    pub clip: Clip,
    /// The numbers of the pictures to make larger. The others surround them, for upscalers that look at neighbours. `None`:
    /// all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Range<u32>>,
    /// What is known of the clip beside its pictures. An upscaler without a guide passes it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<UpscaleGuide>,
    /// "cpu" or "cuda:0". `None`: a graphics card if there is one.
    pub device: Option<String>,
}

impl Upscale {
    /// The numbers of the pictures to make larger, as far as the clip has them.
    pub fn wanted(&self) -> Range<usize> {
        let count = self.clip.frames.len();
        let Some(wanted) = &self.wanted else {
            return 0..count;
        };
        let end = (wanted.end as usize).min(count);
        (wanted.start as usize).min(end)..end
    }
}

/// What is known of a clip beside its pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpscaleGuide {
    /// The prompt it was generated from.
    pub prompt: String,
    /// Frames per second.
    pub rate: u32,
    /// The number of the first picture within its clip.
    pub first_frame: u32,
    /// Its stage. `None`: it had none.
    pub stage: Option<StagePictures>,
}

impl UpscaleGuide {
    /// So many pictures before and after each count for a large picture where the stage is known.
    pub const REACH: usize = 18;
    /// Width and height of the large pictures of a guided upscaler divided by those of the small ones.
    pub const SCALE: u32 = 4;
    /// Width and height of the pictures of a stage divided by those of the large pictures. Edges of the stage are smooth
    /// because each large pixel is the mean of its samples.
    pub const SAMPLES: u32 = 2;
    /// Width and height of the pictures of a stage divided by those of the small ones.
    pub const STAGE_SCALE: u32 = Self::SCALE * Self::SAMPLES;
}

/// A stage, one picture for each of the clip, [`UpscaleGuide::STAGE_SCALE`] times as wide and as high.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagePictures {
    /// Its stand-ins in their colours, between floor and sky.
    pub picture: Clip,
    /// Its depth, in grey of two bytes: √(1.2 m / z), z measured along the camera's axis; 65,535 at 1.2 m and nearer, 0 in the
    /// sky.
    pub depth: Clip,
    /// The camera of each picture, and the figures that stand before it. Empty: unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<StageView>,
}

/// The camera of a picture of a stage, and the figures that stand before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageView {
    /// The camera, in the world of the stage: metres; the ground is y = 0.
    pub view: View,
    /// The mannequins.
    pub figures: Vec<StageFigure>,
}

/// A mannequin at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageFigure {
    /// The point where it stands, in metres.
    pub foot: DVec3,
    /// Rotation around the vertical, clockwise seen from above; 0 faces along z.
    pub turn_degrees: f64,
    /// Its height, in metres.
    pub height_metres: f64,
}
