//! Export presets and their encoders: the first encoder of a list that opens is used.

use ffmpeg::Dictionary;
use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;

/// A file format with its codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A take: lossless FFV1 in Matroska, with checksums.
    Take,
    /// H.264 and AAC in MP4, which plays everywhere.
    Mp4,
    /// The same, encoded several times as fast and a little larger: for review.
    Mp4Quick,
    /// `ProRes` 422 HQ and PCM in `QuickTime`: for other editors.
    ProRes,
    /// Sound alone, 24 bits.
    Wav,
}

/// A video codec.
#[derive(Clone, Copy, Debug)]
pub struct PictureCodec {
    /// FFmpeg's names of the encoders, the best first.
    pub encoders: &'static [&'static str],
    /// The pixel format they take.
    pub pixel: Pixel,
    /// FFmpeg options; an encoder ignores those it does not have.
    pub options: &'static [(&'static str, &'static str)],
    /// False for RGB codecs.
    pub is_yuv: bool,
}

/// An audio codec.
#[derive(Clone, Copy, Debug)]
pub struct SoundCodec {
    /// FFmpeg's name of the encoder.
    pub encoder: &'static str,
    /// Bits per second; 0 for lossless codecs.
    pub bits_per_second: usize,
}

const TAKE: PictureCodec = PictureCodec {
    encoders: &["ffv1"],
    pixel: Pixel::BGRZ,
    options: &[
        ("level", "3"),
        ("slices", "4"),
        ("slicecrc", "1"),
        ("g", "1"),
    ],
    is_yuv: false,
};
/// Hardware encoders come last: they are fast, but worse at the same size.
const H264: PictureCodec = PictureCodec {
    encoders: &["libx264", "libopenh264", "h264_nvenc", "h264_vaapi"],
    pixel: Pixel::YUV420P,
    options: &[("preset", "medium"), ("crf", "17"), ("profile", "high")],
    is_yuv: true,
};
const H264_QUICK: PictureCodec = PictureCodec {
    options: &[("preset", "veryfast"), ("crf", "20"), ("profile", "high")],
    ..H264
};
const PRORES: PictureCodec = PictureCodec {
    encoders: &["prores_ks"],
    pixel: Pixel::YUV422P10LE,
    options: &[("profile", "hq"), ("vendor", "apl0")],
    is_yuv: true,
};
const AAC: SoundCodec = SoundCodec {
    encoder: "aac",
    bits_per_second: 320_000,
};
const PCM: SoundCodec = SoundCodec {
    encoder: "pcm_s24le",
    bits_per_second: 0,
};

impl Preset {
    /// The presets offered for export that use different encoders.
    pub const DELIVERED: [Self; 3] = [Self::Mp4, Self::ProRes, Self::Wav];

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Take => "FFV1",
            Self::Mp4 => "H.264 MP4",
            Self::Mp4Quick => "quick H.264 MP4",
            Self::ProRes => "ProRes 422 HQ",
            Self::Wav => "WAV",
        }
    }

    /// The file extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Take => "mkv",
            Self::Mp4 | Self::Mp4Quick => "mp4",
            Self::ProRes => "mov",
            Self::Wav => "wav",
        }
    }

    pub(super) fn container(self) -> &'static str {
        match self {
            Self::Take => "matroska",
            Self::Mp4 | Self::Mp4Quick => "mp4",
            Self::ProRes => "mov",
            Self::Wav => "wav",
        }
    }

    pub(super) fn container_options(self) -> Dictionary {
        let mut options = Dictionary::new();
        options.set("fflags", "+bitexact"); // no dates, no randomness: the same film makes the same file
        if matches!(self, Self::Mp4 | Self::Mp4Quick) {
            options.set("movflags", "+faststart");
        }
        options
    }

    /// The video codec, if it has pictures.
    pub fn picture(self) -> Option<&'static PictureCodec> {
        match self {
            Self::Take => Some(&TAKE),
            Self::Mp4 => Some(&H264),
            Self::Mp4Quick => Some(&H264_QUICK),
            Self::ProRes => Some(&PRORES),
            Self::Wav => None,
        }
    }

    /// Whether its pictures are stored as 4:2:0 planes.
    pub fn takes_planes(self) -> bool {
        self.picture()
            .is_some_and(|codec| codec.pixel == Pixel::YUV420P)
    }

    /// The audio codec, if it has sound.
    pub fn sound(self) -> Option<&'static SoundCodec> {
        match self {
            Self::Take => None,
            Self::Mp4 | Self::Mp4Quick => Some(&AAC),
            Self::ProRes | Self::Wav => Some(&PCM),
        }
    }
}
