//! Upscalers: networks that make finished pictures larger, one picture at a time. The released weights of Real-ESRGAN
//! and ESRGAN are read as they are. Kinora's own upscaler also reads the neighbours of a picture, the stage and the prompt.

mod clip;
mod compact;
mod dense;
pub mod guided;
pub mod hints;
pub mod layers;
mod naming;
pub mod places;
pub mod settled;
pub mod steady;
mod tiles;
mod window;

use std::path::Path;

use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::weights::{Checkpoint, Progress, Weights, load};
pub use clip::GuidedPicture;
pub use compact::{Compact, CompactConfig};
use dense::{Dense, DenseConfig};
pub use guided::{Guided, GuidedConfig};
pub use hints::Hints;
use naming::UpscalerNaming;
use tiles::{Tile, tiles};

/// Width and height of a tile without its margin, in pixels of the small picture.
const TILE_PIXELS: i64 = 192;
/// The widest margin around a tile. Networks that look farther are not influenced visibly from beyond it.
const WIDEST_MARGIN_PIXELS: i64 = 48;

/// The shape of an upscaler's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpscalerConfig {
    /// `SRVGGNetCompact`.
    Compact(CompactConfig),
    /// `RRDBNet`.
    Dense(DenseConfig),
    /// Kinora's own.
    Guided(GuidedConfig),
}

impl UpscalerConfig {
    /// Detects the network from the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let has = |name| checkpoint.shape(name).is_some();
        if has("conv_first.weight") {
            return DenseConfig::detect(checkpoint).map(Self::Dense);
        }
        if has("read.weight") {
            return GuidedConfig::detect(checkpoint).map(Self::Guided);
        }
        if has("body.0.weight") {
            return CompactConfig::detect(checkpoint).map(Self::Compact);
        }
        Err(Failure::bad_file(
            format!("{} holds no upscaler", checkpoint.path().display()),
            "use a Real-ESRGAN or ESRGAN model (SRVGGNetCompact or RRDBNet) as safetensors",
        ))
    }

    /// Width and height of the large picture divided by those of the small one.
    pub fn scale(self) -> i64 {
        match self {
            Self::Compact(config) => config.scale,
            Self::Dense(config) => config.scale,
            Self::Guided(_) => guided::SCALE,
        }
    }

    /// Whether it reads a guide.
    pub fn is_guided(self) -> bool {
        matches!(self, Self::Guided(_))
    }

    /// Width and height of a small picture must be multiples of this.
    fn multiple(self) -> i64 {
        match self {
            Self::Compact(_) => 1,
            Self::Dense(config) => config.unshuffle(),
            Self::Guided(_) => GuidedConfig::multiple(),
        }
    }

    /// How far a pixel of the small picture influences the large one, in pixels of the small one.
    fn reach_pixels(self) -> i64 {
        match self {
            Self::Compact(config) => config.reach_pixels(),
            Self::Dense(config) => config.reach_pixels(),
            Self::Guided(config) => config.reach_pixels(),
        }
    }

    fn build(self, weights: Weights) -> Result<Network, Failure> {
        Ok(match self {
            Self::Compact(config) => Network::Compact(Compact::new(config, weights)?),
            Self::Dense(config) => Network::Dense(Dense::new(config, weights)?),
            Self::Guided(config) => Network::Guided(Box::new(Guided::new(config, weights)?)),
        })
    }
}

#[derive(Debug)]
enum Network {
    Compact(Compact),
    Dense(Dense),
    Guided(Box<Guided>),
}

impl Network {
    /// b 3 h w, or the input of the guided network, to b 3 (scale h) (scale w), in [0, 1]. `hints` are for that one: b n.
    fn forward(&self, x: &Tensor, hints: &Tensor) -> Tensor {
        match self {
            Self::Compact(network) => network.forward(x),
            Self::Dense(network) => network.forward(x),
            Self::Guided(network) => network.forward(x, hints),
        }
    }
}

/// Opens the weights of an upscaler. Only the header is read.
pub fn open(path: &Path) -> Result<(Checkpoint, UpscalerConfig), Failure> {
    let checkpoint = Checkpoint::open(path, UpscalerNaming)?;
    let config = UpscalerConfig::detect(&checkpoint)?;
    Ok((checkpoint, config))
}

