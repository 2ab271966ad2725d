//! A request to describe pictures by vectors, so that they can be compared.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A request for one vector for each picture, of length 1: pictures that look alike have vectors that point the same way.
/// The answer is a [`Progress::Embedded`](crate::Progress::Embedded) for each picture, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embed {
    /// The id or the folder of a model that has an image encoder, or the path of the image encoder's file. `None`: the
    /// first installed one.
    pub model: Option<String>,
    /// The picture files, of any sizes. Of each the square in its middle is seen.
    pub pictures: Vec<PathBuf>,
    /// "cpu" or "cuda:0". `None`: a graphics card if there is one.
    pub device: Option<String>,
}
