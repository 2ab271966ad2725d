//! Finished frames whose place can no longer be written: they are kept in a folder of the user's, which the error names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora_wire::{Failure, PixelShape, write_frames};

/// The folder for such clips, in the user's data folder.
const FOLDER: &str = "rescued clips";
/// The bytes of frames that are kept in memory. Longer clips are made of others, and can be made again.
const MOST_BYTES: usize = 512 << 20;

/// A new folder: in the user's data folder, or among the temporary files if that cannot be written either.
pub fn refuge(data: &Path) -> io::Result<PathBuf> {
    let new = |folder: &Path| {
        std::fs::create_dir_all(folder)?;
        let made = tempfile::Builder::new()
            .prefix("clip-")
            .tempdir_in(folder)?;
        Ok(made.keep())
    };
    new(&data.join(FOLDER)).or_else(|_: io::Error| new(&std::env::temp_dir()))
}

/// The failure of a clip that is complete, but at another place.
pub fn kept_as(why: Failure, path: &Path) -> Failure {
    with_place(
        why,
        &format!("the finished clip is kept as {}", path.display()),
    )
}

fn with_place(why: Failure, kept: &str) -> Failure {
    let remedy = match why.remedy {
        Some(remedy) => format!("{kept}; {remedy}"),
        None => kept.to_owned(),
    };
    Failure {
        remedy: Some(remedy),
        ..why
    }
}

/// Frames that are written into a folder of their own.
pub struct Rescue {
    folder: PathBuf,
    why: Failure,
    /// The number of the first frame in the folder.
    first: u32,
}

impl Rescue {
    /// Makes the folder. `why` is the reason, and is returned if no folder can be made.
    pub fn begun(why: Failure, first: u32, data: &Path) -> Result<Self, Failure> {
        match refuge(data) {
            Ok(folder) => Ok(Self { folder, why, first }),
            Err(_) => Err(why),
        }
    }

    pub fn write(&self, first: u32, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
        write_frames(&self.folder, first, shape, pixels)
    }

    /// The reason, and the place of the frames.
    pub fn failure(&self) -> Failure {
        let folder = self.folder.display();
        let kept = match self.first {
            0 => format!("the finished frames are kept in {folder}"),
            first => format!("the frames from number {first} on are kept in {folder}"),
        };
        with_place(self.why.clone(), &kept)
    }
}

/// The frames of a clip so far, as they came.
#[derive(Default)]
pub struct KeptFrames {
    frames: Vec<(u32, PixelShape, Arc<[u8]>)>,
    bytes: usize,
}

impl KeptFrames {
    pub fn add(&mut self, first: u32, shape: PixelShape, pixels: &Arc<[u8]>) {
        self.bytes = self.bytes.saturating_add(pixels.len());
        if self.bytes > MOST_BYTES {
            self.frames = Vec::new();
        } else {
            self.frames.push((first, shape, Arc::clone(pixels)));
        }
    }

    /// Writes them into a folder of their own. `why` is returned if there are none, or if they cannot be written.
    pub fn rescued(&self, why: Failure, data: &Path) -> Result<Rescue, Failure> {
        let Some((first, ..)) = self.frames.first() else {
            return Err(why);
        };
        let rescue = Rescue::begun(why, *first, data)?;
        for (first, shape, pixels) in &self.frames {
            if rescue.write(*first, *shape, pixels).is_err() {
                std::fs::remove_dir_all(&rescue.folder).ok();
                return Err(rescue.why);
            }
        }
        Ok(rescue)
    }
}
