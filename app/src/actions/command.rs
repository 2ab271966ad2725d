//! Runs the commands of the table.

use egui::{Context, ViewportCommand};
use kinora_studio::timeline::{Edge, Frames, TrackKind};

use super::clipboard::{self, Paste};
use super::{
    best_of, clips, copy_project, edit, engine, export, file_dialog, gap, layout, markers,
    measures, media, models, place, playback, preferences, project, project_settings, replace,
    reroll, sequences, shot, shot_list, snapshot, sound, stills, subtitles, title, tracks,
    transitions, view, voice_over,
};
use crate::background::help_pages::read_pages;
use crate::background::task::Task;
use crate::state::action::{CopyPurpose, FilePurpose, MediumPlace};
use crate::state::app::AppState;
use crate::state::availability::is_enabled;
use crate::state::command::Command;
use crate::state::dialog::Dialog;
use crate::state::dialog::go_to::GoToForm;
use crate::state::dialog::help::HelpForm;
use crate::state::dialog::keys::KeysForm;
use crate::state::dialog::palette::Palette;
use crate::state::view::ViewerPlace;
use crate::state::view::layout::Pane;
use crate::state::view::timeline_view::TimelineZoom;

/// The distance of the commands that nudge clips far.
const FAR_NUDGE: Frames = Frames(10);

/// Runs a command that was chosen in a menu or with a button, and says so if it is not possible now. The rows of a
/// context menu cannot be disabled instead: the right click that opens the menu changes the selection, and with it what
/// is possible, only after the menu is drawn. A key is silent, because it is often pressed by mistake.
pub fn choose(command: Command, state: &mut AppState, ctx: &Context) {
    if is_enabled(command, state) {
        run(command, state, ctx);
    } else {
        let text = format!("Not possible now: {}", command.row().text);
        state.notifications.info(text);
    }
}

