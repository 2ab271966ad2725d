//! Queries of a project: the layers, sounds, cuts and snap points that the viewer, the mixer and the mouse get.

use crate::drawn::*;
use kinora_timeline::cast::Character;
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::query::{Layer, Mix, SnapPoint};
use kinora_timeline::shot::{CastMember, ModelLength, Shot};
use kinora_timeline::{ContentHash, Edit, FrameRate, Frames, Project, Source};

/// The layers at a frame in a few words: letter, source frame, and how they are combined.
fn seen(project: &Project, frame: i64) -> Vec<String> {
    let how = |layer: &Layer| match layer.mix {
        Mix::Over => String::new(),
        Mix::From { progress, .. } => format!(" going {progress}"),
        Mix::To { progress, .. } => format!(" coming {progress}"),
    };
    let layers = project.layers(Frames(frame));
    layers
        .iter()
        .map(|layer| {
            format!(
                "{}{}{}",
                letter(project, &layer.clip),
                layer.source_frame.0,
                how(layer)
            )
        })
        .collect()
}

#[test]
fn the_picture_is_what_lies_at_the_frame_bottom_track_first() {
    let project = project("A---|B-- / ..C-");
    assert_eq!(seen(&project, 0), ["A10"]);
    assert_eq!(seen(&project, 2), ["A12", "C10"]);
    assert_eq!(seen(&project, 4), ["B10"]);
    assert_eq!(seen(&project, 99), [""; 0]);
    assert_eq!(seen(&project, -1), [""; 0]);
}

#[test]
fn around_a_dissolve_both_clips_are_seen_with_borrowed_frames() {
    let start = project("A-----|B-----");
    let project = apply(&start, &dissolve("B", 2, 2)(&start));
    assert_eq!(seen(&project, 3), ["A13"]);
    assert_eq!(seen(&project, 4), ["A14 going 0.125", "B8 coming 0.125"]);
    assert_eq!(seen(&project, 5), ["A15 going 0.375", "B9 coming 0.375"]);
    assert_eq!(seen(&project, 6), ["A16 going 0.625", "B10 coming 0.625"]);
    assert_eq!(seen(&project, 7), ["A17 going 0.875", "B11 coming 0.875"]);
    assert_eq!(seen(&project, 8), ["B12"]);
}

#[test]
fn muted_tracks_and_disabled_clips_are_not_seen_and_solo_hides_the_others() {
    let start = project("A-- / B--");
    let (below, above) = (all_tracks(&start)[0], all_tracks(&start)[1]);
    let after = |edit: Edit| seen(&apply(&start, &edit), 0);
    assert_eq!(after(Edit::Track(TrackEdit::Mute(above, true))), ["A10"]);
    assert_eq!(after(Edit::Track(TrackEdit::Solo(below, true))), ["A10"]);
    assert_eq!(
        after(Edit::Clip(ClipEdit::Enable {
            clips: vec![id(&start, "A")],
            enabled: false
        })),
        ["B10"]
    );
}

#[test]
fn fades_come_and_go() {
    let start = project("A---");
    let look = kinora_timeline::clip::Look {
        fade_in: Frames(2),
        fade_out: Frames(1),
        opacity: 0.5,
        ..Default::default()
    };
    let project = apply(
        &start,
        &Edit::Clip(ClipEdit::Look {
            clip: id(&start, "A"),
            look,
        }),
    );
    let opacities: Vec<f32> = (0..4)
        .map(|frame| project.layers(Frames(frame))[0].opacity)
        .collect();
    assert_eq!(format!("{opacities:?}"), "[0.125, 0.375, 0.5, 0.25]");
}

#[test]
fn sound_reaches_into_its_cross_fades() {
    let start = project("a-----|b-----");
    let project = apply(&start, &dissolve("b", 2, 1)(&start));
    let heard = |from, to| -> Vec<String> {
        let segments = project.segments(range(from, to));
        let reported = |segment: &kinora_timeline::query::Segment| {
            let (start, end) = (segment.range.start.0, segment.range.end().0);
            format!(
                "{} {start}..{end} in {} out {}",
                letter(&project, &segment.clip),
                segment.fade_in.0,
                segment.fade_out.0
            )
        };
        segments.iter().map(reported).collect()
    };
    assert_eq!(heard(0, 3), ["a 0..7 in 0 out 3"]);
    assert_eq!(
        heard(4, 5),
        ["a 0..7 in 0 out 3", "b 4..12 in 3 out 0"],
        "b is already heard before its cut"
    );
    assert_eq!(
        heard(6, 7),
        ["a 0..7 in 0 out 3", "b 4..12 in 3 out 0"],
        "a is still heard after its cut"
    );
    assert_eq!(heard(8, 40), ["b 4..12 in 3 out 0"]);
}

