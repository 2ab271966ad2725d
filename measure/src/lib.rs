//! Measures of a generated clip: whether its camera follows the drawn path, whether a character keeps its colours, whether
//! it flickers, whether two clips join. It takes pixels, lenses and paths, and uses neither window nor engine nor weights.

mod bundle;
mod camera;
mod colour;
mod corners;
mod course;
mod crop;
mod enlarge;
mod figure;
mod fit;
mod flow;
mod frame;
mod ground;
mod halves;
mod identity;
mod join;
mod light;
mod linear;
mod motion;
mod over_ground;
mod path;
mod print;
mod print_drift;
mod pyramid;
mod report;
mod resection;
mod rivals;
mod scene;
mod search;
mod similarity;
mod solve;
mod statistics;
mod steadiness;
mod tracks;
mod turning;
mod twin;
mod verdict;
mod wardrobe;

pub use camera::{SOLVER, measure_camera, measure_camera_with_motion, measure_tracks};
pub use colour::{Lab, difference, lab};
pub use course::{Course, CourseReport, course_of};
pub use crop::{crop_of, whole_square};
pub use figure::{Placed, Seen, Unseen, figure_colours, look_at};
pub use fit::{Fits, PathFit, fit_of, fits_of, turned_fit};
pub use frame::{GreyFrame, Mask, RgbFrame};
pub use identity::Signature;
pub use join::{JoinReport, measure_join};
pub use light::{lit_like, reference_distance};
pub use motion::{Motion, TrackMotion};
pub use path::{DrawnPath, DrawnView};
pub use print::{Feature, Print, print_of};
pub use print_drift::{LOST_SHARE, PrintReport, measure_print};
pub use report::{AchievedPose, Axes, CameraReport, FrameReport, TurnError, Verdict};
pub use similarity::{
    NotCompared, Similarity, SimilarityRange, SimilarityRank, cosine, measure_similarity,
};
pub use solve::{Limits, Reason};
pub use statistics::Spread;
pub use steadiness::{SteadinessReport, measure_steadiness};
pub use tracks::{Track, Tracks, track};
pub use verdict::OBEYED_FIT;
pub use wardrobe::{
    APPEARANCE_SOLVER, Against, DRIFTED, Drift, UNLIKE_REFERENCES, Wardrobe, WardrobeReport,
    measure_wardrobe,
};
