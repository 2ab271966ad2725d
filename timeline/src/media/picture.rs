//! How the pictures of an import are read: deinterlacing, tone curve and colours. Unless the artist chooses otherwise, the
//! file decides.

use serde::{Deserialize, Serialize};

use crate::stored::is_default;

/// The picture settings of a medium.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PictureSettings {
    /// Whether interlaced frames become whole frames.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deinterlacing: Deinterlacing,
    /// What becomes of light that is brighter than white.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tone_curve: ToneCurve,
    /// The colours that are read, in place of those that the file says.
    #[serde(default, skip_serializing_if = "is_default")]
    pub colours: ColourChoice,
}

/// Which frames are deinterlaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Deinterlacing {
    /// Those that the file marks as interlaced.
    #[default]
    Auto,
    /// All of them: for files that do not say that they are interlaced.
    On,
    /// None of them: for files that say so and are not, and for the fields as they were recorded.
    Off,
}

/// The tone curve from a high dynamic range or a wide gamut to BT.709.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ToneCurve {
    /// [`Self::Soft`] for a high dynamic range, and [`Self::Clip`] for a wide gamut alone.
    #[default]
    Auto,
    /// Highlights are compressed, and keep their drawing. White becomes a little darker.
    Soft,
    /// All up to white is exact, and what is brighter becomes white.
    Clip,
}

/// The colours of a file: matrix, primaries and transfer function. The range is always the one that the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColourChoice {
    /// As the file says, or as its size suggests.
    #[default]
    AsFile,
    /// Of standard definition.
    Bt601,
    /// Of high definition.
    Bt709,
    /// Of ultra-high definition with a standard dynamic range.
    Bt2020,
    /// The same with the perceptual quantiser: HDR10.
    Bt2020Pq,
    /// The same with hybrid log-gamma.
    Bt2020Hlg,
    /// Of phones and displays.
    DisplayP3,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_as_usual_are_left_out_of_a_file_and_others_are_read_again() {
        let usual = PictureSettings::default();
        assert_eq!(ron::to_string(&usual).expect("written"), "()");
        let own = PictureSettings {
            deinterlacing: Deinterlacing::Off,
            ..usual
        };
        let text = ron::to_string(&own).expect("written");
        assert_eq!(text, "(deinterlacing:Off)");
        let read = |text: &str| ron::from_str::<PictureSettings>(text).expect("read");
        assert_eq!((read(&text), read("()")), (own, usual));
    }
}
