//! Keyframed properties: exact at each frame, in the viewer, in a file and in the mix.

use super::*;

/// The first frame of the clip with keyframes, on the timeline and in its source.
const CLIP_START: i64 = 5;
const SOURCE_START: i64 = 40;

/// All properties of the picture, each with two values. A 32nd of the way between them is exact in an `f32`.
const MOVES: [(Property, f32, f32); 10] = [
    (Property::Opacity, 0.25, 1.0),
    (Property::Exposure, -4.0, 0.0),
    (Property::Scale, 0.5, 1.5),
    (Property::PositionX, -0.25, 0.25),
    (Property::PositionY, 0.25, -0.25),
    (Property::Rotation, -90.0, 90.0),
    (Property::CropLeft, 0.0, 0.5),
    (Property::CropTop, 0.0, 0.5),
    (Property::CropRight, 0.5, 0.0),
    (Property::CropBottom, 0.5, 0.0),
];

fn key(frame: i64, value: f32, easing: Easing) -> PropertyKey {
    PropertyKey {
        frame: Frames(frame),
        value,
        easing,
    }
}

/// A clip from the middle of a lossless video.
fn placed(folder: &Path, length: i64) -> (Project, ClipId) {
    let project = project_of(folder, Format::TAKE);
    let medium = project.media().next().expect("the medium").id;
    let pictures = track(&project, TrackKind::Video);
    let piece = Piece {
        track: pictures,
        clip: Clip::new(Source::Medium(medium), Frames(SOURCE_START), Frames(length)),
    };
    let place = Place::Overwrite {
        at: Frames(CLIP_START),
        pieces: vec![piece],
    };
    let project = done(&project, Edit::Place(place));
    let clip = clips(&project, TrackKind::Video)[0];
    (project, clip)
}

fn with_look(project: &Project, clip: ClipId, look: &Look) -> Project {
    let look = look.clone();
    done(project, Edit::Clip(ClipEdit::Look { clip, look }))
}

/// The picture of a number, composed with the plain values of a look.
fn by_hand(number: i64, look: &Look) -> Picture {
    let layer = Layer {
        picture: Arc::new(numbered(number as u32)),
        transform: look.transform,
        exposure_stops: look.exposure_stops,
        opacity: look.opacity,
        mix: Mix::Over,
    };
    compose(SIZE, &[layer])
}

#[test]
fn each_property_has_its_value_at_every_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, clip) = placed(folder.path(), 33);
    let mut reader = FrameReader::new(folder.path());
    for (property, from, to) in MOVES {
        let keys = vec![key(0, from, Easing::Linear), key(32, to, Easing::Linear)];
        let mut look = Look::default();
        look.set_curve(property, keys);
        let project = with_look(&project, clip, &look);
        let mut changed = 0;
        for at in 0..=32 {
            let number = SOURCE_START + at;
            let mut expected = Look::default();
            *(property.effect().get_mut)(&mut expected) = from + (to - from) * at as f32 / 32.0;
            let seen = reader.picture(&project, Frames(CLIP_START + at));
            let seen = seen.expect("a picture");
            let is_exact = seen == by_hand(number, &expected);
            assert!(is_exact, "{property:?}, frame {at}");
            changed += i32::from(seen != numbered(number as u32));
        }
        assert!(changed > 8, "{property:?} changes {changed} pictures");
    }
}

/// All properties of the picture at once, each with another easing, with keyframes inside the clip and beside it.
fn moving() -> Look {
    let mut look = Look::default();
    for (number, (property, from, to)) in (0..).zip(MOVES) {
        let (easing, _) = Easing::ALL[number as usize % Easing::ALL.len()];
        let keys = vec![
            key(-10, from, Easing::Linear),
            key(20 + number, to, easing),
            key(75, from, Easing::Linear),
        ];
        look.set_curve(property, keys);
    }
    look
}

/// The pictures that the clip should show.
struct Expected {
    look: Look,
    /// How often the look of the next frame would have given another picture: zero would test nothing.
    differ: usize,
}

impl Expected {
    /// Checks the picture of a frame of the timeline against its source frame, composed by hand.
    #[track_caller]
    fn check(&mut self, frame: i64, shown: &Picture, what: &str) {
        let at = frame - CLIP_START;
        let by_hand = |look: i64| by_hand(SOURCE_START + at, &self.look.at(Frames(look)));
        assert!(*shown == by_hand(at), "{what}: frame {frame}");
        self.differ += usize::from(*shown != by_hand(at + 1));
    }

