//! Clips of the world as the transformer learns them: encoded once, many times learnt from. They lie in
//! files of some hundred clips; a run that is stopped goes on with the next file.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use kinora_engine::conditioning::made_latent_frames;
use kinora_engine::vae::{Memory, VaeEncoder};
use kinora_engine::weights::{MappedFile, view_of};
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::files::write_tensors;
use crate::pixels;
use crate::world::{self, Clip, Format, Scene, generator};

/// Clips in one file.
pub const CLIPS_IN_FILE: u64 = 100;
/// Clips drawn before they are encoded, and clips encoded in one go.
const CLIPS_AT_ONCE: usize = 10;
const VIDEOS_AT_ONCE: usize = 8;

/// Encoded clips. n clips, c channels, f latent frames of h x w, all normalised.
#[derive(Debug)]
pub struct Latents {
    /// The clips: n c f h w.
    pub clips: Tensor,
    /// Their stage's depth, of every fourth one such as the studio makes by itself: n c f h w.
    pub depths: Tensor,
    /// Some frames of some of them, as they are given to be kept: n c f h w.
    pub kept: Tensor,
    /// Depth where those are not: n c f h w.
    pub followed: Tensor,
    /// Which latent frames are to be made then, -1 where nothing is kept: n f.
    pub made: Tensor,
    /// The character from the front, from between and from the side: n 3 c h w.
    pub portraits: Tensor,
    /// How much of each place the cast covers: n f h w.
    pub cast: Tensor,
    /// A clip of nothing: c f h w.
    pub nothing: Tensor,
}

/// Names of the tensors in a file, in the order of the fields.
const NAMES: [&str; 8] = [
    "clips",
    "depths",
    "kept",
    "followed",
    "made",
    "portraits",
    "cast",
    "nothing",
];

impl Latents {
    /// Encodes clips of `seeds` into files of `folder`, as far as they are not there yet. `told` hears how
    /// many there are and stops the work when it says so.
    pub fn write(
        folder: &Path,
        seeds: Range<u64>,
        by: &EncodedBy,
        told: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| crate::files::unwritable(folder, &error.to_string()))?;
        for first in seeds.clone().step_by(CLIPS_IN_FILE as usize) {
            let path = file(folder, first);
            let clips = first..seeds.end.min(first + CLIPS_IN_FILE);
            let label = by.label(&clips);
            if label_of(&path).as_ref() != Some(&label) {
                let encoded = Self::of_seeds(clips, &by.encoder, by.format, by.device);
                encoded.save(&path, label)?;
            }
            if !told((first + CLIPS_IN_FILE).min(seeds.end) - seeds.start) {
                break;
            }
        }
        Ok(())
    }

    /// Reads what is there of `seeds`: as many files as follow each other and were encoded by this very
    /// autoencoder.
    pub fn read(folder: &Path, seeds: Range<u64>, by: &EncodedBy) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for first in seeds.clone().step_by(CLIPS_IN_FILE as usize) {
            let path = file(folder, first);
            let whole = first..first + CLIPS_IN_FILE;
            let Some(label) = label_of(&path) else { break };
            let is_whole = label == by.label(&whole);
            if !is_whole && !by.has_written(&label, first) {
                return Err(Failure::bad_file(
                    format!("{} was encoded by another autoencoder", path.display()),
                    "encode the clips again: kinora-trainer encode",
                ));
            }
            files.push(MappedFile::open(&path)?);
            if !is_whole {
                break; // the last file may be a short one; what follows it would have other seeds
            }
        }
        let missing = || {
            Failure::bad_file(
                format!("{} holds no encoded clips", folder.display()),
                "encode some first: kinora-trainer encode",
            )
        };
        let gathered = |name: &str| -> Result<Tensor, Failure> {
            let pieces: Option<Vec<Tensor>> = files.iter().map(|file| file.tensor(name)).collect();
            let pieces = pieces
                .filter(|pieces| !pieces.is_empty())
                .ok_or_else(missing)?;
            Ok(match name {
                "nothing" => pieces[0].shallow_clone(),
                _ => Tensor::cat(&pieces, 0),
            })
        };
        let [
            clips,
            depths,
            kept,
            followed,
            made,
            portraits,
            cast,
            nothing,
        ] = NAMES.map(gathered);
        Ok(Self {
            clips: clips?,
            depths: depths?,
            kept: kept?,
            followed: followed?,
            made: made?,
            portraits: portraits?,
            cast: cast?,
            nothing: nothing?,
        })
    }

    /// How many clips there are.
    pub fn count(&self) -> u64 {
        self.clips.size()[0] as u64
    }

    /// Draws and encodes.
    pub fn of_seeds(
        seeds: Range<u64>,
        encoder: &VaeEncoder,
        format: Format,
        device: Device,
    ) -> Self {
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
                .map(|((scene, clip), seed)| ClipTensors::of(scene, clip, seed, format))
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
                let [clips, depths, kept, followed] =
                    [next(true), next(true), next(has_kept), next(has_kept)];
                let views: Vec<Tensor> = portraits.by_ref().take(clip.portraits.len()).collect();
                let views = Tensor::stack(&views, 0).squeeze_dim(2);
                let made = clip.made.shallow_clone();
                let row = [
                    clips,
                    depths,
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
        let [clips, depths, kept, followed, made, portraits, cast] =
            rows.map(|column| Tensor::stack(&column, 0));
        Self {
            clips,
            depths,
            kept,
            followed,
            made,
            portraits,
            cast,
            nothing,
        }
    }

    /// Whether frames of this clip can be given.
    pub fn has_kept(&self, clip: u64) -> bool {
        self.made.i(clip as i64).min().double_value(&[]) >= 0.0
    }

    fn save(&self, path: &Path, label: String) -> Result<(), Failure> {
        let fields = [
            &self.clips,
            &self.depths,
            &self.kept,
            &self.followed,
            &self.made,
            &self.portraits,
            &self.cast,
            &self.nothing,
        ];
        let views = NAMES
            .iter()
            .zip(fields)
            .map(|(name, field)| Ok(((*name).to_owned(), view_of(field)?)));
        let views: Vec<_> = views.collect::<Result<_, Failure>>()?;
        write_tensors(path, views, (LABEL_KEY, label))
    }
}

