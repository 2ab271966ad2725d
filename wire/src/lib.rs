//! The protocol between studio and engine: requests, events, and the client that starts and watches an engine process.
//! Plain data over two pipes; no tensors, windows or projects. `command-line` adds what both command lines share.

mod camera;
#[cfg(feature = "command-line")]
mod cli_progress;
mod client;
mod embed;
mod estimate;
mod experts;
mod failure;
#[cfg(feature = "command-line")]
mod frames;
mod framing;
mod interpolate;
mod job;
mod launch;
mod lora;
mod memory;
mod message;
mod model;
mod name_order;
#[cfg(feature = "command-line")]
mod options;
mod request;
mod serve;
mod settings;
mod sound_for_picture;
mod spec;
mod speech;
mod step_cache;
mod stream_guidance;
mod upscale;
mod vocabulary;

pub use camera::{Camera, View, camera_length_note};
#[cfg(feature = "command-line")]
pub use cli_progress::{ProgressReporter, error_text, exit_code, models_table, verdicts_table};
pub use client::{Ended, Engine, EngineMessage, JobMessage};
pub use embed::Embed;
pub use estimate::Estimate;
pub use experts::{ExpertSwitch, LowNoiseGuidance};
pub use failure::{Failure, FailureKind};
#[cfg(feature = "command-line")]
pub use frames::{make_frame_folder, media_ending, write_frames};
pub use framing::{BadMessage, MOST_PAYLOAD_BYTES, read, read_event, write, write_event};
pub use interpolate::{Interpolate, InterpolatorInfo, Moment};
pub use job::{JobId, Outcome, PixelShape, Progress, SoundShape, Timings};
pub use launch::{Launch, NICE_VARIABLE};
pub use lora::{Expert, LORA_STRENGTHS, Lora, LoraInfo, is_in_context, stage_shown_to};
pub use memory::{MEMORY_VARIABLE, MemoryUse, PhaseMemory, size_bytes, size_words};
pub use message::{
    CardDetails, Cuda, Device, DeviceKind, Event, FileVerdict, Hello, PROTOCOL, Request,
};
pub use model::{Ability, CameraLimits, Installed, ModelInfo, ModelList, StageControl, WeightFile};
pub use name_order::{NamePart, name_parts};
#[cfg(feature = "command-line")]
pub use options::{GenerateOptions, frame_size};
pub use request::{Clip, ClipInputs, Generation, Keyframe, Makes, Reference, Source, Voice};
pub use serve::{EventPipe, serve};
pub use settings::{GenerationSettings, Guidance, PartialSettings, Sampler};
pub use sound_for_picture::SoundForPicture;
pub use spec::{FrameRule, LatentGrid, ModelSpec, SoundSpec};
pub use speech::{CodeSampling, SpeechSampling};
pub use step_cache::StepCache;
pub use stream_guidance::{GuidanceTerms, StreamGuidance};
pub use upscale::{StageFigure, StagePictures, StageView, Upscale, UpscaleGuide, UpscalerInfo};
pub use vocabulary::{WordList, hint, listed, unknown_words};
