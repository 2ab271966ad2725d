//! `kinora upscale`: makes a finished clip larger.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::generate::upscale::{ClipGuide, upscale as upscale_clip};
use kinora_studio::stage::guide::GuideStage;
use kinora_studio::stage::prompt::{Span, of_prompt};
use kinora_studio::timeline::stage::Stage;
use kinora_studio::wire::{Ability, Failure, Outcome};
use kinora_studio::{FrameRate, camera, stage};

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
    #[command(flatten)]
    guide: GuideArguments,
}

/// What is known of the clip.
#[derive(Debug, Args)]
struct GuideArguments {
    /// The prompt that the clip was generated from, for an upscaler that reads it. The subjects that the model's card
    /// lists stand on a stage, as in `kinora generate`.
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// The stage (RON file) that it was generated with.
    #[arg(long, value_name = "FILE.ron", requires = "prompt")]
    stage: Option<PathBuf>,
    /// It was generated without a stage.
    #[arg(long, requires = "prompt", conflicts_with = "stage")]
    no_stage: bool,
    /// The camera move that it was generated with.
    #[arg(long = "move", value_name = "NAME[:AMOUNT]", requires = "prompt")]
    camera_move: Option<String>,
}

/// Makes the clip larger; exit status 0 if it is complete.
pub fn upscale(arguments: UpscaleArguments) -> ExitCode {
    let UpscaleArguments {
        clip,
        model,
        rate,
        guide,
    } = arguments;
    let rate = FrameRate::new(rate, 1).unwrap_or(FrameRate::FPS_24);
    clip.rework(
        |own| own.unwrap_or(rate),
        &|client, small, is_cancelled, on_progress| {
            let guide = match guide.read(client, small, rate) {
                Ok(guide) => guide,
                Err(failure) => return Outcome::Failed { failure },
            };
            let by = (model.as_deref(), guide.as_ref());
            upscale_clip(client, small, by, is_cancelled, on_progress)
        },
    )
}

impl GuideArguments {
    /// The guide of a clip; `None` without a prompt. `rate` is that of pictures.
    fn read(
        &self,
        client: &BlockingClient,
        small: &mut SourceClip,
        rate: FrameRate,
    ) -> Result<Option<ClipGuide>, Failure> {
        let Some(prompt) = &self.prompt else {
            return Ok(None);
        };
        let rate = small.rate.unwrap_or(rate).per_second();
        let frames = u32::try_from(small.count()).unwrap_or(u32::MAX);
        let span = Span { frames, rate };
        let stage = match &self.stage {
            Some(path) => Some(stage::read(path)?),
            None if self.no_stage => None,
            None => stage_of_prompt(prompt, span, client)?,
        };
        let rate = rate.round() as u32;
        let stage: Option<Result<GuideStage, Failure>> = stage.map(|stage| {
            let first = small.picture(0)?;
            let size = [first.width, first.height];
            let shown = self.camera_move.as_deref().unwrap_or("static");
            let refused = |why: String| Failure::refused(why, "see `kinora upscale --help`");
            Ok(GuideStage {
                stage,
                colours: Vec::new(),
                camera: camera::camera_of_move(shown, frames, rate, size).map_err(refused)?,
            })
        });
        Ok(Some(ClipGuide {
            prompt: prompt.clone(),
            rate,
            stage: stage.transpose()?,
        }))
    }
}

/// The stage of the subjects that a prompt names and the card of an installed model lists.
fn stage_of_prompt(
    prompt: &str,
    span: Span,
    client: &BlockingClient,
) -> Result<Option<Stage>, Failure> {
    let models = client.models(None)?.models;
    let mut follows = models.iter().filter(|model| {
        model.abilities.contains(&Ability::Control) && !model.vocabulary.is_empty()
    });
    Ok(follows.find_map(|model| of_prompt(prompt, &model.vocabulary, span)))
}
