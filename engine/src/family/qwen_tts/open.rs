//! Opens a model in the layout of its release: checks its files and that they belong together, then loads its networks.
//! Only headers and small files are read before that.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use kinora_wire::{CodeSampling, Failure, SpeechSampling};
use serde::Deserialize;
use tch::{Device, Kind};

use super::codec::{Codec, CodecConfig};
use super::config::{MARKS, ModelConfig};
use super::names::Component;
use super::sampling::{Choice, Choices};
use super::say::Networks;
use super::speaker::{SpeakerConfig, SpeakerEncoder};
use super::talker::Talker;
use super::tokenizer::Tokenizer;
use crate::family::contract::ModelFiles;
use crate::family::part::Part;
use crate::files::read_small;
use crate::model_cache::LoadedModels;
use crate::weights::{Checkpoint, LONGEST_JSON_BYTES, Weights, file_identity, load_checked};

/// How codes are chosen, in a release.
const CHOICES: &str = "generation_config.json";

/// A model whose files were checked.
#[derive(Debug)]
pub struct SpeechModel {
    /// Its shape is that of the whole model.
    pub(super) talker: Part<ModelConfig>,
    /// Of models that clone voices.
    pub(super) speaker: Option<Part<SpeakerConfig>>,
    pub(super) codec: Part<CodecConfig>,
    /// The files of the tokenizer, which is read when a line is said.
    pub(super) tokenizer: Vec<PathBuf>,
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
        Self::of_parts(folder, &folder.join(Component::Codec.folder()), folder)
    }

    /// Opens the files that were found of a model.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn of_files(files: &ModelFiles) -> Result<Self, Failure> {
        let beside = match files.transformer.is_dir() {
            true => Some(files.transformer.as_path()),
            false => files.transformer.parent(),
        };
        let tokenizer = files.tokenizer.as_deref().and_then(Path::parent);
        let home = tokenizer.or(beside).unwrap_or(Path::new("."));
        Self::of_parts(&files.transformer, &files.vae, home)
    }

    /// `home` is the folder of the tokenizer and of how codes are chosen.
    fn of_parts(talker: &Path, codec: &Path, home: &Path) -> Result<Self, Failure> {
        let path = talker;
        let talker = open_talker(path)?;
        let speaker = talker.shape.speaker.as_ref();
        let speaker = speaker.map(|shape| open_speaker(path, shape)).transpose()?;
        let model = Self {
            talker,
            speaker,
            codec: Part::read(codec, Component::Codec, CodecConfig::detect, Codec::new)?,
            tokenizer: Tokenizer::files_in(home)?,
            choices: choices(&home.join(CHOICES))?,
        };
        model.check_fit()?;
        Ok(model)
    }

    /// Its configuration.
    pub fn config(&self) -> &ModelConfig {
        &self.talker.shape
    }

    /// How it was made to choose codes.
    pub fn choices(&self) -> Choices {
        self.choices
    }

    /// Its checkpoints.
    pub fn checkpoints(&self) -> impl Iterator<Item = &Checkpoint> {
        let both = [&self.talker.checkpoint, &self.codec.checkpoint].into_iter();
        both.chain(self.speaker.as_ref().map(|speaker| &speaker.checkpoint))
    }

    /// Reads the tokenizer.
    fn read_tokenizer(&self) -> Result<Tokenizer, Failure> {
        let folder = self.tokenizer.first().and_then(|file| file.parent());
        Tokenizer::in_folder(folder.unwrap_or(Path::new(".")))
    }

    /// The tokenizer, which stays in memory for the next line.
    pub(super) fn tokenizer(&self, models: &mut LoadedModels) -> Result<Rc<Tokenizer>, Failure> {
        let files = self.tokenizer.iter();
        let identity = files.map(|file| file_identity(file)).collect();
        models.tokenizer(identity, || self.read_tokenizer())
    }

    /// Loads all networks, the talker in this precision and the others in fp32. `progress` receives the bytes read of
    /// each component, and may stop the loading.
    pub fn load(
        &self,
        device: Device,
        kind: Kind,
        progress: &mut dyn FnMut(Component, u64) -> Result<(), Failure>,
    ) -> Result<Loaded, Failure> {
        let Part { checkpoint, shape } = &self.talker;
        let report = &mut |bytes| progress(Component::Talker, bytes);
        let talker = load_checked(checkpoint, device, kind, report, |weights| {
            Talker::new(&shape.talker, weights)
        })?;
        let speaker = self.speaker.as_ref().map(|Part { checkpoint, shape }| {
            let report = &mut |bytes| progress(Component::Speaker, bytes);
            load_checked(checkpoint, device, Kind::Float, report, |weights| {
                SpeakerEncoder::new(shape, weights)
            })
        });
        let speaker = speaker.transpose()?;
        let Part { checkpoint, shape } = &self.codec;
        let report = &mut |bytes| progress(Component::Codec, bytes);
        let codec = load_checked(checkpoint, device, Kind::Float, report, |weights| {
            Codec::new(shape, weights)
        })?;
        Ok(Loaded {
            talker,
            speaker,
            codec,
            tokenizer: self.read_tokenizer()?,
            config: self.config().clone(),
        })
    }

    /// Compares the numbers by which the components meet.
    fn check_fit(&self) -> Result<(), Failure> {
        let (talker, codec) = (&self.config().talker, &self.codec.shape);
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

fn open_talker(path: &Path) -> Result<Part<ModelConfig>, Failure> {
    let build = |config: &ModelConfig, weights: Weights| Talker::new(&config.talker, weights);
    Part::read(path, Component::Talker, ModelConfig::detect, build)
}

/// The speaker encoder in the talker's files, in the shape that their configuration has for it.
fn open_speaker(path: &Path, shape: &SpeakerConfig) -> Result<Part<SpeakerConfig>, Failure> {
    let shape = |_: &Checkpoint| Ok(shape.clone());
    Part::read(path, Component::Speaker, shape, SpeakerEncoder::new)
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

/// How codes are chosen, as a request has it. Without a choice the temperature is 0.
pub(super) fn sampling_of(choices: Choices) -> SpeechSampling {
    let codes = |choice: Option<Choice>| {
        choice.map_or_else(CodeSampling::default, |choice| CodeSampling {
            temperature: choice.temperature,
            top_k: u32::try_from(choice.best).unwrap_or(u32::MAX),
            top_p: choice.share,
        })
    };
    SpeechSampling {
        first: codes(choices.first),
        others: codes(choices.others),
        repetition_penalty: choices.penalty,
    }
}

/// How codes are chosen by a request.
pub(super) fn choices_of(sampling: SpeechSampling) -> Choices {
    let choice = |codes: CodeSampling| {
        (codes.temperature > 0.0).then_some(Choice {
            temperature: codes.temperature,
            best: codes.top_k as usize,
            share: codes.top_p,
        })
    };
    Choices {
        first: choice(sampling.first),
        others: choice(sampling.others),
        penalty: sampling.repetition_penalty,
    }
}
