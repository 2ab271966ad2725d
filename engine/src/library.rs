//! The model library: cards of known models, and the models found in the model folders.
//! Lists, opens and adds models.

mod card;
mod loras;
mod single_files;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use kinora_wire::{
    Ability, Failure, GenerationSettings, Installed, ModelInfo, ModelList, StageControl,
    WeightFile, WordList,
};

pub use crate::family::{Family, Network, PartName};
pub use card::{Card, CardFile, Licence, Measured, Memory};
pub use verify::{HashCache, hash_files, verify};

use crate::catch_panic::catch_job_panic;
use crate::files::{self, entries, is_lora_folder};
use crate::model::{
    Model, ModelFiles, Remains, is_repository, model_root, of_diffusers, repository_name,
};
use crate::weights::{is_index, is_weights};

/// How many folders deep the files of cards are searched.
const DEEPEST: usize = 4;
/// Licence text for weights without a card.
const UNKNOWN_LICENCE: &str = "not known: see where the weights came from";

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

/// A model in the model folders.
#[derive(Clone, Debug)]
struct Found {
    id: String,
    card: Option<Card>,
    files: Result<ModelFiles, Failure>,
    folder: PathBuf,
    /// Ids of the models that are this one with a module.
    with_modules: Vec<String>,
}

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
            let (base, _) = Found::in_folder(folder).variants(&mut BTreeSet::new());
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
                ..Found::in_folder(Path::new(named))
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

fn weight_files(model: &Model, hashes: &HashCache) -> Vec<WeightFile> {
    let named = model.named_files().into_iter();
    let files = named.map(|(path, name)| WeightFile {
        name,
        sha256: hashes.remembered(path),
        is_for_sound: model.network().sound_file() == Some(path),
        is_for_two_stages: model.network().upscaler_file() == Some(path),
    });
    files.collect()
}

/// File in the user's settings that lists added folders, one per line.
const ADDED_FOLDERS: &str = "model-folders.txt";

impl Found {
    /// The model in a folder of a model folder. `None` for folders that hold only some components (`vae`,
    /// `text_encoders`).
    fn of_own(folder: &Path) -> Option<Self> {
        let root = model_root(folder);
        if !holds_weights(root.as_deref().unwrap_or(folder), 2) {
            return None;
        }
        let (model, remains) = Self::search(folder);
        (model.files.is_ok() || remains == Remains::Model).then_some(model)
    }

    /// The model in a model folder. `None` without weights.
    fn of_added(folder: &Path) -> Option<Self> {
        let (model, remains) = Self::search(folder);
        (model.files.is_ok() || remains != Remains::Nothing).then_some(model)
    }

    fn in_folder(folder: &Path) -> Self {
        Self::search(folder).0
    }

    fn search(folder: &Path) -> (Self, Remains) {
        let (files, remains) = ModelFiles::search(folder);
        let id = repository_name(folder).or_else(|| {
            let name = folder.file_name();
            name.map(|name| name.to_string_lossy().into_owned())
        });
        let model = Self {
            id: id.unwrap_or_else(|| folder.display().to_string()),
            card: None,
            files,
            folder: model_root(folder).unwrap_or_else(|_| folder.to_path_buf()),
            with_modules: Vec::new(),
        };
        (model, remains)
    }

    /// The model without the modules that lie beside it, and one model with each of them. `known` are the ids of all
    /// models. The modules of a card belong to its model.
    fn variants(mut self, known: &mut BTreeSet<String>) -> (Self, Vec<Self>) {
        let modules = match &mut self.files {
            Ok(files) if self.card.is_none() => std::mem::take(&mut files.modules),
            _ => Vec::new(),
        };
        let mut variants = Vec::new();
        for module in modules {
            let mut id = format!("{} + {}", self.id, name_of_weights(&module));
            if !known.insert(id.clone()) {
                id = format!("{} + {}", self.id, module.display());
            }
            let mut variant = self.clone();
            variant.id = id;
            variant.files = variant.files.map(|files| ModelFiles {
                modules: vec![module],
                ..files
            });
            variants.push(variant);
        }
        let ids = variants.iter().map(|variant| variant.id.clone());
        self.with_modules = ids.collect();
        (self, variants)
    }

    /// Whether one of its components lies in a folder.
    fn has_part_in(&self, folder: &Path) -> bool {
        let has_part = |files: &ModelFiles| {
            let parts = [&files.transformer, &files.vae, &files.text].into_iter();
            let mut parts = parts.chain(&files.low_noise);
            parts.any(|part| part.starts_with(folder))
        };
        self.files.as_ref().is_ok_and(has_part)
    }

    fn open(self) -> Result<Model, Failure> {
        let files = self.files.clone()?;
        let mut model = Model::open_with(&self.id, &files, |family| self.defaults(family))?;
        model.with_modules = self.with_modules;
        Ok(model)
    }

    /// Its default settings, from its card or its folder; the rest from the defaults of its family.
    fn defaults(&self, family: GenerationSettings) -> Result<GenerationSettings, Failure> {
        match &self.card {
            Some(card) => Ok(card.defaults.clone()),
            None => of_diffusers(&self.folder, family),
        }
    }

    fn family(&self) -> Family {
        let files = self.files.as_ref();
        files.map(|files| files.family).unwrap_or_default()
    }

