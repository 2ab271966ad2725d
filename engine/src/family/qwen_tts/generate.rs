//! The loop that makes the codes of a line: frame by frame, the first code by the talker, the others by the code
//! predictor. Source: `qwen_tts` `Qwen3TTSTalkerForConditionalGeneration.forward`, transformers `GenerationMixin`.

use std::collections::BTreeSet;

use kinora_wire::{Failure, Progress};
use tch::{Device, Kind, Tensor};

use super::config::MARKS;
use super::layer::Cache;
use super::prompt::Prompt;
use super::sampling::{Choice, Choices, Generator, chosen, penalise};
use super::talker::Talker;
use crate::job::Listener;

/// A line has at least so many frames.
pub(super) const LEAST_FRAMES: usize = 2;

/// The codes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// For each frame the codes of all groups.
    pub frames: Vec<Vec<i64>>,
    /// Whether the model ended the line itself, before the most frames.
    pub has_ended: bool,
}

/// Makes the codes of a line, at most `most_frames`. `listener` receives progress, and may stop the work before any
/// code.
pub fn generate(
    talker: &Talker,
    prompt: &Prompt,
    choices: Choices,
    seed: u64,
    most_frames: usize,
    listener: &mut dyn Listener,
) -> Result<Codes, Failure> {
    check(talker, prompt, choices, most_frames)?;
    let _no_grad = tch::no_grad_guard();
    let mut generator = Generator::new(seed);
    let mut cache = Cache::default();
    let mut seen = BTreeSet::new();
    let mut frames = Vec::new();
    listener.check()?;
    let mut state = talker.forward(&prompt.rows, &mut cache);
    while frames.len() < most_frames {
        listener.check()?;
        let mut scores = numbers(&talker.scores(&state))?;
        penalise(&mut scores, &seen, choices.penalty);
        let end = talker.config().end;
        allow(&mut scores, end, frames.len() >= LEAST_FRAMES);
        let first = chosen(&scores, choices.first, &mut generator);
        seen.insert(first);
        let first = first as i64;
        if first == end {
            return Ok(Codes {
                frames,
                has_ended: true,
            });
        }
        let embedded = talker.codes(&[first]);
        let (others, sum) =
            talker
                .predictor()
                .others(&state, &embedded, &mut |scores: &Tensor| {
                    listener.check()?;
                    let scores = numbers(scores)?;
                    Ok(chosen(&scores, choices.others, &mut generator) as i64)
                })?;
        let row = prompt.row_beside(frames.len() as i64);
        frames.push([vec![first], others].concat());
        state = talker.forward(&(embedded + sum + row), &mut cache);
        let progress = Progress::Working {
            what: "speech".into(),
            done: frames.len() as f64 / most_frames as f64,
        };
        listener.receive(progress, Vec::new())?;
    }
    Ok(Codes {
        frames,
        has_ended: false,
    })
}

/// Refuses what cannot be made.
fn check(
    talker: &Talker,
    prompt: &Prompt,
    choices: Choices,
    most_frames: usize,
) -> Result<(), Failure> {
    let drawn = [choices.first, choices.others];
    let is_sound = drawn.iter().flatten().all(Choice::is_sound);
    let penalty = choices.penalty as f32; // as scores are
    if !(is_sound && penalty > 0.0 && penalty.is_finite()) {
        return Err(Failure::refused(
            format!("codes cannot be chosen with {choices:?}"),
            "use a temperature and a penalty above 0, and a share above 0 and at most 1",
        ));
    }
    if most_frames < LEAST_FRAMES {
        return Err(Failure::refused(
            format!("{most_frames} frames are too few for speech"),
            "allow a longer line",
        ));
    }
    let rows = prompt.rows.size()[1] + most_frames as i64;
    let most = talker.config().layers.most_tokens;
    match rows <= most {
        true => Ok(()),
        false => Err(Failure::refused(
            format!("the line needs {rows} tokens where the model was made for {most}"),
            "cut the line in two",
        )),
    }
}

/// Scores on the CPU, in fp32.
fn numbers(scores: &Tensor) -> Result<Vec<f32>, Failure> {
    let flat = scores
        .to_kind(Kind::Float)
        .to_device(Device::Cpu)
        .view([-1]);
    Vec::try_from(flat).map_err(|error| Failure::bug(format!("scores are no numbers: {error}")))
}

/// Leaves codes of the codec, and the end if it is allowed.
fn allow(scores: &mut [f32], end: i64, may_end: bool) {
    let codes = scores.len().saturating_sub(MARKS as usize);
    for (code, score) in scores.iter_mut().enumerate() {
        let is_allowed = match code as i64 == end {
            true => may_end,
            false => code < codes,
        };
        if !is_allowed {
            *score = f32::NEG_INFINITY;
        }
    }
}
