//! `kinora generate`: one clip without a project, as a video file or a folder of PNG files, with sound or without; or stills.

mod prepared;
mod sound;
mod stills;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use clap::Args;
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace};
use kinora_studio::generate::best_clip::ToFollow;
use kinora_studio::generate::clip_file::{ClipFile, check_place_with_sound};
use kinora_studio::generate::given_sound::GivenSound;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::queue::series::SeriesPlan;
use kinora_studio::generate::ranking::appearance::has_character;
use kinora_studio::render::media::probe;
use kinora_studio::stage::{self, StageClip};
use kinora_studio::wire::{Failure, GenerateOptions, Generation, Outcome, ProgressReporter};
use kinora_studio::{FrameRate, engine};

use super::best_of::{self, BestOfOptions, generate_and_write};
use prepared::{Prepared, request};
use sound::ClipSoundArguments;
use stills::StillArguments;

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    options: GenerateOptions,
    /// The name of the camera in a glTF file with several.
    #[arg(long, value_name = "NAME", requires = "camera")]
    camera_name: Option<String>,
    /// A camera move, such as push-in, orbit-left:0.5 or handheld; the number is its strength.
    #[arg(long = "move", value_name = "NAME[:AMOUNT]", conflicts_with = "camera")]
    camera_move: Option<String>,
    /// A stage (RON file) that guides the model. Without one, the characters stand side by side in front of
    /// a moving camera, if the model accepts a control clip. Without characters, and if the model's card lists the
    /// subjects it knows, those of the prompt stand there in their colours and move as it says.
    #[arg(long, value_name = "FILE.ron", conflicts_with_all = ["control", "no_stage"])]
    stage: Option<PathBuf>,
    /// Use no stage.
    #[arg(long)]
    no_stage: bool,
    #[command(flatten)]
    best_of: BestOfOptions,
    #[command(flatten)]
    stills: StillArguments,
    #[command(flatten)]
    clip_sound: ClipSoundArguments,
    /// A video file (.mp4, .mov, or lossless .mkv), or a folder for PNG files. For a still, a PNG file or a folder. For
    /// sound alone, a WAV file.
    #[arg(short, long, value_name = "OUT.mp4|OUTDIR/")]
    output: PathBuf,
    /// Replace a file that is there. A folder that holds pictures is never replaced.
    #[arg(long)]
    overwrite: bool,
    /// Print progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Generates the clip; exit status 0 if it is complete.
