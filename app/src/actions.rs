//! Applies actions: after a frame is drawn, each is applied in its order. One file per family. Nothing here waits; work
//! that may wait runs as a task, and `poll` takes its result.

mod based_shot;
mod best_of;
mod camera_library;
mod character;
mod clipboard;
mod clips;
mod command;
mod compare;
mod copy_project;
mod edit;
mod engine;
mod export;
mod export_timeline;
mod file_dialog;
mod frame;
mod gap;
mod generation_events;
mod import;
mod import_timeline;
mod keys;
pub mod larger_takes;
mod layout;
mod loras;
mod markers;
mod measures;
mod media;
mod models;
mod place;
mod playback;
pub mod poll;
mod preferences;
mod project;
mod project_settings;
mod proxies;
mod queue;
mod relink;
mod replace;
mod reroll;
mod sequences;
mod shot;
mod shot_list;
mod snapshot;
mod sound;
mod stills;
mod subtitles;
mod system_program;
mod take;
mod take_place;
mod templates;
mod title;
mod tracks;
mod transitions;
mod view;
mod viewer;
mod voice_over;

use egui::Context;
use kinora_studio::timeline::Source;

use crate::state::action::{
    Action, CharacterAction, DialogAction, EditAction, ExportAction, FilePurpose, FrameUse,
    MediaAction, ProjectAction, QueueAction, ShotAction, SoundAction, TakeAction,
};
use crate::state::app::AppState;
use crate::state::command::Command;
use crate::state::tasks::ImportUse;

/// Applies an action, unless it makes no sense now.
pub fn apply(action: Action, state: &mut AppState, ctx: &Context) {
    match action {
        Action::Command(command) => command::choose(command, state, ctx),
        Action::PressKey(command) => press_key(command, state, ctx),
        Action::Project(action) => apply_project(action, state, ctx),
        Action::Dialog(action) => apply_dialog(action, state, ctx),
        Action::Edit(action) => apply_edit(action, state, ctx),
        Action::Shot(action) => apply_shot(action, state, ctx),
        Action::Character(action) => apply_character(action, state, ctx),
        Action::Media(action) => apply_media(action, state, ctx),
        Action::CameraLibrary(action) => camera_library::apply(action, state, ctx),
        Action::Take(action) => apply_take(action, state, ctx),
        Action::Queue(action) => apply_queue(action, state),
        Action::Export(action) => apply_export(action, state, ctx),
        Action::Keys(action) => keys::apply(action, state),
        Action::Preferences(action) => preferences::apply(action, state, ctx),
        Action::Models(action) => models::apply(action, state, ctx),
        Action::Layout(action) => layout::apply(action, state),
        Action::Template(action) => templates::apply(action, state),
        Action::Sequence(action) => sequences::apply(action, state),
        Action::GoTo(frame) => playback::go_to(frame, state),
        Action::Show(pane) => view::show(pane, state),
        Action::Viewer(action) => viewer::apply(action, state),
        Action::VoiceOver(action) => voice_over::apply(action, state, ctx),
        Action::Sound(SoundAction::Music(request)) => sound::make_music(&request, state),
        Action::Sound(SoundAction::Line(request)) => sound::say(&request, state),
    }
}

/// Runs the command of a key that was pressed. If it is not possible now, nothing happens.
pub fn press_key(command: Command, state: &mut AppState, ctx: &Context) {
    command::run(command, state, ctx);
}

/// Applies the preferences at start-up.
pub fn use_preferences(state: &mut AppState, ctx: &Context) {
    preferences::put_into_effect(state, ctx);
}

fn apply_project(action: ProjectAction, state: &mut AppState, ctx: &Context) {
    match action {
        ProjectAction::Open(folder) => project::open(folder, state, ctx),
        ProjectAction::Create(folder, new) => project::create(folder, *new, state, ctx),
        ProjectAction::Forget(folder) => project::forget(&folder, state),
        ProjectAction::Copy(request) => copy_project::start(request, state, ctx),
        ProjectAction::CancelCopy => copy_project::cancel(state),
        ProjectAction::AskImportTimeline(cut) => import_timeline::dialog(cut, state),
        ProjectAction::ImportTimeline(folder) => import_timeline::start(folder, state, ctx),
        ProjectAction::CancelImportTimeline => import_timeline::cancel(state),
        ProjectAction::ChangeSettings(rate, size) => project_settings::change(rate, size, state),
    }
}

