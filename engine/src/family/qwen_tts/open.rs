//! Opens a model in the layout of its release: checks its files and that they belong together, then loads its networks.
//! Only headers and small files are read before that.

use std::path::Path;

use kinora_wire::Failure;
use serde::Deserialize;
use tch::{Device, Kind};

use super::codec::{Codec, CodecConfig};
use super::config::{MARKS, ModelConfig};
use super::names::Component;
use super::sampling::{Choice, Choices};
use super::say::Networks;
use super::speaker::SpeakerEncoder;
use super::talker::Talker;
use super::tokenizer::Tokenizer;
use crate::files::read_small;
use crate::weights::{Checkpoint, LONGEST_JSON_BYTES, Survey, load_checked};

/// How codes are chosen, in a release.
const CHOICES: &str = "generation_config.json";

/// A model whose files were checked.
#[derive(Debug)]
pub struct SpeechModel {
    talker: Checkpoint,
    config: ModelConfig,
    speaker: Option<Checkpoint>,
    codec: (Checkpoint, CodecConfig),
    tokenizer: Tokenizer,
    choices: Choices,
}

/// The networks of a model.
#[derive(Debug)]
pub struct Loaded {
    talker: Talker,
    speaker: Option<SpeakerEncoder>,
    codec: Codec,
    tokenizer: Tokenizer,
    config: ModelConfig,
}

/// `generation_config.json`. Missing fields are those of the reference.
#[derive(Deserialize)]
#[serde(default)]
struct Written {
    do_sample: bool,
    top_k: usize,
    top_p: f64,
    temperature: f64,
    repetition_penalty: f64,
    subtalker_dosample: bool,
    subtalker_top_k: usize,
    subtalker_top_p: f64,
    subtalker_temperature: f64,
}

impl Default for Written {
    fn default() -> Self {
        let Choices { penalty, .. } = Choices::default();
        let Choice {
            temperature,
            best,
            share,
        } = Choice::default();
        Self {
            do_sample: true,
            top_k: best,
            top_p: share,
            temperature,
            repetition_penalty: penalty,
            subtalker_dosample: true,
            subtalker_top_k: best,
            subtalker_top_p: share,
            subtalker_temperature: temperature,
        }
    }
}

impl SpeechModel {
    /// Opens the folder of a release. Fails if a component is missing, damaged, or of another model than the others.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let open =
            |component: Component| Checkpoint::open(&folder.join(component.folder()), component);
        let talker = open(Component::Talker)?;
        let config = ModelConfig::detect(&talker)?;
        talker.check(&Survey::of(|weights| Talker::new(&config.talker, weights))?)?;
        let speaker = match &config.speaker {
            None => None,
            Some(shape) => {
                let speaker = open(Component::Speaker)?;
                speaker.check(&Survey::of(|weights| SpeakerEncoder::new(shape, weights))?)?;
                Some(speaker)
            }
        };
        let codec = open(Component::Codec)?;
        let codec_config = CodecConfig::detect(&codec)?;
        codec.check(&Survey::of(|weights| Codec::new(&codec_config, weights))?)?;
        let model = Self {
            talker,
            config,
            speaker,
            codec: (codec, codec_config),
            tokenizer: Tokenizer::in_folder(folder)?,
            choices: choices(&folder.join(CHOICES))?,
        };
        model.check_fit()?;
        Ok(model)
    }

    /// Its configuration.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// How it was made to choose codes.
    pub fn choices(&self) -> Choices {
        self.choices
    }

    /// Its checkpoints.
    pub fn checkpoints(&self) -> impl Iterator<Item = &Checkpoint> {
        let both = [&self.talker, &self.codec.0].into_iter();
        both.chain(&self.speaker)
    }

    /// Loads all networks, the talker in this precision and the others in fp32. `progress` receives the bytes read of
    /// each component, and may stop the loading.
    pub fn load(
        &self,
        device: Device,
        kind: Kind,
        progress: &mut dyn FnMut(Component, u64) -> Result<(), Failure>,
    ) -> Result<Loaded, Failure> {
        let report = &mut |bytes| progress(Component::Talker, bytes);
        let talker = load_checked(&self.talker, device, kind, report, |weights| {
            Talker::new(&self.config.talker, weights)
        })?;
        let speaker = match (&self.speaker, &self.config.speaker) {
            (Some(checkpoint), Some(config)) => {
                let report = &mut |bytes| progress(Component::Speaker, bytes);
                Some(load_checked(
                    checkpoint,
                    device,
                    Kind::Float,
                    report,
                    |weights| SpeakerEncoder::new(config, weights),
                )?)
            }
            _ => None,
        };
        let report = &mut |bytes| progress(Component::Codec, bytes);
        let (checkpoint, config) = &self.codec;
        let codec = load_checked(checkpoint, device, Kind::Float, report, |weights| {
            Codec::new(config, weights)
        })?;
        Ok(Loaded {
            talker,
            speaker,
            codec,
            tokenizer: self.tokenizer.clone(),
            config: self.config.clone(),
        })
    }

    /// Compares the numbers by which the components meet.
    fn check_fit(&self) -> Result<(), Failure> {
        let (talker, codec) = (&self.config.talker, &self.codec.1);
        let meetings = [
            ("codes per frame", codec.quantisers, talker.groups),
            ("first codes", codec.codes, talker.codes - MARKS),
            ("other codes", codec.codes, talker.predictor.codes),
        ];
        let wrong = meetings.iter().find(|(_, has, needs)| has != needs);
        wrong.map_or(Ok(()), |(what, has, needs)| {
            Err(Failure::bad_file(
                format!("the codec has {has} {what} where the talker has {needs}"),
                "use the components of one release together",
            ))
        })
    }
}

impl Loaded {
    /// The networks, for [`say`](super::say::say).
    pub fn networks(&self) -> Networks<'_> {
        Networks {
            config: &self.config,
            tokenizer: &self.tokenizer,
            talker: &self.talker,
            codec: &self.codec,
        }
    }

    /// The speaker encoder, of a model that clones voices.
    pub fn speaker(&self) -> Option<&SpeakerEncoder> {
        self.speaker.as_ref()
    }
}

/// How a model was made to choose codes. Without the file: as the reference does.
fn choices(path: &Path) -> Result<Choices, Failure> {
    let refuse = |why: String| {
        Failure::bad_file(
            format!("{}: {why}", path.display()),
            "fetch it again; it came with the model",
        )
    };
    let written = if path.exists() {
        let text = read_small(path, LONGEST_JSON_BYTES).map_err(refuse)?;
        serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?
    } else {
        Written::default()
    };
    let choice = |temperature: f64, best: usize, share: f64| Choice {
        temperature,
        best,
        share,
    };
    let first = choice(written.temperature, written.top_k, written.top_p);
    let others = choice(
        written.subtalker_temperature,
        written.subtalker_top_k,
        written.subtalker_top_p,
    );
    Ok(Choices {
        first: written.do_sample.then_some(first),
        others: written.subtalker_dosample.then_some(others),
        penalty: written.repetition_penalty,
    })
}
