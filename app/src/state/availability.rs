//! Whether a command can be run now. Used by the menus, the palette and the keys.

use super::app::AppState;
use super::at_playhead::{
    any_gap_at_playhead, clip_to_match, gap_at_playhead, marker_at_playhead, marks_shown,
};
use super::command::{Command, Menu};
use super::measured::measured_take;
use super::open_project::OpenProject;

/// Whether a command would do anything now.
pub fn is_enabled(command: Command, state: &AppState) -> bool {
    if changes_project(command) && !state.can_edit() {
        return false;
    }
    let is_possible = match &state.project {
        Some(open) => is_enabled_in(command, open),
        None => !needs_project(command),
    };
    is_possible && is_enabled_for_engine(command, state)
}

fn is_enabled_in(command: Command, open: &OpenProject) -> bool {
    let history = open.document.session.history();
    let selection = &open.view.selection;
    let queue = open.generation.scheduler.queue();
    match command {
        Command::Undo => history.past().next().is_some(),
        Command::Redo => history.future().next().is_some(),
        Command::Generate
        | Command::UseBestTake
        | Command::TakesByRank
        | Command::DuplicateShot
        | Command::RenameShot
        | Command::RemoveShot
        | Command::ImportCameraPath
        | Command::CameraView
        | Command::StageFromAbove => selection.shot.is_some(),
        Command::MakeStills | Command::MakeSound => {
            let shot = selection.shot.and_then(|shot| open.project().shot(shot));
            shot.is_some_and(|shot| !shot.kind.is_sound())
        }
        Command::MeasureTakes => open.generation.unmeasured().next().is_some(),
        Command::MeasureAppearance => {
            let generation = &open.generation;
            generation.comparing.is_some() || generation.can_compare(open.project())
        }
        Command::MeasuredPath => {
            let shot = selection.shot.and_then(|shot| open.project().shot(shot));
            shot.is_some_and(|shot| measured_take(&open.generation, shot.chosen).is_ok())
        }
        Command::ExportCameraPath => {
            let shot = selection.shot.and_then(|shot| open.project().shot(shot));
            shot.is_some_and(|shot| shot.camera.is_some())
        }
        Command::InsertShot | Command::OverwriteShot => {
            selection.shot.is_some() || open.view.viewer.mode.source().is_some()
        }
        Command::ReplaceClips => {
            let has_source = selection.shot.is_some() || open.view.viewer.mode.source().is_some();
            has_source && (!selection.clips.is_empty() || clip_to_match(open).is_some())
        }
        Command::MarkSelection => !selection.clips.is_empty() || clip_to_match(open).is_some(),
        Command::GoToIn | Command::GoToOut => marks_shown(open).is_some(),
        Command::UndoHistory => {
            history.past().next().is_some() || history.future().next().is_some()
        }
        Command::MoveShotUp => {
            let before = |shot| open.project().shot_before(shot);
            selection.shot.and_then(before).is_some()
        }
        Command::MoveShotDown => {
            let after = |shot| open.project().shot_after(shot);
            selection.shot.and_then(after).is_some()
        }
        Command::FillGap => gap_at_playhead(open).is_some(),
        Command::CloseGap => any_gap_at_playhead(open).is_some(),
        Command::LiftRange | Command::ExtractRange => open.project().in_out().is_some(),
        Command::Lift | Command::Extract => {
            let has_any = !selection.clips.is_empty() || !selection.cues.is_empty();
            has_any || selection.gap.is_some()
        }
        Command::NudgeLeft
        | Command::NudgeRight
        | Command::NudgeLeftTen
        | Command::NudgeRightTen
        | Command::DeselectAll => !selection.clips.is_empty() || !selection.cues.is_empty(),
        Command::ExportSubtitles => {
            let mut tracks = open.project().subtitle_tracks().iter();
            tracks.any(|track| !track.is_empty())
        }
        Command::Paste | Command::PasteInsert => !open.view.clipboard.clips.is_empty(),
        Command::PasteAttributes => {
            !open.view.clipboard.clips.is_empty() && !selection.clips.is_empty()
        }
        Command::PreviousMarker | Command::NextMarker => open.project().markers().next().is_some(),
        Command::Cut
        | Command::Copy
        | Command::Duplicate
        | Command::ToggleEnabled
        | Command::Reverse
        | Command::FreezeFrame
        | Command::RemoveAttributes
        | Command::SlipLeft
        | Command::SlipRight
        | Command::TrimStart
        | Command::TrimEnd
        | Command::Unlink
        | Command::Nest
        | Command::MuteTracks
        | Command::SoloTracks
        | Command::TimelineZoomSelection => !selection.clips.is_empty(),
        Command::Link | Command::Group => selection.clips.len() > 1,
        Command::Ungroup => selection.has_group_in(open.project()),
        Command::MatchFrame => clip_to_match(open).is_some(),
        Command::Unnest | Command::OpenNested => selection.nested_in(open.project()).is_some(),
        Command::Swap => selection.pair_to_swap(open.project()).is_some(),
        Command::EditMarker | Command::RemoveMarker => marker_at_playhead(open).is_some(),
        Command::RemoveEmptyTracks => {
            let mut tracks = open.project().tracks().iter();
            tracks.any(|track| track.is_empty())
        }
        Command::RelinkMedia => {
            let files = &open.media.files;
            let mut media = open.project().media();
            media.any(|medium| files.get(medium).is_missing)
        }
        Command::PauseQueue => !queue.is_paused(),
        Command::ResumeQueue => queue.is_paused(),
        _ => true,
    }
}

