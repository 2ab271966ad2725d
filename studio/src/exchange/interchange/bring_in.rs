//! Brings the files of a cut into a new project: media, takes and pictures. What is not there is reported.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::file::{Disk as _, RealDisk, beside, is_beside};
use kinora_timeline::media::Medium;
use kinora_timeline::otio::address::candidates;
use kinora_timeline::otio::{Cut, Loss, with_files};
use kinora_timeline::shot::Origin;
use kinora_timeline::{ContentHash, Project};

use crate::exchange::import::{Imported, import_picture, relink_watched};
use crate::take::take_store::TakeStore;

/// The project of a cut with the files that were found, and what is missing. `beside` is the folder of the cut, `folder`
/// that of the new project. `on_file` is called several times a second with the number of files that are done and
/// of all; returning false cancels the work. `None`: it was cancelled.
pub(super) fn bring_in(
    cut: &Cut,
    beside: &Path,
    folder: &Path,
    on_file: &mut dyn FnMut(usize, usize) -> bool,
) -> Option<(Project, Vec<Loss>)> {
    let mut files = BringIn {
        cut,
        beside,
        from: None,
        folder,
        losses: Vec::new(),
    };
    files.from = files.project_folder();
    let all = cut.project.media().count();
    let mut media = Vec::new();
    for (done, medium) in cut.project.media().enumerate() {
        if !on_file(done, all) {
            return None;
        }
        media.extend(files.bring_in_medium(medium, &mut || on_file(done, all)));
    }
    if !on_file(all, all) {
        return None;
    }
    let lost = files.bring_in_takes();
    files.bring_in_pictures();
    let mut losses = files.losses;
    let (project, more) = with_files(&cut.project, media, &lost);
    losses.extend(more);
    Some((project, losses))
}

struct BringIn<'c> {
    cut: &'c Cut,
    beside: &'c Path,
    /// The folder of the project that Kinora wrote the cut from.
    from: Option<PathBuf>,
    folder: &'c Path,
    losses: Vec<Loss>,
}

