//! Pictures that a network attends to, beside the channels of its input: the tokens of the image encoder, the reference
//! picture of Fun-Control models, the subjects of Phantom models.
//!
//! Sources: diffusers `WanImageToVideoPipeline.encode_image`; VideoX-Fun `videox_fun/pipeline/pipeline_wan_fun_control.py`,
//! `pipeline_wan_phantom.py` and their examples.

use std::path::{Path, PathBuf};

use image::RgbImage;
use kinora_wire::{Failure, Progress};
use tch::{Kind, Tensor};

use super::image_encoder::{ImageConfig, ImageEncoder, pixels};
use super::names::Component;
use super::network_input::in_one_piece_or_tiles;
use super::transformer::{Config, ReferenceTokens, Transformer};
use super::{Part, Wan};
use crate::conditioning::Conditioning;
use crate::job::{Clock, Listener};
use crate::model_cache::{LoadedModels, Slot};
use crate::picture;
use crate::plan::Plan;

/// The encoded pictures.
#[derive(Debug, Default)]
pub struct PictureInput {
    /// The tokens of the image encoder: p x n x c. `None` without a picture.
    pub tokens: Option<Tensor>,
    /// The latents of the reference picture, 1 x c x 1 x h x w, for networks with a convolution for it. Zeros without a
    /// picture.
    pub reference: Option<Tensor>,
    /// The latents of the subjects: 1 x c x r x h x w.
    pub subjects: Option<Tensor>,
}

/// The prompts of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The prompt.
    With,
    /// The negative prompt.
    Without,
    /// Prompt and negative prompt, as a batch of two.
    Both,
}

impl PictureInput {
    /// Latent frames that are added to those of the clip inside the network.
    pub fn latent_frames(&self) -> i64 {
        let both = [&self.reference, &self.subjects].into_iter().flatten();
        both.map(|latents| latents.size()[2]).sum()
    }

    /// The tokens of the references for a pass. In the pass with the negative prompt the subjects are zeros.
    pub fn references(&self, network: &Transformer, pass: Pass) -> ReferenceTokens {
        let reference = self.reference.as_ref();
        let subjects = self.subjects.as_ref().map(|subjects| match pass {
            Pass::With => subjects.shallow_clone(),
            Pass::Without => subjects.zeros_like(),
            Pass::Both => Tensor::cat(&[subjects, &subjects.zeros_like()], 0),
        });
        ReferenceTokens {
            before: reference.and_then(|reference| network.embed_reference(reference)),
            after: subjects.map(|subjects| network.embed_subjects(&subjects)),
        }
    }
}

/// The file of CLIP ViT-H/14 among these, by its usual names; or else the first.
pub fn image_encoder_of(files: &[&Path]) -> Option<PathBuf> {
    const NAMES: [&str; 4] = ["clip_vision_h", "vit-h", "vit_h", "xlm-roberta"];
    let is_it = |path: &&Path| {
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().to_lowercase();
        NAMES.iter().any(|part| name.contains(part))
    };
    let usual = files.iter().copied().find(is_it);
    usual.or(files.first().copied()).map(Path::to_path_buf)
}

/// Opens the image encoder, if the transformer attends to pictures. Fails if there is none, or one of another kind.
pub(super) fn open_encoder(
    path: Option<&Path>,
    transformer: &Part<Config>,
) -> Result<Option<Part<ImageConfig>>, Failure> {
    let Some(input) = &transformer.shape.image else {
        return Ok(None);
    };
    let of = transformer.checkpoint.path().display();
    let Some(path) = path else {
        return Err(Failure::bad_file(
            format!("{of} attends to pictures, and there is no image encoder"),
            "put clip_vision_h.safetensors (CLIP ViT-H/14), or the folder image_encoder of the release, beside it",
        ));
    };
    let encoder = Part::read(
        path,
        Component::Image,
        ImageConfig::detect,
        ImageEncoder::whole,
    )?;
    let shape = &encoder.shape;
    let fits_pair = |tokens| tokens == 2 * shape.positions;
    if input.channels == shape.width && input.paired_tokens.is_none_or(fits_pair) {
        return Ok(Some(encoder));
    }
    Err(Failure::bad_file(
        format!(
            "{of} attends to pictures of {} numbers a token, {} writes {}",
            input.channels,
            encoder.checkpoint.path().display(),
            shape.width
        ),
        "use CLIP ViT-H/14 (clip_vision_h.safetensors), which the model was trained with",
    ))
}

