//! `kinora generate`: one clip without a project, as a video file or a folder of PNG files, with sound or without; or stills.

mod sound;
mod stills;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::camera_file::CameraClip;
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace};
use kinora_studio::exchange::portrait_colours::figure_colours;
use kinora_studio::generate::best_clip::ToFollow;
use kinora_studio::generate::clip_file::{ClipFile, check_place_with_sound, video_format};
use kinora_studio::generate::given_sound::GivenSound;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::queue::series::SeriesPlan;
use kinora_studio::generate::ranking::appearance::has_character;
use kinora_studio::stage::prompt::{Span, of_prompt};
use kinora_studio::stage::{self, CastColours, StageClip, StageShown};
use kinora_studio::take::recipe_builder::control_strength;
use kinora_studio::timeline::CharacterId;
use kinora_studio::timeline::stage::Stage;
use kinora_studio::wire::{
    Ability, Failure, GenerateOptions, Generation, Installed, ModelInfo, Outcome, ProgressReporter,
    StageControl,
};
use kinora_studio::{FrameRate, Size, camera, camera_file, engine};

use super::best_of::{self, BestOfOptions, generate_and_write};
use sound::{ClipSoundArguments, model_that_makes};
use stills::{StillArguments, frames_of_still};

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
    let given = GivenSound::of(source)?;
    *source = given.path().to_path_buf();
    Ok(Some(given))
}

/// A request with what its clip is to follow, the pictures made for it, and the model's frame rate.
struct Prepared {
    request: Generation,
    follow: Option<ToFollow>,
    stage: Option<StageClip>,
    rate: u32,
}

impl Prepared {
    /// Without a stage.
    fn plain(request: Generation, rate: u32) -> Self {
        let camera = request.inputs.camera.clone();
        Self {
            follow: camera.map(|camera| ToFollow {
                camera,
                is_path: true,
                stage: None,
            }),
            request,
            stage: None,
            rate,
        }
    }
}

/// The options as a request. The engine lists its models only if the request depends on one: a length in seconds, a
/// camera, a stage, a video file, a still, a prompt that may have a stage. Otherwise the rate is 0.
fn request(arguments: GenerateArguments, client: &BlockingClient) -> Result<Prepared, Failure> {
    let refused = |why: String| Failure::refused(why, "see `kinora generate --help`");
    let GenerateArguments {
        mut options,
        camera_name,
        camera_move,
        stage,
        no_stage,
        stills,
        clip_sound,
        output,
        json,
        ..
    } = arguments;
    let makes = clip_sound.makes();
    let camera_file = options.camera.take(); // read below, once length, rate and size are known
    let has_camera = camera_move.is_some() || camera_file.is_some();
    let is_video = video_format(&output).is_some();
    let is_needed = options.seconds.is_some() || has_camera || stage.is_some() || is_video;
    let model = match is_needed || stills.is_wanted() {
        _ if makes.has_sound() => {
            let model = model_that_makes(makes, options.model.as_deref(), client)?;
            options.model.get_or_insert_with(|| model.id.clone());
            Some(model)
        }
        true => Some(chosen_model(options.model.clone(), client)?),
        false if no_stage || !has_words_only(&options) => None,
        false => listed_model(options.model.as_deref(), client)?,
    };
    if let Some(model) = model.as_ref().filter(|_| stills.is_wanted()) {
        options.frames = Some(frames_of_still(model, json));
    }
    let rate = model.as_ref().map_or(0, |model| model.defaults.rate);
    let spec = || {
        Ok(model
            .as_ref()
            .map(|model| model.spec.clone())
            .unwrap_or_default())
    };
    let mut request = options.request::<String>(spec).map_err(refused)?;
    request.inputs.makes = makes;
    let Some(model) = model else {
        return Ok(Prepared::plain(request, rate));
    };
    let frames = request.settings.frames.unwrap_or(model.defaults.frames);
    let size = request.settings.size.unwrap_or(model.defaults.size);
    // A still shows the first moment of a clip of the model's usual length.
    let whole = match stills.is_wanted() {
        true => model.defaults.frames.max(frames),
        false => frames,
    };
    if let Some(camera_move) = camera_move {
        let camera = camera::camera_of_move(&camera_move, whole, rate, size).map_err(refused)?;
        request.inputs.camera = Some(camera);
    }
    if let Some(file) = camera_file {
        let clip = CameraClip {
            frames: whole,
            rate: FrameRate::new(rate, 1).unwrap_or(FrameRate::FPS_24),
            size: Size::new(size[0], size[1]).unwrap_or(Size::COMMON[0]),
        };
        let (camera, notes) = camera_file::read_views(&file, clip, camera_name.as_deref())?;
        for note in notes.iter().filter(|_| !json) {
            eprintln!("note: {note}");
        }
        request.inputs.camera = Some(camera);
    }
    if let Some(camera) = request.inputs.camera.as_mut().filter(|_| frames < whole) {
        camera.views.truncate(frames as usize);
    }
    let is_default_stage = stage.is_none();
    let span = Span {
        frames: whole,
        rate: f64::from(rate),
    };
    let stage = match stage {
        Some(path) => Some(stage::read(&path)?),
        None => default_stage(&request, &model, span).filter(|_| !no_stage && makes.has_picture()),
    };
    let Some(stage) = stage else {
        return Ok(Prepared::plain(request, rate));
    };
    let static_camera = || camera::camera_of_move("static", frames, rate, size).map_err(refused);
    let has_path = request.inputs.camera.is_some();
    let mut camera = match &request.inputs.camera {
        Some(camera) if is_default_stage => stage::rebased_to_start(camera),
        Some(camera) => camera.clone(),
        None => static_camera()?,
    };
    if let Some(&last) = camera.views.last() {
        camera.views.resize(frames as usize, last); // a camera that ends early stays at its last view
    }
    let shown = match model.stage_control {
        StageControl::Depth => StageShown::Depth,
        StageControl::Picture => StageShown::Picture(cast_colours(&request)),
    };
    let pictures = StageClip::of(&stage, &shown, &camera, size)?;
    request.control = Some(pictures.clip.clone());
    if !model.abilities.contains(&Ability::Camera) {
        request.inputs.camera = None; // the model follows the depth of the stage alone
    }
    request.settings.control_strength = request
        .settings
        .control_strength
        .or_else(|| Some(f64::from(control_strength(&stage, &model))));
    Ok(Prepared {
        request,
        follow: Some(ToFollow {
            camera,
            is_path: has_path,
            stage: Some(stage),
        }),
        stage: Some(pictures),
        rate,
    })
}

