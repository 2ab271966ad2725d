//! The sources, read: who imports whom, and what only a model family may say.

mod arrows;
mod families;
mod modules;
