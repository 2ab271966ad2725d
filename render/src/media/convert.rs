//! Frames in another pixel format, size or colour matrix: a chain of FFmpeg's own filters, made anew when what
//! comes in changes.

use ffmpeg::color::{Range, Space};
use ffmpeg::filter::{self, Graph};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;

/// Turns frames into others, one for one.
pub struct Converter {
    graph: Graph,
    from: (Pixel, u32, u32),
}

impl Converter {
    /// For frames like this one; `chain` as on FFmpeg's command line, "scale=640:360,format=rgba".
    pub fn new(from: (Pixel, u32, u32), chain: &str) -> Result<Self, ffmpeg::Error> {
        let (pixel, width, height) = from;
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
        Ok(Self { graph, from })
    }

    /// Whether it takes frames like this one.
    pub fn takes(&self, frame: &Video) -> bool {
        self.from == (frame.format(), frame.width(), frame.height())
    }

    /// One frame, which is used up: the filters take over what it holds.
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

/// Pictures of this height are large: where nothing is said of their colours, they are BT.709.
const LARGE: u32 = 600;

/// What a file says of its colours, or what is usual where it says nothing: BT.709 for large pictures, BT.601
/// for small ones; limited range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// By the scaler's name.
    pub matrix: &'static str,
    /// Whether black is 0 and white 255.
    pub is_full: bool,
}

impl Colours {
    /// Of a frame that is shown at this height.
    pub fn of(frame: &Video, height: u32) -> Self {
        let matrix = match frame.color_space() {
            Space::BT709 => "bt709",
            Space::BT470BG | Space::SMPTE170M => "bt601",
            Space::SMPTE240M => "smpte240m",
            Space::BT2020NCL | Space::BT2020CL => "bt2020",
            _ if height >= LARGE => "bt709",
            _ => "bt601",
        };
        Self {
            matrix,
            is_full: frame.color_range() == Range::JPEG,
        }
    }

    /// As options of the scaler.
    pub fn options(self) -> String {
        let range = if self.is_full { "full" } else { "limited" };
        format!("in_color_matrix={}:in_range={range}", self.matrix)
    }
}
