//! Conditioning pictures as network input: mask and latents for image-to-video, camera and control models, the VACE
//! context for VACE models. Shapes are written b c f h w, with f, h, w in latent positions.

use image::RgbImage;
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::transformer::{Concatenated, Config, MASK_CHANNELS};
use super::vae::{ChunkDone, FRAMES_PER_LATENT, Tiling, VaeEncoder, latent_frames};
use crate::conditioning::{Conditioning, clip};
use crate::picture;
use crate::plan::Plan;

/// Mask channels of the VACE context: one for each of the 8x8 pixels of a latent position of Wan 2.1.
pub(super) const VACE_MASK_CHANNELS: i64 = 8 * 8;

/// The input of the network in addition to noise and text.
#[derive(Debug)]
pub enum NetworkInput {
    /// Nothing: a text-to-video model.
    TextOnly,
    /// Image-to-video, camera and control models: what is concatenated to the noise along the channels.
    ChannelConcat {
        /// 1 x c x f x h x w, in the order of [`Config::concatenated`].
        channels: Tensor,
        /// Fun models of Wan 2.2 TI2V-5B with a first frame: its latents, as in [`Self::FirstLatent`].
        first: Option<Tensor>,
    },
    /// Wan 2.2 TI2V-5B with a first frame: its latents, 1 x 48 x 1 x h x w, which take the place of the first latent
    /// frame.
    FirstLatent(Tensor),
    /// VACE models: the input of the control branch, 1 x 96 x (references + f) x h x w.
    VaceContext(Tensor),
}

/// Encodes frames to latents, whole or in tiles.
type Encode<'e> = dyn FnMut(&Tensor) -> Result<Tensor, Failure> + 'e;

/// Whether the autoencoder is needed for this network. VACE models, and image-to-video models with a picture, encode the
/// frames that are not given too.
pub fn needs_encoding(config: &Config, pictures: &Conditioning, plan: &Plan) -> bool {
    let has_first = pictures.kept.contains_key(&0);
    let is_encoded = |part: &Concatenated| match part {
        Concatenated::Control => !pictures.control.is_empty(),
        Concatenated::StartPicture => has_first && plan.latent()[0] > 1,
        Concatenated::GivenFrames => !pictures.kept.is_empty(),
    };
    let order = config.concatenated().unwrap_or_default();
    config.vace.is_some()
        || (config.takes_first_latent() && has_first)
        || order.iter().any(is_encoded)
}

/// The input of a network for which nothing need be encoded: zeros in all channels after the noise, if it has some, as
/// camera and control models without a picture were trained.
pub fn without_pictures(config: &Config, plan: &Plan, device: Device) -> NetworkInput {
    match config.in_channels - config.out_channels {
        0 => NetworkInput::TextOnly,
        count => NetworkInput::ChannelConcat {
            channels: zero_latents(plan, count, device),
            first: None,
        },
    }
}

/// Encodes the pictures for this network. `done` is called after each chunk.
pub fn encode(
    pictures: &Conditioning,
    plan: &Plan,
    config: &Config,
    vae: &VaeEncoder,
    tiling: Option<Tiling>,
    device: Device,
    done: &mut ChunkDone,
) -> Result<NetworkInput, Failure> {
    let mut encode = |frames: &Tensor| in_one_piece_or_tiles(vae, frames, tiling, done);
    if config.vace.is_some() {
        return Ok(NetworkInput::VaceContext(control(
            pictures,
            plan,
            device,
            &mut encode,
        )?));
    }
    let order = config.concatenated().unwrap_or_default();
    if !order.is_empty() {
        return concatenated(order, pictures, plan, config, device, &mut encode);
    }
    let first = pictures.kept.get(&0);
    match first.filter(|_| config.takes_first_latent()) {
        Some(first) => {
            let latents = first_latent(first, device, &mut encode)?;
            Ok(NetworkInput::FirstLatent(latents))
        }
        None => Ok(NetworkInput::TextOnly),
    }
}

