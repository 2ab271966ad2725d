//! Relinks media whose files are missing or have changed: finds them out, and makes the files that a search has found
//! theirs. The window and the command line use the same search.

mod search;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use kinora_render::project::ProjectFiles;
use kinora_timeline::edit::batch::EditBatch;
use kinora_timeline::edit::library::Library;
use kinora_timeline::media::Medium;
use kinora_timeline::{Edit, Project};

use crate::content_hash::hash_unless;
use crate::exchange::import::{Imported, relink_watched, with_file_of};

pub use search::{Found, Match, search};

/// A medium whose file is not as it was imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The medium.
    pub medium: Arc<Medium>,
    /// What is wrong with its file.
    pub fault: Fault,
}

/// What is wrong with the file of a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, or cannot be read, for this reason.
    Missing(String),
    /// Its bytes are not those that were imported.
    Changed,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(reason) => f.write_str(reason),
            Self::Changed => f.write_str("its bytes have changed"),
        }
    }
}

/// What is wrong with the file of a medium; `None` if it is as it was imported. Reads all of the file.
pub fn fault_of(medium: &Medium, files: &ProjectFiles) -> Option<Fault> {
    fault_unless(medium, files, &|| false)
}

fn fault_unless(
    medium: &Medium,
    files: &ProjectFiles,
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Fault> {
    match hash_unless(&files.medium(medium), is_cancelled) {
        Ok(content) if content == medium.content => None,
        Ok(_) => Some(Fault::Changed),
        Err(error) => Some(Fault::Missing(error.to_string())),
    }
}

/// The media whose files are missing or have changed. Reads all files; `progress` is called with the number of those that
/// were read and of all. `None`: it was cancelled.
pub fn lost_media(
    project: &Project,
    files: &ProjectFiles,
    progress: &mut dyn FnMut(u64, u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Vec<Lost>> {
    let all = project.media().count() as u64;
    let mut lost = Vec::new();
    for (medium, done) in project.media().zip(0_u64..) {
        progress(done, all);
        let fault = fault_unless(medium, files, is_cancelled);
        if is_cancelled() {
            return None;
        }
        lost.extend(fault.map(|fault| Lost {
            medium: Arc::clone(medium),
            fault,
        }));
    }
    progress(all, all);
    Some(lost)
}

/// The media whose files are missing. Reads no file, so that it does not see which have changed.
pub fn missing_media(project: &Project, files: &ProjectFiles) -> Vec<Lost> {
    let lost = project.media().filter_map(|medium| {
        let reason = match fs::metadata(files.medium(medium)) {
            Ok(found) if found.is_file() => return None,
            Ok(_) => "it is not a file".to_owned(),
            Err(error) => error.to_string(),
        };
        Some(Lost {
            medium: Arc::clone(medium),
            fault: Fault::Missing(reason),
        })
    });
    lost.collect()
}

/// What became of a lost medium.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What the search has found.
    pub search: Match,
    /// The medium with the file that was found, which is in the project's folder; `None` if it stays lost.
    pub medium: Option<Medium>,
    /// Why a file that was found is not used.
    pub refused: Option<String>,
    /// What the artist should know of the file.
    pub notes: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.search)?;
        match &self.refused {
            Some(reason) => write!(f, "; it is not used: {reason}"),
            None => Ok(()),
        }
    }
}

/// Copies the files that were found into the project's folder. A cancel ends the reading of a file, and no further one is
/// copied.
pub fn bring_in(
    matches: Vec<Match>,
    project_folder: &Path,
    is_cancelled: &dyn Fn() -> bool,
) -> Vec<Report> {
    let reports = matches.into_iter().map(|search| {
        let relinked = search.found.file().map(|file| {
            if is_cancelled() {
                return Err("the work was cancelled".to_owned());
            }
            let goes_on = &mut |_| !is_cancelled();
            relink_watched(file, &search.lost.medium, project_folder, goes_on)
                .map_err(|failure| failure.cause)
        });
        let (medium, refused, notes) = match relinked {
            None => (None, None, Vec::new()),
            Some(Ok(Imported { medium, notes })) => (Some(medium), None, notes),
            Some(Err(reason)) => (None, Some(reason), Vec::new()),
        };
        Report {
            search,
            medium,
            refused,
            notes,
        }
    });
    reports.collect()
}

