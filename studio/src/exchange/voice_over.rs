//! Voice-overs: files that are recorded in the project's folder and then imported as any sound is. A file stays until the
//! project that uses it is on the disk, so that a killed program loses nothing: the next one imports what it finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_render::record::repair;
use kinora_timeline::{ContentHash, Project};
use kinora_wire::Failure;

use super::import::{Imported, import_medium};
use crate::content_hash::hash_of;

/// The folder of recordings that are not imported yet, inside that of the imported files.
const RECORDINGS: &str = "recordings";
const EXTENSION: &str = "wav";

/// The first name of the form "Voice-over 1" that no import of the project has.
pub fn next_name(project: &Project) -> String {
    let names: BTreeSet<&str> = project.media().map(|medium| medium.name.as_str()).collect();
    let mut numbered = (1_u64..).map(|number| format!("Voice-over {number}"));
    let free = numbered.find(|name| !names.contains(name.as_str()));
    free.unwrap_or_default() // there are more numbers than names
}

/// The file that a recording of this name is written to, in the project of this folder.
pub fn place_of(name: &str, project_folder: &Path) -> PathBuf {
    let file = format!("{name}.{EXTENSION}");
    folder_of(project_folder).join(file)
}

fn folder_of(project_folder: &Path) -> PathBuf {
    ProjectFiles::of(project_folder).media().join(RECORDINGS)
}

/// Imports a finished recording. Its name is that of the file without the extension; the caller gives it another one, and
/// removes the file by [`discard`] when the project is on the disk.
///
/// # Errors
/// As [`import_medium`].
pub fn import_recording(file: &Path, project_folder: &Path) -> Result<Imported, Failure> {
    let mut imported = import_medium(file, project_folder)?;
    let name = file.file_stem().unwrap_or_default();
    imported.medium.name = name.to_string_lossy().into_owned();
    Ok(imported)
}

/// Removes the file of a recording that the project has imported.
pub fn discard(file: &Path) {
    fs::remove_file(file).ok();
}

/// What earlier sessions have left in a project's folder.
#[derive(Debug, Default)]
pub struct LeftRecordings {
    /// Imported recordings, each with its file, for [`discard`].
    pub imported: Vec<(Imported, PathBuf)>,
    /// The reason for each file that was not imported. It stays where it is.
    pub refused: Vec<String>,
}

/// Imports the recordings that ended with their program: killed, or closed before the import. `known` are the contents of
/// the project's imports; a recording among them is only removed. For a project that is not open elsewhere.
pub fn import_left(project_folder: &Path, known: &BTreeSet<ContentHash>) -> LeftRecordings {
    let mut left = LeftRecordings::default();
    let entries = fs::read_dir(folder_of(project_folder));
    let files = entries.into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == EXTENSION));
    files.sort();
    for file in files {
        match import_one(&file, project_folder, known) {
            Ok(Some(imported)) => left.imported.push((imported, file)),
            Ok(None) => discard(&file),
            Err(reason) => left.refused.push(format!("{}: {reason}", file.display())),
        }
    }
    left
}

/// `None`: there is nothing in it, or the project has it.
fn import_one(
    file: &Path,
    project_folder: &Path,
    known: &BTreeSet<ContentHash>,
) -> Result<Option<Imported>, String> {
    let (_, frames) = repair(file).map_err(|error| error.to_string())?;
    let content = hash_of(file).map_err(|error| error.to_string())?;
    if frames == 0 || known.contains(&content) {
        return Ok(None);
    }
    let imported = import_recording(file, project_folder);
    imported.map(Some).map_err(|failure| failure.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{SyncSender, channel};
    use std::sync::{Arc, OnceLock};
    use std::time::{Duration, Instant};

    use kinora_render::record::{
        Block, InputDevice, InputEvent, InputFormat, Microphone, OpenInput, Recorded,
        RecordingOrder, Report, SoundInputs,
    };
    use kinora_timeline::Edit;
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::media::Extent;

    use super::*;

    const FORMAT: InputFormat = InputFormat {
        rate_hz: 44_100,
        channels: 1,
    };

    /// An input that sends half a second of a ramp at once.
    struct Ramp(Instant);

    impl OpenInput for Ramp {
        fn format(&self) -> InputFormat {
            FORMAT
        }
    }

    impl SoundInputs for Ramp {
        fn devices(&self) -> Vec<InputDevice> {
            Vec::new()
        }

        fn open(
            &self,
            _name: Option<&str>,
            events: SyncSender<InputEvent>,
        ) -> Result<Box<dyn OpenInput>, String> {
            let opened = self.0;
            std::thread::spawn(move || {
                for number in 0..2000 {
                    let block = Block {
                        captured: opened + FORMAT.duration(number * 441),
                        first: number * 441,
                        samples: (0..441).map(|at| at as f32 / 441.0).collect(),
                    };
                    if events.send(InputEvent::Block(block)).is_err() {
                        return;
                    }
                    std::thread::yield_now();
                }
            });
            Ok(Box::new(Self(opened)))
        }
    }

    /// Records a file into the project of this folder.
    fn record(name: &str, folder: &Path) -> Recorded {
        let begun = Instant::now();
        let (wake, woken) = channel();
        let microphone = Microphone::open(Arc::new(Ramp(begun)), None, move || {
            wake.send(()).ok();
        });
        microphone.record(RecordingOrder {
            path: place_of(name, folder),
            start: Arc::new(OnceLock::from(begun)),
        });
        let is_stopped = OnceLock::new();
        loop {
            woken.recv_timeout(Duration::from_millis(200)).ok();
            match microphone.poll() {
                Some(Report::Recorded(recorded)) => return recorded,
                Some(Report::Opened(_)) => {}
                Some(other) => panic!("{other:?}"),
                None if is_stopped.set(()).is_ok() => microphone.stop(),
                None => {}
            }
        }
    }

    #[test]
    fn names_are_numbered_past_those_of_the_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Project::default();
        assert_eq!(next_name(&project), "Voice-over 1");
        let recorded = record("Voice-over 1", folder.path());
        let imported = import_recording(&recorded.path, folder.path()).expect("imported");
        assert_eq!(imported.medium.name, "Voice-over 1");
        let Extent::Sound { samples, .. } = imported.medium.extent else {
            panic!("a sound");
        };
        assert!(samples > 0 && recorded.frames > 0);
        let add = Edit::Library(Library::AddMedium(Box::new(imported.medium)));
        let project = add.apply(&project).expect("added");
        assert_eq!(next_name(&project), "Voice-over 2");
    }

    #[test]
    fn what_a_killed_program_left_is_imported_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let recorded = record("Voice-over 4", folder.path());
        // Killed after an update of the header: it names fewer samples than there are.
        let mut bytes = fs::read(&recorded.path).expect("read");
        bytes.extend([0; 7]);
        fs::write(&recorded.path, &bytes).expect("written");
        fs::write(place_of("Notes", folder.path()), "no sound").expect("written");
        let left = import_left(folder.path(), &BTreeSet::new());
        let names: Vec<&str> = left
            .imported
            .iter()
            .map(|(imported, _)| imported.medium.name.as_str())
            .collect();
        assert_eq!(names, ["Voice-over 4"]);
        assert_eq!(left.refused.len(), 1, "{:?}", left.refused);
        // The program is killed again before the file is removed: the project has its content now.
        let known = left.imported.iter().map(|(one, _)| one.medium.content);
        let again = import_left(folder.path(), &known.collect());
        assert!(again.imported.is_empty() && !recorded.path.exists());
        assert!(place_of("Notes", folder.path()).exists());
    }
}
