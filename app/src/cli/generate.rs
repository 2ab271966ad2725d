//! `kinora generate`: one clip, made by the engine at the other end of the wire, its frames as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::generate::Talk;
use kinora_studio::wire::{
    Failure, GenerateOptions, Generation, ModelInfo, Outcome, PixelShape, Progress, Teller,
};
use kinora_studio::{engine, shot_camera};

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    #[command(flatten)]
    options: GenerateOptions,
    /// A camera move, such as push-in, orbit-left:0.5 or handheld; the number is its strength.
    #[arg(long = "move", value_name = "NAME[:AMOUNT]", conflicts_with = "camera")]
    camera_move: Option<String>,
    /// The folder for the frames, as PNG files.
    #[arg(short, long, value_name = "OUTDIR/")]
    output: PathBuf,
    /// Tell progress as JSON lines on stdout.
    #[arg(long)]
    json: bool,
}

/// Makes the clip; 0 if all of it was made, 2 if the line makes no sense.
pub fn generate(arguments: GenerateArguments) -> ExitCode {
    let mut teller = Teller::new(arguments.json);
    let talk = Talk::with(&engine::program());
    let outcome = match request(arguments.options, arguments.camera_move, &talk)
        .and_then(|request| make_folder(&arguments.output).map(|()| request))
    {
        Ok(request) => {
            let is_cancelled = cancelled_by_ctrl_c();
            let output = arguments.output;
            talk.generate(
                request,
                &|| is_cancelled.load(Ordering::Relaxed),
                &mut |progress, pixels| {
                    if let Progress::Frames { first, picture } = progress {
                        write_frames(&output, *first, *picture, pixels)?;
                    }
                    teller.progress(progress);
                    Ok(())
                },
            )
        }
        Err(failure) => Outcome::Failed { failure },
    };
    teller.outcome(&outcome);
    match outcome {
        Outcome::Done { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } | Outcome::Cancelled => ExitCode::FAILURE,
    }
}

/// The options as a request. What depends on the model (a length in seconds, a move over the whole
/// clip) asks the engine for it.
fn request(
    options: GenerateOptions,
    camera_move: Option<String>,
    talk: &Talk,
) -> Result<Generation, Failure> {
    let refused = |words: String| Failure::refused(words, "see `kinora generate --help`");
    let needs_model = options.seconds.is_some() || camera_move.is_some();
    let model = if needs_model {
        Some(chosen_model(options.model.clone(), talk)?)
    } else {
        None
    };
    let rate = model.as_ref().map_or(0, |model| model.recipe.rate);
    let mut request = options.request::<String>(|| Ok(rate)).map_err(refused)?;
    if let (Some(camera_move), Some(model)) = (camera_move, model) {
        let frames = request.frames.unwrap_or(model.recipe.frames);
        let size = request.size.unwrap_or(model.recipe.size);
        let camera = shot_camera::of_move(&camera_move, frames, rate, size).map_err(refused)?;
        request.camera = Some(camera);
    }
    Ok(request)
}

fn chosen_model(wanted: Option<String>, talk: &Talk) -> Result<ModelInfo, Failure> {
    let models = talk.models(wanted.clone())?;
    let mut models = models.into_iter();
    let found = match &wanted {
        Some(wanted) => models.find(|model| model.is_called(wanted)),
        None => models.next(),
    };
    found.ok_or_else(|| {
        let wanted = wanted.unwrap_or_else(|| "at all".into());
        Failure::refused(format!("there is no model {wanted}"), "see `kinora models`")
    })
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let wants_video = folder
        .extension()
        .is_some_and(|extension| extension == "mp4" || extension == "mkv");
    if wants_video {
        return Err(Failure::refused(
            format!(
                "{} would be a video file, which cannot be written yet",
                folder.display()
            ),
            "name a folder; its frames are PNG files",
        ));
    }
    fs::create_dir_all(folder).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be made: {error}", folder.display()),
            "name a folder that can be written to",
        )
    })
}

/// Each frame beside its place first, then renamed: no half file is ever seen.
fn write_frames(
    folder: &Path,
    first: u32,
    shape: PixelShape,
    pixels: &[u8],
) -> Result<(), Failure> {
    let frame_bytes = (shape.width * shape.height * 3) as usize;
    for (number, frame) in (first..).zip(pixels.chunks_exact(frame_bytes.max(1))) {
        let path = folder.join(format!("{number:05}.png"));
        let beside = path.with_extension("png.part");
        let colours = image::ExtendedColorType::Rgb8;
        image::save_buffer_with_format(
            &beside,
            frame,
            shape.width,
            shape.height,
            colours,
            image::ImageFormat::Png,
        )
        .map_err(|error| error.to_string())
        .and_then(|()| fs::rename(&beside, &path).map_err(|error| error.to_string()))
        .map_err(|why| {
            Failure::bad_file(
                format!("{} cannot be written: {why}", path.display()),
                "check the folder, its permissions and the room on the disk",
            )
        })?;
    }
    Ok(())
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
