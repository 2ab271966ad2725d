//! Reading a file for the first time: what it holds, its filmstrip and its sound for the caches, and what of it cannot
//! be decoded. Runs in the reading process, or in this one where there is no such program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kinora_render::media::{Conformed, Probe, Survey, read_still, survey, survey_pictures};
use kinora_render::project::ProjectFiles;
use kinora_render::strip::Strip;
use kinora_timeline::ContentHash;
use kinora_timeline::media::PictureSettings;
use kinora_wire::Failure;

use super::{Found, ReaderLine};
use crate::generate::clip_file::failure_of;

/// The memory that the reading of one file may take. A video of 8192x4320 pixels with ten bits and 16 reference frames
/// takes less than half of it.
const MOST_MEMORY_BYTES: u64 = 6 << 30;
/// The time between two lines of progress.
const BETWEEN_LINES: Duration = Duration::from_millis(250);
/// The window and the engine come first.
const NICENESS: i32 = 5;

/// The caches of a project that the reading of a file fills.
#[derive(Clone, Debug)]
pub struct Caches {
    /// The project's folder.
    pub folder: PathBuf,
    /// The hash of the file.
    pub content: ContentHash,
}

/// Reads a file and writes [`ReaderLine`]s: the main function of the reading process. It limits its own memory first.
pub fn serve(file: &Path, caches: Option<&Caches>, out: &mut dyn Write) {
    limit_this_process();
    let mut last = Instant::now();
    let mut is_heard = true;
    let mut write = |line: ReaderLine| {
        let is_progress = matches!(line, ReaderLine::Progress(_));
        if !is_heard || is_progress && last.elapsed() < BETWEEN_LINES {
            return;
        }
        last = Instant::now();
        let text = ron::to_string(&line).unwrap_or_default();
        is_heard = writeln!(out, "{text}").and_then(|()| out.flush()).is_ok();
        if !is_heard {
            std::process::exit(1); // whoever has started it is gone
        }
    };
    let last_line = match read_file(file, caches, &mut write) {
        Ok(survey) => ReaderLine::Surveyed(survey),
        Err(failure) => ReaderLine::Refused(failure),
    };
    write(last_line);
}

/// Reads a file from start to end. `report` is given what it holds as soon as it is known, and then its progress.
///
/// # Errors
/// The file is not a picture, video or sound, or nothing of it can be decoded.
pub fn read_file(
    file: &Path,
    caches: Option<&Caches>,
    report: &mut dyn FnMut(ReaderLine),
) -> Result<Survey, Failure> {
    let found = Found::of(file, &mut || report(ReaderLine::Progress(0.0)))?;
    report(ReaderLine::Found(Box::new(found.clone())));
    read_found(file, &found, caches, report)
}

/// Decodes all of a file of which is known what it holds.
///
/// # Errors
/// Nothing of the file can be decoded.
pub(super) fn read_found(
    file: &Path,
    found: &Found,
    caches: Option<&Caches>,
    report: &mut dyn FnMut(ReaderLine),
) -> Result<Survey, Failure> {
    let probe = match found {
        Found::Still => {
            read_still(file).map_err(|error| failure_of(&error))?;
            return Ok(Survey::default());
        }
        Found::Film(probe) => probe,
    };
    let mut damaged_sounds = None;
    if let Some(Caches { folder, content }) = caches {
        let files = ProjectFiles::of(folder);
        let place = files.probe(*content);
        // A folder that cannot be written to has no caches.
        if probe.keep(&place).is_ok() {
            damaged_sounds = fill_caches(file, probe, &files, *content, report);
        }
    }
    let mut on_progress = |share| report(ReaderLine::Progress(share));
    let surveyed = match damaged_sounds {
        Some(sounds) => survey_pictures(file, probe, sounds, &mut on_progress),
        None => survey(file, probe, &mut on_progress),
    };
    let surveyed = surveyed.map_err(|error| failure_of(&error))?;
    if is_nothing_readable(probe, &surveyed) {
        return Err(Failure::bad_file(
            format!("{}: nothing of it can be decoded", file.display()),
            "it is damaged from start to end; does another player show it?",
        ));
    }
    if let Some(Caches { folder, content }) = caches
        && let Err(error) = surveyed.keep(&ProjectFiles::of(folder).survey(*content))
    {
        tracing::debug!("the survey of {} is not kept: {error}", file.display());
    }
    Ok(surveyed)
}

