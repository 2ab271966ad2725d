//! The export of a video: its range of the timeline, its format and its path.

use std::path::{Path, PathBuf};

use kinora_render::export::{Export, Exported, export, stem_paths};
use kinora_render::project::{Replaced, ReplacedPart};
use kinora_render::{Container, ExportSettings, Format};
use kinora_timeline::{FrameRange, Frames, Project, timecode};
use kinora_wire::{Failure, media_ending};

use crate::exchange::export_preparation::{Preparation, Step, prepare};
use crate::exchange::output_place::{OutputKind, OutputPlace, media_of};
use crate::exchange::subtitles::beside::{beside_paths, write_beside};
use crate::generate::clip_file::failure_of;

/// Runs of replaced frames that are listed; of others only the number is told.
const RUNS_LISTED: usize = 12;

/// A video to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The file, or the folder for PNG files.
    pub path: PathBuf,
    /// The format.
    pub format: &'static Format,
    /// The range of the timeline. None: from in to out, or all of it.
    pub range: Option<FrameRange>,
    /// What to do with a file that is at the path already.
    pub existing: Existing,
    /// Size, quality and sound.
    pub settings: ExportSettings,
}

/// What an export does with a file that is at its path already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It writes nothing, and reports the file.
    Report,
    /// It replaces the file.
    Replace,
    /// It keeps the file, and adds a number to its own name.
    Keep,
    /// It is refused.
    Refuse,
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportOutcome {
    /// The file is complete.
    Done {
        /// Its path, with a number if an existing file was kept.
        path: PathBuf,
        /// For each medium with frames that cannot be decoded: which, and that the ones before were shown.
        replaced: Vec<String>,
    },
    /// It was cancelled. Nothing was written.
    Cancelled,
    /// There is a file at the path. Nothing was written.
    Exists,
}

/// Tries the place of an export before any work.
///
/// # Errors
/// Nothing can be written there, or a file of the film or the pictures of another export would be overwritten.
pub fn check_export_place(
    project: &Project,
    folder: &Path,
    request: &ExportRequest,
) -> Result<(), Failure> {
    let path = &request.path;
    let is_folder = request.format.container == Container::PngFolder;
    let place = OutputPlace {
        path,
        kind: match is_folder {
            true => OutputKind::Folder,
            false => OutputKind::File,
        },
        may_exist: request.existing != Existing::Refuse,
        inputs: media_of(project, folder),
        film: Some(folder),
    };
    place.check()?;
    if request.settings.has_stems {
        for (_, path) in stem_paths(project, path) {
            let stem = OutputPlace {
                path: &path,
                kind: OutputKind::File,
                may_exist: request.existing != Existing::Refuse,
                inputs: media_of(project, folder),
                film: Some(folder),
            };
            stem.check()?;
        }
    }
    for (_, path) in beside_paths(project, path, request.settings.subtitles) {
        let subtitles = OutputPlace {
            path: &path,
            kind: OutputKind::File,
            may_exist: request.existing != Existing::Refuse,
            inputs: media_of(project, folder),
            film: Some(folder),
        };
        subtitles.check()?;
    }
    if is_folder && has_pictures(path) {
        return Err(Failure::refused(
            format!("{} has the pictures of another export", path.display()),
            "name another folder: pictures of the longer export would remain",
        ));
    }
    Ok(())
}

/// Whether a folder has the pictures of an export.
fn has_pictures(folder: &Path) -> bool {
    folder.join("000000.png").exists()
}

/// Whether an export as asked for would meet another one, its stems or its subtitles, at a path.
fn is_taken(project: &Project, request: &ExportRequest, path: &Path) -> bool {
    let has_stem = || {
        let stems = stem_paths(project, path);
        request.settings.has_stems && stems.iter().any(|(_, stem)| stem.exists())
    };
    let has_film = match request.format.container == Container::PngFolder {
        true => has_pictures(path),
        false => path.exists(),
    };
    let has_subtitles = || {
        let files = beside_paths(project, path, request.settings.subtitles);
        files.iter().any(|(_, file)| file.exists())
    };
    has_film || has_stem() || has_subtitles()
}

/// The request with the path that it writes to: one with a number, if it is to keep what is there.
fn with_free_path(project: &Project, request: &ExportRequest) -> ExportRequest {
    let mut wanted = request.clone();
    if wanted.existing == Existing::Keep {
        wanted.path = free_path(&request.path, |path| is_taken(project, request, path));
    }
    wanted
}

fn has_picture(format: &Format) -> bool {
    format.container == Container::PngFolder || format.picture.is_some()
}

