//! Drawing and encoding clips, with the conditions that can be given for each.

use std::ops::Range;

use fastrand::Rng;
use kinora_engine::family::wan::network_input::made_latent_frames;
use kinora_engine::family::wan::vae::{Memory, VaeEncoder};
use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::Latents;
use crate::pixels;
use crate::world::{self, Clip, Format, Scene, Staging, generator};

/// Clips drawn at once, and encoded in one batch.
const CLIPS_AT_ONCE: usize = 10;
const VIDEOS_AT_ONCE: usize = 8;

impl Latents {
    /// Draws and encodes the clips of these seeds.
    pub fn of_seeds(
        seeds: Range<u64>,
        encoder: &VaeEncoder,
        format: Format,
        device: Device,
    ) -> Result<Self, Failure> {
        Self::staged_as(staging, seeds, encoder, (format, device))
    }

    /// As [`Latents::of_seeds`], with the stage of each seed given like this.
    pub fn staged_as(
        staging: fn(u64) -> Staging,
        seeds: Range<u64>,
        encoder: &VaeEncoder,
        (format, device): (Format, Device),
    ) -> Result<Self, Failure> {
        let _no_grad = tch::no_grad_guard();
        let [width, height] = format.size.map(i64::from);
        let size = [3, i64::from(format.frames), height, width];
        let nothing = Tensor::zeros(size, (Kind::Float, Device::Cpu));
        let nothing = encoded(encoder, &[nothing], device).remove(0);
        let mut rows: [Vec<Tensor>; 7] = Default::default();
        for first in seeds.clone().step_by(CLIPS_AT_ONCE) {
            let seeds = first..seeds.end.min(first + CLIPS_AT_ONCE as u64);
            let drawn = world::clips(seeds.clone(), format);
            let clips = drawn.iter().zip(seeds);
            let clips: Vec<ClipTensors> = clips
                .map(|((scene, clip), seed)| {
                    ClipTensors::of(scene, clip, (seed, staging(seed)), format)
                })
                .collect();
            let all = |of: &dyn Fn(&ClipTensors) -> Vec<Tensor>| {
                encoded(
                    encoder,
                    &clips.iter().flat_map(of).collect::<Vec<_>>(),
                    device,
                )
            };
            let mut moving = all(&ClipTensors::moving).into_iter();
            let mut portraits = all(&ClipTensors::still).into_iter();
            for clip in &clips {
                let mut next = |is_there: bool| match is_there {
                    true => moving.next().unwrap_or_else(|| nothing.shallow_clone()),
                    false => nothing.shallow_clone(),
                };
                let has_kept = clip.kept.is_some();
                let [clips, staged, kept, followed] =
                    [next(true), next(true), next(has_kept), next(has_kept)];
                let views: Vec<Tensor> = portraits.by_ref().take(clip.portraits.len()).collect();
                let views = Tensor::stack(&views, 0).squeeze_dim(2);
                let made = clip.made.shallow_clone();
                let row = [
                    clips,
                    staged,
                    kept,
                    followed,
                    made,
                    views,
                    clip.cast.shallow_clone(),
                ];
                for (column, tensor) in rows.iter_mut().zip(row) {
                    column.push(tensor);
                }
            }
        }
        let columns = rows.map(|column| Tensor::stack(&column, 0));
        Self::of_fields(columns.into_iter().chain([nothing]).collect())
    }
}

/// The given frames of a clip: the patterns an artist may use.
fn kept_frames(rng: &mut Rng, frames: u32) -> Vec<u32> {
    let last = frames - 1;
    match rng.u8(..20) {
        0..11 => vec![0],
        11..14 => vec![0, last],
        14 | 15 => vec![last],
        16 => vec![rng.u32(1..last)],
        17 | 18 => {
            // The start of the clip, as if it continued another one.
            let end = 4 * rng.u32(1..=(last / 8).max(1));
            (0..=end.min(last - 1)).collect()
        }
        _ => (0..frames)
            .filter(|frame| !(last / 3..2 * last / 3).contains(frame))
            .collect(), // a gap
    }
}

/// How the stage of a clip is given: most of them painted, the rest as depth or in plaster.
fn staging(seed: u64) -> Staging {
    match generator(seed, 32).u8(..10) {
        0..7 => Staging::Painted,
        7..9 => Staging::Depth,
        _ => Staging::Plaster,
    }
}

