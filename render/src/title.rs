//! Rasterizing titles and subtitles: text shaped, wrapped and drawn in Kinora's typeface, with system fonts for other scripts.

use std::sync::Arc;

use cosmic_text::fontdb::Source;
use cosmic_text::{
    Align as Side, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache, Weight,
};
use kinora_timeline::title::{Align, Title, TitleRole};

use crate::media::Picture;

const TYPEFACE: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
const TYPEFACE_NAME: &str = "Inter";
/// Line height, in font heights.
const LINE_HEIGHT: f32 = 1.25;
/// The margin at the frame's edges, as a fraction of the frame.
const MARGIN: f32 = 0.06;
/// The height of the letters of subtitles, and their smallest one, as fractions of the frame's height.
const SUBTITLE_SIZE: f32 = 0.05;
const SMALLEST_SUBTITLE: f32 = 0.025;
/// A subtitle that does not fit is drawn so much smaller, again and again.
const SMALLER: f32 = 0.93;
/// The gap between two subtitles, in font heights.
const SUBTITLE_GAP: f32 = 0.4;
/// The width of the outline of subtitles, in font heights.
const OUTLINE: f32 = 0.08;
/// The least width of the outline, in pixels: it reaches beyond the soft edge of the letters.
const THINNEST_OUTLINE: f32 = 1.5;
/// The directions in which an outline is drawn.
const AROUND: u32 = 16;

/// Draws titles. Creating one loads the list of system fonts, which takes up to a second, once.
pub struct TextRasterizer {
    fonts: FontSystem,
    glyphs: SwashCache,
}

impl Default for TextRasterizer {
    fn default() -> Self {
        let own = Source::Binary(Arc::new(TYPEFACE));
        Self {
            fonts: FontSystem::new_with_fonts([own]),
            glyphs: SwashCache::new(),
        }
    }
}

impl TextRasterizer {
    /// A title on a transparent frame of this size in pixels.
    pub fn picture(&mut self, title: &Title, [width, height]: [u32; 2]) -> Picture {
        let mut picture = Picture::plain(width, height, [0; 4]);
        let (across, down) = (width as f32, height as f32);
        let letters = (title.size * down).clamp(1.0, 4.0 * down);
        let side = match title.align {
            Align::Left => Side::Left,
            Align::Middle => Side::Center,
            Align::Right => Side::Right,
        };
        let mut buffer = self.shaped(&title.text, letters, across, side);
        let text_height = height_of(&buffer);
        let top = match title.role {
            TitleRole::Title => (down - text_height) / 2.0,
            TitleRole::Subtitle => down * (1.0 - MARGIN) - text_height,
        };
        let (red, green, blue) = title.colour;
        let place = [(across * MARGIN).round() as i32, top.round() as i32];
        self.draw(
            &mut buffer,
            &mut picture,
            place,
            Color::rgb(red, green, blue),
        );
        picture
    }

    /// Subtitles on a transparent frame of this size in pixels: white with a dark outline, the first text at the bottom and
    /// the others above it. A text that needs more than two lines is drawn smaller.
    pub fn subtitles(&mut self, texts: &[&str], [width, height]: [u32; 2]) -> Picture {
        let mut letters = Picture::plain(width, height, [0; 4]);
        let (across, down) = (width as f32, height as f32);
        let mut bottom = down * (1.0 - MARGIN);
        for text in texts {
            let (mut buffer, size) = self.subtitle(text, [across, down]);
            bottom -= height_of(&buffer);
            let place = [(across * MARGIN).round() as i32, bottom.round() as i32];
            self.draw(&mut buffer, &mut letters, place, Color::rgb(255, 255, 255));
            bottom -= SUBTITLE_GAP * size;
        }
        outlined(
            &letters,
            (OUTLINE * SUBTITLE_SIZE * down).max(THINNEST_OUTLINE),
        )
    }

    /// A subtitle in the largest letters in which it has two lines, or as many as were typed; and their size in pixels.
    fn subtitle(&mut self, text: &str, [across, down]: [f32; 2]) -> (Buffer, f32) {
        let most_lines = text.lines().count().max(2);
        let smallest = (SMALLEST_SUBTITLE * down).max(1.0);
        let mut letters = (SUBTITLE_SIZE * down).max(1.0);
        loop {
            let buffer = self.shaped(text, letters, across, Side::Center);
            let is_short = buffer.layout_runs().count() <= most_lines;
            if is_short || letters <= smallest {
                return (buffer, letters);
            }
            letters = (letters * SMALLER).max(smallest);
        }
    }