/// Makes the filmstrip and the sound. What cannot be made is made again, or fails again, when it is needed. Returns the
/// damaged moments of the sound, if it was made: then it need not be decoded again.
fn fill_caches(
    file: &Path,
    probe: &Probe,
    files: &ProjectFiles,
    content: ContentHash,
    report: &mut dyn FnMut(ReaderLine),
) -> Option<Vec<[f64; 2]>> {
    let mut goes_on = || report(ReaderLine::Progress(0.0));
    let place = files.probe(content);
    if probe.picture.is_some() {
        let settings = PictureSettings::default(); // the artist has chosen nothing yet
        let strip = files.strip(content, settings);
        let strip = Strip::open_watched(file, settings, &strip, &place, &mut goes_on);
        if let Err(error) = strip {
            tracing::debug!("no filmstrip: {error}");
        }
    }
    probe.sound.as_ref()?;
    let sound = files.conformed_sound(content);
    match Conformed::open_watched(file, &sound, &place, &mut goes_on) {
        Ok(sound) => sound.damaged_seconds().map(<[_]>::to_vec),
        Err(error) => {
            tracing::debug!("no sound: {error}");
            None
        }
    }
}

fn is_nothing_readable(probe: &Probe, survey: &Survey) -> bool {
    let is_picture_lost = probe.picture.as_ref().is_none_or(|track| {
        let count = track.timing.count().unwrap_or(track.frames.0);
        survey.damaged_frames() >= count
    });
    is_picture_lost && probe.sound.is_none()
}

/// Limits the memory of this process, and lets others go first.
fn limit_this_process() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, nice, setrlimit};

        let most = Rlimit {
            current: Some(MOST_MEMORY_BYTES),
            maximum: Some(MOST_MEMORY_BYTES),
        };
        if let Err(error) = setrlimit(Resource::As, most) {
            tracing::warn!("the memory of the reader is not limited: {error}");
        }
        nice(NICENESS).ok(); // it is faster than it should be
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of silence in a WAV file.
    fn wave(path: &Path) {
        let samples = [0; 8000];
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + samples.len() as u32).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend(16_u32.to_le_bytes());
        bytes.extend([1, 0, 1, 0]); // PCM, one channel
        bytes.extend(8000_u32.to_le_bytes());
        bytes.extend(16_000_u32.to_le_bytes());
        bytes.extend([2, 0, 16, 0]); // bytes and bits of a sample
        bytes.extend(b"data");
        bytes.extend((samples.len() as u32).to_le_bytes());
        bytes.extend(samples);
        std::fs::write(path, bytes).expect("written");
    }

    #[test]
    fn a_sound_is_decoded_once_for_its_samples_and_for_its_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rain.wav");
        wave(&file);
        let caches = Caches {
            folder: folder.path().into(),
            content: ContentHash::of(b"rain"),
        };
        let read = || read_file(&file, Some(&caches), &mut |_| {}).expect("read");
        assert_eq!(read(), Survey::default());
        // What was found while the sound was made is what is reported.
        let sound = ProjectFiles::of(folder.path()).conformed_sound(caches.content);
        assert!(sound.is_file());
        let damage = sound.with_extension("ron");
        std::fs::write(&damage, "[(0.125,0.25)]").expect("written");
        assert_eq!(read().sounds, [[0.125, 0.25]]);
        // Where that is gone, the sound is decoded for it.
        std::fs::remove_file(&damage).expect("removed");
        assert_eq!(read(), Survey::default());
    }
}
