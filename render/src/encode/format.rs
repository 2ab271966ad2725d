//! The formats that can be written, one table: name, extension, container, codecs. The command line, the export dialog
//! and the system check read it. A new format is one row here.

use std::str::FromStr;
use std::sync::LazyLock;

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
    /// A folder of numbered files of this kind.
    Folder(Still),
}

/// A kind of still picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// PNG with 8 bits.
    Png,
    /// TIFF with 16 bits.
    Tiff,
    /// `OpenEXR` with half floats, in linear light.
    OpenExr,
}

impl Still {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Png, Self::Tiff, Self::OpenExr];

    /// The file extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Tiff => "tif",
            Self::OpenExr => "exr",
        }
    }

    /// The name of the file of a frame, counted from 0.
    pub fn file_name(self, number: i64) -> String {
        format!("{number:06}.{}", self.extension())
    }
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
    /// Whether it stores straight alpha.
    pub has_alpha: bool,
    /// The tag of the codec in the file; `None`: the usual one of the container.
    pub tag: Option<[u8; 4]>,
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

/// FFmpeg's name of an encoder option, and its value for each quality. Only the first encoders of a list have the option
/// here: hardware encoders encode every quality alike.
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

const FLAC: SoundCodec = SoundCodec {
    encoder: "flac",
    bits_per_second: 0,
};
const FFV1: PictureCodec = PictureCodec {
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
    has_alpha: false,
    tag: None,
};

/// A take: lossless FFV1 in Matroska, with checksums.
static TAKE: Format = Format {
    id: "take",
    name: "FFV1",
    purpose: "A lossless take",
    extension: "mkv",
    container: Container::File("matroska", &[]),
    picture: Some(FFV1),
    sound: None,
};

/// The same with lossless sound, for a clip outside a project.
static LOSSLESS: Format = Format {
    id: "lossless",
    name: "FFV1 and FLAC",
    purpose: "A lossless video with sound",
    extension: "mkv",
    container: Container::File("matroska", &[]),
    picture: Some(FFV1),
    sound: Some(FLAC),
};

