//! What can be written, and with which encoders: the first of a list that opens is used.

use ffmpeg::Dictionary;
use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A take: FFV1 in Matroska, without any loss, with checksums.
    Take,
    /// H.264 and AAC in MP4: for everywhere.
    Mp4,
    /// The same, written several times as fast and a little larger: to look at today.
    Mp4Quick,
    /// `ProRes` 422 HQ and PCM in `QuickTime`: for other editors.
    ProRes,
    /// Sound alone, 24 bits.
    Wav,
}

/// How pictures are written.
#[derive(Clone, Copy, Debug)]
pub struct PictureCodec {
    /// Encoders by FFmpeg's names, the best first.
    pub encoders: &'static [&'static str],
    /// What they take.
    pub pixel: Pixel,
    /// Their options, as far as they know them.
    pub options: &'static [(&'static str, &'static str)],
    /// False where red, green and blue are kept as they are.
    pub is_yuv: bool,
}

/// How sound is written.
#[derive(Clone, Copy, Debug)]
pub struct SoundCodec {
    /// The encoder by FFmpeg's name.
    pub encoder: &'static str,
    /// Bits per second; 0 where nothing is lost.
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
/// Encoders of graphics cards come last: they are quick, but at the same size worse.
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
    /// Those that need different encoders, for a finished film.
    pub const DELIVERED: [Self; 3] = [Self::Mp4, Self::ProRes, Self::Wav];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Take => "FFV1",
            Self::Mp4 => "H.264 MP4",
            Self::Mp4Quick => "quick H.264 MP4",
            Self::ProRes => "ProRes 422 HQ",
            Self::Wav => "WAV",
        }
    }

    /// How its files' names end.
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
        options.set("fflags", "+bitexact"); // no dates, no chance: the same film is the same file
        if matches!(self, Self::Mp4 | Self::Mp4Quick) {
            options.set("movflags", "+faststart");
        }
        options
    }

    /// How its pictures are written, if it has any.
    pub fn picture(self) -> Option<&'static PictureCodec> {
        match self {
            Self::Take => Some(&TAKE),
            Self::Mp4 => Some(&H264),
            Self::Mp4Quick => Some(&H264_QUICK),
            Self::ProRes => Some(&PRORES),
            Self::Wav => None,
        }
    }

    /// Whether its pictures are planes of 4:2:0 in the file.
    pub fn takes_planes(self) -> bool {
        self.picture()
            .is_some_and(|codec| codec.pixel == Pixel::YUV420P)
    }

    /// How its sound is written, if it has any.
    pub fn sound(self) -> Option<&'static SoundCodec> {
        match self {
            Self::Take => None,
            Self::Mp4 | Self::Mp4Quick => Some(&AAC),
            Self::ProRes | Self::Wav => Some(&PCM),
        }
    }
}