#[test]
fn the_nearest_edge_snaps_first() {
    let start = project("A---|B-----");
    let project = apply(&start, &Edit::Mark(Mark::InOut(Some(range(6, 8)))));
    let points = project.snap_points(Frames(5), Frames(2));
    assert_eq!(points[0], (Frames(4), SnapPoint::Head(id(&project, "B"))));
    assert_eq!(points[1], (Frames(4), SnapPoint::Tail(id(&project, "A"))));
    assert_eq!(points[2], (Frames(6), SnapPoint::InOut));
    assert_eq!(points.len(), 3);
    assert_eq!(project.snap_points(Frames(100), Frames(2)), []);
}

#[test]
fn the_arrow_keys_find_the_cuts_of_all_tracks() {
    let project = project("A---|B--- / ..C---");
    let next = |frame| project.next_cut(Frames(frame)).map(|cut| cut.0);
    let previous = |frame| project.previous_cut(Frames(frame)).map(|cut| cut.0);
    assert_eq!(
        [next(0), next(2), next(4), next(6), next(8)],
        [Some(2), Some(4), Some(6), Some(8), None]
    );
    assert_eq!(
        [
            previous(0),
            previous(2),
            previous(5),
            previous(8),
            previous(50)
        ],
        [None, Some(0), Some(4), Some(6), Some(8)]
    );
}

#[test]
fn the_users_of_everything_are_found() {
    let start = project("A-|B-|A-");
    assert_eq!(
        start.clips_of(Source::Medium(medium_id(&start, 'A'))).len(),
        2
    );
    let (before, after) = start.neighbours(id(&start, "B"));
    assert_eq!(
        [before, after].map(|clip| clip.map(|clip| letter(&start, &clip))),
        [Some("A".into()), Some("A".into())]
    );

    let project = apply(
        &start,
        &Edit::Library(Library::AddCharacter(Box::new(Character::new(
            "Hero", "hero",
        )))),
    );
    let character = project.cast().next().expect("cast").id;
    let length = ModelLength {
        frames: 81,
        rate: FrameRate::new(16, 1).expect("a rate"),
    };
    let shot = Shot {
        cast: vec![CastMember {
            character,
            strength: 1.0,
        }],
        ..Shot::new("Arrival", "@hero walks", length)
    };
    let project = apply(&project, &Edit::Library(Library::AddShot(Box::new(shot))));
    let shot = project.shots().next().expect("a shot").id;
    assert_eq!(project.shots_with(character), [shot]);
    let take = ContentHash::of(b"a recipe");
    let project = apply(
        &project,
        &Edit::Library(Library::ChooseTake(shot, Some(take))),
    );
    assert_eq!(project.shots_with_take(take), [shot]);
    let refused = Edit::Library(Library::RemoveCharacter(character))
        .apply(&project)
        .expect_err("in use");
    assert_eq!(refused.to_string(), "the character is still used: 1 shot");
}

#[test]
fn what_is_used_cannot_go_or_become_too_short() {
    let project = project("A-------|B");
    let medium = medium_id(&project, 'A');
    let refusal = |edit: Library| {
        Edit::Library(edit)
            .apply(&project)
            .expect_err("in use")
            .to_string()
    };
    assert_eq!(
        refusal(Library::RemoveMedium(medium)),
        "the medium is still used: 1 clip"
    );
    let mut shorter = (**project.medium(medium).expect("there")).clone();
    shorter.extent = kinora_timeline::media::Extent::Video {
        rate: FrameRate::FPS_24,
        frames: Frames(15),
    };
    assert_eq!(
        refusal(Library::ChangeMedium(Box::new(shorter))),
        "no handle: 3 frames missing on the right"
    );
    assert_eq!(
        refusal(Library::SetRate(FrameRate::new(25, 1).expect("a rate"))),
        "the frame rate is still used: clips are already placed"
    );
}

#[test]
fn two_characters_never_share_a_tag() {
    let add = |project: &Project, tag: &str| {
        Edit::Library(Library::AddCharacter(Box::new(Character::new(
            "Somebody", tag,
        ))))
        .apply(project)
    };
    let project = add(&Project::default(), "hero").expect("free");
    assert_eq!(
        add(&project, "hero").expect_err("taken").to_string(),
        "@hero is somebody else already"
    );
    assert!(
        add(&project, "two words")
            .expect_err("no tag")
            .to_string()
            .contains("letters, digits and underscores")
    );
}

#[test]
fn a_source_by_itself_is_a_sound_project_with_one_clip_of_its_whole_length() {
    let project = project("A---|B-- / a---");
    for letter in ['A', 'a'] {
        let source = Source::Medium(medium_id(&project, letter));
        let alone = project.only(source, Frames(72)).expect("it is there");
        assert_eq!(kinora_timeline::check::check(&alone), []);
        assert_eq!(alone.end(), Frames(AVAILABLE));
        assert_eq!(alone.in_out().map(|range| range.length), Some(alone.end()));
        assert_eq!(alone.clips_of(source).len(), 1);
    }
    let missing = Source::Medium(kinora_timeline::MediumId::from(9999));
    assert!(project.only(missing, Frames(72)).is_none());
}
