//! Sequences: clips nested in a new one, drawn; opened, undone, stored, written as OTIO.

use crate::drawn::*;
use kinora_timeline::check::check;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::sequences::SequenceEdit;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::file::{from_text, to_text};
use kinora_timeline::otio;
use kinora_timeline::{
    Amendment, Clip, Edit, FrameRange, FrameRate, Frames, History, Project, SequenceId, Source,
    TrackKind, TransitionKind,
};

fn nest(clips: &'static [&'static str]) -> Words {
    edit(move |project| {
        Edit::Sequence(SequenceEdit::Nest {
            clips: clips.iter().map(|clip| id(project, clip)).collect(),
            name: "N".into(),
        })
    })
}

/// The sequence with this name.
fn sequence(project: &Project, name: &str) -> SequenceId {
    let sequences = project.sequences();
    let found = sequences.iter().find(|(_, other)| &**other == name);
    found.expect("a sequence").0
}

/// The project with the nested sequence open.
fn inside(project: &Project) -> Project {
    let inside = project.opened(sequence(project, "N")).expect("opened");
    assert_eq!(check(&inside), []);
    inside
}

fn nested(drawing: &str, clips: &'static [&'static str]) -> Project {
    let start = project(drawing);
    apply(&start, &nest(clips)(&start))
}

/// A clip of a sequence over the first video track.
fn place(sequence: SequenceId, project: &Project) -> Edit {
    let piece = Piece {
        track: tracks_of(project, TrackKind::Video)[0],
        clip: Clip::new(Source::Sequence(sequence), Frames::ZERO, Frames(3)),
    };
    Edit::Place(Place::Overwrite {
        at: Frames(40),
        pieces: vec![piece],
    })
}

#[test]
fn nested_clips_are_replaced_by_one_of_their_sequence() {
    check_edit("A-|B--|C-", nest(&["B", "C"]), "A-|N----");
    assert_eq!(draw(&inside(&nested("A-|B--|C-", &["B", "C"]))), "B--|C-");
    check_edit("A-|B--..C-|D", nest(&["B", "C"]), "A-|N------|D");
    let apart = nested("A-|B--..C-|D", &["B", "C"]);
    assert_eq!(draw(&inside(&apart)), "B--..C-");
}

#[test]
fn a_nested_clip_has_picture_and_sound_if_its_clips_had() {
    check_edit("A-|B- / a-|b-", nest(&["B", "b"]), "A-|N- / a-|N-");
    let both = nested("A-|B- / a-|b-", &["B", "b"]);
    assert_eq!(draw(&inside(&both)), "B- / b-");
    let nested_clip = id(&both, "N");
    assert_eq!(both.linked(nested_clip).len(), 2);
    check_edit("A-|B- / a-|b-", nest(&["a"]), "A-|B- / N-|b-");
}

#[test]
fn clips_between_the_nested_ones_stay_and_the_nested_clip_gets_a_track_of_its_own() {
    check_edit("A-|B-|C-", nest(&["A", "C"]), "..B- / N-----");
    check_edit("A-|B-|C- / D-", nest(&["C", "D"]), "A-|B- / N-----");
}

#[test]
fn transitions_inside_stay_and_those_at_the_edge_become_cuts() {
    check_edit(
        "A---xB---xC---xD---",
        nest(&["B", "C"]),
        "A---|N-------|D---",
    );
    let whole = nested("A---xB---xC---xD---", &["B", "C"]);
    assert_eq!(draw(&inside(&whole)), "B---xC---");
}

fn unnest(clip: &'static str) -> Words {
    edit(move |project| {
        Edit::Sequence(SequenceEdit::Unnest {
            clip: id(project, clip),
        })
    })
}

#[test]
fn unnesting_puts_the_clips_back() {
    for (drawing, clips) in [
        ("A-|B--|C-", &["B", "C"][..]),
        ("A-|B--..C-|D", &["B", "C"]),
        ("A---xB---xC---|D---", &["A", "B", "C"]),
        ("A-|B- / C- / a-|b-", &["A", "B", "C", "a", "b"]),
    ] {
        let start = project(drawing);
        let clips: Vec<_> = clips.iter().map(|clip| id(&start, clip)).collect();
        let link = kinora_timeline::edit::clips::ClipEdit::Link {
            clips: clips.clone(),
        };
        let linked = apply(&start, &Edit::Clip(link));
        let name = "N".to_owned();
        let nested = apply(&linked, &Edit::Sequence(SequenceEdit::Nest { clips, name }));
        let again = apply(&nested, &unnest("N")(&nested));
        assert_eq!(draw(&again), drawing);
        let letters: Vec<String> = linked
            .linked(id(&linked, "C"))
            .iter()
            .map(|clip| letter(&linked, linked.clip(*clip).expect("there").0))
            .collect();
        if letters.len() > 1 {
            assert_eq!(
                again.linked(id(&again, "C")).len(),
                letters.len(),
                "{drawing}"
            );
        }
    }
}

