//! The parts that fit a transformer, of several in a folder: the autoencoder with its latents, the text encoder with its
//! width. Only headers are read.

use std::path::{Path, PathBuf};

use super::names::Component;
use super::transformer::Config;
use super::vae::pixels_per_latent;
use super::{open_text, open_vae};
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

fn best(paths: &[&Path], fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let fitting: Vec<&Path> = paths.iter().copied().filter(|path| fits(path)).collect();
    let is_usual = |path: &&Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().to_lowercase().contains(USUAL_NAME)
    };
    let usual = fitting.iter().copied().find(is_usual);
    usual.or(fitting.first().copied()).map(Path::to_path_buf)
}
