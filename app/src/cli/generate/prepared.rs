//! The request of `kinora generate`, from its arguments: camera file, stage and cast of the prompt, and the model that
//! decides about them.

use kinora_studio::camera_file::CameraClip;
use kinora_studio::exchange::portrait_colours::figure_colours;
use kinora_studio::generate::best_clip::ToFollow;
use kinora_studio::generate::clip_file::video_format;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::stage::prompt::{Span, of_cast, of_prompt};
use kinora_studio::stage::{self, CastColours, StageClip, StageShown};
use kinora_studio::take::lora_reference::{following, needs_reference, reference_among};
use kinora_studio::take::recipe_builder::control_strength;
use kinora_studio::timeline::CharacterId;
use kinora_studio::timeline::stage::Stage;
use kinora_studio::wire::{
    Ability, Failure, GenerateOptions, Generation, Installed, Lora, ModelInfo, StageControl,
};
use kinora_studio::{FrameRate, Size, camera, camera_file};

use super::GenerateArguments;
use super::sound::model_that_makes;
use super::stills::frames_of_still;

/// The most pixels of a frame for which a stage is drawn: those of 8K.
const MOST_PIXELS: u64 = 7680 * 4320;

/// A request with what its clip is to follow, the pictures made for it, and the model's frame rate.
pub(super) struct Prepared {
    pub(super) request: Generation,
    pub(super) follow: Option<ToFollow>,
    pub(super) stage: Option<StageClip>,
    pub(super) rate: u32,
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
pub(super) fn request(
    arguments: GenerateArguments,
    client: &BlockingClient,
) -> Result<Prepared, Failure> {
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
        let has_more = options.last_frame.take().is_some() || !options.keyframe.is_empty();
        options.keyframe.clear();
        let needs_first = model.spec.needs_first_frame;
        let has_more = options.first_frame.take_if(|_| !needs_first).is_some() || has_more;
        if has_more && !json {
            eprintln!("note: a still is drawn anew; keyframe images are not used");
        }
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
    let model = with_loras(model, &request, (stage.is_some(), json), client)?;
    let frames = request.settings.frames.unwrap_or(model.defaults.frames);
    let size = request.settings.size.unwrap_or(model.defaults.size);
    check_size(size, frames, &model)?;
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

/// An error if a stage cannot be drawn for such a clip. Other sizes that the model cannot make are refused by the engine.
fn check_size([width, height]: [u32; 2], frames: u32, model: &ModelInfo) -> Result<(), Failure> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MOST_PIXELS {
        let unit = model.spec.size_multiple_pixels;
        return Err(Failure::refused(
            format!("{width}x{height} is not a size the model can make"),
            format!(
                "both sides must be multiples of {unit}, together at most as large as 7680x4320"
            ),
        ));
    }
    let most = model.spec.most_frames();
    match frames > most {
        true => Err(Failure::refused(
            format!("the model cannot make {frames} frames"),
            format!("use at most {most}"),
        )),
        false => Ok(()),
    }
}

/// The model with what the LoRAs of a request let it follow. One that follows a control clip with an IC-LoRA alone is shown a
/// stage that is asked for as a shaded picture, unless a LoRA says that it follows depth.
fn with_loras(
    model: ModelInfo,
    request: &Generation,
    (is_asked, is_quiet): (bool, bool),
    client: &BlockingClient,
) -> Result<ModelInfo, Failure> {
    let has_effect = |lora: &&Lora| lora.strength != 0.0;
    let loras = request.inputs.loras.iter().filter(has_effect);
    let files: Vec<&str> = loras.filter_map(|lora| lora.file.to_str()).collect();
    let Some(first) = files.first().filter(|_| needs_reference(&model)) else {
        return Ok(model);
    };
    let listed = client.models(None)?.loras;
    let found = reference_among(&model, files.iter().copied(), &listed);
    let assumed = is_asked.then_some((*first, StageControl::Picture));
    let Some((file, shown)) = found.or(assumed) else {
        return Ok(model);
    };
    if shown == StageControl::Picture && !is_quiet {
        eprintln!(
            "note: {file} does not say that it follows depth: a stage is shown to it as a shaded picture"
        );
    }
    Ok(following(&model, shown))
}

/// Whether the clip is made from words alone, apart from a camera: nothing else says where its subjects are.
fn has_words_only(options: &GenerateOptions) -> bool {
    let ends = options.first_frame.is_some() || options.last_frame.is_some();
    let clips = options.control.is_some() || options.source.is_some();
    !ends && !clips && options.keyframe.is_empty() && options.character.is_empty()
}

/// The stage if none is given, for a model that accepts a control clip: the characters, if the camera moves or the card of
/// the model lists what it knows; without characters and pictures, the subjects of the prompt.
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
    let cast = Stage::of_cast(&cast);
    if !model.vocabulary.is_empty() {
        return Some(of_cast(&cast, &inputs.prompt, &model.vocabulary, span));
    }
    inputs.camera.is_some().then_some(cast)
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
