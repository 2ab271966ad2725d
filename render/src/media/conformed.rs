//! Conformed sound: a file's sound stored on disk in the mixer's format, so that any sample is one read away. Created
//! once from the file, and again whenever it is missing.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use kinora_timeline::file::{Disk as _, RealDisk, beside};

use super::kept::{keep, kept};
use super::sound::read_sound_from;
use super::sound_decoder::DamagedMoments;
use super::{MediaError, Probe};

/// Left and right in single precision.
const BYTES_A_SAMPLE: u64 = 8;

/// The sound of a file, 48 kHz stereo.
#[derive(Debug)]
pub struct Conformed {
    file: File,
    samples: i64,
    damaged: Option<DamagedMoments>,
}

impl Conformed {
    /// Opens the conformed sound at `place`, or creates it from the file at `path` first. `probe` is the place of the
    /// file's probe. Where the project's folder cannot be written to, the sound is kept in a temporary file until it is
    /// closed.
    ///
    /// # Errors
    /// The sound cannot be read; there is no room for it.
    pub fn open(path: &Path, place: &Path, probe: &Path) -> Result<Self, MediaError> {
        Self::open_watched(path, place, probe, &mut || {})
    }

    /// The same; `on_block` is called with each block of samples, so that a caller sees that the reading goes on.
    ///
    /// # Errors
    /// The sound cannot be read; there is no room for it.
    pub fn open_watched(
        path: &Path,
        place: &Path,
        probe: &Path,
        on_block: &mut dyn FnMut(),
    ) -> Result<Self, MediaError> {
        let (file, damaged) = if let Ok(file) = File::open(place) {
            (file, kept(&place_of_damage(place)))
        } else {
            let (file, damaged) = make(path, place, probe, on_block)?;
            (file, Some(damaged))
        };
        let bytes = file
            .metadata()
            .map_err(|error| MediaError::unwritable(place, error))?
            .len();
        Ok(Self {
            file,
            samples: i64::try_from(bytes / BYTES_A_SAMPLE).unwrap_or(i64::MAX),
            damaged,
        })
    }

    /// The moments of the file's sound that could not be decoded: begin and end in seconds from its first picture,
    /// ascending. `None` if that is not known any more.
    pub fn damaged_seconds(&self) -> Option<&[[f64; 2]]> {
        self.damaged.as_deref()
    }

    /// The length in samples per channel.
    pub fn samples(&self) -> i64 {
        self.samples
    }

    /// Reads samples from `first` on, stereo interleaved; silence before the start and after the end.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub fn read(&mut self, first: i64, into: &mut [f32]) -> std::io::Result<()> {
        into.fill(0.0);
        let count = (into.len() / 2) as i64;
        let (from, to) = (first.max(0), (first + count).min(self.samples));
        if from >= to {
            return Ok(());
        }
        let mut bytes = vec![0; (to - from) as usize * BYTES_A_SAMPLE as usize];
        self.file
            .seek(SeekFrom::Start(from as u64 * BYTES_A_SAMPLE))?;
        self.file.read_exact(&mut bytes)?;
        let skipped = (from - first) as usize * 2;
        let numbers = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes));
        for (sample, number) in into[skipped..].iter_mut().zip(numbers) {
            *sample = number;
        }
        Ok(())
    }
}

/// The place of what is damaged of a conformed sound: beside it.
fn place_of_damage(place: &Path) -> PathBuf {
    place.with_extension("ron")
}

/// Writes the sound of a file to its place, or to a temporary file. Returns its damaged moments, too.
fn make(
    path: &Path,
    place: &Path,
    probe: &Path,
    on_block: &mut dyn FnMut(),
) -> Result<(File, DamagedMoments), MediaError> {
    let picture = Probe::open(path, probe)?.picture;
    let start = picture.map(|track| track.timing.start_seconds());
    let beside = beside(place);
    let made = place
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| File::create(&beside));
    let Ok(file) = made else {
        return in_temporary_file(path, start, on_block);
    };
    let made = match fill(path, start, file, on_block) {
        Ok(damaged) => {
            // First, so that it is there with the sound.
            if let Err(error) = keep(&damaged, &place_of_damage(place)) {
                tracing::debug!("the damage of {} is not kept: {error}", place.display());
            }
            RealDisk
                .settle(&beside, place)
                .and_then(|()| File::open(place))
                .map(|file| (file, damaged))
                .map_err(|error| MediaError::unwritable(place, error))
        }
        Err(Fill::Media(error)) => Err(error),
        Err(Fill::Disk(_)) => {
            fs::remove_file(&beside).ok(); // first, since it takes the room
            return in_temporary_file(path, start, on_block);
        }
    };
    if made.is_err() {
        fs::remove_file(&beside).ok();
    }
    made
}

fn in_temporary_file(
    path: &Path,
    start: Option<f64>,
    on_block: &mut dyn FnMut(),
) -> Result<(File, DamagedMoments), MediaError> {
    let folder = std::env::temp_dir();
    let unwritable = |error| MediaError::unwritable(&folder, error);
    let file = tempfile::tempfile().map_err(unwritable)?;
    let copy = file.try_clone().map_err(unwritable)?;
    match fill(path, start, copy, on_block) {
        Ok(damaged) => Ok((file, damaged)),
        Err(Fill::Media(error)) => Err(error),
        Err(Fill::Disk(error)) => Err(unwritable(error)),
    }
}

/// Why a sound was not written.
enum Fill {
    Media(MediaError),
    Disk(std::io::Error),
}

/// Writes the sound of a file, and returns its damaged moments.
fn fill(
    path: &Path,
    start: Option<f64>,
    file: File,
    on_block: &mut dyn FnMut(),
) -> Result<DamagedMoments, Fill> {
    let mut file = BufWriter::new(file);
    let mut written = Ok(());
    let damaged = read_sound_from(path, start, &mut |samples| {
        on_block();
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        written = file.write_all(&bytes);
        written.is_ok()
    })
    .map_err(Fill::Media)?;
    written.and_then(|()| file.flush()).map_err(Fill::Disk)?;
    Ok(damaged)
}
