//! Work on other threads, with results for the window: the picture at the playhead, filmstrips, thumbnails.

pub mod images;
pub mod path_cache;
pub mod player;
pub mod project_card;
pub mod task;
pub mod thumbnails;