    /// A text in letters of this height, wrapped within the margins of a frame of this width; both in pixels.
    fn shaped(&mut self, text: &str, letters: f32, across: f32, side: Side) -> Buffer {
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::relative(letters, LINE_HEIGHT));
        buffer.set_size(Some(across * (1.0 - 2.0 * MARGIN)), None);
        let attributes = Attrs::new()
            .family(Family::Name(TYPEFACE_NAME))
            .weight(Weight::SEMIBOLD);
        buffer.set_text(text, &attributes, Shaping::Advanced, Some(side));
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }

    /// Draws a text with its upper left corner at a place of the picture.
    fn draw(
        &mut self,
        buffer: &mut Buffer,
        picture: &mut Picture,
        [left, top]: [i32; 2],
        colour: Color,
    ) {
        let (width, height) = (picture.width, picture.height);
        buffer.draw(
            &mut self.fonts,
            &mut self.glyphs,
            colour,
            |x, y, w, h, colour| {
                for (x, y) in
                    (0..w as i32).flat_map(|dx| (0..h as i32).map(move |dy| (x + dx, y + dy)))
                {
                    let (Ok(x), Ok(y)) = (u32::try_from(x + left), u32::try_from(y + top)) else {
                        continue;
                    };
                    if x < width && y < height {
                        ink(picture, [x, y], colour);
                    }
                }
            },
        );
    }
}

fn height_of(buffer: &Buffer) -> f32 {
    buffer.layout_runs().map(|run| run.line_height).sum()
}

/// The letters with a black outline of this width in pixels behind them. A pixel of the outline is as opaque as the
/// letters are around it, on a circle of that radius.
fn outlined(letters: &Picture, radius: f32) -> Picture {
    let mut picture = Picture::plain(letters.width, letters.height, [0; 4]);
    let Some([left, top, right, bottom]) = inked(letters) else {
        return picture;
    };
    let around = (0..AROUND).map(|number| {
        let angle = std::f32::consts::TAU * number as f32 / AROUND as f32;
        let (sine, cosine) = angle.sin_cos();
        [
            (radius * cosine).round() as i64,
            (radius * sine).round() as i64,
        ]
    });
    let around: Vec<[i64; 2]> = around.chain([[0, 0]]).collect();
    let alpha = |x: i64, y: i64| {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return 0;
        };
        match x < letters.width && y < letters.height {
            true => letters.pixel(x, y)[3],
            false => 0,
        }
    };
    let reach = radius.ceil() as u32;
    for y in top.saturating_sub(reach)..(bottom + reach + 1).min(letters.height) {
        for x in left.saturating_sub(reach)..(right + reach + 1).min(letters.width) {
            let near = around
                .iter()
                .map(|[across, down]| alpha(i64::from(x) + across, i64::from(y) + down));
            let shade = near.max().unwrap_or(0);
            if shade > 0 {
                ink(&mut picture, [x, y], Color::rgba(0, 0, 0, shade));
                let [red, green, blue, covers] = letters.pixel(x, y);
                ink(&mut picture, [x, y], Color::rgba(red, green, blue, covers));
            }
        }
    }
    picture
}

/// The left, top, right and bottom of all that is not transparent.
fn inked(picture: &Picture) -> Option<[u32; 4]> {
    let mut found: Option<[u32; 4]> = None;
    let rows = picture
        .rgba
        .chunks_exact((4 * picture.width.max(1)) as usize);
    for (y, row) in (0..).zip(rows) {
        let is_inked = |pixel: &[u8; 4]| pixel[3] > 0;
        let (pixels, _) = row.as_chunks::<4>();
        let first = pixels.iter().position(is_inked);
        let last = pixels.iter().rposition(is_inked);
        if let Some((first, last)) = first.zip(last) {
            let (first, last) = (first as u32, last as u32);
            let [left, top, right, _] = found.unwrap_or([first, y, last, y]);
            found = Some([left.min(first), top, right.max(last), y]);
        }
    }
    found
}

