//! What panels and keys ask for, and its doing: after a frame is drawn, each is run in its order.
//! One small file per family; nothing here waits.

mod compare;
mod cut;
mod deliver;
mod engine;
mod film;
mod frame;
mod gap;
mod mark;
mod media;
mod pick;
mod plan;
mod play;
mod shot;
mod shot_change;
mod takes;
mod title;
mod view;

use std::path::PathBuf;

use egui::{Context, ViewportCommand};
use kinora_studio::Project;
use kinora_studio::deliver::Order;
use kinora_studio::queue::{OrderId, Vary};
use kinora_studio::takes::Opinion;
use kinora_studio::timeline::{
    ClipId, ContentHash, Edit, FrameRange, Frames, ShotId, TrackId, TransitionKind,
};

use crate::command::Command;
use crate::compare::Comparison;
use crate::film::Gesture;
use crate::panel::palette::Palette;
use crate::state::{Dialogue, State};

pub use deliver::is_over;
pub use film::leave;
pub use frame::{FrameUse, is_kept as frame_is_kept};
pub use gap::at_playhead as gap_at_playhead;
pub use media::is_in as medium_is_in;
pub use pick::{Pick, Picking, hear as hear_pick};
pub use shot::portrait_is_in;
pub use shot_change::ShotChange;

/// A wish of the person at the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A command of the table.
    Run(Command),
    /// Open the film in this folder.
    Open(PathBuf),
    /// Make this film there and open it.
    Create(PathBuf, Project),
    /// Take a film off the list of recent ones.
    Forget(PathBuf),
    /// Let a folder be chosen for the dialogue that is open.
    BrowseFolder {
        start: PathBuf,
    },
    /// Our own dialogue has found what was asked for.
    Found(Pick, PathBuf),
    CloseDialogue,
    CloseNotice(u64),
    /// A change of the film.
    Edit(Edit),
    /// A part of a gesture.
    Gesture(Gesture),
    ChooseShot(ShotId),
    /// None chooses nothing; true adds to what is chosen, or takes away from it.
    ChooseClip(Option<ClipId>, bool),
    /// Write a new shot into a gap of this track.
    FillGap(TrackId, FrameRange),
    /// Put a shot at the end of the timeline.
    PlaceShot(ShotId),
    /// Ask the engine which models there are.
    LookForModels,
    /// Change one thing about a shot.
    ChangeShot(ShotId, ShotChange),
    /// Add somebody to the cast from a picture file.
    AddCharacterFrom(PathBuf),
    GoTo(Frames),
    /// Write the film out there.
    Deliver(Order),
    StopDelivery,
    /// Make a take by another one's recipe with one thing changed.
    Vary(ShotId, ContentHash, Vary),
    /// Follow a take's recipe once more and compare.
    Reproduce(ShotId, ContentHash),
    /// Let a clip begin with a transition.
    Join(ClipId, TransitionKind),
    /// Bring a film, picture or sound into the film and onto the timeline.
    Import(PathBuf),
    /// Keep the frame at the playhead as a picture, for this.
    UseFrame(FrameUse),
    /// Show another take beside the film, or the film alone again.
    Compare(Option<Comparison>),
    /// What the artist thinks of a take.
    Think(ContentHash, Opinion),
    CancelOrder(OrderId),
    RetryOrder(OrderId),
}

/// Does what was asked, unless it makes no sense now.
pub fn run(ask: Ask, state: &mut State, ctx: &Context) {
    match ask {
        Ask::Run(command) => {
            if command.is_enabled(state) {
                run_command(command, state, ctx);
            }
        }
        Ask::Open(folder) => film::open(folder, state, ctx),
        Ask::Create(folder, project) => film::create(folder, project, state, ctx),
        Ask::Forget(folder) => film::forget(&folder, state),
        Ask::BrowseFolder { start } => pick::ask(Pick::Folder, start, state, ctx),
        Ask::Found(pick, path) => pick::found(pick, path, state, ctx),
        Ask::CloseDialogue => pick::close(state),
        Ask::CloseNotice(number) => state.notices.close(number),
        Ask::Edit(edit) => cut::edit(&edit, state),
        Ask::Gesture(gesture) => cut::gesture(&gesture, state),
        Ask::ChooseClip(clip, adds) => cut::choose(clip, adds, state),
        Ask::PlaceShot(shot) => cut::place(shot, state),
        Ask::FillGap(track, gap) => gap::fill(track, gap, state),
        Ask::ChooseShot(shot) => shot::choose(shot, state),
        Ask::ChangeShot(shot, change) => shot::change(shot, change, state),
        Ask::AddCharacterFrom(picture) => shot::add_character_from(picture, state, ctx),
        Ask::LookForModels => shot::look_for_models(state),
        Ask::Deliver(order) => deliver::begin(order, state, ctx),
        Ask::StopDelivery => deliver::stop(state),
        Ask::Join(clip, kind) => mark::join(clip, kind, state),
        Ask::Import(file) => media::import(file, state, ctx),
        Ask::Vary(shot, take, change) => takes::vary(shot, take, change, state),
        Ask::Reproduce(shot, take) => takes::reproduce(shot, take, state),
        Ask::UseFrame(wanted) => frame::put_to_use(wanted, state, ctx),
        Ask::Compare(comparison) => compare::compare(comparison, state),
        Ask::Think(take, opinion) => takes::think(take, opinion, state, ctx),
        Ask::CancelOrder(order) => shot::cancel(order, state),
        Ask::RetryOrder(order) => shot::retry(order, state),
        Ask::GoTo(frame) => play::go_to(frame, state),
    }
}

