//! Projects as drawings, and edits in an editor's words.
//!
//! `A---|B--|C-` is a track: a letter and as many dashes as make up the clip's frames; points are a gap, `x` instead
//! of `|` is a cut with a transition. Big letters lie on picture tracks, small ones on sound tracks; further tracks
//! follow after a slash. Each letter is a medium of 100 frames, and each clip begins at its frame 10.

use kinora_timeline::check::check;
use kinora_timeline::edit::arrange::Arrange;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::remove::Remove;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::edit::trim::Trim;
use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{
    Clip, ClipId, ContentHash, CueId, Edge, Edit, FrameRange, FrameRate, Frames, History, MediumId,
    Project, ShotId, Source, Speed, TrackId, TrackKind, TransitionKind,
};

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

/// A drawn clip, as in `X--`, for the bottom track of its kind.
fn piece(project: &Project, drawing: &str) -> Piece {
    let letter = drawing.chars().next().expect("a letter");
    let kind = if letter.is_ascii_lowercase() {
        TrackKind::Audio
    } else {
        TrackKind::Video
    };
    let clip = Clip::new(
        Source::Medium(medium_id(project, letter)),
        Frames(START),
        Frames(drawing.len() as i64),
    );
    Piece {
        track: tracks_of(project, kind)[0],
        clip,
    }
}

pub fn insert(drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Insert {
            at: Frames(at),
            pieces: drawing.split('+').map(|one| piece(project, one)).collect(),
        })
    })
}

pub fn overwrite(drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Overwrite {
            at: Frames(at),
            pieces: drawing.split('+').map(|one| piece(project, one)).collect(),
        })
    })
}

/// The same on the track at this place in the project.
pub fn overwrite_on(track: usize, drawing: &'static str, at: i64) -> Words {
    words(move |project| {
        let track = all_tracks(project)[track];
        let piece = Piece {
            track,
            ..piece(project, drawing)
        };
        Edit::Place(Place::Overwrite {
            at: Frames(at),
            pieces: vec![piece],
        })
    })
}

pub fn append(drawing: &'static str) -> Words {
    words(move |project| {
        Edit::Place(Place::Append {
            pieces: vec![piece(project, drawing)],
        })
    })
}

pub fn insert_gap(at: i64, length: i64) -> Words {
    words(move |project| {
        Edit::Place(Place::Gap {
            at: Frames(at),
            length: Frames(length),
            tracks: vec![all_tracks(project)[0]],
        })
    })
}

/// The same on several tracks: their places in the project, picture tracks first.
pub fn insert_gap_on(tracks: &'static [usize], at: i64, length: i64) -> Words {
    words(move |project| {
        let all = all_tracks(project);
        Edit::Place(Place::Gap {
            at: Frames(at),
            length: Frames(length),
            tracks: tracks.iter().map(|track| all[*track]).collect(),
        })
    })
}

pub fn lift(clips: &'static [&'static str]) -> Words {
    words(move |project| {
        Edit::Remove(Remove::Lift {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
        })
    })
}

pub fn extract(clips: &'static [&'static str]) -> Words {
    words(move |project| {
        Edit::Remove(Remove::Extract {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
        })
    })
}

pub fn range(start: i64, end: i64) -> FrameRange {
    FrameRange::between(Frames(start), Frames(end))
}

pub fn lift_range(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::LiftRange {
            range: range(start, end),
            tracks: all_tracks(project),
        })
    })
}

pub fn extract_range(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::ExtractRange {
            range: range(start, end),
            tracks: all_tracks(project),
        })
    })
}

pub fn extract_first_track(start: i64, end: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::ExtractRange {
            range: range(start, end),
            tracks: vec![all_tracks(project)[0]],
        })
    })
}

pub fn twice_as_fast(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, clip),
            speed: Speed::new(2, 1).expect("a speed"),
            ripple: true,
        })
    })
}

pub fn close_gap(at: i64) -> Words {
    words(move |project| {
        Edit::Remove(Remove::CloseGap {
            track: all_tracks(project)[0],
            at: Frames(at),
        })
    })
}

pub fn ripple(clip: &'static str, edge: Edge, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Ripple {
            clip: id(project, clip),
            edge,
            by: Frames(by),
        })
    })
}

pub fn trim(clip: &'static str, edge: Edge, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Edge {
            clip: id(project, clip),
            edge,
            by: Frames(by),
        })
    })
}

pub fn roll(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Roll {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn slip(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Slip {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn slide(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Slide {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn to_playhead(clip: &'static str, edge: Edge, at: i64, ripple: bool) -> Words {
    words(move |project| {
        Edit::Trim(Trim::ToPlayhead {
            clip: id(project, clip),
            edge,
            at: Frames(at),
            ripple,
        })
    })
}

pub fn razor(at: i64) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Razor {
            at: Frames(at),
            tracks: all_tracks(project),
        })
    })
}

pub fn join(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Trim(Trim::Join {
            clip: id(project, clip),
        })
    })
}

pub fn go(clips: &'static [&'static str], by: i64, up: i32) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::Move {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
            by: Frames(by),
            up,
        })
    })
}

pub fn ripple_move(clip: &'static str, to: i64) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::RippleMove {
            clip: id(project, clip),
            to: Frames(to),
        })
    })
}

pub fn swap(one: &'static str, other: &'static str) -> Words {
    words(move |project| {
        Edit::Arrange(Arrange::Swap {
            one: id(project, one),
            other: id(project, other),
        })
    })
}

