//! The range of a clip in an OTIO file: the part of its source that is seen, from its lowest frame on, whichever way it runs.

use crate::Frames;
use crate::clip::Clip;

/// The lowest source frame that a clip shows.
pub(super) fn lowest_frame(clip: &Clip) -> Frames {
    match clip.speed.source_frames() < 0 {
        true => clip.source_frame(clip.length - Frames::ONE),
        false => clip.source_start,
    }
}

/// Whether the lowest frame is shown from within. Others begin at the frame.
pub(super) fn is_within_a_frame(clip: &Clip) -> bool {
    match clip.speed.source_frames() < 0 {
        true => {
            let position = clip.position(clip.length - Frames::ONE);
            position.rem_euclid(i128::from(clip.parts())) != 0
        }
        false => clip.phase != 0,
    }
}

/// Lets a clip show the part of its source that begins at a frame. A reversed clip shows the frames that it would show
/// forwards, from the last one on.
pub(super) fn show_from(clip: &mut Clip, lowest: Frames) {
    let way = match clip.speed.source_frames() < 0 {
        true => -clip.travel(clip.length - Frames::ONE),
        false => 0,
    };
    clip.set_position(i128::from(lowest.0) * i128::from(clip.parts()) + way);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MediumId, Source, Speed};

    #[test]
    fn a_reversed_clip_shows_the_same_frames_backwards() {
        for (source, record) in [(1, 1), (1, 2), (2, 1), (3, 7), (5, 3)] {
            let clip = |step: i32| {
                let mut clip = Clip::new(Source::Medium(MediumId(1)), Frames::ZERO, Frames(24));
                clip.speed = Speed::new(step, record).expect("a speed");
                show_from(&mut clip, Frames(48));
                let frames = (0..24).map(|at| clip.source_frame(Frames(at)).0);
                (frames.collect::<Vec<i64>>(), lowest_frame(&clip))
            };
            let (forwards, low) = clip(source);
            let (mut backwards, low_of_reversed) = clip(-source);
            backwards.reverse();
            assert_eq!(forwards, backwards, "{source}/{record}");
            assert_eq!((low, low_of_reversed), (Frames(48), Frames(48)));
        }
    }
}
