//! Opens a model's files: of a release in one file beside Gemma, of one file for each component, or of a folder in the
//! Diffusers layout. All keys are checked, and parts of different versions are refused.

use std::path::{Path, PathBuf};

use kinora_wire::Failure;

use super::Ltx2;
use super::audio::vocoder::{Vocoder, VocoderConfig};
use super::audio::{AudioVae, AudioVaeConfig, SoundPart};
use super::identity::{Component, Identity, Version, agreed};
use super::mismatch::{self, is_of_version, no_tokenizer};
use super::stages::open_upscaler;
use super::text::{Connectors, ConnectorsConfig, GemmaConfig, TextEncoder, TextPart, Tokenizer};
use super::transformer::{Config, Transformer, TransformerNaming};
use super::vae::names::VaeNames;
use super::vae::{Vae, VaeConfig};
use crate::family::contract::{ModelFiles, PartName};
use crate::family::part::Part;
use crate::family::tokenizer_place::tokenizer_file;
use crate::weights::{Checkpoint, Survey};

impl Ltx2 {
    /// Opens a model's files and checks all their keys. Only the headers are read.
    ///
    /// # Errors
    /// A file that is damaged or of another model, and parts that do not belong together, each with its path.
    pub fn open(files: &ModelFiles) -> Result<Self, Failure> {
        let identity = Identity::of(&files.transformer)?;
        let text = open_text(&files.text)?;
        let version = agreed(&identity, &Identity::of(&files.text)?, text.shape.gemma)?;
        refuse_other_versions(version, files)?;
        let model = Self {
            version,
            transformer: open_transformer(&files.transformer)?,
            vae: open_vae(&files.vae)?,
            audio_vae: open_audio_vae(files.other(PartName::AudioVae)?)?,
            vocoder: open_vocoder(files.other(PartName::Vocoder)?)?,
            connectors: open_connectors(
                files.other(PartName::Connectors)?,
                files.other(PartName::Projection)?,
            )?,
            upscaler: files
                .optional(PartName::LatentUpscaler)
                .map(open_upscaler)
                .transpose()?,
            tokenizer: tokenizer_of(files, &text.checkpoint)?,
            text,
        };
        mismatch::refuse(&model)?;
        Ok(model)
    }
}

/// The autoencoder and the text encoder that fit a transformer, of several files of each. A transformer's own file counts
/// first, then the first file without a transformer. `None` if one is missing.
pub fn companions_of(transformer: &Path, [vaes, texts]: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
    let identity = Identity::of(transformer).ok()?;
    let version = identity.version?;
    let form_fits =
        |path: &Path| open_vae(path).is_ok_and(|vae| is_of_version(vae.shape.form(), version));
    let is_apart = |path: &Path| {
        let identity = Identity::of(path);
        identity.is_ok_and(|identity| !identity.has(Component::Transformer))
    };
    let own = vaes.iter().find(|path| **path == transformer);
    let vae = own.or_else(|| {
        let mut apart = vaes.iter();
        apart.find(|path| is_apart(path) && form_fits(path))
    });
    let text = texts.iter().find(|path| {
        let gemma = open_text(path).map(|text| text.shape.gemma);
        let text = Identity::of(path);
        gemma.is_ok_and(|gemma| text.is_ok_and(|text| agreed(&identity, &text, gemma).is_ok()))
    });
    Some([vae?.to_path_buf(), text?.to_path_buf()])
}

fn tokenizer_of(files: &ModelFiles, text: &Checkpoint) -> Result<Option<PathBuf>, Failure> {
    tokenizer_file(files, Tokenizer::is_inside(text), || no_tokenizer(text))
}

/// Refuses a file whose header names another version than the transformer is of.
fn refuse_other_versions(version: Version, files: &ModelFiles) -> Result<(), Failure> {
    let others = files.others.iter().map(|(_, path)| path);
    for path in others.chain([&files.vae]) {
        let Some(other) = Identity::of(path)?
            .version
            .filter(|other| *other != version)
        else {
            continue;
        };
        return Err(Failure::bad_file(
            format!(
                "{} is LTX-{}, and {} is of LTX-{}",
                files.transformer.display(),
                version.name(),
                path.display(),
                other.name()
            ),
            "use the parts that were released together",
        ));
    }
    Ok(())
}

fn open_transformer(path: &Path) -> Result<Part<Config>, Failure> {
    Part::read(path, TransformerNaming, Config::detect, Transformer::new)
}

fn open_vae(path: &Path) -> Result<Part<VaeConfig>, Failure> {
    Part::read(path, VaeNames, VaeConfig::detect, Vae::new)
}

fn open_audio_vae(path: &Path) -> Result<Part<AudioVaeConfig>, Failure> {
    Part::read(
        path,
        SoundPart::Autoencoder,
        AudioVaeConfig::detect,
        AudioVae::new,
    )
}

fn open_vocoder(path: &Path) -> Result<Part<VocoderConfig>, Failure> {
    Part::read(
        path,
        SoundPart::Vocoder,
        VocoderConfig::detect,
        Vocoder::new,
    )
}

fn open_text(path: &Path) -> Result<Part<GemmaConfig>, Failure> {
    Part::read(
        path,
        TextPart::Encoder,
        GemmaConfig::detect,
        TextEncoder::new,
    )
}

/// The connectors, whose projections may lie in another file.
fn open_connectors(
    connectors: &Path,
    projection: &Path,
) -> Result<Part<ConnectorsConfig>, Failure> {
    let apart = match projection == connectors {
        true => Vec::new(),
        false => vec![projection.to_path_buf()],
    };
    Part::open(
        Checkpoint::with_modules(connectors, &apart, TextPart::Connectors)?,
        ConnectorsConfig::detect,
        |shape| Survey::of(|weights| Connectors::new(shape, weights)),
    )
}
