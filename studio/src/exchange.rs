//! What goes in and out of a project: imported media, exported video, timelines of other editors, single frames.

pub mod export;
pub mod frame_grab;
pub mod import;
pub mod interchange;
pub mod portrait_colours;