/// Runs a command if it is enabled.
pub fn run(command: Command, state: &mut AppState, ctx: &Context) {
    if !is_enabled(command, state) {
        return;
    }
    if let Some(open) = &mut state.project {
        open.commit_typed_text(&mut state.notifications); // a key may be pressed during typing
    }
    match command {
        Command::NewProject => project::new_dialog(state),
        Command::OpenProject => file_dialog::open_for_project(state, ctx),
        Command::OpenSample => project::open_sample(state, ctx),
        Command::ImportTimeline => {
            file_dialog::open_for_file(FilePurpose::Timeline, state, ctx);
        }
        Command::Save => project::save(state),
        Command::SaveAs => copy_project::dialog(CopyPurpose::SaveAs, state, ctx),
        Command::DuplicateProject => copy_project::dialog(CopyPurpose::Duplicate, state, ctx),
        Command::CollectProject => copy_project::dialog(CopyPurpose::Collect, state, ctx),
        Command::ExportVideo => export::dialog(state),
        Command::ExportTimeline => {
            file_dialog::open_beside_project(FilePurpose::ExportTimeline, state, ctx);
        }
        Command::ExportSubtitles => {
            if let Some(track) = subtitles::to_export(state) {
                let purpose = FilePurpose::ExportSubtitles(track);
                file_dialog::open_beside_project(purpose, state, ctx);
            }
        }
        Command::ProjectSettings => project_settings::dialog(state),
        Command::Preferences => preferences::dialog(state, ctx),
        Command::Models => models::dialog(state, ctx),
        Command::CloseProject => project::close(state),
        Command::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        Command::Undo => edit::undo(state),
        Command::Redo => edit::redo(state),
        Command::UndoHistory => state.dialog = Some(Dialog::UndoHistory),
        Command::SplitAtPlayhead => edit::split_at_playhead(state),
        Command::Lift => edit::lift(state),
        Command::Extract => edit::extract(state),
        Command::Cut => clipboard::cut(state, ctx),
        Command::Copy => clipboard::copy(state, ctx),
        Command::Paste => clipboard::paste(Paste::Overwrite, state),
        Command::PasteInsert => clipboard::paste(Paste::Insert, state),
        Command::PasteAttributes => clipboard::paste_attributes(state),
        Command::Duplicate => clipboard::duplicate(state),
        Command::SelectAll => edit::select_all(state),
        Command::DeselectAll => edit::deselect_all(state),
        Command::SelectForward => edit::select_forward(state),
        Command::SelectAtPlayhead => edit::select_at_playhead(state),
        Command::Snap => edit::toggle_snap(state),
        Command::TrimTool => edit::toggle_trim_tool(state),
        Command::Import => file_dialog::open_for_file(FilePurpose::Medium, state, ctx),
        Command::ImportStill => file_dialog::open_for_file(FilePurpose::Still, state, ctx),
        Command::RelinkMedia => file_dialog::open_for_file(FilePurpose::MediaFolder, state, ctx),
        Command::AddTitle => title::add(state),
        Command::AddSubtitle => subtitles::add(state),
        Command::Dissolve => transitions::dissolve(state),
        Command::AddMarker => markers::add(state),
        Command::MarkIn => markers::mark_in(state),
        Command::MarkOut => markers::mark_out(state),
        Command::ClearInOut => markers::clear_in_out(state),
        Command::InsertShot => place::place_viewed(MediumPlace::Insert, state),
        Command::OverwriteShot => place::place_viewed(MediumPlace::Overwrite, state),
        Command::ReplaceClips => replace::replace_clips(state),
        Command::TrimStart => clips::trim_to_playhead(state, Edge::Head),
        Command::TrimEnd => clips::trim_to_playhead(state, Edge::Tail),
        Command::ExtendEdit => clips::extend_edit(state),
        Command::LiftRange => clips::lift_range(state),
        Command::ExtractRange => clips::extract_range(state),
        Command::MarkSelection => markers::mark_selection(state),
        Command::CloseGap => clips::close_gap(state),
        Command::Link => clips::link(state),
        Command::Unlink => clips::unlink(state),
        Command::Group => clips::group(state),
        Command::Ungroup => clips::ungroup(state),
        Command::Swap => clips::swap(state),
        Command::Nest => sequences::nest(state),
        Command::Unnest => sequences::unnest(state),
        Command::OpenNested => sequences::open_nested(state),
        Command::NewSequence => sequences::add(state),
        Command::ToggleEnabled => clips::toggle_enabled(state),
        Command::Reverse => clips::reverse(state),
        Command::FreezeFrame => clips::freeze_frame(state),
        Command::RemoveAttributes => clips::remove_attributes(state),
        Command::MatchFrame => media::match_frame(state),
        Command::SelectPreviousClip => edit::select_beside(Edge::Head, state),
        Command::SelectNextClip => edit::select_beside(Edge::Tail, state),
        Command::NudgeLeft => clips::nudge(-Frames::ONE, state),
        Command::NudgeRight => clips::nudge(Frames::ONE, state),
        Command::NudgeLeftTen => clips::nudge(-FAR_NUDGE, state),
        Command::NudgeRightTen => clips::nudge(FAR_NUDGE, state),
        Command::SlipLeft => clips::slip(-Frames::ONE, state),
        Command::SlipRight => clips::slip(Frames::ONE, state),
        Command::PreviousMarker => markers::go_to_previous(state),
        Command::NextMarker => markers::go_to_next(state),
        Command::MarkerList => state.dialog = Some(Dialog::Markers),
        Command::EditMarker => markers::dialog(state),
        Command::RemoveMarker => markers::remove(state),
        Command::AddVideoTrack => tracks::add(state, TrackKind::Video),
        Command::AddAudioTrack => tracks::add(state, TrackKind::Audio),
        Command::AddSubtitleTrack => subtitles::add_track(state),
        Command::MuteTracks => tracks::toggle_mute(state),
        Command::SoloTracks => tracks::toggle_solo(state),
        Command::LockTracks => tracks::toggle_lock(state),
        Command::RemoveEmptyTracks => tracks::remove_empty(state),
        Command::TimelineZoomIn => view::zoom_timeline(state, TimelineZoom::In),
        Command::TimelineZoomOut => view::zoom_timeline(state, TimelineZoom::Out),
        Command::TimelineFit => view::zoom_timeline(state, TimelineZoom::Fit),
        Command::TimelineZoomSelection => view::zoom_timeline(state, TimelineZoom::Selection),
        Command::NewShot => shot::new(state),
        Command::FillGap => gap::fill_at_playhead(state),
        Command::DuplicateShot => shot_list::duplicate(state),
        Command::RenameShot => shot_list::rename(state),
        Command::MoveShotUp => shot_list::move_up(state),
        Command::MoveShotDown => shot_list::move_down(state),
        Command::RemoveShot => shot::remove(state),
        Command::AddCharacter => file_dialog::open_for_file(FilePurpose::Portrait, state, ctx),
        Command::ImportCameraPath => {
            file_dialog::open_for_camera(FilePurpose::ImportCameraPath, state, ctx);
        }
        Command::ExportCameraPath => {
            file_dialog::open_for_camera(FilePurpose::ExportCameraPath, state, ctx);
        }
        Command::Generate => shot::generate(state),
        Command::MakeStills => stills::make(state),
        Command::MakeSound => sound::make(state),
        Command::MakeMusic => sound::music_dialog(state),
        Command::SayLine => sound::line_dialog(state),
        Command::GenerateMissing => shot::generate_missing(state),
        Command::RerollFailing => reroll::dialog(state),
        Command::UseBestTake => best_of::use_best_of_shot(state),
        Command::TakesByRank => best_of::toggle_by_rank(state),
        Command::MeasureTakes => measures::measure_all(state, ctx),
        Command::MeasureAppearance => measures::compare_or_stop(state, ctx),
        Command::PauseQueue => shot::pause_queue(state),
        Command::ResumeQueue => shot::resume_queue(state),
        Command::Play
        | Command::ShuttleBack
        | Command::Stop
        | Command::ShuttleForward
        | Command::PreviousFrame
        | Command::NextFrame
        | Command::PreviousCut
        | Command::NextCut
        | Command::ToStart
        | Command::ToEnd
        | Command::GoToIn
        | Command::GoToOut => playback::run(command, state),
        Command::GoToTimecode => state.dialog = Some(Dialog::GoTo(GoToForm::default())),
        Command::Loop => playback::toggle_loop(state),
        Command::RecordVoiceOver => voice_over::toggle(state, ctx),
        Command::Palette => toggle(
            state,
            |dialog| matches!(dialog, Dialog::Palette(_)),
            || Dialog::Palette(Palette::default()),
        ),
        Command::ZoomIn => view::zoom(state, ctx, view::Zoom::In),
        Command::ZoomOut => view::zoom(state, ctx, view::Zoom::Out),
        Command::ZoomReset => view::zoom(state, ctx, view::Zoom::Reset),
        Command::FullScreen => view::full_screen(ctx),
        Command::ViewerFillsWindow => state.viewer.toggle_place(ViewerPlace::WholeWindow),
        Command::ViewerWindow => {
            state.viewer_window.closed();
            state.viewer.toggle_place(ViewerPlace::OwnWindow);
        }
        Command::ViewerActualSize => {
            state.viewer.is_at_100_percent = !state.viewer.is_at_100_percent;
        }
        Command::SaveFrame => snapshot::save_frame(state, ctx),
        Command::ExposureUp => view::change_exposure(&mut state.viewer, 1),
        Command::ExposureDown => view::change_exposure(&mut state.viewer, -1),
        Command::ExposureReset => state.viewer.exposure_stops = 0.0,
        Command::CameraView => view::view_through_camera(state),
        Command::StageFromAbove => view::stage_from_above(state),
        Command::MeasuredPath => view::measured_path(state),
        Command::MotionArrows => state.viewer.shows_motion = !state.viewer.shows_motion,
        Command::PlayProxies => view::toggle_proxies(&mut state.viewer),
        Command::FocusShots => view::focus(Pane::Shots, state),
        Command::FocusCast => view::focus(Pane::Cast, state),
        Command::FocusMedia => view::focus(Pane::Media, state),
        Command::FocusViewer => view::focus(Pane::Viewer, state),
        Command::FocusCamera => view::focus(Pane::Camera, state),
        Command::FocusShot => view::focus(Pane::Shot, state),
        Command::FocusClip => view::focus(Pane::Clip, state),
        Command::FocusQueue => view::focus(Pane::Queue, state),
        Command::FocusTimeline => view::focus(Pane::Timeline, state),
        Command::FocusMixer => view::focus(Pane::Mixer, state),
        Command::FocusMeasures => view::focus(Pane::Measures, state),
        Command::NextPanel => view::focus_next(state),
        Command::PreviousPanel => view::focus_previous(state),
        Command::ResetLayout => view::reset_layout(state),
        Command::SaveLayout => layout::dialog(state),
        Command::StartEngine => state.engine.ensure_started(),
        Command::RestartEngine => engine::restart(state),
        Command::Help => toggle(
            state,
            |dialog| matches!(dialog, Dialog::Help(_)),
            || Dialog::Help(HelpForm::reading(Task::start(ctx, read_pages))),
        ),
        Command::FirstFilm => state.guide.is_open = true,
        Command::SystemCheck => engine::system_check(state, ctx),
        Command::ShowKeys => toggle(
            state,
            |dialog| matches!(dialog, Dialog::Keys(_)),
            || Dialog::Keys(KeysForm::default()),
        ),
        Command::Messages => state.dialog = Some(Dialog::Messages),
        Command::About => state.dialog = Some(Dialog::About),
    }
}

/// Opens a dialog, or closes it if it is the open one: the same key does both.
fn toggle(
    state: &mut AppState,
    is_open: impl Fn(&Dialog) -> bool,
    dialog: impl FnOnce() -> Dialog,
) {
    state.dialog = if state.dialog.as_ref().is_some_and(is_open) {
        None
    } else {
        Some(dialog())
    };
}
