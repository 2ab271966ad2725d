//! Compositing: layers blended into a frame on the graphics card, or on the CPU where there is none, with identical
//! pixels. Colours are blended as stored (sRGB), as other editors do, so that a dissolve looks the same everywhere.

mod card;
mod light;
mod place;
mod processor;
mod transition;

use std::sync::Arc;

use kinora_timeline::clip::Transform;
use kinora_timeline::query::Mix;

use crate::machine::adapter;
use crate::media::Picture;
use card::Card;
pub use card::CardError;
pub use light::Light;
use place::Place;
use processor::Processor;
use transition::{Transition, of_255};

/// A picture, its placement in the frame, and its blending.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The picture.
    pub picture: Arc<Picture>,
    /// Position, scale, rotation and crop.
    pub transform: Transform,
    /// Stops: +1 doubles the light, -1 halves it.
    pub exposure_stops: f32,
    /// From 0, invisible, to 1, opaque.
    pub opacity: f32,
    /// How it is combined with the layer below.
    pub mix: Mix,
}

impl Layer {
    /// A picture fitted into the frame, otherwise unchanged.
    pub fn plain(picture: Arc<Picture>) -> Self {
        Self {
            picture,
            transform: Transform::default(),
            exposure_stops: 0.0,
            opacity: 1.0,
            mix: Mix::Over,
        }
    }
}

/// Composites frames, on a graphics card or on the CPU.
pub struct Compositor(Option<Box<Card>>);

impl Compositor {
    /// On the CPU.
    pub fn on_processor() -> Self {
        Self(None)
    }

    /// On this machine's graphics card, or on the CPU where there is none: a software driver would be slower. Waits
    /// for the drivers, so do not call it on the UI thread.
    pub fn of_this_machine() -> Self {
        let Some(adapter) = adapter::graphics_card() else {
            return Self::on_processor();
        };
        match Card::open(&adapter) {
            Ok(card) => Self(Some(Box::new(card))),
            Err(error) => {
                tracing::warn!("frames are composed on the processor: {error}");
                Self::on_processor()
            }
        }
    }

    /// On any adapter that wgpu finds, including software adapters: to compare it with the CPU.
    ///
    /// # Errors
    /// There is no adapter, or it cannot compute.
    pub fn on_any_adapter() -> Result<Self, CardError> {
        let adapter = adapter::any().ok_or(CardError::NoAdapter)?;
        Card::open(&adapter).map(|card| Self(Some(Box::new(card))))
    }

    /// The name of the graphics card, or "processor".
    pub fn name(&self) -> &str {
        self.0.as_ref().map_or("processor", |card| card.name())
    }

    /// A frame of this size with these layers, the first at the bottom, over black. If the card fails, this frame and
    /// all later ones are composited on the CPU.
    pub fn compose(&mut self, size: [u32; 2], layers: &[Layer]) -> Picture {
        if let Some(card) = &mut self.0 {
            match card.compose(size, layers) {
                Ok(picture) => return picture,
                Err(error) => {
                    tracing::warn!("frames are composed on the processor from now on: {error}");
                    self.0 = None;
                }
            }
        }
        compose(size, layers)
    }
}

/// A frame of this size with these layers over black, composited on the CPU.
pub fn compose(size: [u32; 2], layers: &[Layer]) -> Picture {
    let mut canvas = Processor::new(size);
    draw(&mut canvas, size, layers);
    canvas.into_picture()
}

/// A frame to draw on: of the CPU or of a graphics card.
trait Canvas {
    /// Keeps a copy of the frame, to blend the picture after the cut over it: [`Target::After`].
    fn keep(&mut self);
    /// Blends a layer over a target.
    fn blend(&mut self, target: Target, layer: &PlacedLayer<'_>);
    /// Combines the pictures before and after the cut into the frame.
    fn transition(&mut self, transition: Transition);
}

/// What a layer is blended over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The frame.
    Frame,
    /// The picture after the cut of a transition.
    After,
}

/// A layer with its placement in the frame computed.
struct PlacedLayer<'l> {
    picture: &'l Arc<Picture>,
    place: Place,
    /// From 0 to 255.
    opacity: u32,
    light: Option<Light>,
}

impl<'l> PlacedLayer<'l> {
    /// In a frame of this size; `None` where nothing of it is visible.
    fn of(layer: &'l Layer, size: [u32; 2]) -> Option<Self> {
        let picture = &layer.picture;
        let sides = [picture.width, picture.height];
        let opacity = of_255(layer.opacity);
        if opacity == 0 || sides.contains(&0) || size.contains(&0) {
            return None;
        }
        Some(Self {
            picture,
            place: Place::of(size, sides, &layer.transform)?,
            opacity,
            light: Light::of_stops(layer.exposure_stops),
        })
    }
}