fn run_command(command: Command, state: &mut State, ctx: &Context) {
    if let Some(film) = &mut state.film {
        film.keep_words(&mut state.notices); // a key may be pressed while words are still being typed
    }
    match command {
        Command::NewFilm => film::ask_for_new(state),
        Command::OpenFilm => film::ask_for_folder(state),
        Command::OpenSample => film::open_sample(state, ctx),
        Command::Save => film::save(state),
        Command::Deliver => deliver::ask(state),
        Command::CloseFilm => film::close(state, ctx),
        Command::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        Command::Undo => cut::undo(state),
        Command::Redo => cut::redo(state),
        Command::Razor => cut::razor(state),
        Command::Lift => cut::remove(state, false),
        Command::Extract => cut::remove(state, true),
        Command::Snap => cut::toggle_snap(state),
        Command::TrimTool => cut::toggle_trims(state),
        Command::Import => pick::ask_for_file(Pick::Medium, state, ctx),
        Command::AddTitle => title::add(state),
        Command::Dissolve => mark::dissolve(state),
        Command::AddMarker => mark::add_marker(state),
        Command::SetIn => mark::set_end(false, state),
        Command::SetOut => mark::set_end(true, state),
        Command::ClearInOut => mark::clear_ends(state),
        Command::NewShot => shot::new(state),
        Command::FillGap => gap::fill_at_playhead(state),
        Command::AddCharacter => pick::ask_for_file(Pick::Portrait, state, ctx),
        Command::Generate => shot::generate(state),
        Command::GenerateMissing => shot::generate_missing(state),
        Command::PauseQueue => shot::pause(state, true),
        Command::ResumeQueue => shot::pause(state, false),
        Command::Play
        | Command::ShuttleBack
        | Command::Rest
        | Command::ShuttleOn
        | Command::StepBack
        | Command::StepOn
        | Command::PreviousCut
        | Command::NextCut
        | Command::ToStart
        | Command::ToEnd => play::run(command, state),
        Command::Palette => toggle(
            state,
            |dialogue| matches!(dialogue, Dialogue::Palette(_)),
            || Dialogue::Palette(Palette::default()),
        ),
        Command::ZoomIn => view::zoom(ctx, view::Zoom::In),
        Command::ZoomOut => view::zoom(ctx, view::Zoom::Out),
        Command::ZoomReset => view::zoom(ctx, view::Zoom::Reset),
        Command::FullScreen => view::full_screen(ctx),
        Command::ExposureUp => view::brighten(&mut state.viewer, 1),
        Command::ExposureDown => view::brighten(&mut state.viewer, -1),
        Command::ExposureReset => state.viewer.exposure_stops = 0.0,
        Command::StartEngine => state.engine.ensure_started(),
        Command::RestartEngine => engine::restart(state),
        Command::CheckSystem => engine::check_system(state, ctx),
        Command::ShowKeys => toggle(
            state,
            |dialogue| matches!(dialogue, Dialogue::Keys),
            || Dialogue::Keys,
        ),
        Command::About => state.dialogue = Some(Dialogue::About),
    }
}

/// Opens a dialogue, or closes it if it is the open one: the same key does both.
fn toggle(
    state: &mut State,
    is_open: impl Fn(&Dialogue) -> bool,
    dialogue: impl FnOnce() -> Dialogue,
) {
    state.dialogue = if state.dialogue.as_ref().is_some_and(is_open) {
        None
    } else {
        Some(dialogue())
    };
}
