//! A WAV file that is written while it is recorded. Its header is brought up to date while it grows, so that a killed
//! program leaves a file that can be read; [`repair`] adds what was written after the last time.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::input::InputFormat;

/// The header: RIFF, the format with its extension, the count of samples, and the start of the samples themselves.
const HEADER_BYTES: usize = 58;
/// `WAVE_FORMAT_IEEE_FLOAT`.
const FLOAT: u16 = 3;
const SAMPLE_BYTES: u64 = 4;
/// The places of the numbers in the header.
const CHANNELS_AT: usize = 22;
const RATE_AT: usize = 24;
const DATA_BYTES_AT: usize = 54;
/// Sizes are 32 bits: a longer file would not be a WAV file.
const MOST_BYTES: u64 = u32::MAX as u64 - HEADER_BYTES as u64;

/// A file that grows.
pub(super) trait Growing: Write + Seek {
    /// Cuts what lies behind this many bytes.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;

    /// Waits until the disk has it.
    fn sync(&mut self) -> io::Result<()>;
}

impl Growing for File {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Writes samples of 32 bits, floating point.
pub(super) struct WavWriter<F> {
    file: F,
    format: InputFormat,
    data_bytes: u64,
}

impl WavWriter<File> {
    /// Creates a file. If there is one already, which is never touched, the new one gets a number behind its name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn create(path: &Path, format: InputFormat) -> io::Result<(Self, PathBuf)> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut place = path.to_owned();
        for number in 2_u64.. {
            match OpenOptions::new().write(true).create_new(true).open(&place) {
                Ok(file) => return Ok((Self::begin(file, format)?, place)),
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(_) => {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                    let extension = path.extension().unwrap_or_default().to_string_lossy();
                    place.set_file_name(format!("{stem} ({number}).{extension}"));
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl<F: Growing> WavWriter<F> {
    pub(super) fn begin(mut file: F, format: InputFormat) -> io::Result<Self> {
        file.write_all(&header(format, 0))?;
        Ok(Self {
            file,
            format,
            data_bytes: 0,
        })
    }

    /// The samples of each channel that were written.
    pub fn frames(&self) -> u64 {
        self.data_bytes / frame_bytes(self.format)
    }

    /// Whether there is room for so many more samples.
    pub fn has_room(&self, samples: usize) -> bool {
        self.data_bytes + samples as u64 * SAMPLE_BYTES <= MOST_BYTES
    }

    /// Writes samples, interleaved.
    ///
    /// # Errors
    /// The disk refuses. What was written before stays.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
        self.file.write_all(&bytes)?;
        self.data_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Brings the header up to date and waits until the disk has everything.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn settle(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let header = header(self.format, self.data_bytes);
        let written = self.file.write_all(&header);
        let end = HEADER_BYTES as u64 + self.data_bytes;
        self.file.seek(SeekFrom::Start(end))?;
        written?;
        self.file.sync()
    }

    /// Ends the file: what a full disk took of a block that it did not take as a whole is cut.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(mut self) -> io::Result<F> {
        self.file.cut(HEADER_BYTES as u64 + self.data_bytes)?;
        self.settle()?;
        Ok(self.file)
    }
}

/// Brings the header of a file up to date that was left by a killed program. Returns its format and the samples of each
/// channel.
///
/// # Errors
/// It was not written here, or cannot be read or written.
pub fn repair(path: &Path) -> io::Result<(InputFormat, u64)> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut start = [0; HEADER_BYTES];
    file.read_exact(&mut start)?;
    let half = |at: usize| u16::from_le_bytes([start[at], start[at + 1]]);
    let word = |at: usize| u32::from(half(at)) | u32::from(half(at + 2)) << 16;
    let format = InputFormat {
        channels: half(CHANNELS_AT),
        rate_hz: word(RATE_AT),
    };
    let is_own = (1..=2).contains(&format.channels) && format.rate_hz > 0;
    if !is_own || start != header(format, u64::from(word(DATA_BYTES_AT))) {
        let text = "it is not a recording of Kinora";
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let bytes = file.metadata()?.len() - HEADER_BYTES as u64;
    let bytes = bytes.min(MOST_BYTES) / frame_bytes(format) * frame_bytes(format);
    file.set_len(HEADER_BYTES as u64 + bytes)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(format, bytes))?;
    file.sync_data()?;
    Ok((format, bytes / frame_bytes(format)))
}

fn frame_bytes(format: InputFormat) -> u64 {
    SAMPLE_BYTES * u64::from(format.channels.max(1))
}

/// The header of a file with so many bytes of samples.
fn header(format: InputFormat, data_bytes: u64) -> [u8; HEADER_BYTES] {
    let frame = frame_bytes(format);
    let word = |number: u64| (number as u32).to_le_bytes();
    let half = |number: u64| (number as u16).to_le_bytes();
    let mut all = [0; HEADER_BYTES];
    let parts: [&[u8]; 17] = [
        b"RIFF",
        &word(HEADER_BYTES as u64 - 8 + data_bytes),
        b"WAVE",
        b"fmt ",
        &word(18),
        &half(u64::from(FLOAT)),
        &half(u64::from(format.channels)),
        &word(u64::from(format.rate_hz)),
        &word(u64::from(format.rate_hz) * frame),
        &half(frame),
        &half(8 * SAMPLE_BYTES),
        &half(0), // the extension is empty
        b"fact",
        &word(4),
        &word(data_bytes / frame),
        b"data",
        &word(data_bytes),
    ];
    for (to, from) in all.iter_mut().zip(parts.concat()) {
        *to = from;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::media::{probe, read_sound};

    const FORMAT: InputFormat = InputFormat {
        rate_hz: 48_000,
        channels: 2,
    };

    fn read(path: &Path) -> Vec<f32> {
        let mut samples = Vec::new();
        read_sound(path, &mut |block| {
            samples.extend_from_slice(block);
            true
        })
        .expect("sound");
        samples
    }

    fn ramp(samples: usize) -> Vec<f32> {
        (0..samples).map(|at| at as f32 / samples as f32).collect()
    }

    #[test]
    fn a_recorded_file_is_read_back_to_the_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("media/recordings/one.wav");
        let (mut writer, _) = WavWriter::create(&path, FORMAT).expect("created");
        let samples = ramp(9600);
        for block in samples.chunks(700) {
            writer.write(block).expect("written");
        }
        assert_eq!(writer.frames(), 4800);
        writer.finish().expect("finished");
        assert!(read(&path) == samples);
        let (_, other) = WavWriter::create(&path, FORMAT).expect("beside it");
        assert_eq!(other, path.with_file_name("one (2).wav"));
        assert!(read(&path) == samples, "nothing is overwritten");
    }

    #[test]
    fn a_file_whose_writer_was_killed_can_be_read_and_is_whole_when_it_is_repaired() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.wav");
        let (mut writer, _) = WavWriter::create(&path, FORMAT).expect("created");
        let samples = ramp(9600);
        writer.write(&samples[..4800]).expect("written");
        writer.settle().expect("settled");
        writer.write(&samples[4800..]).expect("written");
        std::mem::forget(writer); // as kill -9 leaves it
        let mut file = OpenOptions::new().append(true).open(&path).expect("there");
        file.write_all(&[1, 2, 3]).expect("half a sample");
        assert!(read(&path).starts_with(&samples[..4800]));
        assert_eq!(repair(&path).expect("repaired"), (FORMAT, 4800));
        assert!(read(&path) == samples);
        assert_eq!(repair(&path).expect("again"), (FORMAT, 4800));
        assert!(probe(&path).is_ok());
    }

    #[test]
    fn a_file_of_another_program_is_not_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("other.wav");
        let mut other = header(FORMAT, 0).to_vec();
        other[20] = 1; // whole numbers
        std::fs::write(&path, &other).expect("written");
        assert!(repair(&path).is_err());
        assert!(repair(&folder.path().join("none.wav")).is_err());
        assert_eq!(std::fs::read(&path).expect("read"), other);
        std::fs::write(&path, "RIFF").expect("written");
        assert!(repair(&path).is_err(), "cut within its header");
    }

    /// A disk of so many bytes.
    struct SmallDisk {
        file: Cursor<Vec<u8>>,
        room: usize,
    }

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let left = self.room.saturating_sub(self.file.position() as usize);
            match left.min(bytes.len()) {
                0 if !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
                taken => self.file.write(&bytes[..taken]),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for SmallDisk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    impl Growing for SmallDisk {
        fn cut(&mut self, bytes: u64) -> io::Result<()> {
            self.file.get_mut().truncate(bytes as usize);
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_keeps_the_blocks_that_it_took() {
        let disk = SmallDisk {
            file: Cursor::default(),
            room: HEADER_BYTES + 1000,
        };
        let mut writer = WavWriter::begin(disk, FORMAT).expect("begun");
        let block = ramp(100); // 400 bytes
        writer.write(&block).expect("written");
        writer.write(&block).expect("written");
        let refused = writer.write(&block).expect_err("full");
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        let disk = writer.finish().expect("the header needs no room");
        let bytes = disk.file.into_inner();
        assert_eq!(bytes.len(), HEADER_BYTES + 800);
        assert_eq!(bytes[..HEADER_BYTES], header(FORMAT, 800));
    }
}