    fn info(&self, hashes: &HashCache) -> ModelInfo {
        let folder = self.folder.display().to_string();
        let card = self.card.as_ref();
        let opened = catch_job_panic(|| self.clone().open());
        let of_family = self.family().fallback_defaults();
        let defaults = match &opened {
            Ok(model) => model.defaults.clone(),
            Err(_) => self.defaults(of_family.clone()).unwrap_or(of_family),
        };
        let (installed, spec, size_bytes, files) = match opened {
            Ok(model) => (
                Installed::Yes { folder },
                model.spec(),
                model.size_bytes(),
                weight_files(&model, hashes),
            ),
            Err(failure) => (
                Installed::Broken {
                    why: failure.to_string(),
                },
                self.family().spec(None, &defaults),
                0,
                Vec::new(),
            ),
        };
        ModelInfo {
            id: self.id.clone(),
            name: card.map_or_else(|| self.id.clone(), |card| card.name.clone()),
            installed,
            licence: match card {
                Some(card) => card.licence.summary(),
                None => self.family().licence().unwrap_or(UNKNOWN_LICENCE).into(),
            },
            abilities: spec.abilities.clone(),
            about: card.map_or_else(String::new, |card| card.about.clone()),
            vocabulary: card.map_or_else(Vec::new, |card| card.vocabulary.clone()),
            camera: card.and_then(|card| card.camera),
            stage_control: card.map_or_else(StageControl::default, |card| card.stage_control),
            spec,
            defaults,
            size_bytes,
            files,
        }
    }
}

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

/// The folders in a model folder that may be models. A folder of the hub's repositories is looked into; a repository is
/// a model itself.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    if is_repository(folder) {
        return vec![folder.to_path_buf()];
    }
    let mut folders = Vec::new();
    for path in folders_in(folder) {
        let inner = folders_in(&path);
        match inner.iter().any(|inner| is_repository(inner)) {
            true => folders.extend(inner),
            false => folders.push(path),
        }
    }
    folders
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let mut folders = entries(folder);
    folders.retain(|path| path.is_dir());
    folders
}

/// Adds a model, unless one in the same folder was found by way of another model folder.
fn add_new(found: &mut Vec<Found>, model: Option<Found>) {
    let is_new = |model: &Found| found.iter().all(|known| known.folder != model.folder);
    let new = model.filter(is_new);
    found.extend(new);
}

/// Whether a folder holds a component of a usable model, as folders with the files of a card do.
fn is_shared(found: &[Found], folder: &Path) -> bool {
    found.iter().any(|model| model.has_part_in(folder))
}

/// Adds the model that an added folder itself is, or the several models of which it holds the parts, if no folder in it
/// is a model. A folder that cannot be used is added too, for its reason, unless something in it is known.
fn add_folder(found: &mut Vec<Found>, folder: &Path) {
    let is_inside = |model: &Found| model.folder.starts_with(folder);
    let is_usable_inside = |model: &Found| model.files.is_ok() && is_inside(model);
    let has_own = |model: &Found| is_usable_inside(model) && model.card.is_none();
    if found.iter().any(has_own) || is_lora_folder(folder) {
        return;
    }
    if found.iter().any(is_usable_inside) {
        add_several(found, folder); // beside the models of cards
        return;
    }
    let Some(model) = Found::of_added(folder) else {
        return;
    };
    if model.files.is_ok() {
        found.retain(|part| !is_inside(part)); // folders of its parts
    } else if add_several(found, folder) || found.iter().any(is_inside) || is_shared(found, folder)
    {
        return;
    }
    add_new(found, Some(model));
}

/// Adds the models of a folder that holds the parts of several, but those that are known. Returns whether there are any.
fn add_several(found: &mut Vec<Found>, folder: &Path) -> bool {
    let models = ModelFiles::several_in(folder);
    let are_any = !models.is_empty();
    for files in models {
        let is_known = |model: &Found| {
            let known = model.files.as_ref();
            known.is_ok_and(|known| files.transformer.starts_with(&known.transformer))
        };
        if found.iter().any(is_known) {
            continue;
        }
        let name = name_of_weights(&files.transformer);
        let is_new = found.iter().all(|model| model.id != name);
        found.push(Found {
            id: match is_new {
                true => name,
                false => files.transformer.display().to_string(),
            },
            card: None,
            folder: files.transformer.parent().unwrap_or(folder).to_path_buf(),
            files: Ok(files),
            with_modules: Vec::new(),
        });
    }
    are_any
}

/// Models of the same name are told apart by their folders: the first usable one keeps the name.
fn with_own_ids(found: &mut [Found]) {
    let mut known = BTreeSet::new();
    let models = found.iter_mut();
    let (usable, broken): (Vec<_>, Vec<_>) = models.partition(|model| model.files.is_ok());
    for model in usable.into_iter().chain(broken) {
        if !known.insert(model.id.clone()) {
            model.id = model.folder.display().to_string();
        }
    }
}

/// The models, each followed by itself with each module that lies beside it.
fn with_variants(found: Vec<Found>) -> Vec<Found> {
    let mut known: BTreeSet<String> = found.iter().map(|model| model.id.clone()).collect();
    let all = found.into_iter().flat_map(|model| {
        let (base, variants) = model.variants(&mut known);
        iter::once(base).chain(variants)
    });
    all.collect()
}

/// The name of a file of weights or an index without its endings.
fn name_of_weights(path: &Path) -> String {
    let file = match is_index(path) {
        true => path.with_extension("").with_extension(""), // .index.json
        false => path.to_path_buf(),
    };
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn holds_weights(folder: &Path, depth: usize) -> bool {
    entries(folder).iter().any(|path| {
        is_weights(path) || (depth > 0 && path.is_dir() && holds_weights(path, depth - 1))
    })
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
