//! The window and the command line of Kinora: both are thin views of `kinora-studio`.
//! Panels are drawn from shared references and return what is asked of the studio; `run` does it.

pub mod cli;
mod command;
mod compare;
mod film;
mod fonts;
mod glimpses;
mod gpu;
mod keymap;
mod later;
mod notice;
mod panel;
mod pictures;
mod player;
mod run;
mod state;
mod theme;
mod widget;
pub mod window;
