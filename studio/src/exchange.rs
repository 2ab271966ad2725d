//! Import and export: media and timelines in, videos, timelines and single frames out.

pub mod export;
pub mod export_preparation;
pub mod export_presets;
pub mod first_contact;
pub mod frame_grab;
pub mod import;
pub mod interchange;
pub mod output_place;
pub mod placement;
pub mod portrait_colours;
pub mod relink;
pub mod small_takes;
pub mod subtitles;
pub mod voice_over;