    #[track_caller]
    fn check_viewer(&mut self, reader: &mut FrameReader, project: &Project, frames: Range<i64>) {
        for frame in frames {
            let shown = reader.picture(project, Frames(frame)).expect("a picture");
            self.check(frame, &shown, "viewer");
        }
    }
}

#[test]
fn keyframes_stay_on_their_frames_when_a_clip_is_trimmed_split_joined_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, clip) = placed(folder, 60);
    let look = moving();
    let project = with_look(&project, clip, &look);
    let mut expected = Expected { look, differ: 0 };
    let mut reader = FrameReader::new(folder);
    expected.check_viewer(&mut reader, &project, 5..65);
    let trim = |edge, by| {
        Edit::Trim(Trim::Edge {
            clip,
            edge,
            by: Frames(by),
        })
    };
    let project = done(&project, trim(Edge::Head, 12));
    expected.check_viewer(&mut reader, &project, 17..65);
    let project = done(&project, trim(Edge::Tail, -8));
    let project = done(&project, trim(Edge::Head, -4));
    expected.check_viewer(&mut reader, &project, 13..57);
    let tracks = vec![track(&project, TrackKind::Video)];
    let at = Frames(30);
    let project = done(&project, Edit::Trim(Trim::Razor { at, tracks }));
    expected.check_viewer(&mut reader, &project, 13..57);
    let [left, right] = clips(&project, TrackKind::Video)[..] else {
        panic!("two clips")
    };
    let roll = Trim::Roll {
        clip: right,
        by: Frames(6),
    };
    let project = done(&project, Edit::Trim(roll));
    expected.check_viewer(&mut reader, &project, 13..57);
    check_exports(&mut expected, &project, folder, 13..57);
    let project = done(&project, Edit::Trim(Trim::Join { clip: left }));
    assert_eq!(clips(&project, TrackKind::Video), [left]);
    expected.check_viewer(&mut reader, &project, 13..57);
    check_exports(&mut expected, &project, folder, 13..57);
    assert!(expected.differ > 100, "{} differ", expected.differ);
}

/// Checks the pictures of a PNG sequence and of a lossless video.
#[track_caller]
fn check_exports(expected: &mut Expected, project: &Project, folder: &Path, frames: Range<i64>) {
    let stills = exported_as(Format::PNG, project, folder, &frames);
    let video = exported_as(Format::TAKE, project, folder, &frames);
    let mut reader = VideoReader::open(&video).expect("opens");
    for (number, frame) in (0..).zip(frames) {
        let still = image::open(stills.join(format!("{number:06}.png")));
        let still = Picture::from(still.expect("a picture").into_rgba8());
        expected.check(frame, &still, "PNG");
        let shown = reader.frame(Frames(number)).expect("a frame");
        expected.check(frame, &shown, "video");
    }
}

#[test]
fn processor_card_and_exported_file_show_the_analytic_values_of_all_properties_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, clip) = placed(folder, 33);
    let mut look = Look::default();
    for (property, from, to) in MOVES {
        let keys = vec![key(0, from, Easing::Linear), key(32, to, Easing::Linear)];
        look.set_curve(property, keys);
    }
    let project = with_look(&project, clip, &look);
    let analytic = |at: i64| {
        let mut look = Look::default();
        for (property, from, to) in MOVES {
            *(property.effect().get_mut)(&mut look) = from + (to - from) * at as f32 / 32.0;
        }
        by_hand(SOURCE_START + at, &look)
    };
    let card = Compositor::on_any_adapter().expect("lavapipe, where there is no card");
    let compositors = [Compositor::on_processor(), card];
    let viewers = compositors.map(|one| FrameReader::new(folder).composed_by(one));
    let [mut processor, mut card] = viewers;
    let frames = CLIP_START..CLIP_START + 33;
    let exported = exported_as(Format::TAKE, &project, folder, &frames);
    let mut file = VideoReader::open(&exported).expect("opens");
    for (at, frame) in (0..).zip(frames) {
        let expected = analytic(at);
        for (viewer, name) in [(&mut processor, "processor"), (&mut card, "card")] {
            let shown = viewer.picture(&project, Frames(frame)).expect("a picture");
            assert!(shown == expected, "{name}: frame {frame}");
        }
        let written = file.frame(Frames(at)).expect("a frame");
        assert!(*written == expected, "file: frame {frame}");
    }
}

