//! What is done to a true clip before it is measured: noise, blur, compression, fewer pixels, a character that moves.
//! The camera stays known, whatever is done.

use fastrand::Rng;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, blur, resize};
use image::{ExtendedColorType, GrayImage, ImageFormat};
use kinora_measure::{GreyFrame, Mask, RgbFrame};
use kinora_wire::Failure;
use serde::Serialize;

use crate::world::{Picture, generator};

/// The purpose of the noise's draws of a seed.
const DRAWS: u64 = 12;
/// The standard deviation of the noise, in grey levels.
const NOISE_LEVELS: f32 = 6.0;
/// The standard deviation of the blur, in pixels of a frame 384 wide.
const BLUR_PIXELS: f32 = 1.5;
/// The quality of the compression, from 1 to 100.
const JPEG_QUALITY: u8 = 30;
/// How much smaller the clip is made before it is enlarged again.
const SHRINK: u32 = 4;

/// What is done to a clip. Masks of the character are given, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Nothing. The character stands.
    Clean,
    /// Noise of 6 grey levels.
    Noise,
    /// Blur of 1.5 pixels of a frame 384 wide.
    Blur,
    /// JPEG of quality 30, frame by frame.
    Compression,
    /// A quarter of the size, then enlarged.
    Small,
    /// The character moves.
    Moving,
    /// The character moves, and no masks are given.
    Unmasked,
}

impl Harm {
    /// In words, for the table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Clean => "none: the character stands, masked",
            Self::Noise => "noise of 6 grey levels",
            Self::Blur => "blur of 1.5 pixels of a frame 384 wide",
            Self::Compression => "JPEG of quality 30, frame by frame",
            Self::Small => "reduced to a quarter and enlarged",
            Self::Moving => "the character moves, masked",
            Self::Unmasked => "the character moves, no masks",
        }
    }

    /// Whether the character moves.
    pub fn acts(self) -> bool {
        matches!(self, Self::Moving | Self::Unmasked)
    }

    /// The frames in grey as they are measured, and the masks that are given.
    pub fn harmed(
        self,
        pictures: &[Picture],
        size: [u32; 2],
        seed: u64,
    ) -> Result<(Vec<GreyFrame>, Option<Vec<Mask>>), Failure> {
        let mut rng = generator(seed, DRAWS);
        let frames = pictures.iter().map(|picture| {
            let harmed = self.picture(grey(picture, size)?, &mut rng)?;
            let [width, height] = size.map(|side| side as usize);
            GreyFrame::new(width, height, harmed.into_raw()).ok_or_else(wrong_size)
        });
        let frames: Vec<GreyFrame> = frames.collect::<Result<_, Failure>>()?;
        if self == Self::Unmasked {
            return Ok((frames, None));
        }
        let masks = pictures.iter().map(|picture| mask(picture, size));
        Ok((frames, Some(masks.collect::<Result<_, Failure>>()?)))
    }

    fn picture(self, grey: GrayImage, rng: &mut Rng) -> Result<GrayImage, Failure> {
        let (width, height) = grey.dimensions();
        Ok(match self {
            Self::Clean | Self::Moving | Self::Unmasked => grey,
            Self::Noise => noisy(grey, rng),
            Self::Blur => blur(&grey, BLUR_PIXELS * width as f32 / 384.0),
            Self::Compression => compressed(&grey)?,
            Self::Small => {
                let filter = FilterType::Triangle;
                let small = resize(&grey, width / SHRINK, height / SHRINK, filter);
                resize(&small, width, height, filter)
            }
        })
    }
}

fn wrong_size() -> Failure {
    Failure::bug("a drawn picture has another size than was asked for")
}

fn grey(picture: &Picture, [width, height]: [u32; 2]) -> Result<GrayImage, Failure> {
    let pixels = picture.rgb.as_chunks::<3>().0.to_vec();
    let frame = RgbFrame::new(width as usize, height as usize, pixels);
    frame
        .and_then(|frame| GrayImage::from_raw(width, height, frame.grey().pixels().to_vec()))
        .ok_or_else(wrong_size)
}

fn mask(picture: &Picture, size: [u32; 2]) -> Result<Mask, Failure> {
    let [width, height] = size.map(|side| side as usize);
    let covered = picture.mask.iter().map(|&byte| byte > 0).collect();
    Mask::new(width, height, covered).ok_or_else(wrong_size)
}

fn noisy(mut grey: GrayImage, rng: &mut Rng) -> GrayImage {
    for pixel in grey.pixels_mut() {
        let level = f32::from(pixel.0[0]) + NOISE_LEVELS * normal(rng);
        pixel.0[0] = level.round().clamp(0.0, 255.0) as u8;
    }
    grey
}

/// A draw of the standard normal distribution (Box and Muller, 1958).
fn normal(rng: &mut Rng) -> f32 {
    let (length, angle) = (1.0 - rng.f32(), rng.f32());
    (-2.0 * length.ln()).sqrt() * (std::f32::consts::TAU * angle).cos()
}

fn compressed(grey: &GrayImage) -> Result<GrayImage, Failure> {
    let (width, height) = grey.dimensions();
    let failed = |error: image::ImageError| Failure::bug(error.to_string());
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .encode(grey.as_raw(), width, height, ExtendedColorType::L8)
        .map_err(failed)?;
    let read = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg);
    Ok(read.map_err(failed)?.into_luma8())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::world::{Format, Scene};

    #[test]
    fn each_harm_changes_the_picture_a_little_and_keeps_its_size() {
        let pictures = Scene::of_seed(4, Format::SMALL).frames(0..1, Format::SMALL);
        let harmed = |harm: Harm| {
            let harmed = harm.harmed(&pictures, Format::SMALL.size, 1);
            harmed.expect("harmed")
        };
        let (clean, masks) = harmed(Harm::Clean);
        assert!(masks.is_some_and(|masks| masks.len() == 1));
        assert!(harmed(Harm::Unmasked).1.is_none());
        let changes = [Harm::Noise, Harm::Blur, Harm::Compression, Harm::Small];
        for harm in changes {
            let (frames, _) = harmed(harm);
            assert_eq!((frames[0].width(), frames[0].height()), (96, 64));
            let pairs = frames[0].pixels().iter().zip(clean[0].pixels());
            let sum: u32 = pairs
                .map(|(one, other)| u32::from(one.abs_diff(*other)))
                .sum();
            let mean = f64::from(sum) / (96.0 * 64.0);
            assert!((0.01..20.0).contains(&mean), "{harm:?}: {mean}");
        }
        let unchanged = Harm::value_variants().iter().filter(|harm| {
            let (frames, _) = harmed(**harm);
            frames == clean
        });
        assert_eq!(unchanged.count(), 3, "clean, moving and unmasked");
    }
}