fn is_enabled_for_engine(command: Command, state: &AppState) -> bool {
    match command {
        Command::StartEngine => !state.engine.is_running(),
        Command::RestartEngine => state.engine.is_running(),
        _ => true,
    }
}

/// Whether a command needs an open project. Commands of the program and of the window do not.
fn needs_project(command: Command) -> bool {
    match command.row().menu {
        Menu::Edit | Menu::Timeline | Menu::Shot | Menu::Play => true,
        Menu::File => matches!(
            command,
            Command::Save
                | Command::SaveAs
                | Command::DuplicateProject
                | Command::CollectProject
                | Command::ExportVideo
                | Command::ExportTimeline
                | Command::ExportSubtitles
                | Command::ProjectSettings
                | Command::CloseProject
        ),
        Menu::View => matches!(
            command,
            Command::CameraView
                | Command::StageFromAbove
                | Command::MeasuredPath
                | Command::MotionArrows
                | Command::PlayProxies
                | Command::FocusShots
                | Command::FocusCast
                | Command::FocusMedia
                | Command::FocusViewer
                | Command::FocusCamera
                | Command::FocusShot
                | Command::FocusClip
                | Command::FocusQueue
                | Command::FocusTimeline
                | Command::FocusMixer
                | Command::FocusMeasures
                | Command::NextPanel
                | Command::PreviousPanel
                | Command::ResetLayout
                | Command::SaveLayout
                | Command::ViewerFillsWindow
                | Command::ViewerWindow
                | Command::ViewerActualSize
                | Command::SaveFrame
        ),
        Menu::Help => command == Command::FirstFilm,
        Menu::Engine => false,
    }
}

/// Whether a command needs a project that is not read-only.
fn changes_project(command: Command) -> bool {
    let is_edit = matches!(command.row().menu, Menu::Edit | Menu::Timeline | Menu::Shot)
        && !matches!(
            command,
            Command::Copy
                | Command::SelectAll
                | Command::DeselectAll
                | Command::SelectForward
                | Command::SelectAtPlayhead
                | Command::PreviousMarker
                | Command::NextMarker
                | Command::MarkerList
                | Command::MatchFrame
                | Command::SelectPreviousClip
                | Command::SelectNextClip
                | Command::Snap
                | Command::TrimTool
                | Command::TimelineZoomIn
                | Command::TimelineZoomOut
                | Command::TimelineFit
                | Command::TimelineZoomSelection
                | Command::ExportCameraPath
                | Command::TakesByRank
        );
    is_edit
        || matches!(
            command,
            Command::Save | Command::ProjectSettings | Command::RecordVoiceOver
        )
}
