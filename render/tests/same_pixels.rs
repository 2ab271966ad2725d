//! The graphics card composites exactly the same bytes as the CPU.

use std::sync::Arc;

use kinora_render::Picture;
use kinora_render::compose::{Compositor, Layer, compose};
use kinora_timeline::camera::Easing;
use kinora_timeline::clip::{Fit, Look, Transform};
use kinora_timeline::curve::{Property, PropertyKey};
use kinora_timeline::effect::{EFFECTS, Part};
use kinora_timeline::query::Mix;
use kinora_timeline::{Frames, TransitionKind};

/// Numbers that are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    fn part(&mut self) -> f32 {
        (self.below(1001) as f32) / 1000.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.part()
    }

    fn side(&mut self) -> u32 {
        1 + self.below(90) as u32
    }

    fn picture(&mut self, [width, height]: [u32; 2]) -> Arc<Picture> {
        let is_opaque = self.below(3) == 0;
        let pixels = (0..width * height).flat_map(|_| {
            let [red, green, blue, alpha, ..] = self.next().to_le_bytes();
            let alpha = if is_opaque { 255 } else { alpha };
            [red, green, blue, alpha]
        });
        let rgba = pixels.collect();
        Arc::new(Picture {
            width,
            height,
            rgba,
        })
    }

    fn transform(&mut self) -> Transform {
        let mut transform = Transform::default();
        if self.below(3) == 0 {
            return transform;
        }
        transform.position = (self.between(-0.8, 0.8), self.between(-0.8, 0.8));
        if self.below(2) == 0 {
            transform.scale = [0.001, 0.1, 0.37, 1.0, 1.9, 30.0][self.below(6) as usize];
        }
        transform.fit = [Fit::Inside, Fit::Fill, Fit::Stretch][self.below(3) as usize];
        if self.below(2) == 0 {
            transform.rotation_degrees = self.between(-360.0, 360.0);
        }
        if self.below(2) == 0 {
            let (across, down) = (self.part(), self.part());
            transform.crop = (across * 0.5, down * 0.5, (1.0 - across) * 0.4, down * 0.3);
        }
        transform
    }

    /// Keyframes, eased or held, of about half of the properties. Crops may meet.
    fn look(&mut self) -> Look {
        let mut look = Look::default();
        for effect in &EFFECTS {
            if effect.part != Part::Picture || self.below(2) == 0 {
                continue;
            }
            let (low, high) = match effect.property {
                Property::Scale => (0.001, 3.0),
                Property::PositionX | Property::PositionY => (-0.8, 0.8),
                _ => (*effect.offered.start(), *effect.offered.end()),
            };
            let count = 1 + self.below(4) as i64;
            let keys = (0..count).map(|number| PropertyKey {
                frame: Frames(number * 8 - 4),
                value: self.between(low, high),
                easing: Easing::ALL[self.below(5) as usize].0,
            });
            let keys = keys.collect();
            look.set_curve(effect.property, keys);
        }
        look
    }

    fn layers(&mut self, frame: [u32; 2]) -> Vec<Layer> {
        let mut layers = Vec::new();
        for _ in 0..=self.below(4) {
            let kinds = [
                TransitionKind::Dissolve,
                TransitionKind::DipToBlack,
                TransitionKind::DipToWhite,
                TransitionKind::WipeRight,
            ];
            let (kind, progress) = (kinds[self.below(4) as usize], self.part());
            let mixes = match self.below(3) {
                0 => vec![Mix::From { kind, progress }, Mix::To { kind, progress }],
                1 => vec![Mix::From { kind, progress }],
                _ => vec![Mix::Over],
            };
            for mix in mixes {
                let size = match self.below(2) {
                    0 => frame,
                    _ => [self.side(), self.side()],
                };
                layers.push(Layer {
                    picture: self.picture(size),
                    transform: self.transform(),
                    exposure_stops: [0.0, 0.0, 1.3, -2.0][self.below(4) as usize],
                    opacity: [1.0, 1.0, 0.0, 0.6][self.below(4) as usize],
                    mix,
                });
            }
        }
        layers
    }
}

