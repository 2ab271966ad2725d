//! The configuration of a model: from the release's `config.json`. What would change the speech and is not supported is
//! refused by the name of its field. Source: `qwen_tts` `core/models/configuration_qwen3_tts.py`, whose defaults count.

use std::collections::BTreeMap;

use kinora_wire::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::layer_config::{LayersConfig, MOST, MOST_LAYERS, counted};
use super::speaker::SpeakerConfig;
use crate::weights::Checkpoint;

/// The only codec that is known.
const CODEC: &str = "qwen3_tts_tokenizer_12hz";
/// Codes at the end of the talker's vocabulary that are no codes of the codec, but mark languages, voices and the like.
pub const MARKS: i64 = 1024;

/// Which voices a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// Clones voices: "base".
    Cloning,
    /// Invents a voice from a description: `voice_design`.
    Design,
    /// Has voices of its own: `custom_voice`.
    OwnVoices {
        /// Whether a line may come with an instruction. The small model was not trained for it.
        takes_instructions: bool,
    },
}

/// The configuration of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Which voices it has.
    pub kind: ModelKind,
    /// The talker.
    pub talker: TalkerConfig,
    /// The speaker encoder, of models that clone voices.
    pub speaker: Option<SpeakerConfig>,
    /// The text token that stands beside codes without text.
    pub text_pad: i64,
    /// The text token before the text.
    pub text_begin: i64,
    /// The text token after the text.
    pub text_end: i64,
}

/// The configuration of the talker.
#[derive(Clone, Debug, PartialEq)]
pub struct TalkerConfig {
    /// Its layers.
    pub layers: LayersConfig,
    /// Size of its vocabulary of codes and marks.
    pub codes: i64,
    /// Size of the vocabulary of text.
    pub text_vocabulary: i64,
    /// Channels of a text token.
    pub text_width: i64,
    /// Codes per frame.
    pub groups: i64,
    /// The code predictor.
    pub predictor: PredictorConfig,
    /// The mark without meaning, beside text.
    pub pad: i64,
    /// The mark before the first code.
    pub begin: i64,
    /// The mark after the last code.
    pub end: i64,
    /// The mark before a language.
    pub think: i64,
    /// The mark instead of a language.
    pub no_think: i64,
    /// The mark that begins the language.
    pub think_begin: i64,
    /// The mark that ends the language.
    pub think_end: i64,
    /// Marks of the languages and dialects, by name.
    pub languages: BTreeMap<String, i64>,
    /// Marks of the voices, by name in small letters.
    pub voices: BTreeMap<String, i64>,
    /// The dialect of voices that have one.
    pub dialects: BTreeMap<String, String>,
}

/// The configuration of the code predictor.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictorConfig {
    /// Its layers.
    pub layers: LayersConfig,
    /// Size of each codebook.
    pub codes: i64,
}

#[derive(Deserialize)]
struct Written {
    tokenizer_type: Option<String>,
    tts_model_size: Option<String>,
    tts_model_type: Option<String>,
    talker_config: Map<String, Value>,
    speaker_encoder_config: Option<Map<String, Value>>,
    #[serde(default = "pad")]
    tts_pad_token_id: i64,
    #[serde(default = "begin")]
    tts_bos_token_id: i64,
    #[serde(default = "end")]
    tts_eos_token_id: i64,
}

fn pad() -> i64 {
    151_671
}

fn begin() -> i64 {
    151_672
}

fn end() -> i64 {
    151_673
}

#[derive(Deserialize)]
struct WrittenTalker {
    vocab_size: i64,
    text_vocab_size: i64,
    text_hidden_size: i64,
    num_code_groups: i64,
    code_predictor_config: Map<String, Value>,
    codec_pad_id: i64,
    codec_bos_id: i64,
    codec_eos_token_id: i64,
    codec_think_id: i64,
    codec_nothink_id: i64,
    codec_think_bos_id: i64,
    codec_think_eos_id: i64,
    codec_language_id: Option<BTreeMap<String, i64>>,
    spk_id: Option<BTreeMap<String, i64>>,
    spk_is_dialect: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct WrittenPredictor {
    vocab_size: i64,
    num_code_groups: i64,
}

impl ModelConfig {
    /// Reads the configuration beside a model's weights.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let path = checkpoint.path().with_file_name("config.json");
        Self::read(checkpoint.config()).map_err(|why| {
            Failure::bad_file(
                format!("{}: {why}", path.display()),
                "put the config.json of the release beside the weights of the model",
            )
        })
    }

