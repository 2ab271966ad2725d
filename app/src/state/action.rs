//! The actions that panels, menus and keys send. The `actions` module applies them after the frame is drawn.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, KeyboardShortcut};
use kinora_studio::exchange::export::{Existing, ExportRequest};
use kinora_studio::exchange::export_preparation::Preparation;
use kinora_studio::exchange::export_presets::ExportPreset;
use kinora_studio::generate::queue::series::SeriesId;
use kinora_studio::generate::queue::{OrderId, Vary};
use kinora_studio::take::take_store::Rating;
use kinora_studio::timeline::camera::CameraPath;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::media::{MediumMarks, PictureSettings};
use kinora_studio::timeline::shot::End;
use kinora_studio::timeline::{
    CharacterId, ClipId, ContentHash, CueId, Edit, FrameRange, Frames, MediumId, SequenceId,
    ShotId, Source, SubtitleTrackId, TrackId, TransitionKind,
};
use kinora_studio::{FrameRate, Project, Size};

use super::command::Command;
use super::comparison::Comparison;
use super::form::character_form::CharacterForm;
use super::form::medium_form::MediumForm;
use super::keymap::presets::Preset;
use super::preferences::Preferences;
use super::proxy_jobs::ProxyWork;
use super::view::Guides;
use super::view::layout::{BuiltInLayout, Pane};
use super::view::viewer_view::{ColourTarget, ComparedPicture, ViewedSource};
use super::view::viewer_window::WindowPlace;

/// A requested change of the window's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A command of the table.
    Command(Command),
    /// A command whose key was pressed in another native window. If it is not possible now, nothing is reported.
    PressKey(Command),
    Project(ProjectAction),
    Dialog(DialogAction),
    Edit(EditAction),
    Shot(ShotAction),
    Character(CharacterAction),
    Media(MediaAction),
    CameraLibrary(CameraLibraryAction),
    Take(TakeAction),
    Queue(QueueAction),
    Export(ExportAction),
    Keys(KeyAction),
    Preferences(PreferencesAction),
    Models(ModelsAction),
    Layout(LayoutAction),
    Template(TemplateAction),
    Sequence(SequenceAction),
    /// Move the playhead.
    GoTo(Frames),
    /// Bring a panel to the front of its tabs.
    Show(Pane),
    Viewer(ViewerAction),
    VoiceOver(VoiceOverAction),
    Sound(SoundAction),
}

/// Sound that is generated as shots of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum SoundAction {
    /// Music for the range between in and out.
    Music(MusicRequest),
    /// A line that a character says, at the playhead.
    Line(LineRequest),
}

/// Music that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MusicRequest {
    pub prompt: String,
    pub negative: String,
    /// The id of the model; empty for the one that suits best.
    pub model: String,
    /// `None`: a random one.
    pub seed: Option<u64>,
}

/// A line that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRequest {
    pub character: CharacterId,
    pub text: String,
    pub seconds: f64,
    pub adds_subtitle: bool,
}

/// The card that records a voice-over.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiceOverAction {
    Close,
    /// Look for microphones again.
    LookAgain,
    /// Listen to the microphone of this name.
    Choose(String),
    CountIn(bool),
    MuteFilm(bool),
    Start,
    /// End the recording, or the count-in.
    Stop,
    PutOutClipLight,
}

/// What the viewer shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ViewerAction {
    ShowTimeline,
    /// The preview of the take that is being generated.
    ShowLive,
    /// A source by itself.
    Show(ViewedSource),
    /// Move to a frame of the source that is shown by itself.
    GoTo(Frames),
    SetGuides(Guides),
    /// The next click in the picture picks this colour. `None` ends that.
    PickColour(Option<ColourTarget>),
    /// Compare the film with a picture of the media. `None` ends that.
    ComparePicture(Option<ComparedPicture>),
    /// The viewer's own window was moved or resized.
    KeepWindow(WindowPlace),
}

/// Sequences opened, renamed and removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceAction {
    Open(SequenceId),
    /// Open the sequence of a clip at the frame that it shows at the playhead.
    OpenClip(ClipId),
    /// Show the dialog for its name.
    AskName(SequenceId),
    Rename(SequenceId, String),
    Remove(SequenceId),
}

/// Opening, creating and copying projects.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectAction {
    /// Open the project in this folder.
    Open(PathBuf),
    /// Create this project there and open it.
    Create(PathBuf, Box<Project>),
    /// Remove a project from the list of recent ones.
    Forget(PathBuf),
    /// Copy the open project.
    Copy(CopyRequest),
    CancelCopy,
    /// Ask for the place of a new project with the timeline in this file.
    AskImportTimeline(PathBuf),
    /// Import the timeline of the open dialog into a new project in this folder, and open it.
    ImportTimeline(PathBuf),
    CancelImportTimeline,
    /// Change the frame rate and the picture size of the open project.
    ChangeSettings(FrameRate, Size),
}

/// A copy of the open project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRequest {
    pub purpose: CopyPurpose,
    /// The folder to create.
    pub to: PathBuf,
}

