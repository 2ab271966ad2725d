//! Projects as drawings, and edits in an editor's words.
//!
//! `A---|B--|C-` is a track: a letter and as many dashes as make up the clip's frames; points are a gap, `x` instead
//! of `|` is a cut with a transition. Big letters lie on picture tracks, small ones on sound tracks; further tracks
//! follow after a slash. Each letter is a medium of 100 frames, and each clip begins at its frame 10.

mod edits;
mod subtitles;

use kinora_timeline::check::check;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{
    Clip, ClipId, ContentHash, Edit, FrameRange, FrameRate, Frames, History, MediumId, Project,
    ShotId, Source, TrackId, TrackKind, TransitionKind,
};

pub use edits::*;
pub use subtitles::*;

/// How long each medium is, and where clips of it begin.
pub const AVAILABLE: i64 = 100;
pub const START: i64 = 10;

/// The project of a drawing, without sync locks.
pub fn project(drawing: &str) -> Project {
    let mut project = Project::default();
    for track in all_tracks(&project) {
        project = apply(&project, &Edit::Track(TrackEdit::SyncLock(track, false)));
    }
    let mut letters: Vec<char> = drawing
        .chars()
        .filter(char::is_ascii_alphabetic)
        .filter(|letter| *letter != 'x')
        .collect();
    letters.sort_unstable();
    letters.dedup();
    for letter in letters {
        project = apply(
            &project,
            &Edit::Library(Library::AddMedium(Box::new(medium(letter)))),
        );
    }
    let (mut pictures, mut sounds) = (0, 0);
    for line in drawing.split('/').map(str::trim) {
        let sound = line
            .chars()
            .any(|letter| letter.is_ascii_lowercase() && letter != 'x');
        let (kind, place) = if sound {
            (TrackKind::Audio, &mut sounds)
        } else {
            (TrackKind::Video, &mut pictures)
        };
        *place += 1;
        if tracks_of(&project, kind).len() < *place {
            project = apply(
                &project,
                &Edit::Track(TrackEdit::Add {
                    kind,
                    name: String::new(),
                    sync_locked: false,
                }),
            );
        }
        let track = tracks_of(&project, kind)[*place - 1];
        project = draw_onto(project, track, line);
    }
    project
}

fn draw_onto(mut project: Project, track: TrackId, line: &str) -> Project {
    let mut at = 0;
    let mut transitions = Vec::new();
    let mut symbols = line.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '.' => at += 1,
            '|' | ' ' => {}
            'x' => transitions.push(Frames(at)),
            letter => {
                let mut length = 1;
                while symbols.next_if_eq(&'-').is_some() {
                    length += 1;
                }
                let clip = Clip::new(
                    Source::Medium(medium_id(&project, letter)),
                    Frames(START),
                    Frames(length),
                );
                project = apply(
                    &project,
                    &Edit::Place(Place::Overwrite {
                        at: Frames(at),
                        pieces: vec![Piece { track, clip }],
                    }),
                );
                at += length;
            }
        }
    }
    for cut in transitions {
        let clip = project
            .track(track)
            .and_then(|track| track.at(cut))
            .and_then(|placed| placed.clip())
            .expect("a clip after x")
            .id;
        project = apply(&project, &dissolve_of(clip));
    }
    project
}

fn dissolve_of(clip: ClipId) -> Edit {
    Edit::Transition(TransitionEdit::Set {
        clip,
        kind: TransitionKind::Dissolve,
        before: Frames(1),
        after: Frames(1),
    })
}

/// The drawing of a project.
pub fn draw(project: &Project) -> String {
    let lines = project
        .tracks()
        .iter()
        .filter(|track| !track.is_empty())
        .map(|track| {
            let mut line = String::new();
            let mut last_was_clip = false;
            for placed in track.items() {
                let length = placed.range.length.0 as usize;
                if let Some(clip) = placed.clip() {
                    if last_was_clip {
                        line.push(if clip.transition.is_some() { 'x' } else { '|' });
                    }
                    line.push_str(&letter(project, clip));
                    line.push_str(&"-".repeat(length - 1));
                } else {
                    line.push_str(&".".repeat(length));
                }
                last_was_clip = placed.clip().is_some();
            }
            line
        });
    lines.collect::<Vec<_>>().join(" / ")
}

