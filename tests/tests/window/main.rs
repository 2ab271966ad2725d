//! The window: panel by panel, whole films, random input, and the real process on a virtual display. One program for
//! all of them: each would link the whole window again.

mod held_gesture;
mod keyboard_film;
mod monkey;
mod panels;
mod process;
mod stalled;
mod welcome;
mod whole_film;