/// The sound of a take: 24 bits, lossless, with a checksum of all samples.
static TAKE_SOUND: Format = Format {
    id: "take-sound",
    name: "FLAC",
    purpose: "The lossless sound of a take",
    extension: "flac",
    container: Container::File("flac", &[]),
    picture: None,
    sound: Some(FLAC),
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
        has_alpha: false,
        tag: None,
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
static EXPORTED: [Format; 10] = [
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
            has_alpha: false,
            tag: None,
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
            has_alpha: false,
            tag: None,
        }),
        sound: Some(AAC),
    },
    Format {
        id: "h265",
        name: "H.265 MP4",
        purpose: "MP4 (H.265), smaller at the same quality",
        extension: "mp4",
        container: MP4,
        picture: Some(PictureCodec {
            encoders: &["libx265", "hevc_nvenc"],
            pixel: Pixel::YUV420P,
            options: &[("preset", "medium"), ("x265-params", "log-level=error")],
            quality: Some(QualityOption {
                name: "crf",
                values: ["27", "21", "16"],
            }),
            is_yuv: true,
            has_alpha: false,
            // QuickTime plays no other one.
            tag: Some(*b"hvc1"),
        }),
        sound: Some(AAC),
    },
    Format {
        id: "av1",
        name: "AV1 MP4",
        purpose: "MP4 (AV1), smallest, slow to encode",
        extension: "mp4",
        container: MP4,
        picture: Some(PictureCodec {
            encoders: &["libsvtav1", "libaom-av1"],
            pixel: Pixel::YUV420P,
            // The first is SVT-AV1's, the second libaom's.
            options: &[("preset", "8"), ("cpu-used", "6")],
            quality: Some(QualityOption {
                name: "crf",
                values: ["42", "30", "20"],
            }),
            is_yuv: true,
            has_alpha: false,
            tag: None,
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
            has_alpha: false,
            tag: None,
        }),
        sound: Some(PCM),
    },
    Format {
        id: "prores4444",
        name: "ProRes 4444",
        purpose: "ProRes 4444 with alpha (MOV)",
        extension: "mov",
        container: Container::File("mov", &[]),
        picture: Some(PictureCodec {
            encoders: &["prores_ks"],
            pixel: Pixel::YUVA444P10LE,
            options: &[
                ("profile", "4444"),
                ("vendor", "apl0"),
                ("alpha_bits", "16"),
            ],
            quality: None,
            is_yuv: true,
            has_alpha: true,
            tag: None,
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
        container: Container::Folder(Still::Png),
        picture: None,
        sound: None,
    },
    Format {
        id: "tiff",
        name: "TIFF",
        purpose: "TIFF sequence (16 bits)",
        extension: "",
        container: Container::Folder(Still::Tiff),
        picture: None,
        sound: None,
    },
    Format {
        id: "exr",
        name: "OpenEXR",
        purpose: "OpenEXR sequence (half float, linear)",
        extension: "",
        container: Container::Folder(Still::OpenExr),
        picture: None,
        sound: None,
    },
];

impl Format {
    /// The format of takes.
    pub const TAKE: &'static Self = &TAKE;
    /// Lossless pictures and sound in one file.
    pub const LOSSLESS: &'static Self = &LOSSLESS;
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
    /// H.265 and AAC in MP4.
    pub const H265: &'static Self = &EXPORTED[2];
    /// AV1 and AAC in MP4.
    pub const AV1: &'static Self = &EXPORTED[3];
    /// `ProRes` 422 HQ and PCM in `QuickTime`.
    pub const PRORES: &'static Self = &EXPORTED[4];
    /// `ProRes` 4444 with alpha, and PCM, in `QuickTime`.
    pub const PRORES_4444: &'static Self = &EXPORTED[5];
    /// Sound alone.
    pub const WAV: &'static Self = &EXPORTED[6];
    /// Numbered PNG files.
    pub const PNG: &'static Self = &EXPORTED[7];
    /// Numbered TIFF files.
    pub const TIFF: &'static Self = &EXPORTED[8];
    /// Numbered `OpenEXR` files.
    pub const EXR: &'static Self = &EXPORTED[9];

    /// The formats that are offered for export.
    pub fn exported() -> impl Iterator<Item = &'static Self> {
        EXPORTED.iter()
    }

    /// Those of them that everyone needs, with an encoder that an FFmpeg may lack; each encoder once.
    pub fn with_encoders() -> impl Iterator<Item = &'static Self> {
        [Self::MP4, Self::PRORES, Self::WAV].into_iter()
    }

    /// The formats that are offered for export, each with the reason why this FFmpeg cannot write it. FFmpeg is searched
    /// once: its encoders stay the same while the program runs.
    pub fn with_missing_encoders() -> &'static [(&'static Self, Option<String>)] {
        static FORMATS: LazyLock<Vec<(&Format, Option<String>)>> = LazyLock::new(|| {
            let formats = Format::exported();
            formats
                .map(|format| (format, format.missing_encoder()))
                .collect()
        });
        &FORMATS
    }

    /// Why this FFmpeg cannot write it; `None` if it has one of the encoders. An encoder for hardware that is missing is
    /// found out when a file is begun.
    pub fn missing_encoder(&self) -> Option<String> {
        let lacks = |names: &[&str]| {
            let has = |name: &&str| ffmpeg::encoder::find_by_name(name).is_some();
            let why = || format!("this FFmpeg has no {}", names.join(" and no "));
            (!names.iter().any(has)).then(why)
        };
        let picture = self.picture.and_then(|codec| lacks(codec.encoders));
        picture.or_else(|| {
            self.sound
                .as_ref()
                .and_then(|codec| lacks(&[codec.encoder]))
        })
    }

    /// Whether it is a folder of pictures.
    pub fn is_folder(&self) -> bool {
        matches!(self.container, Container::Folder(_))
    }

    /// Whether its pictures have straight alpha.
    pub fn has_alpha(&self) -> bool {
        self.picture.is_some_and(|codec| codec.has_alpha)
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
        // Alpha is that of the film, not that of a source.
        (codec.is_yuv && !codec.has_alpha).then_some(codec.pixel)
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
            Format::LOSSLESS,
            Format::TAKE_SOUND,
            Format::PROXY,
            Format::STEM,
        ];
        let all: Vec<_> = Format::exported().chain(own).collect();
        let ids: BTreeSet<_> = all.iter().map(|format| format.id).collect();
        assert_eq!(ids.len(), all.len());
        for format in all {
            let is_folder = format.is_folder();
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