pub fn letter(project: &Project, clip: &Clip) -> String {
    match clip.source {
        Source::Medium(id) => project.medium(id).expect("known").name.clone(),
        Source::Shot(id) => project.shot(id).expect("known").name.clone(),
        Source::Title(_) => "T".into(),
        Source::Sequence(id) => project.sequence_name(id).expect("known").to_string(),
    }
}

pub fn medium(letter: char) -> Medium {
    Medium {
        id: MediumId::from(0),
        name: letter.to_string(),
        content: ContentHash::of(letter.to_string().as_bytes()),
        path: format!("media/{letter}.mkv"),
        extent: Extent::Video {
            rate: FrameRate::FPS_24,
            frames: Frames(AVAILABLE),
        },
        has_picture: letter.is_ascii_uppercase(),
        has_sound: letter.is_ascii_lowercase(),
        marks: MediumMarks::default(),
        picture: PictureSettings::default(),
    }
}

pub fn medium_id(project: &Project, letter: char) -> MediumId {
    project
        .media()
        .find(|medium| medium.name == letter.to_string())
        .expect("a letter of the drawing")
        .id
}

/// The clip of a letter; "A2" is the second of two.
pub fn id(project: &Project, name: &str) -> ClipId {
    let (name, number) = name.split_at(1);
    let number: usize = number.parse().unwrap_or(1);
    let clips = project
        .tracks()
        .iter()
        .flat_map(|track| track.clips())
        .filter(|(clip, _)| letter(project, clip) == name);
    clips
        .map(|(clip, _)| clip.id)
        .nth(number - 1)
        .unwrap_or_else(|| panic!("there is no {name}{number} in {}", draw(project)))
}

pub fn tracks_of(project: &Project, kind: TrackKind) -> Vec<TrackId> {
    project
        .tracks()
        .iter()
        .filter(|track| track.kind == kind)
        .map(|track| track.id)
        .collect()
}

pub fn all_tracks(project: &Project) -> Vec<TrackId> {
    project.tracks().iter().map(|track| track.id).collect()
}

/// A project with a shot for each letter.
pub fn with_shots(letters: &str) -> Project {
    letters.chars().fold(Project::default(), |project, letter| {
        apply(&project, &add_shot(letter))
    })
}

pub fn add_shot(letter: char) -> Edit {
    let length = ModelLength {
        frames: 17,
        rate: FrameRate::FPS_24,
    };
    let shot = Shot::new(&letter.to_string(), "", length);
    Edit::Library(Library::AddShot(Box::new(shot)))
}

/// The letters of the shots, in their order.
pub fn shots(project: &Project) -> String {
    project.shots().map(|shot| shot.name.as_str()).collect()
}

pub fn shot_id(project: &Project, letter: char) -> ShotId {
    let mut shots = project.shots();
    let shot = shots.find(|shot| shot.name == letter.to_string());
    shot.expect("a shot of this letter").id
}

pub fn move_shot(shot: char, before: Option<char>) -> Words {
    words(move |project| {
        Edit::Library(Library::MoveShot {
            shot: shot_id(project, shot),
            before: before.map(|before| shot_id(project, before)),
        })
    })
}

/// Checks that the edit turns the order `before` into `after`, and undo turns it back.
#[track_caller]
pub fn check_shots(before: &str, edit: Words, after: &str) {
    let start = with_shots(before);
    let mut history = History::of(start.clone());
    history
        .apply(&edit(&start))
        .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    assert_eq!(check(history.project()), []);
    assert_eq!(shots(history.project()), after);
    history.undo().expect("a step");
    assert_eq!(history.project(), &start);
    history.redo().expect("a step");
    assert_eq!(shots(history.project()), after);
}

