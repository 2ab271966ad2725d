//! Sentences about media that an export could not show or play: missing files, refused files, and single frames as runs
//! of numbers. Each names the medium and the first clip that is affected.

use std::path::Path;

use kinora_render::project::{ProjectFiles, Replaced, ReplacedPart};
use kinora_timeline::timecode::{Counting, timecode};
use kinora_timeline::{ContentHash, FrameRange, Frames, Project, TrackKind};

use super::clips_showing::{ClipsShowing, clips_showing};

/// Runs of replaced frames that are listed; of others only the number is reported.
const RUNS_LISTED: usize = 12;
/// The remedy for a missing file.
const RELINK: &str = "Relink it with Edit > Relink media… or `kinora relink`, and export again";

/// A sentence for each medium that an export of a range could not show or play as it is.
pub(super) fn replaced_texts(
    (project, folder): (&Project, &Path),
    range: FrameRange,
    replaced: &[Replaced],
) -> Vec<String> {
    let part_of = |content: ContentHash, part: &ReplacedPart| {
        let mut all = replaced.iter();
        all.any(|one| one.content == content && one.part == *part)
    };
    let text = |one: &Replaced| {
        let shown = || clip_text(project, range, (one.content, TrackKind::Video));
        match &one.part {
            ReplacedPart::File => {
                let what = match part_of(one.content, &ReplacedPart::Sound) {
                    true => "a slate with its name was shown, and its sound was silent",
                    false => "a slate with its name was shown",
                };
                let clip = shown().unwrap_or_else(|| name_of(project, one.content));
                Some(missing_text((project, folder), one.content, &clip, what))
            }
            // One sentence reports both.
            ReplacedPart::Sound if part_of(one.content, &ReplacedPart::File) => None,
            ReplacedPart::Sound => {
                // What the mixer has only read ahead of the range is not heard.
                let clip = clip_text(project, range, (one.content, TrackKind::Audio))?;
                let what = "it was silent";
                Some(missing_text((project, folder), one.content, &clip, what))
            }
            ReplacedPart::Refused => {
                let clip = shown().unwrap_or_else(|| name_of(project, one.content));
                let what = "its file cannot be read; a slate with its name was shown";
                Some(format!("{clip}: {what}"))
            }
            ReplacedPart::Frames(frames) => {
                Some(frames_text(&name_of(project, one.content), frames))
            }
        }
    };
    replaced.iter().filter_map(text).collect()
}

/// "fox.mp4 at 00:00:02:00: its file is missing (/films/Fox.kinora/media/a1.mp4); a slate with its name was shown. Relink
/// it …".
fn missing_text(
    (project, folder): (&Project, &Path),
    content: ContentHash,
    clip: &str,
    what: &str,
) -> String {
    let file = project
        .medium_with_content(content)
        .map(|medium| ProjectFiles::of(folder).medium(medium));
    let file = file.map_or_else(String::new, |file| format!(" ({})", file.display()));
    format!("{clip}: its file is missing{file}; {what}. {RELINK}")
}

/// "fox.mp4 at 00:00:02:00 in the sequence Forest, and in 2 more clips". `None`: no clip shows or plays it in the range.
fn clip_text(
    project: &Project,
    range: FrameRange,
    (content, kind): (ContentHash, TrackKind),
) -> Option<String> {
    let ClipsShowing {
        first,
        sequence,
        count,
    } = clips_showing(project, range, (content, kind))?;
    let name = name_of(project, content);
    let mut text = format!("{name} at {}", timecode_of(project, first));
    if let Some(sequence) = sequence.and_then(|id| project.sequence_name(id)) {
        text = format!("{text} in the sequence {sequence}");
    }
    match count {
        0 | 1 => {}
        2 => text.push_str(", and in 1 more clip"),
        _ => text = format!("{text}, and in {} more clips", count - 1),
    }
    Some(text)
}

fn timecode_of(project: &Project, frame: Frames) -> String {
    let rate = project.rate();
    timecode(frame, rate, Counting::customary(rate))
}

fn name_of(project: &Project, content: ContentHash) -> String {
    let medium = project.medium_with_content(content);
    medium.map_or_else(|| content.to_string(), |medium| medium.name.clone())
}

