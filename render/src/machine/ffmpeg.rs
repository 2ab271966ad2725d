//! Detecting FFmpeg and its encoders. An encoder is available if it could be opened.

use ffmpeg_the_third as ffmpeg;

use crate::encode::{Format, encoder_of};

/// The FFmpeg in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its libraries with their versions, such as "libavcodec" and "59.37.100".
    pub libraries: [(&'static str, String); 3],
    /// All presets, each with the encoder that would be used; `None` if there is none.
    pub presets: Vec<(&'static Format, Option<&'static str>)>,
}

impl Found {
    /// The FFmpeg release of its codec library, such as "5.x".
    pub fn release(&self) -> String {
        let [(_, codec), ..] = &self.libraries;
        let major: u32 = codec
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .unwrap_or(0);
        format!("{}.x", major.saturating_sub(54)) // 59 came with 5.0, and each release since added one
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
        presets: Format::with_encoders()
            .chain([Format::TAKE])
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
            .find(|(preset, _)| *preset == Format::TAKE);
        assert_eq!(take, Some(&(Format::TAKE, Some("ffv1"))));
        assert!(
            found.release() != "0.x" && found.release() != ".x",
            "{found:?}"
        );
    }
}
