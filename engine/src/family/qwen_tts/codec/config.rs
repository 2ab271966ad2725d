//! The shape of the codec's decoder, from the `config.json` of the folder `speech_tokenizer`. What would change the
//! sound and is not supported is refused by the name of its field.

use kinora_wire::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::family::qwen_tts::layer_config::{LayersConfig, MOST, MOST_LAYERS, counted};
use crate::weights::Checkpoint;

/// The only kind of codec that is known.
const KIND: &str = "qwen3_tts_tokenizer_12hz";
/// Most factor of a stage.
const MOST_FACTOR: i64 = 64;
/// Most stages of either kind.
const MOST_STAGES: usize = 20;
/// Most samples per frame.
const MOST_SAMPLES: i64 = 1 << 16;
/// Largest sample rate, in Hz.
const MOST_RATE_HZ: i64 = 1 << 20;

/// The shape of a codec's decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct CodecConfig {
    /// The layers of its transformer.
    pub layers: LayersConfig,
    /// Codes per frame.
    pub quantisers: i64,
    /// Size of each codebook.
    pub codes: i64,
    /// Channels of a frame of codes. Rows of codebooks have half as many.
    pub code_channels: i64,
    /// Channels around the transformer.
    pub latent_channels: i64,
    /// Channels of the first stage; each stage halves them.
    pub channels: i64,
    /// How much the steps after the transformer lengthen.
    pub first_factors: Vec<i64>,
    /// How much the stages lengthen.
    pub factors: Vec<i64>,
    /// Sample rate, in Hz.
    pub rate_hz: i64,
}

#[derive(Deserialize)]
struct Written {
    model_type: Option<String>,
    decoder_config: Map<String, Value>,
    output_sample_rate: Option<i64>,
    decode_upsample_rate: Option<i64>,
}

#[derive(Deserialize)]
struct WrittenDecoder {
    codebook_size: i64,
    codebook_dim: i64,
    latent_dim: i64,
    num_quantizers: i64,
    decoder_dim: i64,
    upsample_rates: Vec<i64>,
    upsampling_ratios: Vec<i64>,
}

impl CodecConfig {
    /// Reads the shape beside a codec's weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let path = checkpoint.path().with_file_name("config.json");
        Self::read(checkpoint.config()).map_err(|why| {
            Failure::bad_file(
                format!("{}: {why}", path.display()),
                "put the config.json of the release beside the weights of the codec",
            )
        })
    }

    fn read(written: &Map<String, Value>) -> Result<Self, String> {
        let written: Written = serde_json::from_value(Value::Object(written.clone()))
            .map_err(|error| error.to_string())?;
        if let Some(other) = written.model_type.filter(|kind| kind != KIND) {
            return Err(format!("`model_type` is `{other}`, which is unknown"));
        }
        let rate_hz = written.output_sample_rate.unwrap_or(24_000);
        let rate_hz = counted("output_sample_rate", rate_hz, MOST_RATE_HZ)?;
        let config = Self::of_decoder(&written.decoder_config, rate_hz)
            .map_err(|why| format!("`decoder_config`: {why}"))?;
        let samples = config.samples_per_frame();
        match written.decode_upsample_rate.unwrap_or(samples) == samples {
            true => Ok(config),
            false => Err(format!(
                "`decode_upsample_rate` is not {samples}, which its stages make"
            )),
        }
    }

    fn of_decoder(fields: &Map<String, Value>, rate_hz: i64) -> Result<Self, String> {
        let written: WrittenDecoder = serde_json::from_value(Value::Object(fields.clone()))
            .map_err(|error| error.to_string())?;
        let layers = LayersConfig::of_codec(fields)?;
        let config = Self {
            layers,
            quantisers: counted("num_quantizers", written.num_quantizers, MOST_LAYERS)?,
            codes: counted("codebook_size", written.codebook_size, MOST)?,
            code_channels: counted("codebook_dim", written.codebook_dim, MOST)?,
            latent_channels: counted("latent_dim", written.latent_dim, MOST)?,
            channels: counted("decoder_dim", written.decoder_dim, MOST)?,
            first_factors: factors("upsampling_ratios", written.upsampling_ratios)?,
            factors: factors("upsample_rates", written.upsample_rates)?,
            rate_hz,
        };
        let stages = config.factors.len();
        let halves = 1_i64.checked_shl(stages as u32).filter(|_| stages < 32);
        if halves.is_none_or(|halves| config.channels % halves != 0) {
            return Err(format!(
                "`decoder_dim` is {}, which cannot be halved {stages} times",
                config.channels
            ));
        }
        if config.quantisers < 2 || config.code_channels % 2 != 0 {
            return Err("`num_quantizers` or `codebook_dim` cannot be cut in two".into());
        }
        match config.samples_per_frame() <= MOST_SAMPLES {
            true => Ok(config),
            false => Err("`upsample_rates` make too many samples".into()),
        }
    }

    /// Samples per frame.
    pub fn samples_per_frame(&self) -> i64 {
        let factors = self.first_factors.iter().chain(&self.factors);
        factors.fold(1, |all: i64, factor| all.saturating_mul(*factor))
    }

    /// Frames per second.
    pub fn frame_rate(&self) -> f64 {
        self.rate_hz as f64 / self.samples_per_frame() as f64
    }
}

fn factors(name: &str, written: Vec<i64>) -> Result<Vec<i64>, String> {
    if written.len() > MOST_STAGES {
        return Err(format!("`{name}` has {} stages", written.len()));
    }
    let factors = written.into_iter();
    factors
        .map(|factor| counted(name, factor, MOST_FACTOR))
        .collect()
}