/// Blends a colour over a pixel, with straight alpha.
fn ink(picture: &mut Picture, [x, y]: [u32; 2], colour: Color) {
    let at = 4 * (y as usize * picture.width as usize + x as usize);
    let pixel = &mut picture.rgba[at..at + 4];
    let (new, old) = (u32::from(colour.a()), u32::from(pixel[3]));
    let all = new * 255 + old * (255 - new); // in units of 1 / (255 * 255)
    if all == 0 {
        return;
    }
    for (byte, new_byte) in pixel.iter_mut().zip([colour.r(), colour.g(), colour.b()]) {
        let mixed = u32::from(new_byte) * new * 255 + u32::from(*byte) * old * (255 - new);
        *byte = (mixed / all) as u8;
    }
    pixel[3] = (all / 255) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn box_of(picture: &Picture) -> Option<[u32; 4]> {
        let mut found: Option<[u32; 4]> = None;
        for y in 0..picture.height {
            for x in 0..picture.width {
                if picture.pixel(x, y)[3] > 127 {
                    let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
                    found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
                }
            }
        }
        found
    }

    #[test]
    fn a_title_stands_in_the_middle_and_a_subtitle_below_within_the_margins() {
        let mut rasterizer = TextRasterizer::default();
        let size = [640, 360];
        let title = rasterizer.picture(&Title::new("The first film", TitleRole::Title), size);
        let [left, top, right, bottom] = box_of(&title).expect("letters");
        assert!(left.abs_diff(639 - right) < 12, "{left} {right}");
        assert!(top.abs_diff(359 - bottom) < 24, "{top} {bottom}");
        assert!(
            (20..60).contains(&(bottom - top)),
            "letters a tenth as high as the frame"
        );
        let words = "Where have you been all this time? The desert is no place for a robot, and you know it.";
        let subtitle = rasterizer.picture(&Title::new(words, TitleRole::Subtitle), size);
        let [left, top, right, bottom] = box_of(&subtitle).expect("letters");
        assert!(
            left >= 38 && right <= 602 && bottom < 342 && top > 250,
            "{left} {top} {right} {bottom}"
        );
    }

    #[test]
    fn a_subtitle_has_a_dark_outline_and_at_most_two_lines_within_the_margins() {
        let mut rasterizer = TextRasterizer::default();
        let size = [640, 360];
        let short = rasterizer.subtitles(&["Hello"], size);
        let [left, top, right, bottom] = box_of(&short).expect("letters");
        assert!(left.abs_diff(639 - right) < 8, "{left} {right}");
        assert!(top > 300 && bottom < 341, "{top} {bottom}");
        let is = |picture: &Picture, colour: [u8; 3]| {
            let (pixels, _) = picture.rgba.as_chunks::<4>();
            let solid = pixels.iter().filter(|pixel| pixel[3] > 250);
            solid.filter(|pixel| pixel[..3] == colour).count()
        };
        assert!(is(&short, [255; 3]) > 50 && is(&short, [0; 3]) > 50);
        let words = "Where have you been all this time? The desert is no place for a robot, and you know \
                     it, because you told me so yourself.";
        let long = rasterizer.subtitles(&[words], size);
        let [left, top, right, bottom] = box_of(&long).expect("letters");
        assert!(left >= 36 && right <= 604, "{left} {right}");
        assert!(
            bottom < 341 && bottom - top < 46,
            "two lines: {top} {bottom}"
        );
    }

    #[test]
    fn two_subtitles_stand_one_above_the_other_and_no_text_draws_nothing() {
        let mut rasterizer = TextRasterizer::default();
        let size = [640, 360];
        let one = box_of(&rasterizer.subtitles(&["Hello"], size)).expect("letters");
        let both = box_of(&rasterizer.subtitles(&["Hello", "Hallo"], size)).expect("letters");
        assert_eq!(both[3], one[3], "the first one stays where it is");
        assert!(both[1] + 20 < one[1], "{both:?} {one:?}");
        assert_eq!(box_of(&rasterizer.subtitles(&[""], size)), None);
        for size in [[1, 1], [2, 600], [4000, 4]] {
            let picture = rasterizer.subtitles(&["A long text on a frame of an odd size"], size);
            assert_eq!([picture.width, picture.height], size);
        }
    }

    #[test]
    fn letters_have_their_colour_and_nothing_else_is_covered() {
        let title = Title {
            colour: (255, 200, 0),
            align: Align::Left,
            ..Title::new("I", TitleRole::Title)
        };
        let picture = TextRasterizer::default().picture(&title, [200, 100]);
        let [left, top, right, bottom] = box_of(&picture).expect("a letter");
        assert!(left < 30 && right < 40);
        let [red, green, blue, covers] = picture.pixel(left.midpoint(right), top.midpoint(bottom));
        assert_eq!([red, green, blue], [255, 200, 0]);
        assert!(covers > 200, "{covers}");
        assert_eq!(picture.pixel(150, 50)[3], 0);
    }

    #[test]
    fn no_words_are_no_letters_and_no_script_is_too_strange() {
        let mut rasterizer = TextRasterizer::default();
        for text in ["", "\n\n", "\u{0}\u{200f}", "العربية", "漢字 🙂"] {
            let picture = rasterizer.picture(&Title::new(text, TitleRole::Title), [64, 36]);
            assert_eq!(picture.rgba.len(), 64 * 36 * 4);
        }
    }
}