/// The latents of clips of one size, 3 x t x h x w each: c f h w, in fp16 on the CPU.
fn encoded(encoder: &VaeEncoder, clips: &[Tensor], device: Device) -> Vec<Tensor> {
    let groups = clips.chunks(VIDEOS_AT_ONCE).flat_map(|group| {
        let frames = Tensor::stack(group, 0).to_device(device);
        let latents = encoder.encode_chunk(&frames, &mut Memory::default());
        latents.to_kind(Kind::Half).to_device(Device::Cpu).unbind(0)
    });
    groups.collect()
}

/// The pictures of one clip as tensors.
struct ClipTensors {
    /// The clip and its stage: 3 t h w.
    frames: Tensor,
    staged: Tensor,
    /// The given frames, and the stage of the rest.
    kept: Option<[Tensor; 2]>,
    /// The mask of latent frames to generate; -1 where no frames are given.
    made: Tensor,
    /// Three views, 3 1 h w each.
    portraits: Vec<Tensor>,
    cast: Tensor,
}

impl ClipTensors {
    fn of(scene: &Scene, clip: &Clip, (seed, staging): (u64, Staging), format: Format) -> Self {
        let frames = pixels::colours(&clip.frames, format.size);
        let stage = match generator(seed, 31).u8(..10) {
            0 => scene.plain_stage(false, format),
            1 | 2 => scene.stage(format),
            3 | 4 => {
                let mut stage = scene.figure_stage(format);
                stage.stand_ins.truncate(1); // that of a prompt has no objects
                stage
            }
            _ => scene.figure_stage(format),
        };
        let staged = scene.staged(&stage, staging, 0..format.frames, format);
        let staged = pixels::rgb(staged.iter().map(Vec::as_slice), format.size).contiguous();
        let mut rng = generator(seed, 30);
        let has_kept = rng.u8(..5) < 2;
        let given = kept_frames(&mut rng, format.frames);
        let is_kept = (0..format.frames).map(|frame| f32::from(given.contains(&frame)));
        let mask = Tensor::from_slice(&is_kept.collect::<Vec<f32>>()).view([1, -1, 1, 1]);
        let made = made_latent_frames(i64::from(format.frames), |frame| {
            given.contains(&(frame as u32))
        });
        let made = Tensor::from_slice(&made);
        let portraits = scene.character.portraits(format);
        let portraits = portraits.iter().map(|portrait| {
            let [canvas, _] = pixels::on_white(portrait, format.portrait(), format.size);
            canvas
        });
        Self {
            kept: has_kept.then(|| [&frames * &mask, &staged * (1.0 - &mask)]),
            made: if has_kept {
                made
            } else {
                made.zeros_like() - 1.0
            },
            portraits: portraits.collect(),
            cast: cast_of_latents(&pixels::masks(&clip.frames, format.size)),
            frames,
            staged,
        }
    }

    /// All tensors that are clips rather than stills.
    fn moving(&self) -> Vec<Tensor> {
        let kept = self.kept.iter().flatten();
        [&self.frames, &self.staged]
            .into_iter()
            .chain(kept)
            .map(Tensor::shallow_clone)
            .collect()
    }

    fn still(&self) -> Vec<Tensor> {
        self.portraits.iter().map(Tensor::shallow_clone).collect()
    }
}

/// The share of each latent position that the cast covers: 1 t h w to f h/8 w/8.
fn cast_of_latents(masks: &Tensor) -> Tensor {
    let places = masks.squeeze_dim(0).unsqueeze(1);
    let places = places.avg_pool2d([8, 8], [8, 8], [0, 0], false, true, None::<i64>);
    let places = places.squeeze_dim(1); // t h w
    let size = places.size();
    let (first, rest) = (places.narrow(0, 0, 1), places.narrow(0, 1, size[0] - 1));
    let groups = rest.view([(size[0] - 1) / 4, 4, size[1], size[2]]);
    let groups = groups.mean_dim([1].as_slice(), false, Kind::Float);
    Tensor::cat(&[first, groups], 0).to_kind(Kind::Half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_artist_may_keep_of_a_clip_is_never_nothing_and_never_all() {
        let mut rng = generator(1, 2);
        for _ in 0..300 {
            let frames = [5, 17, 25][rng.usize(..3)];
            let kept = kept_frames(&mut rng, frames);
            let is_within = kept.iter().all(|&frame| frame < frames);
            assert!(
                !kept.is_empty() && kept.len() < frames as usize && is_within,
                "{kept:?}"
            );
        }
    }
}
