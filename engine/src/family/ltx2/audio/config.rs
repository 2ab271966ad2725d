//! The shape of the sound autoencoder, and how many latent frames a sound has.
//! The shape is read from the weights (`detect.rs`) or written by a test.

/// Frames of the spectrogram per latent frame, after the first: two halvings.
pub const FRAMES_PER_LATENT: i64 = 4;
/// Frames of the spectrogram per second.
pub const MEL_FRAMES_PER_SECOND: i64 = 100;
/// Latent frames, and so tokens of the transformer, per second.
pub const LATENTS_PER_SECOND: i64 = MEL_FRAMES_PER_SECOND / FRAMES_PER_LATENT;
/// Levels of resolution.
pub const LEVELS: usize = 3;

/// Rows of its input that a 3x3 causal convolution reads before its own.
const ROWS_OF_CONV: i64 = 2;
/// Rows that rounding at the changes of rate may add to a reach, in latent frames.
const ROUNDING: i64 = 2;

/// The shape of the sound autoencoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioVaeConfig {
    /// Sound channels of the spectrogram: 2 for stereo.
    pub sounds: i64,
    /// Latent channels.
    pub channels: i64,
    /// Mel bins of a latent frame: a quarter of those of the spectrogram.
    pub bins: i64,
    /// Width after the encoder's first convolution.
    pub base: i64,
    /// Width of each level, from full resolution down.
    pub widths: [i64; LEVELS],
    /// Residual blocks of a level of the encoder. The decoder has one more.
    pub blocks: usize,
    /// Whether the encoder also writes a variance, as all released ones do.
    pub has_variance: bool,
}

impl AudioVaeConfig {
    /// Width of a token of the transformer: a latent frame, all channels and bins.
    pub fn token_width(&self) -> i64 {
        self.channels.saturating_mul(self.bins)
    }

    /// Mel bins of the spectrogram.
    pub fn mel_bins(&self) -> i64 {
        self.bins.saturating_mul(FRAMES_PER_LATENT)
    }

    /// Channels of the encoder's output.
    pub fn encoded(&self) -> i64 {
        match self.has_variance {
            true => self.channels.saturating_mul(2),
            false => self.channels,
        }
    }

    /// How many latent frames before its own the encoder reads for one.
    pub fn encoder_reach(&self) -> i64 {
        let level = 2 * ROWS_OF_CONV * self.blocks as i64;
        let mid = 4 * ROWS_OF_CONV;
        // Rows at the rate of the spectrogram, at half of it, at that of the latents.
        latents_of([
            ROWS_OF_CONV + level + ROWS_OF_CONV,
            level + ROWS_OF_CONV,
            level + mid + ROWS_OF_CONV,
        ])
    }

    /// How many latent frames before its own the decoder reads for one.
    pub fn decoder_reach(&self) -> i64 {
        let level = 2 * ROWS_OF_CONV * (self.blocks as i64 + 1);
        let mid = 4 * ROWS_OF_CONV;
        latents_of([
            ROWS_OF_CONV + level + ROWS_OF_CONV,
            ROWS_OF_CONV + level,
            ROWS_OF_CONV + mid + level,
        ])
    }
}

/// Rows at each rate, from that of the spectrogram to that of the latents, as latent frames.
fn latents_of(rows: [i64; LEVELS]) -> i64 {
    let rates = [4, 2, 1];
    let latents = rows
        .into_iter()
        .zip(rates)
        .map(|(rows, rate)| (rows + rate - 1) / rate);
    latents.sum::<i64>() + ROUNDING
}

/// The number of latent frames of a sound of this length, rounded as Python rounds.
pub fn latent_count(seconds: f64) -> i64 {
    (seconds * LATENTS_PER_SECOND as f64)
        .round_ties_even()
        .max(0.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_of_121_frames_at_24_a_second_has_126_latent_frames() {
        assert_eq!(latent_count(121.0 / 24.0), 126);
        assert_eq!(latent_count(0.1), 2, "2.5 rounds to the even number");
        assert_eq!(latent_count(-1.0), 0);
    }

    #[test]
    fn the_released_shape_reads_about_a_second_before_its_place() {
        let released = AudioVaeConfig {
            sounds: 2,
            channels: 8,
            bins: 16,
            base: 128,
            widths: [128, 256, 512],
            blocks: 2,
            has_variance: true,
        };
        assert_eq!(released.token_width(), 128);
        assert_eq!(released.mel_bins(), 64);
        assert_eq!(released.encoder_reach(), 28);
        assert_eq!(released.decoder_reach(), 35);
    }
}