fn apply_dialog(action: DialogAction, state: &mut AppState, ctx: &Context) {
    match action {
        DialogAction::BrowseFolder { start } => {
            file_dialog::open(FilePurpose::Folder, start, state, ctx);
        }
        DialogAction::BrowseFile(purpose) => file_dialog::open_for_file(purpose, state, ctx),
        DialogAction::FileChosen(purpose, path) => {
            file_dialog::close(state);
            file_dialog::use_file(purpose, path, state, ctx);
        }
        DialogAction::Close => file_dialog::close(state),
        DialogAction::CloseGuide => state.guide.is_open = false,
        DialogAction::CloseNotification(number) => state.notifications.close(number),
        DialogAction::KeepNotification(number) => state.notifications.keep(number),
    }
}

fn apply_edit(action: EditAction, state: &mut AppState, ctx: &Context) {
    match action {
        EditAction::Apply(edit) => edit::apply(&edit, state),
        EditAction::ApplyAll(name, edits) => edit::apply_all(name, &edits, state),
        EditAction::Gesture(gesture) => edit::gesture(&gesture, state),
        EditAction::GoToStep(done) => edit::go_to_step(done, state),
        EditAction::SelectClip { clip, adds, alone } => {
            edit::select_clip(clip, (adds, alone), state);
        }
        EditAction::SelectClips { clips, adds } => edit::select_clips(&clips, adds, state),
        EditAction::SelectGap(track, start) => edit::select_gap(track, start, state),
        EditAction::SelectCue { cue, adds } => subtitles::select(cue, adds, state),
        EditAction::DropSource {
            source,
            track,
            at,
            inserts,
        } => place::drop_source(source, (track, at), inserts, state),
        EditAction::ReplaceSource { clip, source } => {
            replace::replace_source_of(clip, source, state);
        }
        EditAction::PlaceShot(shot, place) => place::place_shot(shot, place, state),
        EditAction::AddTransition(clip, kind) => transitions::add(clip, kind, state),
        EditAction::Import(file) => import::import(file, ImportUse::Place, state, ctx),
    }
}

fn apply_shot(action: ShotAction, state: &mut AppState, ctx: &Context) {
    match action {
        ShotAction::Select(shot) => shot::select(shot, state),
        ShotAction::Describe => shot::describe(state),
        ShotAction::Change(shot, change) => shot::change(shot, change, state),
        ShotAction::LockNewSeed(shot) => shot::lock_new_seed(shot, state),
        ShotAction::FillGap(track, gap) => gap::fill(track, gap, state),
        ShotAction::AddDropped(picture) => shot::add_dropped(picture, state, ctx),
        ShotAction::AddKeyframeFrom(shot, at, picture) => {
            frame::import(FrameUse::Key(shot, at), picture, state, ctx);
        }
        ShotAction::PasteKeyframe(shot, at, picture) => {
            frame::paste(FrameUse::Key(shot, at), picture, state, ctx);
        }
        ShotAction::UseFrame(wanted) => frame::keep(wanted, state, ctx),
        ShotAction::LoadModels => shot::load_models(state),
        ShotAction::AddLora(shot, file) => loras::add(shot, &file, state),
        ShotAction::ListLoras => loras::list_again(state, ctx),
        ShotAction::Reroll(shots, takes) => reroll::start(&shots, takes, state),
    }
}

fn apply_character(action: CharacterAction, state: &mut AppState, ctx: &Context) {
    match action {
        CharacterAction::Select(character) => character::select(character, state),
        CharacterAction::Text(form) => character::change_text(&form, state),
        CharacterAction::AddReference(character) => {
            file_dialog::open_for_file(FilePurpose::Reference(character), state, ctx);
        }
        CharacterAction::Duplicate(character) => character::duplicate(character, state),
        CharacterAction::RemoveFromShots(character) => {
            character::remove_from_shots(character, state);
        }
    }
}