/// The same as [`export_video`], after what its pictures need is made. `on_step` is called with how far that is. Nothing is
/// made for an export that cannot be written, or has no pictures.
///
/// # Errors
/// As those of [`export_video`] and [`prepare`].
pub fn export_prepared(
    project: &Project,
    folder: &Path,
    (request, preparation): (&ExportRequest, &Preparation),
    is_cancelled: &dyn Fn() -> bool,
    on_step: &mut dyn FnMut(Step),
    on_frame: &mut dyn FnMut(Frames, Frames) -> bool,
) -> Result<ExportOutcome, Failure> {
    if request.existing == Existing::Report && is_taken(project, request, &request.path) {
        return Ok(ExportOutcome::Exists);
    }
    let request = &with_free_path(project, request);
    check_export_place(project, folder, request)?;
    if !has_picture(request.format) {
        return export_video(project, folder, request, on_frame);
    }
    let range = request.range.unwrap_or_else(|| export_range(project));
    let size = request.settings.size.of(project.size());
    let of = (project, folder);
    match prepare(of, (range, size), preparation, is_cancelled, on_step)? {
        Some(prepared) => export_video(&prepared, folder, request, on_frame),
        None => Ok(ExportOutcome::Cancelled),
    }
}

/// Writes a video of the project in `folder`. `on_frame` is called with the number of finished frames and of all
/// frames, twice as many if the sound is measured first; returning false stops the export.
///
/// # Errors
/// The range is empty; a file of the project is missing or damaged; the disk is full.
pub fn export_video(
    project: &Project,
    folder: &Path,
    request: &ExportRequest,
    on_frame: &mut dyn FnMut(Frames, Frames) -> bool,
) -> Result<ExportOutcome, Failure> {
    let range = request.range.unwrap_or_else(|| export_range(project));
    if request.existing == Existing::Report && is_taken(project, request, &request.path) {
        return Ok(ExportOutcome::Exists);
    }
    let wanted = with_free_path(project, request);
    check_export_place(project, folder, &wanted)?;
    let ExportRequest {
        path,
        format,
        settings,
        ..
    } = wanted;
    let job = Export {
        format,
        range,
        path: path.clone(),
        settings,
    };
    let work = job.work();
    let mut report = |done| on_frame(done, work);
    match export(project, folder, &job, &mut report).map_err(|error| failure_of(&error))? {
        Exported::Whole(replaced) => {
            write_beside(project, range, &path, settings.subtitles)?;
            let replaced = replaced.iter().map(|one| replaced_text(project, one));
            Ok(ExportOutcome::Done {
                path,
                replaced: replaced.collect(),
            })
        }
        Exported::Stopped => Ok(ExportOutcome::Cancelled),
    }
}

