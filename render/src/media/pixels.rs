//! From decoded frames to pixels: 8 bits in BT.709, whatever the file holds.

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video as Frame;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::media::{PictureSettings, ToneCurve};

use super::colours::{Colours, FrameColours, Tags};
use super::convert::Converter;
use super::tone::ToneMap;
use super::{Picture, planes};

/// Converts the frames of one video; rebuilt when their form changes.
pub struct PixelConverter {
    colours: FrameColours,
    tone_curve: ToneCurve,
    open: Option<Open>,
}

struct Open {
    converter: Converter,
    colours: Colours,
    size: [u32; 2],
    /// For a wide gamut or a high dynamic range.
    tone: Option<ToneMap>,
}

impl PixelConverter {
    /// For the frames of a stream, with these settings.
    pub fn new(stream: Tags, settings: PictureSettings) -> Self {
        Self {
            colours: FrameColours::new(stream, settings.colours),
            tone_curve: settings.tone_curve,
            open: None,
        }
    }

    /// The colours in which a frame is read.
    pub fn colours_of(&self, frame: &Frame) -> Colours {
        self.colours.of(frame)
    }

    /// The pixels of a frame at a size. The frame is consumed: the filters take over its buffers.
    pub fn picture(&mut self, frame: Frame, size: [u32; 2]) -> Result<Picture, ffmpeg::Error> {
        let colours = self.colours_of(&frame);
        let is_as_coded = size == [frame.width(), frame.height()];
        let pixels = is_as_coded.then(|| planes::pixels(&frame, colours));
        if let Some(picture) = pixels.flatten() {
            return Ok(picture);
        }
        let fits = |open: &Open| {
            open.converter.takes(&frame) && open.colours == colours && open.size == size
        };
        let open = match self.open.take().filter(fits) {
            Some(open) => open,
            None => Open::new(&frame, (colours, self.tone_curve), size)?,
        };
        let open = self.open.insert(open);
        let converted = open.converter.convert(frame)?;
        let (width, height) = (converted.width() as usize, converted.height() as usize);
        let row_of = |plane: usize, y: usize, bytes: usize| {
            let from = y * converted.stride(plane);
            &converted.data(plane)[from..from + width * bytes]
        };
        let mut rgba = Vec::with_capacity(4 * width * height);
        for y in 0..height {
            match &open.tone {
                // Luma, the two chroma planes and alpha, 16 bits each.
                Some(tone) => {
                    tone.convert([0, 1, 2, 3].map(|plane| row_of(plane, y, 2)), &mut rgba);
                }
                None => rgba.extend_from_slice(row_of(0, y, 4)),
            }
        }
        Ok(Picture {
            width: width as u32,
            height: height as u32,
            rgba,
        })
    }
}

impl Open {
    fn new(
        frame: &Frame,
        (colours, tone_curve): (Colours, ToneCurve),
        [width, height]: [u32; 2],
    ) -> Result<Self, ffmpeg::Error> {
        let is_wide = colours.are_wide();
        // The scaler's own conversion to RGB is not exact enough for the dark tones of a high dynamic range.
        let (name, options) = match is_wide {
            true => ("yuva444p16le", colours.unchanged()),
            false => ("rgba", colours.options()),
        };
        let chain = format!(
            "scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int:{options},format={name}"
        );
        let from: (Pixel, u32, u32) = (frame.format(), frame.width(), frame.height());
        Ok(Self {
            converter: Converter::new(from, &chain)?,
            colours,
            size: [width, height],
            tone: is_wide.then(|| ToneMap::new(colours, tone_curve)),
        })
    }
}
