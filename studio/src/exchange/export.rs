//! The export of a video: which range of the timeline, in which format, and where to.

use std::path::{Path, PathBuf};

use kinora_render::Preset;
use kinora_render::export::{Delivery, Export, Exported, export};
use kinora_timeline::{FrameRange, Frames, Project, timecode};
use kinora_wire::Failure;

use crate::generate::clip_file::failure_of;

/// What can be named, the end of a file's name that means it, and what it is.
const PRESETS: [(&str, Option<&str>, Delivery); 5] = [
    ("h264", Some("mp4"), Delivery::File(Preset::Mp4)),
    ("h264-quick", Some("mp4"), Delivery::File(Preset::Mp4Quick)),
    ("prores", Some("mov"), Delivery::File(Preset::ProRes)),
    ("wav", Some("wav"), Delivery::File(Preset::Wav)),
    ("png", None, Delivery::Pictures),
];

/// What to export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRequest {
    /// The file, or the folder for pictures.
    pub path: PathBuf,
    /// "h264", "h264-quick", "prores", "wav" or "png"; by the file's name if left out.
    pub preset: Option<String>,
    /// Which part, as "24..48" or "00:00:01:00..00:00:02:00", its end left out; the part between in and out, or
    /// the whole film, if left out.
    pub range: Option<String>,
}

/// Writes a video of the project in `folder`. `on_frame` gets the number of finished frames and of all frames; returning
/// false stops the export.
///
/// # Errors
/// An order that makes no sense; a file of the film that is missing or damaged; a full disk.
pub fn export_video(
    film: &Project,
    folder: &Path,
    request: &ExportRequest,
    on_frame: &mut dyn FnMut(Frames, Frames) -> bool,
) -> Result<Exported, Failure> {
    let delivery = delivery(&request.path, request.preset.as_deref())?;
    let range = range(film, request.range.as_deref())?;
    if delivery == Delivery::Pictures && request.path.join("000000.png").exists() {
        return Err(Failure::refused(
            format!("{} holds the pictures of a film", request.path.display()),
            "name another folder: the longer of two films would show behind the end of the other",
        ));
    }
    let job = Export {
        delivery,
        range,
        path: request.path.clone(),
    };
    let mut report = |done| on_frame(done, range.length);
    export(film, folder, &job, &mut report).map_err(|error| failure_of(&error))
}

fn delivery(path: &Path, preset: Option<&str>) -> Result<Delivery, Failure> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    let found = match preset {
        Some(name) => PRESETS.iter().find(|(known, ..)| *known == name),
        None => PRESETS
            .iter()
            .find(|(_, end, _)| *end == extension.as_deref()),
    };
    let names = PRESETS.map(|(name, ..)| name).join(", ");
    found.map(|(.., delivery)| *delivery).ok_or_else(|| {
        let cause = match preset {
            Some(name) => format!("there is no preset {name}"),
            None => format!("{} does not say what it is to be", path.display()),
        };
        let remedy = format!("name a file that ends in .mp4, .mov or .wav, or a folder for pictures; or --preset with one of {names}");
        Failure::refused(cause, remedy)
    })
}

fn range(film: &Project, words: Option<&str>) -> Result<FrameRange, Failure> {
    let whole = FrameRange {
        start: Frames::ZERO,
        length: film.end(),
    };
    let Some(words) = words else {
        return Ok(film
            .in_out()
            .and_then(|part| part.overlap(whole))
            .unwrap_or(whole));
    };
    let refused = |why: String| {
        Failure::refused(
            format!("{words} is no part of this film: {why}"),
            "give two frames or two timecodes, as 24..48 or 00:00:01:00..00:00:02:00; the second is left out",
        )
    };
    let (from, to) = words
        .split_once("..")
        .ok_or_else(|| refused("two dots are missing".into()))?;
    let place = |words| timecode::parse(words, film.rate()).map_err(refused);
    let (from, to) = (place(from)?, place(to)?);
    match from < to && to <= film.end() && from >= Frames::ZERO {
        true => Ok(FrameRange::between(from, to)),
        false => Err(refused(format!("it has {}", film.end()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_or_a_preset_says_what_it_is_to_be() {
        let of = |path: &str, preset: Option<&str>| delivery(Path::new(path), preset);
        assert_eq!(of("film.mp4", None), Ok(Delivery::File(Preset::Mp4)));
        assert_eq!(
            of("film.mp4", Some("h264-quick")),
            Ok(Delivery::File(Preset::Mp4Quick))
        );
        assert_eq!(of("film.MOV", None), Ok(Delivery::File(Preset::ProRes)));
        assert_eq!(of("frames/", None), Ok(Delivery::Pictures));
        assert_eq!(of("film.bin", Some("wav")), Ok(Delivery::File(Preset::Wav)));
        let refused = of("film.avi", None).expect_err("avi is none of them");
        assert!(
            refused
                .remedy
                .is_some_and(|remedy| remedy.contains("h264, h264-quick, prores, wav, png"))
        );
        assert!(of("film.mp4", Some("vhs")).is_err());
    }

    #[test]
    fn a_part_that_is_not_in_the_film_is_refused_with_how_long_the_film_is() {
        let refused = range(&Project::default(), Some("3..9")).expect_err("an empty film");
        assert!(refused.cause.contains("it has 0 frames"), "{refused:?}");
        assert!(range(&Project::default(), Some("3-9")).is_err());
    }
}
