//! What a user writes of an export, read: its format, from a preset or the extension of its path, and its range of the
//! timeline.

use std::path::Path;

use kinora_render::Format;
use kinora_timeline::{FrameRange, Frames, Project, timecode};
use kinora_wire::{Failure, media_ending};

/// The format of this id, or of the extension of a path.
///
/// # Errors
/// There is no format of this id, or of this extension; the extension is that of another kind of file.
pub fn format_of(path: &Path, id: Option<&str>) -> Result<&'static Format, Failure> {
    let extension = path.extension().unwrap_or_default();
    let extension = extension.to_string_lossy().to_lowercase();
    let is_it = |format: &&Format| match id {
        Some(id) => format.id == id,
        None => format.extension == extension,
    };
    Format::exported().find(is_it).ok_or_else(|| {
        let cause = match id {
            Some(id) => format!("there is no preset {id}"),
            None => match media_ending(path) {
                Some(ending) => format!("{}: .{ending} files cannot be written", path.display()),
                None => format!("{} does not say what it is to be", path.display()),
            },
        };
        let ids: Vec<&str> = Format::exported().map(|format| format.id).collect();
        let remedy = format!(
            "name a file that ends in .mp4, .mov or .wav, or a folder for PNG files; or pass --preset with one of {}",
            ids.join(", ")
        );
        Failure::refused(cause, remedy)
    })
}

/// The range of a text such as "24..48" or "00:00:01:00..00:00:02:00": from the first frame up to, but without, the
/// last.
///
/// # Errors
/// The text is not a range of this project.
pub fn range_of(project: &Project, text: &str) -> Result<FrameRange, Failure> {
    let refused = |why: String| {
        Failure::refused(
            format!("{text} is not a range of this project: {why}"),
            "give two frames or two timecodes, such as 24..48 or 00:00:01:00..00:00:02:00; the second is not included",
        )
    };
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| refused("two dots are missing".into()))?;
    let place = |text| timecode::parse(text, project.rate()).map_err(refused);
    let (from, to) = (place(from)?, place(to)?);
    match from < to && to <= project.end() && from >= Frames::ZERO {
        true => Ok(FrameRange::between(from, to)),
        false => Err(refused(format!("it has {}", project.end()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_preset_or_the_extension() {
        let of = |path: &str, preset: Option<&str>| format_of(Path::new(path), preset);
        assert_eq!(of("film.mp4", None), Ok(Format::MP4));
        assert_eq!(of("film.mp4", Some("h264-quick")), Ok(Format::MP4_QUICK));
        assert_eq!(of("film.MOV", None), Ok(Format::PRORES));
        assert_eq!(of("frames/", None), Ok(Format::PNG));
        assert_eq!(of("film.bin", Some("wav")), Ok(Format::WAV));
        let refused = of("film.avi", None).expect_err("avi is none of them");
        assert!(
            refused
                .remedy
                .is_some_and(|remedy| remedy.contains("h264, h264-quick, h265, av1, prores"))
        );
        assert!(of("film.mp4", Some("vhs")).is_err());
        for name in ["film.gif", "film.webm", "film.avi", "film.png", "film.jpg"] {
            let refused = of(name, None).expect_err(name);
            assert!(
                refused.cause.contains("files cannot be written"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_range_outside_the_timeline_is_refused_with_its_length() {
        let refused = range_of(&Project::default(), "3..9").expect_err("an empty timeline");
        assert!(refused.cause.contains("it has 0 frames"), "{refused:?}");
        assert!(range_of(&Project::default(), "3-9").is_err());
    }
}
