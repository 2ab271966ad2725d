//! Pictures that do not change over time, kept in memory: titles, subtitles, stills and slates. The animatic of a shot
//! without a take.

use std::path::Path;
use std::sync::Arc;

use image::imageops::FilterType::CatmullRom;
use image::imageops::resize;
use image::{DynamicImage, RgbaImage};
use kinora_timeline::media::Medium;
use kinora_timeline::shot::Shot;
use kinora_timeline::title::{Align, Title, TitleRole};
use kinora_timeline::{ContentHash, Frames, Project, Rounding, TitleId};

use super::{Sources, nothing};
use crate::animatic::animatic_frame;
use crate::compose::{Layer, compose};
use crate::media::{MediaError, Picture, fitted, read_still};
use crate::title::TextRasterizer;

/// Titles and stills kept in memory.
const KEPT_PICTURES: usize = 32;
/// The background of a shot without a take.
const SLATE: [u8; 4] = [38, 40, 46, 255];

/// A picture in memory, and when it was last requested.
pub(super) struct CachedPicture {
    picture: Arc<Picture>,
    used: u64,
}

/// The cache key of a picture that does not change over time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Still(ContentHash, [u32; 2]),
    /// With everything that determines its look.
    Title(TitleId, String, [u32; 2]),
    Subtitles(Vec<String>, [u32; 2]),
}

impl Sources {
    /// Subtitles over the whole frame, the lowest first.
    pub fn subtitles(&mut self, texts: Vec<String>, size: [u32; 2]) -> Arc<Picture> {
        self.clock += 1;
        let key = Key::Subtitles(texts.clone(), size);
        let letters = |sources: &mut Self| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Ok(sources.text_rasterizer().subtitles(&texts, size))
        };
        self.kept(key, letters)
            .unwrap_or_else(|_: MediaError| nothing())
    }

    /// A slate that stands for a medium whose file cannot be shown at all.
    pub(super) fn slate_of(&mut self, medium: &Medium, why: &str, size: [u32; 2]) -> Arc<Picture> {
        let words = Title {
            colour: (150, 154, 166),
            size: 0.05,
            ..Title::new(&format!("{}\n{why}", medium.name), TitleRole::Title)
        };
        let letters = self.text_rasterizer().picture(&words, size);
        let ground = Picture::plain(size[0], size[1], SLATE);
        let drawn = [ground.into(), letters.into()].map(Layer::plain);
        Arc::new(compose(size, &drawn))
    }

    pub(super) fn title(&mut self, title: &Title, size: [u32; 2]) -> Arc<Picture> {
        let key = Key::Title(title.id, format!("{title:?}"), size);
        let letters = |sources: &mut Self| Ok(sources.text_rasterizer().picture(title, size));
        self.kept(key, letters)
            .unwrap_or_else(|_: MediaError| nothing())
    }

    /// The animatic of a shot; a slate if it has neither a stage nor a camera.
    pub(super) fn without_take(
        &mut self,
        project: &Project,
        shot: &Shot,
        frame: Frames,
        size: [u32; 2],
    ) -> Arc<Picture> {
        let is_empty = shot.camera.is_none() && project.stage_of(shot).stand_ins.is_empty();
        let words = match is_empty {
            true => Title {
                colour: (150, 154, 166),
                size: 0.05,
                ..Title::new(&format!("{}\nno take yet", shot.name), TitleRole::Title)
            },
            false => Title {
                colour: (44, 46, 52),
                size: 0.032,
                align: Align::Left,
                ..Title::new(&format!("ANIMATIC  {}", shot.name), TitleRole::Subtitle)
            },
        };
        let letters = self.title(&words, size);
        let ground = if is_empty {
            Picture::plain(size[0], size[1], SLATE)
        } else {
            let own = frame.rescaled(project.rate(), shot.length.rate, Rounding::Down);
            animatic_frame(project, shot, own, size)
        };
        let drawn = [ground.into(), letters].map(Layer::plain);
        Arc::new(compose(size, &drawn))
    }

    fn text_rasterizer(&mut self) -> &mut TextRasterizer {
        self.text_rasterizer
            .get_or_insert_with(TextRasterizer::default)
    }

    pub(super) fn kept(
        &mut self,
        key: Key,
        make: impl FnOnce(&mut Self) -> Result<Picture, MediaError>,
    ) -> Result<Arc<Picture>, MediaError> {
        if let Some(kept) = self.pictures.get_mut(&key) {
            kept.used = self.clock;
            return Ok(Arc::clone(&kept.picture));
        }
        let picture = Arc::new(make(self)?);
        if self.pictures.len() >= KEPT_PICTURES {
            let oldest = self.pictures.iter().min_by_key(|(_, kept)| kept.used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.pictures.remove(&oldest);
            }
        }
        let kept = CachedPicture {
            picture: Arc::clone(&picture),
            used: self.clock,
        };
        self.pictures.insert(key, kept);
        Ok(picture)
    }
}

/// A picture file, scaled to fit into a frame.
pub(super) fn still(path: &Path, frame: [u32; 2]) -> Result<Picture, MediaError> {
    let picture = read_still(path)?;
    let [width, height] = fitted([picture.width(), picture.height()], frame);
    let picture = match (picture.width(), picture.height()) == (width, height) {
        true => picture.into_rgba8(),
        false if picture.color().has_alpha() => resized_with_alpha(picture, [width, height]),
        false => picture.resize_exact(width, height, CatmullRom).into_rgba8(),
    };
    Ok(picture.into())
}

/// A picture with transparency in another size. Colours count as much as they are opaque: those under transparent pixels,
/// mostly black, do not darken the edges.
fn resized_with_alpha(picture: DynamicImage, [width, height]: [u32; 2]) -> RgbaImage {
    let mut premultiplied = picture.into_rgba16();
    for pixel in premultiplied.pixels_mut() {
        let [colours @ .., alpha] = &mut pixel.0;
        for colour in colours {
            *colour = (u32::from(*colour) * u32::from(*alpha) / 65_535) as u16;
        }
    }
    let mut resized = resize(&premultiplied, width, height, CatmullRom);
    for pixel in resized.pixels_mut() {
        let [colours @ .., alpha] = &mut pixel.0;
        for colour in colours {
            let straight = u32::from(*colour) * 65_535 / u32::from(*alpha).max(1);
            *colour = straight.min(65_535) as u16;
        }
    }
    DynamicImage::from(resized).into_rgba8()
}
