//! Interlaced frames made whole: FFmpeg's `bwdif`, which looks at the frames before and after.

use ffmpeg::filter::Graph;
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;
use ffmpeg_the_third as ffmpeg;

use super::convert::graph;

/// One frame for each frame, both fields of the source in it.
const CHAIN: &str = "bwdif=mode=send_frame:parity=auto:deint=all";

/// Deinterlaces frames; frames in sequence cost one filter run each.
#[derive(Default)]
pub struct Deinterlacer {
    open: Option<Open>,
}

struct Open {
    graph: Graph,
    from: (Pixel, u32, u32),
    /// The times of the last two frames that went in.
    fed: [Option<i64>; 2],
    count: i64,
}

impl Deinterlacer {
    /// A whole frame of an interlaced one and its neighbours, as far as there are any.
    pub fn whole(
        &mut self,
        before: Option<&Video>,
        frame: &Video,
        after: Option<&Video>,
    ) -> Result<Video, ffmpeg::Error> {
        let from = (frame.format(), frame.width(), frame.height());
        let is_like = |other: &&Video| (other.format(), other.width(), other.height()) == from;
        let before = before.filter(is_like).unwrap_or(frame);
        let after = after.filter(is_like).unwrap_or(frame);
        let sequence = [before.timestamp(), frame.timestamp()];
        let fed = self
            .open
            .take()
            .filter(|open| open.from == from && open.fed == sequence && sequence[1].is_some());
        let mut open = if let Some(open) = fed {
            open
        } else {
            let mut open = Open::new(from)?;
            open.feed(before)?;
            open.feed(frame)?;
            open.output()?; // of the frame before
            open
        };
        open.feed(after)?;
        let whole = open.output()?;
        self.open = Some(open);
        Ok(whole)
    }
}

impl Open {
    fn new(from: (Pixel, u32, u32)) -> Result<Self, ffmpeg::Error> {
        Ok(Self {
            graph: graph(from, CHAIN)?,
            from,
            fed: [None, None],
            count: 0,
        })
    }

    fn feed(&mut self, frame: &Video) -> Result<(), ffmpeg::Error> {
        self.fed = [self.fed[1], frame.timestamp()];
        let mut copy = frame.clone(); // the filters take over its buffers
        copy.set_pts(Some(self.count));
        self.count += 1;
        let missing = ffmpeg::Error::FilterNotFound;
        self.graph.get("in").ok_or(missing)?.source().add(&copy)
    }

    fn output(&mut self) -> Result<Video, ffmpeg::Error> {
        let missing = ffmpeg::Error::FilterNotFound;
        let mut whole = Video::empty();
        let mut out = self.graph.get("out").ok_or(missing)?;
        out.sink().frame(&mut whole)?;
        Ok(whole)
    }
}
