//! `kinora generate`: one clip, made by the engine at the other end of the wire, into a film or a folder.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::generate::clip_file::{ClipFile, film_format};
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::stage::{self, DepthClip};
use kinora_studio::take::recipe_builder::followed;
use kinora_studio::timeline::stage::Stage;
use kinora_studio::wire::{
    Ability, Failure, GenerateOptions, Generation, Installed, ModelInfo, Outcome, ProgressReporter,
};
use kinora_studio::{camera, engine};

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    options: GenerateOptions,
    /// A camera move, such as push-in, orbit-left:0.5 or handheld; the number is its strength.
    #[arg(long = "move", value_name = "NAME[:AMOUNT]", conflicts_with = "camera")]
    camera_move: Option<String>,
    /// What stands where, to be followed: a stage as RON. Without one, the characters stand side by side
    /// where the camera looks, if the model can follow a stage.
    #[arg(long, value_name = "FILE.ron", conflicts_with_all = ["control", "no_stage"])]
    stage: Option<PathBuf>,
    /// Follow no stage.
    #[arg(long)]
    no_stage: bool,
    /// A film (.mp4, .mov, or .mkv without loss), or a folder for the frames as PNG files.
    #[arg(short, long, value_name = "OUT.mp4|OUTDIR/")]
    output: PathBuf,
    /// Tell progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Makes the clip; 0 if all of it was made, 2 if the line makes no sense.
pub fn generate(arguments: GenerateArguments) -> ExitCode {
    let mut teller = ProgressReporter::new(arguments.json);
    let talk = BlockingClient::with(&engine::program());
    let outcome = match job(arguments, &talk) {
        Ok(job) => run(job, &talk, &mut teller),
        Err(failure) => Outcome::Failed { failure },
    };
    teller.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

/// What is asked of the engine, and where the clip goes.
struct Job {
    request: Generation,
    /// Pictures that were made for the request, for as long as it lasts.
    _stage: Option<DepthClip>,
    clip: ClipFile,
}

fn run(mut job: Job, talk: &BlockingClient, teller: &mut ProgressReporter) -> Outcome {
    let is_cancelled = cancelled_by_ctrl_c();
    let clip = &mut job.clip;
    let outcome = talk.generate(
        job.request,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, pixels| {
            clip.hear(progress, pixels)?;
            teller.progress(progress);
            Ok(())
        },
    );
    match outcome {
        Outcome::Done { .. } => match job.clip.finish() {
            Ok(()) => outcome,
            Err(failure) => Outcome::Failed { failure },
        },
        ended => ended,
    }
}

fn job(arguments: GenerateArguments, talk: &BlockingClient) -> Result<Job, Failure> {
    let output = arguments.output.clone();
    let (request, stage, rate) = request(arguments, talk)?;
    let rate = FrameRate::new(rate, 1).unwrap_or(FrameRate::FPS_24);
    Ok(Job {
        request,
        _stage: stage,
        clip: ClipFile::at(&output, rate)?,
    })
}

/// The options as a request, the pictures made for it, and the model's rate if anything depends on it: a
/// length in seconds, a move over the whole clip, a stage, a film. Then the engine is asked for it.
fn request(
    arguments: GenerateArguments,
    talk: &BlockingClient,
) -> Result<(Generation, Option<DepthClip>, u32), Failure> {
    let refused = |words: String| Failure::refused(words, "see `kinora generate --help`");
    let GenerateArguments {
        options,
        camera_move,
        stage,
        no_stage,
        output,
        ..
    } = arguments;
    let has_camera = camera_move.is_some() || options.camera.is_some();
    let is_film = film_format(&output).is_some();
    let model = match options.seconds.is_some() || has_camera || stage.is_some() || is_film {
        true => Some(chosen_model(options.model.clone(), talk)?),
        false => None,
    };
    let rate = model.as_ref().map_or(0, |model| model.defaults.rate);
    let spec = || {
        Ok(model
            .as_ref()
            .map(|model| model.spec.clone())
            .unwrap_or_default())
    };
    let mut request = options.request::<String>(spec).map_err(refused)?;
    let Some(model) = model else {
        return Ok((request, None, rate));
    };
    let frames = request.frames.unwrap_or(model.defaults.frames);
    let size = request.size.unwrap_or(model.defaults.size);
    if let Some(camera_move) = camera_move {
        let camera = camera::of_move(&camera_move, frames, rate, size).map_err(refused)?;
        request.camera = Some(camera);
    }
    let by_itself = stage.is_none();
    let stage = match stage {
        Some(path) => Some(stage::read(&path)?),
        None => stage_by_itself(&request, &model).filter(|_| !no_stage),
    };
    let Some(stage) = stage else {
        return Ok((request, None, rate));
    };
    let resting = || camera::of_move("static", frames, rate, size).map_err(refused);
    let mut camera = match &request.camera {
        Some(camera) if by_itself => stage::from_the_start(camera),
        Some(camera) => camera.clone(),
        None => resting()?,
    };
    if let Some(&last) = camera.views.last() {
        camera.views.resize(frames as usize, last); // a camera that is at its end rests
    }
    let pictures = DepthClip::of(&stage, &camera, size)?;
    request.control = Some(pictures.clip.clone());
    request.control_strength = request
        .control_strength
        .or_else(|| Some(f64::from(followed(&stage, &model))));
    Ok((request, Some(pictures), rate))
}

/// The stage of a shot that says nothing of one: its characters, where a camera moves and the model can
/// follow both.
fn stage_by_itself(request: &Generation, model: &ModelInfo) -> Option<Stage> {
    let can_follow = model.abilities.contains(&Ability::Control);
    let is_wanted = request.camera.is_some() && request.control.is_none();
    let cast: Vec<_> = request
        .references
        .iter()
        .map(|one| (one.name.clone(), None))
        .collect();
    (can_follow && is_wanted && !cast.is_empty()).then(|| Stage::of_cast(&cast))
}

fn chosen_model(wanted: Option<String>, talk: &BlockingClient) -> Result<ModelInfo, Failure> {
    let (models, _) = talk.models(wanted.clone())?;
    let mut models = models.into_iter();
    let found = match &wanted {
        Some(wanted) => models.find(|model| model.is_called(wanted)),
        None => models.find(|model| matches!(model.installed, Installed::Yes { .. })),
    };
    found.ok_or_else(|| {
        let wanted = wanted.unwrap_or_else(|| "at all".into());
        Failure::refused(format!("there is no model {wanted}"), "see `kinora models`")
    })
}

/// Ctrl+C asks the engine to stop, once; frames that were made stay. A second one ends at once.
pub fn cancelled_by_ctrl_c() -> Arc<AtomicBool> {
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&is_cancelled);
    let set = ctrlc::set_handler(move || {
        if shared.swap(true, Ordering::Relaxed) {
            std::process::exit(130); // as a shell tells of a program that was interrupted
        }
    });
    if let Err(error) = set {
        tracing::warn!("Ctrl+C will end at once: {error}");
    }
    is_cancelled
}
