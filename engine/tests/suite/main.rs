//! The engine against the reference: what diffusers and transformers make of drawn weights and inputs
//! (engine/goldens, written by `cargo xtask goldens`), and what the engine makes of the same.

mod camera;
mod drawn;
mod golden;
mod layouts;
mod pipeline;
mod sampler;
mod text;
mod tiny;
mod transformer;
mod vae;
