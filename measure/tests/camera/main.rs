//! The camera measure on clips whose camera is known, drawn by a small renderer.
//! `calibration.rs` prints the table of docs/measures.md.

mod calibration;
mod courses;
mod curves;
mod floors;
mod moves;
mod refusals;
mod world;
