//! Stills: made of the selected shot, and used as a keyframe image or as a picture of a character.

use egui::Context;
use kinora_studio::exchange::frame_grab::save_first_frame;
use kinora_studio::timeline::ContentHash;

use super::shot::{new_seed, shot_to_generate};
use crate::background::task::Task;
use crate::state::action::FrameUse;
use crate::state::app::AppState;
use crate::state::tasks::{ImportedImage, KeptFrame};

/// Queues as many stills of the selected shot as are set in the shot panel.
pub fn make(state: &mut AppState) {
    let Some(shot) = shot_to_generate(state) else {
        return;
    };
    if let Some(open) = &mut state.project {
        let count = open.view.panels.shot.still_count;
        let scheduler = &mut open.generation.scheduler;
        scheduler.queue_stills(&shot, count, new_seed());
    }
}

/// Copies a still into the project's pictures, on another thread, for this use.
pub fn use_as(still: ContentHash, wanted: FrameUse, state: &mut AppState, ctx: &Context) {
    let Some(open) = state.project.as_ref().filter(|_| state.can_edit()) else {
        return;
    };
    let mut takes = open.generation.takes.takes.iter();
    let found = takes.find(|(name, _)| *name == still);
    let recipe = found.and_then(|(_, take)| take.readable());
    let name = match recipe {
        Some(recipe) => format!("Still {}", recipe.inputs.seed),
        None => "Still".to_owned(),
    };
    let folder = open.document.session.folder().to_owned();
    state.tasks.keeping_frames.push(Task::start(ctx, move || {
        let content = save_first_frame(still, &folder)?;
        Ok(KeptFrame {
            wanted,
            picture: ImportedImage {
                colours: None, // more than one character may be in it
                folder,
                name,
                content,
            },
        })
    }));
}