fn apply_media(action: MediaAction, state: &mut AppState, ctx: &Context) {
    match action {
        MediaAction::Import(files) => import::import_all(files, state, ctx),
        MediaAction::Place(medium, place) => place::place_medium(medium, place, state),
        MediaAction::Rename(form) => media::rename(&form, state),
        MediaAction::Mark(medium, marks) => media::mark(medium, marks, state),
        MediaAction::SetPicture(medium, picture) => media::set_picture(medium, picture, state),
        MediaAction::ShowInTimeline(medium) => {
            media::show_in_timeline(Source::Medium(medium), state);
        }
        MediaAction::ShowShotInTimeline(shot) => {
            media::show_in_timeline(Source::Shot(shot), state);
        }
        MediaAction::ReplaceClips(medium) => media::replace_clips(medium, state),
        MediaAction::UseAsFirstFrame(medium) => media::use_as_first_frame(medium, state),
        MediaAction::Remove(medium) => media::remove(medium, state),
        MediaAction::RemoveWithClips(medium) => media::remove_with_clips(medium, state),
        MediaAction::CheckFiles => media::check_files(state),
        MediaAction::CancelRelink => relink::cancel(state),
        MediaAction::CancelSequences => state.tasks.sequences.cancel(),
        MediaAction::Proxy(medium, work) => proxies::order(medium, work, state),
        MediaAction::CancelProxy(medium) => proxies::cancel(medium, state),
        MediaAction::CancelProxies => proxies::cancel_all(state),
    }
}

fn apply_take(action: TakeAction, state: &mut AppState, ctx: &Context) {
    match action {
        TakeAction::Vary(shot, take, change) => take::vary(shot, take, change, state),
        TakeAction::Upscale(shot, take, upscaler) => take::upscale(shot, take, &upscaler, state),
        TakeAction::Reproduce(shot, take) => take::reproduce(shot, take, state),
        TakeAction::UseStill(still, wanted) => stills::use_as(still, wanted, state, ctx),
        TakeAction::Retake(shot, take, range) => based_shot::retake(shot, take, range, state),
        TakeAction::Extend(shot, take, end) => based_shot::extend(shot, take, end, state),
        TakeAction::Compare(comparison) => compare::compare(comparison, state),
        TakeAction::Rate(take, rating) => take::rate(take, rating, state, ctx),
        TakeAction::Place(shot, take, place) => take_place::place(shot, take, place, state),
        TakeAction::Note(take, note) => take::note(take, note, state),
    }
}

fn apply_queue(action: QueueAction, state: &mut AppState) {
    match action {
        QueueAction::Cancel(order) => shot::cancel(order, state),
        QueueAction::Retry(order) => shot::retry(order, state),
        QueueAction::MoveToFront(order) => shot::move_to_front(order, state),
        QueueAction::MoveUp(order) => queue::move_up(order, state),
        QueueAction::MoveDown(order) => queue::move_down(order, state),
        QueueAction::RetryFailed => queue::retry_all(state),
        QueueAction::RemoveFailed => queue::remove_failed(state),
        QueueAction::MakeInBetweens(clip) => queue::make_in_betweens(clip, state),
        QueueAction::CancelSeries(series) => best_of::cancel(series, state),
        QueueAction::RemoveSeries(series) => best_of::remove(series, state),
        QueueAction::UseBest(series) => best_of::use_best(series, state),
        QueueAction::ClearHistory => queue::clear_history(state),
    }
}

fn apply_export(action: ExportAction, state: &mut AppState, ctx: &Context) {
    match action {
        ExportAction::Start(request, preparation) => {
            export::start(request, preparation, state, ctx);
        }
        ExportAction::Resolve(existing) => export::resolve(existing, state, ctx),
        ExportAction::Cancel => export::cancel(state),
        ExportAction::SavePreset(preset) => export::save_preset(preset, state),
        ExportAction::DeletePreset(name) => export::delete_preset(&name, state),
        ExportAction::OpenWithSystem(path) => system_program::open(path, state, ctx),
    }
}
