//! Reads a sound from a WAV file: whole numbers of 16, 24 or 32 bits, or floats of 32 bits.
//! Source: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), and `WAVEFORMATEXTENSIBLE`.

use std::path::Path;

use kinora_wire::Failure;
use tch::Tensor;

use super::Wave;
use crate::files::read_small;

/// The longest file that is read, in bytes: more than an hour of two channels of floats.
const LONGEST_BYTES: u64 = 2_000_000_000;
/// Length of the name and the size before the content of a chunk.
const CHUNK_HEAD: usize = 8;
/// The format of whole numbers.
const WHOLE: u16 = 1;
/// The format of floats.
const FLOAT: u16 = 3;
/// A format whose number follows later in the chunk.
const EXTENSIBLE: u16 = 0xFFFE;
/// Where it follows.
const EXTENSIBLE_AT: usize = 24;
/// Most channels that are believed.
const MOST_CHANNELS: u16 = 64;

/// What the chunk `fmt ` says.
#[derive(Clone, Copy, Debug)]
struct Format {
    kind: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
}

/// The sound of a WAV file.
///
/// # Errors
/// A file that cannot be read, is no WAV file, is empty, or has another form of samples.
pub fn read(path: &Path) -> Result<Wave, Failure> {
    let wrong = |what: &str| {
        Failure::bad_file(
            format!("{}: {what}", path.display()),
            "use a WAV file of whole numbers of 16, 24 or 32 bits, or of floats",
        )
    };
    let bytes = read_small(path, LONGEST_BYTES);
    let bytes = bytes.map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
    let (format, data) = chunks_of(&bytes).ok_or_else(|| wrong("it is no whole WAV file"))?;
    let samples = samples_of(format, data)
        .ok_or_else(|| wrong("it has samples of a form that is not known"))?;
    let channels = i64::from(format.channels);
    let whole = samples.len() as i64 / channels * channels;
    if whole == 0 {
        return Err(wrong("it has no samples"));
    }
    let interleaved = Tensor::from_slice(&samples).narrow(0, 0, whole);
    Ok(Wave {
        samples: interleaved
            .view([-1, channels])
            .transpose(0, 1)
            .contiguous(),
        rate_hz: i64::from(format.rate_hz),
    })
}

/// The format and the data of a file. A file that was cut off keeps the samples that are there.
fn chunks_of(bytes: &[u8]) -> Option<(Format, &[u8])> {
    let is_wave = bytes.get(..4)? == b"RIFF" && bytes.get(8..12)? == b"WAVE";
    let mut rest = bytes.get(12..).filter(|_| is_wave)?;
    let mut format = None;
    loop {
        let name = rest.get(..4)?;
        let size = u32::from_le_bytes(rest.get(4..CHUNK_HEAD)?.try_into().ok()?) as usize;
        let content = rest.get(CHUNK_HEAD..)?;
        match name {
            b"fmt " => format = Some(format_of(content.get(..size)?)?),
            b"data" => return Some((format?, content.get(..size).unwrap_or(content))),
            _ => {}
        }
        // Chunks begin at even places.
        rest = content.get(size.checked_add(size % 2)?..)?;
    }
}

fn format_of(chunk: &[u8]) -> Option<Format> {
    let short = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
    let kind = match short(0)? {
        EXTENSIBLE => short(EXTENSIBLE_AT)?,
        kind => kind,
    };
    let format = Format {
        kind,
        channels: short(2)?,
        rate_hz: u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?),
        bits: short(14)?,
    };
    let is_possible = (1..=MOST_CHANNELS).contains(&format.channels) && format.rate_hz > 0;
    is_possible.then_some(format)
}

/// The samples in [-1, 1], the channels side by side.
fn samples_of(format: Format, data: &[u8]) -> Option<Vec<f32>> {
    let largest = |bits: u32| 2f32.powi(1 - bits as i32);
    Some(match (format.kind, format.bits) {
        (WHOLE, 16) => {
            let values = data.as_chunks().0.iter();
            values
                .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) * largest(16))
                .collect()
        }
        (WHOLE, 24) => {
            let values = data.as_chunks::<3>().0.iter();
            values
                .map(|[low, middle, high]| {
                    let value = i32::from_le_bytes([0, *low, *middle, *high]);
                    value as f32 * largest(32)
                })
                .collect()
        }
        (WHOLE, 32) => {
            let values = data.as_chunks().0.iter();
            values
                .map(|bytes| i32::from_le_bytes(*bytes) as f32 * largest(32))
                .collect()
        }
        (FLOAT, 32) => {
            let values = data.as_chunks().0.iter();
            let values = values.map(|bytes| f32::from_le_bytes(*bytes));
            values
                .map(|value| if value.is_finite() { value } else { 0.0 })
                .collect()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file of two channels at 48 kHz.
    fn file(kind: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        let frame = 2 * bits / 8;
        bytes.extend(kind.to_le_bytes());
        bytes.extend(2_u16.to_le_bytes());
        bytes.extend(48_000_u32.to_le_bytes());
        bytes.extend((48_000 * u32::from(frame)).to_le_bytes());
        bytes.extend(frame.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn read_bytes(bytes: &[u8]) -> Result<Wave, Failure> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sound.wav");
        fs::write(&path, bytes).expect("written");
        read(&path)
    }

    #[test]
    fn whole_numbers_and_floats_are_the_same_sound() {
        let floats: Vec<u8> = [0.5_f32, -0.5, 0.25, -1.0]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let of_16 = [0x4000_u16, 0xC000, 0x2000, 0x8000];
        let of_16: Vec<u8> = of_16.iter().flat_map(|value| value.to_le_bytes()).collect();
        let of_24 = [0, 0, 0x40, 0, 0, 0xC0, 0, 0, 0x20, 0, 0, 0x80];
        let expected = Tensor::from_slice(&[0.5_f32, 0.25, -0.5, -1.0]).view([2, 2]);
        for bytes in [
            file(3, 32, &floats),
            file(1, 16, &of_16),
            file(1, 24, &of_24),
        ] {
            let wave = read_bytes(&bytes).expect("a sound");
            assert_eq!((wave.rate_hz, &wave.samples), (48_000, &expected));
            assert!((wave.seconds() - 2.0 / 48_000.0).abs() < 1e-12);
        }
    }

    #[test]
    fn damaged_files_are_refused_and_one_that_was_cut_off_keeps_what_is_there() {
        let whole = file(1, 16, &[1; 40]);
        for length in [0, 3, 11, 20, 40, 50] {
            assert!(read_bytes(&whole[..length]).is_err(), "{length}");
        }
        let cut = read_bytes(&whole[..whole.len() - 20]).expect("a sound");
        assert_eq!(cut.samples.size(), [2, 5]);
        assert!(read_bytes(&file(1, 16, &[])).is_err(), "no samples");
        let failure = read_bytes(&file(1, 8, &[1; 8])).expect_err("refused");
        assert!(failure.cause.contains("sound.wav"), "{failure}");
        assert!(read_bytes(&file(2, 16, &[1; 8])).is_err(), "compressed");
    }
}
