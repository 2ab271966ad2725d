//! How far the in-betweens of a clip are: made, being made, or missing.

use std::path::Path;

use kinora_studio::Project;
use kinora_studio::render::project::{ProjectFiles, SmoothClip};
use kinora_studio::timeline::Clip;

use super::generation::GenerationState;
use super::open_project::MediaCaches;

/// The sentence without a frame interpolator.
pub const NO_INTERPOLATOR: &str =
    "No frame interpolator is installed. Install one: File > Models…, or `kinora models install`.";

/// How far the in-betweens of a clip are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InBetweensState {
    /// The clip shows them.
    Made,
    /// From 0 to 1.
    Making(f32),
    Queued,
    Failed,
    /// Nobody makes them.
    Missing,
}

impl InBetweensState {
    /// Of a clip of the project in `folder`. `None`: it needs none, or the disk has not answered yet.
    pub fn of(
        project: &Project,
        folder: &Path,
        (generation, media): (&GenerationState, &MediaCaches),
        clip: &Clip,
    ) -> Option<Self> {
        let smooth = SmoothClip::of(project, clip)?;
        if let Some(progress) = generation.progress_of_smooth(&smooth) {
            return Some(Self::Making(progress.done));
        }
        if let Some(order) = generation.scheduler.order_of_smooth(&smooth) {
            return Some(match order.failed {
                Some(_) => Self::Failed,
                None => Self::Queued,
            });
        }
        let path = ProjectFiles::of(folder).smooth_clip(&smooth);
        let is_there = media.in_between_files.get(&path)?;
        Some(match is_there {
            true => Self::Made,
            false => Self::Missing,
        })
    }

    /// "Smooth: 40 %".
    pub fn words(self) -> String {
        match self {
            Self::Made => "Smooth".into(),
            Self::Making(done) => format!("Smooth: {:.0} %", done * 100.0),
            Self::Queued => "Smooth: queued".into(),
            Self::Failed => "Smooth: failed".into(),
            Self::Missing => "Smooth: not made".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_show_how_far_they_are() {
        assert_eq!(InBetweensState::Making(0.404).words(), "Smooth: 40 %");
        assert_eq!(InBetweensState::Missing.words(), "Smooth: not made");
        assert_eq!(InBetweensState::Made.words(), "Smooth");
    }
}
