//! Converting frames to another pixel format, size or colour matrix: a chain of FFmpeg filters, rebuilt when the
//! input format changes.

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
