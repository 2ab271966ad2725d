//! Generating: the queue of a project, the scheduler that works it off, and clips generated without a project.

pub mod batch;
pub mod clip_file;
pub mod oneshot;
pub mod queue;
pub mod scheduler;