/// Refuses pictures that this network cannot take, though it has the ability, and pictures of a pair without the other.
pub fn refuse_unusable(
    config: &Config,
    pictures: &Conditioning,
    plan: &Plan,
) -> Result<(), Failure> {
    let last = plan.frames() - 1;
    let has = |frame: i64| pictures.kept.contains_key(&frame);
    let image = config.image.as_ref();
    let takes_two = image.is_some_and(|image| image.paired_tokens.is_some());
    if takes_two && !(last > 0 && has(0) && has(last)) {
        return Err(Failure::refused(
            "the model makes a clip between two pictures, and there are not both",
            "give a first and a last frame",
        ));
    }
    if config.reference_channels.is_some() && pictures.references.len() > 1 {
        return Err(Failure::refused(
            format!(
                "the model takes one reference picture, and there are {}",
                pictures.references.len()
            ),
            "leave all but one out, or use a VACE model",
        ));
    }
    Ok(())
}

/// The pictures for the image encoder: both frames for models of a first and a last one, otherwise the reference, or
/// else the first frame.
fn seen<'p>(config: &Config, pictures: &'p Conditioning, plan: &Plan) -> Vec<&'p RgbImage> {
    let Some(image) = &config.image else {
        return Vec::new();
    };
    let kept = |frame: i64| pictures.kept.get(&frame);
    if image.paired_tokens.is_some() {
        return [kept(0), kept(plan.frames() - 1)]
            .into_iter()
            .flatten()
            .collect();
    }
    let reference = pictures.references.first();
    let reference = reference.filter(|_| config.reference_channels.is_some());
    reference.or_else(|| kept(0)).into_iter().collect()
}

impl Wan {
    /// Encodes the pictures that the network attends to.
    pub(super) fn encode_picture_input(
        &self,
        plan: &Plan,
        pictures: &Conditioning,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<PictureInput, Failure> {
        let _no_grad = tch::no_grad_guard();
        let config = &self.transformer.shape;
        let seen = seen(config, pictures, plan);
        let tokens = self.picture_tokens(&seen, models, listener, clock)?;
        let (width, height) = (plan.width(), plan.height());
        let canvases: Vec<Tensor> = match (config.reference_channels, config.takes_subjects) {
            (Some(_), _) => {
                let filling = |picture| picture::filling(picture, width as u32, height as u32);
                let references = pictures.references.iter().map(filling);
                references
                    .map(|picture| picture::to_tensor(&picture))
                    .collect()
            }
            (None, true) => {
                let whole = |picture| picture::whole_on_white(picture, width, height);
                pictures.references.iter().map(whole).collect()
            }
            (None, false) => Vec::new(),
        };
        let latents = self.single_latents(&canvases, plan, models, listener, clock)?;
        let subjects = config.takes_subjects && !latents.is_empty();
        let subjects = subjects.then(|| Tensor::cat(&latents, 2));
        let reference = config.reference_channels.map(|channels| {
            let [_, rows, columns] = plan.latent();
            let on = (Kind::Float, models.device);
            let none = || Tensor::zeros([1, channels, 1, rows, columns], on);
            latents.first().map_or_else(none, Tensor::shallow_clone)
        });
        Ok(PictureInput {
            tokens,
            reference,
            subjects,
        })
    }

    /// The tokens of these pictures: p x n x c.
    fn picture_tokens(
        &self,
        seen: &[&RgbImage],
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Option<Tensor>, Failure> {
        let Some(Part { checkpoint, shape }) = self.image.as_ref().filter(|_| !seen.is_empty())
        else {
            return Ok(None);
        };
        let device = models.device;
        let encoder = models.network(Slot::Image, checkpoint, listener, clock, |weights| {
            ImageEncoder::new(shape, weights)
        })?;
        let squares = seen.iter().map(|picture| pixels(picture, shape.side()));
        let squares = Tensor::cat(&squares.collect::<Vec<_>>(), 0).to_device(device);
        clock.encoding(|| Ok(Some(encoder.forward(&squares))))
    }

    /// Encodes pictures, 3 x h x w each, to a latent frame each: 1 x c x 1 x h x w.
    fn single_latents(
        &self,
        canvases: &[Tensor],
        plan: &Plan,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Vec<Tensor>, Failure> {
        if canvases.is_empty() {
            return Ok(Vec::new());
        }
        let device = models.device;
        let tiling = self.tiling(models.plan().pictures);
        let vae = self.load_encoder(models, listener, clock)?;
        let size = [1, 3, 1, plan.height(), plan.width()];
        clock.encoding(|| {
            let mut latents = Vec::new();
            for (at, canvas) in canvases.iter().enumerate() {
                let frames = canvas.to_device(device).view(size);
                latents.push(in_one_piece_or_tiles(vae, &frames, tiling, &mut |_, _| {
                    Ok(())
                })?);
                let (what, done) = ("references".into(), (at + 1) as f64 / canvases.len() as f64);
                listener.receive(Progress::Working { what, done }, Vec::new())?;
            }
            Ok(latents)
        })
    }
}
