//! A request to make sound for the pictures of a finished clip.

use serde::{Deserialize, Serialize};

use crate::{Clip, Failure};

/// A request for the sound of a clip. The answer is sound in stereo, as long as the clip. The same pictures, rate and seed
/// give the same samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundForPicture {
    /// The id of an installed network of sound, or the path of its file. `None`: the first installed one.
    pub model: Option<String>,
    /// The pictures, all of one size.
    pub clip: Clip,
    /// Pictures in a second.
    pub rate: f64,
    /// What is left to chance follows from it.
    pub seed: u64,
}

impl SoundForPicture {
    /// The longest clip, in seconds.
    pub const MOST_SECONDS: f64 = 120.0;

    /// Refuses a clip that is empty or too long for one request.
    ///
    /// # Errors
    /// Its cause and remedy.
    pub fn check_length(frames: usize, rate: f64) -> Result<(), Failure> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Failure::refused(
                format!("a clip cannot have {rate} pictures in a second"),
                "use a number above 0; 24 is usual",
            ));
        }
        let seconds = frames as f64 / rate;
        if frames == 0 || seconds > Self::MOST_SECONDS {
            let most = Self::MOST_SECONDS;
            return Err(Failure::refused(
                format!("no sound can be made for a clip of {seconds:.1} seconds"),
                format!("use a clip of at most {most} seconds: one shot"),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_has_a_length_and_it_is_that_of_a_shot() {
        let check = SoundForPicture::check_length;
        assert_eq!(check(17, 16.0), Ok(()));
        assert_eq!(check(2880, 24.0), Ok(()));
        for (frames, rate) in [(0, 24.0), (2881, 24.0), (1, 0.0), (1, f64::NAN), (1, -2.0)] {
            check(frames, rate).expect_err("refused");
        }
    }
}
