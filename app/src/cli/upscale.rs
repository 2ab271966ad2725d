//! `kinora upscale`: makes a finished clip larger.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::source_clip::SourceClip;
use kinora_studio::generate::upscale::{ClipGuide, upscale as upscale_clip};
use kinora_studio::stage::guide::GuideStage;
use kinora_studio::stage::prompt::{Span, of_prompt};
use kinora_studio::wire::{Ability, Camera, Failure, ModelInfo, Outcome};
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
    /// The frame rate of a video made from pictures. Default: that of the model whose card lists the subjects of the prompt,
    /// else 24.
    #[arg(
        long,
        value_name = "FPS",
        value_parser = clap::value_parser!(u32).range(1..=1000),
        allow_negative_numbers = true
    )]
    rate: Option<u32>,
    #[command(flatten)]
    guide: GuideArguments,
}

/// What is known of the clip.
#[derive(Debug, Args)]
struct GuideArguments {
    /// The prompt that the clip was generated from, for an upscaler that reads it. The subjects that the model's card
    /// lists stand on a stage, as in `kinora generate`, if the clip has the size of the model's clips.
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
    // Found once: the engine lists its models for it.
    let staged_by: OnceCell<Option<ModelInfo>> = OnceCell::new();
    clip.rework(
        |client, small| {
            let found = guide.model(client)?;
            Ok(rate_of(
                small,
                rate,
                staged_by.get_or_init(|| found).as_ref(),
            ))
        },
        &|client, small, is_cancelled, on_progress| {
            let staged_by = staged_by.get().and_then(Option::as_ref);
            let rate = rate_of(small, rate, staged_by);
            let (guide, note) = match guide.read(small, rate, staged_by) {
                Ok(read) => read,
                Err(failure) => return Outcome::Failed { failure },
            };
            if let Some(note) = note.filter(|_| !clip.json) {
                eprintln!("note: {note}");
            }
            let by = (model.as_deref(), guide.as_ref());
            upscale_clip(client, small, by, is_cancelled, on_progress)
        },
    )
}

/// The frame rate of a clip. Pictures have the given one, or that of the model whose clip it is.
fn rate_of(small: &SourceClip, given: Option<u32>, model: Option<&ModelInfo>) -> FrameRate {
    let of_pictures = given.or_else(|| model.map(|model| model.defaults.rate));
    let of_pictures = of_pictures.and_then(|rate| FrameRate::new(rate, 1));
    small.rate.or(of_pictures).unwrap_or(FrameRate::FPS_24)
}

impl GuideArguments {
    /// The installed model whose card lists the subjects of the prompt, and which shows them on a stage. `None`: there is none,
    /// or the stage is another one.
    fn model(&self, client: &BlockingClient) -> Result<Option<ModelInfo>, Failure> {
        let is_default = self.stage.is_none() && !self.no_stage;
        let Some(prompt) = self.prompt.as_ref().filter(|_| is_default) else {
            return Ok(None);
        };
        let span = Span {
            frames: 1,
            rate: 1.0,
        };
        let mut models = client.models(None)?.models.into_iter();
        Ok(models.find(|model| {
            model.abilities.contains(&Ability::Control)
                && of_prompt(prompt, &model.vocabulary, span).is_some()
        }))
    }

    /// The guide of a clip, `None` without a prompt, and what is to be said of it. `model` as from [`GuideArguments::model`].
    fn read(
        &self,
        small: &mut SourceClip,
        rate: FrameRate,
        model: Option<&ModelInfo>,
    ) -> Result<(Option<ClipGuide>, Option<String>), Failure> {
        let Some(prompt) = &self.prompt else {
            return Ok((None, None));
        };
        let rate = rate.per_second();
        let first = small.picture(0)?;
        let size = [first.width, first.height];
        let count = u32::try_from(small.count()).unwrap_or(u32::MAX);
        // A still shows the first moment of a clip of the model's usual length.
        let frames = match model {
            Some(model) if count == 1 => model.defaults.frames.max(1),
            _ => count,
        };
        let (stage, note) = match (&self.stage, model) {
            (Some(path), _) => (Some(stage::read(path)?), None),
            (None, Some(model)) if model.defaults.size == size => {
                let span = Span { frames, rate };
                (of_prompt(prompt, &model.vocabulary, span), None)
            }
            (None, Some(model)) => (None, Some(no_stage_note(size, model))),
            (None, None) => (None, None),
        };
        let rate = rate.round() as u32;
        let stage: Option<Result<GuideStage, Failure>> = stage.map(|stage| {
            let shown = self.camera_move.as_deref().unwrap_or("static");
            let refused = |why: String| Failure::refused(why, "see `kinora upscale --help`");
            let camera = camera::camera_of_move(shown, frames, rate, size).map_err(refused)?;
            let views = camera.views.into_iter().take(count as usize);
            Ok(GuideStage {
                stage,
                colours: Vec::new(),
                camera: Camera {
                    views: views.collect(),
                },
            })
        });
        let guide = ClipGuide {
            prompt: prompt.clone(),
            rate,
            stage: stage.transpose()?,
        };
        Ok((Some(guide), note))
    }
}

fn no_stage_note([width, height]: [u32; 2], model: &ModelInfo) -> String {
    let [own_width, own_height] = model.defaults.size;
    format!(
        "no stage: clips of {} are {own_width}x{own_height}, this one is {width}x{height}. --stage gives one",
        model.id
    )
}
