//! Speed ramps: the viewer, a file and the mix show the same frame at the same time, through cuts.

use std::f32::consts::TAU;

use kinora_timeline::SpeedRamp;
use kinora_timeline::speed_ramp::SpeedKey;

use super::*;

/// The first frame of the clip in its source.
const FIRST: i64 = 20;
const CLIP_LENGTH: i64 = 48;

/// From normal to four times the speed in 32 frames, and then still.
fn faster() -> SpeedRamp {
    let key = |frame, factor, easing| SpeedKey {
        frame: Frames(frame),
        factor,
        easing,
    };
    SpeedRamp {
        keys: vec![
            key(0, 10_000, Easing::Linear),
            key(32, 40_000, Easing::Hold),
            key(33, 0, Easing::Linear),
        ],
    }
}

/// The way of the source up to a frame, from the area under the speed.
fn way(at: f64) -> f64 {
    let rising = at.min(32.0);
    rising + rising * rising * 3.0 / 64.0 + 4.0 * (at - 32.0).clamp(0.0, 1.0)
}

fn ramped(folder: &Path) -> Project {
    let (project, clip) = append(&project(folder), FIRST, CLIP_LENGTH);
    let ramp = ClipEdit::Ramp {
        clip, // and its sound
        ramp: faster(),
        ripple: false,
    };
    done(&project, Edit::Clip(ramp))
}

#[test]
fn a_ramp_shows_the_frame_under_its_curve_in_the_viewer_and_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let project = ramped(folder);
    let tracks = vec![track(&project, TrackKind::Video)];
    let at = Frames(13);
    let cut = done(&project, Edit::Trim(Trim::Razor { at, tracks }));
    for project in [project, cut] {
        let video = exported_as(Format::TAKE, &project, folder, &(0..CLIP_LENGTH));
        let mut file = VideoReader::open(&video).expect("opens");
        let mut viewer = FrameReader::new(folder);
        for frame in 0..CLIP_LENGTH {
            let expected = FIRST + way(frame as f64).floor() as i64;
            let shown = viewer.picture(&project, Frames(frame)).expect("a picture");
            let written = file.frame(Frames(frame)).expect("a picture");
            let seen = [number_in(&shown), number_in(&written)];
            assert_eq!(seen, [expected; 2], "frame {frame}");
        }
    }
}

/// A sound whose every sample is its own place: a slow sine that has no two equal places within a half wave.
fn slow_sine(samples: usize) -> impl Fn(f64) -> f32 {
    move |place| (place as f32 / samples as f32 * TAU / 4.0).sin() * 0.5
}

#[test]
fn a_ramp_sounds_like_the_source_at_each_sample_and_a_cut_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let samples = LENGTH as usize * SAMPLES_A_FRAME;
    let sine = slow_sine(samples);
    let project = ramped(folder);
    let sound = folder.join(&project.media().next().expect("the medium").path);
    // The same length of sound, in place of the clicks.
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(&sound, Format::PRORES, content).expect("a writer");
    for number in 0..LENGTH as usize {
        writer.picture(&numbered(number as u32)).expect("a picture");
        let first = number * SAMPLES_A_FRAME;
        let places = first..first + SAMPLES_A_FRAME;
        let pairs = places.flat_map(|place| [sine(place as f64); 2]);
        writer.sound(&pairs.collect::<Vec<_>>()).expect("sound");
    }
    writer.finish().expect("finished");
    let whole = FrameRange::between(Frames::ZERO, project.end());
    let mix = |project: &Project| Mixer::new(folder).mix(project, whole).expect("mixed");
    let heard = mix(&project);
    for (at, pair) in heard.chunks_exact(2).enumerate() {
        let frame = at as f64 / SAMPLES_A_FRAME as f64;
        let place = (FIRST as f64 + way(frame)) * SAMPLES_A_FRAME as f64;
        let is_near = (pair[0] - sine(place)).abs() < 1e-3;
        assert!(is_near, "sample {at}: {} at {place}", pair[0]);
    }
    let tracks = vec![track(&project, TrackKind::Audio)];
    let at = Frames(13);
    let cut = done(&project, Edit::Trim(Trim::Razor { at, tracks }));
    let differs = |(one, other): (&f32, &f32)| (one - other).abs() > 1e-5;
    assert_eq!(heard.iter().zip(&mix(&cut)).position(differs), None);
}
