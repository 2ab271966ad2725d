//! The formats that can be written, one table: name, extension, container, codecs. The command line, the export dialog
//! and the system check read it. A new format is one row here.

use std::str::FromStr;

use ffmpeg::Dictionary;
use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;
use serde::{Deserialize, Serialize};

/// A file format with its codecs.
#[derive(Debug)]
pub struct Format {
    /// What `--preset` calls it.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for, in the export dialog.
    pub purpose: &'static str,
    /// The file extension, without a dot; empty for a folder of pictures.
    pub extension: &'static str,
    /// Where it is written to.
    pub container: Container,
    /// The video codec; none for sound alone.
    pub picture: Option<PictureCodec>,
    /// The audio codec; none for pictures alone.
    pub sound: Option<SoundCodec>,
}

/// Where a format is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// One file: FFmpeg's name of the container, and its options.
    File(&'static str, &'static [(&'static str, &'static str)]),
    /// A folder of numbered PNG files.
    PngFolder,
}

/// A video codec.
#[derive(Clone, Copy, Debug)]
pub struct PictureCodec {
    /// FFmpeg's names of the encoders, the best first: the first one that opens is used.
    pub encoders: &'static [&'static str],
    /// The pixel format they take.
    pub pixel: Pixel,
    /// FFmpeg options; an encoder ignores those it does not have.
    pub options: &'static [(&'static str, &'static str)],
    /// The option that sets the quality; none for codecs of a single quality.
    pub quality: Option<QualityOption>,
    /// False for RGB codecs.
    pub is_yuv: bool,
}

/// The quality of an export's pictures. A better quality makes a larger file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quality {
    /// A small file, for review.
    Draft,
    /// The usual quality of the format.
    #[default]
    Standard,
    /// For masters and further encoding.
    High,
}

impl Quality {
    /// All of them, the lowest first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Standard, Self::High];

    /// Its name in the export dialog.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Standard => "Standard",
            Self::High => "High",
        }
    }
}

impl FromStr for Quality {
    type Err = String;

    /// Its name in lower case.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|quality| quality.name().to_lowercase() == text)
            .ok_or_else(|| format!("\"{text}\" is not a quality; write draft, standard or high"))
    }
}

/// FFmpeg's name of an encoder option, and its value for each quality. Only libx264 has
/// the option here: the other H.264 encoders encode every quality alike.
#[derive(Clone, Copy, Debug)]
pub struct QualityOption {
    /// The name of the option.
    pub name: &'static str,
    /// The values, in the order of [`Quality::ALL`].
    pub values: [&'static str; 3],
}

impl QualityOption {
    /// The value of a quality.
    pub fn value(&self, quality: Quality) -> &'static str {
        self.values[quality as usize]
    }
}

/// An audio codec.
#[derive(Clone, Copy, Debug)]
pub struct SoundCodec {
    /// FFmpeg's name of the encoder.
    pub encoder: &'static str,
    /// Bits per second; 0 for lossless codecs.
    pub bits_per_second: usize,
}

/// Hardware encoders come last: they are fast, but worse at the same size.
const H264_ENCODERS: &[&str] = &["libx264", "libopenh264", "h264_nvenc", "h264_vaapi"];
const MP4: Container = Container::File("mp4", &[("movflags", "+faststart")]);
const AAC: SoundCodec = SoundCodec {
    encoder: "aac",
    bits_per_second: 320_000,
};
const PCM: SoundCodec = SoundCodec {
    encoder: "pcm_s24le",
    bits_per_second: 0,
};

/// A take: lossless FFV1 in Matroska, with checksums.
static TAKE: Format = Format {
    id: "take",
    name: "FFV1",
    purpose: "A lossless take",
    extension: "mkv",
    container: Container::File("matroska", &[]),
    picture: Some(PictureCodec {
        encoders: &["ffv1"],
        pixel: Pixel::BGRZ,
        options: &[
            ("level", "3"),
            ("slices", "4"),
            ("slicecrc", "1"),
            ("g", "1"),
        ],
        quality: None,
        is_yuv: false,
    }),
    sound: None,
};

/// The sound of a take: 24 bits, lossless, with a checksum of all samples.
static TAKE_SOUND: Format = Format {
    id: "take-sound",
    name: "FLAC",
    purpose: "The lossless sound of a take",
    extension: "flac",
    container: Container::File("flac", &[]),
    picture: None,
    sound: Some(SoundCodec {
        encoder: "flac",
        bits_per_second: 0,
    }),
};

/// A proxy: each frame by itself, so that any of them is decoded at once.
static PROXY: Format = Format {
    id: "proxy",
    name: "ProRes 422 Proxy",
    purpose: "A small copy of a video, for the viewer",
    extension: "mov",
    container: Container::File("mov", &[]),
    picture: Some(PictureCodec {
        encoders: &["prores_ks"],
        pixel: Pixel::YUV422P10LE,
        options: &[("profile", "proxy"), ("vendor", "apl0")],
        quality: None,
        is_yuv: true,
    }),
    sound: None,
};

/// A stem: samples as they are mixed, which may be above full scale.
static STEM: Format = Format {
    id: "stem",
    name: "WAV, 32 bits",
    purpose: "The sound of one track",
    extension: "wav",
    container: Container::File("wav", &[]),
    picture: None,
    sound: Some(SoundCodec {
        encoder: "pcm_f32le",
        bits_per_second: 0,
    }),
};

