//! The shape of an autoencoder: from the shapes of its parameters, and from `config.json` what they do not show.
//! Source: the arguments of diffusers `AutoencoderSAME`.

use kinora_wire::Failure;

use crate::family::stable_audio::attention::{Heads, projection_in};
use crate::family::stable_audio::makers_config::MakersConfig;
use crate::weights::Checkpoint;

/// Largest number of sound channels. A damaged file may say any number.
const MOST_CHANNELS: f64 = 256.0;
/// Largest stride: the tokens of a piece grow with it, and memory with their square. Released models have 16.
const MOST_STRIDE: f64 = 64.0;
/// Largest window: with it grows what a piece needs around it. Released models have 1.
const MOST_WINDOW: f64 = 16.0;

/// The shape of an autoencoder.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderConfig {
    /// Channels of the sound: 2 for stereo.
    pub audio_channels: i64,
    /// Samples of each channel that become one frame.
    pub patch: i64,
    /// Latent channels.
    pub latent_channels: i64,
    /// From the sound to the latents.
    pub levels: Vec<Level>,
    /// How far a token sees to either side, in segments.
    pub window: i64,
    /// Whether attention is the difference of two maps.
    pub is_differential: bool,
    /// Whether self-attention projects one map after the other, as in files of the makers' tools.
    pub is_by_map: bool,
    /// Sample rate, in Hz.
    pub rate_hz: i64,
}

/// A level: `stride` frames of the level before become one.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Channels per token.
    pub width: i64,
    /// Frames per segment.
    pub stride: i64,
    /// Transformer layers.
    pub layers: usize,
    /// Channels per head.
    pub head_width: i64,
    /// Inner width of the feed-forward layers.
    pub ffn_width: i64,
    /// A layer of the encoder has a sinusoidal gate if fewer layers than this follow, itself included.
    pub sinusoidal_encoder: usize,
    /// The same, of the decoder.
    pub sinusoidal_decoder: usize,
}

