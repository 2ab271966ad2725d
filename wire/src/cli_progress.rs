//! Output of the command lines: progress and outcome of a job, tables of models and of verified files.
//! Lines on stderr for people, or JSON events on stdout for programs.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::{
    Failure, FileVerdict, Installed, InterpolatorInfo, LoraInfo, ModelList, Outcome, Progress,
    SoundShape, Timings, UpscalerInfo,
};

/// Prints the progress of a job.
#[derive(Debug)]
pub struct ProgressReporter {
    /// Events as JSON lines on stdout instead of a line on stderr.
    is_json: bool,
    is_terminal: bool,
    last: String,
}

impl ProgressReporter {
    /// Text on stderr, or with `is_json` JSON lines on stdout.
    pub fn new(is_json: bool) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self {
            is_json,
            is_terminal,
            last: String::new(),
        }
    }

    /// Prints a progress message. On a terminal it replaces the line before.
    pub fn progress(&mut self, progress: &Progress) {
        if self.is_json {
            print_json(&serde_json::to_value(progress));
            return;
        }
        for line in lines_that_stay(progress) {
            let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
            eprintln!("{clear}{line}");
        }
        let Some(line) = progress_line(progress) else {
            return;
        };
        if self.is_terminal {
            eprint!("\r\x1b[K{line}");
            io::stderr().flush().ok();
        } else if line != self.last {
            eprintln!("{line}");
        }
        self.last = line;
    }

    /// Prints how the job ended.
    pub fn outcome(&mut self, outcome: &Outcome) {
        if self.is_json {
            print_json(&serde_json::to_value(outcome));
            return;
        }
        if self.is_terminal && !self.last.is_empty() {
            eprint!("\r\x1b[K");
        }
        match outcome {
            Outcome::Done { timings } => eprintln!("{}", timing_line(timings)),
            Outcome::Failed { failure } => eprintln!("{}", error_text(failure)),
            Outcome::Cancelled => eprintln!("cancelled"),
        }
    }
}

/// A failure as text: the cause, then the remedy on a line of its own.
pub fn error_text(failure: &Failure) -> String {
    match &failure.remedy {
        Some(remedy) => format!("error: {}\n  {remedy}", failure.cause),
        None => format!("error: {}", failure.cause),
    }
}

/// The exit code of a command. Prints a failure on stderr.
pub fn exit_code(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", error_text(&failure));
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "events for programs are what --json is for"
)]
fn print_json(value: &Result<serde_json::Value, serde_json::Error>) {
    if let Ok(value) = value {
        println!("{value}");
    }
}

/// Lines about the job as a whole, which later progress does not replace.
fn lines_that_stay(progress: &Progress) -> Vec<String> {
    match progress {
        Progress::Begun {
            request,
            hint,
            memory,
            seconds,
            ..
        } => {
            let hint = hint.as_ref().map(|hint| format!("hint: {hint}"));
            let memory = memory.as_ref();
            let memory = memory.map(|memory| format!("memory: {}", memory.words()));
            let lines = hint.into_iter().chain(memory);
            let may_end_early = request.voice.is_some();
            lines
                .chain([expected_time(*seconds, may_end_early)])
                .collect()
        }
        Progress::Notice { text } => vec![format!("note: {text}")],
        _ => Vec::new(),
    }
}

/// The time that a clip will take, for the line before its start. A spoken line may be over before its longest time.
fn expected_time(seconds: Option<f64>, may_end_early: bool) -> String {
    let about = if may_end_early { "at most" } else { "about" };
    match seconds {
        Some(seconds) => format!(
            "time: {about} {}, by the speed measured before, without loading",
            duration(seconds)
        ),
        None => "time: not known before the first clip of this model on this device".into(),
    }
}

