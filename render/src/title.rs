//! Rasterizing titles: text shaped, wrapped and drawn in Kinora's typeface, with system fonts for other scripts.

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
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::relative(letters, LINE_HEIGHT));
        let side = match title.align {
            Align::Left => Side::Left,
            Align::Middle => Side::Center,
            Align::Right => Side::Right,
        };
        buffer.set_size(Some(across * (1.0 - 2.0 * MARGIN)), None);
        let attributes = Attrs::new()
            .family(Family::Name(TYPEFACE_NAME))
            .weight(Weight::SEMIBOLD);
        buffer.set_text(&title.text, &attributes, Shaping::Advanced, Some(side));
        buffer.shape_until_scroll(&mut self.fonts, false);

        let text_height: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
        let top = match title.role {
            TitleRole::Title => (down - text_height) / 2.0,
            TitleRole::Subtitle => down * (1.0 - MARGIN) - text_height,
        };
        let (left, top) = ((across * MARGIN).round() as i32, top.round() as i32);
        let (red, green, blue) = title.colour;
        let colour = Color::rgb(red, green, blue);
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
                        ink(&mut picture, [x, y], colour);
                    }
                }
            },
        );
        picture
    }
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
