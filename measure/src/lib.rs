//! Measures of a generated clip against what was asked: whether the camera follows its drawn path, and by how much not.
//! It knows pixels, lenses and paths; neither window nor engine, and no weights.

mod bundle;
mod camera;
mod corners;
mod fit;
mod flow;
mod frame;
mod linear;
mod path;
mod pyramid;
mod report;
mod scene;
mod search;
mod solve;
mod tracks;
mod turning;
mod verdict;

pub use camera::{measure_camera, measure_tracks};
pub use fit::{PathFit, fit_of};
pub use frame::{GreyFrame, Mask};
pub use path::{DrawnPath, DrawnView};
pub use report::{Axes, CameraReport, Fits, FrameReport, Spread, TurnError, Verdict};
pub use solve::{Limits, Reason};
pub use tracks::{Track, Tracks, track};
