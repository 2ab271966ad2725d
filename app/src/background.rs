//! Work on other threads, and its results as the window shows them: the playhead's picture, filmstrips, portraits.

pub mod images;
pub mod player;
pub mod task;
pub mod thumbnails;