pub fn generate(arguments: GenerateArguments) -> ExitCode {
    cancelled_by_ctrl_c(); // before the places of outputs are tried
    let mut reporter = ProgressReporter::new(arguments.json);
    let outcome = match outcome(arguments, &mut reporter) {
        Ok(outcome) => outcome,
        Err(failure) => Outcome::Failed { failure },
    };
    reporter.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

/// Tries the places of all outputs before the engine is started, then generates.
fn outcome(
    arguments: GenerateArguments,
    reporter: &mut ProgressReporter,
) -> Result<Outcome, Failure> {
    let has_camera = arguments.camera_move.is_some() || arguments.options.camera.is_some();
    let has_latents = arguments.options.latents_out.is_some();
    let has = (has_camera, may_have_cast(&arguments, has_camera)?);
    let best_of = arguments.best_of.plan(has, has_latents)?;
    let inputs = inputs(&arguments);
    if let Some(latents) = &arguments.options.latents_out {
        let place = OutputPlace {
            path: latents,
            kind: OutputKind::File,
            may_exist: arguments.overwrite,
            inputs: inputs.clone(),
            film: None,
        };
        place.check()?;
    }
    let seed = arguments.options.seed;
    let stills = arguments.stills.stills(&arguments.output, seed)?;
    match &stills {
        Some(stills) => stills.check_places(&inputs, arguments.overwrite)?,
        None => check_place_with_sound(
            &arguments.output,
            inputs,
            arguments.overwrite,
            arguments.clip_sound.makes(),
        )?,
    }
    let note = arguments.options.seed_note();
    if let Some(note) = note.filter(|_| !arguments.json) {
        eprintln!("note: {note}");
    }
    let is_json = arguments.json;
    let client = BlockingClient::with(&engine::program());
    if let Some(stills) = stills {
        let prepared = request(arguments, &client)?;
        let is_cancelled = cancelled_by_ctrl_c();
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        return Ok(stills.make(&prepared.request, &client, &is_cancelled, reporter));
    }
    let job = job(arguments, best_of, &client)?;
    let Some(plan) = best_of else {
        let Job { request, clip, .. } = job; // its files stay on disk until the clip is made
        return Ok(write_clip(request, clip, &client, reporter));
    };
    let is_cancelled = cancelled_by_ctrl_c();
    let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
    let (asked, output) = ((&job.request, job.follow.as_ref()), (reporter, is_json));
    generate_and_write(&client, asked, plan, job.clip, &is_cancelled, output)
}

/// Whether the clips may have a character on a stage, as far as it is known before the engine is started. The subjects of a
/// prompt are no characters.
fn may_have_cast(arguments: &GenerateArguments, has_camera: bool) -> Result<bool, Failure> {
    if let Some(path) = &arguments.stage {
        return Ok(has_character(&stage::read(path)?));
    }
    let options = &arguments.options;
    let has_stage = !arguments.no_stage && options.control.is_none();
    Ok(has_stage && has_camera && !options.character.is_empty())
}

/// The files and folders that a clip is made of.
fn inputs(arguments: &GenerateArguments) -> Vec<PathBuf> {
    let options = &arguments.options;
    let single = [
        &options.first_frame,
        &options.last_frame,
        &options.camera,
        &options.control,
        &options.source,
        &options.source_sound,
        &arguments.stage,
    ];
    let single = single.into_iter().flatten();
    let keyframes = options.keyframe.iter().map(|keyframe| &keyframe.image);
    let characters = options.character.iter().flat_map(|one| &one.images);
    let loras = [&options.lora, &options.lora_high, &options.lora_low];
    let loras = loras.into_iter().flatten().map(|lora| &lora.file);
    let several = keyframes.chain(characters).chain(loras);
    single.chain(several).cloned().collect()
}

/// The request and its output.
struct Job {
    request: Generation,
    /// What the clip is to follow, also if the model sees only the stage through the camera.
    follow: Option<ToFollow>,
    /// The pictures of the request, on disk until the job ends.
    _stage: Option<StageClip>,
    /// The given sound of the request, in the same way.
    _given: Option<GivenSound>,
    clip: ClipFile,
}

/// Makes the clip of a request and writes it.
pub fn write_clip(
    request: Generation,
    mut clip: ClipFile,
    client: &BlockingClient,
    reporter: &mut ProgressReporter,
) -> Outcome {
    let is_cancelled = cancelled_by_ctrl_c();
    let outcome = client.generate(
        request,
        &|| is_cancelled.load(Ordering::Relaxed),
        &mut |progress, pixels| {
            clip.write(progress, pixels)?;
            reporter.progress(progress);
            Ok(())
        },
    );
    match outcome {
        Outcome::Done { .. } => match clip.finish() {
            Ok(()) => outcome,
            Err(failure) => Outcome::Failed { failure },
        },
        ended => match clip.rescued() {
            Some(failure) => Outcome::Failed { failure },
            None => ended,
        },
    }
}

fn job(
    mut arguments: GenerateArguments,
    best_of: Option<SeriesPlan>,
    client: &BlockingClient,
) -> Result<Job, Failure> {
    let output = arguments.output.clone();
    let overwrite = arguments.overwrite;
    let makes = arguments.clip_sound.makes();
    let given = given_sound(&mut arguments)?;
    let Prepared {
        request,
        follow,
        stage,
        rate,
    } = request(arguments, client)?;
    if let Some(plan) = best_of {
        let has_path = follow.as_ref().is_some_and(|follow| follow.is_path);
        let has_cast = follow.as_ref().is_some_and(ToFollow::has_character);
        best_of::check(has_path, has_cast, plan.rank)?;
    }
    let rate = FrameRate::new(rate, 1).unwrap_or(FrameRate::FPS_24);
    Ok(Job {
        request,
        follow,
        _stage: stage,
        _given: given,
        clip: ClipFile::making(&output, rate, overwrite, makes)?,
    })
}

/// The sound of a source that is a file, as the engine reads it, in its place. `None`: the source is a folder of pictures, or
/// there is none.
fn given_sound(arguments: &mut GenerateArguments) -> Result<Option<GivenSound>, Failure> {
    let Some(source) = &mut arguments.options.source else {
        return Ok(None);
    };
    if !source.is_file() {
        return Ok(None);
    }
    let has_picture = probe(source).is_ok_and(|found| found.picture.is_some());
    if has_picture && arguments.clip_sound.makes().has_picture() {
        return Err(Failure::refused(
            format!("{} has pictures, and is a file", source.display()),
            "give a folder of its pictures to --source, or the file to --source-sound for its sound alone",
        ));
    }
    let given = GivenSound::of(source)?;
    *source = given.path().to_path_buf();
    Ok(Some(given))
}

/// Whether Ctrl+C was pressed. The first one cancels the job; frames already written are kept. The second one exits at once.
/// A command calls this before it writes anything: until then Ctrl+C ends the program as any other.
pub fn cancelled_by_ctrl_c() -> Arc<AtomicBool> {
    static IS_CANCELLED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let is_cancelled = IS_CANCELLED.get_or_init(|| {
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&is_cancelled);
        let set = ctrlc::set_handler(move || {
            if shared.swap(true, Ordering::Relaxed) {
                std::process::exit(130); // the exit status of an interrupted program, by the shells' convention
            }
        });
        if let Err(error) = set {
            tracing::warn!("Ctrl+C will exit at once: {error}");
        }
        is_cancelled
    });
    Arc::clone(is_cancelled)
}
