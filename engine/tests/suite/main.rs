//! Integration tests of the engine: parity with the reference implementations (goldens from diffusers and transformers,
//! written by `cargo xtask goldens`), jobs over the protocol, refusals, and hostile files.

#![expect(
    clippy::print_stdout,
    reason = "measured differences, sizes and times are printed with --nocapture"
)]

mod adapters;
mod bench;
mod camera;
mod drawn;
mod embedder;
mod estimates;
mod experts;
mod folders;
mod gguf;
mod golden;
mod guided_upscale;
mod header_only;
mod hostile;
mod image_encoder;
mod interpolate;
mod jobs;
mod large_latents;
mod layouts;
mod library;
mod ltx2_audio;
mod ltx2_cards;
mod ltx2_pipeline;
mod ltx2_sampling;
mod ltx2_text;
mod ltx2_transformer;
mod ltx2_vae;
mod memory;
mod pipeline;
mod quantised;
mod qwen_cards;
mod qwen_tts;
mod refusals;
mod sampler;
mod shared_folders;
mod sound_for_picture;
mod stable_audio;
mod step_cache;
mod stored;
mod text;
mod tiny;
mod training;
mod transformer;
mod upscale;
mod vae;
mod variants;
