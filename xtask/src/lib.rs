//! The chores, one module each, and what they share: a virtual screen and running programs.
//! The whole-program tests use those two as well.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: stdout is where it speaks"
)]

pub mod bench;
pub mod display;
pub mod reference;
pub mod run;
pub mod screenshot;
pub mod setup;
pub mod shell;
pub mod test;
