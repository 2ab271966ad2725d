//! `kinora upscale`: makes a finished clip larger.

use std::process::ExitCode;

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::generate::upscale::upscale as upscale_clip;

use super::finished_clip::FinishedClip;

/// `upscale`.
#[derive(Debug, Args)]
pub struct UpscaleArguments {
    #[command(flatten)]
    clip: FinishedClip,
    /// The upscaler's id, or the path of its weights. Default: the first installed one.
    #[arg(long, value_name = "ID|FILE")]
    model: Option<String>,
    /// The frame rate of a video made from pictures.
    #[arg(
        long,
        value_name = "FPS",
        default_value_t = 24,
        value_parser = clap::value_parser!(u32).range(1..=1000),
        allow_negative_numbers = true
    )]
    rate: u32,
}

/// Makes the clip larger; exit status 0 if it is complete.
pub fn upscale(arguments: UpscaleArguments) -> ExitCode {
    let UpscaleArguments { clip, model, rate } = arguments;
    let rate = FrameRate::new(rate, 1).unwrap_or(FrameRate::FPS_24);
    clip.rework(
        |own| own.unwrap_or(rate),
        &|client, small, is_cancelled, on_progress| {
            upscale_clip(client, small, model.as_deref(), is_cancelled, on_progress)
        },
    )
}
