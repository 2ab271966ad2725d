//! Other words for commands: the palette and the dialog of keyboard shortcuts find a command by them too.

use super::command::Command;

#[rustfmt::skip] // a table
const WORDS: &[(Command, &str)] = &[
    (Command::NewProject, "create film sequence"),
    (Command::OpenProject, "load recent"),
    (Command::OpenSample, "example demo tutorial"),
    (Command::ExportVideo, "deliver render output share movie"),
    (Command::ProjectSettings, "fps conform resolution sequence"),
    (Command::Preferences, "settings options cache zoom"),
    (Command::Quit, "exit close program"),
    (Command::Undo, "revert back"),
    (Command::Redo, "repeat again"),
    (Command::UndoHistory, "steps list revert"),
    (Command::SplitAtPlayhead, "razor blade cut add edit slice"),
    (Command::Lift, "lift remove erase clear"),
    (Command::Extract, "extract remove erase"),
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
    (Command::TrimStart, "top ripple trim previous edit"),
    (Command::TrimEnd, "tail ripple trim next edit"),
    (Command::LiftRange, "lift in to out remove range"),
    (Command::ExtractRange, "extract in to out remove range"),
    (Command::CloseGap, "ripple delete remove space"),
    (Command::Link, "group sync"),
    (Command::Unlink, "ungroup detach audio"),
    (Command::Swap, "exchange reorder"),
    (Command::MatchFrame, "reveal source find clip bin"),
    (Command::SelectPreviousClip, "back clip before"),
    (Command::SelectNextClip, "forward clip after"),
    (Command::NudgeLeft, "move clip earlier frame back"),
    (Command::NudgeRight, "move clip later frame forward"),
    (Command::NudgeLeftTen, "move clip earlier frames back"),
    (Command::NudgeRightTen, "move clip later frames forward"),
    (Command::SlipLeft, "move source contents later"),
    (Command::SlipRight, "move source contents earlier"),
    (Command::EditMarker, "rename colour color note"),
    (Command::RemoveMarker, "delete erase"),
    (Command::AddVideoTrack, "new layer"),
    (Command::AddAudioTrack, "new layer sound"),
    (Command::MuteTracks, "silence hide disable"),
    (Command::SoloTracks, "only"),
    (Command::LockTracks, "protect"),
    (Command::RemoveEmptyTracks, "delete layers"),
    (Command::TimelineFit, "zoom whole sequence"),
    (Command::NewShot, "create add scene"),
    (Command::RemoveShot, "delete erase"),
    (Command::AddCharacter, "new cast actor person reference"),
    (Command::Generate, "make create render take"),
    (Command::GenerateMissing, "render all batch"),
    (Command::PauseQueue, "hold stop jobs"),
    (Command::ResumeQueue, "continue jobs"),
    (Command::PreviousCut, "edit point back"),
    (Command::NextCut, "edit point forward"),
    (Command::ToStart, "home first beginning"),
    (Command::ToEnd, "last"),
    (Command::ZoomIn, "scale larger bigger interface"),
    (Command::ZoomOut, "scale smaller interface"),
    (Command::FullScreen, "maximize"),
    (Command::CameraView, "viewfinder look lens inset swap"),
    (Command::FocusShots, "panel keyboard list go"),
    (Command::FocusCast, "panel keyboard characters go"),
    (Command::FocusMedia, "panel keyboard bin imports go"),
    (Command::FocusViewer, "panel keyboard monitor program go"),
    (Command::FocusCamera, "panel keyboard stage go"),
    (Command::FocusShot, "panel keyboard prompt takes go"),
    (Command::FocusClip, "panel keyboard inspector effects go"),
    (Command::FocusQueue, "panel keyboard jobs go"),
    (Command::FocusTimeline, "panel keyboard sequence go"),
    (Command::NextPanel, "focus keyboard window cycle"),
    (Command::PreviousPanel, "focus keyboard window cycle back"),
    (Command::ResetLayout, "workspace panels default"),
    (Command::SaveLayout, "workspace panels keep"),
    (Command::FirstFilm, "tutorial help start learn tour"),
    (Command::SystemCheck, "doctor diagnose gpu driver"),
    (Command::ShowKeys, "keymap hotkeys settings preferences options customize"),
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
    fn every_command_is_listed_once_with_words_in_lower_case() {
        for (at, (command, words)) in WORDS.iter().enumerate() {
            assert!(WORDS[..at].iter().all(|(other, _)| other != command));
            assert_eq!(*words, words.to_lowercase());
        }
    }
}