/// The source frames that a clip shows.
pub fn shown(project: &Project, name: &str) -> Vec<i64> {
    let (clip, ..) = project.clip(id(project, name)).expect("there");
    (0..clip.length.0)
        .map(|at| clip.source_frame(Frames(at)).0)
        .collect()
}

pub fn apply(project: &Project, edit: &Edit) -> Project {
    let after = edit
        .apply(project)
        .unwrap_or_else(|refusal| panic!("{}: {refusal}\n{edit:?}", draw(project)));
    assert_eq!(check(&after), [], "after {edit:?}");
    after
}

/// An edit that can name clips of the project it is applied to.
pub type Words = Box<dyn Fn(&Project) -> Edit>;

/// Checks that the edit turns `before` into `after`, and undo turns it back.
#[track_caller]
pub fn check_edit(before: &str, edit: Words, after: &str) {
    check_edit_of(&project(before), before, edit, after);
}

/// The same with all tracks sync-locked.
#[track_caller]
pub fn check_edit_in_sync(before: &str, edit: Words, after: &str) {
    check_edit_of(&in_sync(before), before, edit, after);
}

/// Checks that edits that build on one another, as one step with all tracks sync-locked, turn `before` into `after`,
/// and undo turns it back.
#[track_caller]
pub fn check_edits_in_sync(before: &str, edits: &[Words], after: &str) {
    let start = in_sync(before);
    assert_eq!(draw(&start), before, "the drawing itself");
    let mut batch = EditBatch::of(&start);
    for words in edits {
        let edit = words(&batch.project);
        batch
            .then(edit)
            .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
        assert_eq!(check(&batch.project), []);
    }
    assert_eq!(draw(&batch.project), after);
    let mut history = History::of(start.clone());
    history
        .apply_all("paste", &batch.edits)
        .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    assert_eq!(history.project(), &batch.project);
    history.undo().expect("a step");
    assert_eq!(history.project(), &start);
}

/// The project of a drawing with all tracks sync-locked.
pub fn in_sync(drawing: &str) -> Project {
    let mut project = project(drawing);
    for track in all_tracks(&project) {
        project = apply(&project, &Edit::Track(TrackEdit::SyncLock(track, true)));
    }
    project
}

#[track_caller]
fn check_edit_of(start: &Project, before: &str, edit: Words, after: &str) {
    assert_eq!(draw(start), before, "the drawing itself");
    let mut history = History::of(start.clone());
    let edit = edit(start);
    history
        .apply(&edit)
        .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    assert_eq!(check(history.project()), []);
    assert_eq!(draw(history.project()), after, "{edit:?}");
    history.undo().expect("a step");
    assert_eq!(history.project(), start);
    history.redo().expect("a step");
    assert_eq!(draw(history.project()), after);
}

/// Checks that the edit is refused with this sentence and changes nothing.
#[track_caller]
pub fn check_refused(before: &str, edit: Words, why: &str) {
    check_refused_of(project(before), edit, why);
}

/// The same with all tracks sync-locked.
#[track_caller]
pub fn check_refused_in_sync(before: &str, edit: Words, why: &str) {
    check_refused_of(in_sync(before), edit, why);
}

#[track_caller]
fn check_refused_of(start: Project, edit: Words, why: &str) {
    let mut history = History::of(start.clone());
    let refusal = history.apply(&edit(&start)).expect_err("refused");
    assert_eq!(refusal.to_string(), why);
    assert_eq!(history.project(), &start);
    assert_eq!(history.past().count(), 0);
}

fn words(edit: impl Fn(&Project) -> Edit + 'static) -> Words {
    Box::new(edit)
}

pub fn range(start: i64, end: i64) -> FrameRange {
    FrameRange::between(Frames(start), Frames(end))
}
