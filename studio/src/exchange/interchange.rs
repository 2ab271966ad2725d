//! Exchanges timelines with other editors, as OpenTimelineIO files.

mod bring_in;
mod cut_file;
mod package;

use std::collections::BTreeMap;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::Project;
use kinora_timeline::file::{Disk as _, FileError, PROJECT_FILE, RealDisk};
use kinora_timeline::otio::address::relative;
use kinora_timeline::otio::{self, Loss, ProjectAddresses, ReadError, TakeFile};
use kinora_wire::{Failure, FailureKind};

use crate::exchange::export::free_path;
use crate::exchange::output_place::{OutputKind, OutputPlace, media_of};
use crate::{Session, name_of};

/// The extension of a timeline that is written.
const EXTENSION: &str = "otio";

/// How a cut names its files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressForm {
    /// By file URLs: the cut can lie anywhere on this machine.
    #[default]
    Absolute,
    /// Relative to the cut: cut and project can be moved together.
    Relative,
}

/// Writes the timeline, whole or not at all, and returns what the other editor will not show.
///
/// # Errors
/// The path cannot be written to.
pub fn export(session: &Session, path: &Path, form: AddressForm) -> Result<Vec<Loss>, Failure> {
    write(session.project(), session.folder(), path, form)
}

/// A timeline that was written for other editors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTimeline {
    /// Its file.
    pub file: PathBuf,
    /// What the other editor will not show.
    pub losses: Vec<Loss>,
}

/// Writes the timeline of a project in this folder, with file URLs. A path without an extension gets that of
/// OpenTimelineIO. With `replaces`, the file at the path may be replaced; otherwise it is kept, and the new one gets a number.
///
/// # Errors
/// The path has another extension, lies in a project, or cannot be written to.
pub fn export_to_free_path(
    project: &Project,
    folder: &Path,
    path: &Path,
    replaces: bool,
) -> Result<WrittenTimeline, Failure> {
    let ending = path.extension().unwrap_or_default();
    let named = match ending.is_empty() {
        true => path.with_extension(EXTENSION),
        false => path.to_owned(),
    };
    if !ending.is_empty() && !ending.eq_ignore_ascii_case(EXTENSION) {
        return Err(Failure::refused(
            format!("{} is no name of an OpenTimelineIO file", path.display()),
            "name a file that ends in .otio",
        ));
    }
    let may_exist = replaces && named == path;
    let file = match may_exist {
        true => named,
        false => free_path(&named, Path::exists),
    };
    let place = OutputPlace {
        path: &file,
        kind: OutputKind::File,
        may_exist,
        inputs: media_of(project, folder),
        film: Some(folder),
    };
    place.check()?;
    let losses = write(project, folder, &file, AddressForm::Absolute)?;
    Ok(WrittenTimeline { file, losses })
}

fn write(
    project: &Project,
    folder: &Path,
    path: &Path,
    form: AddressForm,
) -> Result<Vec<Loss>, Failure> {
    let addresses = addresses(project, folder, path, form);
    let (text, losses) = otio::write(project, &name_of(folder), &addresses);
    let result = RealDisk.replace(path, text.as_bytes());
    result.map(|()| losses).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", path.display()),
            "check that the folder exists, is writable and has free space",
        )
    })
}

