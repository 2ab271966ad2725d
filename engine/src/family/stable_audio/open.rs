//! Opens a model: checks its files and that they belong together. Only headers are read.

use std::path::{Path, PathBuf};

use kinora_wire::{Failure, SoundSpec};

use super::StableAudio;
use super::autoencoder::{Autoencoder, AutoencoderConfig};
use super::duration::{DurationConfig, DurationEmbedder};
use super::makers_config::MakersConfig;
use super::names::Component;
use super::sampling::SoundSampler;
use super::text::{TextConfig, TextEncoder};
use super::transformer::{Transformer, TransformerConfig};
use crate::family::contract::{ModelFiles, PartName};
use crate::family::gemma::Tokenizer;
use crate::family::part::Part;
use crate::family::tokenizer_place::tokenizer_file;
use crate::weights::Checkpoint;

/// The scheduler's configuration in a release.
const SCHEDULER: &str = "scheduler/scheduler_config.json";
/// Most channels of the sound: the wire carries two.
const MOST_CHANNELS: i64 = 2;

impl StableAudio {
    /// Opens a model's files and checks all their keys. Only the headers are read.
    ///
    /// # Errors
    /// A component is damaged, or of another model than the others; there is no tokenizer, or no scheduler.
    pub fn open(files: &ModelFiles) -> Result<Self, Failure> {
        let text = open_text(&files.text)?;
        let transformer = open_transformer(&files.transformer)?;
        let sampler = match transformer.shape.is_by_map {
            true => MakersConfig::beside(transformer.checkpoint.path())?.sampler()?,
            false => SoundSampler::of_scheduler(&scheduler_of(&files.transformer))?,
        };
        let model = Self {
            transformer,
            autoencoder: open_autoencoder(&files.vae)?,
            duration: open_duration(files.other(PartName::Duration)?)?,
            tokenizer: tokenizer_of(files, &text.checkpoint)?,
            sampler,
            text,
        };
        model.check_fit()?;
        Ok(model)
    }

    /// The solver that it was made for.
    pub fn sampler(&self) -> SoundSampler {
        self.sampler
    }

    /// The shape of its autoencoder.
    pub fn autoencoder(&self) -> &AutoencoderConfig {
        &self.autoencoder.shape
    }

    /// The sounds that it makes.
    pub fn sound(&self) -> SoundSpec {
        let autoencoder = &self.autoencoder.shape;
        SoundSpec {
            shortest_seconds: self.duration.shape.shortest_seconds,
            longest_seconds: self.duration.shape.longest_seconds,
            rate_hz: u32::try_from(autoencoder.rate_hz).unwrap_or(u32::MAX),
            channels: u16::try_from(autoencoder.audio_channels).unwrap_or(u16::MAX),
        }
    }

    /// Whether it can be given a sound of which ranges are made anew.
    pub fn takes_given(&self) -> bool {
        let transformer = &self.transformer.shape;
        let channels = self.autoencoder.shape.latent_channels + 1;
        transformer.patch == 1 && transformer.local_channels == channels
    }

    /// Compares the widths by which the components meet.
    fn check_fit(&self) -> Result<(), Failure> {
        let transformer = &self.transformer.shape;
        let (context, global) = (transformer.context_width, transformer.global_width);
        let (text, duration) = (self.text.shape.width, self.duration.shape.width);
        let autoencoder = &self.autoencoder.shape;
        let meetings = [
            ("text encoder", text, context),
            ("embedding of the duration", duration, context),
            ("embedding of the duration", duration, global),
            (
                "autoencoder",
                autoencoder.latent_channels,
                transformer.channels,
            ),
        ];
        let wrong = meetings.iter().find(|(_, has, needs)| has != needs);
        if let Some((what, has, needs)) = wrong {
            return Err(Failure::bad_file(
                format!("the {what} has {has} channels where the transformer needs {needs}"),
                "use the components of one release together",
            ));
        }
        match autoencoder.audio_channels <= MOST_CHANNELS {
            true => Ok(()),
            false => Err(Failure::bad_file(
                format!(
                    "{} makes sound of {} channels",
                    self.autoencoder.checkpoint.path().display(),
                    autoencoder.audio_channels
                ),
                "use an autoencoder of mono or stereo sound",
            )),
        }
    }
}

/// The autoencoder and the text encoder that fit a transformer, of several files of each. `None` if one is missing.
pub fn companions_of(transformer: &Path, [vaes, texts]: [&[&Path]; 2]) -> Option<[PathBuf; 2]> {
    let shape = open_transformer(transformer).ok()?.shape;
    let fits_vae = |path: &&&Path| {
        let vae = open_autoencoder(path);
        vae.is_ok_and(|vae| vae.shape.latent_channels == shape.channels)
    };
    let fits_text = |path: &&&Path| {
        let text = open_text(path);
        text.is_ok_and(|text| text.shape.width == shape.context_width)
    };
    let vae = vaes.iter().find(fits_vae)?;
    let text = texts.iter().find(fits_text)?;
    Some([vae.to_path_buf(), text.to_path_buf()])
}

/// The failure of a text encoder without a tokenizer.
pub fn no_tokenizer(text: &Checkpoint) -> Failure {
    Failure::bad_file(
        format!("{} carries no tokenizer", text.path().display()),
        "put the tokenizer.json or tokenizer.model of the release beside it",
    )
}

fn tokenizer_of(files: &ModelFiles, text: &Checkpoint) -> Result<Option<PathBuf>, Failure> {
    tokenizer_file(files, Tokenizer::is_inside(text), || no_tokenizer(text))
}

/// The scheduler's configuration beside a transformer: its file, or its folder in the Diffusers layout.
fn scheduler_of(transformer: &Path) -> PathBuf {
    let above = if transformer.is_dir() { 1 } else { 2 };
    let folders = transformer.ancestors().skip(1).take(above);
    let mut places = folders.map(|folder| folder.join(SCHEDULER));
    let nearest = places.next().unwrap_or_else(|| PathBuf::from(SCHEDULER));
    match nearest.is_file() {
        true => nearest,
        false => places.find(|path| path.is_file()).unwrap_or(nearest),
    }
}

fn open_transformer(path: &Path) -> Result<Part<TransformerConfig>, Failure> {
    Part::read(
        path,
        Component::Transformer,
        TransformerConfig::detect,
        Transformer::new,
    )
}

fn open_autoencoder(path: &Path) -> Result<Part<AutoencoderConfig>, Failure> {
    Part::read(
        path,
        Component::Autoencoder,
        AutoencoderConfig::detect,
        Autoencoder::new,
    )
}

fn open_text(path: &Path) -> Result<Part<TextConfig>, Failure> {
    Part::read(path, Component::Text, TextConfig::detect, TextEncoder::new)
}

fn open_duration(path: &Path) -> Result<Part<DurationConfig>, Failure> {
    Part::read(
        path,
        Component::Duration,
        DurationConfig::detect,
        DurationEmbedder::new,
    )
}