/// The purpose of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyPurpose {
    /// A copy of everything, in which the work continues.
    SaveAs,
    /// A copy of everything. The present project stays open.
    Duplicate,
    /// A copy of what the project needs. The present project stays open.
    Collect,
}

/// Dialogs and notifications.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogAction {
    /// Choose a folder for the open dialog.
    BrowseFolder {
        start: PathBuf,
    },
    /// Choose a file for this purpose.
    BrowseFile(FilePurpose),
    /// A file or folder was chosen in the file picker.
    FileChosen(FilePurpose, PathBuf),
    Close,
    CloseNotification(u64),
    /// Close the guide to a first film.
    CloseGuide,
    /// Show a notification as long again.
    KeepNotification(u64),
}

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

/// The imports of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaAction {
    /// Import these files, and place none of them.
    Import(Vec<PathBuf>),
    /// Place one on the timeline.
    Place(MediumId, MediumPlace),
    Rename(MediumForm),
    Mark(MediumId, MediumMarks),
    /// Set how its pictures are read.
    SetPicture(MediumId, PictureSettings),
    /// Select its clips and move the playhead to the first one, or to the next one.
    ShowInTimeline(MediumId),
    /// The same with the clips of a shot.
    ShowShotInTimeline(ShotId),
    /// Replace the source of the selected clips with it.
    ReplaceClips(MediumId),
    /// Use a picture as the first frame of the selected shot.
    UseAsFirstFrame(MediumId),
    /// Remove it, unless it is used.
    Remove(MediumId),
    /// Remove it and its clips.
    RemoveWithClips(MediumId),
    /// Look again which files are missing.
    CheckFiles,
    /// Cancel the search for missing files.
    CancelRelink,
    /// Make the proxy of a video, or remove it.
    Proxy(MediumId, ProxyWork),
    /// Cancel the order for the proxy of a video.
    CancelProxy(MediumId),
    /// Cancel all orders for proxies.
    CancelProxies,
}

/// A place for an import on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumPlace {
    /// At the playhead; what follows moves along.
    Insert,
    /// At the playhead, over what is there.
    Overwrite,
    /// After the last clip.
    Append,
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

/// Variations, reproduction, comparison and rating of takes.
#[derive(Clone, Debug, PartialEq)]
pub enum TakeAction {
    /// A take with the recipe of another one and one difference.
    Vary(ShotId, ContentHash, Vary),
    /// A take with the pictures of another one, made larger by the upscaler with this id.
    Upscale(ShotId, ContentHash, String),
    /// Repeat a take's recipe and compare the frames.
    Reproduce(ShotId, ContentHash),
    /// Save the picture of a still for this use.
    UseStill(ContentHash, FrameUse),
    /// A new shot that generates a range of a take again.
    Retake(ShotId, ContentHash, FrameRange),
    /// A new shot that continues a take after its end, or leads to its start.
    Extend(ShotId, ContentHash, End),
    /// Compare a take with the chosen one; None ends it.
    Compare(Option<Comparison>),
    Rate(ContentHash, Rating),
    /// Change the note on a take.
    Note(ContentHash, String),
    /// Place the shot of a take on the timeline, and make the take its chosen one.
    Place(ShotId, ContentHash, TakePlace),
}

/// A place for a take on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakePlace {
    /// Inserted at the playhead.
    Playhead,
    /// At a frame of a track, over what is there or inserted.
    Track {
        track: TrackId,
        at: Frames,
        inserts: bool,
    },
    /// In place of the source of this clip.
    Clip(ClipId),
}

/// The queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAction {
    Cancel(OrderId),
    Retry(OrderId),
    /// Generate it before the others.
    MoveToFront(OrderId),
    MoveUp(OrderId),
    MoveDown(OrderId),
    RetryFailed,
    RemoveFailed,
    /// Make the in-betweens of a clip.
    MakeInBetweens(ClipId),
    /// End a series of takes. Its finished takes are kept.
    CancelSeries(SeriesId),
    /// Remove a series that has ended from the list.
    RemoveSeries(SeriesId),
    /// Choose the best take of a series.
    UseBest(SeriesId),
    /// Empty the list of finished jobs.
    ClearHistory,
}

/// The export of videos, and its presets.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportAction {
    Start(ExportRequest, Preparation),
    /// What to do with the file that the export in the dialog has found.
    Resolve(Existing),
    Cancel,
    SavePreset(ExportPreset),
    DeletePreset(String),
    /// Open a file, or a folder, with the system's program for it.
    OpenWithSystem(PathBuf),
}

/// Changes of the keyboard shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAction {
    UsePreset(Preset),
    /// Give a command this key, or none. Another command that has the key loses it.
    Set(Command, Option<KeyboardShortcut>),
    /// Give a command the preset's key again.
    Reset(Command),
    ResetAll,
}

/// The preferences, and the caches of the open project.
#[derive(Clone, Debug, PartialEq)]
pub enum PreferencesAction {
    Change(Box<Preferences>),
    Reset,
    /// Delete the caches of the open project.
    ClearCache,
}

