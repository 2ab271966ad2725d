//! Converting frames to another pixel format, size or colour matrix: a chain of FFmpeg filters, rebuilt when the
//! input format changes.

use ffmpeg::color::{Primaries as Named, Range, Space, TransferCharacteristic};
use ffmpeg::filter::{self, Graph};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;

/// Converts frames, one for one.
pub struct Converter {
    graph: Graph,
    from: (Pixel, u32, u32),
}

impl Converter {
    /// For frames of this format and size; `chain` as on FFmpeg's command line, "scale=640:360,format=rgba".
    pub fn new(from: (Pixel, u32, u32), chain: &str) -> Result<Self, ffmpeg::Error> {
        let graph = graph(from, chain)?;
        Ok(Self { graph, from })
    }

    /// Whether it was built for frames like this one.
    pub fn takes(&self, frame: &Video) -> bool {
        self.from == (frame.format(), frame.width(), frame.height())
    }

    /// Converts a frame. The frame is consumed: the filters take over its buffers.
    pub fn convert(&mut self, frame: Video) -> Result<Video, ffmpeg::Error> {
        let missing = ffmpeg::Error::FilterNotFound;
        self.graph.get("in").ok_or(missing)?.source().add(&frame)?;
        let mut converted = Video::empty();
        self.graph
            .get("out")
            .ok_or(missing)?
            .sink()
            .frame(&mut converted)?;
        Ok(converted)
    }
}

/// A chain of filters from "in" to "out", for frames of this format and size.
pub fn graph(
    (pixel, width, height): (Pixel, u32, u32),
    chain: &str,
) -> Result<Graph, ffmpeg::Error> {
    let name = pixel
        .descriptor()
        .map_or("", |descriptor| descriptor.name());
    let arguments = format!("video_size={width}x{height}:pix_fmt={name}:time_base=1/1000000");
    let found = |name| filter::find(name).ok_or(ffmpeg::Error::FilterNotFound);
    let mut graph = Graph::new();
    graph.add(&found("buffer")?, "in", &arguments)?;
    graph.add(&found("buffersink")?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse(chain)?;
    graph.validate()?;
    Ok(graph)
}

/// Pictures of this coded height and more count as large: without colour metadata they are BT.709.
const LARGE: u32 = 600;

/// The primaries of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primaries {
    /// And those of standard definition, which are nearly the same.
    Bt709,
    /// Of ultra-high definition.
    Bt2020,
    /// Of phones and of digital cinema.
    P3,
}

/// The transfer function of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// Of a display of standard dynamic range.
    Gamma,
    /// The perceptual quantiser of HDR10: SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma: ARIB STD-B67.
    Hlg,
}

/// The colour metadata of a file, or the usual values where it has none: BT.709 for large pictures, BT.601 for small
/// ones; limited range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// The scaler's name for the matrix.
    pub matrix: &'static str,
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
        matrix: "bt709",
        is_full: false,
        primaries: Primaries::Bt709,
        transfer: Transfer::Gamma,
    };

    /// Of a frame.
    pub fn of(frame: &Video) -> Self {
        let matrix = match frame.color_space() {
            Space::BT709 => "bt709",
            Space::BT470BG | Space::SMPTE170M => "bt601",
            Space::SMPTE240M => "smpte240m",
            Space::BT2020NCL | Space::BT2020CL => "bt2020",
            // The file's own size decides, not the size it is shown at.
            _ if frame.height() >= LARGE => "bt709",
            _ => "bt601",
        };
        Self {
            matrix,
            is_full: frame.color_range() == Range::JPEG,
            primaries: match frame.color_primaries() {
                Named::BT2020 => Primaries::Bt2020,
                Named::SMPTE431 | Named::SMPTE432 => Primaries::P3,
                _ => Primaries::Bt709,
            },
            transfer: match frame.color_transfer_characteristic() {
                TransferCharacteristic::SMPTE2084 => Transfer::Pq,
                TransferCharacteristic::ARIB_STD_B67 => Transfer::Hlg,
                _ => Transfer::Gamma,
            },
        }
    }

    /// Whether they have to be brought to BT.709 before they are shown.
    pub fn are_wide(self) -> bool {
        self.primaries != Primaries::Bt709 || self.transfer != Transfer::Gamma
    }

    /// The share of red and of blue in the luma.
    pub fn luma_weights(self) -> [f32; 2] {
        match self.matrix {
            "bt709" => [0.2126, 0.0722],
            "smpte240m" => [0.212, 0.087],
            "bt2020" => [0.2627, 0.0593],
            _ => [0.299, 0.114],
        }
    }

    /// As options of the scaler that keep matrix and range.
    pub fn unchanged(self) -> String {
        let range = if self.is_full { "full" } else { "limited" };
        let matrix = self.matrix;
        format!(
            "in_color_matrix={matrix}:out_color_matrix={matrix}:in_range={range}:out_range={range}"
        )
    }

    /// As options of the scaler.
    pub fn options(self) -> String {
        let range = if self.is_full { "full" } else { "limited" };
        format!("in_color_matrix={}:in_range={range}", self.matrix)
    }
}