/// Blends all layers, from the bottom; the two layers of a transition are combined first.
fn draw(canvas: &mut impl Canvas, size: [u32; 2], layers: &[Layer]) {
    let blend = |canvas: &mut _, target, layer| {
        if let Some(placed) = PlacedLayer::of(layer, size) {
            Canvas::blend(canvas, target, &placed);
        }
    };
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        match layer.mix {
            Mix::Over | Mix::To { .. } => blend(canvas, Target::Frame, layer),
            Mix::From { kind, progress } => {
                canvas.keep();
                blend(canvas, Target::Frame, layer);
                let next = layers.next_if(|next| matches!(next.mix, Mix::To { .. }));
                if let Some(next) = next {
                    blend(canvas, Target::After, next);
                }
                canvas.transition(Transition::of(kind, progress, size[0]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::TransitionKind;
    use kinora_timeline::clip::Fit;

    use super::*;

    fn plain(size: [u32; 2], grey: u8) -> Layer {
        Layer::plain(Arc::new(Picture::plain(
            size[0],
            size[1],
            [grey, grey, grey, 255],
        )))
    }

    fn grey(picture: &Picture, x: u32, y: u32) -> u8 {
        picture.pixel(x, y)[0]
    }

    #[test]
    fn a_picture_of_the_frames_size_comes_through_bit_for_bit() {
        let pixels =
            (0..16 * 8).flat_map(|at: u32| [at as u8, (at * 7) as u8, (at * 13) as u8, 255]);
        let picture = Picture {
            width: 16,
            height: 8,
            rgba: pixels.collect(),
        };
        let layer = Layer {
            picture: Arc::new(picture.clone()),
            ..plain([16, 8], 0)
        };
        assert!(compose([16, 8], &[layer]) == picture);
    }

    #[test]
    fn a_picture_of_another_shape_is_fitted_with_black_beside_it() {
        let frame = compose([32, 8], &[plain([8, 8], 200)]);
        assert_eq!(
            [0, 11, 12, 19, 20, 31].map(|x| grey(&frame, x, 4)),
            [0, 0, 200, 200, 0, 0]
        );
        let frame = compose([16, 8], &[plain([4, 2], 200)]);
        assert!(
            frame
                .rgba
                .as_chunks::<4>()
                .0
                .iter()
                .all(|pixel| pixel[0] == 200),
            "scaled up to fill"
        );
    }

    #[test]
    fn a_picture_of_another_shape_fills_the_frame_or_is_stretched() {
        // The left half is dark, the right half bright.
        let pixels = (0..64).flat_map(|at| match at % 8 < 4 {
            true => [50, 50, 50, 255],
            false => [200, 200, 200, 255],
        });
        let picture = Arc::new(Picture {
            width: 8,
            height: 8,
            rgba: pixels.collect(),
        });
        let frame = |fit| {
            let transform = Transform {
                fit,
                ..Transform::default()
            };
            let layer = Layer {
                transform,
                ..Layer::plain(Arc::clone(&picture))
            };
            let frame = compose([32, 8], &[layer]);
            [2, 12, 19, 29].map(|x| grey(&frame, x, 4))
        };
        assert_eq!(frame(Fit::Inside), [0, 50, 200, 0]);
        assert_eq!(frame(Fit::Stretch), [50, 50, 200, 200]);
        assert_eq!(frame(Fit::Fill), [50, 50, 200, 200], "4 times as large");
    }

    #[test]
    fn what_is_half_seen_lets_half_through() {
        let above = Layer {
            opacity: 0.5,
            ..plain([4, 4], 255)
        };
        let frame = compose([4, 4], &[plain([4, 4], 55), above]);
        assert!((154..=156).contains(&grey(&frame, 1, 1)));
    }

    #[test]
    fn moved_turned_and_cut_pictures_are_where_they_should_be() {
        let frame = |transform| {
            compose(
                [16, 16],
                &[Layer {
                    transform,
                    ..plain([16, 16], 100)
                }],
            )
        };
        let moved = frame(Transform {
            position: (0.5, 0.0),
            ..Transform::default()
        });
        assert_eq!([7, 8].map(|x| grey(&moved, x, 8)), [0, 100]);
        let small = frame(Transform {
            scale: 0.5,
            ..Transform::default()
        });
        assert_eq!([3, 4, 11, 12].map(|x| grey(&small, x, 8)), [0, 100, 100, 0]);
        let cut = frame(Transform {
            crop: (0.25, 0.0, 0.0, 0.5),
            ..Transform::default()
        });
        assert_eq!([3, 4].map(|x| grey(&cut, x, 2)), [0, 100]);
        assert_eq!([7, 8].map(|y| grey(&cut, 8, y)), [100, 0]);
        let turned = frame(Transform {
            rotation_degrees: 45.0,
            scale: 0.5,
            ..Transform::default()
        });
        assert_eq!(
            [
                grey(&turned, 8, 4),
                grey(&turned, 3, 3),
                grey(&turned, 8, 8)
            ],
            [100, 0, 100]
        );
    }

    #[test]
    fn transitions_go_from_one_picture_to_the_other() {
        let at = |kind, progress| {
            let from = Layer {
                mix: Mix::From { kind, progress },
                ..plain([16, 4], 80)
            };
            let to = Layer {
                mix: Mix::To { kind, progress },
                ..plain([16, 4], 180)
            };
            compose([16, 4], &[from, to])
        };
        let middle = |kind, progress| grey(&at(kind, progress), 8, 2);
        let dissolve = [0.0, 0.25, 0.5, 1.0].map(|at| middle(TransitionKind::Dissolve, at));
        assert_eq!(dissolve, [80, 105, 130, 180]);
        let dip = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| middle(TransitionKind::DipToBlack, at));
        assert_eq!(dip, [80, 40, 0, 90, 180]);
        assert_eq!(middle(TransitionKind::DipToWhite, 0.5), 255);
        let wiped = at(TransitionKind::WipeRight, 0.5);
        assert_eq!(
            [7, 8].map(|x| grey(&wiped, x, 2)),
            [180, 80],
            "the new one comes from the left"
        );
    }
}
