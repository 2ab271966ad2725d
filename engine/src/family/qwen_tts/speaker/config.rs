//! The shape of the speaker encoder, from the `speaker_encoder_config` of the model.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::mel::{MEL_BINS, VOICE_RATE_HZ};
use crate::family::qwen_tts::layer_config::{MOST, counted};

/// Longest kernel and largest dilation.
const MOST_KERNEL: i64 = 64;
/// Most parts of the channels of a stage, each with a convolution.
const MOST_PARTS: i64 = 64;
/// Most stages.
const MOST_STAGES: usize = 64;

/// The shape of a speaker encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeakerConfig {
    /// Channels of the row that stands for a voice.
    pub width: i64,
    /// Its stages.
    pub stages: Stages,
    /// Inner channels of the pooling.
    pub attention_channels: i64,
    /// Parts of the channels that pass one after another.
    pub parts: i64,
    /// Inner channels of the squeeze.
    pub squeezed_channels: i64,
}

/// The first stage, those in the middle, and the one that reads all of these.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    first: Stage,
    middle: Vec<Stage>,
    last: Stage,
}

/// A stage of convolutions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Channels of its result.
    pub channels: i64,
    /// Length of its kernels.
    pub kernel: i64,
    /// Frames between the numbers that a kernel reads.
    pub dilation: i64,
}

#[derive(Deserialize)]
#[serde(default)]
struct Written {
    mel_dim: i64,
    enc_dim: i64,
    enc_channels: Vec<i64>,
    enc_kernel_sizes: Vec<i64>,
    enc_dilations: Vec<i64>,
    enc_attention_channels: i64,
    enc_res2net_scale: i64,
    enc_se_channels: i64,
    sample_rate: i64,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            mel_dim: 128,
            enc_dim: 1024,
            enc_channels: vec![512, 512, 512, 512, 1536],
            enc_kernel_sizes: vec![5, 3, 3, 3, 1],
            enc_dilations: vec![1, 2, 3, 4, 1],
            enc_attention_channels: 128,
            enc_res2net_scale: 8,
            enc_se_channels: 128,
            sample_rate: VOICE_RATE_HZ,
        }
    }
}

impl Stages {
    /// The stage that reads the spectrogram.
    pub fn first(&self) -> Stage {
        self.first
    }

    /// Those after it.
    pub fn middle(&self) -> &[Stage] {
        &self.middle
    }

    /// The stage that reads the results of all in the middle.
    pub fn last(&self) -> Stage {
        self.last
    }
}

impl SpeakerConfig {
    /// Reads the shape. `width` is that of the talker. Fails with the name of the field that cannot be used.
    pub fn read(written: &Map<String, Value>, width: i64) -> Result<Self, String> {
        let written: Written = serde_json::from_value(Value::Object(written.clone()))
            .map_err(|error| error.to_string())?;
        if written.mel_dim != MEL_BINS {
            return Err(format!("`mel_dim` is {}, not {MEL_BINS}", written.mel_dim));
        }
        if written.sample_rate != VOICE_RATE_HZ {
            return Err(format!(
                "`sample_rate` is {}, not {VOICE_RATE_HZ}",
                written.sample_rate
            ));
        }
        if written.enc_dim != width {
            return Err(format!(
                "`enc_dim` is {} where the talker has {width} channels",
                written.enc_dim
            ));
        }
        let stages = stages(&written)?;
        let parts = counted("enc_res2net_scale", written.enc_res2net_scale, MOST_PARTS)?;
        let is_cut = |stage: &Stage| stage.channels % parts == 0;
        if parts < 2 || !stages.middle.iter().all(is_cut) {
            return Err(format!(
                "`enc_res2net_scale` is {parts}, which does not divide `enc_channels`"
            ));
        }
        Ok(Self {
            width,
            stages,
            attention_channels: counted(
                "enc_attention_channels",
                written.enc_attention_channels,
                MOST,
            )?,
            parts,
            squeezed_channels: counted("enc_se_channels", written.enc_se_channels, MOST)?,
        })
    }

    /// Frames of the shortest spectrogram: more than any border that is reflected.
    pub fn least_frames(&self) -> i64 {
        let stages = [self.stages.first, self.stages.last];
        let stages = stages.iter().chain(&self.stages.middle);
        let borders = stages.map(|stage| stage.dilation * (stage.kernel - 1));
        borders.max().unwrap_or_default() / 2 + 2
    }
}

/// Stages in their order. The channels stay the same in the middle, and the last has those of all of them.
fn stages(written: &Written) -> Result<Stages, String> {
    let lists = [
        &written.enc_channels,
        &written.enc_kernel_sizes,
        &written.enc_dilations,
    ];
    let [channels, kernels, dilations] = lists;
    if kernels.len() != channels.len() || dilations.len() != channels.len() {
        return Err(
            "`enc_channels`, `enc_kernel_sizes` and `enc_dilations` differ in length".into(),
        );
    }
    if channels.len() > MOST_STAGES {
        return Err(format!("`enc_channels` has {} stages", channels.len()));
    }
    let rows = channels.iter().zip(kernels.iter().zip(dilations));
    let stages = rows.map(|(channels, (kernel, dilation))| {
        Ok(Stage {
            channels: counted("enc_channels", *channels, MOST)?,
            kernel: counted("enc_kernel_sizes", *kernel, MOST_KERNEL)?,
            dilation: counted("enc_dilations", *dilation, MOST_KERNEL)?,
        })
    });
    let stages = stages.collect::<Result<Vec<Stage>, String>>()?;
    let [first, middle @ .., last] = stages.as_slice() else {
        return Err("`enc_channels` has fewer than 2 stages".into());
    };
    let sum: i64 = middle.iter().map(|stage| stage.channels).sum();
    let is_even = middle.iter().all(|stage| stage.channels == first.channels);
    match sum == last.channels && is_even {
        true => Ok(Stages {
            first: *first,
            middle: middle.to_vec(),
            last: *last,
        }),
        false => Err(format!("`enc_channels` {channels:?} do not fit together")),
    }
}
