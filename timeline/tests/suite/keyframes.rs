//! Keyframes of clips through edits: each frame of the timeline keeps its values.

use crate::drawn::*;
use kinora_timeline::Edge::{Head, Tail};
use kinora_timeline::camera::Easing;
use kinora_timeline::clip::Look;
use kinora_timeline::curve::{Curve, Property, PropertyKey};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::effect::EFFECTS;
use kinora_timeline::{Edit, Frames, Project, Speed};
use proptest::prelude::*;

fn key(frame: i64, value: f32, easing: Easing) -> PropertyKey {
    PropertyKey {
        frame: Frames(frame),
        value,
        easing,
    }
}

/// Keyframes inside the clip, before it and after it.
fn moving() -> Look {
    let mut look = Look::default();
    let opacity = vec![
        key(-3, 0.0, Easing::In),
        key(4, 1.0, Easing::InOut),
        key(11, 0.25, Easing::Linear),
    ];
    let gain = vec![key(2, -60.0, Easing::Hold), key(6, 0.0, Easing::Out)];
    look.set_curve(Property::Opacity, opacity);
    look.set_curve(Property::Gain, gain);
    look.set_curve(Property::Rotation, vec![key(20, 45.0, Easing::Linear)]);
    look
}

fn with_look(project: &Project, look: Look) -> Project {
    let clip = id(project, "A");
    apply(project, &Edit::Clip(ClipEdit::Look { clip, look }))
}

fn after(project: &Project, words: Words) -> Project {
    apply(project, &words(project))
}

/// The source frame and the values of all properties at each frame of the timeline.
fn seen(project: &Project) -> Vec<Option<(Frames, Look)>> {
    let frames = 0..project.end().0;
    let layers = frames.map(|frame| project.layers(Frames(frame)).pop());
    layers
        .map(|layer| layer.map(|layer| (layer.source_frame, layer.look)))
        .collect()
}

fn keys_of(project: &Project, clip: &str, property: Property) -> Vec<i64> {
    let (clip, ..) = project.clip(id(project, clip)).expect("there");
    let curve = clip.look.curve(property).expect("keyframes");
    curve.keys.iter().map(|key| key.frame.0).collect()
}

#[test]
fn trimming_in_and_out_again_changes_no_value() {
    let start = with_look(&project("A-------.....B"), moving());
    let before = seen(&start);
    for (edge, by) in [(Head, 1), (Head, 6), (Tail, -1), (Tail, -5)] {
        let trimmed = after(&start, trim("A", edge, by));
        let shown = seen(&trimmed);
        let inside = match edge {
            Head => by as usize..8,
            Tail => 0..(8 + by) as usize,
        };
        assert_eq!(shown[inside.clone()], before[inside], "{edge:?} {by}");
        let again = after(&trimmed, trim("A", edge, -by));
        assert_eq!(seen(&again), before, "{edge:?} {by}, and back");
        assert_eq!(keys_of(&again, "A", Property::Opacity), [-3, 4, 11]);
    }
}

#[test]
fn extending_a_clip_shows_the_keyframes_beside_it() {
    let start = with_look(&project("A-------.....B"), moving());
    let longer = after(&start, trim("A", Tail, 4));
    let values = [4, 11].map(|frame| opacity(&longer, frame));
    assert_eq!(values.to_vec(), [1.0, 0.25]);
}

fn opacity(project: &Project, frame: i64) -> f32 {
    let layers = project.layers(Frames(frame));
    layers.last().expect("a layer").look.opacity
}

#[test]
fn cutting_rolling_and_joining_change_no_value() {
    let start = with_look(&project("A-----------|B"), moving());
    let before = seen(&start);
    let cut = after(&start, razor(5));
    assert_eq!(draw(&cut), "A----|A------|B");
    assert_eq!(seen(&cut), before);
    assert_eq!(keys_of(&cut, "A2", Property::Opacity), [-8, -1, 6]);
    for by in [-3, 2, 4] {
        let rolled = after(&cut, roll("A2", by));
        assert_eq!(seen(&rolled), before, "rolled by {by}");
        let joined = after(&rolled, join("A"));
        assert_eq!(draw(&joined), draw(&start));
        assert_eq!(seen(&joined), before, "rolled by {by} and joined");
        assert_eq!(keys_of(&joined, "A", Property::Opacity), [-3, 4, 11]);
    }
}

#[test]
fn a_joined_clip_has_the_keyframes_that_were_changed_in_its_halves() {
    let start = with_look(&project("A-----------|B"), moving());
    let cut = after(&start, razor(6));
    let mut look = Look::default();
    look.set_curve(Property::Opacity, vec![key(2, 0.5, Easing::Linear)]);
    let clip = id(&cut, "A2");
    let changed = apply(&cut, &Edit::Clip(ClipEdit::Look { clip, look }));
    let joined = after(&changed, join("A"));
    assert_eq!(keys_of(&joined, "A", Property::Opacity), [-3, 4, 8]);
}

