//! A request to make the pictures of a finished clip larger.

use serde::{Deserialize, Serialize};

use crate::{Clip, WeightFile};

/// An installed upscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpscalerInfo {
    /// The id used in requests.
    pub id: String,
    /// Width and height of the large pictures divided by those of the small ones.
    pub scale: u32,
    /// Its weights, with their hash.
    pub file: WeightFile,
}

/// An upscaling request. The engine fills in what is left out, and reports the complete request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upscale {
    /// The id of an installed upscaler, or the path of its file. `None`: the first installed one.
    pub model: Option<String>,
    /// The pictures, all of one size.
    pub clip: Clip,
    /// "cpu" or "cuda:0". `None`: a graphics card if there is one.
    pub device: Option<String>,
}
