//! Actions on shots and the cast: their properties, new takes of them, and the pictures that they use. Camera paths in
//! the user's library belong here too.

use std::path::PathBuf;
use std::sync::Arc;

use egui::ColorImage;
use kinora_studio::timeline::camera::CameraPath;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::{CharacterId, FrameRange, ShotId, TrackId};

use crate::state::form::character_form::CharacterForm;

/// Shots and the cast.
#[derive(Clone, Debug, PartialEq)]
pub enum ShotAction {
    Select(ShotId),
    /// Show the panel of the selected shot, with the focus in its prompt.
    Describe,
    /// Change one property.
    Change(ShotId, ShotChange),
    /// Lock the seed to a new random one.
    LockNewSeed(ShotId),
    /// A new shot in a gap of this track.
    FillGap(TrackId, FrameRange),
    /// A new character from a picture file that was dropped. One that moves is imported as a video.
    AddDropped(PathBuf),
    /// A keyframe image at this frame, from a picture file.
    AddKeyframeFrom(ShotId, u32, PathBuf),
    /// A keyframe image at this frame, from the clipboard.
    PasteKeyframe(ShotId, u32, Arc<ColorImage>),
    /// Save the frame at the playhead as a picture, for this use.
    UseFrame(FrameUse),
    /// Request the list of models from the engine.
    LoadModels,
    /// Add a LoRA: its name in the LoRA folders, or the path of its file.
    AddLora(ShotId, String),
    /// Look again which LoRAs there are.
    ListLoras,
    /// So many new takes, with new seeds, of each of these shots.
    Reroll(Vec<ShotId>, u32),
}

/// The use of a saved frame of the timeline, or of a still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUse {
    /// A keyframe image of the shot, at this frame, counted in the model's own frames.
    Key(ShotId, u32),
    /// A further reference of a character.
    Reference(CharacterId),
    /// The portrait of a character, before its other references.
    Portrait(CharacterId),
    /// The picture of a new character.
    NewCharacter,
}

/// Characters and their pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CharacterAction {
    /// Open the page of a character, or show all of them if it is `None`.
    Select(Option<CharacterId>),
    /// Change its text.
    Text(CharacterForm),
    /// Choose a file as a further reference.
    AddReference(CharacterId),
    Duplicate(CharacterId),
    /// Remove it from all shots and from the project.
    RemoveFromShots(CharacterId),
}

/// The user's library of camera paths.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraLibraryAction {
    /// Read the names of the paths.
    List,
    /// Save a path under a name.
    Save(String, CameraPath),
    /// Replace the camera path of a shot by the one of this name.
    Load(ShotId, String),
}