/// A loaded upscaler.
#[derive(Debug)]
pub struct Upscaler {
    /// Its network's shape.
    pub config: UpscalerConfig,
    network: Network,
    hints: Hints,
    device: Device,
    kind: Kind,
}

impl Upscaler {
    /// Loads an opened upscaler onto a device.
    pub fn load(
        checkpoint: &Checkpoint,
        config: UpscalerConfig,
        (device, kind): (Device, Kind),
        progress: &mut Progress,
    ) -> Result<Self, Failure> {
        let _no_grad = tch::no_grad_guard();
        let hints = match config {
            UpscalerConfig::Guided(config) => Hints::read(checkpoint, config.hints)?,
            UpscalerConfig::Compact(_) | UpscalerConfig::Dense(_) => Hints::default(),
        };
        Ok(Self {
            config,
            hints,
            network: load(checkpoint, device, kind, progress, |weights| {
                config.build(weights)
            })?,
            device,
            kind,
        })
    }

    /// Makes a picture larger, 3 x h x w in [0, 1] on the CPU to 3 x (scale h) x (scale w), tile by tile. The tiles
    /// depend on nothing but the picture's size, so that every run gives the same bytes. `check` is called before
    /// each tile and may stop the work.
    pub fn enlarge(
        &self,
        picture: &Tensor,
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let margin = self.config.reach_pixels().min(WIDEST_MARGIN_PIXELS);
        self.enlarge_in_tiles(picture, TILE_PIXELS, margin, check)
    }

    /// As [`Upscaler::enlarge`], with cores of at most `tile` pixels and this margin around each.
    pub fn enlarge_in_tiles(
        &self,
        picture: &Tensor,
        tile: i64,
        margin: i64,
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        match self.config.is_guided() {
            true => {
                let hints = self.hints.at("", 0.0);
                self.in_tiles(&guided::plain_input(picture), &hints, (tile, margin), check)
            }
            false => self.in_tiles(picture, &[], (tile, margin), check),
        }
    }

    /// Makes a large picture of an input of the network, c x h x w on the CPU.
    fn in_tiles(
        &self,
        input: &Tensor,
        hints: &[f32],
        (tile, margin): (i64, i64),
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (_, height, width) = input
            .size3()
            .map_err(|_| Failure::bug(format!("a picture has {:?} axes", input.size())))?;
        let multiple = self.config.multiple();
        let padded = padded_to(input, multiple);
        let hints = Tensor::from_slice(hints).unsqueeze(0);
        let hints = hints.to_device(self.device).to_kind(self.kind);
        let scale = self.config.scale();
        let mut large = Tensor::empty(
            [3, height * scale, width * scale],
            (Kind::Float, Device::Cpu),
        );
        for Tile { from, core } in tiles([width, height], tile, margin, multiple) {
            check()?;
            let [left, top, right, bottom] = from;
            let small = padded.i((.., top..bottom, left..right)).unsqueeze(0);
            let small = small.to_device(self.device).to_kind(self.kind);
            let made = self.network.forward(&small, &hints).squeeze_dim(0);
            let [core_left, core_top, core_right, core_bottom] = core.map(|side| side * scale);
            let (x, y) = (left * scale, top * scale);
            let made = made.i((
                ..,
                core_top - y..core_bottom - y,
                core_left - x..core_right - x,
            ));
            let mut place = large.i((.., core_top..core_bottom, core_left..core_right));
            place.copy_(&made);
        }
        let _ = large.clamp_(0.0, 1.0);
        Ok(large)
    }
}

/// The picture with its last column and row repeated until its sides are multiples of `multiple`: c h w.
fn padded_to(picture: &Tensor, multiple: i64) -> Tensor {
    let size = picture.size();
    let missing = |side: i64| (multiple - side % multiple) % multiple;
    let (right, bottom) = (missing(size[2]), missing(size[1]));
    match right + bottom {
        0 => picture.shallow_clone(),
        _ => picture
            .unsqueeze(0)
            .replication_pad2d([0, right, 0, bottom])
            .squeeze_dim(0),
    }
}
