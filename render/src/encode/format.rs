//! The formats that can be written, one table: name, extension, container, codecs. The command line, the export dialog
//! and the system check read it. A new format is one row here.

mod quality;
mod table;

use std::sync::LazyLock;

use ffmpeg::Dictionary;
use ffmpeg::format::Pixel;
use ffmpeg_the_third as ffmpeg;

use table::{EXPORTED, LOSSLESS, PROXY, SEQUENCE, STEM, TAKE, TAKE_SOUND};

pub use quality::{Quality, QualityOption};

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

/// An audio codec.
#[derive(Clone, Copy, Debug)]
pub struct SoundCodec {
    /// FFmpeg's name of the encoder.
    pub encoder: &'static str,
    /// Bits per second; 0 for lossless codecs.
    pub bits_per_second: usize,
}

impl Format {
    /// The format of takes.
    pub const TAKE: &'static Self = &TAKE;
    /// Lossless pictures and sound in one file.
    pub const LOSSLESS: &'static Self = &LOSSLESS;
    /// The format of imported image sequences.
    pub const SEQUENCE: &'static Self = &SEQUENCE;
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
            Format::SEQUENCE,
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