/// The edits that relink media, which are one step. None for a file that was only put back into its place. A medium
/// that cannot be changed is refused in its report.
pub fn changes(project: &Project, reports: &mut [Report]) -> Vec<Edit> {
    let mut batch = EditBatch::of(project);
    for report in reports {
        let Some(found) = report.medium.take() else {
            continue;
        };
        let Some(known) = batch.project.medium(found.id).cloned() else {
            report.refused = Some("it was removed meanwhile".to_owned());
            continue;
        };
        let medium = with_file_of(&known, found);
        if medium != *known {
            let change = Edit::Library(Library::ChangeMedium(Box::new(medium.clone())));
            if let Err(refusal) = batch.then(change) {
                report.refused = Some(refusal.to_string());
                continue;
            }
        }
        report.medium = Some(medium);
    }
    batch.edits
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kinora_timeline::media::MediumMarks;

    use super::*;
    use crate::Session;
    use crate::content_hash::hash_of;
    use crate::exchange::import::import_medium;

    fn picture(path: &Path, red: u8) {
        image::RgbImage::from_pixel(4, 4, image::Rgb([red, 8, 7]))
            .save(path)
            .expect("saved");
    }

    /// A project in a folder with two pictures, "door.png" and "gate.png", of which the second is a favourite.
    struct Film {
        root: tempfile::TempDir,
        session: Session,
    }

    impl Film {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a folder");
            let folder = root.path().join("film.kinora");
            let mut session = Session::create(&folder, &Project::default()).expect("created");
            for (name, red) in [("door.png", 1), ("gate.png", 2)] {
                let file = root.path().join(name);
                picture(&file, red);
                let mut medium = import_medium(&file, &folder).expect("imported").medium;
                medium.marks.is_favourite = name == "gate.png";
                let add = Edit::Library(Library::AddMedium(Box::new(medium)));
                session.document_mut().apply(&add).expect("added");
            }
            Self { root, session }
        }

        fn medium(&self, name: &str) -> Arc<Medium> {
            let mut media = self.session.project().media();
            let found = media.find(|medium| medium.name == name);
            Arc::clone(found.expect("the medium"))
        }

        fn place(&self, name: &str) -> PathBuf {
            self.session.folder().join(&self.medium(name).path)
        }

        fn lost(&self) -> Vec<Lost> {
            let files = ProjectFiles::of(self.session.folder());
            lost_media(self.session.project(), &files, &mut |_, _| {}, &|| false)
                .expect("not cancelled")
        }

        /// Looks for the lost media in the folder of the project, and relinks them.
        fn relink(&mut self) -> Vec<Report> {
            let folders = [self.root.path().to_owned()];
            let found = search(&folders, &self.lost(), &mut |_, _| {}, &|| false);
            let found = found.expect("not cancelled");
            let mut reports = bring_in(found, self.session.folder(), &|| false);
            let edits = changes(self.session.project(), &mut reports);
            if !edits.is_empty() {
                let document = self.session.document_mut();
                document.apply_all("relink", &edits).expect("relinked");
            }
            reports
        }
    }

    #[test]
    fn a_project_that_has_all_its_files_has_lost_nothing() {
        let mut film = Film::new();
        assert_eq!(film.lost(), []);
        assert_eq!(film.relink(), []);
    }

    #[test]
    fn media_are_lost_that_are_missing_or_have_changed() {
        let film = Film::new();
        fs::remove_file(film.place("door.png")).expect("removed");
        picture(&film.place("gate.png"), 9);
        let lost = film.lost();
        assert!(matches!(lost[0].fault, Fault::Missing(_)), "{lost:?}");
        assert_eq!(lost[1].fault, Fault::Changed);
        let files = ProjectFiles::of(film.session.folder());
        let missing = missing_media(film.session.project(), &files);
        assert_eq!(missing, [lost[0].clone()], "no file is read");
        let cancelled = lost_media(film.session.project(), &files, &mut |_, _| {}, &|| true);
        assert_eq!(cancelled, None);
    }

    #[test]
    fn a_file_of_the_same_content_is_put_back_and_the_project_stays_as_it_is() {
        let mut film = Film::new();
        let before = film.session.project().clone();
        fs::remove_file(film.place("door.png")).expect("removed");
        fs::write(film.place("gate.png"), "damaged").expect("written");
        let moved = film.root.path().join("moved.png");
        fs::rename(film.root.path().join("door.png"), &moved).expect("moved");
        let reports = film.relink();
        assert_eq!(reports[0].search.found, Found::ByContent(moved));
        assert!(reports.iter().all(|report| report.medium.is_some()));
        assert_eq!(film.lost(), []);
        assert_eq!(*film.session.project(), before);
    }

    #[test]
    fn all_media_are_relinked_in_one_step_and_keep_what_the_artist_has_set() {
        let mut film = Film::new();
        let before = film.session.project().clone();
        let gate = film.medium("gate.png");
        for (name, red) in [("door.png", 5), ("gate.png", 6)] {
            fs::remove_file(film.place(name)).expect("removed");
            picture(&film.root.path().join(name), red);
        }
        let reports = film.relink();
        let is_by_name = |report: &Report| matches!(report.search.found, Found::ByNameAndLength(_));
        assert!(reports.iter().all(is_by_name), "{reports:?}");
        assert_eq!(film.lost(), []);
        let relinked = film.medium("gate.png");
        assert_eq!((relinked.id, relinked.marks), (gate.id, gate.marks));
        assert_ne!(relinked.marks, MediumMarks::default());
        assert_ne!(relinked.content, gate.content);
        let content = hash_of(&film.place("gate.png")).expect("there");
        assert_eq!(content, relinked.content);
        let undone = film.session.document_mut().undo().expect("undone");
        assert!(undone.is_some());
        assert_eq!(*film.session.project(), before);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_by_its_name() {
        let film = Film::new();
        fs::remove_file(film.place("door.png")).expect("removed");
        let words = film.root.path().join("words.mp4");
        fs::write(&words, "not a video").expect("written");
        let lost = film.lost().remove(0);
        let found = Match {
            lost,
            found: Found::ByName(words),
        };
        let reports = bring_in(vec![found.clone()], film.session.folder(), &|| false);
        let text = reports[0].to_string();
        assert!(text.starts_with("door.png: found by its name"), "{text}");
        assert!(text.contains("it is not used"), "{text}");
        let cancelled = bring_in(vec![found], film.session.folder(), &|| true);
        let reason = cancelled[0].refused.as_deref();
        assert_eq!(reason, Some("the work was cancelled"));
    }
}