/// Models installed, verified and removed. A release is named by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsAction {
    /// Show the list of the dialog.
    ShowList,
    /// Install a release, or go on with it. Its licence is shown first, unless it was accepted before.
    AskInstall(String),
    /// Accept the licence of a release and install it.
    Accept(String),
    Pause(String),
    /// Cancel an installation and delete what it has fetched.
    Cancel(String),
    Verify(String),
    CancelVerify,
    /// Show what a removal would delete.
    AskRemove(String),
    Remove(String),
    /// Show a folder with the system's program for it.
    ShowFolder(PathBuf),
}

/// The prompt templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateAction {
    /// Save a prompt under this name. It replaces the one of the same name.
    Save(String, String),
    /// Delete the template of this name.
    Delete(String),
}

/// The layout of the panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutAction {
    UseBuiltIn(BuiltInLayout),
    /// Use the saved layout of this name.
    Use(String),
    /// Save the present layout under this name. It replaces the one of the same name.
    Save(String),
    /// Delete the saved layout of this name.
    Delete(String),
}

/// A step of a gesture: any number of previews that become one undo step.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    Begin(String),
    Preview(Vec<Edit>),
    Commit,
    Abort,
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

/// The purpose of a chosen file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePurpose {
    /// The folder field of the dialog that is open.
    Folder,
    /// The project to open.
    Project,
    /// The timeline of another editor, for a new project.
    Timeline,
    /// The picture of a new character.
    Portrait,
    /// A further reference of a character.
    Reference(CharacterId),
    /// A keyframe image of the shot, at this frame.
    Keyframe(ShotId, u32),
    /// The control clip of the shot.
    Control(ShotId),
    /// A LoRA of the shot.
    Lora(ShotId),
    /// A video, picture, sound or subtitle file for the timeline.
    Medium,
    /// The file of an import.
    Relink(MediumId),
    /// A folder to search for missing files of imports.
    MediaFolder,
    /// The file with a new camera path of the shot.
    ImportCameraPath(ShotId),
    /// A new file for the camera path of the shot.
    ExportCameraPath(ShotId),
    /// A new file for the timeline of the project.
    ExportTimeline,
    /// A new file for a subtitle track.
    ExportSubtitles(SubtitleTrackId),
}

/// A file, a package that is a folder, and a package in one file.
const TIMELINES: [&str; 3] = ["otio", "otiod", "otioz"];
const WRITTEN_TIMELINES: [&str; 1] = ["otio"];
const SUBTITLES: [&str; 2] = ["srt", "vtt"];
const LORAS: [&str; 1] = ["safetensors"];
const CAMERAS: [&str; 4] = ["gltf", "glb", "txt", "ron"];
const PICTURES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const VIDEOS: [&str; 6] = ["mp4", "mov", "mkv", "webm", "avi", "m4v"];
const MEDIA: [&str; 20] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "exr",
];

/// Media and subtitles.
const IMPORTS: [&str; 22] = [
    "mp4", "mov", "mkv", "webm", "avi", "m4v", "wav", "mp3", "flac", "ogg", "m4a", "aac", "aiff",
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "exr", "srt", "vtt",
];

impl FilePurpose {
    /// The extensions of such files, in lower case; none for folders, which projects are too.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Folder | Self::MediaFolder | Self::Project => &[],
            Self::Timeline => &TIMELINES,
            Self::Portrait | Self::Reference(_) | Self::Keyframe(..) => &PICTURES,
            Self::Control(_) => &VIDEOS,
            Self::Lora(_) => &LORAS,
            Self::Medium => &IMPORTS,
            Self::Relink(_) => &MEDIA,
            Self::ImportCameraPath(_) | Self::ExportCameraPath(_) => &CAMERAS,
            Self::ExportTimeline => &WRITTEN_TIMELINES,
            Self::ExportSubtitles(_) => &SUBTITLES,
        }
    }

    /// Whether it is a folder that is no project.
    pub fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::MediaFolder)
    }

    /// Whether the extension of a file is one of them.
    pub fn has_extension_of(self, path: &Path) -> bool {
        let extension = path.extension().unwrap_or_default();
        let extension = extension.to_string_lossy().to_lowercase();
        self.extensions().contains(&extension.as_str())
    }

    /// Whether the file is written, and need not be there.
    pub fn is_output(self) -> bool {
        matches!(
            self,
            Self::ExportCameraPath(_) | Self::ExportTimeline | Self::ExportSubtitles(_)
        )
    }
}

/// Collects the actions of a frame, in order. Shared by all panels that are drawn.
#[derive(Default)]
pub struct ActionSink(RefCell<Vec<Action>>);

impl ActionSink {
    pub fn send(&self, action: Action) {
        self.0.borrow_mut().push(action);
    }

    /// All actions so far, in order.
    pub fn into_actions(self) -> Vec<Action> {
        self.0.into_inner()
    }
}
