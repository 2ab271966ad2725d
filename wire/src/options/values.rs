//! The values of options, parsed from their texts: sizes, guidance, keyframes, characters, LoRAs and ranges. An error is a
//! sentence that says what is expected.

use std::path::PathBuf;

use crate::{Guidance, Keyframe, Lora, Makes, Reference};

/// Width and height of a frame in pixels, from "832x480".
///
/// # Errors
/// It is no size.
pub fn frame_size(text: &str) -> Result<[u32; 2], String> {
    let parsed = text
        .split_once('x')
        .and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    parsed.ok_or_else(|| "a size is WIDTHxHEIGHT, such as 832x480".into())
}

pub(super) fn guidance(text: &str) -> Result<Guidance, String> {
    let wrong = || {
        "guidance is \"off\", a number of 0 or more such as 5, or \"zero:5\"; 3 to 7 are usual"
            .to_owned()
    };
    let number = |text: &str| {
        let number = finite(text).ok().filter(|number| *number >= 0.0);
        number.ok_or_else(wrong)
    };
    match text.split_once(':') {
        None if text == "off" => Ok(Guidance::Off),
        None => Ok(Guidance::Classifier {
            scale: number(text)?,
        }),
        Some(("zero", scale)) => Ok(Guidance::ZeroStar {
            scale: number(scale)?,
            zero_steps: 1,
        }),
        Some(_) => Err(wrong()),
    }
}

pub(super) fn streams(text: &str) -> Result<Makes, String> {
    match text {
        "picture" => Ok(Makes::Picture),
        "sound" => Ok(Makes::Sound),
        "both" => Ok(Makes::Both),
        _ => Err("a stream is \"picture\", \"sound\" or \"both\"".into()),
    }
}

pub(super) fn scale(text: &str) -> Result<f64, String> {
    let number = finite(text).ok().filter(|number| *number >= 0.0);
    number.ok_or_else(|| "a CFG scale is a number of 0 or more; 1 is off".into())
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!(
            "a seed is a whole number, 0 or more, up to {}; leave it out for 0",
            u64::MAX
        )
    })
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a whole number of 0 or more"))
}

pub(super) fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("{text} is not a number"))
}

pub(super) fn stages(text: &str) -> Result<u32, String> {
    let known = text.parse().ok().filter(|stages| [1, 2].contains(stages));
    known.ok_or_else(|| format!("a clip is made in 1 stage or in 2, not in {text}"))
}

pub(super) fn keyframe(text: &str) -> Result<Keyframe, String> {
    let parsed = text.split_once('=').and_then(|(frame, image)| {
        Some(Keyframe {
            frame: frame.parse().ok()?,
            image: image.into(),
        })
    });
    parsed.ok_or_else(|| "a keyframe is N=IMAGE, such as 40=door.png".into())
}

pub(super) fn character(text: &str) -> Result<Reference, String> {
    let parsed = text.split_once('=').map(|(name, images)| Reference {
        name: name.into(),
        images: images
            .split(',')
            .filter(|image| !image.is_empty())
            .map(PathBuf::from)
            .collect(),
    });
    let whole = parsed.filter(|reference| !reference.images.is_empty());
    whole.ok_or_else(|| "a character is NAME=IMAGE[,IMAGE], such as mia=mia.png".into())
}

/// The strength is what follows the last colon, if that is a finite number: paths may have colons too.
pub(super) fn lora(text: &str) -> Result<Lora, String> {
    let divided = text
        .rsplit_once(':')
        .and_then(|(file, strength)| Some((file, finite(strength).ok()?)));
    let (file, strength) = divided.unwrap_or((text, 1.0));
    match file.is_empty() {
        true => Err("a LoRA is FILE[:STRENGTH], such as style.safetensors:0.8".into()),
        false => Ok(Lora {
            file: file.into(),
            strength,
            expert: None,
        }),
    }
}

pub(super) fn range(text: &str) -> Result<[u32; 2], String> {
    let parsed = text
        .split_once("..")
        .and_then(|(a, b)| Some([a.parse().ok()?, b.parse().ok()?]));
    let whole = parsed.filter(|[from, to]| from < to);
    whole.ok_or_else(|| "a range is A..B, such as 24..48".into())
}
