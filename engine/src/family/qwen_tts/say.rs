//! Says a line: text, prompt, codes, wave. Everything runs on networks that are loaded.
//! Source: `qwen_tts` `Qwen3TTSModel`.

use kinora_wire::{Failure, Progress};
use tch::Tensor;

use super::codec::{Codec, Pieces};
use super::config::{ModelConfig, ModelKind};
use super::generate::{Codes, generate};
use super::prompt::{Line, Prompt, Timing, Who};
use super::sampling::Choices;
use super::speaker::ClonedVoice;
use super::talker::Talker;
use super::tokenizer::Tokenizer;
use crate::job::Listener;
use crate::sound::Wave;

/// Most frames of a line: 164 s at 12.5 frames a second, as in the reference.
pub(super) const MOST_FRAMES: usize = 2048;
/// Longest text of a line or an instruction, in letters.
const MOST_LETTERS: usize = 10_000;

/// Loaded networks of one model.
#[derive(Clone, Copy, Debug)]
pub struct Networks<'n> {
    /// The configuration of the model.
    pub config: &'n ModelConfig,
    /// The tokenizer.
    pub tokenizer: &'n Tokenizer,
    /// The talker.
    pub talker: &'n Talker,
    /// The decoder of the codec.
    pub codec: &'n Codec,
}

/// The voice of a line.
#[derive(Clone, Copy, Debug)]
pub enum Voice<'v> {
    /// Described in words, for models that design voices.
    Described(&'v str),
    /// One of the model's own.
    Own {
        /// Its name.
        name: &'v str,
        /// How it speaks. Empty: as it does.
        instruction: &'v str,
    },
    /// Cloned with consent, for models that clone voices.
    Cloned(&'v ClonedVoice),
}

/// What decides how a line sounds.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// What is said.
    pub text: &'w str,
    /// The language by name. Empty or "auto": the model finds it out.
    pub language: &'w str,
    /// The voice.
    pub voice: Voice<'w>,
    /// How codes are chosen.
    pub choices: Choices,
    /// Seed of the choice.
    pub seed: u64,
    /// The line is cut after so many seconds.
    pub most_seconds: f64,
}

/// A line that was said.
#[derive(Debug)]
pub struct Said {
    /// Its sound: one channel.
    pub wave: Wave,
    /// Whether it is whole. If not, it was cut after the most seconds.
    pub is_whole: bool,
}

/// Says a line. `listener` receives progress, and may stop the work before any code and before any piece of the wave.
/// Fails with a refusal before any work if the request cannot be carried out.
pub fn say(
    networks: Networks,
    wanted: &Wanted,
    listener: &mut dyn Listener,
) -> Result<Said, Failure> {
    let codec = networks.codec.config();
    check(networks.config, asked(wanted.voice), wanted.text)?;
    let most_frames = most_frames(codec.frame_rate(), wanted.most_seconds)?;
    let talker = (networks.config, networks.talker, networks.tokenizer);
    let codes = codes_of(talker, wanted, most_frames, listener)?;
    Ok(Said {
        wave: Wave {
            samples: wave_of(networks.codec, &codes, listener)?,
            rate_hz: codec.rate_hz,
        },
        is_whole: codes.has_ended,
    })
}

/// The codes of a line, at most `most_frames`.
pub(super) fn codes_of(
    (config, talker, tokenizer): (&ModelConfig, &Talker, &Tokenizer),
    wanted: &Wanted,
    most_frames: usize,
    listener: &mut dyn Listener,
) -> Result<Codes, Failure> {
    let (who, instruction, timing) = match wanted.voice {
        Voice::Described(description) => (Who::Described, description, Timing::Before),
        Voice::Own { name, instruction } => (Who::Own(name), instruction, Timing::Before),
        Voice::Cloned(voice) => (Who::Cloned(voice), "", Timing::Beside),
    };
    let tokens = tokenizer.line(wanted.text)?;
    let line = Line {
        role: &tokens.role,
        text: &tokens.text,
        instruction: &tokenizer.instruction(instruction)?,
        language: wanted.language,
        who,
        timing,
    };
    let prompt = Prompt::new(talker, config, &line)?;
    let (choices, seed) = (wanted.choices, wanted.seed);
    generate(talker, &prompt, choices, seed, most_frames, listener)
}

/// The wave of codes: 1 x n in [-1, 1], in fp32, on the CPU.
pub(super) fn wave_of(
    codec: &Codec,
    codes: &Codes,
    listener: &mut dyn Listener,
) -> Result<Tensor, Failure> {
    codec.decode(&codes.frames, Pieces::default(), &mut |done| {
        listener.check()?;
        let Some(done) = done else { return Ok(()) };
        let what = "sound".to_owned();
        listener.receive(Progress::Working { what, done }, Vec::new())
    })
}

/// A voice as it is asked for, before anything is cloned.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// By a description.
    Described(&'a str),
    /// One of the model's own, with this instruction.
    Own(&'a str),
    /// A clone.
    Cloned,
}

fn asked(voice: Voice<'_>) -> Asked<'_> {
    match voice {
        Voice::Described(description) => Asked::Described(description),
        Voice::Own { instruction, .. } => Asked::Own(instruction),
        Voice::Cloned(_) => Asked::Cloned,
    }
}

/// Refuses a voice that the model has not, and texts that are too long.
pub(super) fn check(config: &ModelConfig, asked: Asked, text: &str) -> Result<(), Failure> {
    let refuse = |cause: &str, remedy: &str| Err(Failure::refused(cause, remedy));
    match (asked, config.kind) {
        (Asked::Described(_), ModelKind::Design) | (Asked::Cloned, ModelKind::Cloning) => {}
        (Asked::Own(instruction), ModelKind::OwnVoices { takes_instructions }) => {
            if !takes_instructions && !instruction.trim().is_empty() {
                return refuse(
                    "the voices of this model take no instruction",
                    "leave the instruction empty, or use the larger model",
                );
            }
        }
        (Asked::Described(_), _) => {
            return refuse(
                "this model cannot make a voice from a description",
                "use a VoiceDesign model",
            );
        }
        (Asked::Own(_), _) => {
            return refuse(
                "this model has no voices of its own",
                "use a CustomVoice model",
            );
        }
        (Asked::Cloned, _) => {
            return refuse("this model cannot clone a voice", "use a Base model");
        }
    }
    let instruction = match asked {
        Asked::Described(words) | Asked::Own(words) => words,
        Asked::Cloned => "",
    };
    let longest = text.chars().count().max(instruction.chars().count());
    match longest > MOST_LETTERS {
        true => refuse(
            &format!("{longest} letters are too many for a line"),
            &format!("cut the line in parts of at most {MOST_LETTERS} letters"),
        ),
        false => Ok(()),
    }
}

/// The frames of a line that may last so long, by the frame rate of the codec.
pub(super) fn most_frames(frame_rate: f64, most_seconds: f64) -> Result<usize, Failure> {
    let most = MOST_FRAMES as f64 / frame_rate;
    match most_seconds > 0.0 && most_seconds <= most {
        true => Ok((most_seconds * frame_rate).floor() as usize),
        false => Err(Failure::refused(
            format!("a line of {most_seconds} s cannot be said"),
            format!("allow more than 0 s and at most {most} s"),
        )),
    }
}
