//! Nested sequences: they show and sound like the clips in them, at normal speed to the byte.

use kinora_timeline::edit::remove::Remove;
use kinora_timeline::edit::sequences::SequenceEdit;

use super::*;

fn all_clips(project: &Project) -> Vec<ClipId> {
    let kinds = [TrackKind::Video, TrackKind::Audio].into_iter();
    kinds.flat_map(|kind| clips(project, kind)).collect()
}

fn nested(project: &Project, clips: Vec<ClipId>) -> Project {
    let name = "scene".to_owned();
    done(project, Edit::Sequence(SequenceEdit::Nest { clips, name }))
}

fn pictures(folder: &Path, project: &Project, frames: Range<i64>) -> Vec<Picture> {
    let mut reader = FrameReader::new(folder);
    let frames = frames.map(|frame| reader.picture(project, Frames(frame)).expect("a picture"));
    frames.collect()
}

fn mixed(folder: &Path, project: &Project, frames: Range<i64>) -> Vec<f32> {
    let range = FrameRange::between(Frames(frames.start), Frames(frames.end));
    Mixer::new(folder).mix(project, range).expect("mixed")
}

#[test]
fn a_nested_cut_shows_and_sounds_as_before_in_the_viewer_and_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let plain = cut(folder);
    let once = nested(&plain, all_clips(&plain));
    let twice = nested(&once, all_clips(&once));
    assert_eq!(clips(&twice, TrackKind::Video).len(), 1);
    let end = plain.end().0;
    let expected = pictures(folder, &plain, 0..end);
    for project in [&once, &twice] {
        assert_eq!(project.end(), plain.end());
        assert!(pictures(folder, project, 0..end) == expected);
        assert!(mixed(folder, project, 0..end) == mixed(folder, &plain, 0..end));
        // Played in pieces that do not begin with its clips.
        assert!(mixed(folder, project, 17..31) == mixed(folder, &plain, 17..31));
        let video = exported_as(Format::TAKE, project, folder, &(0..end));
        let mut file = VideoReader::open(&video).expect("opens");
        for (frame, expected) in (0..).zip(&expected) {
            let written = file.frame(Frames(frame)).expect("a picture");
            assert!(*written == *expected, "frame {frame}");
        }
    }
}

#[test]
fn a_nested_clip_has_a_speed_of_its_own_and_shows_nothing_beyond_its_sequence() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (plain, _) = append(&project(folder), 40, 24);
    let whole = nested(&plain, all_clips(&plain));
    let clip = clips(&whole, TrackKind::Video)[0];
    let faster = Edit::Clip(ClipEdit::Speed {
        clip,
        speed: Speed::new(2, 1).expect("a speed"),
        ripple: false,
    });
    let faster = done(&whole, faster);
    let seen = pictures(folder, &faster, 0..24);
    for (frame, picture) in (0..).zip(&seen) {
        let expected = if frame < 12 { 40 + 2 * frame } else { 0 };
        assert_eq!(number_in(picture), expected, "frame {frame}");
    }
    let heard = mixed(folder, &faster, 12..24);
    assert!(heard.iter().all(|sample| *sample == 0.0));
    let clicks = mixed(folder, &faster, 0..12);
    assert_eq!(clicks.chunks(2).filter(|pair| pair[0] > 0.4).count(), 24);
}

#[test]
fn what_lies_below_is_seen_where_a_nested_sequence_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (plain, _) = append(&project(folder), 10, 6);
    let (plain, later) = append(&plain, 50, 6);
    let with_gap = done(&plain, Edit::Remove(Remove::Lift { clips: vec![later] }));
    let whole = nested(&with_gap, all_clips(&with_gap));
    let clip = clips(&whole, TrackKind::Video)[0];
    let longer = Edit::Trim(Trim::Edge {
        clip,
        edge: Edge::Tail,
        by: Frames(6),
    });
    let longer = done(&whole, longer);
    let below = track(&longer, TrackKind::Video);
    let above = done(
        &longer,
        Edit::Track(kinora_timeline::edit::tracks::TrackEdit::Add {
            kind: TrackKind::Video,
            name: String::new(),
            sync_locked: false,
        }),
    );
    // The nested clip moves up, and a plain one goes below it.
    let up = Edit::Arrange(kinora_timeline::edit::arrange::Arrange::Move {
        clips: vec![clip],
        by: Frames::ZERO,
        up: 1,
    });
    let above = done(&above, up);
    let medium = above.media().next().expect("the medium").id;
    let pieces = vec![Piece {
        track: below,
        clip: Clip::new(Source::Medium(medium), Frames(100), Frames(12)),
    }];
    let at = Frames::ZERO;
    let above = done(&above, Edit::Place(Place::Overwrite { at, pieces }));
    let numbers = pictures(folder, &above, 0..12);
    let numbers: Vec<i64> = numbers.iter().map(number_in).collect();
    let expected: Vec<i64> = (10..16).chain(106..112).collect();
    assert_eq!(numbers, expected);
}
