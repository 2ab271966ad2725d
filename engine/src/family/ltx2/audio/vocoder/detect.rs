//! Reads the shape of a vocoder from its weights. Factors and hop cannot be seen in shapes: they are written beside the
//! weights in the Diffusers layout, and else are those of the releases with kernels of the same lengths.

use kinora_wire::Failure;

use super::config::{Activation, End, ExtensionConfig, NetworkConfig, Upsampling, VocoderConfig};
use crate::weights::Checkpoint;

/// The remedy for a file of another kind.
const USE_RELEASED: &str =
    "use a vocoder of LTX-2 as released, with the config.json of its folder if it has one";
/// Kernel and factor of every stage of the released vocoders.
const RELEASED_STAGES: [(i64, i64); 6] = [(16, 6), (15, 5), (12, 6), (11, 5), (8, 2), (4, 2)];
/// Dilations of the convolutions of every block of the released vocoders.
const RELEASED_DILATIONS: [i64; 3] = [1, 3, 5];
/// Samples between the frames of the second spectrogram in the releases.
const RELEASED_HOP: f64 = 80.0;
/// Most stages, and most samples per frame: a damaged or hostile file may claim any number.
const MOST_STAGES: usize = 16;
const MOST_SAMPLES_PER_FRAME: i64 = 10_000;

impl VocoderConfig {
    /// Reads the shape from the weights. Fails if a needed tensor is missing, or the shape is of another kind; the
    /// failure names the tensor. All other shapes are compared when the network is loaded.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let config = match checkpoint.shape("mel_stft.mel_basis") {
            None => Self {
                network: network(checkpoint, "", "upsample_factors")?,
                extension: None,
            },
            Some(_) => Self {
                network: network(checkpoint, "vocoder.", "upsample_factors")?,
                extension: Some(extension(checkpoint)?),
            },
        };
        let per_frame = config.samples_per_frame();
        if per_frame > MOST_SAMPLES_PER_FRAME {
            return Err(refused(
                checkpoint,
                format!("its `ups` make {per_frame} samples of a frame"),
            ));
        }
        if let Some(extension) = &config.extension {
            let [read, written] = [
                extension.network.inputs,
                config.network.outputs.saturating_mul(extension.bins),
            ];
            if read != written {
                return Err(refused(
                    checkpoint,
                    format!(
                        "`bwe_generator.conv_pre.weight` reads {read} channels, where `mel_stft.mel_basis` makes {written}"
                    ),
                ));
            }
        }
        Ok(config)
    }
}

fn refused(checkpoint: &Checkpoint, what: String) -> Failure {
    Failure::bad_file(
        format!("{}: {what}", checkpoint.path().display()),
        USE_RELEASED,
    )
}

fn extension(checkpoint: &Checkpoint) -> Result<ExtensionConfig, Failure> {
    let basis = "mel_stft.stft_fn.forward_basis";
    let network = network(checkpoint, "bwe_generator.", "bwe_upsample_factors")?;
    let window = checkpoint.length(basis, 2)?;
    let hop = checkpoint.setting(&["hop_length"]).unwrap_or(RELEASED_HOP) as i64;
    let factor = network.factor();
    if hop < 1 || hop > window || factor % hop != 0 {
        return Err(refused(
            checkpoint,
            format!(
                "frames of `{basis}` ({window} samples) cannot be {hop} samples apart where `bwe_generator.ups` make {factor}"
            ),
        ));
    }
    Ok(ExtensionConfig {
        network: NetworkConfig {
            end: End::Open,
            ..network
        },
        window,
        hop,
        bins: checkpoint.length("mel_stft.mel_basis", 0)?,
    })
}

