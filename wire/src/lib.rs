//! What a studio says to an engine and what it hears back, and the client that starts and watches
//! an engine process. Plain data over two pipes: no tensor, no window, no project crosses here.

mod camera;
mod client;
mod failure;
mod framing;
mod job;
mod message;
mod serve;

pub use camera::{Camera, View};
pub use client::{Ended, Engine, Heard};
pub use failure::{Failure, FailureKind};
pub use framing::{BadMessage, read, write};
pub use job::{
    Clip, Generation, Guidance, JobId, Keyframe, Outcome, PixelShape, Progress, Reference, Sampler,
    Source, Timings,
};
pub use message::{Cuda, Device, DeviceKind, Event, Hello, PROTOCOL, Request};
pub use serve::{Answer, serve};
