//! The procedural world, the training loops that make the starter model of it, and the measures of what
//! the model has learnt.

pub mod autoencoder;
pub mod cli;
pub mod diffusion;
mod files;
mod initial;
pub mod latents;
pub mod learner;
mod lessons;
mod libtorch;
pub mod measure;
pub mod model;
mod optimizer;
pub mod pace;
mod parameters;
mod pixels;
mod portrait;
mod rays;
mod school;
mod sheet;
mod ship;
pub mod starter;
mod tokens;
pub mod world;
