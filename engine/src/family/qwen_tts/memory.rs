//! What a line needs of the device's memory: the talker with the keys and values of all tokens, the codec with a piece of
//! the wave, and the speaker encoder if a voice is cloned.

use kinora_wire::Failure;
use tch::Kind;

use super::codec::{Codec, CodecConfig, Pieces};
use super::layer_config::LayersConfig;
use super::open::SpeechModel;
use super::speaker::{SpeakerConfig, SpeakerEncoder, most_mel_frames};
use super::talker::Talker;
use crate::family::part::Part;
use crate::memory::{Footprint, MemoryNeeds, NetworkBytes, PictureBytes};
use crate::plan::Plan;
use crate::weights::Weights;

/// Bytes of a number in fp32.
const FLOAT_BYTES: u64 = 4;
/// Tokens of a prompt beside its letters, of which each is a token at most: marks, role, language.
const TOKENS_OF_MARKS: u64 = 64;
/// Tensors of the size of keys or values: both, with as much room again.
const TENSORS_KEPT: u64 = 4;
/// Tensors of the width of the model, and of its inner width, while a layer reads the prompt.
const WIDE_TENSORS: u64 = 8;
const INNER_TENSORS: u64 = 3;
/// Feature maps of a layer of the codec that runs: input, activation with its parts, border, result, and as much again for
/// the work of the convolution.
const MAPS_OF_CODEC: u64 = 10;
/// The inner layer of the blocks before the stages is so much wider.
const INNER_OF_BLOCK: u64 = 4;
/// Feature maps of the speaker encoder, in channels of its last stage: those of all blocks, and the pooling.
const MAPS_OF_SPEAKER: u64 = 12;

/// What the line of a plan needs.
pub fn needs(model: &SpeechModel, plan: &Plan, kind: Kind) -> Result<MemoryNeeds, Failure> {
    let talker = &model.config().talker;
    let packed = |name: &str| model.talker.checkpoint.packed_bytes(name);
    let footprint = Footprint::of(kind, &packed, |weights| Talker::new(talker, weights))?;
    let network = footprint.with_blocks(&[]);
    let codec = &model.codec.shape;
    let decoder = exact(|weights| Codec::new(codec, weights))?;
    let frames = frames_of(model, plan);
    let decoding = codec_bytes(codec, frames);
    let voice = plan.request.voice.as_ref();
    let is_cloned = voice.is_some_and(|voice| voice.sample.is_some());
    let speaker = model.speaker.as_ref().filter(|_| is_cloned);
    let speaker = speaker.map(|Part { shape, .. }| {
        let network = exact(|weights| SpeakerEncoder::new(shape, weights))?;
        Ok::<_, Failure>((network, speaker_bytes(shape)))
    });
    Ok(MemoryNeeds {
        image_encoder: speaker.transpose()?,
        denoising_work: talker_bytes(&talker.layers, plan, frames, kind) + network.unpacked,
        transformers: vec![network],
        decoder,
        decoding_work: PictureBytes {
            whole: decoding,
            tiled: decoding,
        },
        ..MemoryNeeds::default()
    })
}

/// Frames of codes that the line of a plan may have.
pub fn frames_of(model: &SpeechModel, plan: &Plan) -> u64 {
    (plan.seconds() * model.codec.shape.frame_rate()).max(0.0) as u64
}

/// A network whose parameters are all in fp32.
fn exact<Network>(
    build: impl FnOnce(Weights) -> Result<Network, Failure>,
) -> Result<NetworkBytes, Failure> {
    let none = |_: &str| -> Option<u64> { None };
    let footprint = Footprint::of(Kind::Float, &none, build)?;
    Ok(footprint.with_blocks(&[]))
}

/// The keys and values of prompt and frames, and a layer while it reads the prompt.
fn talker_bytes(layers: &LayersConfig, plan: &Plan, frames: u64, kind: Kind) -> u64 {
    let request = &plan.request;
    let description = request.voice.as_ref().map(|voice| voice.description.len());
    let letters = request.inputs.prompt.len() + description.unwrap_or_default();
    let prompt = letters as u64 + TOKENS_OF_MARKS;
    let key_width = (layers.key_heads * layers.head_width) as u64;
    let kept = TENSORS_KEPT * layers.layers as u64 * (prompt + frames) * key_width;
    let (width, inner) = (layers.width as u64, layers.ffn_width as u64);
    let work = prompt * (WIDE_TENSORS * width + INNER_TENSORS * inner);
    (kept + work) * kind.elt_size_in_bytes() as u64
}

/// The widest layer of the codec, for a piece of the wave.
fn codec_bytes(config: &CodecConfig, frames: u64) -> u64 {
    let piece = Pieces::default();
    let mut length = frames.min((piece.frames + piece.before) as u64);
    let mut largest = 0;
    for factor in &config.first_factors {
        length = length.saturating_mul(*factor as u64);
        largest = largest.max(INNER_OF_BLOCK * config.latent_channels as u64 * length);
    }
    for (at, factor) in config.factors.iter().enumerate() {
        length = length.saturating_mul(*factor as u64);
        let channels = (config.channels as u64).checked_shr(at as u32 + 1);
        largest = largest.max(channels.unwrap_or_default().max(1).saturating_mul(length));
    }
    largest.saturating_mul(MAPS_OF_CODEC * FLOAT_BYTES)
}

/// The maps of the speaker encoder for the longest recording.
fn speaker_bytes(config: &SpeakerConfig) -> u64 {
    let channels = config.stages.last().channels as u64;
    most_mel_frames() * channels * MAPS_OF_SPEAKER * FLOAT_BYTES
}
