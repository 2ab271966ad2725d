//! Actions on the timeline and its selection: edits, gestures that become one undo step, and sources placed on tracks.
//! Only they change the cut.

use std::path::PathBuf;

use kinora_studio::timeline::{
    ClipId, CueId, Edit, Frames, ShotId, Source, TrackId, TransitionKind,
};

/// Changes of the timeline, and its selection.
#[derive(Clone, Debug, PartialEq)]
pub enum EditAction {
    Apply(Edit),
    /// Apply several edits as one step of this name.
    ApplyAll(&'static str, Vec<Edit>),
    Gesture(Gesture),
    /// Undo or redo until so many steps are done.
    GoToStep(usize),
    /// Select a clip, or nothing if `clip` is `None`. `adds` adds the clip to the selection, or removes it. `alone` leaves
    /// out the clips linked to it.
    SelectClip {
        clip: Option<ClipId>,
        adds: bool,
        alone: bool,
    },
    /// Select these clips, with those linked to them; or add them to the selection.
    SelectClips {
        clips: Vec<ClipId>,
        adds: bool,
    },
    /// Select a gap by its track and its first frame.
    SelectGap(TrackId, Frames),
    /// Select a subtitle; or add it to the selection, or remove it.
    SelectCue {
        cue: CueId,
        adds: bool,
    },
    /// Insert a source, or place it over what is there, at a frame of a track. Its sound goes to another track.
    DropSource {
        source: Source,
        track: TrackId,
        at: Frames,
        inserts: bool,
    },
    /// Replace the source of a clip and of those linked to it.
    ReplaceSource {
        clip: ClipId,
        source: Source,
    },
    /// Place a shot on the timeline.
    PlaceShot(ShotId, ShotPlace),
    /// A transition at the head of a clip.
    AddTransition(ClipId, TransitionKind),
    /// Import a video, picture or sound and place it at the playhead, or a subtitle file as a track.
    Import(PathBuf),
}

/// A place for a shot on the targeted video track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShotPlace {
    /// At the playhead; what follows moves along.
    Playhead,
    /// After the last clip.
    End,
    /// In the gap under the playhead, on the track of that gap.
    Gap,
}

/// A step of a gesture: any number of previews that become one undo step.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    Begin(String),
    Preview(Vec<Edit>),
    Commit,
    Abort,
}