/// Encodes frames, 1 x 3 x t x h x w, whole or in tiles.
pub fn in_one_piece_or_tiles(
    vae: &VaeEncoder,
    frames: &Tensor,
    tiling: Option<Tiling>,
    done: &mut ChunkDone,
) -> Result<Tensor, Failure> {
    match tiling {
        Some(tiling) => vae.encode_tiled(frames, tiling, done),
        None => vae.encode(frames, done),
    }
}

/// The channels after the noise, in this order.
fn concatenated(
    order: &[Concatenated],
    pictures: &Conditioning,
    plan: &Plan,
    config: &Config,
    device: Device,
    encode: &mut Encode,
) -> Result<NetworkInput, Failure> {
    let latent = config.out_channels;
    let mut parts = Vec::new();
    let mut first = None;
    for part in order {
        parts.push(match part {
            Concatenated::Control => control_latents(pictures, plan, latent, device, encode)?,
            Concatenated::StartPicture => start_picture(pictures, plan, latent, device, encode)?,
            Concatenated::GivenFrames => {
                let given = channel_concat(pictures, plan, latent, device, encode)?;
                let is_first = config.replaces_first_latent() && pictures.kept.contains_key(&0);
                first = is_first.then(|| given.narrow(1, MASK_CHANNELS, latent).narrow(2, 0, 1));
                given
            }
        });
    }
    let channels = Tensor::cat(&parts, 1);
    Ok(NetworkInput::ChannelConcat { channels, first })
}

/// The latents of the control clip, 1 x c x f x h x w; zeros without one, as in VideoX-Fun's pipelines.
fn control_latents(
    pictures: &Conditioning,
    plan: &Plan,
    channels: i64,
    device: Device,
    encode: &mut Encode,
) -> Result<Tensor, Failure> {
    match pictures.control.is_empty() {
        true => Ok(zero_latents(plan, channels, device)),
        false => encode(&clip(plan, device, |frame| {
            pictures.control.get(frame as usize)
        })),
    }
}

/// The latents of the first frame alone, in the first latent frame, and zeros in the others: 1 x c x f x h x w. All are
/// zeros without a first frame, and for a clip of one frame (VideoX-Fun `pipeline_wan_fun_control.py`).
fn start_picture(
    pictures: &Conditioning,
    plan: &Plan,
    channels: i64,
    device: Device,
    encode: &mut Encode,
) -> Result<Tensor, Failure> {
    let zeros = zero_latents(plan, channels, device);
    let others = plan.latent()[0] - 1;
    match pictures.kept.get(&0).filter(|_| others > 0) {
        Some(first) => {
            let first = first_latent(first, device, encode)?;
            Ok(Tensor::cat(&[&first, &zeros.narrow(2, 0, others)], 2))
        }
        None => Ok(zeros),
    }
}

/// 1 x c x f x h x w.
fn zero_latents(plan: &Plan, channels: i64, device: Device) -> Tensor {
    let [frames, rows, columns] = plan.latent();
    Tensor::zeros([1, channels, frames, rows, columns], (Kind::Float, device))
}

/// Wan 2.2 TI2V-5B (`wan/textimage2video.py`): the first frame, encoded as a clip of one frame.
fn first_latent(first: &RgbImage, device: Device, encode: &mut Encode) -> Result<Tensor, Failure> {
    let frame = picture::to_tensor(first).to_device(device); // 3 h w
    encode(&frame.unsqueeze(0).unsqueeze(2))
}