/// What encodes clips, and how its files can be told from others'.
#[derive(Debug)]
pub struct EncodedBy {
    /// The encoder.
    pub encoder: VaeEncoder,
    /// The hash of its file.
    pub hash: String,
    /// Of the clips.
    pub format: Format,
    /// Where it computes.
    pub device: Device,
}

/// The key of a file's metadata that tells which clips it holds and what encoded them.
const LABEL_KEY: &str = "encoded";

impl EncodedBy {
    fn label(&self, clips: &Range<u64>) -> String {
        let Format { frames, size, rate } = self.format;
        let [width, height] = size;
        let (from, to) = (clips.start, clips.end);
        format!(
            "{from}..{to} {width}x{height} {frames} at {rate} by {}",
            self.hash
        )
    }

    /// Whether a label is of some clips from `first` on.
    fn has_written(&self, label: &str, first: u64) -> bool {
        (1..CLIPS_IN_FILE).any(|count| label == self.label(&(first..first + count)))
    }
}

fn label_of(path: &Path) -> Option<String> {
    let file = MappedFile::open(path).ok()?;
    file.metadata().get(LABEL_KEY).cloned()
}

fn file(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:08}.safetensors"))
}

/// Which frames of a clip are given to be kept: what an artist may have.
pub fn kept_frames(rng: &mut Rng, frames: u32) -> Vec<u32> {
    let last = frames - 1;
    match rng.u8(..20) {
        0..11 => vec![0],
        11..14 => vec![0, last],
        14 | 15 => vec![last],
        16 => vec![rng.u32(1..last)],
        17 | 18 => {
            // A clip to go on from.
            let end = 4 * rng.u32(1..=(last / 8).max(1));
            (0..=end.min(last - 1)).collect()
        }
        _ => (0..frames)
            .filter(|frame| !(last / 3..2 * last / 3).contains(frame))
            .collect(), // a gap
    }
}