#[test]
fn a_trimmed_nested_clip_is_replaced_by_what_it_shows() {
    let start = nested("A-|B---|C---|D", &["B", "C"]);
    let trimmed = apply(&start, &ripple("N", kinora_timeline::Edge::Head, 2)(&start));
    let trimmed = apply(
        &trimmed,
        &ripple("N", kinora_timeline::Edge::Tail, -1)(&trimmed),
    );
    let again = apply(&trimmed, &unnest("N")(&trimmed));
    assert_eq!(draw(&again), "A-|B-|C--|D");
    assert_eq!(shown(&again, "B"), [12, 13]);
    assert_eq!(shown(&again, "C"), [10, 11, 12]);
}

#[test]
fn a_nested_clip_with_a_speed_of_its_own_is_not_unnested() {
    let start = nested("A-|B---", &["B"]);
    let faster = kinora_timeline::edit::clips::ClipEdit::Speed {
        clip: id(&start, "N"),
        speed: kinora_timeline::Speed::new(2, 1).expect("a speed"),
        ripple: true,
    };
    let faster = apply(&start, &Edit::Clip(faster));
    let refusal = unnest("N")(&faster).apply(&faster).expect_err("refused");
    let expected =
        "a nested clip with a speed or effects of its own cannot be unnested: reset them first";
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn clips_on_a_locked_track_are_not_nested() {
    let start = project("A-|B-");
    let track = tracks_of(&start, TrackKind::Video)[0];
    let locked = apply(&start, &Edit::Track(TrackEdit::Lock(track, true)));
    let refusal = nest(&["A"])(&locked).apply(&locked).expect_err("refused");
    assert_eq!(refusal.to_string(), "track V1 is locked");
}

#[test]
fn no_sequence_shows_itself() {
    let outer = nested("A-|B-", &["B"]);
    let inner = inside(&outer);
    let [first, second] = [outer.open_sequence(), inner.open_sequence()];
    let expected = "a sequence cannot show itself, not even through another one";
    for sequence in [first, second] {
        let refusal = place(sequence, &inner).apply(&inner).expect_err("refused");
        assert_eq!(refusal.to_string(), expected);
    }
    let refusal = place(first, &outer).apply(&outer).expect_err("refused");
    assert_eq!(refusal.to_string(), expected);
    apply(&outer, &place(second, &outer));
}

#[test]
fn a_sequence_is_removed_only_if_nothing_shows_it_and_it_is_not_open() {
    let outer = nested("A-|B-", &["B"]);
    let [first, second] = [outer.open_sequence(), sequence(&outer, "N")];
    let remove = |sequence| Edit::Sequence(SequenceEdit::Remove(sequence));
    let refused = |project: &Project, sequence| {
        let refusal = remove(sequence).apply(project).expect_err("refused");
        refusal.to_string()
    };
    assert_eq!(
        refused(&outer, second),
        "the sequence is still used: 1 clip"
    );
    assert_eq!(
        refused(&outer, first),
        "the sequence is still used: it is open"
    );
    let inner = inside(&outer);
    let alone = apply(&inner, &remove(first));
    assert_eq!(draw(&alone), "B-");
    assert_eq!(alone.sequences().len(), 1);
}

#[test]
fn what_a_nested_clip_shows_is_still_used() {
    let outer = nested("A-|B-", &["B"]);
    let medium = medium_id(&outer, 'B');
    assert_eq!(outer.clips_of(Source::Medium(medium)), []);
    assert_eq!(outer.clips_showing(Source::Medium(medium)).count(), 1);
    let remove = Edit::Library(kinora_timeline::edit::library::Library::RemoveMedium(
        medium,
    ));
    let refusal = remove.apply(&outer).expect_err("refused");
    assert_eq!(refusal.to_string(), "the medium is still used: 1 clip");
}

#[test]
fn opening_a_sequence_is_no_step_and_undo_keeps_it_open() {
    let mut history = History::of(project("A-|B-"));
    let start = history.project().clone();
    history.apply(&nest(&["B"])(&start)).expect("nested");
    let inner = sequence(history.project(), "N");
    assert!(history.amend(&Amendment::Open(inner)));
    assert!(!history.amend(&Amendment::Open(inner)), "it is open");
    assert_eq!(draw(history.project()), "B-");
    let trim = ripple("B", kinora_timeline::Edge::Tail, -1);
    history.apply(&trim(history.project())).expect("trimmed");
    assert_eq!(draw(history.project()), "B");
    assert_eq!(history.undo().as_deref(), Some("ripple trim"));
    assert_eq!(draw(history.project()), "B-");
    assert_eq!(history.undo().as_deref(), Some("nest"));
    assert_eq!(history.project(), &start, "there is nothing to keep open");
    history.redo();
    assert_eq!(draw(history.project()), "B-", "open again");
    history.amend(&Amendment::Open(start.open_sequence()));
    history.redo();
    assert_eq!(draw(history.project()), "A-|N-");
    let before = history.project().clone();
    history.undo();
    let changed = history.project().changed_sequence(&before);
    assert_eq!(changed, Some(inner), "the window shows what undo changed");
}

#[test]
fn sequences_are_stored_and_the_same_one_is_open_again() {
    let outer = nested("A-|B-|C-", &["B"]);
    for project in [inside(&outer), outer] {
        let text = to_text(&project).expect("text");
        let again = from_text(&text, std::path::Path::new("project.ron")).expect("a project");
        assert_eq!(again, project);
        assert_eq!(check(&again), []);
    }
    let plain = to_text(&project("A-|B-")).expect("text");
    assert!(
        !plain.contains("sequences") && !plain.contains("open"),
        "as before"
    );
}

#[test]
fn a_damaged_file_in_which_a_sequence_shows_itself_is_a_problem() {
    let outer = nested("A-|B-", &["B"]);
    let inner = sequence(&outer, "N");
    let text = to_text(&outer).expect("text");
    let number = inner.number();
    let medium = medium_id(&outer, 'B').number();
    let looped = text.replace(&format!("Medium({medium})"), &format!("Sequence({number})"));
    assert_ne!(looped, text);
    let project = from_text(&looped, std::path::Path::new("project.ron"));
    let problems = project.map_or(1, |project| check(&project).len());
    assert!(problems > 0);
}

#[test]
fn another_rate_fits_all_sequences() {
    let outer = nested("A---|B---|C-", &["B"]);
    let faster =
        kinora_timeline::edit::library::Library::Conform(FrameRate::new(48, 1).expect("a rate"));
    let faster = apply(&outer, &Edit::Library(faster));
    assert_eq!(draw(&faster), "A-------|N-------|C---");
    assert_eq!(draw(&inside(&faster)), "B-------");
}

#[test]
fn a_sequence_travels_in_otio_as_a_stack() {
    let outer = nested("A---|B---xC---|D- / a-|b-", &["B", "C", "b"]);
    let none = otio::ProjectAddresses::default();
    let (text, losses) = otio::write(&outer, "film", &none);
    assert_eq!(losses, []);
    assert!(text.contains("Stack.1"), "{text}");
    let otio::Cut {
        project: again,
        losses,
        ..
    } = otio::read(&text).expect("read");
    assert_eq!(losses, []);
    assert_eq!(draw(&again), draw(&outer));
    assert_eq!(draw(&inside(&again)), draw(&inside(&outer)));
}

#[test]
fn an_export_finds_the_placeholders_within_nested_sequences() {
    let start = with_shots("AB");
    let piece = |letter| Piece {
        track: tracks_of(&start, TrackKind::Video)[0],
        clip: Clip::new(
            Source::Shot(shot_id(&start, letter)),
            Frames::ZERO,
            Frames(10),
        ),
    };
    let append = |letter| {
        Edit::Place(Place::Append {
            pieces: vec![piece(letter)],
        })
    };
    let both = apply(&apply(&start, &append('A')), &append('B'));
    let outer = apply(&both, &nest(&["A", "B"])(&both));
    let missing = |start, end| {
        let range = FrameRange::between(Frames(start), Frames(end));
        outer.shots_without_take(range)
    };
    assert_eq!(missing(0, 10), [shot_id(&outer, 'A')]);
    assert_eq!(missing(12, 14), [shot_id(&outer, 'B')]);
    assert_eq!(missing(0, 20).len(), 2);
}

#[test]
fn a_clip_is_shown_within_a_range_that_only_its_transition_reaches() {
    let start = with_shots("AB");
    let track = tracks_of(&start, TrackKind::Video)[0];
    let place = |project: &Project, letter| {
        let source = Source::Shot(shot_id(&start, letter));
        let clip = Clip::new(source, Frames(3), Frames(10));
        let pieces = vec![Piece { track, clip }];
        apply(project, &Edit::Place(Place::Append { pieces }))
    };
    let both = place(&place(&start, 'A'), 'B');
    let dissolve = TransitionEdit::Set {
        clip: id(&both, "B"),
        kind: TransitionKind::Dissolve,
        before: Frames(2),
        after: Frames(3),
    };
    let dissolved = apply(&both, &Edit::Transition(dissolve));
    let [first, second] = ['A', 'B'].map(|letter| shot_id(&start, letter));
    for (frame, shown) in [
        (7, vec![first]),
        (8, vec![first, second]),
        (12, vec![first, second]),
        (13, vec![second]),
    ] {
        let range = FrameRange::between(Frames(frame), Frames(frame + 1));
        assert_eq!(dissolved.shots_without_take(range), shown, "frame {frame}");
    }
}
