//! Reads the shape of a latent upscaler from its weights. Only a scale of 3/4 or 3/2 must be written beside them.

use kinora_wire::Failure;

use super::layers::GROUPS;
use super::{Resampler, UpsamplerConfig};
use crate::weights::Checkpoint;

/// The remedy for a file of another kind.
const USE_RELEASED: &str =
    "use a latent upscaler (spatial or temporal) of LTX-2 as its makers released it";
/// Settings that hold the scale: of diffusers and of the original release.
const SCALE: [&str; 2] = ["rational_spatial_scale", "spatial_scale"];
/// The known scales as fractions.
const SCALES: [(f64, [i64; 2]); 4] = [(0.75, [3, 4]), (1.5, [3, 2]), (2.0, [2, 1]), (4.0, [4, 1])];

impl UpsamplerConfig {
    /// Reads the shape from the weights. Fails, with the name of the tensor, if a needed one is missing or does not fit.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let first = "initial_conv.weight";
        let width = length(checkpoint, first, 0)?;
        if width % GROUPS != 0 {
            return Err(failure(
                checkpoint,
                &format!("`{first}` makes {width} channels, which are not {GROUPS} even groups"),
            ));
        }
        let is_per_frame = rank(checkpoint, first) == 4;
        let resampler = resampler(checkpoint, width)?;
        if is_per_frame && resampler.over_time().is_some() {
            return Err(failure(
                checkpoint,
                &format!("`{first}` sees single frames, `upsampler.0.weight` sees several"),
            ));
        }
        Ok(Self {
            channels: length(checkpoint, first, 1)?,
            width,
            blocks: ["res_blocks", "post_upsample_res_blocks"].map(|list| checkpoint.count(list)),
            is_per_frame,
            resampler,
        })
    }
}

fn resampler(checkpoint: &Checkpoint, width: i64) -> Result<Resampler, Failure> {
    let [rational, plain] = ["upsampler.conv.weight", "upsampler.0.weight"];
    let is_rational = checkpoint.shape(rational).is_some();
    let name = if is_rational { rational } else { plain };
    let made = length(checkpoint, name, 0)?;
    let known = match (made % width == 0).then_some(made / width) {
        Some(volume) if is_rational => rational_of(checkpoint, volume)?,
        Some(4) if rank(checkpoint, name) == 4 => Some(Resampler::Side),
        Some(2) if rank(checkpoint, name) == 5 => Some(Resampler::Frames),
        Some(8) if rank(checkpoint, name) == 5 => Some(Resampler::Both),
        _ => None,
    };
    known.ok_or_else(|| {
        failure(
            checkpoint,
            &format!("`{name}` makes {made} channels of {width}, which is no known scale"),
        )
    })
}

/// The rational resampler whose convolution makes this many numbers of one. A file that names no scale has the one of
/// that number, if there is but one.
fn rational_of(checkpoint: &Checkpoint, volume: i64) -> Result<Option<Resampler>, Failure> {
    let fits = |[times, _]: [i64; 2]| times * times == volume;
    let written = checkpoint.setting(&SCALE);
    let is_written = |scale: f64| written.is_none_or(|written| (written - scale).abs() < 1e-6);
    let mut fractions = SCALES
        .into_iter()
        .filter(|&(scale, fraction)| is_written(scale) && fits(fraction))
        .map(|(_, fraction)| fraction);
    let Some([times, divisor]) = fractions.next() else {
        return Ok(None);
    };
    if fractions.next().is_some() {
        return Err(Failure::bad_file(
            format!(
                "{}: it does not say whether it scales by 3/4 or by 3/2",
                checkpoint.path().display()
            ),
            "put the upscaler's config.json, which names its scale, beside the weights",
        ));
    }
    Ok(Some(Resampler::Rational { times, divisor }))
}

fn rank(checkpoint: &Checkpoint, name: &str) -> usize {
    checkpoint.shape(name).map_or(0, <[i64]>::len)
}

fn length(checkpoint: &Checkpoint, name: &str, axis: usize) -> Result<i64, Failure> {
    let shape = checkpoint.shape(name);
    let length = shape.and_then(|shape| shape.get(axis)).copied();
    let length = length.filter(|&length| length > 0);
    length.ok_or_else(|| failure(checkpoint, &format!("it has no usable `{name}`")))
}

fn failure(checkpoint: &Checkpoint, what: &str) -> Failure {
    let path = checkpoint.path().display();
    Failure::bad_file(format!("{path}: {what}"), USE_RELEASED)
}