impl AutoencoderConfig {
    /// Reads the shape from the weights and from `config.json` beside them, or `model_config.json` beside a file of the makers'
    /// tools, which must say the strides.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let attention = "encoder.blocks.0.transformers.0.attn";
        let (first, is_by_map) = projection_in(checkpoint, attention);
        let makers = is_by_map.then(|| MakersConfig::beside(checkpoint.path()));
        let makers = makers.transpose()?;
        let refuse = |what: String| {
            let path = match is_by_map {
                true => MakersConfig::path_beside(checkpoint.path()),
                false => checkpoint.path().with_file_name("config.json"),
            };
            let name = path.file_name().unwrap_or_default().display();
            let remedy =
                format!("put the {name} of the release beside the weights of the autoencoder");
            Failure::bad_file(format!("{}: {what}", path.display()), remedy)
        };
        let settings = |name: &str| match &makers {
            Some(makers) => makers.of_autoencoder(name),
            None => checkpoint.settings(name),
        };
        let setting = |name: &str| match &makers {
            Some(makers) => makers.of_autoencoder(name)?.first().copied(),
            None => checkpoint.setting(&[name]),
        };
        let number = |name: &str, otherwise: f64, most: f64| {
            let number = setting(name).unwrap_or(otherwise);
            is_count(number, most)
                .then_some(number as i64)
                .ok_or_else(|| refuse(format!("`{name}` cannot be {number}")))
        };
        let count = checkpoint.count("encoder.blocks");
        // Without them the same weights would make other sound, not fail.
        let strides = settings("encoder_strides");
        let strides = strides.ok_or_else(|| refuse("`encoder_strides` is missing".into()))?;
        let is_stride = |stride: &f64| is_count(*stride, MOST_STRIDE);
        if strides.len() != count || count == 0 || !strides.iter().all(is_stride) {
            return Err(refuse(format!(
                "`encoder_strides` is {strides:?} where the weights have {count} levels"
            )));
        }
        let sinusoidal = |name: &str| {
            let of_levels = settings(name).unwrap_or_else(|| vec![0.0]);
            match of_levels[..] {
                [one] => Ok(vec![one as usize; count]),
                _ if of_levels.len() == count => {
                    Ok(of_levels.iter().map(|number| *number as usize).collect())
                }
                _ => Err(refuse(format!(
                    "`{name}` is {of_levels:?} for {count} levels"
                ))),
            }
        };
        let (encoder, decoder): (Vec<usize>, Vec<usize>) = (
            sinusoidal("encoder_sinusoidal_blocks")?,
            sinusoidal("decoder_sinusoidal_blocks")?,
        );
        let mut levels = Vec::new();
        let of_levels = strides.iter().zip(encoder.iter().zip(&decoder));
        for (at, (stride, (encoder, decoder))) in of_levels.enumerate() {
            levels.push(Level {
                stride: *stride as i64,
                sinusoidal_encoder: *encoder,
                sinusoidal_decoder: *decoder,
                ..level_of(checkpoint, at)?
            });
        }
        let audio_channels = number("audio_channels", 2.0, MOST_CHANNELS)?;
        let patched = patched_channels(checkpoint)?;
        if patched % audio_channels != 0 {
            return Err(refuse(format!(
                "{audio_channels} channels of sound do not fit {patched} of the weights"
            )));
        }
        let width = checkpoint.length("encoder.blocks.0.new_tokens", 2)?;
        Ok(Self {
            audio_channels,
            patch: patched / audio_channels,
            latent_channels: checkpoint.length("encoder.proj.weight", 0)?,
            levels,
            window: number("sliding_window", 1.0, MOST_WINDOW)?,
            is_differential: checkpoint.length(&first, 0)? / width == 5,
            is_by_map,
            rate_hz: checkpoint
                .setting(&["sampling_rate"])
                .filter(|rate| (1.0..=1e6).contains(rate))
                .map_or(44_100, |rate| rate as i64),
        })
    }

    /// Samples of each channel per latent.
    pub fn samples_per_latent(&self) -> i64 {
        let strides = self.levels.iter().map(|level| level.stride);
        self.patch
            .saturating_mul(strides.fold(1, i64::saturating_mul))
    }

    /// Channels of a frame before the first level.
    pub fn patched_channels(&self) -> i64 {
        self.audio_channels * self.patch
    }

    /// How far a sample or a latent reaches to either side, in latents: each layer of a level sees `window` segments
    /// further. Positions are relative, so a piece with this much around it is equal to that place of the whole.
    pub fn reach(&self) -> i64 {
        let mut reach: i64 = 0;
        for level in &self.levels {
            let finer = (reach + level.stride - 1) / level.stride;
            reach = finer + level.layers as i64 * self.window;
        }
        reach + self.levels.len() as i64 - 1 // where the segments of two levels begin
    }

    /// How the attention of a level cuts projections.
    pub fn heads(&self, level: &Level) -> Heads {
        Heads {
            inner: level.width,
            width: level.head_width,
            is_differential: self.is_differential,
            is_by_map: self.is_by_map,
        }
    }
}

/// Whether a number is one from 1 to `most`.
fn is_count(number: f64, most: f64) -> bool {
    (1.0..=most).contains(&number)
}

/// What the weights show of a level.
fn level_of(checkpoint: &Checkpoint, at: usize) -> Result<Level, Failure> {
    let block = format!("encoder.blocks.{at}");
    let layer = format!("{block}.transformers.0");
    let width = checkpoint.length(&format!("{block}.new_tokens"), 2)?;
    let head_width = checkpoint.length(&format!("{layer}.attn.q_norm.gamma"), 0)?;
    if width % head_width != 0 || head_width % 4 != 0 {
        return Err(Failure::bad_file(
            format!(
                "{}: {width} channels cannot be cut into heads of {head_width}",
                checkpoint.path().display()
            ),
            "use the file as its makers released it",
        ));
    }
    Ok(Level {
        width,
        stride: 1,
        layers: checkpoint.count(&format!("{block}.transformers")),
        head_width,
        ffn_width: checkpoint.length(&format!("{layer}.ff.proj_out.weight"), 1)?,
        sinusoidal_encoder: 0,
        sinusoidal_decoder: 0,
    })
}

/// Channels of a frame before the first level. A level of the same width has no mapping.
fn patched_channels(checkpoint: &Checkpoint) -> Result<i64, Failure> {
    let mapping = "encoder.blocks.0.mapping.weight_v";
    match checkpoint.shape(mapping) {
        Some(_) => checkpoint.length(mapping, 1),
        None => checkpoint.length("encoder.blocks.0.new_tokens", 2),
    }
}