/// One network, whose names begin with `prefix`. `factors` is the setting that lists the factors of its stages.
fn network(checkpoint: &Checkpoint, prefix: &str, factors: &str) -> Result<NetworkConfig, Failure> {
    let named = |name: &str| format!("{prefix}{name}");
    let first = named("conv_pre.weight");
    let width = checkpoint.length(&first, 0)?;
    let stages = stages(checkpoint, prefix, factors)?;
    if width >> stages.len() == 0 {
        return Err(refused(
            checkpoint,
            format!(
                "`{first}` is {width} wide, too little to be halved {} times",
                stages.len()
            ),
        ));
    }
    let activation = match checkpoint.shape(&named("resblocks.0.acts1.0.act.alpha")) {
        None => Activation::Leaky,
        Some(_) => Activation::SnakeBeta {
            taps: taps(checkpoint, &named("resblocks.0.acts1.0.upsample.filter"))?,
        },
    };
    Ok(NetworkConfig {
        inputs: checkpoint.length(&first, 1)?,
        width,
        outputs: checkpoint.length(&named("conv_post.weight"), 0)?,
        blocks: blocks(checkpoint, prefix, stages.len())?,
        stages,
        activation,
        has_final_bias: checkpoint.shape(&named("conv_post.bias")).is_some(),
        end: match activation {
            Activation::Leaky => End::Tanh,
            Activation::SnakeBeta { .. } => End::Open,
        },
    })
}

fn taps(checkpoint: &Checkpoint, filter: &str) -> Result<i64, Failure> {
    let taps = checkpoint.length(filter, 2)?;
    match taps % 2 == 0 && taps >= 4 {
        true => Ok(taps),
        false => Err(refused(
            checkpoint,
            format!("`{filter}` has {taps} taps, not an even number from 4 on"),
        )),
    }
}

fn stages(
    checkpoint: &Checkpoint,
    prefix: &str,
    factors: &str,
) -> Result<Vec<Upsampling>, Failure> {
    let list = format!("{prefix}ups");
    let count = checkpoint.count(&list);
    if count == 0 || count > MOST_STAGES {
        return Err(refused(checkpoint, format!("`{list}` has {count} stages")));
    }
    let written = checkpoint.settings(factors).unwrap_or_default();
    let stage = |at: usize| {
        let name = format!("{list}.{at}.weight");
        let kernel = checkpoint.length(&name, 2)?;
        let mut released = RELEASED_STAGES.into_iter();
        let factor = match written.get(at) {
            Some(factor) => Some(*factor as i64),
            None => released
                .find(|stage| stage.0 == kernel)
                .map(|stage| stage.1),
        };
        // A kernel longer than its factor by an odd number would add a sample.
        let whole = factor.filter(|&factor| factor >= 1 && kernel >= factor);
        let whole = whole.filter(|factor| (kernel - factor) % 2 == 0);
        let factor = whole.ok_or_else(|| {
            refused(
                checkpoint,
                format!("the factor of `{name}`, a kernel of length {kernel}, is not known"),
            )
        })?;
        Ok(Upsampling { kernel, factor })
    };
    (0..count).map(stage).collect()
}

/// The blocks of a stage. All stages have the same.
fn blocks(
    checkpoint: &Checkpoint,
    prefix: &str,
    stages: usize,
) -> Result<Vec<(i64, Vec<i64>)>, Failure> {
    let list = format!("{prefix}resblocks");
    let count = checkpoint.count(&list);
    if count == 0 || !count.is_multiple_of(stages) {
        return Err(refused(
            checkpoint,
            format!("`{list}` has {count} blocks, which {stages} stages cannot share evenly"),
        ));
    }
    let block = |at: usize| {
        let convs = format!("{list}.{at}.convs1");
        let pairs = checkpoint.count(&convs);
        let name = format!("{convs}.0.weight");
        let kernel = checkpoint.length(&name, 2)?;
        if pairs != RELEASED_DILATIONS.len() || kernel % 2 == 0 {
            return Err(refused(
                checkpoint,
                format!(
                    "`{convs}` has {pairs} convolutions of length {kernel}, not {} of odd length",
                    RELEASED_DILATIONS.len()
                ),
            ));
        }
        Ok((kernel, RELEASED_DILATIONS.to_vec()))
    };
    (0..count / stages).map(block).collect()
}