/// Wan 2.2 image to video (`wan/image2video.py`): the latents of a clip of the given frames, grey elsewhere, after 4
/// mask channels that are 1 for given frames: 1 x 20 x f x h x w.
fn channel_concat(
    pictures: &Conditioning,
    plan: &Plan,
    channels: i64,
    device: Device,
    encode: &mut Encode,
) -> Result<Tensor, Failure> {
    let [latent_frames, rows, columns] = plan.latent();
    if pictures.kept.is_empty() {
        // As in [`without_pictures`]: a control clip alone.
        return Ok(zero_latents(plan, MASK_CHANNELS + channels, device));
    }
    let video = clip(plan, device, |frame| pictures.kept.get(&frame));
    let latents = encode(&video)?;
    let is_given = |frame: i64| f32::from(pictures.kept.contains_key(&frame));
    // The first frame is repeated four times in the mask: it has a latent frame of its own.
    let first = [is_given(0); FRAMES_PER_LATENT as usize];
    let given: Vec<f32> = first
        .into_iter()
        .chain((1..plan.frames()).map(is_given))
        .collect();
    let mask = Tensor::from_slice(&given)
        .to_device(device)
        .view([1, latent_frames, FRAMES_PER_LATENT, 1, 1])
        .transpose(1, 2) // 1 4 f 1 1
        .expand([1, FRAMES_PER_LATENT, latent_frames, rows, columns], false);
    Ok(Tensor::cat(&[mask, latents], 1))
}

/// VACE (`vace_latent` of Wan2.1 `wan/vace.py`): kept frames (inactive) and control frames (reactive), encoded
/// separately, 64 mask channels, and each reference as a latent frame before the clip.
fn control(
    pictures: &Conditioning,
    plan: &Plan,
    device: Device,
    encode: &mut Encode,
) -> Result<Tensor, Failure> {
    let control_frame = |frame: i64| {
        let picture = pictures.control.get(frame as usize);
        picture.filter(|_| !pictures.kept.contains_key(&frame))
    };
    let inactive = encode(&clip(plan, device, |frame| pictures.kept.get(&frame)))?;
    // Without pictures both clips are grey, so one encoding suffices.
    let reactive = match pictures.kept.is_empty() && pictures.control.is_empty() {
        true => inactive.shallow_clone(),
        false => encode(&clip(plan, device, control_frame))?,
    };
    let made = made_latent_frames(plan.frames(), |frame| pictures.kept.contains_key(&frame));
    let made = Tensor::from_slice(&made).to_device(device).unsqueeze(0);
    let references = pictures.references.iter().map(|reference| {
        let canvas = picture::whole_on_white(reference, plan.width(), plan.height());
        encode(
            &canvas
                .to_device(device)
                .view([1, 3, 1, plan.height(), plan.width()]),
        )
    });
    let references: Vec<Tensor> = references.collect::<Result<_, _>>()?;
    Ok(vace_context(&inactive, &reactive, &made, &references))
}

/// The VACE mask per latent frame: 1 if it is generated, 0 if it is kept. The frame nearest to its middle decides
/// (`vace_encode_masks` of Wan2.1 `wan/vace.py`).
pub fn made_latent_frames(frames: i64, is_kept: impl Fn(i64) -> bool) -> Vec<f32> {
    let latent_frames = latent_frames(frames);
    (0..latent_frames)
        .map(|latent| (2 * latent + 1) * frames / (2 * latent_frames))
        .map(|frame| f32::from(!is_kept(frame)))
        .collect()
}

/// The VACE context, b x 96 x (r + f) x h x w: latents of kept frames (`inactive`) and of control frames (`reactive`),
/// each b x 16 x f x h x w, the mask per latent frame (`made`, b x f), and r references, each b x 16 x 1 x h x w.
pub fn vace_context(
    inactive: &Tensor,
    reactive: &Tensor,
    made: &Tensor,
    references: &[Tensor],
) -> Tensor {
    let size = inactive.size(); // b c f h w
    let mask = made.unsqueeze(1).unsqueeze(-1).unsqueeze(-1).expand(
        [size[0], VACE_MASK_CHANNELS, size[2], size[3], size[4]],
        false,
    );
    let video = Tensor::cat(&[inactive, reactive, &mask], 1);
    let zeros = video.narrow(1, size[1], video.size()[1] - size[1]);
    let zeros = zeros.narrow(2, 0, 1).zeros_like();
    let references = references.iter();
    let frames = references.map(|reference| Tensor::cat(&[reference, &zeros], 1));
    let frames: Vec<Tensor> = frames.chain([video]).collect();
    Tensor::cat(&frames, 2)
}