/// The files of a project that are there, as a cut at `path` names them.
fn addresses(project: &Project, folder: &Path, path: &Path, form: AddressForm) -> ProjectAddresses {
    let folder = real(folder);
    let files = ProjectFiles::of(&folder);
    let beside = real(parent(path));
    let address = |file: &Path| {
        let way = match form {
            AddressForm::Absolute => None,
            AddressForm::Relative => relative(file, &beside),
        };
        way.unwrap_or_else(|| file.to_string_lossy().into_owned())
    };
    let media = project.media().filter_map(|medium| {
        let file = files.medium(medium);
        file.is_file().then(|| (medium.id, address(&file)))
    });
    let takes = project.shots().filter_map(|shot| {
        let take = shot.chosen?;
        let path = address(&files.take_clip(take));
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    let sounds = project.shots().filter_map(|shot| {
        let take = shot.sound_take()?;
        let file = files.take_sound(take);
        let path = file.is_file().then(|| address(&file))?; // a silent take has no such file
        Some((shot.id, vec![TakeFile { take, path }]))
    });
    ProjectAddresses {
        folder: Some(address(&folder)),
        media: media.collect(),
        takes: takes.collect::<BTreeMap<_, _>>(),
        sounds: sounds.collect::<BTreeMap<_, _>>(),
    }
}

/// Reads a timeline into a new project in `folder`, brings its files in, and returns what of it Kinora cannot show and
/// which files are missing. `on_file` is called with the number of files that are brought in and of all, 0 while they are
/// unknown; returning false cancels the import. `None`: it was cancelled. The window and the command line both import with
/// it.
///
/// # Errors
/// The file cannot be read, or is not a timeline; the message has the position in it. There is a project or something
/// else in the folder already, or nothing can be written there. What was made for the import is removed again.
pub fn import(
    cut: &Path,
    folder: &Path,
    on_file: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<(Session, Vec<Loss>)>, Failure> {
    if folder.join(PROJECT_FILE).exists() {
        let folder = folder.into();
        return Err(failed(&FileError::Exists { folder }));
    }
    if fs::read_dir(folder).into_iter().flatten().next().is_some() {
        return Err(Failure::bad_file(
            format!("{} is there already, and is not empty", folder.display()),
            "choose another name",
        ));
    }
    let was_there = fs::symlink_metadata(folder).is_ok();
    let imported = import_into(cut, folder, on_file);
    // Another window may have made a project of it meanwhile.
    if !matches!(imported, Ok(Some(_))) && !folder.join(PROJECT_FILE).exists() {
        remove(folder, was_there);
    }
    imported
}

/// Removes what an import has made, whose space may be needed: the folder, or the folders within one that was there.
fn remove(folder: &Path, was_there: bool) {
    if !was_there {
        fs::remove_dir_all(folder).ok();
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        fs::remove_dir_all(entry.path()).ok();
    }
}

fn import_into(
    cut: &Path,
    folder: &Path,
    on_file: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<(Session, Vec<Loss>)>, Failure> {
    let mut package = None;
    if package::is_package(cut) {
        make(folder)?;
        let Some(unpacked) = package::unpack(cut, folder, &mut || on_file(0, 0))? else {
            return Ok(None);
        };
        package = Some(unpacked);
    }
    // The folder of a package is removed at the end of the import: the package is named instead.
    let named = cut;
    let place = package.as_ref().map(|unpacked| unpacked.folder.path());
    let read = cut_file::read(place.unwrap_or(cut)).map_err(|mut failure| {
        if let Some(place) = place {
            let content = place.join(cut_file::CONTENT).display().to_string();
            let named = named.display().to_string();
            failure.cause = failure.cause.replace(&content, &named);
        }
        failure
    });
    let (file, text) = read?;
    let cut = otio::read(&text).map_err(|error| {
        let remedy = match error {
            ReadError::SeveralTimelines(_) => "export one of them by itself",
            ReadError::NotText | ReadError::NotJson { .. } => {
                "check that the file is whole, and copy or export it again"
            }
            ReadError::NotATimeline { .. } | ReadError::Inconsistent(_) => {
                "export the timeline from the other editor again, as OpenTimelineIO"
            }
        };
        let named = match package.is_some() {
            true => named,
            false => file.as_path(),
        };
        Failure::bad_file(format!("{}: {error}", named.display()), remedy)
    })?;
    make(folder)?; // before the media are copied, which may take long
    let mut losses = cut.losses.clone();
    let beside = real(parent(&file));
    let Some((project, mut more)) = bring_in::bring_in(&cut, &beside, folder, on_file) else {
        return Ok(None);
    };
    if let Some(unpacked) = package {
        let folder = format!("{}{MAIN_SEPARATOR}", beside.display());
        for loss in &mut more {
            loss.what = loss.what.replace(&folder, ""); // as it is named inside the package
        }
        losses.extend(unpacked.losses);
    }
    losses.extend(more);
    let session = Session::create(folder, &project).map_err(|error| failed(&error))?;
    Ok(Some((session, losses)))
}

/// Makes the folder of the new project.
fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be created: {error}", folder.display()),
            "choose a location that you may write to and that has free space",
        )
    })
}

