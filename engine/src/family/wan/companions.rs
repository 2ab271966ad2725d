//! The parts that fit a transformer, of several in a folder: the autoencoder with its latents, the text encoder with its
//! width, the modules with its widths. Only headers are read.

use std::path::{Path, PathBuf};

use super::names::Component;
use super::transformer::Config;
use super::vae::pixels_per_latent;
use super::{open_text, open_transformer, open_vae};
use crate::weights::Checkpoint;

/// What the files of this family's autoencoders are called. That of Qwen-Image has the same shape as Wan 2.1's.
const USUAL_NAME: &str = "wan";

/// The autoencoder and the text encoder that fit a transformer; of several that do, one with the family's name, or else
/// the first. `None` without one of them, or if the transformer cannot be used.
pub fn companions_of(transformer: &Path, [vaes, texts]: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
    let checkpoint = Checkpoint::open(transformer, Component::Transformer).ok()?;
    let config = Config::detect(&checkpoint).ok()?;
    let latent = [config.out_channels, pixels_per_latent(config.out_channels)];
    let vae = best(vaes, |path| {
        let vae = open_vae(path).map(|vae| vae.shape);
        vae.is_ok_and(|vae| [vae.channels, vae.pixels_per_latent()] == latent)
    });
    let text = best(texts, |path| {
        open_text(path).is_ok_and(|text| text.shape.width == config.text_width)
    });
    Some([vae?, text?])
}

/// The modules that fit a transformer: a control branch for a text-to-video model of its widths and latents.
pub fn modules_of(transformer: &Path, modules: &[&Path]) -> Vec<PathBuf> {
    let fits = |module: &PathBuf| {
        let whole = open_transformer(transformer, std::slice::from_ref(module));
        whole.is_ok_and(|whole| is_controlled(&whole.shape))
    };
    let modules = modules.iter().map(|module| module.to_path_buf());
    modules.filter(fits).collect()
}

/// Whether the control branch of a network takes what its transformer does: the latents of kept and of new frames, and a
/// mask of the pixels that each latent position stands for.
fn is_controlled(config: &Config) -> bool {
    let channels = config.out_channels;
    let mask = pixels_per_latent(channels).pow(2);
    let vace = config.vace.as_ref();
    let fits = vace.is_some_and(|vace| vace.in_channels == 2 * channels + mask);
    fits && config.in_channels == channels
}

fn best(paths: &[&Path], fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let fitting: Vec<&Path> = paths.iter().copied().filter(|path| fits(path)).collect();
    let is_usual = |path: &&Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().to_lowercase().contains(USUAL_NAME)
    };
    let usual = fitting.iter().copied().find(is_usual);
    usual.or(fitting.first().copied()).map(Path::to_path_buf)
}
