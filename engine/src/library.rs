//! The model library: cards of known models, and the models found in the model folders.
//! Lists, opens and adds models.

mod card;
mod found;
mod image_encoders;
mod loras;
mod search;
mod single_files;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kinora_wire::{Ability, Failure, Installed, ModelInfo, ModelList, WordList};

pub use crate::family::{Family, Network, PartName};
pub use card::{Card, CardFile, Licence, Measured, Memory};
pub use verify::{HashCache, hash_files, verify};

use crate::catch_panic::catch_job_panic;
use crate::files::{self, entries};
use crate::model::{Model, model_root};
use found::{Found, holds_weights};
use search::{
    add_folder, add_new, add_several, candidates, is_shared, with_own_ids, with_variants,
};

/// How many folders deep the files of cards are searched.
const DEEPEST: usize = 4;

/// Model cards and model folders.
#[derive(Clone, Debug)]
pub struct Library {
    folders: Vec<PathBuf>,
    cards: Vec<Card>,
    /// Why cards are not used.
    bad_cards: Vec<Failure>,
    /// The cache folder, for file hashes.
    cache: Option<PathBuf>,
}

/// File name to path, for all model folders.
type NamedFiles = BTreeMap<String, PathBuf>;

impl Library {
    /// The built-in cards, and the cards (`*.ron`) in these folders. Of two cards with one id the first counts.
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        let mut cards = Card::built_in();
        let mut bad_cards = Vec::new();
        for path in folders.iter().flat_map(|folder| entries(folder)) {
            if path.extension().is_some_and(|extension| extension == "ron") {
                let read = Card::read(&path);
                match read.and_then(|card| unless_known(card, &cards, &path)) {
                    Ok(card) => cards.extend(card),
                    Err(failure) => bad_cards.push(failure),
                }
            }
        }
        Self {
            folders,
            cards,
            bad_cards,
            cache: None,
        }
    }

    /// The user's library: folders from `KINORA_MODELS`, the user's model folder, folders added by `models add`, and
    /// the models shipped with the program.
    pub fn of_user() -> Self {
        let mut folders = Vec::new();
        if let Some(named) = std::env::var_os("KINORA_MODELS") {
            folders.extend(std::env::split_paths(&named));
        }
        if let Some(ours) = files::of_user() {
            folders.push(ours.data_dir().join("models"));
            let list =
                fs::read_to_string(ours.config_dir().join(ADDED_FOLDERS)).unwrap_or_default();
            folders.extend(
                list.lines()
                    .filter(|line| !line.is_empty())
                    .map(PathBuf::from),
            );
        }
        // Shipped models come last: the first installed model is the default.
        let shipped = files::shipped().into_iter();
        folders.extend(shipped.filter(|folder| holds_weights(folder, 0)));
        Self {
            cache: files::of_user().map(|ours| ours.cache_dir().to_path_buf()),
            ..Self::in_folders(folders)
        }
    }

    /// Adds a folder to the list of model folders in the user's settings. Returns its full path.
    pub fn add(folder: &Path) -> Result<PathBuf, Failure> {
        let folder = folder_to_add(folder)?;
        let unwritable = |error: std::io::Error| {
            Failure::bad_file(
                format!("the list of model folders cannot be written: {error}"),
                "set KINORA_MODELS to the folder instead",
            )
        };
        let Some(ours) = files::of_user() else {
            return Err(unwritable(std::io::Error::other("there is no home folder")));
        };
        let path = ours.config_dir().join(ADDED_FOLDERS);
        let list = fs::read_to_string(&path).unwrap_or_default();
        if list.lines().all(|line| Path::new(line) != folder) {
            let list = format!("{list}{}\n", folder.display());
            files::write_whole(&path, list.as_bytes()).map_err(unwritable)?;
        }
        Ok(folder)
    }

    /// The models in one of the model folders, usable or not, and the upscalers and LoRAs in it.
    pub fn list_in(&self, folder: &Path) -> ModelList {
        let hashes = HashCache::of_user(self.cache.as_deref());
        let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let own = whole(folder);
        let mut found = self.found(&self.all_files());
        found.retain(|model| whole(&model.folder).starts_with(&own));
        let only = Self {
            folders: vec![folder.to_path_buf()],
            ..self.clone()
        };
        ModelList {
            models: found.iter().map(|found| found.info(&hashes)).collect(),
            upscalers: only.upscaler_infos(),
            interpolators: only.interpolator_infos(),
            loras: only.lora_infos(),
            folders: only.folders(),
            bad_cards: Self::in_folders(only.folders).bad_cards,
        }
    }

    /// The model folders.
    pub fn folders(&self) -> Vec<String> {
        let folders = self.folders.iter();
        folders.map(|folder| folder.display().to_string()).collect()
    }

    /// Why cards are not used: they cannot be read, or another card has their id.
    pub fn bad_cards(&self) -> &[Failure] {
        &self.bad_cards
    }

    /// Opens a model by id or folder. `None`: the first installed model.
    pub fn open(&self, wanted: Option<&str>) -> Result<Model, Failure> {
        let Some(wanted) = wanted else {
            return self.open_first();
        };
        let files = self.all_files();
        let mut found = self.found(&files);
        if let Some(at) = found.iter().position(|found| found.id == wanted) {
            return found.swap_remove(at).open();
        }
        let folder = Path::new(wanted);
        if folder.is_dir() {
            let own = Found::in_folder(folder).with_text_from(&self.folders);
            let (base, _) = own.variants(&mut BTreeSet::new());
            return base.open();
        }
        if let Some(card) = self.cards.iter().find(|card| card.id == wanted) {
            return Err(self.not_installed(card, &files));
        }
        let known: Vec<String> = found.into_iter().map(|found| found.id).collect();
        let known = match known.is_empty() {
            true => "none is installed".to_owned(),
            false => format!("installed are: {}", known.join(", ")),
        };
        Err(Failure::refused(
            format!("there is no model {wanted}"),
            format!("name an installed model or a folder; {known}"),
        ))
    }

    fn open_first(&self) -> Result<Model, Failure> {
        let mut found = self.found(&self.all_files());
        found.retain(|found| found.files.is_ok());
        let mut first_failure = None;
        for found in found {
            match catch_job_panic(|| found.open()) {
                Ok(model) => return Ok(model),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or_else(|| {
            Failure::refused(
                "no model is installed",
                format!(
                    "put one into {}, or name its folder with --model",
                    self.folders().join(" or ")
                ),
            )
        }))
    }

    /// All models: first the installed ones, then those that can be installed.
    pub fn models(&self) -> Vec<ModelInfo> {
        let files = self.all_files();
        let found = self.found(&files);
        let is_found = |card: &&Card| found.iter().any(|model| model.id == card.id);
        let absent = self.cards.iter().filter(|card| !is_found(card));
        let hashes = HashCache::of_user(self.cache.as_deref());
        let installed = found.iter().map(|found| found.info(&hashes));
        installed
            .chain(absent.map(|card| absent_info(card, &files)))
            .collect()
    }

    /// Everything that can be run, and the model in this folder, if there is one.
    pub fn list(&self, also: Option<&str>) -> ModelList {
        ModelList {
            models: self.models_and(also),
            upscalers: self.upscaler_infos(),
            interpolators: self.interpolator_infos(),
            loras: self.lora_infos(),
            folders: self.folders(),
            bad_cards: self.bad_cards.clone(),
        }
    }

    /// All models, and the model in this folder, if there is one. Its id is the path as given.
    pub fn models_and(&self, folder: Option<&str>) -> Vec<ModelInfo> {
        let mut models = self.models();
        if let Some(named) = folder
            && Path::new(named).is_dir()
            && !models.iter().any(|model| model.matches(named))
        {
            let found = Found {
                id: named.to_owned(),
                ..Found::in_folder(Path::new(named)).with_text_from(&self.folders)
            };
            let (base, _) = found.variants(&mut BTreeSet::new());
            models.push(base.info(&HashCache::of_user(self.cache.as_deref())));
        }
        models
    }

    /// Ids of the installed models with this ability.
    pub fn models_with(&self, ability: Ability) -> Vec<String> {
        let models = self.models().into_iter();
        models
            .filter(|model| matches!(model.installed, Installed::Yes { .. }))
            .filter(|model| ability.is_among(&model.abilities))
            .map(|model| model.id)
            .collect()
    }

    /// The vocabulary on a model's card; empty if there is none.
    pub fn vocabulary(&self, id: &str) -> &[WordList] {
        self.card(id).map_or(&[], |card| &card.vocabulary)
    }

    /// A card by id.
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.id == id)
    }

    /// Models whose card's files are all among `files`, then folders that hold a model without a card.
    fn found(&self, files: &NamedFiles) -> Vec<Found> {
        let mut found: Vec<Found> = self
            .cards
            .iter()
            .filter_map(|card| {
                let files = card.locate(files).ok()?;
                let folder = files
                    .transformer
                    .parent()
                    .unwrap_or(Path::new("."))
                    .to_path_buf();
                Some(Found {
                    id: card.id.clone(),
                    card: Some(card.clone()),
                    files: Ok(files),
                    folder,
                    with_modules: Vec::new(),
                })
            })
            .collect();
        for folder in self.folders.iter().flat_map(|folder| candidates(folder)) {
            let is_of_card = |model: &Found| {
                model
                    .files
                    .as_ref()
                    .is_ok_and(|files| files.transformer.starts_with(&folder))
            };
            if !found.iter().any(is_of_card) {
                let is_new = |own: &Found| own.files.is_ok() || !is_shared(&found, &folder);
                let own = Found::of_own(&folder).filter(is_new);
                let own = own.map(|own| own.with_text_from(&self.folders));
                let is_broken = own.as_ref().is_some_and(|own| own.files.is_err());
                if !(is_broken && add_several(&mut found, &folder)) {
                    add_new(&mut found, own);
                }
            }
        }
        for folder in &self.folders {
            add_folder(&mut found, folder);
        }
        with_own_ids(&mut found);
        with_variants(found)
    }

    /// All files in the model folders, by name.
    fn all_files(&self) -> NamedFiles {
        let mut files = NamedFiles::new();
        for folder in &self.folders {
            collect(folder, DEEPEST, &mut files);
        }
        files
    }

    fn not_installed(&self, card: &Card, files: &NamedFiles) -> Failure {
        let missing = card.locate(files).err().unwrap_or_default();
        let folder = self
            .folders
            .first()
            .map_or_else(String::new, |folder| folder.display().to_string());
        Failure::refused(
            format!(
                "{} is not installed: {} missing",
                card.name,
                missing.join(", ")
            ),
            format!("fetch them (see {}) into {folder}", card.licence.url),
        )
    }
}

