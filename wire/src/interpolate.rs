//! A request to make pictures between the pictures of a clip.

use serde::{Deserialize, Serialize};

use crate::{Clip, WeightFile};

/// An installed frame interpolator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpolatorInfo {
    /// The id used in requests.
    pub id: String,
    /// Its weights, with their hash.
    pub file: WeightFile,
}

/// An interpolation request. The engine fills in what is left out, and reports the complete request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interpolate {
    /// The id of an installed interpolator, or the path of its file. `None`: the first installed one.
    pub model: Option<String>,
    /// The pictures, all of one size.
    pub clip: Clip,
    /// The moments to make, in the order in which their pictures are sent.
    pub moments: Vec<Moment>,
    /// "cpu" or "cuda:0". `None`: a graphics card if there is one.
    pub device: Option<String>,
}

/// A moment of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The picture at the moment or before it, counted from 0.
    pub frame: u32,
    /// The way to the next picture, from 0 to below 1. 0: the picture itself.
    pub part: f64,
}
