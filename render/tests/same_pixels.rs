//! The graphics card composites exactly the same bytes as the CPU.

use std::sync::Arc;

use kinora_render::Picture;
use kinora_render::compose::{Compositor, Layer, compose};
use kinora_timeline::TransitionKind;
use kinora_timeline::clip::Transform;
use kinora_timeline::query::Mix;

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
        if self.below(2) == 0 {
            transform.rotation_degrees = self.between(-360.0, 360.0);
        }
        if self.below(2) == 0 {
            let (across, down) = (self.part(), self.part());
            transform.crop = (across * 0.5, down * 0.5, (1.0 - across) * 0.4, down * 0.3);
        }
        transform
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

#[test]
fn card_and_processor_draw_the_same_bytes() {
    let mut card = Compositor::on_any_adapter().expect("lavapipe, where there is no card");
    let mut dice = Dice(11);
    for round in 0..300 {
        let frame = [dice.side(), dice.side()];
        let layers = dice.layers(frame);
        let on_card = card.compose(frame, &layers);
        let on_processor = compose(frame, &layers);
        if on_card != on_processor {
            let pairs = on_card.rgba.iter().zip(&on_processor.rgba);
            let other = pairs.filter(|(one, other)| one != other).count();
            let described: Vec<_> = layers
                .iter()
                .map(|layer| (layer.transform, layer.opacity, layer.mix))
                .collect();
            panic!("round {round}, {frame:?}: {other} bytes differ; {described:#?}");
        }
    }
    assert_ne!(card.name(), "processor", "the card gave up");
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
