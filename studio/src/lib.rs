//! The session without a window: which film is open, which engine runs, what this machine can do.
//! The window and the command line are both thin views of this.

pub mod check;
pub mod clip_file;
pub mod closing;
pub mod cut;
pub mod deliver;
pub mod doctor;
pub mod engine;
pub mod folders;
pub mod frame;
pub mod freeze;
pub mod generate;
pub mod import;
pub mod kept;
mod leftovers;
pub mod likeness;
mod maker;
pub mod missing;
pub mod production;
pub mod queue;
pub mod recent;
pub mod recipe;
pub mod reproduce;
mod session;
pub mod shot_camera;
pub mod shot_stage;
pub mod takes;
mod wanted;

pub use kept::KeptFilm;
pub use kinora_render as render;
pub use kinora_render::export::Exported;
pub use kinora_timeline as timeline;
pub use kinora_timeline::{FrameRate, Project, Size, file::FOLDER_EXTENSION, file::FileError};
pub use kinora_wire as wire;
pub use kinora_wire::{Device, DeviceKind, Hello};
pub use session::{Session, name_of};
