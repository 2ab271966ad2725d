//! WAV files of 32-bit floating-point samples.

use kinora_engine::sound_for_picture::score::SAMPLE_RATE;
use kinora_engine::sound_for_picture::stereo::Stereo;

/// The format code of floating-point samples.
const FLOAT: u16 = 3;
const CHANNELS: u16 = 2;
const BYTES_OF_SAMPLE: u16 = 4;

/// A stereo sound as the bytes of a WAV file.
pub fn bytes(sound: &Stereo) -> Vec<u8> {
    let samples = sound.left.len().min(sound.right.len());
    let frame = CHANNELS * BYTES_OF_SAMPLE;
    let data = samples as u32 * u32::from(frame);
    let mut file = Vec::with_capacity(data as usize + 58);
    file.extend(b"RIFF");
    file.extend((50 + data).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(18_u32.to_le_bytes());
    for word in [FLOAT, CHANNELS] {
        file.extend(word.to_le_bytes());
    }
    for word in [SAMPLE_RATE, SAMPLE_RATE * u32::from(frame)] {
        file.extend(word.to_le_bytes());
    }
    for word in [frame, 8 * BYTES_OF_SAMPLE, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"fact");
    file.extend(4_u32.to_le_bytes());
    file.extend((samples as u32).to_le_bytes());
    file.extend(b"data");
    file.extend(data.to_le_bytes());
    for (left, right) in sound.left.iter().zip(&sound.right) {
        file.extend(left.to_le_bytes());
        file.extend(right.to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_in_the_header_are_those_of_the_file() {
        let file = bytes(&Stereo::silent(7));
        let word =
            |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
        assert_eq!(word(4) as usize, file.len() - 8);
        assert_eq!((&file[50..54], word(54)), (&b"data"[..], 56));
        assert_eq!(file.len(), 58 + 56);
    }
}
