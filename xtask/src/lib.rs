//! The chores, one module each, and two things they share with the whole-program tests: a virtual display, and
//! running programs.

#![expect(
    clippy::print_stdout,
    reason = "a command-line tool: it prints to stdout"
)]

pub mod bench;
pub mod best_of;
pub mod card;
pub mod compiler;
pub mod display;
pub mod reference;
pub mod run;
pub mod screenshot;
pub mod setup;
pub mod shell;
pub mod test;
