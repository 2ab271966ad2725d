//! A character of the world by a few words, as a picture to cast: the source of the sample film's characters.

use std::path::Path;

use image::{ExtendedColorType, ImageFormat};
use kinora_wire::Failure;

use crate::files::{placed, unwritable};
use crate::world::{Character, Colour, Kind};

/// An adult's height.
const HEIGHT_METRES: f32 = 1.65;

/// Draws the character these words name, from the front.
pub fn draw(who: &str, limbs: Option<&str>, height: u32, path: &Path) -> Result<(), Failure> {
    let body = named(who, "colour", Colour::ALL, Colour::words)?;
    let limbs = limbs.map(|words| named(words, "colour", Colour::ALL, Colour::words));
    let character = Character {
        kind: named(who, "kind", Kind::ALL, Kind::words)?,
        body,
        limbs: limbs.transpose()?.unwrap_or(body),
        height_metres: HEIGHT_METRES,
    };
    let size = [height * 3 / 4, height];
    let picture = character.portrait(0.0, size);
    placed(path, |beside| {
        image::save_buffer_with_format(
            beside,
            &picture.rgb,
            size[0],
            size[1],
            ExtendedColorType::Rgb8,
            ImageFormat::Png,
        )
        .map_err(|error| unwritable(path, &error.to_string()).to_string())
    })
}

/// The first entry of a list that one of the words names.
fn named<T: Copy>(
    text: &str,
    what: &str,
    all: &[T],
    words: fn(T) -> &'static [&'static str],
) -> Result<T, Failure> {
    let text: Vec<&str> = text.split_whitespace().collect();
    let found = all
        .iter()
        .find(|one| words(**one).iter().any(|word| text.contains(word)));
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|one| words(*one)[0]).collect();
        Failure::refused(
            format!("{text:?} names no {what}"),
            format!("there are: {}", known.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_drawn_by_words_and_who_is_not_known_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ada.png");
        draw("yellow robot", None, 64, &path).expect("drawn");
        let picture = image::open(&path).expect("a picture").into_rgb8();
        assert_eq!(picture.dimensions(), (48, 64));
        let [red, _, blue] = picture.get_pixel(24, 30).0;
        assert!(red > blue, "yellow");
        let refused = draw("yellow fox", None, 64, &path).expect_err("no foxes");
        assert!(refused.to_string().contains("robot"), "{refused}");
    }
}
