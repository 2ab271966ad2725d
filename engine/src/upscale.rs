//! Upscalers: networks that make finished pictures larger, one picture at a time. The released weights of Real-ESRGAN
//! and ESRGAN are read as they are.

mod compact;
mod dense;
mod naming;
mod tiles;

use std::path::Path;

use kinora_wire::{Clip, Failure};
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::job::{Clock, Listener};
use crate::picture;
use crate::weights::{Checkpoint, Progress, Weights, load};
pub use compact::{Compact, CompactConfig};
use dense::{Dense, DenseConfig};
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
}

impl UpscalerConfig {
    /// Detects the network from the names and shapes in a checkpoint.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let has = |name| checkpoint.shape(name).is_some();
        if has("conv_first.weight") {
            return DenseConfig::detect(checkpoint).map(Self::Dense);
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
        }
    }

    /// Width and height of a small picture must be multiples of this.
    fn multiple(self) -> i64 {
        match self {
            Self::Compact(_) => 1,
            Self::Dense(config) => config.unshuffle(),
        }
    }

    /// How far a pixel of the small picture influences the large one, in pixels of the small one.
    fn reach_pixels(self) -> i64 {
        match self {
            Self::Compact(config) => config.reach_pixels(),
            Self::Dense(config) => config.reach_pixels(),
        }
    }

    fn build(self, weights: Weights) -> Result<Network, Failure> {
        Ok(match self {
            Self::Compact(config) => Network::Compact(Compact::new(config, weights)?),
            Self::Dense(config) => Network::Dense(Dense::new(config, weights)?),
        })
    }
}

#[derive(Debug)]
enum Network {
    Compact(Compact),
    Dense(Dense),
}

impl Network {
    /// b 3 h w to b 3 (scale h) (scale w), in [0, 1].
    fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Self::Compact(network) => network.forward(x),
            Self::Dense(network) => network.forward(x),
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
        Ok(Self {
            config,
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

    /// Makes all pictures of a clip larger, and sends each as it is done. Only one picture is in memory at a time.
    pub fn enlarge_clip(
        &self,
        clip: &Clip,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let count = clip.frames.len();
        let mut size = None;
        for (at, path) in clip.frames.iter().enumerate() {
            let small = clock.encoding(|| picture::read(path))?;
            let own = small.dimensions();
            let all = *size.get_or_insert(own);
            if own != all {
                return Err(Failure::bad_file(
                    format!(
                        "{} is {}x{} pixels, where the pictures before it are {}x{}",
                        path.display(),
                        own.0,
                        own.1,
                        all.0,
                        all.1
                    ),
                    "use pictures of one size",
                ));
            }
            let small = picture::to_tensor(&small) * 0.5 + 0.5;
            let large = clock.decoding(|| self.enlarge(&small, &mut || listener.check()))?;
            listener.picture(&large, (at, count), "upscaling")?;
        }
        Ok(())
    }

    /// As [`Upscaler::enlarge`], with cores of at most `tile` pixels and this margin around each.
    pub fn enlarge_in_tiles(
        &self,
        picture: &Tensor,
        tile: i64,
        margin: i64,
        check: &mut dyn FnMut() -> Result<(), Failure>,
    ) -> Result<Tensor, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (_, height, width) = picture
            .size3()
            .map_err(|_| Failure::bug(format!("a picture has {:?} axes", picture.size())))?;
        let multiple = self.config.multiple();
        let padded = padded_to(picture, multiple);
        let scale = self.config.scale();
        let large = Tensor::empty(
            [3, height * scale, width * scale],
            (Kind::Float, Device::Cpu),
        );
        for Tile { from, core } in tiles([width, height], tile, margin, multiple) {
            check()?;
            let [left, top, right, bottom] = from;
            let small = padded.i((.., top..bottom, left..right)).unsqueeze(0);
            let small = small.to_device(self.device).to_kind(self.kind);
            let made = self.network.forward(&small).squeeze_dim(0);
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
        Ok(large.clamp(0.0, 1.0))
    }
}

/// The picture with its last column and row repeated until its sides are multiples of `multiple`: 3 h w.
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