/// "fox.mp4: 3 frames cannot be read (30 to 31, 50); the ones before were shown".
fn frames_text(name: &str, frames: &[i64]) -> String {
    let runs = runs_of(frames);
    let mut listed: Vec<String> = runs.iter().take(RUNS_LISTED).cloned().collect();
    if runs.len() > RUNS_LISTED {
        listed.push(format!("and {} more places", runs.len() - RUNS_LISTED));
    }
    let count = frames.len();
    let what = if count == 1 { "frame" } else { "frames" };
    format!(
        "{name}: {count} {what} cannot be read ({}); the ones before were shown",
        listed.join(", ")
    )
}

/// Ascending numbers as runs: "3 to 7", "9".
fn runs_of(frames: &[i64]) -> Vec<String> {
    let parts = frames.chunk_by(|one, next| one + 1 == *next);
    let text = |part: &[i64]| match part {
        [first, .., last] => format!("{first} to {last}"),
        [one] => one.to_string(),
        [] => String::new(),
    };
    parts.map(text).collect()
}

#[cfg(test)]
mod tests {
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::media::{Extent, Medium, MediumMarks, PictureSettings};
    use kinora_timeline::{Clip, Edit, FrameRate, MediumId, Source};

    use super::*;

    #[test]
    fn replaced_frames_are_listed_as_runs() {
        assert_eq!(runs_of(&[3, 4, 5, 9, 11, 12]), ["3 to 5", "9", "11 to 12"]);
        assert_eq!(runs_of(&[]), Vec::<String>::new());
    }

    fn content() -> ContentHash {
        ContentHash::of(b"fox")
    }

    /// A film in which clips of a video begin at frames 0, 24 and 48. Each has its sound below it.
    fn film() -> Project {
        let medium = Medium {
            id: MediumId::from(0),
            name: "fox.mp4".into(),
            content: content(),
            path: "media/fox.mp4".into(),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(24),
            },
            has_picture: true,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        let mut project = add.apply(&Project::default()).expect("added");
        let source = Source::Medium(project.media().next().expect("the medium").id);
        for _ in 0..3 {
            let piece = |kind| {
                let mut tracks = project.tracks().iter();
                let track = tracks.find(|track| track.kind == kind).expect("a track").id;
                let clip = Clip::new(source, Frames::ZERO, Frames(24));
                Piece { track, clip }
            };
            let pieces = vec![piece(TrackKind::Video), piece(TrackKind::Audio)];
            let place = Edit::Place(Place::Append { pieces });
            project = place.apply(&project).expect("placed");
        }
        project
    }

    fn texts(from: i64, to: i64, parts: &[ReplacedPart]) -> Vec<String> {
        let replaced = parts.iter().map(|part| Replaced {
            content: content(),
            part: part.clone(),
        });
        let replaced: Vec<Replaced> = replaced.collect();
        let range = FrameRange::between(Frames(from), Frames(to));
        replaced_texts((&film(), Path::new("/Fox.kinora")), range, &replaced)
    }

    #[test]
    fn a_missing_file_is_reported_with_its_clip_timecode_path_and_remedy() {
        let file = "its file is missing (/Fox.kinora/media/fox.mp4)";
        assert_eq!(
            texts(30, 40, &[ReplacedPart::File]),
            [format!(
                "fox.mp4 at 00:00:01:00: {file}; a slate with its name was shown. {RELINK}"
            )]
        );
        assert_eq!(
            texts(30, 72, &[ReplacedPart::Sound]),
            [format!(
                "fox.mp4 at 00:00:01:00, and in 1 more clip: {file}; it was silent. {RELINK}"
            )]
        );
    }

    #[test]
    fn the_picture_and_the_sound_of_a_missing_file_are_reported_once() {
        let both = texts(0, 72, &[ReplacedPart::File, ReplacedPart::Sound]);
        let [text] = &both[..] else {
            panic!("{both:?}");
        };
        assert!(
            text.starts_with("fox.mp4 at 00:00:00:00, and in 2 more clips: "),
            "{text}"
        );
        assert!(text.contains("its sound was silent"), "{text}");
    }

    #[test]
    fn a_missing_sound_outside_the_range_is_not_reported() {
        let after_all_clips = texts(80, 90, &[ReplacedPart::Sound]);
        assert_eq!(after_all_clips, Vec::<String>::new());
    }
}
