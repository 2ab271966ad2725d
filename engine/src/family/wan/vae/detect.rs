//! Reads the shape of an autoencoder from its weights, and checks that its layers fit together.
//! The form is read from the tensors alone; only the statistics of the latents may be written beside them.

use kinora_wire::Failure;

use super::FRAMES_PER_LATENT;
use super::config::{COLOURS, Half, Layer, VaeConfig, factors};
use super::shortcut::Shortcut;
use super::statistics::released;
use crate::weights::Checkpoint;

/// Most pixels per latent position, along each side: a damaged or hostile file may hold any number of layers.
const MOST_PIXELS_PER_LATENT: i64 = 64;
/// The remedy for a file of another kind.
const USE_RELEASED: &str = "use the autoencoder of Wan 2.1 or of Wan 2.2 5B as released";

impl VaeConfig {
    /// Reads the shape from the weights. Fails if a needed tensor is missing, or if the layers do not fit together.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let channels = checkpoint.length("conv2.weight", 0)?;
        let is_residual = checkpoint.count("encoder.downsamples.0.downsamples") > 0;
        let [mean, deviation] = statistics(checkpoint, channels)?;
        let config = Self {
            channels,
            patch: patch(checkpoint)?,
            is_residual,
            encoder_width: checkpoint.length("encoder.conv1.weight", 0)?,
            encoder: stages(checkpoint, Half::Encoder, is_residual)?,
            decoder: stages(checkpoint, Half::Decoder, is_residual)?,
            mean,
            deviation,
        };
        match config.misfit() {
            None => Ok(config),
            Some(what) => Err(Failure::bad_file(
                format!("{}: {what}", checkpoint.path().display()),
                USE_RELEASED,
            )),
        }
    }

    /// What does not fit: layers that do not follow from one another, shortcuts that cannot be divided, halves that do
    /// not undo one another.
    fn misfit(&self) -> Option<String> {
        for half in [Half::Encoder, Half::Decoder] {
            let [mut width, _] = self.ends(half);
            for layer in self.stages(half).iter().flatten() {
                if layer.inputs() != width {
                    return Some(format!(
                        "a layer of its {} reads {} channels, the one before it writes {width}",
                        half.name(),
                        layer.inputs()
                    ));
                }
                width = layer.outputs();
            }
            let mut stages = self.stages(half).iter();
            if self.is_residual && !stages.all(|layers| has_whole_groups(half, layers)) {
                return Some(format!(
                    "the channels of a stage of its {} cannot be divided evenly for its shortcut",
                    half.name()
                ));
            }
        }
        let [down, up] =
            [Half::Encoder, Half::Decoder].map(|half| factors(self.stages(half).iter().flatten()));
        let is_known = down[0] == FRAMES_PER_LATENT
            && self.pixels_per_latent() <= MOST_PIXELS_PER_LATENT
            && down == up;
        (!is_known).then(|| {
            format!(
                "its encoder makes one of {} frames of {}x{}, its decoder {} frames of {}x{}",
                down[0], down[1], down[1], up[0], up[1], up[1]
            )
        })
    }
}

/// Whether the shortcut round these layers takes the mean of, or repeats, a whole number of channels. True of layers
/// without a shortcut.
fn has_whole_groups(half: Half, layers: &[Layer]) -> bool {
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
        return false;
    };
    if Shortcut::of(half, layers).is_none() {
        return true;
    }
    let [frames, side] = factors(layers);
    let factor = frames.saturating_mul(side).saturating_mul(side);
    let (inputs, outputs) = (first.inputs(), last.outputs());
    match half {
        Half::Encoder => inputs.saturating_mul(factor) % outputs == 0,
        Half::Decoder => outputs.saturating_mul(factor) % inputs == 0,
    }
}

/// Mean and deviation of each channel: written beside or in the file, or those of the release with as many channels.
fn statistics(checkpoint: &Checkpoint, channels: i64) -> Result<[Vec<f64>; 2], Failure> {
    let known = |name: &str, released: Option<Vec<f64>>| {
        let written = checkpoint.settings(name).or(released);
        written
            .filter(|list| list.len() as i64 == channels)
            .ok_or_else(|| {
                Failure::bad_file(
                    format!(
                        "{}: the {name} of its {channels} channels are not known",
                        checkpoint.path().display()
                    ),
                    "put the model's config.json, which lists them, beside the weights",
                )
            })
    };
    let [mean, deviation] = released(channels).map_or([None, None], |both| both.map(Some));
    Ok([
        known("latents_mean", mean)?,
        known("latents_std", deviation)?,
    ])
}

fn patch(checkpoint: &Checkpoint) -> Result<i64, Failure> {
    let channels = checkpoint.length("encoder.conv1.weight", 1)?;
    let patch = [1, 2].into_iter().find(|p| COLOURS * p * p == channels);
    patch.ok_or_else(|| {
        Failure::bad_file(
            format!(
                "{}: its encoder reads pictures of {channels} channels, not of 3, or of 12 in squares of 2x2 pixels",
                checkpoint.path().display()
            ),
            USE_RELEASED,
        )
    })
}

/// The stages of one half. A stage with a shortcut is a list of its own; the layers of the others are one list.
fn stages(
    checkpoint: &Checkpoint,
    half: Half,
    is_residual: bool,
) -> Result<Vec<Vec<Layer>>, Failure> {
    let list = format!("{}.{}", half.name(), half.list());
    if is_residual {
        let stages = 0..checkpoint.count(&list);
        return stages
            .map(|stage| layers(checkpoint, &format!("{list}.{stage}.{}", half.list())))
            .collect();
    }
    let layers = layers(checkpoint, &list)?;
    let stages = layers.split_inclusive(|layer| matches!(layer, Layer::Resample { .. }));
    Ok(stages.map(<[Layer]>::to_vec).collect())
}

fn layers(checkpoint: &Checkpoint, list: &str) -> Result<Vec<Layer>, Failure> {
    (0..checkpoint.count(list))
        .map(|at| {
            let resample = format!("{list}.{at}.resample.1.weight");
            if checkpoint.shape(&resample).is_some() {
                return Ok(Layer::Resample {
                    inputs: checkpoint.length(&resample, 1)?,
                    outputs: checkpoint.length(&resample, 0)?,
                    is_temporal: checkpoint
                        .shape(&format!("{list}.{at}.time_conv.weight"))
                        .is_some(),
                });
            }
            let first = format!("{list}.{at}.residual.2.weight");
            Ok(Layer::Residual {
                inputs: checkpoint.length(&first, 1)?,
                outputs: checkpoint.length(&first, 0)?,
            })
        })
        .collect()
}