/// Checks that a card composes these layers as the processor does, and returns their picture.
#[track_caller]
fn assert_same(card: &mut Compositor, frame: [u32; 2], layers: &[Layer], place: &str) -> Picture {
    let on_card = card.compose(frame, layers);
    let on_processor = compose(frame, layers);
    if on_card != on_processor {
        let pairs = on_card.rgba.iter().zip(&on_processor.rgba);
        let other = pairs.filter(|(one, other)| one != other).count();
        let described: Vec<_> = layers
            .iter()
            .map(|layer| {
                (
                    layer.transform,
                    layer.exposure_stops,
                    layer.opacity,
                    layer.mix,
                )
            })
            .collect();
        panic!("{place}, {frame:?}: {other} bytes differ; {described:#?}");
    }
    on_processor
}

#[test]
fn card_and_processor_draw_the_same_bytes() {
    let mut card = Compositor::on_any_adapter().expect("lavapipe, where there is no card");
    let mut dice = Dice(11);
    for round in 0..300 {
        let frame = [dice.side(), dice.side()];
        let layers = dice.layers(frame);
        assert_same(&mut card, frame, &layers, &format!("round {round}"));
    }
    assert_ne!(card.name(), "processor", "the card gave up");
}

/// The layer with the values of a look.
fn with_look(layer: &Layer, look: &Look) -> Layer {
    Layer {
        transform: look.transform,
        exposure_stops: look.exposure_stops,
        opacity: look.opacity,
        ..layer.clone()
    }
}

#[test]
fn card_and_processor_draw_the_same_bytes_at_every_frame_of_keyframed_looks() {
    let mut card = Compositor::on_any_adapter().expect("lavapipe, where there is no card");
    let mut dice = Dice(13);
    let mut moved = 0;
    for round in 0..40 {
        let frame = [dice.side(), dice.side()];
        let layers = dice.layers(frame).into_iter();
        let layers: Vec<(Layer, Look)> = layers.map(|layer| (layer, dice.look())).collect();
        let mut last = None;
        for at in (-6..24).step_by(3) {
            let layers = layers
                .iter()
                .map(|(layer, look)| with_look(layer, &look.at(Frames(at))));
            let layers: Vec<Layer> = layers.collect();
            let place = format!("round {round}, frame {at}");
            let picture = Some(assert_same(&mut card, frame, &layers, &place));
            moved += usize::from(picture != last);
            last = picture;
        }
    }
    assert!(moved > 100, "{moved} pictures differ from the one before");
    assert_ne!(card.name(), "processor", "the card gave up");
}

#[test]
fn nothing_is_drawn_where_keyframed_crops_have_met() {
    let mut card = Compositor::on_any_adapter().expect("lavapipe, where there is no card");
    let frame = [64, 36];
    let white = Layer::plain(Arc::new(Picture::plain(64, 36, [255; 4])));
    let black = Picture::plain(64, 36, [0, 0, 0, 255]);
    let key = |frame, value| PropertyKey {
        frame: Frames(frame),
        value,
        easing: Easing::Linear,
    };
    for sides in [
        [Property::CropLeft, Property::CropRight],
        [Property::CropTop, Property::CropBottom],
    ] {
        let mut look = Look::default();
        for side in sides {
            look.set_curve(side, vec![key(0, 0.0), key(16, 1.0)]);
        }
        for at in 0..=16 {
            let layer = with_look(&white, &look.at(Frames(at)));
            let place = format!("{sides:?}, frame {at}");
            let picture = assert_same(&mut card, frame, &[layer], &place);
            assert_eq!(picture == black, at >= 8, "{place}");
        }
    }
}

#[test]
fn a_picture_pixel_on_pixel_is_what_sampling_it_gives() {
    let mut dice = Dice(12);
    let frame = [48, 32];
    let plain = Layer::plain(dice.picture(frame));
    // A tiny rotation moves nothing by 1/256 of a pixel, but takes the sampled path.
    let turned = Layer {
        transform: Transform {
            rotation_degrees: 1e-7,
            ..Transform::default()
        },
        ..plain.clone()
    };
    assert!(compose(frame, &[plain]) == compose(frame, &[turned]));
}
