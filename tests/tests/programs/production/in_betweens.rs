//! In-betweens of slow clips: made by an order of the queue, shown once they are there, and the same bytes when they are
//! made again.

use std::fs;

use kinora_render::FrameReader;
use kinora_render::project::ProjectFiles;
use kinora_studio::generate::scheduler::GenerationEvent;
use kinora_timeline::clip::InBetweens;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::{Clip, Edit, Frames, Source, Speed};

use super::{Set, is_take};

/// The grey in the middle of a frame of the timeline.
fn grey(set: &Set, frame: i64) -> u8 {
    let mut reader = FrameReader::new(set.session.folder());
    let picture = reader
        .picture(set.project(), Frames(frame))
        .expect("a frame");
    let middle = (picture.height / 2 * picture.width + picture.width / 2) * 4;
    picture.rgba[middle as usize]
}

#[test]
fn a_slow_clip_shows_in_betweens_once_they_are_made_and_the_same_ones_again() {
    let mut set = Set::new("well", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let shot = set.shots().swap_remove(0);
    let clip = Clip {
        speed: Speed::new(1, 2).expect("half speed"),
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot.id), Frames(0), Frames(50))
    };
    let track = set.project().tracks()[0].id;
    let pieces = vec![Piece { track, clip }];
    let place = Edit::Place(Place::Append { pieces });
    set.session.document_mut().apply(&place).expect("placed");
    let (clip, _) = set.project().tracks()[0].clips().next().expect("the clip");
    let clip = Clip::clone(clip);
    // Eight frames a second at half speed are a new one every six frames; a frame's grey is its number.
    assert_eq!([0, 3, 6, 45].map(|frame| grey(&set, frame)), [0, 0, 1, 7]);
    let make = |set: &mut Set| {
        let project = set.project().clone();
        set.production.smooth(&project, &clip).expect("an order");
        set.until(|news, _| matches!(news, GenerationEvent::Smoothed(_)))
    };
    let news = make(&mut set);
    let progress = news.iter().filter_map(|news| match news {
        GenerationEvent::Progress(_, kinora_wire::Progress::Working { done, .. }) => Some(*done),
        _ => None,
    });
    let progress: Vec<f64> = progress.collect();
    assert!(progress.is_sorted() && progress.last().is_some_and(|done| *done > 0.99));
    // The way to the next frame counts a hundred.
    assert_eq!([0, 3, 6, 45].map(|frame| grey(&set, frame)), [0, 50, 1, 57]);
    let Some(GenerationEvent::Smoothed(smooth)) = news.last() else {
        panic!("in-betweens")
    };
    let files = ProjectFiles::of(set.session.folder());
    let (file, recipe) = (
        files.smooth_clip(smooth),
        files.smooth(smooth).join("smooth.ron"),
    );
    let read = || [&file, &recipe].map(|path| fs::read(path).expect("there"));
    let first = read();
    assert!(String::from_utf8_lossy(&first[1]).contains("between.safetensors"));
    fs::remove_dir_all(files.smooth(smooth)).expect("removed");
    assert_eq!(grey(&set, 3), 0, "its own frames while there are none");
    make(&mut set);
    assert!(read() == first, "the same bytes");
    let takes = set.takes().len();
    assert_eq!(takes, 1, "no take was made");
}

#[test]
fn in_betweens_without_an_interpolator_fail_with_the_remedy() {
    let mut set = Set::new("experts", &["fox"]);
    set.queue_take(0);
    set.until(is_take);
    let shot = set.shots().swap_remove(0);
    let clip = Clip {
        in_betweens: InBetweens::Smooth,
        ..Clip::new(Source::Shot(shot.id), Frames(0), Frames(20))
    };
    let project = set.project().clone();
    set.production.smooth(&project, &clip).expect("an order");
    let news = set.until(|news, _| matches!(news, GenerationEvent::Failed(..)));
    let Some(GenerationEvent::Failed(_, failure)) = news.last() else {
        panic!("a failure")
    };
    let remedy = failure.remedy.as_deref().unwrap_or_default();
    assert!(remedy.contains("kinora models install"), "{failure}");
}