fn progress_line(progress: &Progress) -> Option<String> {
    Some(match progress {
        Progress::Queued { ahead } => format!("queued, {ahead} ahead"),
        Progress::Begun {
            request, device, ..
        } => format!(
            "{} on {device}: {}x{}, {} frames, seed {}, {} steps",
            request.model.as_deref().unwrap_or("?"),
            request.settings.size[0],
            request.settings.size[1],
            request.settings.frames,
            request.inputs.seed,
            request.settings.steps,
        ),
        Progress::InterpolateBegun { model, device } => format!("{model} on {device}"),
        Progress::UpscaleBegun {
            upscale,
            device,
            scale,
        } => format!(
            "{} on {device}: {scale} times larger",
            upscale.model.as_deref().unwrap_or("?"),
        ),
        Progress::Loading {
            part,
            done_bytes,
            total_bytes,
        } => {
            format!(
                "loading the {part}, {} %",
                percent(*done_bytes as f64 / (*total_bytes).max(1) as f64)
            )
        }
        Progress::Working { what, done } => format!("{what}, {} %", percent(*done)),
        Progress::Step {
            done,
            of,
            seconds_left,
        } => match seconds_left {
            Some(seconds) if done < of => {
                format!("step {done} of {of}, {} left", duration(*seconds))
            }
            _ => format!("step {done} of {of}"),
        },
        Progress::Preview { .. } | Progress::Notice { .. } | Progress::Embedded { .. } => {
            return None;
        }
        Progress::Frames { first, picture } => {
            format!("frame {}", first.saturating_add(picture.frames))
        }
        Progress::Sound {
            first_sample,
            sound,
        } => {
            let end = first_sample.saturating_add(u64::from(sound.samples));
            format!(
                "sound, {:.1} s",
                end as f64 / f64::from(SoundShape::RATE_HZ)
            )
        }
    })
}

fn timing_line(timings: &Timings) -> String {
    format!(
        "done in {} (loading {:.1} s, encoding {:.1} s, steps {:.1} s, frames {:.1} s)",
        duration(timings.total),
        timings.loading,
        timings.encoding,
        timings.denoising,
        timings.decoding
    )
}

