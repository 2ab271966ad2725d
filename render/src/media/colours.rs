//! The colours of a video: what its frames and its file say, the usual values where neither says anything, and the
//! artist's choice in place of both.

mod report;

use ffmpeg::color::{Primaries as Named, Range, Space, TransferCharacteristic};
use ffmpeg::ffi::{
    AVColorPrimaries, AVColorRange, AVColorSpace, AVColorTransferCharacteristic as AVTransfer,
};
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::media::ColourChoice;
use serde::{Deserialize, Serialize};

use crate::ffi::{ColourNumbers, colours_of_frame, colours_of_stream};

pub use report::{ColourReport, Part};

/// The greatest numbers that have a name: of a matrix, a range, primaries and a transfer (ITU-T H.273).
const LAST_SPACE: u32 = AVColorSpace::ICTCP.0;
const LAST_RANGE: u32 = AVColorRange::JPEG.0;
const LAST_PRIMARIES: u32 = AVColorPrimaries::SMPTE432.0;
const LAST_TRANSFER: u32 = AVTransfer::ARIB_STD_B67.0;
/// Pictures of this coded height and more count as large: without colour metadata they are BT.709.
const LARGE: u32 = 600;

/// How red, green and blue become luma and chroma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matrix {
    /// Of high definition.
    Bt709,
    /// Of standard definition.
    Bt601,
    /// Of early high definition.
    Smpte240m,
    /// Of ultra-high definition.
    Bt2020,
}

impl Matrix {
    /// The scaler's name for it.
    fn name(self) -> &'static str {
        match self {
            Self::Bt709 => "bt709",
            Self::Bt601 => "bt601",
            Self::Smpte240m => "smpte240m",
            Self::Bt2020 => "bt2020",
        }
    }
}

/// The primaries of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Primaries {
    /// And those of standard definition, which are nearly the same.
    Bt709,
    /// Of ultra-high definition.
    Bt2020,
    /// Of phones and of digital cinema.
    P3,
}

/// The transfer function of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transfer {
    /// Of a display of standard dynamic range.
    Gamma,
    /// The perceptual quantiser of HDR10: SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma: ARIB STD-B67.
    Hlg,
}

/// The colours in which a picture is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// How red, green and blue are stored.
    pub matrix: Matrix,
    /// Full range: black is 0 and white 255.
    pub is_full: bool,
    /// What red, green and blue are.
    pub primaries: Primaries,
    /// How light is stored.
    pub transfer: Transfer,
}

impl Colours {
    /// BT.709 in limited range: what is shown and exported.
    pub const USUAL: Self = Self {
        matrix: Matrix::Bt709,
        is_full: false,
        primaries: Primaries::Bt709,
        transfer: Transfer::Gamma,
    };

    /// The same as the artist chose them. The range stays.
    fn chosen(self, choice: ColourChoice) -> Self {
        let (matrix, primaries, transfer) = match choice {
            ColourChoice::AsFile => return self,
            ColourChoice::Bt601 => (Matrix::Bt601, Primaries::Bt709, Transfer::Gamma),
            ColourChoice::Bt709 => (Matrix::Bt709, Primaries::Bt709, Transfer::Gamma),
            ColourChoice::Bt2020 => (Matrix::Bt2020, Primaries::Bt2020, Transfer::Gamma),
            ColourChoice::Bt2020Pq => (Matrix::Bt2020, Primaries::Bt2020, Transfer::Pq),
            ColourChoice::Bt2020Hlg => (Matrix::Bt2020, Primaries::Bt2020, Transfer::Hlg),
            // Phones store it with the matrix of BT.709.
            ColourChoice::DisplayP3 => (Matrix::Bt709, Primaries::P3, Transfer::Gamma),
        };
        Self {
            matrix,
            primaries,
            transfer,
            is_full: self.is_full,
        }
    }

    /// Whether they have to be brought to BT.709 before they are shown.
    pub fn are_wide(self) -> bool {
        self.primaries != Primaries::Bt709 || self.transfer != Transfer::Gamma
    }

    /// The share of red and of blue in the luma.
    pub fn luma_weights(self) -> [f32; 2] {
        match self.matrix {
            Matrix::Bt709 => [0.2126, 0.0722],
            Matrix::Bt601 => [0.299, 0.114],
            Matrix::Smpte240m => [0.212, 0.087],
            Matrix::Bt2020 => [0.2627, 0.0593],
        }
    }

