//! `kinora generate`: one clip, made by the engine at the other end of the wire, its frames as files.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use kinora_studio::generate::Talk;
use kinora_studio::wire::{
    Failure, GenerateOptions, Generation, Installed, ModelInfo, Outcome, Progress, Teller,
    make_frame_folder, write_frames,
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
        .and_then(|request| make_frame_folder(&arguments.output).map(|()| request))
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
