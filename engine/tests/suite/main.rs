//! The engine as a whole: against the reference (what diffusers and transformers make of drawn weights
//! and inputs, written to engine/goldens by `cargo xtask goldens`), over the wire, and under attack.

#![expect(
    clippy::print_stdout,
    reason = "measured differences and times are told to whoever runs these with --nocapture"
)]

mod camera;
mod drawn;
mod golden;
mod hostile;
mod jobs;
mod layouts;
mod pipeline;
mod refusals;
mod sampler;
mod text;
mod tiny;
mod training;
mod transformer;
mod vae;