    fn read(written: &Map<String, Value>) -> Result<Self, String> {
        let written: Written = parsed(written)?;
        if let Some(other) = written.tokenizer_type.filter(|name| name != CODEC) {
            return Err(format!("`tokenizer_type` is `{other}`, which is unknown"));
        }
        let is_small = written.tts_model_size.as_deref() == Some("0b6");
        let kind = match written.tts_model_type.as_deref() {
            Some("base") => ModelKind::Cloning,
            Some("voice_design") => ModelKind::Design,
            Some("custom_voice") => ModelKind::OwnVoices {
                takes_instructions: !is_small,
            },
            other => {
                let other = other.unwrap_or("nothing");
                return Err(format!("`tts_model_type` is `{other}`, which is unknown"));
            }
        };
        let talker = TalkerConfig::read(&written.talker_config)
            .map_err(|why| format!("`talker_config`: {why}"))?;
        let speaker = match kind {
            ModelKind::Cloning => {
                let written = written.speaker_encoder_config.unwrap_or_default();
                let speaker = SpeakerConfig::read(&written, talker.layers.width);
                Some(speaker.map_err(|why| format!("`speaker_encoder_config`: {why}"))?)
            }
            _ => None,
        };
        let marks = [
            ("tts_pad_token_id", written.tts_pad_token_id),
            ("tts_bos_token_id", written.tts_bos_token_id),
            ("tts_eos_token_id", written.tts_eos_token_id),
        ];
        for (name, mark) in marks {
            known(name, mark, talker.text_vocabulary)?;
        }
        Ok(Self {
            kind,
            talker,
            speaker,
            text_pad: written.tts_pad_token_id,
            text_begin: written.tts_bos_token_id,
            text_end: written.tts_eos_token_id,
        })
    }
}

impl TalkerConfig {
    fn read(fields: &Map<String, Value>) -> Result<Self, String> {
        let written: WrittenTalker = parsed(fields)?;
        let layers = LayersConfig::of_talker(fields)?;
        let predictor = PredictorConfig::read(&written)
            .map_err(|why| format!("`code_predictor_config`: {why}"))?;
        let languages = written.codec_language_id.unwrap_or_default();
        let voices = lower_case(written.spk_id.unwrap_or_default());
        let dialects = written.spk_is_dialect.unwrap_or_default();
        let dialects = lower_case(dialects)
            .into_iter()
            .filter_map(|(name, dialect)| {
                let dialect = dialect.as_str()?.to_owned();
                Some((name, dialect))
            });
        let talker = Self {
            layers,
            codes: counted("vocab_size", written.vocab_size, MOST)?,
            text_vocabulary: counted("text_vocab_size", written.text_vocab_size, MOST)?,
            text_width: counted("text_hidden_size", written.text_hidden_size, MOST)?,
            groups: written.num_code_groups,
            predictor,
            pad: written.codec_pad_id,
            begin: written.codec_bos_id,
            end: written.codec_eos_token_id,
            think: written.codec_think_id,
            no_think: written.codec_nothink_id,
            think_begin: written.codec_think_bos_id,
            think_end: written.codec_think_eos_id,
            languages,
            voices,
            dialects: dialects.collect(),
        };
        talker.check()?;
        Ok(talker)
    }

    /// Refuses marks outside the vocabulary, and dialects without a mark.
    fn check(&self) -> Result<(), String> {
        let marks = [
            ("codec_pad_id", self.pad),
            ("codec_bos_id", self.begin),
            ("codec_eos_token_id", self.end),
            ("codec_think_id", self.think),
            ("codec_nothink_id", self.no_think),
            ("codec_think_bos_id", self.think_begin),
            ("codec_think_eos_id", self.think_end),
        ];
        let marks = marks.into_iter();
        let languages = self
            .languages
            .values()
            .map(|mark| ("codec_language_id", *mark));
        let voices = self.voices.values().map(|mark| ("spk_id", *mark));
        for (name, mark) in marks.chain(languages).chain(voices) {
            known(name, mark, self.codes)?;
        }
        let codes = self.codes - MARKS;
        if codes < 1 || codes > self.predictor.codes {
            return Err(format!(
                "`vocab_size` is {}, which leaves {codes} codes where a codebook has {}",
                self.codes, self.predictor.codes
            ));
        }
        let mut dialects = self.dialects.values();
        match dialects.find(|dialect| !self.languages.contains_key(*dialect)) {
            None => Ok(()),
            Some(dialect) => Err(format!(
                "`spk_is_dialect` has `{dialect}`, which `codec_language_id` lacks"
            )),
        }
    }

    /// The languages that can be asked for: dialects come with their voices.
    pub fn language_names(&self) -> impl Iterator<Item = &str> {
        let names = self.languages.keys().map(String::as_str);
        names.filter(|name| !name.contains("dialect"))
    }
}

impl PredictorConfig {
    fn read(talker: &WrittenTalker) -> Result<Self, String> {
        let fields = &talker.code_predictor_config;
        let written: WrittenPredictor = parsed(fields)?;
        let groups = counted("num_code_groups", written.num_code_groups, MOST_LAYERS)?;
        if groups != talker.num_code_groups || groups < 2 {
            return Err(format!(
                "`num_code_groups` is {groups} where the talker has {}",
                talker.num_code_groups
            ));
        }
        Ok(Self {
            layers: LayersConfig::of_talker(fields)?,
            codes: counted("vocab_size", written.vocab_size, MOST)?,
        })
    }
}

fn known(name: &str, mark: i64, count: i64) -> Result<(), String> {
    match (0..count).contains(&mark) {
        true => Ok(()),
        false => Err(format!("`{name}` has {mark}, of {count}")),
    }
}

fn lower_case<Of>(names: BTreeMap<String, Of>) -> BTreeMap<String, Of> {
    let names = names.into_iter();
    names.map(|(name, of)| (name.to_lowercase(), of)).collect()
}

fn parsed<Fields: serde::de::DeserializeOwned>(
    written: &Map<String, Value>,
) -> Result<Fields, String> {
    serde_json::from_value(Value::Object(written.clone())).map_err(|error| error.to_string())
}
