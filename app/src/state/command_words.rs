//! Other words for commands: the palette and the dialog of keyboard shortcuts find a command by them too.

use super::command::Command;

#[rustfmt::skip] // a table
const WORDS: &[(Command, &str)] = &[
    (Command::NewProject, "create film sequence"),
    (Command::OpenProject, "load recent"),
    (Command::OpenSample, "example demo tutorial"),
    (Command::Save, "write store disk"),
    (Command::SaveAs, "copy rename write new folder"),
    (Command::DuplicateProject, "copy clone backup"),
    (Command::CollectProject, "consolidate archive backup media manager copy"),
    (Command::ExportVideo, "deliver render output share movie"),
    (Command::ProjectSettings, "fps conform resolution sequence"),
    (Command::Preferences, "settings options cache zoom"),
    (Command::CloseProject, "exit leave welcome"),
    (Command::Quit, "exit close program"),
    (Command::Undo, "revert back"),
    (Command::Redo, "repeat again"),
    (Command::UndoHistory, "steps list revert"),
    (Command::SplitAtPlayhead, "razor blade cut add edit slice"),
    (Command::Lift, "lift remove erase clear"),
    (Command::Extract, "extract remove erase"),
    (Command::Cut, "clipboard move"),
    (Command::Copy, "clipboard"),
    (Command::Paste, "clipboard overwrite"),
    (Command::PasteInsert, "clipboard ripple"),
    (Command::PasteAttributes, "effects look clipboard grade"),
    (Command::Duplicate, "copy clone repeat"),
    (Command::SelectAll, "everything"),
    (Command::DeselectAll, "none unselect clear"),
    (Command::SelectForward, "track select following rest"),
    (Command::SelectAtPlayhead, "under current"),
    (Command::Snap, "magnet"),
    (Command::TrimTool, "ripple roll slip slide"),
    (Command::Import, "add media file footage load"),
    (Command::AddTitle, "text caption subtitle"),
    (Command::Dissolve, "transition crossfade cross fade"),
    (Command::AddMarker, "bookmark flag note"),
    (Command::MarkIn, "in point range start"),
    (Command::MarkOut, "out point range end"),
    (Command::ClearInOut, "remove range points"),
    (Command::InsertShot, "splice place add"),
    (Command::OverwriteShot, "overlay replace place add"),
    (Command::TrimStart, "top ripple trim previous edit"),
    (Command::TrimEnd, "tail ripple trim next edit"),
    (Command::LiftRange, "lift in to out remove range"),
    (Command::ExtractRange, "extract in to out remove range"),
    (Command::CloseGap, "ripple delete remove space"),
    (Command::Link, "group sync"),
    (Command::Unlink, "ungroup detach audio"),
    (Command::Swap, "exchange reorder"),
    (Command::ToggleEnabled, "mute hide clip visible disable"),
    (Command::Reverse, "backwards rewind negative speed"),
    (Command::FreezeFrame, "hold still frame hold"),
    (Command::MatchFrame, "reveal source find clip bin"),
    (Command::PreviousMarker, "back jump go"),
    (Command::NextMarker, "forward jump go"),
    (Command::EditMarker, "rename colour color note"),
    (Command::RemoveMarker, "delete erase"),
    (Command::AddVideoTrack, "new layer"),
    (Command::AddAudioTrack, "new layer sound"),
    (Command::MuteTracks, "silence hide disable"),
    (Command::SoloTracks, "only"),
    (Command::LockTracks, "protect"),
    (Command::RemoveEmptyTracks, "delete layers"),
    (Command::TimelineZoomIn, "closer larger"),
    (Command::TimelineZoomOut, "wider smaller"),
    (Command::TimelineFit, "zoom whole sequence"),
    (Command::TimelineZoomSelection, "fit selected clips"),
    (Command::NewShot, "create add scene"),
    (Command::FillGap, "create generate bridge"),
    (Command::DuplicateShot, "copy clone"),
    (Command::RenameShot, "name title"),
    (Command::MoveShotUp, "reorder earlier"),
    (Command::MoveShotDown, "reorder later"),
    (Command::RemoveShot, "delete erase"),
    (Command::AddCharacter, "new cast actor person reference"),
    (Command::Generate, "make create render take"),
    (Command::GenerateMissing, "render all batch"),
    (Command::PauseQueue, "hold stop jobs"),
    (Command::ResumeQueue, "continue jobs"),
    (Command::Play, "start pause"),
    (Command::ShuttleBack, "rewind backwards jkl"),
    (Command::Stop, "halt pause"),
    (Command::ShuttleForward, "fast forward jkl"),
    (Command::PreviousFrame, "step back"),
    (Command::NextFrame, "step forward"),
    (Command::PreviousCut, "edit point back"),
    (Command::NextCut, "edit point forward"),
    (Command::ToStart, "home first beginning"),
    (Command::ToEnd, "last"),
    (Command::Palette, "search find commands"),
    (Command::ZoomIn, "scale larger bigger interface"),
    (Command::ZoomOut, "scale smaller interface"),
    (Command::ZoomReset, "scale normal interface"),
    (Command::FullScreen, "maximize"),
    (Command::ViewerFillsWindow, "cinema maximize preview monitor"),
    (Command::ViewerActualSize, "actual size pixel one to one zoom"),
    (Command::SaveFrame, "export still grab snapshot screenshot picture image"),
    (Command::ExposureUp, "brighter gain light"),
    (Command::ExposureDown, "darker gain light"),
    (Command::ExposureReset, "normal brightness"),
    (Command::CameraView, "viewfinder look lens inset swap"),
    (Command::ResetLayout, "workspace panels default"),
    (Command::SaveLayout, "workspace panels keep"),
    (Command::StartEngine, "load model gpu launch"),
    (Command::RestartEngine, "reload model reboot gpu"),
    (Command::FirstFilm, "tutorial help start learn tour"),
    (Command::SystemCheck, "doctor diagnose gpu driver"),
    (Command::ShowKeys, "keymap hotkeys settings preferences options customize"),
    (Command::Messages, "notifications log errors history"),
    (Command::About, "version licence license credits"),
];

/// Other words for a command, in lower case; empty if it has none.
pub fn words_of(command: Command) -> &'static str {
    let found = WORDS.iter().find(|(of, _)| *of == command);
    found.map_or("", |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_listed_twice_and_all_words_are_in_lower_case() {
        for (at, (command, words)) in WORDS.iter().enumerate() {
            assert!(WORDS[..at].iter().all(|(other, _)| other != command));
            assert_eq!(*words, words.to_lowercase());
        }
    }
}
