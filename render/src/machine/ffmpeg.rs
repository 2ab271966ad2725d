//! Which FFmpeg is in use, and what it can write. Whether an encoder works is known by opening it.

use ffmpeg_the_third as ffmpeg;

use crate::encode::{Preset, encoder_of};

/// The FFmpeg in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its libraries and their versions, as "libavcodec" and "59.37.100".
    pub libraries: [(&'static str, String); 3],
    /// What films can be written as, each with the encoder that would do it; `None` where there is none.
    pub presets: Vec<(Preset, Option<&'static str>)>,
}

impl Found {
    /// The release its codec library belongs to, as "5.x".
    pub fn release(&self) -> String {
        let [(_, codec), ..] = &self.libraries;
        let major: u32 = codec
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .unwrap_or(0);
        format!("{}.x", major.saturating_sub(54)) // 59 came with 5.0, and one with each release since
    }
}

/// Opens every encoder once.
pub fn find() -> Found {
    let version = |number: u32| format!("{}.{}.{}", number >> 16, number >> 8 & 255, number & 255);
    Found {
        libraries: [
            ("libavcodec", version(ffmpeg::codec::version())),
            ("libavformat", version(ffmpeg::format::version())),
            ("libavfilter", version(ffmpeg::filter::version())),
        ],
        presets: Preset::DELIVERED
            .into_iter()
            .chain([Preset::Take])
            .map(|preset| (preset, encoder_of(preset)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_can_be_written_with_any_ffmpeg() {
        let found = find();
        let take = found
            .presets
            .iter()
            .find(|(preset, _)| *preset == Preset::Take);
        assert_eq!(take, Some(&(Preset::Take, Some("ffv1"))));
        assert!(
            found.release() != "0.x" && found.release() != ".x",
            "{found:?}"
        );
    }
}