/// What is heard left and right at the first sample of each half frame.
fn heard(folder: &Path, project: &Project) -> Vec<[f32; 2]> {
    let whole = FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    };
    halves(&Mixer::new(folder).mix(project, whole).expect("mixed"))
}

fn halves(samples: &[f32]) -> Vec<[f32; 2]> {
    let halves = samples.chunks(SAMPLES_A_FRAME); // two channels
    halves.map(|half| [half[0], half[1]]).collect()
}

/// Checks each half frame against a click with these gains left and right.
#[track_caller]
fn check_heard(heard: &[[f32; 2]], plain: &[[f32; 2]], gain: impl Fn(f32) -> [f32; 2]) {
    assert_eq!(heard.len(), plain.len());
    for (half, (heard, plain)) in (0..).zip(heard.iter().zip(plain)) {
        let frame = half as f32 / 2.0;
        for ((heard, plain), side) in heard.iter().zip(plain).zip(gain(frame)) {
            let expected = plain * side;
            let is_near = (heard - expected).abs() < 1e-5;
            assert!(is_near, "frame {frame}: {heard}, not {expected}");
        }
    }
}

fn factor(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

#[test]
fn gain_and_pan_have_their_keyframed_values_at_each_click_at_both_speeds_and_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (normal, clip) = append(&project(folder), 10, 9);
    let double = ClipEdit::Speed {
        clip,
        speed: Speed::new(2, 1).expect("a speed"),
        ripple: false,
    };
    let double = done(&normal, Edit::Clip(double));
    let mut look = Look::default();
    let linear = |frame, value| key(frame, value, Easing::Linear);
    look.set_curve(Property::Gain, vec![linear(1, -12.0), linear(5, 0.0)]);
    look.set_curve(Property::Pan, vec![linear(2, -1.0), linear(6, 1.0)]);
    let gains = |frame: f32| {
        let decibels = -12.0 + 3.0 * (frame.clamp(1.0, 5.0) - 1.0);
        let pan = -1.0 + 0.5 * (frame.clamp(2.0, 6.0) - 2.0);
        [1.0 - pan, 1.0 + pan].map(|side| factor(decibels) * side.min(1.0))
    };
    for (project, clicks) in [(normal, 9), (double, 18)] {
        let plain = heard(folder, &project);
        let loud = plain.iter().filter(|[left, _]| *left > 0.4);
        assert_eq!(loud.count(), clicks);
        let sound = clips(&project, TrackKind::Audio)[0];
        let keyed = with_look(&project, sound, &look);
        check_heard(&heard(folder, &keyed), &plain, gains);
        let file = exported_as(Format::WAV, &keyed, folder, &(0..keyed.end().0));
        let mut samples = Vec::new();
        read_sound(&file, &mut |piece| {
            samples.extend_from_slice(piece);
            true
        })
        .expect("sound");
        check_heard(&halves(&samples), &plain, gains);
    }
}

#[test]
fn the_volume_keyframes_of_a_project_of_0_1_sound_as_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (project, _) = append(&project(folder), 10, 13);
    let quieter = Look {
        gain_db: -6.0,
        ..Look::default()
    };
    let sound = clips(&project, TrackKind::Audio)[0];
    let text = to_text(&with_look(&project, sound, &quieter)).expect("text");
    // There the keyframes were added to the gain, in decibels, and linear between.
    let volume = "volume: [(frame: 2, gain_db: -12.0), (frame: 10, gain_db: 4.0)]";
    let old_text = text.replace("gain_db: -6.0,", &format!("gain_db: -6.0, {volume},"));
    assert_ne!(old_text, text);
    let old = from_text(&old_text, Path::new("project.ron")).expect("a project");
    check_heard(&heard(folder, &old), &heard(folder, &project), |frame| {
        [factor(-6.0 - 12.0 + 2.0 * (frame.clamp(2.0, 10.0) - 2.0)); 2]
    });
}
