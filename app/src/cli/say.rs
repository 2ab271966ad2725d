//! `kinora say`: a line in a voice, as a sound file. A voice is cloned only with consent.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kinora_studio::generate::clip_file::{ClipFile, check_place_with_sound};
use kinora_studio::generate::given_sound::GivenSound;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::shot_sound::{LineVoice, SoundUse, line_seconds};
use kinora_studio::wire::{
    ClipInputs, CodeSampling, Failure, Generation, Installed, Makes, ModelInfo, Outcome,
    PartialSettings, ProgressReporter, SpeechSampling, Voice, size_bytes,
};
use kinora_studio::{FrameRate, engine};

use super::generate::{cancelled_by_ctrl_c, write_clip};

/// `say`.
#[derive(Debug, Args)]
pub struct SayArguments {
    /// What is said.
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// How the voice sounds. Of a model with voices of its own: the name of one, and after a comma how it speaks.
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present = "recording",
        allow_hyphen_values = true
    )]
    voice: Option<String>,
    /// A recording of one voice alone, from which it is cloned: a sound or a video of some seconds.
    #[arg(long, value_name = "FILE", conflicts_with = "voice")]
    recording: Option<PathBuf>,
    /// Whose voice the recording is, and by what right it is cloned. Nothing is cloned without.
    #[arg(long, value_name = "TEXT", default_value = "")]
    consent: String,
    /// The language in English, such as german; the model finds it out if left out.
    #[arg(long, value_name = "NAME", default_value = "")]
    language: String,
    /// The longest time that the line may take, in seconds; by its letters if left out. Silence fills what is left.
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,
    /// Seed of the choice of sounds; the same seed gives the same line.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How freely sounds are chosen: 0 takes the likeliest; the model's own if left out.
    #[arg(long, value_name = "T")]
    temperature: Option<f64>,
    /// How many of the likeliest sounds can be chosen, 0 for all; the model's own if left out.
    #[arg(long, value_name = "N")]
    top_k: Option<u32>,
    /// The likeliest sounds that together have this probability can be chosen; the model's own if left out.
    #[arg(long, value_name = "P")]
    top_p: Option<f64>,
    /// How much less likely a sound is that came before, 1 for no difference; the model's own if left out.
    #[arg(long, value_name = "N")]
    repetition_penalty: Option<f64>,
    /// An installed model's id, or the folder of a model; one that has such a voice if left out.
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,
    /// Device: cpu, cuda or cuda:N; the first graphics card, or the CPU, if left out.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Memory of the device that the engine may use, such as 8GB; what is free if left out.
    #[arg(long, value_name = "SIZE", value_parser = size_bytes)]
    memory: Option<u64>,
    /// A WAV file.
    #[arg(short, long, value_name = "OUT.wav")]
    output: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    overwrite: bool,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Says the line; exit status 0 if it is complete.
pub fn say(arguments: SayArguments) -> ExitCode {
    let mut reporter = ProgressReporter::new(arguments.json);
    let outcome = said(arguments, &mut reporter);
    let outcome = outcome.unwrap_or_else(|failure| Outcome::Failed { failure });
    reporter.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

/// Tries the place of the output and the right to clone before the engine is started.
fn said(arguments: SayArguments, reporter: &mut ProgressReporter) -> Result<Outcome, Failure> {
    let SayArguments {
        recording,
        output,
        overwrite,
        ..
    } = &arguments;
    cancelled_by_ctrl_c(); // before the place of the output is tried
    let inputs = recording.iter().cloned().collect();
    check_place_with_sound(output, inputs, *overwrite, Makes::Sound)?;
    let voice = voice(&arguments)?;
    let recording = recording.as_deref().map(GivenSound::of_voice).transpose()?;
    let client = BlockingClient::with(&engine::program());
    let model = model(&arguments, &client)?;
    let seconds = arguments.seconds;
    let seconds = seconds.unwrap_or_else(|| line_seconds(&arguments.text));
    let frames = model.spec.frames_lasting(seconds);
    let frames = frames.map_err(|why| Failure::refused(why, "see `kinora say --help`"))?;
    let clip = ClipFile::making(output, FrameRate::FPS_24, *overwrite, Makes::Sound)?;
    let speech = sampling(&arguments, model.defaults.speech);
    let request = Generation {
        model: Some(arguments.model.unwrap_or(model.id)),
        settings: PartialSettings {
            frames: Some(frames),
            speech: Some(speech),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: arguments.text,
            seed: arguments.seed,
            makes: Makes::Sound,
            ..ClipInputs::default()
        },
        voice: Some(Voice {
            sample: recording.as_ref().map(|one| one.path().to_owned()),
            ..voice
        }),
        device: arguments.device,
        memory_limit_bytes: arguments.memory,
        ..Generation::default()
    };
    Ok(write_clip(request, clip, &client, reporter))
}

/// The voice, without its recording.
///
/// # Errors
/// It is to be cloned, and nothing is said of the right to it.
fn voice(arguments: &SayArguments) -> Result<Voice, Failure> {
    let of = arguments.recording.as_deref();
    let name = of.map_or_else(|| "the line".into(), |file| file.display().to_string());
    let voice = Voice {
        name,
        description: arguments.voice.clone().unwrap_or_default(),
        language: arguments.language.clone(),
        sample: None,
        consent: arguments.consent.clone(),
    };
    if of.is_some() && !voice.has_consent() {
        return Err(Failure::refused(
            format!(
                "the voice of {} cannot be cloned: nothing is said of the right to it",
                voice.name
            ),
            "write whose voice it is and by what right with --consent",
        ));
    }
    Ok(voice)
}

/// The model of this name, or one that has such a voice.
fn model(arguments: &SayArguments, client: &BlockingClient) -> Result<ModelInfo, Failure> {
    let models = client.models(arguments.model.clone())?.models;
    let Some(name) = &arguments.model else {
        let voice = match arguments.recording {
            Some(_) => LineVoice::Cloned,
            None => LineVoice::Described,
        };
        return SoundUse::Line(Some(voice)).model(&models, "").cloned();
    };
    let found = models.into_iter().find(|model| model.matches(name));
    let model = found.ok_or_else(|| {
        Failure::refused(format!("there is no model {name}"), "see `kinora models`")
    })?;
    if let Installed::Broken { why } = &model.installed {
        return Err(Failure::bad_file(
            why,
            "mend the model, or choose another one",
        ));
    }
    match SoundUse::Line(None).fits(&model) {
        true => Ok(model),
        false => Err(Failure::refused(
            format!("{} does not speak", model.name),
            "leave out --model, or choose a voice model: see `kinora models`",
        )),
    }
}

/// How sounds are chosen: by the options, and else as the model does.
fn sampling(arguments: &SayArguments, own: SpeechSampling) -> SpeechSampling {
    let codes = |own: CodeSampling| CodeSampling {
        temperature: arguments.temperature.unwrap_or(own.temperature),
        top_k: arguments.top_k.unwrap_or(own.top_k),
        top_p: arguments.top_p.unwrap_or(own.top_p),
    };
    SpeechSampling {
        first: codes(own.first),
        others: codes(own.others),
        repetition_penalty: arguments
            .repetition_penalty
            .unwrap_or(own.repetition_penalty),
    }
}
