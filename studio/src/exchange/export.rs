//! The export of a video: its range of the timeline, its format and its path. What its pictures need is made before it
//! is written.

mod parse;
mod place;
mod replaced;

use std::path::{Path, PathBuf};

use kinora_render::export::{Export, Exported, export};
use kinora_render::{ExportSettings, Format};
use kinora_timeline::{FrameRange, Frames, Project};
use kinora_wire::Failure;

use crate::exchange::export_preparation::{Preparation, Step, prepare};
use crate::exchange::subtitles::beside::write_beside;
use crate::generate::clip_file::failure_of;

pub use parse::{format_of, range_of};
pub use place::check_export_place;
pub(crate) use place::free_path;
use place::{is_taken, with_free_path};
use replaced::replaced_text;

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
        /// Why the subtitle files beside it were not written; `None` if they were, or none were wanted.
        not_beside: Option<Failure>,
    },
    /// It was cancelled. Nothing was written.
    Cancelled,
    /// There is a file at the path. Nothing was written.
    Exists,
}

fn has_picture(format: &Format) -> bool {
    format.is_folder() || format.picture.is_some()
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
            // The video is complete, whatever becomes of the files beside it.
            let beside = write_beside(project, range, &path, settings.subtitles);
            let replaced = replaced.iter().map(|one| replaced_text(project, one));
            Ok(ExportOutcome::Done {
                path,
                replaced: replaced.collect(),
                not_beside: beside.err(),
            })
        }
        Exported::Stopped => Ok(ExportOutcome::Cancelled),
    }
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

#[cfg(test)]
mod tests {
    use kinora_render::SubtitleDelivery;
    use kinora_render::project::ProjectFiles;
    use kinora_timeline::clip::InBetweens;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::subtitle_file::SubtitleFormat;
    use kinora_timeline::{Clip, ContentHash, Edit, FrameRate, Source};

    use super::*;

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

    fn apply(project: &Project, edit: Edit) -> Project {
        edit.apply(project).expect("possible")
    }

    /// A film with one smooth clip of 10 frames, and the take that it shows.
    fn smooth_film() -> (Project, ContentHash) {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        let shot = Box::new(Shot::new("fox", "", length));
        let project = apply(&Project::default(), Edit::Library(Library::AddShot(shot)));
        let shot = project.shots().next().expect("the shot").id;
        let take = ContentHash::of(b"take");
        let choose = Library::ChooseTake(shot, Some(take));
        let project = apply(&project, Edit::Library(choose));
        let clip = Clip {
            in_betweens: InBetweens::Smooth,
            ..Clip::new(Source::Shot(shot), Frames(0), Frames(10))
        };
        let track = project.tracks()[0].id;
        let pieces = vec![Piece { track, clip }];
        let project = apply(&project, Edit::Place(Place::Append { pieces }));
        (project, take)
    }

    #[test]
    fn subtitles_that_cannot_be_written_leave_the_export_complete_and_are_reported() {
        let add = SubtitleEdit::AddTrack {
            name: "English".into(),
            language: "en".into(),
            cues: vec![NewCue {
                range: FrameRange::between(Frames(2), Frames(9)),
                text: "Hello".into(),
            }],
        };
        let project = apply(&smooth_film().0, Edit::Subtitle(add));
        let root = tempfile::tempdir().expect("a folder");
        let request = ExportRequest {
            path: root.path().join("film.wav"),
            format: Format::WAV,
            range: None,
            existing: Existing::Refuse,
            settings: ExportSettings {
                subtitles: SubtitleDelivery {
                    burnt_in: false,
                    beside: Some(SubtitleFormat::Vtt),
                },
                ..ExportSettings::default()
            },
        };
        let in_the_way = root.path().join("film.vtt");
        let film = root.path().join("Sea.kinora");
        let ended = export_video(&project, &film, &request, &mut |_, _| {
            std::fs::create_dir_all(&in_the_way).is_ok()
        });
        let Ok(ExportOutcome::Done {
            path, not_beside, ..
        }) = ended
        else {
            panic!("{ended:?}");
        };
        assert!(path.is_file());
        let failure = not_beside.expect("they are not written");
        assert!(failure.cause.contains("film.vtt"), "{failure}");
    }

    #[test]
    fn a_missing_source_of_in_betweens_does_not_refuse_an_export() {
        let (project, _) = smooth_film();
        let root = tempfile::tempdir().expect("a folder");
        let preparation = Preparation {
            makes_in_betweens: true,
            program: Some(root.path().join("no engine")),
            ..Preparation::default()
        };
        let prepared = prepare(
            (&project, root.path()),
            (entire_range(&project), project.size()),
            &preparation,
            &|| false,
            &mut |_| {},
        );
        assert_eq!(prepared, Ok(Some(project)), "no engine is started");
    }

    #[test]
    fn nothing_is_made_for_an_export_of_sound_alone() {
        let (project, take) = smooth_film();
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
        let clip = ProjectFiles::of(&film).take_clip(take);
        std::fs::create_dir_all(clip.parent().expect("a folder")).expect("made");
        std::fs::write(clip, "a clip").expect("written");
        let ended = |request: &ExportRequest| prepared(&project, &film, (request, &preparation));
        let sound = ended(&request("film.wav", Format::WAV)).expect("written");
        assert!(matches!(sound, ExportOutcome::Done { .. }), "{sound:?}");
        let video = ended(&request("film.mp4", Format::MP4));
        assert!(video.is_err(), "there is no engine");
    }
}
