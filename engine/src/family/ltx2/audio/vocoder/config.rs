//! The shape of a vocoder, its sample rate, and how far it reads around a place.
//! The shape is read from the weights (`detect.rs`) or written by a test.

use crate::family::ltx2::audio::config::MEL_FRAMES_PER_SECOND;
use crate::sound::resample::{gcd, raising_filter};

/// Half the width of the first and the last convolution.
const HALF_END: i64 = 3;

/// The nonlinearity of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// A leaky rectifier.
    Leaky,
    /// x + sin²(αx)/β at twice the rate, between two low-pass filters.
    SnakeBeta {
        /// Length of each filter.
        taps: i64,
    },
}

/// What a network does to the wave at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// tanh.
    Tanh,
    /// Nothing.
    Open,
}

/// A stage that raises the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsampling {
    /// Length of the transposed convolution.
    pub kernel: i64,
    /// The factor of the rate.
    pub factor: i64,
}

/// The shape of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Channels that it reads: mel bins of all sound channels.
    pub inputs: i64,
    /// Width before the first stage. Each stage halves it.
    pub width: i64,
    /// Sound channels that it writes.
    pub outputs: i64,
    /// The stages, in order.
    pub stages: Vec<Upsampling>,
    /// The parallel blocks of each stage: length of the convolutions, and their dilations in turn.
    pub blocks: Vec<(i64, Vec<i64>)>,
    /// The nonlinearity.
    pub activation: Activation,
    /// Whether the last convolution has a bias.
    pub has_final_bias: bool,
    /// The end.
    pub end: End,
}

impl NetworkConfig {
    /// Samples per frame.
    pub fn factor(&self) -> i64 {
        let factors = self.stages.iter().map(|stage| stage.factor);
        factors.fold(1, i64::saturating_mul)
    }

    /// Width after the last stage.
    pub fn last_width(&self) -> i64 {
        let stages = self.stages.iter();
        stages.fold(self.width, |width, _| width / 2)
    }

    /// How many frames around its own one sample depends on.
    pub fn reach_frames(&self) -> i64 {
        let activation = match self.activation {
            Activation::Leaky => 0,
            // Two filters, each of half its length at twice the rate, and the rounding of both.
            Activation::SnakeBeta { taps } => taps / 2 + 2,
        };
        let in_blocks = self.blocks.iter().map(|(kernel, dilations)| {
            let half = kernel / 2;
            let of_pair = |dilation: &i64| half * dilation + half + 2 * activation;
            dilations.iter().map(of_pair).sum::<i64>()
        });
        let in_blocks = in_blocks.max().unwrap_or(0);
        let mut reach = HALF_END as f64;
        let mut rate = 1.0;
        for stage in &self.stages {
            reach += (1 + stage.kernel / stage.factor.max(1)) as f64 / rate;
            rate *= stage.factor as f64;
            reach += in_blocks as f64 / rate;
        }
        reach += (activation + HALF_END) as f64 / rate;
        reach.ceil() as i64 + 1
    }
}

/// The bandwidth extension: a second network, on the spectrogram of the first one's wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionConfig {
    /// The second network.
    pub network: NetworkConfig,
    /// Samples of a window of the spectrogram.
    pub window: i64,
    /// Samples between its frames.
    pub hop: i64,
    /// Its mel bins.
    pub bins: i64,
}

impl ExtensionConfig {
    /// By how much the extension raises the rate.
    pub fn multiple(&self) -> i64 {
        self.network.factor() / self.hop.max(1)
    }

    /// How many samples of the first wave around its own one sample depends on.
    fn reach_samples(&self) -> i64 {
        let (_, resampling) = raising_filter(self.multiple());
        self.network
            .reach_frames()
            .saturating_mul(self.hop)
            .saturating_add(self.window)
            .max(resampling)
    }
}

/// The shape of a vocoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VocoderConfig {
    /// The network that reads the spectrogram.
    pub network: NetworkConfig,
    /// The bandwidth extension of LTX-2.3 and 2.5.
    pub extension: Option<ExtensionConfig>,
}

impl VocoderConfig {
    /// Samples of the wave per frame of the spectrogram.
    pub fn samples_per_frame(&self) -> i64 {
        let multiple = self.extension.as_ref().map_or(1, ExtensionConfig::multiple);
        self.network.factor().saturating_mul(multiple)
    }

    /// Samples of the wave per second.
    pub fn rate_hz(&self) -> i64 {
        self.samples_per_frame()
            .saturating_mul(MEL_FRAMES_PER_SECOND)
    }

    /// How many frames around its own one sample depends on.
    pub fn reach_frames(&self) -> i64 {
        let factor = self.network.factor().max(1);
        let extension = self.extension.as_ref();
        let samples = extension.map_or(0, ExtensionConfig::reach_samples);
        self.network.reach_frames() + samples / factor + 1
    }

    /// A piece must begin at a multiple of this many frames, so that the frames of the second spectrogram lie where
    /// they lie in the whole.
    pub fn frame_multiple(&self) -> i64 {
        match &self.extension {
            None => 1,
            Some(extension) => extension.hop / gcd(self.network.factor(), extension.hop),
        }
    }
}
