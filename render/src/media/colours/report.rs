//! A report of the colours of a video: what its frames or its file say, and what is guessed where neither says anything.
//! The media panel shows it.

use std::fmt;

use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::media::ColourChoice;
use serde::{Deserialize, Serialize};

use super::{Colours, Matrix, Primaries, Transfer};

/// The beginnings of FFmpeg's names of pixel formats that store red, green and blue.
const RGB_FORMATS: [&str; 10] = [
    "rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "pal8",
];

/// A part of the colours, and whether the file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<T> {
    /// As it is read.
    pub value: T,
    /// The file does not say it: it is the usual value.
    pub is_guessed: bool,
}

impl<T> Part<T> {
    pub(super) fn of(said: Option<T>, usual: T) -> Self {
        Self {
            is_guessed: said.is_none(),
            value: said.unwrap_or(usual),
        }
    }
}

/// What a video says about its colours, and what is guessed of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColourReport {
    /// How red, green and blue are stored.
    pub matrix: Part<Matrix>,
    /// Full range: black is 0 and white 255.
    pub is_full: Part<bool>,
    /// What red, green and blue are.
    pub primaries: Part<Primaries>,
    /// How light is stored.
    pub transfer: Part<Transfer>,
    /// Red, green and blue themselves are stored: matrix and range do not matter.
    pub is_rgb: bool,
}

impl ColourReport {
    /// The same for frames of this format.
    pub(in crate::media) fn stored_as(self, format: Pixel) -> Self {
        let name = format.descriptor().map_or("", |format| format.name());
        let is_rgb = RGB_FORMATS.iter().any(|rgb| name.starts_with(rgb));
        let is_full = match name.starts_with("yuvj") {
            true => Part::of(Some(true), true), // the format itself says it
            false => self.is_full,
        };
        Self {
            is_rgb: self.is_rgb || is_rgb,
            is_full,
            ..self
        }
    }

    pub(super) fn colours(self) -> Colours {
        Colours {
            matrix: self.matrix.value,
            is_full: self.is_full.value,
            primaries: self.primaries.value,
            transfer: self.transfer.value,
        }
    }

    /// Whether the pictures are brought to BT.709 by a tone curve, if they are read with these colours.
    pub fn are_wide(self, choice: ColourChoice) -> bool {
        self.colours().chosen(choice).are_wide()
    }
}

/// "BT.2020 PQ, limited range", or "BT.709, limited range (guessed from its size)".
impl fmt::Display for ColourReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colours = self.colours();
        let gamut = match (colours.primaries, colours.matrix) {
            (Primaries::Bt2020, _) => "BT.2020",
            (Primaries::P3, _) => "Display P3",
            (Primaries::Bt709, _) if self.is_rgb => "BT.709",
            (Primaries::Bt709, Matrix::Bt709) => "BT.709",
            (Primaries::Bt709, Matrix::Bt601) => "BT.601",
            (Primaries::Bt709, Matrix::Smpte240m) => "SMPTE 240M",
            (Primaries::Bt709, Matrix::Bt2020) => "BT.709 with the matrix of BT.2020",
        };
        let transfer = match colours.transfer {
            Transfer::Gamma => "",
            Transfer::Pq => " PQ",
            Transfer::Hlg => " HLG",
        };
        if self.is_rgb {
            return write!(f, "{gamut}{transfer}, RGB");
        }
        let range = match colours.is_full {
            true => "full range",
            false => "limited range",
        };
        let guess = match (self.matrix.is_guessed, self.is_full.is_guessed) {
            (true, _) if self.primaries.is_guessed => " (guessed from its size)",
            (true, _) => " (matrix guessed from its size)",
            (false, true) => " (range guessed)",
            (false, false) => "",
        };
        write!(f, "{gamut}{transfer}, {range}{guess}")
    }
}
