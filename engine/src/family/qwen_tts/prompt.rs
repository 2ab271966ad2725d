//! The prompt of a line: instruction, role, language, voice and text, as rows that the talker reads. In each row a text
//! token and a code or mark are added. Source: `qwen_tts` `Qwen3TTSForConditionalGeneration.generate`.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::{ModelConfig, TalkerConfig};
use super::speaker::ClonedVoice;
use super::talker::Talker;

/// The language that the model finds out itself.
const AUTOMATIC: &str = "auto";
/// The language of the voices that speak a dialect.
const OF_DIALECTS: &str = "chinese";

/// Whose voice speaks.
#[derive(Clone, Copy, Debug)]
pub enum Who<'w> {
    /// Nobody is named: the instruction describes the voice.
    Described,
    /// A voice that came with the model, by name.
    Own(&'w str),
    /// A voice that was cloned.
    Cloned(&'w ClonedVoice),
}

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// All of it before the first code.
    Before,
    /// One token beside each code, as it comes.
    Beside,
}

/// A line in tokens.
#[derive(Clone, Copy, Debug)]
pub struct Line<'l> {
    /// `<|im_start|>assistant\n`.
    pub role: &'l [i64],
    /// What is said. Not empty.
    pub text: &'l [i64],
    /// The instruction with its own role and end, or nothing.
    pub instruction: &'l [i64],
    /// The language by name, "auto" or nothing.
    pub language: &'l str,
    /// Whose voice speaks.
    pub who: Who<'l>,
    /// Where the text stands.
    pub timing: Timing,
}

/// The rows of a line.
#[derive(Debug)]
pub struct Prompt {
    /// Read before the first code: 1 x l x d.
    pub rows: Tensor,
    /// Added to the codes of the frames, one row each: 1 x l x d.
    pub beside: Tensor,
    /// Added to the codes of later frames: 1 x 1 x d.
    pub pad: Tensor,
}

impl Prompt {
    /// The rows of a line. Refused if the language or the voice is unknown, or if nothing is said.
    pub fn new(talker: &Talker, config: &ModelConfig, line: &Line) -> Result<Self, Failure> {
        let marks = talker.config();
        let Some((first, rest)) = line.text.split_first() else {
            return Err(Failure::refused(
                "a line without words cannot be said",
                "write what is said",
            ));
        };
        let before = marks_before(marks, line)?;
        let _no_grad = tch::no_grad_guard();
        let pad = talker.text(&[config.text_pad])?;
        let begin = talker.text(&[config.text_begin])?;
        let end = talker.text(&[config.text_end])?;
        let mut codes = talker.codes(&before);
        if let Some(voice) = voice(talker, line.who)? {
            codes = Tensor::cat(&[&codes, &voice.to_kind(codes.kind())], 1);
        }
        codes = Tensor::cat(&[&codes, &talker.codes(&[marks.pad])], 1);
        let pads = pad.expand([-1, codes.size()[1] - 1, -1], false);
        let head = Tensor::cat(&[&pads, &begin], 1) + codes;
        let mut rows = Vec::new();
        if !line.instruction.is_empty() {
            rows.push(talker.text(line.instruction)?);
        }
        rows.push(talker.text(line.role)?);
        rows.push(head);
        let begins = talker.codes(&[marks.begin]);
        let beside = match line.timing {
            Timing::Before => {
                let text = Tensor::cat(&[&talker.text(line.text)?, &end], 1);
                rows.push(text + talker.codes(&[marks.pad]));
                rows.push(&pad + begins);
                pad.shallow_clone()
            }
            Timing::Beside => {
                rows.push(talker.text(&[*first])? + begins);
                match rest.is_empty() {
                    true => end,
                    false => Tensor::cat(&[&talker.text(rest)?, &end], 1),
                }
            }
        };
        Ok(Self {
            rows: Tensor::cat(&rows, 1),
            beside,
            pad,
        })
    }

    /// What is added to the codes of a frame: 1 x 1 x d.
    pub fn row_beside(&self, frame: i64) -> Tensor {
        match frame < self.beside.size()[1] {
            true => self.beside.narrow(1, frame, 1),
            false => self.pad.shallow_clone(),
        }
    }
}

/// The mark of a language by name; `None`: the model finds it out. Refused if the language is unknown.
pub(super) fn language_mark(marks: &TalkerConfig, language: &str) -> Result<Option<i64>, Failure> {
    let language = language.trim().to_lowercase();
    if language.is_empty() || language == AUTOMATIC {
        return Ok(None);
    }
    let is_known = marks.language_names().any(|name| name == language);
    let mark = marks.languages.get(&language).filter(|_| is_known);
    let mark = mark.ok_or_else(|| unknown("language", &language, marks.language_names()))?;
    Ok(Some(*mark))
}

/// The mark of one of the model's own voices. Refused if there is no such voice.
pub(super) fn voice_mark(marks: &TalkerConfig, name: &str) -> Result<i64, Failure> {
    let mark = marks.voices.get(&name.trim().to_lowercase());
    let names = marks.voices.keys().map(String::as_str);
    mark.copied().ok_or_else(|| unknown("voice", name, names))
}

/// The marks of the language.
fn marks_before(marks: &TalkerConfig, line: &Line) -> Result<Vec<i64>, Failure> {
    let mut mark = language_mark(marks, line.language)?;
    let has_dialect = match line.language.trim().to_lowercase().as_str() {
        "" => true,
        named => [AUTOMATIC, OF_DIALECTS].contains(&named),
    };
    let dialect = match line.who {
        Who::Own(name) => marks.dialects.get(&name.trim().to_lowercase()),
        _ => None,
    };
    if let Some(dialect) = dialect.filter(|_| has_dialect) {
        mark = marks.languages.get(dialect).copied();
    }
    Ok(match mark {
        Some(mark) => vec![marks.think, marks.think_begin, mark, marks.think_end],
        None => vec![marks.no_think, marks.think_begin, marks.think_end],
    })
}

/// The row of a voice: 1 x 1 x d.
fn voice(talker: &Talker, who: Who) -> Result<Option<Tensor>, Failure> {
    let marks = talker.config();
    match who {
        Who::Described => Ok(None),
        Who::Own(name) => {
            let mark = voice_mark(marks, name)?;
            Ok(Some(talker.codes(&[mark])))
        }
        Who::Cloned(voice) => {
            let row = voice.row();
            let (has, needs) = (row.size()[2], marks.layers.width);
            match has == needs {
                true => Ok(Some(row.to_device(talker.device()))),
                false => Err(Failure::refused(
                    format!("the cloned voice has {has} channels where the model needs {needs}"),
                    "clone the voice again with this model",
                )),
            }
        }
    }
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let remedy = match known.is_empty() {
        true => format!("this model has no {what} to choose"),
        false => format!("choose one of {}", known.join(", ")),
    };
    Failure::refused(format!("the {what} `{name}` is unknown"), remedy)
}