impl BringIn<'_> {
    /// The places of an address.
    fn places(&self, address: &str) -> Vec<PathBuf> {
        let paths = candidates(address).into_iter();
        paths.map(|path| self.beside.join(path)).collect()
    }

    fn project_folder(&self) -> Option<PathBuf> {
        let address = self.cut.files.folder.as_deref()?;
        self.places(address)
            .into_iter()
            .find(|place| place.is_dir())
    }

    /// The medium with its file. `None`: it stays without one.
    fn bring_in_medium(
        &mut self,
        medium: &Medium,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Option<Medium> {
        let addresses = self.cut.files.media.get(&medium.id);
        let addresses: &[String] = addresses.map_or(&[][..], Vec::as_slice);
        let Some(file) = self.file_of(medium, addresses) else {
            let what = match addresses.first() {
                Some(address) => format!(
                    "its file is missing: it was looked for at {address} and beside the cut"
                ),
                None => "its file is missing: the cut does not say where it is".to_owned(),
            };
            self.note_medium(medium, &what);
            return None;
        };
        match relink_watched(&file, medium, self.folder, &mut |_| goes_on()) {
            Ok(Imported {
                medium: found,
                notes,
            }) => {
                for note in notes {
                    self.note_medium(medium, &note);
                }
                Some(found)
            }
            Err(failure) => {
                self.note_medium(
                    medium,
                    &format!("it cannot be brought in: {}", failure.cause),
                );
                None
            }
        }
    }

    /// The file of a medium: in the project that the cut came from, where the cut says, or beside the cut.
    fn file_of(&self, medium: &Medium, addresses: &[String]) -> Option<PathBuf> {
        let from = self.from.as_deref();
        let own = from.map(|from| ProjectFiles::of(from).medium(medium));
        let named = [medium.path.as_str(), medium.name.as_str()];
        let all = addresses.iter().map(String::as_str).chain(named);
        let mut places = own.into_iter().chain(all.flat_map(|one| self.places(one)));
        places.find(|place| place.is_file())
    }

    fn note_medium(&mut self, medium: &Medium, what: &str) {
        let remedy = "relink it in the media panel, or with kinora relink";
        self.note(
            format!("medium \"{}\"", medium.name),
            format!("{what}; {remedy}"),
        );
    }

    /// Copies the takes that the shots name. Returns those that are not there.
    fn bring_in_takes(&mut self) -> BTreeSet<ContentHash> {
        let mut lost = BTreeSet::new();
        for shot in self.cut.project.shots() {
            let origin = match &shot.origin {
                Origin::Extends { take, .. } | Origin::Retakes { take, .. } => Some(*take),
                Origin::Scratch | Origin::Continues(_) => None,
            };
            for take in shot
                .chosen
                .into_iter()
                .chain(shot.chosen_sound)
                .chain(origin)
            {
                if !self.bring_in_take(take) && !lost.contains(&take) {
                    lost.insert(take);
                    if shot.chosen != Some(take) {
                        let what = match shot.chosen_sound == Some(take) {
                            true => "the take of its sound is not there",
                            false => "the take that it is based on is not there",
                        };
                        self.note(format!("shot \"{}\"", shot.name), what.into());
                    }
                }
            }
        }
        lost
    }

    /// Copies a take. False: no project with the take was found, or it could not be copied.
    fn bring_in_take(&mut self, take: ContentHash) -> bool {
        if TakeStore::of(self.folder).is_made(take) {
            return true;
        }
        let Some(project) = self.project_with_take(take) else {
            return false;
        };
        let from = ProjectFiles::of(&project).take(take);
        let to = ProjectFiles::of(self.folder).take(take);
        match copy_folder(&from, &to) {
            Ok(()) => true,
            Err(error) => {
                let what = format!("it cannot be copied: {error}");
                self.note(format!("take {}", from.display()), what);
                false
            }
        }
    }

    /// The folder of a project that has a take.
    fn project_with_take(&self, take: ContentHash) -> Option<PathBuf> {
        let addresses = self.cut.files.takes.get(&take);
        let clips = addresses.into_iter().flatten();
        let clips = clips.flat_map(|address| self.places(address));
        // PROJECT/takes/TAKE/clip.mkv, or sound.flac
        let projects = clips.filter_map(|clip| {
            let project = clip.ancestors().nth(3)?.to_owned();
            let files = ProjectFiles::of(&project);
            let is_of_take = files.take_clip(take) == clip || files.take_sound(take) == clip;
            is_of_take.then_some(project)
        });
        let mut projects = self.from.clone().into_iter().chain(projects);
        projects.find(|project| TakeStore::of(project).is_made(take))
    }

    /// Copies the pictures of the cast and of keyframes.
    fn bring_in_pictures(&mut self) {
        let Some(from) = self.from.as_deref().map(ProjectFiles::of) else {
            return self.note_pictures();
        };
        for (content, owner) in self.pictures() {
            let file = from.picture(content);
            let copied = file.and_then(|file| import_picture(&file, self.folder).ok());
            if copied != Some(content) {
                self.note(owner, "one of its pictures is not there".into());
            }
        }
    }

    fn note_pictures(&mut self) {
        for (_, owner) in self.pictures() {
            self.note(owner, "one of its pictures is not there".into());
        }
    }

    /// The pictures of the project, and whose each is.
    fn pictures(&self) -> Vec<(ContentHash, String)> {
        let project = &self.cut.project;
        let cast = project.cast().flat_map(|character| {
            let owner = format!("character \"{}\"", character.name);
            let references = character.references.iter();
            references.map(move |one| (*one, owner.clone()))
        });
        let keys = project.shots().flat_map(|shot| {
            let owner = format!("shot \"{}\"", shot.name);
            let keys = shot.keyframes.iter();
            keys.map(move |key| (key.image, owner.clone()))
        });
        cast.chain(keys).collect()
    }

    fn note(&mut self, place: String, what: String) {
        self.losses.push(Loss { place, what });
    }
}

/// Copies the files of a folder, all or none.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    let part = beside(to);
    let copied = copy_files(from, &part).and_then(|()| RealDisk.settle(&part, to));
    if copied.is_err() {
        fs::remove_dir_all(&part).ok();
    }
    copied
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() && !is_beside(&name.to_string_lossy()) {
            let copy = to.join(&name);
            fs::copy(entry.path(), &copy)?;
            RealDisk.sync(&copy)?;
        }
    }
    Ok(())
}