    /// As options of the scaler that keep matrix and range.
    pub fn unchanged(self) -> String {
        let range = if self.is_full { "full" } else { "limited" };
        let matrix = self.matrix.name();
        format!(
            "in_color_matrix={matrix}:out_color_matrix={matrix}:in_range={range}:out_range={range}"
        )
    }

    /// As options of the scaler.
    pub fn options(self) -> String {
        let range = if self.is_full { "full" } else { "limited" };
        format!("in_color_matrix={}:in_range={range}", self.matrix.name())
    }
}

/// What a stream or a frame says about its colours, as FFmpeg names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags {
    space: Space,
    range: Range,
    primaries: Named,
    transfer: TransferCharacteristic,
}

impl Tags {
    /// Of pictures that are stored as red, green and blue.
    pub const RGB: Self = Self {
        space: Space::RGB,
        range: Range::JPEG,
        primaries: Named::BT709,
        transfer: TransferCharacteristic::IEC61966_2_1,
    };

    /// Of a stream: what its container and the beginning of its data say.
    pub fn of_stream(stream: &ffmpeg::Stream) -> Self {
        Self::named(colours_of_stream(stream.parameters()))
    }

    fn of_frame(frame: &Video) -> Self {
        Self::named(colours_of_frame(frame))
    }

    /// Numbers without a name, as damaged files have them, say nothing.
    fn named((space, range, primaries, transfer): ColourNumbers) -> Self {
        let has_name = (
            space.0 <= LAST_SPACE,
            range.0 <= LAST_RANGE,
            primaries.0 <= LAST_PRIMARIES || primaries == AVColorPrimaries::EBU3213,
            transfer.0 <= LAST_TRANSFER,
        );
        Self {
            space: match has_name.0 {
                true => space.into(),
                false => Space::Unspecified,
            },
            range: match has_name.1 {
                true => range.into(),
                false => Range::Unspecified,
            },
            primaries: match has_name.2 {
                true => primaries.into(),
                false => Named::Unspecified,
            },
            transfer: match has_name.3 {
                true => transfer.into(),
                false => TransferCharacteristic::Unspecified,
            },
        }
    }

    /// With the others' where it says nothing.
    fn or(self, other: Self) -> Self {
        Self {
            space: match self.space {
                Space::Unspecified | Space::Reserved => other.space,
                said => said,
            },
            range: match self.range {
                Range::Unspecified => other.range,
                said => said,
            },
            primaries: match self.primaries {
                Named::Unspecified | Named::Reserved | Named::Reserved0 => other.primaries,
                said => said,
            },
            transfer: match self.transfer {
                TransferCharacteristic::Unspecified
                | TransferCharacteristic::Reserved
                | TransferCharacteristic::Reserved0 => other.transfer,
                said => said,
            },
        }
    }

    /// The colours of a picture of this coded height, each part with its origin. The usual values stand where nothing is
    /// said: BT.709 for large pictures, BT.601 for small ones, limited range. The file's own size decides, not the size
    /// it is shown at.
    pub fn report(self, height: u32) -> ColourReport {
        let matrix = match self.space {
            Space::BT709 => Some(Matrix::Bt709),
            Space::BT470BG | Space::SMPTE170M => Some(Matrix::Bt601),
            Space::SMPTE240M => Some(Matrix::Smpte240m),
            Space::BT2020NCL | Space::BT2020CL => Some(Matrix::Bt2020),
            _ => None,
        };
        let is_full = match self.range {
            Range::JPEG => Some(true),
            Range::MPEG => Some(false),
            Range::Unspecified => None,
        };
        let primaries = match self.primaries {
            Named::BT2020 => Some(Primaries::Bt2020),
            Named::SMPTE431 | Named::SMPTE432 => Some(Primaries::P3),
            Named::Unspecified | Named::Reserved | Named::Reserved0 => None,
            _ => Some(Primaries::Bt709),
        };
        let transfer = match self.transfer {
            TransferCharacteristic::SMPTE2084 => Some(Transfer::Pq),
            TransferCharacteristic::ARIB_STD_B67 => Some(Transfer::Hlg),
            TransferCharacteristic::Unspecified
            | TransferCharacteristic::Reserved
            | TransferCharacteristic::Reserved0 => None,
            _ => Some(Transfer::Gamma),
        };
        let by_size = match height >= LARGE {
            true => Matrix::Bt709,
            false => Matrix::Bt601,
        };
        ColourReport {
            matrix: Part::of(matrix, by_size),
            is_full: Part::of(is_full, false),
            primaries: Part::of(primaries, Primaries::Bt709),
            transfer: Part::of(transfer, Transfer::Gamma),
            is_rgb: self.space == Space::RGB,
        }
    }
}