fn failed(error: &FileError) -> Failure {
    Failure {
        kind: FailureKind::BadFile,
        cause: error.to_string(),
        remedy: None, // the message has it
    }
}

/// The folder of a file.
fn parent(file: &Path) -> &Path {
    let parent = file.parent();
    let parent = parent.filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// A folder as an absolute path without links and "..", if it is there.
fn real(folder: &Path) -> PathBuf {
    let real = fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
    real.unwrap_or_else(|_| folder.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use kinora_timeline::edit::batch::EditBatch;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::edit::place::{Piece, Place};
    use kinora_timeline::otio::address::url;
    use kinora_timeline::shot::{ModelLength, Shot};
    use kinora_timeline::{Clip, ContentHash, Edit, FrameRate, Frames, Source, TrackKind};

    use super::*;
    use crate::exchange::import::import_medium;

    fn import(cut: &Path, folder: &Path) -> Result<(Session, Vec<Loss>), Failure> {
        let imported = super::import(cut, folder, &mut |_, _| true)?;
        Ok(imported.expect("nobody cancels it"))
    }

    fn picture(path: &Path) {
        fs::create_dir_all(parent(path)).expect("a folder");
        let picture = image::RgbImage::from_pixel(4, 4, image::Rgb([9, 8, 7]));
        picture.save(path).expect("saved");
    }

    /// A cut of two seconds for each address.
    fn cut(addresses: &[String]) -> String {
        let time = |value: u32| {
            format!(r#"{{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": {value}.0}}"#)
        };
        let clips = addresses.iter().map(|address| {
            let address = address.replace('\\', "\\\\");
            format!(
                r#"{{"OTIO_SCHEMA": "Clip.1", "name": "c",
                "source_range": {{"OTIO_SCHEMA": "TimeRange.1", "start_time": {}, "duration": {}}},
                "media_reference": {{"OTIO_SCHEMA": "ExternalReference.1", "target_url": "{address}"}}}}"#,
                time(0),
                time(48)
            )
        });
        let clips: Vec<String> = clips.collect();
        format!(
            r#"{{"OTIO_SCHEMA": "Timeline.1", "tracks": {{"OTIO_SCHEMA": "Stack.1", "children": [
            {{"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [{}]}}]}}}}"#,
            clips.join(", ")
        )
    }

    fn zipped(path: &Path, entries: &[(&str, &[u8])]) {
        let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("made"));
        for (name, bytes) in entries {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(*name, options).expect("begun");
            zip.write_all(bytes).expect("written");
        }
        zip.finish().expect("finished");
    }

    /// Makes the method by which an entry is compressed one that is not read.
    fn compressed_otherwise(path: &Path, name: &str) {
        let mut bytes = fs::read(path).expect("read");
        for at in 0..bytes.len() {
            // The headers: where each has the method and the name.
            for (mark, method, named) in [(b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)] {
                let header = &mut bytes[at..];
                if header.starts_with(mark) && header[named..].starts_with(name.as_bytes()) {
                    header[method] = 12;
                }
            }
        }
        fs::write(path, bytes).expect("written");
    }

    fn wrong_in(session: &Session) -> usize {
        let found = crate::project::check::check(session.folder(), &mut |_| {});
        found.expect("it opens").wrong.len()
    }

    #[test]
    fn files_are_brought_in_however_the_cut_spells_their_addresses() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("cuts");
        let file = root.path().join("media/Shot 1 & #2 100% кадр.png");
        picture(&file);
        picture(&folder.join("beside.png"));
        let plain = file.to_string_lossy().into_owned();
        let encoded = url(&plain);
        let localhost = encoded.replace("file:///", "file://localhost/");
        let relative = "../media/Shot 1 & #2 100% кадр.png".to_owned();
        let windows = "Z:\\job\\beside.png".to_owned();
        let moved = "file:///gone/beside.png".to_owned();
        let all = [plain, encoded, localhost, relative, windows, moved];
        let path = folder.join("cut.otio");
        for (number, address) in all.iter().enumerate() {
            fs::write(&path, cut(std::slice::from_ref(address))).expect("written");
            let project = root.path().join(format!("{number}.kinora"));
            let (session, losses) = import(&path, &project).expect("imported");
            assert_eq!(losses, [], "{address}");
            assert_eq!(wrong_in(&session), 0, "{address}");
            let medium = session.project().media().next().expect("a medium");
            assert!(session.folder().join(&medium.path).is_file());
        }
        fs::write(&path, cut(&["file:///gone/a%20b.png".to_owned()])).expect("written");
        let (session, losses) = import(&path, &root.path().join("x.kinora")).expect("imported");
        assert_eq!(losses.len(), 1, "{losses:?}");
        assert_eq!(losses[0].place, "medium \"a b.png\"");
        assert_eq!(session.project().end(), Frames(48));
        let again = import(&path, session.folder()).expect_err("it is there");
        assert!(again.cause.contains("is there already"), "{again}");
    }

    #[test]
    fn a_package_in_one_file_is_unpacked_and_no_path_in_it_leads_out() {
        let root = tempfile::tempdir().expect("a folder");
        let still = root.path().join("still.png");
        picture(&still);
        let still = fs::read(&still).expect("read");
        let folder = root.path().join("films/Night.kinora");
        let path = root.path().join("Night.otioz");
        let text = cut(&["media/door.png".to_owned()]);
        zipped(&path, &[("notes.txt", b"no cut")]);
        let refused = import(&path, &folder).expect_err("no cut in it");
        assert!(refused.to_string().contains("Night.otioz"), "{refused}");
        assert!(!folder.exists());

        let entries: [(&str, &[u8]); 5] = [
            ("content.otio", text.as_bytes()),
            ("media/door.png", &still),
            ("media/../../../out.png", &still),
            ("../out.png", &still),
            ("other/more.png", &still),
        ];
        zipped(&path, &entries);
        let (session, losses) = import(&path, &folder).expect("imported");
        assert_eq!((losses, wrong_in(&session)), (Vec::new(), 0));
        let medium = session.project().media().next().expect("a medium");
        assert!(session.folder().join(&medium.path).is_file());
        let listed = fs::read_dir(&folder).expect("listed").flatten();
        let names: Vec<String> = listed
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert!(
            !names.iter().any(|name| name.starts_with(".tmp")),
            "{names:?}"
        );
        for place in ["out.png", "films/out.png", "films/Night.kinora/out.png"] {
            assert!(!root.path().join(place).exists(), "{place}");
        }
    }

    #[test]
    fn notes_and_refusals_name_the_package_and_not_where_it_was_unpacked() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("Night.kinora");
        let path = root.path().join("Night.otioz");
        zipped(&path, &[("content.otio", b"")]);
        let refused = import(&path, &folder).expect_err("empty").to_string();
        assert!(refused.contains("Night.otioz is empty"), "{refused}");

        let text = cut(&["media/door.png", "media/sea.png"].map(str::to_owned));
        let entries: [(&str, &[u8]); 3] = [
            ("content.otio", text.as_bytes()),
            ("media/door.png", b"no picture"),
            ("media/sea.png", b"not unpacked"),
        ];
        zipped(&path, &entries);
        compressed_otherwise(&path, "media/sea.png");
        let (session, losses) = import(&path, &folder).expect("imported");
        let notes: Vec<String> = losses.iter().map(ToString::to_string).collect();
        let notes = notes.join("\n");
        assert!(
            notes.contains("media/sea.png\": it cannot be unpacked"),
            "{notes}"
        );
        assert!(
            notes.contains("it cannot be brought in: media/door.png"),
            "{notes}"
        );
        assert!(!notes.contains("Night.kinora"), "{notes}");
        drop(session);

        compressed_otherwise(&path, "content.otio");
        let again = root.path().join("again.kinora");
        let refused = import(&path, &again).expect_err("no cut").to_string();
        assert!(
            refused.contains("Night.otioz cannot be unpacked"),
            "{refused}"
        );
    }

    #[test]
    fn a_cancelled_import_ends_within_a_package_and_empties_a_folder_that_was_there() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("Night.kinora");
        fs::create_dir(&folder).expect("made");
        let path = root.path().join("Night.otioz");
        zipped(&path, &[("content.otio", b"{}")]);
        let mut calls = 0;
        let cancelled = super::import(&path, &folder, &mut |_, _| {
            calls += 1;
            calls < 2
        });
        assert!(cancelled.expect("no failure").is_none());
        assert_eq!(fs::read_dir(&folder).expect("listed").count(), 0);

        fs::write(folder.join("notes.txt"), "mine").expect("written");
        let refused = import(&path, &folder).expect_err("not empty").to_string();
        assert!(
            refused.contains("is there already, and is not empty"),
            "{refused}"
        );
        assert!(folder.join("notes.txt").is_file());
    }

    #[test]
    fn an_import_that_is_cancelled_or_refused_leaves_nothing_behind() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["a.png", "b.png"] {
            picture(&root.path().join(name));
        }
        let path = root.path().join("cut.otio");
        let addresses = ["a.png", "b.png"].map(str::to_owned);
        fs::write(&path, cut(&addresses)).expect("written");
        let folder = root.path().join("Night.kinora");
        let mut told = Vec::new();
        let cancelled = super::import(&path, &folder, &mut |done, all| {
            told.push((done, all));
            done < 1
        });
        assert!(cancelled.expect("no failure").is_none());
        told.dedup(); // the same several times a second
        assert_eq!(told, [(0, 2), (1, 2)]);
        assert!(!folder.exists());

        fs::write(&path, "{}").expect("written");
        let refused = import(&path, &folder).expect_err("no timeline");
        assert!(refused.to_string().contains("cut.otio"), "{refused}");
        assert!(!folder.exists());

        fs::write(&path, cut(&addresses)).expect("written");
        let within = path.join("Night.kinora"); // below a file
        let refused = import(&path, &within).expect_err("no folder can be there");
        assert!(refused.to_string().contains("Night.kinora"), "{refused}");
    }

    #[test]
    fn a_timeline_is_written_beside_an_earlier_one_unless_it_may_be_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("own.kinora");
        let session = Session::create(&folder, &Project::default()).expect("created");
        let to = |name: &str, replaces| {
            let path = root.path().join(name);
            let written = export_to_free_path(session.project(), &folder, &path, replaces);
            written.map(|written| written.file)
        };
        let at = |name: &str| Ok(root.path().join(name));
        assert_eq!(to("cut", false), at("cut.otio"));
        assert_eq!(to("cut.otio", false), at("cut 2.otio"));
        assert_eq!(to("cut.otio", true), at("cut.otio"));
        assert_eq!(to("cut", true), at("cut 3.otio"), "nobody was asked");
        let refused = to("cut.xml", false).expect_err("another kind").to_string();
        assert!(refused.contains("ends in .otio"), "{refused}");
        let within = to("own.kinora/cut.otio", false).expect_err("in the project");
        assert!(within.to_string().contains("lies in"), "{within}");
    }

    #[test]
    fn an_own_cut_comes_back_from_elsewhere_with_files_that_no_clip_uses() {
        let root = tempfile::tempdir().expect("a folder");
        let (used, unused) = (root.path().join("used.png"), root.path().join("unused.png"));
        picture(&used);
        image::RgbImage::new(3, 3).save(&unused).expect("saved");
        let folder = root.path().join("all/own film.kinora");
        let mut session = Session::create(&folder, &Project::default()).expect("created");
        for file in [&used, &unused] {
            let medium = import_medium(file, session.folder()).expect("imported");
            let add = Edit::Library(Library::AddMedium(Box::new(medium.medium)));
            session.document_mut().apply(&add).expect("added");
        }
        let project = session.project();
        let track = project.tracks()[0].id;
        let medium = project.media().next().expect("a medium").id;
        let clip = Clip::new(Source::Medium(medium), Frames::ZERO, Frames(10));
        let pieces = vec![Piece { track, clip }];
        let append = Edit::Place(Place::Append { pieces });
        session.document_mut().apply(&append).expect("placed");
        for form in [AddressForm::Absolute, AddressForm::Relative] {
            let cuts = root.path().join("all/cuts");
            fs::create_dir_all(&cuts).expect("a folder");
            let path = cuts.join("e.otio");
            export(&session, &path, form).expect("exported");
            let text = fs::read_to_string(&path).expect("read");
            let is_absolute = text.contains("file:///");
            assert_eq!(is_absolute, form == AddressForm::Absolute, "{text}");
            let name = format!("{form:?}.kinora");
            let (again, losses) = import(&path, &root.path().join(name)).expect("imported");
            assert_eq!(losses, []);
            assert_eq!(wrong_in(&again), 0);
            assert_eq!(again.project(), session.project());
        }
        drop(session);
        let moved = root.path().join("elsewhere");
        fs::rename(root.path().join("all"), &moved).expect("moved");
        let path = moved.join("cuts/e.otio");
        let (again, losses) = import(&path, &root.path().join("m.kinora")).expect("imported");
        assert_eq!((losses, wrong_in(&again)), (Vec::new(), 0));
    }

    #[test]
    fn the_sound_of_a_shot_names_its_own_file() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("film.kinora");
        let length = ModelLength {
            frames: 24,
            rate: FrameRate::FPS_24,
        };
        let take = ContentHash::of(b"a take");
        let other = ContentHash::of(b"another sound");
        let shot = Shot {
            chosen: Some(take),
            ..Shot::new("Steps", "", length)
        };
        let mut batch = EditBatch::of(&Project::default());
        let add = Edit::Library(Library::AddShot(Box::new(shot)));
        batch.then(add).expect("added");
        let shot = batch.project.shots().next().expect("the shot").id;
        let kinds = [TrackKind::Video, TrackKind::Audio];
        let source = Source::Shot(shot);
        let placed = batch.place(source, &kinds, Frames::ZERO, Frames(24));
        placed.expect("placed");
        let files = ProjectFiles::of(&folder);
        for take in [take, other] {
            fs::create_dir_all(files.take(take)).expect("made");
            fs::write(files.take_sound(take), "sound").expect("written");
        }
        let targets = |project: &Project| {
            let cut = root.path().join("cut.otio");
            write(project, &folder, &cut, AddressForm::Absolute).expect("written");
            let text = fs::read_to_string(&cut).expect("there");
            let lines = text.lines().filter(|line| line.contains("target_url"));
            let targets: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
            targets
        };
        let found = targets(&batch.project);
        let [picture, sound] = &found[..] else {
            panic!("{found:?}");
        };
        let names = |line: &str, take: ContentHash, file: &str| {
            line.contains(&take.to_string()) && line.contains(file)
        };
        assert!(names(picture, take, "clip.mkv"), "{picture}");
        assert!(names(sound, take, "sound.flac"), "{sound}");
        let choose = Edit::Library(Library::ChooseSound(shot, Some(other)));
        batch.then(choose).expect("chosen");
        let found = targets(&batch.project);
        let [picture, sound] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(names(picture, take, "clip.mkv"), "{picture}");
        assert!(names(sound, other, "sound.flac"), "{sound}");
    }
}
