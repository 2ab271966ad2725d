//! Generating: the queue of a project, the scheduler that runs it, and clips generated without a project.

pub mod batch;
pub mod best_clip;
pub mod best_of;
pub mod clip_file;
pub mod given_sound;
pub mod interpolate;
pub mod oneshot;
pub mod queue;
pub mod ranking;
pub mod reroll;
pub mod scheduler;
pub mod shot_check;
pub mod shot_sound;
pub mod smooth;
pub mod sound_cost;
pub mod sound_for_picture;
pub mod source_clip;
pub mod stills;
pub mod upscale;