/// Percent, rounded down to tens, so that a log gets ten lines and not a hundred.
fn percent(done: f64) -> i64 {
    (done * 10.0).floor() as i64 * 10
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as i64;
    match whole {
        ..=0 => format!("{seconds:.1} s"),
        1..=99 => format!("{whole} s"),
        100..=5999 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Width of the first column of the table of models, unless an id is longer.
const ID_COLUMN: usize = 22;

/// A table of models, upscalers, frame interpolators and LoRAs, and the folders that are searched.
pub fn models_table(list: &ModelList) -> String {
    let mut lines = String::new();
    let ids = list.models.iter().map(|model| &model.id);
    let ids = ids.chain(list.upscalers.iter().map(|upscaler| &upscaler.id));
    let ids = ids.chain(list.interpolators.iter().map(|one| &one.id));
    let ids = ids.chain(list.loras.iter().map(|lora| &lora.name));
    let longest = ids.map(|id| id.chars().count() + 2).max();
    let width = longest.unwrap_or_default().max(ID_COLUMN);
    for model in &list.models {
        let (state, detail) = match &model.installed {
            Installed::Yes { folder } => ("installed", folder.clone()),
            Installed::No { missing } => ("absent", format!("missing {}", missing.join(", "))),
            Installed::Broken { why } => ("BROKEN", why.clone()),
        };
        let abilities: Vec<&str> = model
            .abilities
            .iter()
            .map(|ability| ability.description())
            .collect();
        let size = model.size_bytes as f64 / 1e9;
        writeln!(
            lines,
            "{:<width$}{state:<11}{size:>5.1} GB  {}",
            model.id, model.name
        )
        .ok();
        writeln!(lines, "{:width$}{detail}", "").ok();
        if !model.about.is_empty() {
            writeln!(lines, "{:width$}{}", "", model.about).ok();
        }
        if !abilities.is_empty() {
            writeln!(lines, "{:width$}takes {}", "", abilities.join(", ")).ok();
        }
        writeln!(lines, "{:width$}licence: {}", "", model.licence).ok();
    }
    for UpscalerInfo {
        id, scale, file, ..
    } in &list.upscalers
    {
        let name = &file.name;
        writeln!(lines, "{id:<width$}upscaler, {scale} times larger: {name}").ok();
    }
    for InterpolatorInfo { id, file } in &list.interpolators {
        writeln!(lines, "{id:<width$}frame interpolator: {}", file.name).ok();
    }
    for lora in &list.loras {
        writeln!(lines, "{:<width$}{}", lora.name, lora_line(lora)).ok();
    }
    for bad in &list.bad_cards {
        writeln!(lines, "not used: {bad}").ok();
    }
    let folders = list.folders.join(", ");
    writeln!(lines, "Models are looked for in {folders}").ok();
    lines
}

fn lora_line(lora: &LoraInfo) -> String {
    let size = lora.size_bytes as f64 / 1e9;
    match &lora.base {
        Some(base) => format!("LoRA, {size:.2} GB, trained on {base}"),
        None => format!("LoRA, {size:.2} GB"),
    }
}

/// The verdicts on a model's files, one line per file.
pub fn verdicts_table(verdicts: &[FileVerdict]) -> String {
    let line = |verdict: &FileVerdict| {
        let word = match (&verdict.wrong, verdict.is_known) {
            (Some(_), _) => "DIFFERS from its card",
            (None, true) => "as its card says",
            (None, false) => "no card lists it",
        };
        format!("{}  {}  {word}\n", verdict.sha256, verdict.path)
    };
    verdicts.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Generation, MemoryUse, WeightFile};

    #[test]
    fn memory_and_time_are_reported_before_the_start() {
        let settings = crate::settings::tests::settings();
        let begun = |seconds| Progress::Begun {
            request: Box::new(Generation::<()>::default().with_settings(settings.clone())),
            device: "a processor".into(),
            hint: None,
            memory: Some(MemoryUse {
                plan: "all in memory".into(),
                bytes: 5_000_000_000,
                limit_bytes: 8_000_000_000,
                phases: Vec::new(),
            }),
            seconds,
        };
        let lines = lines_that_stay(&begun(Some(150.0)));
        assert_eq!(lines[0], "memory: all in memory, 5 GB of 8 GB");
        assert!(lines[1].starts_with("time: about 2 min 30 s"), "{lines:?}");
        let lines = lines_that_stay(&begun(None));
        assert!(lines[1].starts_with("time: not known"), "{lines:?}");
    }

    #[test]
    fn the_columns_of_the_table_of_models_stay_apart() {
        let upscaler = |id: &str| UpscalerInfo {
            id: id.to_owned(),
            scale: 2,
            is_guided: false,
            file: WeightFile {
                name: "file.safetensors".into(),
                sha256: None,
                is_for_sound: false,
                is_for_two_stages: false,
            },
        };
        let long = "an-id-of-more-than-two-and-twenty-letters";
        let list = ModelList {
            upscalers: vec![upscaler(long), upscaler("short")],
            ..ModelList::default()
        };
        let table = models_table(&list);
        let columns = table.lines().map(|line| line.find("upscaler, 2 times"));
        let columns: Vec<Option<usize>> = columns.collect();
        let own = Some(long.len() + 2);
        assert_eq!(columns, [own, own, None], "{table}");
    }

    #[test]
    fn a_card_that_is_not_used_is_reported_with_its_remedy() {
        let list = ModelList {
            bad_cards: vec![Failure::bad_file("the card is broken", "mend it")],
            ..ModelList::default()
        };
        let table = models_table(&list);
        assert!(
            table.contains("not used: the card is broken; mend it"),
            "{table}"
        );
    }

    #[test]
    fn a_lora_is_listed_with_its_size_and_the_model_that_it_was_trained_on() {
        let lora = |name: &str, base: Option<&str>| LoraInfo {
            name: name.into(),
            path: format!("/models/loras/{name}"),
            size_bytes: 150_000_000,
            base: base.map(str::to_owned),
            sha256: None,
            stage_control: None,
        };
        let list = ModelList {
            loras: vec![lora("style", Some("a-model")), lora("light", None)],
            ..ModelList::default()
        };
        let table = models_table(&list);
        let has = |name: &str, end: &str| {
            let mut lines = table.lines();
            lines.any(|line| line.starts_with(name) && line.ends_with(end))
        };
        assert!(has("style", "LoRA, 0.15 GB, trained on a-model"), "{table}");
        assert!(has("light", "LoRA, 0.15 GB"), "{table}");
    }
}
