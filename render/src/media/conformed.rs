//! Conformed sound: a file's sound stored on disk in the mixer's format, so that any sample is one read away. Created
//! once from the file, and again whenever it is missing.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use kinora_timeline::file::{Disk as _, RealDisk, beside};

use super::{MediaError, read_sound};

/// Left and right in single precision.
const BYTES_A_SAMPLE: u64 = 8;

/// The sound of a file, 48 kHz stereo.
#[derive(Debug)]
pub struct Conformed {
    file: File,
    samples: i64,
}

impl Conformed {
    /// Opens the conformed sound at `place`, or creates it from the file at `path` first.
    ///
    /// # Errors
    /// The sound cannot be read; the folder cannot be written to.
    pub fn open(path: &Path, place: &Path) -> Result<Self, MediaError> {
        let file = if let Ok(file) = File::open(place) {
            file
        } else {
            make(path, place)?;
            File::open(place).map_err(|error| MediaError::unwritable(place, error))?
        };
        let bytes = file
            .metadata()
            .map_err(|error| MediaError::unwritable(place, error))?
            .len();
        Ok(Self {
            file,
            samples: i64::try_from(bytes / BYTES_A_SAMPLE).unwrap_or(i64::MAX),
        })
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

fn make(path: &Path, place: &Path) -> Result<(), MediaError> {
    let unwritable = |error: std::io::Error| MediaError::unwritable(place, error);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let beside = beside(place);
    let mut file = BufWriter::new(File::create(&beside).map_err(unwritable)?);
    let mut written = Ok(());
    let read = read_sound(path, &mut |samples| {
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        written = file.write_all(&bytes);
        written.is_ok()
    });
    let whole = read.and_then(|()| {
        written
            .and_then(|()| {
                file.into_inner()
                    .map_err(std::io::IntoInnerError::into_error)
            })
            .and_then(|_| RealDisk.settle(&beside, place))
            .map_err(unwritable)
    });
    if whole.is_err() {
        fs::remove_file(&beside).ok();
    }
    whole
}
