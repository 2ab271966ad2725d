//! The table of formats: those of exports, a row each, and those that Kinora writes for itself. The order of the rows is
//! that of the export dialog.

use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;

use super::{Container, Format, PictureCodec, QualityOption, SoundCodec, Still};

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
pub(super) static TAKE: Format = Format {
    id: "take",
    name: "FFV1",
    purpose: "A lossless take",
    extension: "mkv",
    container: Container::File("matroska", &[]),
    picture: Some(FFV1),
    sound: None,
};

/// The same with lossless sound, for a clip outside a project.
pub(super) static LOSSLESS: Format = Format {
    id: "lossless",
    name: "FFV1 and FLAC",
    purpose: "A lossless video with sound",
    extension: "mkv",
    container: Container::File("matroska", &[]),
    picture: Some(FFV1),
    sound: Some(FLAC),
};

/// An imported run of still pictures: lossless with straight alpha. In `QuickTime`, whose clock counts frames of any rate
/// exactly; Matroska rounds to milliseconds.
pub(super) static SEQUENCE: Format = Format {
    id: "sequence",
    name: "FFV1 with alpha",
    purpose: "An imported image sequence",
    extension: "mov",
    container: Container::File("mov", &[]),
    picture: Some(PictureCodec {
        pixel: Pixel::BGRA,
        has_alpha: true,
        ..FFV1
    }),
    sound: None,
};

/// The sound of a take: 24 bits, lossless, with a checksum of all samples.
pub(super) static TAKE_SOUND: Format = Format {
    id: "take-sound",
    name: "FLAC",
    purpose: "The lossless sound of a take",
    extension: "flac",
    container: Container::File("flac", &[]),
    picture: None,
    sound: Some(FLAC),
};

/// A proxy: each frame by itself, so that any of them is decoded at once.
pub(super) static PROXY: Format = Format {
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
pub(super) static STEM: Format = Format {
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
pub(super) static EXPORTED: [Format; 10] = [
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