/// Latents of clips of one size, 3 x t x h x w each: c f h w, in fp16 on the processor.
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
    /// The clip and its depth: 3 t h w.
    frames: Tensor,
    depth: Tensor,
    /// What is kept of it, and the depth of the rest.
    kept: Option<[Tensor; 2]>,
    /// Which latent frames are to be made then; -1 where nothing is kept.
    made: Tensor,
    /// 3 1 h w each.
    portraits: Vec<Tensor>,
    cast: Tensor,
}

impl ClipTensors {
    fn of(scene: &Scene, clip: &Clip, seed: u64, format: Format) -> Self {
        let frames = pixels::colours(&clip.frames, format.size);
        let plain = |has_props| {
            let stage = scene.plain_stage(has_props, format);
            pixels::greys(&scene.depth(&stage, format), format.size)
        };
        let depth = match generator(seed, 31).u8(..8) {
            0 => plain(true),
            1 => plain(false),
            _ => pixels::greys(&clip.depth, format.size),
        };
        let depth = depth.contiguous();
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
            kept: has_kept.then(|| [&frames * &mask, &depth * (1.0 - &mask)]),
            made: if has_kept {
                made
            } else {
                made.zeros_like() - 1.0
            },
            portraits: portraits.collect(),
            cast: cast_of_latents(&pixels::masks(&clip.frames, format.size)),
            frames,
            depth,
        }
    }

    /// All of them that move.
    fn moving(&self) -> Vec<Tensor> {
        let kept = self.kept.iter().flatten();
        [&self.frames, &self.depth]
            .into_iter()
            .chain(kept)
            .map(Tensor::shallow_clone)
            .collect()
    }

    fn still(&self) -> Vec<Tensor> {
        self.portraits.iter().map(Tensor::shallow_clone).collect()
    }
}

/// How much of each latent place the cast covers: 1 t h w to f h/8 w/8.
pub fn cast_of_latents(masks: &Tensor) -> Tensor {
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
    use kinora_engine::vae::Vae;

    use super::*;
    use crate::initial;
    use crate::parameters::Parameters;
    use crate::starter::Size;

    const SMALL: Format = Format {
        frames: 5,
        size: [32, 32],
        rate: 16,
    };

    fn by(hash: &str) -> EncodedBy {
        let config = Size::Small.autoencoder();
        let build = |weights: kinora_engine::weights::Weights| Vae::new(&config, weights);
        let parameters = Parameters::new(Device::Cpu, &initial::autoencoder, build);
        let vae = parameters
            .and_then(|made| made.network(Kind::Float, build))
            .expect("a network");
        EncodedBy {
            encoder: vae.encoder,
            hash: hash.into(),
            format: SMALL,
            device: Device::Cpu,
        }
    }

    #[test]
    fn what_is_read_is_what_the_seeds_are_and_of_one_autoencoder() {
        tch::set_num_threads(1);
        let folder = tempfile::tempdir().expect("folder");
        let (ours, other) = (by("ours"), by("other"));
        let write = |count, by: &EncodedBy| {
            Latents::write(folder.path(), 0..count, by, &mut |_| true).expect("written");
        };
        let count = |by: &EncodedBy| {
            Latents::read(folder.path(), 0..1000, by).map(|latents| latents.count())
        };
        assert!(
            count(&ours)
                .is_err_and(|failure| failure.to_string().contains("kinora-trainer encode"))
        );
        write(3, &ours);
        assert_eq!(count(&ours).ok(), Some(3));
        write(CLIPS_IN_FILE + 2, &ours);
        assert_eq!(
            count(&ours).ok(),
            Some(CLIPS_IN_FILE + 2),
            "the short file was made whole"
        );
        assert!(
            count(&other).is_err_and(|failure| failure.to_string().contains("another autoencoder"))
        );
        let latents = Latents::read(folder.path(), 0..1000, &ours).expect("read");
        let again = Latents::of_seeds(
            CLIPS_IN_FILE..CLIPS_IN_FILE + 2,
            &ours.encoder,
            SMALL,
            Device::Cpu,
        );
        assert!(
            latents
                .clips
                .narrow(0, CLIPS_IN_FILE as i64, 2)
                .equal(&again.clips)
        );
        assert_eq!(latents.clips.size(), [102, 16, 2, 4, 4]);
        assert_eq!(latents.portraits.size(), [102, 3, 16, 4, 4]);
    }

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
