//! The work of a clip in numbers: floating-point operations of a forward pass, from tokens and widths, and the names by
//! which the speeds of equal networks are kept.

use super::Ltx2;
use super::given;
use super::guidance::ClipGuidance;
use super::schedule::second_stage;
use super::text::TEXT_LENGTH;
use super::transformer::{Config, StreamConfig, Streams};
use super::vae::{DecoderConfig, VaeConfig};
use crate::family::contract::{ClipWork, MakesSteps as _};
use crate::plan::Plan;

/// The work of the clip of a plan. Of two stages, whose passes differ in size, it has the mean.
pub fn work_of(model: &Ltx2, plan: &Plan) -> ClipWork {
    let config = &model.transformer.shape;
    let settings = plan.settings();
    // A guidance that is refused has no work.
    let guidance = ClipGuidance::of(settings).ok();
    let (makes, is_given) = (plan.request.inputs.makes, given::is_other_given(plan));
    let guidance = guidance.map(|guidance| guidance.for_streams(makes, is_given));
    let per_step = guidance.map_or(1, |guidance| guidance.passes_of_step());
    let steps = model.schedule(plan).steps();
    let stages = match plan.first_stage() {
        None => vec![(model.tokens(plan), steps)],
        Some(first) => vec![
            (model.tokens(&first), steps),
            (model.tokens(plan), second_stage().steps()),
        ],
    };
    let passes = |steps: usize| per_step * steps;
    let all: usize = stages.iter().map(|(_, steps)| passes(*steps)).sum();
    let stages = stages.into_iter();
    let work = stages.map(|(tokens, steps)| operations(config, tokens) * passes(steps) as f64);
    ClipWork {
        transformer: transformer_name(config),
        operations_per_pass: work.sum::<f64>() / all.max(1) as f64,
        passes: all,
        decoder: decoder_name(&model.vae.shape),
    }
}

/// The floating-point operations of one forward pass, a product and its sum counted as two. `tokens`: of the streams that
/// are made.
///
/// ```text
/// blocks * (8 n d^2 + 4 n^2 d                 self-attention: projections, scores and sums
///         + 4 n d^2 + 4 k c d + 4 n k d       attention to the text of k rows and width c
///         + 4 n d f                           feed-forward
///         + 4 w (n d + m e) + 4 n m w)        attention to the other stream of m tokens and width e
/// ```
///
/// for each stream of n tokens, width d and inner width f, with w the width between the streams. Unlike those of Wan, the
/// keys of the text differ from step to step. Embeddings and norms are not counted.
fn operations(config: &Config, tokens: Streams<i64>) -> f64 {
    let streams = config.streams.as_ref();
    let streams = [(streams.video, tokens.video), (streams.audio, tokens.audio)];
    let own = streams
        .iter()
        .filter_map(|(stream, tokens)| Some(of_stream((*stream)?, (*tokens)? as f64)));
    let crossing = config.crossing.as_ref().zip(tokens.both());
    let crossing = crossing.map_or(0.0, |(crossing, (picture, sound))| {
        let between = crossing.width as f64;
        let (picture, sound) = (picture as f64, sound as f64);
        let numbers = |stream: Option<&StreamConfig>, tokens: f64| {
            stream.map_or(0.0, |stream| stream.width as f64 * tokens)
        };
        let numbers = numbers(config.streams.video.as_ref(), picture)
            + numbers(config.streams.audio.as_ref(), sound);
        2.0 * (4.0 * between * numbers + 4.0 * picture * sound * between)
    });
    config.layers as f64 * (own.sum::<f64>() + crossing)
}

fn of_stream(stream: &StreamConfig, tokens: f64) -> f64 {
    let (width, ffn_width) = (stream.width as f64, stream.ffn_width as f64);
    let (rows, text_width) = (TEXT_LENGTH as f64, stream.text_width as f64);
    let projections = 12.0 * tokens * width * width + 4.0 * rows * text_width * width;
    let scores = 4.0 * tokens * width * (tokens + rows);
    projections + scores + 4.0 * tokens * width * ffn_width
}

/// The shape of a transformer in a word, equal for networks that are equally fast.
fn transformer_name(config: &Config) -> String {
    let streams = config.streams.as_ref();
    let widths = [streams.video, streams.audio].into_iter().flatten();
    let widths: Vec<String> = widths
        .map(|stream| format!("{}x{}", stream.width, stream.ffn_width))
        .collect();
    format!("transformer {} x{}", widths.join(" and "), config.layers)
}

/// The shape of an autoencoder's decoder in a word.
fn decoder_name(config: &VaeConfig) -> String {
    let (kind, widths): (&str, Vec<i64>) = match &config.decoder {
        DecoderConfig::Plain(_, layers) => {
            let layers = layers.layers.iter();
            ("decoder", layers.map(|layer| layer.inputs()).collect())
        }
        DecoderConfig::Diffusion(diffusion) => {
            let widths = diffusion.stages.iter().map(|stage| stage.width);
            (
                "diffusion decoder",
                widths.chain([diffusion.width]).collect(),
            )
        }
    };
    let widths: Vec<String> = widths.iter().map(i64::to_string).collect();
    format!("{kind} {}: {}", config.channels, widths.join(" "))
}
