//! Reads WAV files: sound that is given to a model. Integers of 8 to 32 bits and floating point.
//! Source: Microsoft, "Multiple channel audio data and WAVE files"; IBM and Microsoft, "Multimedia programming interface".

use std::path::Path;

use kinora_wire::Failure;
use tch::Tensor;

use super::Wave;
use crate::files::read_small;

/// Longest file: more than an hour in stereo at 48 kHz and 32 bits.
const LONGEST_FILE_BYTES: u64 = 1 << 31;
/// Forms of samples.
const INTEGER: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// Most channels that are read.
const MOST_CHANNELS: u16 = 64;

/// The chunk `fmt `.
#[derive(Clone, Copy)]
struct Form {
    kind: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
}

/// Reads a file: channels x n. Samples beyond [-1, 1] are limited.
///
/// # Errors
/// It cannot be read, is no WAV file, or has samples of another form.
pub fn read(path: &Path) -> Result<Wave, Failure> {
    let unusable = |why: &str| {
        Failure::bad_file(
            format!("the sound {} cannot be used: {why}", path.display()),
            "give a WAV file with samples of 16, 24 or 32 bits",
        )
    };
    let bytes = read_small(path, LONGEST_FILE_BYTES).map_err(|why| unusable(&why))?;
    parse(&bytes).map_err(unusable)
}

/// The sound in the bytes of a file, or why there is none.
fn parse(bytes: &[u8]) -> Result<Wave, &'static str> {
    let is_wave = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE".as_slice());
    let mut rest = bytes
        .get(12..)
        .filter(|_| is_wave)
        .ok_or("it is no WAV file")?;
    let mut form = None;
    while let Some((head, after)) = rest.split_at_checked(8) {
        let length = usize::try_from(le(head, 4, 4)).unwrap_or(usize::MAX);
        // Programs that write to a pipe leave the length open, and a copy may be cut: what is there counts.
        let (chunk, after) = after.split_at(length.min(after.len()));
        match &head[..4] {
            b"fmt " => form = Some(form_of(chunk)?),
            b"data" => return wave_of(form.ok_or("its samples have no form")?, chunk),
            _ => {}
        }
        // Chunks of odd length are followed by an empty byte.
        rest = after.get(length % 2..).unwrap_or_default();
    }
    Err("it has no samples")
}

fn form_of(chunk: &[u8]) -> Result<Form, &'static str> {
    if chunk.len() < 16 {
        return Err("its header is cut off");
    }
    let number = |at: usize| le(chunk, at, 2) as u16;
    let kind = match number(0) {
        EXTENSIBLE => number(24),
        kind => kind,
    };
    let form = Form {
        kind,
        channels: number(2),
        rate_hz: le(chunk, 4, 4) as u32,
        bits: number(14),
    };
    let is_known = match kind {
        INTEGER => [8, 16, 24, 32].contains(&form.bits),
        FLOAT => [32, 64].contains(&form.bits),
        _ => false,
    };
    let is_sound = (1..=MOST_CHANNELS).contains(&form.channels) && form.rate_hz > 0;
    match is_known && is_sound {
        true => Ok(form),
        false => Err("its samples have an unknown form"),
    }
}

fn wave_of(form: Form, bytes: &[u8]) -> Result<Wave, &'static str> {
    let width = usize::from(form.bits / 8);
    let channels = usize::from(form.channels);
    let count = bytes.len() / (width * channels);
    if count == 0 {
        return Err("it has no samples");
    }
    let samples = bytes.chunks_exact(width).take(count * channels);
    let samples: Vec<f32> = samples.map(|sample| value_of(form, sample)).collect();
    if !samples.iter().all(|sample| sample.is_finite()) {
        return Err("a sample is no number");
    }
    let interleaved = Tensor::from_slice(&samples).view([count as i64, channels as i64]);
    Ok(Wave {
        samples: interleaved.transpose(0, 1).contiguous().clamp(-1.0, 1.0),
        rate_hz: i64::from(form.rate_hz),
    })
}

/// A sample; full scale is 1.
fn value_of(form: Form, bytes: &[u8]) -> f32 {
    let bits = le(bytes, 0, bytes.len());
    match (form.kind, form.bits) {
        (FLOAT, 32) => f32::from_bits(bits as u32),
        (FLOAT, _) => f64::from_bits(bits) as f32,
        (_, 8) => (bits as f32 - 128.0) / 128.0, // the only form without a sign
        (_, width) => {
            let shift = 64 - u32::from(width);
            let signed = (bits << shift).cast_signed() >> shift;
            (signed as f64 / 2f64.powi(i32::from(width) - 1)) as f32
        }
    }
}

/// A number of up to eight bytes, little endian. Bytes that are not there are zero.
fn le(bytes: &[u8], at: usize, count: usize) -> u64 {
    let bytes = bytes.iter().skip(at).take(count.min(8));
    let places = bytes
        .zip(0..)
        .map(|(byte, place)| u64::from(*byte) << (8 * place));
    places.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of stereo samples.
    fn file(kind: u16, bits: u16, samples: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        let frame = bits / 8 * 2;
        bytes.extend([kind.to_le_bytes(), 2u16.to_le_bytes()].concat());
        bytes.extend(
            [
                8000u32.to_le_bytes(),
                (8000 * u32::from(frame)).to_le_bytes(),
            ]
            .concat(),
        );
        bytes.extend([frame.to_le_bytes(), bits.to_le_bytes()].concat());
        bytes.extend(b"data");
        bytes.extend((samples.len() as u32).to_le_bytes());
        bytes.extend(samples);
        bytes
    }

    #[track_caller]
    fn check(kind: u16, bits: u16, samples: &[u8], expected: [f32; 2]) {
        let wave = parse(&file(kind, bits, samples)).expect("a sound");
        assert_eq!((wave.samples.size(), wave.rate_hz), (vec![2, 1], 8000));
        let values = Vec::<f32>::try_from(wave.samples.view([-1])).expect("numbers");
        assert_eq!(values, expected, "{kind} {bits}");
    }

    #[test]
    fn samples_of_every_form_are_read_and_rubbish_is_refused() {
        check(INTEGER, 8, &[0, 192], [-1.0, 0.5]);
        check(INTEGER, 16, &[0, 0x80, 0, 0x40], [-1.0, 0.5]);
        check(INTEGER, 24, &[0, 0, 0x80, 0, 0, 0x40], [-1.0, 0.5]);
        check(INTEGER, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1.0, 0.5]);
        let floats = [(-7.0f32).to_le_bytes(), 0.5f32.to_le_bytes()].concat();
        check(FLOAT, 32, &floats, [-1.0, 0.5]);
        let doubles = [(-1.0f64).to_le_bytes(), 0.5f64.to_le_bytes()].concat();
        check(FLOAT, 64, &doubles, [-1.0, 0.5]);
        let whole = file(INTEGER, 16, &[1, 2, 3, 4]);
        for length in 0..whole.len() - 3 {
            parse(&whole[..length]).expect_err("cut off");
        }
        for (kind, bits) in [(INTEGER, 12), (FLOAT, 16), (2, 16)] {
            assert!(parse(&file(kind, bits, &[0; 16])).is_err(), "{kind} {bits}");
        }
        let nan = [f32::NAN.to_le_bytes(), 0f32.to_le_bytes()].concat();
        assert!(parse(&file(FLOAT, 32, &nan)).is_err());
    }
}
