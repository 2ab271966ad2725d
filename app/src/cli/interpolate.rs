//! `kinora interpolate`: gives a finished clip another frame rate.

use std::process::ExitCode;

use clap::Args;
use kinora_studio::FrameRate;
use kinora_studio::generate::interpolate::interpolate as interpolate_clip;

use super::finished_clip::FinishedClip;

/// `interpolate`.
#[derive(Debug, Args)]
pub struct InterpolateArguments {
    #[command(flatten)]
    clip: FinishedClip,
    /// The new frame rate: 24, 25 or 24000/1001.
    #[arg(long, value_name = "FPS", allow_negative_numbers = true)]
    rate: FrameRate,
    /// The frame rate of a clip of pictures. Videos have their own.
    #[arg(
        long,
        value_name = "FPS",
        default_value = "16",
        allow_negative_numbers = true
    )]
    from: FrameRate,
    /// The interpolator's id, or the path of its weights. Default: the first installed one.
    #[arg(long, value_name = "ID|FILE")]
    model: Option<String>,
}

/// Makes the clip; exit status 0 if it is complete.
pub fn interpolate(arguments: InterpolateArguments) -> ExitCode {
    let InterpolateArguments {
        clip,
        rate,
        from,
        model,
    } = arguments;
    let model = model.as_deref();
    clip.rework(
        |_, _| Ok(rate),
        &|client, old, is_cancelled, on_progress| {
            let rates = (old.rate.unwrap_or(from), rate);
            interpolate_clip(client, old, rates, model, is_cancelled, on_progress)
        },
    )
}
