//! The window and the command line of Kinora: both are thin views of `kinora-studio`.
//!
//! Layers, each importing only those to its right: `window -> {panels, actions} -> state -> {background, ui}`. Panels
//! and actions never import each other: panels send actions, `window` applies them.

mod actions;
mod background;
pub mod cli;
mod panels;
mod state;
mod ui;
pub mod window;