/// The card, if it is one more than these. `None`: it is a copy of one.
///
/// # Errors
/// Another card has its id.
fn unless_known(card: Card, known: &[Card], path: &Path) -> Result<Option<Card>, Failure> {
    let Some(other) = known.iter().find(|other| other.id == card.id) else {
        return Ok(Some(card));
    };
    if *other == card {
        return Ok(None);
    }
    Err(Failure::bad_file(
        format!(
            "the model card {} is not used: another card, of {}, has its id {}",
            path.display(),
            other.name,
            card.id
        ),
        "give it an id of its own, or remove it",
    ))
}

/// The description of a model with missing files.
fn absent_info(card: &Card, files: &NamedFiles) -> ModelInfo {
    let missing = card.locate(files).err().unwrap_or_default();
    ModelInfo {
        id: card.id.clone(),
        name: card.name.clone(),
        installed: Installed::No { missing },
        licence: card.licence.summary(),
        abilities: card.spec().abilities,
        about: card.about.clone(),
        vocabulary: card.vocabulary.clone(),
        camera: card.camera,
        stage_control: card.stage_control,
        spec: card.spec(),
        defaults: card.defaults.clone(),
        size_bytes: card.size_bytes(),
        files: Vec::new(),
    }
}

/// File in the user's settings that lists added folders, one per line.
const ADDED_FOLDERS: &str = "model-folders.txt";

/// The full path of a folder that can be added.
fn folder_to_add(folder: &Path) -> Result<PathBuf, Failure> {
    let whole = fs::canonicalize(folder).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be added: {error}", folder.display()),
            "name a folder that is there",
        )
    })?;
    if whole.is_dir() {
        return Ok(whole);
    }
    let above = whole.parent().unwrap_or(Path::new("/"));
    Err(Failure::refused(
        format!("{} is a file, not a folder", folder.display()),
        format!("add the folder that it lies in: {}", above.display()),
    ))
}

/// Of files of the same name the first counts. Of a repository of the hub, the snapshot that is its model comes first.
fn collect(folder: &Path, depth: usize, files: &mut NamedFiles) {
    let main = model_root(folder).ok();
    let main = main.filter(|main| main.as_path() != folder);
    let first = main.map_or_else(Vec::new, |main| entries(&main));
    for path in first.into_iter().chain(entries(folder)) {
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, files);
            }
        } else if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            files.entry(name.to_owned()).or_insert(path);
        }
    }
}
