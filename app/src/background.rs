//! Work on other threads, with results for the window: the picture at the playhead, filmstrips, thumbnails,
//! missing files, details of videos. Also the pages of the help, and the
//! writing of the config folder and of notes.

pub mod config_writer;
pub mod help_page;
pub mod help_pages;
pub mod images;
pub mod media_files;
pub mod note_writer;
pub mod path_cache;
pub mod player;
pub mod project_card;
pub mod source_player;
pub mod task;
pub mod thumbnails;
pub mod video_details;
