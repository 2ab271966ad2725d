//! Says a line: text, prompt, codes, wave. Everything runs on networks that are loaded.
//! Source: `qwen_tts` `Qwen3TTSModel`.

use kinora_wire::{Failure, Progress};

use super::codec::{Codec, Pieces};
use super::config::{ModelConfig, ModelKind};
use super::generate::generate;
use super::prompt::{Line, Prompt, Timing, Who};
use super::sampling::Choices;
use super::speaker::ClonedVoice;
use super::talker::Talker;
use super::tokenizer::Tokenizer;
use crate::job::Listener;
use crate::sound::Wave;

/// Most frames of a line: 164 s at 12.5 frames a second, as in the reference.
const MOST_FRAMES: usize = 2048;
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
    let most_frames = check(networks, wanted)?;
    let (who, instruction, timing) = match wanted.voice {
        Voice::Described(description) => (Who::Described, description, Timing::Before),
        Voice::Own { name, instruction } => (Who::Own(name), instruction, Timing::Before),
        Voice::Cloned(voice) => (Who::Cloned(voice), "", Timing::Beside),
    };
    let tokens = networks.tokenizer.line(wanted.text)?;
    let line = Line {
        role: &tokens.role,
        text: &tokens.text,
        instruction: &networks.tokenizer.instruction(instruction)?,
        language: wanted.language,
        who,
        timing,
    };
    let prompt = Prompt::new(networks.talker, networks.config, &line)?;
    let (choices, seed) = (wanted.choices, wanted.seed);
    let codes = generate(
        networks.talker,
        &prompt,
        choices,
        seed,
        most_frames,
        listener,
    )?;
    let samples = networks
        .codec
        .decode(&codes.frames, Pieces::default(), &mut |done| {
            listener.check()?;
            let what = "sound".to_owned();
            listener.receive(Progress::Working { what, done }, Vec::new())
        })?;
    Ok(Said {
        wave: Wave {
            samples,
            rate_hz: networks.codec.config().rate_hz,
        },
        is_whole: codes.has_ended,
    })
}

/// Refuses what cannot be said. The most frames.
fn check(networks: Networks, wanted: &Wanted) -> Result<usize, Failure> {
    let refuse = |cause: &str, remedy: &str| Err(Failure::refused(cause, remedy));
    match (wanted.voice, networks.config.kind) {
        (Voice::Described(_), ModelKind::Design) | (Voice::Cloned(_), ModelKind::Cloning) => {}
        (Voice::Own { instruction, .. }, ModelKind::OwnVoices { takes_instructions }) => {
            if !takes_instructions && !instruction.trim().is_empty() {
                return refuse(
                    "the voices of this model take no instruction",
                    "leave the instruction empty, or use the larger model",
                );
            }
        }
        (Voice::Described(_), _) => {
            return refuse(
                "this model cannot make a voice from a description",
                "use a VoiceDesign model",
            );
        }
        (Voice::Own { .. }, _) => {
            return refuse(
                "this model has no voices of its own",
                "use a CustomVoice model",
            );
        }
        (Voice::Cloned(_), _) => {
            return refuse("this model cannot clone a voice", "use a Base model");
        }
    }
    let instruction = match wanted.voice {
        Voice::Described(words) => words,
        Voice::Own { instruction, .. } => instruction,
        Voice::Cloned(_) => "",
    };
    let longest = wanted.text.chars().count().max(instruction.chars().count());
    if longest > MOST_LETTERS {
        return refuse(
            &format!("{longest} letters are too many for a line"),
            &format!("cut the line in parts of at most {MOST_LETTERS} letters"),
        );
    }
    let rate = networks.codec.config().frame_rate();
    let most = MOST_FRAMES as f64 / rate;
    match wanted.most_seconds > 0.0 && wanted.most_seconds <= most {
        true => Ok((wanted.most_seconds * rate).floor() as usize),
        false => refuse(
            &format!("a line of {} s cannot be said", wanted.most_seconds),
            &format!("allow more than 0 s and at most {most} s"),
        ),
    }
}
