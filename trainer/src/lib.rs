//! The procedural world, the training of the starter model on it, and measures of the trained model.

pub mod autoencoder;
mod camera_floor;
pub mod cli;
mod commands;
mod dataset;
pub mod diffusion;
mod files;
mod identity_floor;
mod initial;
pub mod latents;
mod libtorch;
pub mod measure;
pub mod model;
mod optimizer;
mod pairs;
mod parameters;
mod pixels;
mod portrait;
mod rays;
mod sheet;
mod ship;
pub mod starter;
mod tokens;
pub mod train_loop;
pub mod train_state;
mod upscaler;
pub mod world;