/// The formats that are offered for export. Of those with one extension the first is the usual one.
static EXPORTED: [Format; 5] = [
    Format {
        id: "h264",
        name: "H.264 MP4",
        purpose: "MP4 (H.264), high quality",
        extension: "mp4",
        container: MP4,
        picture: Some(PictureCodec {
            encoders: H264_ENCODERS,
            pixel: Pixel::YUV420P,
            options: &[("preset", "medium"), ("profile", "high")],
            quality: Some(QualityOption {
                name: "crf",
                values: ["23", "17", "12"],
            }),
            is_yuv: true,
        }),
        sound: Some(AAC),
    },
    // Encoded several times as fast and a little larger.
    Format {
        id: "h264-quick",
        name: "quick H.264 MP4",
        purpose: "MP4 (H.264), fast draft",
        extension: "mp4",
        container: MP4,
        picture: Some(PictureCodec {
            encoders: H264_ENCODERS,
            pixel: Pixel::YUV420P,
            options: &[("preset", "veryfast"), ("profile", "high")],
            quality: Some(QualityOption {
                name: "crf",
                values: ["26", "20", "15"],
            }),
            is_yuv: true,
        }),
        sound: Some(AAC),
    },
    Format {
        id: "prores",
        name: "ProRes 422 HQ",
        purpose: "ProRes 422 HQ (MOV)",
        extension: "mov",
        container: Container::File("mov", &[]),
        picture: Some(PictureCodec {
            encoders: &["prores_ks"],
            pixel: Pixel::YUV422P10LE,
            options: &[("profile", "hq"), ("vendor", "apl0")],
            quality: None,
            is_yuv: true,
        }),
        sound: Some(PCM),
    },
    Format {
        id: "wav",
        name: "WAV",
        purpose: "Audio only (WAV)",
        extension: "wav",
        container: Container::File("wav", &[]),
        picture: None,
        sound: Some(PCM),
    },
    Format {
        id: "png",
        name: "PNG",
        purpose: "PNG sequence",
        extension: "",
        container: Container::PngFolder,
        picture: None,
        sound: None,
    },
];

impl Format {
    /// The format of takes.
    pub const TAKE: &'static Self = &TAKE;
    /// The format of the sound of takes. Samples that are multiples of 2^-23 come back as they are.
    pub const TAKE_SOUND: &'static Self = &TAKE_SOUND;
    /// The format of proxies.
    pub const PROXY: &'static Self = &PROXY;
    /// The format of stems.
    pub const STEM: &'static Self = &STEM;
    /// H.264 and AAC in MP4.
    pub const MP4: &'static Self = &EXPORTED[0];
    /// The same, encoded faster.
    pub const MP4_QUICK: &'static Self = &EXPORTED[1];
    /// `ProRes` 422 HQ and PCM in `QuickTime`.
    pub const PRORES: &'static Self = &EXPORTED[2];
    /// Sound alone.
    pub const WAV: &'static Self = &EXPORTED[3];
    /// Numbered PNG files.
    pub const PNG: &'static Self = &EXPORTED[4];

    /// The formats that are offered for export.
    pub fn exported() -> impl Iterator<Item = &'static Self> {
        EXPORTED.iter()
    }

    /// Those of them with an encoder that an FFmpeg may lack, each encoder once.
    pub fn with_encoders() -> impl Iterator<Item = &'static Self> {
        [Self::MP4, Self::PRORES, Self::WAV].into_iter()
    }

    /// Whether its pictures can be encoded in several qualities.
    pub fn has_quality(&self) -> bool {
        self.picture.is_some_and(|codec| codec.quality.is_some())
    }

    pub(super) fn container_options(&self) -> Dictionary {
        let mut options = Dictionary::new();
        // No dates and no randomness: the same project makes the same file.
        options.set("fflags", "+bitexact");
        if let Container::File(_, own) = self.container {
            for (name, value) in own {
                options.set(name, value);
            }
        }
        options
    }

    /// The form of planes that its pictures are stored as; `None` for those that take pixels only.
    pub fn plane_format(&self) -> Option<Pixel> {
        let codec = self.picture.as_ref()?;
        codec.is_yuv.then_some(codec.pixel)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Format {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_format_has_an_id_of_its_own_and_something_to_write() {
        let own = [
            Format::TAKE,
            Format::TAKE_SOUND,
            Format::PROXY,
            Format::STEM,
        ];
        let all: Vec<_> = Format::exported().chain(own).collect();
        let ids: BTreeSet<_> = all.iter().map(|format| format.id).collect();
        assert_eq!(ids.len(), all.len());
        for format in all {
            let is_folder = format.container == Container::PngFolder;
            assert_eq!(is_folder, format.extension.is_empty(), "{}", format.id);
            assert!(is_folder || format.picture.is_some() || format.sound.is_some());
        }
    }

    #[test]
    fn each_quality_has_a_value_of_its_own_and_the_usual_one_is_in_the_middle() {
        for format in Format::exported().filter(|format| format.has_quality()) {
            let option = format.picture.and_then(|codec| codec.quality);
            let option = option.expect("a quality");
            let values = Quality::ALL.map(|quality| option.value(quality).parse::<u32>());
            let [Ok(draft), Ok(standard), Ok(high)] = values else {
                panic!("{}: {values:?}", format.id)
            };
            assert!(draft > standard && standard > high, "{}", format.id);
        }
        let usual = |format: &Format| {
            let option = format.picture.and_then(|codec| codec.quality);
            option.map(|option| option.value(Quality::default()))
        };
        assert_eq!(usual(Format::MP4), Some("17"));
        assert_eq!(usual(Format::MP4_QUICK), Some("20"));
    }
}