/// "fox.mp4: 3 frames cannot be read (30 to 31, 50); the ones before them were shown".
fn replaced_text(project: &Project, replaced: &Replaced) -> String {
    let mut media = project.media();
    let medium = media.find(|medium| medium.content == replaced.content);
    let name = medium.map_or_else(
        || replaced.content.to_string(),
        |medium| medium.name.clone(),
    );
    let frames = match &replaced.part {
        ReplacedPart::File => {
            return format!("{name}: its file is missing; a slate with its name was shown");
        }
        ReplacedPart::Refused => {
            return format!("{name}: its file cannot be read; a slate with its name was shown");
        }
        ReplacedPart::Frames(frames) => frames,
    };
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

/// The range that is exported by default: from in to out, or the whole timeline.
pub fn export_range(project: &Project) -> FrameRange {
    let whole = entire_range(project);
    let marked = project.in_out().and_then(|marked| marked.overlap(whole));
    marked.unwrap_or(whole)
}

/// The whole timeline.
pub fn entire_range(project: &Project) -> FrameRange {
    FrameRange {
        start: Frames::ZERO,
        length: project.end(),
    }
}

/// The path, or the first one with a number that is not taken: "film.mp4", "film 2.mp4", "film 3.mp4".
pub(crate) fn free_path(path: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    if !is_taken(path) {
        return path.into();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = (2..).map(|number: u32| {
        let mut name = format!("{stem} {number}");
        if let Some(extension) = path.extension() {
            name = format!("{name}.{}", extension.to_string_lossy());
        }
        path.with_file_name(name)
    });
    let mut free = numbered.filter(|path| !is_taken(path));
    free.next().unwrap_or_else(|| path.into())
}

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
    use kinora_timeline::clip::InBetweens;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::{Clip, ContentHash, Edit, FrameRate, Source};

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
                .is_some_and(|remedy| remedy.contains("h264, h264-quick, prores, wav, png"))
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
    fn no_file_of_the_film_is_replaced_by_an_export_of_it() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("Sea.kinora");
        let file = folder.join("project.ron");
        std::fs::create_dir(&folder).expect("made");
        std::fs::write(&file, "film").expect("written");
        let request = ExportRequest {
            path: file.clone(),
            format: Format::MP4,
            range: None,
            existing: Existing::Replace,
            settings: ExportSettings::default(),
        };
        let ended = export_video(&Project::default(), &folder, &request, &mut |_, _| true);
        let failure = ended.expect_err("refused");
        assert!(failure.cause.contains("folder of the project"), "{failure}");
        assert_eq!(std::fs::read(&file).expect("read"), b"film");
    }

    #[test]
    fn an_existing_file_is_kept_by_a_number_in_the_name() {
        let taken = ["film.mp4", "film 2.mp4", "frames"];
        let is_taken = |path: &Path| taken.iter().any(|name| path == Path::new(name));
        let of = |path: &str| free_path(Path::new(path), is_taken);
        assert_eq!(of("film.mp4"), Path::new("film 3.mp4"));
        assert_eq!(of("film.mov"), Path::new("film.mov"));
        assert_eq!(of("frames"), Path::new("frames 2"));
    }

    fn prepared(
        project: &Project,
        folder: &Path,
        (request, preparation): (&ExportRequest, &Preparation),
    ) -> Result<ExportOutcome, Failure> {
        let both = (request, preparation);
        let is_cancelled = || false;
        export_prepared(
            project,
            folder,
            both,
            &is_cancelled,
            &mut |_| {},
            &mut |_, _| true,
        )
    }

    #[test]
    fn the_pictures_of_another_export_are_kept_by_a_folder_with_a_number() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("frames");
        std::fs::create_dir(&path).expect("made");
        std::fs::write(path.join("000000.png"), "a picture").expect("written");
        let request = ExportRequest {
            path,
            format: Format::PNG,
            range: None,
            existing: Existing::Keep,
            settings: ExportSettings::default(),
        };
        let film = root.path().join("Sea.kinora");
        let both = (&request, &Preparation::default());
        let failure = prepared(&Project::default(), &film, both).expect_err("an empty timeline");
        assert!(failure.cause.contains("nothing to write"), "{failure}");
        assert!(root.path().join("frames 2").is_dir());
    }

    #[test]
    fn nothing_is_made_for_an_export_of_sound_alone() {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let apply = |project: &Project, edit: Edit| edit.apply(project).expect("possible");
        let shot = Box::new(Shot::new("fox", "", length));
        let project = apply(&Project::default(), Edit::Library(Library::AddShot(shot)));
        let shot = project.shots().next().expect("the shot").id;
        let choose = Library::ChooseTake(shot, Some(ContentHash::of(b"take")));
        let project = apply(&project, Edit::Library(choose));
        let clip = Clip {
            in_betweens: InBetweens::Smooth,
            ..Clip::new(Source::Shot(shot), Frames(0), Frames(10))
        };
        let track = project.tracks()[0].id;
        let pieces = vec![Piece { track, clip }];
        let project = apply(&project, Edit::Place(Place::Append { pieces }));
        let root = tempfile::tempdir().expect("a folder");
        let preparation = Preparation {
            makes_in_betweens: true,
            program: Some(root.path().join("no engine")),
            ..Preparation::default()
        };
        let request = |name: &str, format| ExportRequest {
            path: root.path().join(name),
            format,
            range: None,
            existing: Existing::Refuse,
            settings: ExportSettings::default(),
        };
        let film = root.path().join("Sea.kinora");
        let ended = |request: &ExportRequest| prepared(&project, &film, (request, &preparation));
        let sound = ended(&request("film.wav", Format::WAV)).expect("written");
        assert!(matches!(sound, ExportOutcome::Done { .. }), "{sound:?}");
        let video = ended(&request("film.mp4", Format::MP4));
        assert!(video.is_err(), "there is no engine");
    }

    #[test]
    fn replaced_frames_are_listed_as_runs() {
        assert_eq!(runs_of(&[3, 4, 5, 9, 11, 12]), ["3 to 5", "9", "11 to 12"]);
        assert_eq!(runs_of(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_range_outside_the_timeline_is_refused_with_its_length() {
        let refused = range_of(&Project::default(), "3..9").expect_err("an empty timeline");
        assert!(refused.cause.contains("it has 0 frames"), "{refused:?}");
        assert!(range_of(&Project::default(), "3-9").is_err());
    }
}
