//! Opens a model in the Diffusers layout: checks its files and that they belong together, then loads its networks.
//! Only headers are read before that.

use std::path::Path;

use kinora_wire::Failure;
use tch::{Device, Kind};

use super::autoencoder::{Autoencoder, AutoencoderConfig};
use super::duration::{DurationConfig, DurationEmbedder};
use super::make::Networks;
use super::names::Component;
use super::sampling::SoundSampler;
use super::text::{TextConfig, TextEncoder};
use super::transformer::{Transformer, TransformerConfig};
use crate::weights::{Checkpoint, Survey, load_checked};

/// The scheduler's configuration in a release.
const SCHEDULER: &str = "scheduler/scheduler_config.json";

/// A model whose files were checked.
#[derive(Debug)]
pub struct SoundModel {
    transformer: (Checkpoint, TransformerConfig),
    autoencoder: (Checkpoint, AutoencoderConfig),
    text: (Checkpoint, TextConfig),
    duration: (Checkpoint, DurationConfig),
    sampler: SoundSampler,
}

/// The networks of a model.
#[derive(Debug)]
pub struct Loaded {
    transformer: Transformer,
    autoencoder: Autoencoder,
    text: TextEncoder,
    duration: DurationEmbedder,
}

impl SoundModel {
    /// Opens the folder of a release. Fails if a component is missing, damaged, or of another model than the others.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let open =
            |component: Component| Checkpoint::open(&folder.join(component.folder()), component);
        let checkpoint = open(Component::Transformer)?;
        let transformer = TransformerConfig::detect(&checkpoint)?;
        checkpoint.check(&Survey::of(|weights| {
            Transformer::new(&transformer, weights)
        })?)?;
        let transformer = (checkpoint, transformer);
        let checkpoint = open(Component::Autoencoder)?;
        let autoencoder = AutoencoderConfig::detect(&checkpoint)?;
        checkpoint.check(&Survey::of(|weights| {
            Autoencoder::new(&autoencoder, weights)
        })?)?;
        let autoencoder = (checkpoint, autoencoder);
        let checkpoint = open(Component::Text)?;
        let text = TextConfig::detect(&checkpoint)?;
        checkpoint.check(&Survey::of(|weights| TextEncoder::new(&text, weights))?)?;
        let text = (checkpoint, text);
        let checkpoint = open(Component::Duration)?;
        let duration = DurationConfig::detect(&checkpoint)?;
        checkpoint.check(&Survey::of(|weights| {
            DurationEmbedder::new(&duration, weights)
        })?)?;
        let model = Self {
            transformer,
            autoencoder,
            text,
            duration: (checkpoint, duration),
            sampler: SoundSampler::of_scheduler(&folder.join(SCHEDULER))?,
        };
        model.check_fit()?;
        Ok(model)
    }

    /// The solver that it was made for.
    pub fn sampler(&self) -> SoundSampler {
        self.sampler
    }

    /// Its checkpoints.
    pub fn checkpoints(&self) -> [&Checkpoint; 4] {
        [
            &self.transformer.0,
            &self.autoencoder.0,
            &self.text.0,
            &self.duration.0,
        ]
    }

    /// Loads all networks. `progress` receives the bytes read of each component, and may stop the loading.
    pub fn load(
        &self,
        device: Device,
        kind: Kind,
        progress: &mut dyn FnMut(Component, u64) -> Result<(), Failure>,
    ) -> Result<Loaded, Failure> {
        let report = &mut |bytes| progress(Component::Text, bytes);
        let (checkpoint, config) = &self.text;
        let text = load_checked(checkpoint, device, kind, report, |weights| {
            TextEncoder::new(config, weights)
        })?;
        let report = &mut |bytes| progress(Component::Duration, bytes);
        let (checkpoint, config) = &self.duration;
        let duration = load_checked(checkpoint, device, kind, report, |weights| {
            DurationEmbedder::new(config, weights)
        })?;
        let report = &mut |bytes| progress(Component::Transformer, bytes);
        let (checkpoint, config) = &self.transformer;
        let transformer = load_checked(checkpoint, device, kind, report, |weights| {
            Transformer::new(config, weights)
        })?;
        let report = &mut |bytes| progress(Component::Autoencoder, bytes);
        let (checkpoint, config) = &self.autoencoder;
        let autoencoder = load_checked(checkpoint, device, kind, report, |weights| {
            Autoencoder::new(config, weights)
        })?;
        Ok(Loaded {
            transformer,
            autoencoder,
            text,
            duration,
        })
    }

    /// Compares the widths by which the components meet.
    fn check_fit(&self) -> Result<(), Failure> {
        let transformer = &self.transformer.1;
        let (context, global) = (transformer.context_width, transformer.global_width);
        let meetings = [
            ("text encoder", self.text.1.width, context),
            ("embedding of the duration", self.duration.1.width, context),
            ("embedding of the duration", self.duration.1.width, global),
            (
                "autoencoder",
                self.autoencoder.1.latent_channels,
                transformer.channels,
            ),
        ];
        let wrong = meetings.iter().find(|(_, has, needs)| has != needs);
        wrong.map_or(Ok(()), |(what, has, needs)| {
            Err(Failure::bad_file(
                format!("the {what} has {has} channels where the transformer needs {needs}"),
                "use the components of one release together",
            ))
        })
    }
}

impl Loaded {
    /// The networks, for [`make`](super::make::make).
    pub fn networks(&self) -> Networks<'_> {
        Networks {
            text: &self.text,
            duration: &self.duration,
            transformer: &self.transformer,
            autoencoder: &self.autoencoder,
        }
    }
}
