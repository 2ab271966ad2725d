//! Editing, drawn: before, what is done, after. A file for each family of edits; `drawn.rs` explains the drawings.
//! Refused edits are compared with their messages.

mod arranging;
mod dissolves;
mod frame_rate;
mod groups;
mod history;
mod placing;
mod removing;
mod ripple;
mod shots;
mod tracks;
mod trimming;
