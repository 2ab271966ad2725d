//! The session without a window: the open project, its takes, generation, import and export. The window and the
//! command line are both thin views of this crate.

pub mod camera;
pub mod camera_file;
pub mod camera_library;
mod content_hash;
pub mod doctor;
pub mod engine;
pub mod exchange;
pub mod folders;
pub mod generate;
pub mod install;
pub mod measure;
pub mod project;
pub mod recent;
pub mod stage;
pub mod step_preset;
pub mod take;

pub use kinora_render as render;
pub use kinora_timeline as timeline;
pub use kinora_timeline::{FrameRate, Project, Size, file::FOLDER_EXTENSION, file::FileError};
pub use kinora_wire as wire;
pub use kinora_wire::{Device, DeviceKind, Hello};
pub use project::background_session::BackgroundSession;
pub use project::session::{Session, name_of};
