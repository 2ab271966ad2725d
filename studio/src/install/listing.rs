//! The releases as a list for people: what is installed, what is begun, what can be installed. Reads the disk.

use std::path::PathBuf;

use kinora_wire::Failure;

use super::accepted::is_accepted;
use super::catalogue::Catalogue;
use super::release::Release;
use super::removal::{Removal, plan};
use super::settings::{InstallSettings, PUBLIC_HUB, mirror_variable};
use super::state::ReleaseState;
use crate::folders::Folders;

/// The list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The model folder.
    pub folder: PathBuf,
    /// From where files would be fetched.
    pub source: String,
    /// The releases: the installed ones first, then those that are begun; each of these by kind.
    pub entries: Vec<Entry>,
    /// Cards and settings of the user that cannot be used.
    pub bad_cards: Vec<Failure>,
}

/// A release and what of it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The release.
    pub release: Release,
    /// What of it is there.
    pub state: ReleaseState,
    /// Whether its licence needs no question.
    pub is_accepted: bool,
    /// What its removal would delete.
    pub removal: Removal,
}

impl Listing {
    /// Reads the cards, the settings and the model folder.
    pub fn read(folders: &Folders) -> Self {
        let mut catalogue = Catalogue::load(folders);
        let settings = InstallSettings::load(&folders.config).unwrap_or_else(|failure| {
            catalogue.bad_cards.push(failure);
            InstallSettings::default()
        });
        let folder = settings.model_folder(folders);
        let entry = |release: &Release| Entry {
            state: ReleaseState::of(release, &folder),
            is_accepted: is_accepted(&folders.config, &release.licence),
            removal: plan(release, &catalogue, &folder),
            release: release.clone(),
        };
        let mut entries: Vec<Entry> = catalogue.releases().iter().map(entry).collect();
        entries.sort_by_key(|entry| {
            let progress = match &entry.state {
                state if state.is_installed() => 0,
                state if state.is_begun() => 1,
                _ => 2,
            };
            (progress, entry.release.kind)
        });
        let mirror = mirror_variable().filter(|address| !address.is_empty());
        let source = mirror.or(settings.mirror).or(settings.hub);
        Self {
            source: source.unwrap_or_else(|| PUBLIC_HUB.to_owned()),
            bad_cards: catalogue.bad_cards.clone(),
            entries,
            folder,
        }
    }

    /// The release with this id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.release.id == id)
    }
}
