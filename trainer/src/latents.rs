//! Encoded clips of the world, the training data of the transformer: encoded once, used many times. They are stored
//! in files of a hundred clips; a run that is stopped continues with the next file.

mod clip;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::vae::VaeEncoder;
use kinora_engine::weights::{MappedFile, view_of};
use kinora_wire::Failure;
use tch::{Device, IndexOp as _, Tensor};

use crate::files::write_tensors;
use crate::world::Format;

/// Clips per file.
pub const CLIPS_IN_FILE: u64 = 100;

/// Encoded clips: n clips, c channels, f latent frames of h x w, all normalised.
#[derive(Debug)]
pub struct Latents {
    /// The clips: n c f h w.
    pub clips: Tensor,
    /// Their stages, as depth or as the studio's pictures of them; for every fourth clip the default stage that the
    /// studio makes by itself: n c f h w.
    pub staged: Tensor,
    /// The given frames of some of them: n c f h w.
    pub kept: Tensor,
    /// The stage where no frames are given: n c f h w.
    pub followed: Tensor,
    /// The mask of latent frames to generate, -1 for clips without given frames: n f.
    pub made: Tensor,
    /// The character from the front, in three-quarter view and from the side: n 3 c h w.
    pub portraits: Tensor,
    /// The share of each position that the cast covers: n f h w.
    pub cast: Tensor,
    /// The latents of an empty control clip: c f h w.
    pub nothing: Tensor,
}

/// Tensor names in a file, in the order of the fields.
const NAMES: [&str; 8] = [
    "clips",
    "staged",
    "kept",
    "followed",
    "made",
    "portraits",
    "cast",
    "nothing",
];

impl Latents {
    /// Encodes the clips of `seeds` into files of `folder`, skipping those already there. `progress` is called with
    /// the number of clips done, and stops the work by returning false.
    pub fn write(
        folder: &Path,
        seeds: Range<u64>,
        by: &EncodedBy,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| crate::files::unwritable(folder, &error.to_string()))?;
        for first in seeds.clone().step_by(CLIPS_IN_FILE as usize) {
            let path = file(folder, first);
            let clips = first..seeds.end.min(first + CLIPS_IN_FILE);
            let label = by.label(&clips);
            if label_of(&path).as_ref() != Some(&label) {
                let encoded = Self::of_seeds(clips, &by.encoder, by.format, by.device)?;
                encoded.save(&path, label)?;
            }
            if !progress((first + CLIPS_IN_FILE).min(seeds.end) - seeds.start) {
                break;
            }
        }
        Ok(())
    }

    /// Reads the existing clips of `seeds`: consecutive files that were encoded by this autoencoder.
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
                break; // the last file may be short; the seeds of the next one would not follow it
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
        let mut fields = Vec::new();
        for name in NAMES {
            fields.push(gathered(name)?);
        }
        Self::of_fields(fields)
    }

    /// In the order of the names.
    fn of_fields(fields: Vec<Tensor>) -> Result<Self, Failure> {
        let fields: [Tensor; 8] = fields
            .try_into()
            .map_err(|_| Failure::bug("clips are eight tensors"))?;
        let [
            clips,
            staged,
            kept,
            followed,
            made,
            portraits,
            cast,
            nothing,
        ] = fields;
        Ok(Self {
            clips,
            staged,
            kept,
            followed,
            made,
            portraits,
            cast,
            nothing,
        })
    }

    /// The number of clips.
    pub fn count(&self) -> u64 {
        self.clips.size()[0] as u64
    }

    /// Whether this clip has frames to be given.
    pub fn has_kept(&self, clip: u64) -> bool {
        self.made.i(clip as i64).min().double_value(&[]) >= 0.0
    }

    fn save(&self, path: &Path, label: String) -> Result<(), Failure> {
        let fields = [
            &self.clips,
            &self.staged,
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

/// An encoder, with what identifies the files it wrote.
#[derive(Debug)]
pub struct EncodedBy {
    /// The encoder.
    pub encoder: VaeEncoder,
    /// The hash of its file.
    pub hash: String,
    /// The format of the clips.
    pub format: Format,
    /// The device it runs on.
    pub device: Device,
}

/// The metadata key of a file's label: its clips and their encoder.
const LABEL_KEY: &str = "encoded";

impl EncodedBy {
    fn label(&self, clips: &Range<u64>) -> String {
        let Format { frames, size, rate } = self.format;
        let [width, height] = size;
        let (from, to) = (clips.start, clips.end);
        format!(
            "{from}..{to} {width}x{height} {frames} at {rate}, stages with figures and scenery, by {}",
            self.hash
        )
    }

    /// Whether a label belongs to clips from `first` on, encoded by this encoder.
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

#[cfg(test)]
mod tests {
    use kinora_engine::family::wan::vae::Vae;
    use tch::Kind;

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
        )
        .expect("encoded");
        assert!(
            latents
                .clips
                .narrow(0, CLIPS_IN_FILE as i64, 2)
                .equal(&again.clips)
        );
        assert_eq!(latents.clips.size(), [102, 16, 2, 4, 4]);
        assert_eq!(latents.portraits.size(), [102, 3, 16, 4, 4]);
    }
}