/// Whether the clip is made from words alone, apart from a camera: nothing else says where its subjects are.
fn has_words_only(options: &GenerateOptions) -> bool {
    let ends = options.first_frame.is_some() || options.last_frame.is_some();
    let clips = options.control.is_some() || options.source.is_some();
    !ends && !clips && options.keyframe.is_empty() && options.character.is_empty()
}

/// The stage if none is given, for a model that accepts a control clip: the characters, if the camera moves; without
/// characters and pictures, the subjects of the prompt.
fn default_stage(request: &Generation, model: &ModelInfo, span: Span) -> Option<Stage> {
    let inputs = &request.inputs;
    if !model.abilities.contains(&Ability::Control) || request.control.is_some() {
        return None;
    }
    if inputs.references.is_empty() {
        let is_plain = inputs.keyframes.is_empty() && inputs.source.is_none();
        let of_prompt = || of_prompt(&inputs.prompt, &model.vocabulary, span);
        return is_plain.then(of_prompt).flatten();
    }
    let cast = inputs.references.iter().zip(0..);
    let cast: Vec<_> = cast
        .map(|(one, number)| (one.name.clone(), Some(CharacterId::from(number))))
        .collect();
    inputs.camera.is_some().then(|| Stage::of_cast(&cast))
}

/// The colours of the characters by their first reference picture, numbered as [`default_stage`] does.
fn cast_colours(request: &Generation) -> Vec<CastColours> {
    let references = request.inputs.references.iter().zip(0..);
    let colours = references.filter_map(|(one, number)| {
        let [body, limbs] = figure_colours(one.images.first()?)?.map(<[u8; 3]>::from);
        Some(CastColours {
            character: CharacterId::from(number),
            body,
            limbs,
        })
    });
    colours.collect()
}

/// The model of this name, or the first installed one, if the engine lists it.
fn listed_model(name: Option<&str>, client: &BlockingClient) -> Result<Option<ModelInfo>, Failure> {
    let mut models = client.models(name.map(str::to_owned))?.models.into_iter();
    Ok(match name {
        Some(name) => models.find(|model| model.matches(name)),
        None => models.find(|model| matches!(model.installed, Installed::Yes { .. })),
    })
}

fn chosen_model(name: Option<String>, client: &BlockingClient) -> Result<ModelInfo, Failure> {
    listed_model(name.as_deref(), client)?.ok_or_else(|| {
        let name = name.unwrap_or_else(|| "at all".into());
        Failure::refused(format!("there is no model {name}"), "see `kinora models`")
    })
}

/// The first Ctrl+C cancels the job; frames already written are kept. The second one exits at once.
pub fn cancelled_by_ctrl_c() -> Arc<AtomicBool> {
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
}