pub fn dissolve(clip: &'static str, before: i64, after: i64) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Set {
            clip: id(project, clip),
            kind: TransitionKind::Dissolve,
            before: Frames(before),
            after: Frames(after),
        })
    })
}

pub fn remove_dissolve(clip: &'static str) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Remove {
            clip: id(project, clip),
        })
    })
}

pub fn move_dissolve(clip: &'static str, by: i64) -> Words {
    words(move |project| {
        Edit::Transition(TransitionEdit::Move {
            clip: id(project, clip),
            by: Frames(by),
        })
    })
}

pub fn conform(frames_per_second: u32) -> Words {
    words(move |_| {
        let rate = FrameRate::new(frames_per_second, 1).expect("a rate");
        Edit::Library(Library::Conform(rate))
    })
}

pub fn edit(edit: impl Fn(&Project) -> Edit + 'static) -> Words {
    words(edit)
}

/// A film as drawn, sync-locked, with a subtitle track that is drawn like a track of clips. A letter is the text of a cue.
pub fn subtitled(film: &str, cues: &str) -> Project {
    let mut new = Vec::new();
    let mut at = 0;
    let mut symbols = cues.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '.' => at += 1,
            '|' => {}
            letter => {
                let mut length = 1;
                while symbols.next_if_eq(&'-').is_some() {
                    length += 1;
                }
                new.push(NewCue {
                    range: range(at, at + length),
                    text: letter.into(),
                });
                at += length;
            }
        }
    }
    let add = SubtitleEdit::AddTrack {
        name: String::new(),
        language: "en".into(),
        cues: new,
    };
    apply(&in_sync(film), &Edit::Subtitle(add))
}

/// The drawing of the first subtitle track. A cue is drawn as the first letter of its text.
pub fn draw_subtitles(project: &Project) -> String {
    let mut line = String::new();
    let mut end = Frames(0);
    for cue in project.subtitle_tracks()[0].cues() {
        if !line.is_empty() && cue.range.start == end {
            line.push('|');
        }
        line.push_str(&".".repeat((cue.range.start - end).0 as usize));
        line.push(cue.text.chars().next().expect("a text"));
        line.push_str(&"-".repeat(cue.range.length.0 as usize - 1));
        end = cue.range.end();
    }
    line
}

/// The cue with this text.
pub fn cue_id(project: &Project, text: &str) -> CueId {
    let mut cues = project
        .subtitle_tracks()
        .iter()
        .flat_map(|track| track.cues());
    let cue = cues.find(|cue| cue.text == text);
    cue.unwrap_or_else(|| panic!("there is no {text} in {}", draw_subtitles(project)))
        .id
}

/// Checks that the edit turns the subtitles `before` into `after`, and undo turns them back.
#[track_caller]
pub fn check_subtitles(before: &str, edit: Words, after: &str) {
    check_subtitled("A-------------------", before, edit, after);
}

/// The same with a film under them.
#[track_caller]
pub fn check_subtitled(film: &str, before: &str, edit: Words, after: &str) {
    let start = subtitled(film, before);
    assert_eq!(draw_subtitles(&start), before, "the drawing itself");
    let mut history = History::of(start.clone());
    let edit = edit(&start);
    history
        .apply(&edit)
        .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    assert_eq!(check(history.project()), []);
    assert_eq!(draw_subtitles(history.project()), after, "{edit:?}");
    history.undo().expect("a step");
    assert_eq!(history.project(), &start);
    history.redo().expect("a step");
    assert_eq!(draw_subtitles(history.project()), after);
}

/// Checks that an edit of subtitles is refused with this sentence and changes nothing.
#[track_caller]
pub fn check_subtitles_refused(before: &str, edit: Words, why: &str) {
    check_refused_of(subtitled("A---", before), edit, why);
}

fn subtitle(edit: impl Fn(&Project) -> SubtitleEdit + 'static) -> Words {
    words(move |project| Edit::Subtitle(edit(project)))
}

pub fn add_cue(text: &'static str, start: i64, end: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Add {
        track: project.subtitle_tracks()[0].id,
        cue: NewCue {
            range: range(start, end),
            text: text.into(),
        },
    })
}

pub fn move_cues(cues: &'static [&'static str], by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Move {
        cues: cues.iter().map(|cue| cue_id(project, cue)).collect(),
        by: Frames(by),
    })
}

pub fn trim_cue(cue: &'static str, edge: Edge, by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Trim {
        cue: cue_id(project, cue),
        edge,
        by: Frames(by),
    })
}

pub fn split_cue(cue: &'static str, at: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Split {
        cue: cue_id(project, cue),
        at: Frames(at),
    })
}

pub fn join_cue(cue: &'static str) -> Words {
    subtitle(move |project| SubtitleEdit::Join(cue_id(project, cue)))
}

pub fn retype_cue(cue: &'static str, text: &'static str) -> Words {
    subtitle(move |project| SubtitleEdit::Retype {
        cue: cue_id(project, cue),
        text: text.into(),
    })
}

pub fn remove_cues(cues: &'static [&'static str]) -> Words {
    subtitle(move |project| {
        SubtitleEdit::Remove(cues.iter().map(|cue| cue_id(project, cue)).collect())
    })
}

pub fn shift_cues(by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::ShiftAll {
        track: project.subtitle_tracks()[0].id,
        by: Frames(by),
    })
}
