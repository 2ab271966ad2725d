//! The edit model: a project as plain values, a closed vocabulary of edits, undo, and the project file. No window, no
//! tensors, no threads, no clock; only `file` touches the disk.

mod amendment;
pub mod camera;
pub mod cast;
pub mod check;
pub mod clip;
pub mod curve;
mod easing;
pub mod edit;
pub mod effect;
mod fade;
pub mod file;
mod history;
mod id;
mod index;
mod look;
pub mod marker;
pub mod media;
pub mod mixing;
pub mod otio;
mod preserved_metadata;
mod project;
pub mod query;
mod rate;
mod refusal;
pub mod sequence;
pub mod shot;
mod size;
mod solo;
mod speed;
pub mod speed_ramp;
mod splice;
pub mod stage;
mod stored;
mod time;
pub mod timecode;
pub mod title;
pub mod track;
mod transition;
mod tree;

pub use amendment::Amendment;
pub use clip::{Clip, Edge, Source};
pub use edit::Edit;
pub use fade::FadeShape;
pub use history::{History, Step};
pub use id::{
    CharacterId, ClipId, ContentHash, GroupId, MarkerId, MediumId, SequenceId, ShotId, TitleId,
    TrackId,
};
pub use preserved_metadata::PreservedMetadata;
pub use project::Project;
pub use rate::FrameRate;
pub use refusal::Refusal;
pub use size::Size;
pub use speed::Speed;
pub use speed_ramp::SpeedRamp;
pub use time::{FrameRange, Frames, Rounding};
pub use track::{Item, Track, TrackKind};
pub use transition::{Transition, TransitionKind};