/// The colours of the frames of one video.
#[derive(Clone, Copy, Debug)]
pub struct FrameColours {
    stream: Tags,
    choice: ColourChoice,
}

impl FrameColours {
    /// For a stream, with the artist's choice.
    pub fn new(stream: Tags, choice: ColourChoice) -> Self {
        Self { stream, choice }
    }

    /// Of a frame: as chosen, else as the frame says, else as its stream says, else as its size suggests.
    pub fn of(self, frame: &Video) -> Colours {
        let tags = Tags::of_frame(frame).or(self.stream);
        tags.report(frame.height()).colours().chosen(self.choice)
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg::format::Pixel;

    use super::*;

    const SILENT: Tags = Tags {
        space: Space::Unspecified,
        range: Range::Unspecified,
        primaries: Named::Unspecified,
        transfer: TransferCharacteristic::Unspecified,
    };
    const HDR10: Tags = Tags {
        space: Space::BT2020NCL,
        range: Range::MPEG,
        primaries: Named::BT2020,
        transfer: TransferCharacteristic::SMPTE2084,
    };

    #[test]
    fn a_report_says_what_is_guessed() {
        let says = |tags: Tags, height| tags.report(height).to_string();
        let guessed = "BT.709, limited range (guessed from its size)";
        assert_eq!(says(SILENT, 720), guessed);
        let guessed = "BT.601, limited range (guessed from its size)";
        assert_eq!(says(SILENT, 576), guessed);
        assert_eq!(says(HDR10, 2160), "BT.2020 PQ, limited range");
        let phone = Tags {
            space: Space::BT709,
            primaries: Named::SMPTE432,
            ..SILENT
        };
        let said = "Display P3, limited range (range guessed)";
        assert_eq!(says(phone, 1080), said);
        let rgb = SILENT.report(720).stored_as(Pixel::BGRZ);
        assert_eq!(rgb.to_string(), "BT.709, RGB");
        let report = HDR10.report(100);
        assert!(!report.matrix.is_guessed && SILENT.report(100).matrix.is_guessed);
    }

    #[test]
    fn the_artist_decides_before_the_frame_and_the_frame_before_its_stream() {
        let mut frame = Video::new(Pixel::YUV420P, 64, 64);
        let of = |frame: &Video, choice| FrameColours::new(HDR10, choice).of(frame);
        let by_stream = of(&frame, ColourChoice::AsFile);
        assert_eq!(
            (by_stream.matrix, by_stream.transfer),
            (Matrix::Bt2020, Transfer::Pq)
        );
        frame.set_color_transfer_characteristic(TransferCharacteristic::ARIB_STD_B67);
        frame.set_color_range(Range::JPEG);
        let by_frame = of(&frame, ColourChoice::AsFile);
        assert_eq!((by_frame.transfer, by_frame.is_full), (Transfer::Hlg, true));
        let chosen = of(&frame, ColourChoice::Bt601);
        assert_eq!(
            (chosen.matrix, chosen.is_full),
            (Matrix::Bt601, true),
            "the range is the file's"
        );
        assert!(!chosen.are_wide());
    }

    #[test]
    fn a_tone_curve_is_for_wide_colours_whether_said_or_chosen() {
        let (plain, wide) = (SILENT.report(720), HDR10.report(720));
        assert!(!plain.are_wide(ColourChoice::AsFile) && wide.are_wide(ColourChoice::AsFile));
        assert!(plain.are_wide(ColourChoice::DisplayP3) && !wide.are_wide(ColourChoice::Bt709));
    }

    #[test]
    fn numbers_without_a_name_say_nothing() {
        for number in 0..=300 {
            let numbers = (
                AVColorSpace(number),
                AVColorRange(number),
                AVColorPrimaries(number),
                AVTransfer(number),
            );
            let tags = Tags::named(numbers);
            if number > 22 {
                assert_eq!(tags.or(Tags::RGB), Tags::RGB, "{number}");
            }
        }
        let bt709 = (
            AVColorSpace(1),
            AVColorRange(1),
            AVColorPrimaries(1),
            AVTransfer(1),
        );
        assert_eq!(Tags::named(bt709).space, Space::BT709);
    }
}