#[test]
fn halves_whose_keyframes_lie_outside_them_can_be_joined() {
    let mut first = Look::default();
    first.set_curve(Property::Opacity, vec![key(9, 0.5, Easing::Linear)]);
    let mut later = Look::default();
    later.set_curve(Property::Opacity, vec![key(-9, 1.0, Easing::Linear)]);
    let start = with_look(&project("A-----|B"), first);
    let cut = after(&start, razor(3));
    let clip = id(&cut, "A2");
    let changed = apply(&cut, &Edit::Clip(ClipEdit::Look { clip, look: later }));
    let joined = after(&changed, join("A")); // checked: a curve without a key would be a problem
    assert_eq!(keys_of(&joined, "A", Property::Opacity), [9]);
}

fn at_speed(source: i32, record: u32) -> Words {
    edit(move |project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, "A"),
            speed: Speed::new(source, record).expect("a speed"),
            ripple: true,
        })
    })
}

#[test]
fn keyframes_are_scaled_with_a_clip_whose_speed_changes_with_a_ripple() {
    let mut look = Look::default();
    let keys = [(-4, 0.0), (0, 1.0), (6, 0.5), (12, 0.0)];
    let keys = keys.map(|(frame, value)| key(frame, value, Easing::Linear));
    look.set_curve(Property::Opacity, keys.to_vec());
    let start = with_look(&project("A-------|B"), look);
    let faster = after(&start, at_speed(2, 1));
    assert_eq!(draw(&faster), "A---|B");
    assert_eq!(keys_of(&faster, "A", Property::Opacity), [-2, 0, 3, 6]);
    let slower = after(&start, at_speed(1, 2));
    assert_eq!(draw(&slower), "A---------------|B");
    assert_eq!(keys_of(&slower, "A", Property::Opacity), [-8, 0, 12, 24]);
    for frame in 0..4 {
        let same = [
            opacity(&faster, frame),
            opacity(&start, 2 * frame),
            opacity(&slower, 4 * frame),
        ];
        let [fast, plain, slow] = same.map(f32::to_bits);
        assert_eq!((fast, slow), (plain, plain), "frame {frame}: {same:?}");
    }
}

#[test]
fn keyframes_stay_where_they_are_when_the_speed_changes_without_a_ripple() {
    let start = with_look(&project("A-------|B"), moving());
    let faster = edit(|project| {
        Edit::Clip(ClipEdit::Speed {
            clip: id(project, "A"),
            speed: Speed::new(2, 1).expect("a speed"),
            ripple: false,
        })
    });
    let after = after(&start, faster);
    let looks = |project: &Project| -> Vec<Look> {
        let layers = seen(project).into_iter().flatten();
        layers.map(|(_, look)| look).collect()
    };
    assert_eq!(looks(&after), looks(&start));
}

/// Looks with keyframes inside the clip, before it and after it, eased in any way.
fn looks() -> impl Strategy<Value = Look> {
    let key = (-12..36_i64, 0..9_u8, 0..Easing::ALL.len());
    let keys = prop::collection::vec(key, 1..5);
    let curves = prop::collection::vec((0..EFFECTS.len(), keys), 1..4);
    curves.prop_map(|curves| {
        let mut look = Look::default();
        for (effect, keys) in curves {
            look.set_curve(EFFECTS[effect].property, curve_of(effect, keys).keys);
        }
        look
    })
}

fn curve_of(effect: usize, keys: Vec<(i64, u8, usize)>) -> Curve {
    let effect = &EFFECTS[effect];
    let (low, high) = (*effect.offered.start(), *effect.offered.end());
    let mut curve = Curve {
        property: effect.property,
        keys: Vec::new(),
    };
    for (frame, value, easing) in keys {
        let value = low + (high - low) * (f32::from(value) / 8.0);
        curve.set(key(frame, value, Easing::ALL[easing].0));
    }
    curve
}

proptest! {
    #[test]
    fn cutting_anywhere_and_joining_again_changes_no_value_at_any_frame(look in looks(), cuts in prop::collection::vec(1..24_i64, 1..5), step in -2..4_i32, parts in 1..4_u32) {
        let start = with_look(&project("A-----------------------|B"), look);
        let speed = Edit::Clip(ClipEdit::Speed {
            clip: id(&start, "A"),
            speed: Speed::new(step, parts).expect("a speed"),
            ripple: false,
        });
        // Refused where it changes nothing, or where the source has too few frames.
        let start = speed.apply(&start).unwrap_or(start);
        let before = seen(&start);
        let mut cut = start;
        let mut joins = 0;
        for at in cuts {
            // Refused where there is a cut already.
            if let Ok(after) = razor(at)(&cut).apply(&cut) {
                cut = after;
                joins += 1;
            }
        }
        prop_assert_eq!(&seen(&cut), &before);
        for _ in 0..joins {
            cut = after(&cut, join("A"));
        }
        prop_assert_eq!(draw(&cut), "A-----------------------|B");
        prop_assert_eq!(&seen(&cut), &before);
    }
}
