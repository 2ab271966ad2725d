//! Model folders as people have them: all parts in one file, the hub's cache, tokenizers elsewhere, indices left
//! behind, adapters and modules. Each is opened, or refused by what it is.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::wan::fallback_defaults;
use kinora_engine::family::wan::text::Tokenizer;
use kinora_engine::library::{Card, CardFile, Library, PartName};
use kinora_engine::model::{Ability, Model, ModelFiles};
use kinora_engine::weights::{MappedFile, TensorBytes, view_of};
use kinora_wire::{ClipInputs, Failure, Generation, Installed, Lora, ModelInfo};
use tch::{Device, Kind, Tensor};

use crate::golden;
use crate::pipeline::write_model;
use crate::tiny;

const TRANSFORMER: &str = "diffusion_models/tiny.safetensors";
const VAE: &str = "vae/tiny_vae.safetensors";
const TEXT: &str = "text_encoders/tiny_text.safetensors";
const TOKENIZER: &str = "text_encoders/tokenizer.json";

/// A folder with a tiny model with a control branch.
fn folder_with_model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), "controlled", 430);
    folder
}

/// The tensors of a file, and the words of its header.
type Contents = (Vec<(String, TensorBytes)>, HashMap<String, String>);

/// The contents of a file under the names that `rename` gives them. Tensors without a name are left out.
fn renamed(path: &Path, rename: &dyn Fn(&str) -> Option<String>) -> Contents {
    let file = MappedFile::open(path).expect("sound");
    let tensors = file.tensors().keys().filter_map(|key| {
        let tensor = file.tensor(key).expect("a tensor");
        Some((rename(key)?, view_of(&tensor).expect("fp32")))
    });
    let words = file.metadata().clone().into_iter().collect();
    (tensors.collect(), words)
}

fn write(path: &Path, (tensors, words): Contents) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    safetensors::serialize_to_file(tensors, Some(words), path).expect("written");
}

fn move_to(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("made");
    fs::rename(from, to).expect("moved");
}

fn open(folder: &Path) -> Result<Model, Failure> {
    Model::open("tiny", &ModelFiles::in_folder(folder)?, fallback_defaults())
}

#[track_caller]
fn opens(folder: &Path) -> Model {
    open(folder).expect("a model")
}

/// The folder is refused, with these words in cause or remedy.
#[track_caller]
fn is_refused(folder: &Path, words: &[&str]) {
    let failure = open(folder).expect_err("refused").to_string();
    for word in words {
        assert!(failure.contains(word), "{word}: {failure}");
    }
}

/// The models of a library over these folders, without those that only a card lists.
fn listed(folders: &[&Path]) -> Vec<ModelInfo> {
    let folders = folders.iter().map(|folder| folder.to_path_buf()).collect();
    let mut models = Library::in_folders(folders).models();
    models.retain(|model| !matches!(model.installed, Installed::No { .. }));
    models
}

/// The ids of the models of a library over these folders. All of them are installed.
#[track_caller]
fn ids(folders: &[&Path]) -> Vec<String> {
    let models = listed(folders);
    assert!(models.iter().all(is_installed), "{models:?}");
    models.into_iter().map(|model| model.id).collect()
}

fn library_in(folder: &Path) -> Library {
    Library::in_folders(vec![folder.to_path_buf()])
}

fn is_installed(model: &ModelInfo) -> bool {
    matches!(model.installed, Installed::Yes { .. })
}

#[test]
fn a_text_encoder_may_name_its_table_as_its_copy_is_named() {
    let folder = folder_with_model();
    let path = folder.path().join(TEXT);
    let tensors = renamed(&path, &|key| {
        Some(match key {
            "token_embedding.weight" => "encoder.embed_tokens.weight".to_owned(),
            other => other.to_owned(),
        })
    });
    write(&path, tensors);
    opens(folder.path());
}

#[test]
fn all_parts_may_lie_in_one_file() {
    let folder = folder_with_model();
    let parts = [
        (TRANSFORMER, "model.diffusion_model."),
        (VAE, "vae."),
        (TEXT, "text_encoders.umt5xxl.transformer."),
    ];
    let (mut all, mut words) = (Vec::new(), HashMap::new());
    for (path, prefix) in parts {
        let path = folder.path().join(path);
        let (tensors, own) = renamed(&path, &|key| Some(format!("{prefix}{key}")));
        all.extend(tensors);
        words.extend(own);
        fs::remove_file(path).expect("removed");
    }
    write(&folder.path().join("all.safetensors"), (all, words));
    let tokenizer = folder.path().join("tokenizer.json");
    move_to(&folder.path().join(TOKENIZER), &tokenizer);
    let model = opens(folder.path());
    assert_eq!(model.files().count(), 2, "each file once");
    assert!(model.spec().abilities.contains(&Ability::Control));
}

#[test]
fn repositories_of_the_hubs_cache_are_models_under_their_names() {
    let cache = tempfile::tempdir().expect("a folder");
    let hub = cache.path().join("hub");
    let repository = |owner: &str| hub.join(format!("models--{owner}--tiny"));
    for owner in ["ann", "bo"] {
        write_model(&repository(owner).join("snapshots/0f3c"), "text", 430);
        fs::create_dir_all(repository(owner).join("refs")).expect("made");
        fs::write(repository(owner).join("refs/main"), "0f3c").expect("written");
    }
    assert_eq!(ids(&[&hub]), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(&[cache.path()]), ["ann/tiny", "bo/tiny"]);
    assert_eq!(ids(&[&repository("ann")]), ["ann/tiny"]);
    let snapshots = repository("ann").join("snapshots");
    assert_eq!(ids(&[&snapshots]), ["0f3c"], "as in version 0.1");
    let alone = snapshots.join("0f3c");
    assert_eq!(ids(&[&alone]), ["0f3c"], "a snapshot keeps its own name");
    opens(&repository("bo"));
    library_in(&hub).open(Some("bo/tiny")).expect("by its name");
}

#[test]
fn models_of_the_same_name_are_told_apart_by_their_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for above in [&one, &other] {
        write_model(&above.join("mine"), "text", 430);
    }
    let models = listed(&[one.as_path(), other.as_path(), one.as_path()]);
    let ids: Vec<String> = models.into_iter().map(|model| model.id).collect();
    let long = other.join("mine").display().to_string();
    assert_eq!(ids, ["mine", long.as_str()]);
    fs::remove_file(one.join("mine").join(TRANSFORMER)).expect("removed");
    let models = listed(&[one.as_path(), other.as_path()]);
    let named_mine = models.iter().find(|model| model.id == "mine");
    let named_mine = named_mine.expect("one of this name");
    assert!(is_installed(named_mine), "a broken one takes no name away");
}

#[test]
fn a_tokenizer_is_found_where_releases_put_it() {
    let folder = folder_with_model();
    let at = |name: &str| folder.path().join(name);
    move_to(&at(TOKENIZER), &at("google/umt5-xxl/tokenizer.json"));
    opens(folder.path());
    fs::remove_dir_all(at("google")).expect("removed");
    is_refused(folder.path(), &["carries no tokenizer", "spiece.model"]);
    assert!(
        !listed(&[folder.path()]).iter().any(is_installed),
        "without a tokenizer it cannot generate"
    );

    let goldens = golden::open("text");
    let model = goldens.bytes("spiece_model").expect("a model");
    let path = at("tokenizer/spiece.model");
    fs::create_dir_all(at("tokenizer")).expect("made");
    fs::write(&path, model).expect("written");
    opens(folder.path());
    let tokens = Tokenizer::from_file(&path).expect("sound");
    assert_eq!(tokens.tokens("a red fox").expect("tokens").last(), Some(&1));
    for damaged in ["", "version https://git-lfs.github.com/spec/v1"] {
        fs::write(&path, damaged).expect("written");
        is_refused(folder.path(), &["spiece.model is no tokenizer"]);
    }
}

#[test]
fn a_tokenizer_in_the_text_encoder_gives_way_to_tokenizer_json_alone() {
    let folder = folder_with_model();
    let path = folder.path().join(TEXT);
    let (mut tensors, words) = renamed(&path, &|key| Some(key.to_owned()));
    let goldens = golden::open("text");
    let model = Tensor::from_slice(goldens.bytes("spiece_model").expect("a model"));
    tensors.push(("spiece_model".to_owned(), view_of(&model).expect("bytes")));
    write(&path, (tensors, words));
    let tokenizer = || {
        let model = opens(folder.path());
        let mut files = model.files().map(Path::to_path_buf);
        files.find(|file| !file.to_string_lossy().ends_with(".safetensors"))
    };
    let usual = folder.path().join(TOKENIZER);
    assert_eq!(tokenizer(), Some(usual.clone()));
    move_to(
        &usual,
        &folder.path().join("google/umt5-xxl/tokenizer.json"),
    );
    fs::write(usual.with_file_name("spiece.model"), "another").expect("written");
    assert_eq!(tokenizer(), None, "that of the text encoder");
}

#[test]
fn endings_and_marks_of_other_programs_do_not_matter() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let (mut tensors, words) = renamed(&path, &|key| Some(key.to_owned()));
    for name in ["scaled_fp8", "some_mark"] {
        let empty = Tensor::zeros([0], (Kind::Float, Device::Cpu));
        tensors.push((name.to_owned(), view_of(&empty).expect("fp32")));
    }
    fs::remove_file(&path).expect("removed");
    write(&path.with_file_name("TINY.SAFETENSORS"), (tensors, words));
    opens(folder.path());
}

/// Writes an index of one shard beside a file.
fn write_index(path: &Path, shard: &str) -> PathBuf {
    let file = MappedFile::open(path).expect("sound");
    let map: serde_json::Map<_, _> = file
        .tensors()
        .keys()
        .map(|key| (key.clone(), shard.into()))
        .collect();
    let index = path.with_file_name("tiny.safetensors.index.json");
    let text = serde_json::json!({ "weight_map": map }).to_string();
    fs::write(&index, text).expect("written");
    index
}

#[test]
fn an_index_may_carry_folders_or_be_left_behind() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let shard = "tiny-00001-of-00001.safetensors";
    let index = write_index(&path, shard);
    opens(folder.path()); // the merged file; none of the shards is there
    move_to(&path, &path.with_file_name(shard));
    opens(folder.path());
    let shard_path = path.with_file_name(shard);
    write_index(&shard_path, &format!("./{shard}"));
    opens(folder.path());
    fs::remove_file(&shard_path).expect("removed");
    is_refused(folder.path(), &["index.json", "none is there"]);
    fs::remove_file(index).expect("removed");
    is_refused(folder.path(), &["holds no transformer"]);
}

#[test]
fn a_branch_in_a_file_of_its_own_is_added_to_the_transformer() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let is_branch = |key: &str| key.starts_with("vace_");
    let branch = renamed(&path, &|key| is_branch(key).then(|| key.to_owned()));
    let base = renamed(&path, &|key| (!is_branch(key)).then(|| key.to_owned()));
    let module = path.with_file_name("module.safetensors");
    write(&module, branch);
    is_refused(folder.path(), &["tiny.safetensors", "module.safetensors"]); // the branch twice
    fs::remove_file(&path).expect("removed");
    is_refused(folder.path(), &["module.safetensors is a branch"]);
    write(&path, base);
    let model = opens(folder.path());
    assert!(model.spec().abilities.contains(&Ability::Control));
    assert!(model.files().any(|file| file == module));
    fs::remove_file(&module).expect("removed");
    assert_eq!(opens(folder.path()).spec().abilities, []);
}

/// Moves the control branch of a model into a file of its own beside the transformer.
pub fn split_branch(folder: &Path) -> PathBuf {
    let path = folder.join(TRANSFORMER);
    let is_branch = |key: &str| key.starts_with("vace_");
    let branch = renamed(&path, &|key| is_branch(key).then(|| key.to_owned()));
    let base = renamed(&path, &|key| (!is_branch(key)).then(|| key.to_owned()));
    let module = path.with_file_name("module.safetensors");
    write(&module, branch);
    write(&path, base);
    module
}

#[test]
fn a_model_with_a_module_beside_it_is_a_second_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let module = split_branch(&mine);
    assert_eq!(ids(&[folder.path()]), ["mine", "mine + module"]);
    let abilities: Vec<Vec<Ability>> = listed(&[folder.path()])
        .into_iter()
        .map(|model| model.abilities)
        .collect();
    assert_eq!(abilities[0], []);
    assert!(abilities[1].contains(&Ability::Control));
    let library = library_in(folder.path());
    let path = mine.display().to_string();
    for wanted in [None, Some("mine"), Some(path.as_str())] {
        let base = library.open(wanted).expect("the base");
        assert_eq!(base.id, "mine");
        assert!(base.files().all(|file| file != module), "{wanted:?}");
        let hint = base.hint_of_modules().expect("a hint");
        assert!(hint.contains("mine + module"), "{hint}");
    }
    let second = library.open(Some("mine + module")).expect("with it");
    assert!(second.files().any(|file| file == module));
    assert_eq!(second.hint_of_modules(), None);
    let elsewhere = library_in(&mine.join("vae")).models_and(Some(path.as_str()));
    let named: Vec<&ModelInfo> = elsewhere.iter().filter(|model| model.id == path).collect();
    assert_eq!(named.len(), 1);
    assert!(named[0].abilities.is_empty());
}

#[test]
fn a_module_may_be_in_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let shard = "module-00001-of-00001.safetensors";
    let path = mine.join("module").join(shard);
    move_to(&split_branch(&mine), &path);
    write_index(&path, shard);
    assert_eq!(ids(&[folder.path()]), ["mine", "mine + tiny"]);
}

/// Lists the models: the base is installed, and the one with the module is not, for this reason.
#[track_caller]
fn module_is_refused(folder: &Path, words: &[&str]) {
    let models = listed(&[folder]);
    let [base, second] = models.as_slice() else {
        panic!("two models, and not {models:?}");
    };
    assert_eq!(base.id, "mine");
    assert!(is_installed(base), "{base:?}");
    let Installed::Broken { why } = &second.installed else {
        panic!("{second:?}");
    };
    for word in words {
        assert!(why.contains(word), "{word}: {why}");
    }
}

#[test]
fn a_module_that_does_not_fit_is_listed_with_the_reason_and_its_base_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    write_model(&mine, "controlled", 430);
    let transformer = mine.join(TRANSFORMER);
    let whole = || renamed(&transformer, &|key| Some(key.to_owned()));
    let complete = whole();
    let module = split_branch(&mine);
    let base = whole();
    let with = |changed: &str, tensor: &Tensor| {
        let (mut tensors, words) =
            renamed(&module, &|key| (key != changed).then(|| key.to_owned()));
        tensors.push((changed.to_owned(), view_of(tensor).expect("written")));
        (tensors, words)
    };
    let sound = renamed(&module, &|key| Some(key.to_owned()));

    let narrower = Tensor::zeros([3], (Kind::Float, Device::Cpu));
    let narrower = with("vace_patch_embedding.bias", &narrower);
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    let bytes = with("vace_blocks.0.ffn.0.weight", &bytes);
    write(&module, narrower);
    module_is_refused(folder.path(), &["`vace_patch_embedding.bias` is [3]"]);
    write(&module, bytes);
    module_is_refused(folder.path(), &["module.safetensors has weights of"]);
    write(&module, sound);
    write(&transformer, complete);
    module_is_refused(
        folder.path(),
        &["module.safetensors", "take one of the two"],
    );
    write(&transformer, base);
    fs::copy(&module, module.with_file_name("other.safetensors")).expect("copied");
    let all = ["mine", "mine + module", "mine + other"];
    assert_eq!(ids(&[folder.path()]), all);
}

#[test]
fn a_module_is_not_added_to_an_image_to_video_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let [other, mine] = ["other", "mine"].map(|name| folder.path().join(name));
    write_model(&other, "controlled", 430);
    let (tensors, _) = renamed(&split_branch(&other), &|key| Some(key.to_owned()));
    fs::remove_dir_all(other).expect("removed");
    write_model(&mine, "given", 430);
    let module = mine.join("diffusion_models/module.safetensors");
    write(&module, (tensors, HashMap::new())); // its layers are spread over those of this base
    module_is_refused(folder.path(), &["belongs to a text-to-video model"]);
}

#[test]
fn quantised_parts_count_only_where_there_is_no_other() {
    let folder = folder_with_model();
    let text = folder.path().join(TEXT);
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    for key in ["blocks.0.attn.q.weight._data", "blocks.0.attn.q.weight"] {
        let tensors = vec![(key.to_owned(), view_of(&bytes).expect("bytes"))];
        let path = text.with_file_name("smaller.safetensors");
        write(&path, (tensors, HashMap::new()));
        opens(folder.path());
    }
    fs::remove_file(&text).expect("removed");
    is_refused(folder.path(), &["smaller.safetensors"]);
}

#[test]
fn without_a_name_the_first_model_that_opens_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for model in [&one, &other] {
        write_model(model, "text", 430);
    }
    let library = library_in(folder.path());
    fs::remove_file(one.join(TOKENIZER)).expect("removed");
    assert_eq!(library.open(None).expect("a model").id, "other");
    fs::remove_file(other.join(TOKENIZER)).expect("removed");
    let failure = library.open(None).expect_err("refused");
    let is_of_first = failure.cause.contains(&one.display().to_string());
    assert!(is_of_first, "the reason of the first: {failure}");
}

#[test]
fn an_added_folder_is_a_model_though_some_parts_share_a_subfolder() {
    let folder = folder_with_model();
    for part in [TRANSFORMER, VAE] {
        let at = |name: &str| folder.path().join(name);
        move_to(&at(part), &at(&format!("inner/{part}")));
    }
    assert_eq!(ids(&[folder.path()]).len(), 1, "and `inner` is none");
}

/// Writes the card `carded` of a tiny model.
fn write_card(path: &Path) {
    let file = |part: PartName, path: &str| {
        let name = Path::new(path).file_name().expect("a name");
        CardFile {
            part,
            name: name.to_string_lossy().into_owned(),
            alternatives: Vec::new(),
            size: 0,
            sha256: None,
        }
    };
    let card = Card {
        id: "carded".to_owned(),
        files: vec![
            file(PartName::Transformer, TRANSFORMER),
            file(PartName::Vae, VAE),
            file(PartName::Text, TEXT),
        ],
        ..Card::built_in().remove(0)
    };
    let text = ron::to_string(&card).expect("a card");
    fs::write(path, text).expect("written");
}

#[test]
fn the_files_of_a_card_may_lie_in_several_added_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    let parts = other.join("parts");
    write_model(&parts, "text", 430);
    move_to(&parts.join(TRANSFORMER), &one.join("tiny.safetensors"));
    write_card(&one.join("carded.ron"));
    let both = [one.as_path(), other.as_path()];
    assert_eq!(ids(&both), ["carded"], "and no broken folder");
}

#[test]
fn the_files_of_a_card_may_lie_in_several_snapshots_and_those_of_the_main_one_count() {
    let hub = tempfile::tempdir().expect("a folder");
    let repository = hub.path().join("models--ann--tiny");
    let [old, main] = ["0abc", "1abc"].map(|name| repository.join("snapshots").join(name));
    write_model(&old, "text", 430);
    move_to(&old.join(TRANSFORMER), &main.join(TRANSFORMER));
    fs::write(old.join(TRANSFORMER), "damaged").expect("written");
    fs::create_dir_all(repository.join("refs")).expect("made");
    fs::write(repository.join("refs/main"), "1abc").expect("written");
    write_card(&hub.path().join("carded.ron"));
    assert_eq!(ids(&[hub.path()]), ["carded"]);
}

/// Writes an adapter.
fn write_adapter(path: &Path) {
    let names = ["lora_A", "lora_B"].map(|name| format!("blocks.0.self_attn.q.{name}.weight"));
    let numbers = Tensor::zeros([2, 2], (Kind::Float, Device::Cpu));
    let tensors = names.map(|name| (name, numbers.shallow_clone()));
    tiny::write(path, tiny::bytes_of(&tensors), &[]);
}

#[test]
fn adapters_and_weights_of_eight_bits_are_refused_by_name() {
    let folder = folder_with_model();
    let path = folder.path().join(TRANSFORMER);
    let adapter = path.with_file_name("style.safetensors");
    write_adapter(&adapter);
    opens(folder.path()); // beside a model it is left alone
    let (mut tensors, words) = renamed(&path, &|key| {
        (key != "blocks.0.ffn.0.weight").then(|| key.to_owned())
    });
    let bytes = Tensor::zeros([4, 4], (Kind::Uint8, Device::Cpu));
    let key = "blocks.0.ffn.0.weight._data".to_owned();
    tensors.push((key, view_of(&bytes).expect("bytes")));
    write(&path, (tensors, words));
    is_refused(folder.path(), &["as quanto writes them", "fp16 or bf16"]);
    fs::remove_file(&path).expect("removed");
    is_refused(folder.path(), &["style.safetensors is a LoRA", "--lora"]);
}

#[test]
fn a_folder_that_cannot_be_used_is_listed_with_the_reason() {
    let folder = folder_with_model();
    let transformer = folder.path().join(TRANSFORMER);
    write_adapter(&transformer.with_file_name("style.safetensors"));
    let why = |reason: &str| {
        let library = library_in(folder.path());
        let models = library.list_in(folder.path()).models;
        let [ModelInfo { installed, .. }] = models.as_slice() else {
            panic!("one model, and not {models:?}");
        };
        match installed {
            Installed::Broken { why } => assert!(why.contains(reason), "{why}"),
            other => panic!("{other:?}"),
        }
    };
    fs::remove_file(&transformer).expect("removed");
    why("is a LoRA");
    fs::remove_dir_all(folder.path().join("diffusion_models")).expect("removed");
    why("holds no transformer");
    for rest in ["vae", "text_encoders"] {
        fs::remove_dir_all(folder.path().join(rest)).expect("removed");
    }
    assert!(listed(&[folder.path()]).is_empty(), "an empty folder");
}

#[test]
fn loras_are_listed_with_the_model_they_were_trained_on_and_are_no_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    write_adapter(&at("loras/light.safetensors"));
    write_adapter(&at("models/Loras/film/style.safetensors"));
    write_adapter(&at("elsewhere/other.safetensors"));
    let (tensors, mut words) = renamed(&at("loras/light.safetensors"), &|key| Some(key.to_owned()));
    words.insert("ss_base_model_version".to_owned(), "tiny".to_owned());
    write(&at("loras/based.safetensors"), (tensors, words));
    fs::write(at("loras/damaged.safetensors"), "nothing of this kind").expect("written");
    let reported = |folder: &Path| -> Vec<(String, Option<String>)> {
        let loras = library_in(folder).list_in(folder).loras.into_iter();
        loras.map(|lora| (lora.name, lora.base)).collect()
    };
    let own = |name: &str, base: Option<&str>| (name.to_owned(), base.map(str::to_owned));
    let here = [
        own("based.safetensors", Some("tiny")),
        own("light.safetensors", None),
    ];
    let film = own("film/style.safetensors", None);
    let all = [here[0].clone(), film, here[1].clone()];
    assert_eq!(reported(folder.path()), all);
    assert_eq!(
        reported(&at("loras")),
        here,
        "a LoRA folder can be added too"
    );
    assert!(
        listed(&[at("loras").as_path()]).is_empty(),
        "it is no broken model"
    );
    fs::remove_dir_all(at("elsewhere")).expect("removed");
    assert!(listed(&[folder.path()]).is_empty());

    let request = Generation {
        inputs: ClipInputs {
            loras: vec![Lora {
                file: "style".into(),
                strength: 1.0,
                expert: None,
            }],
            ..ClipInputs::default()
        },
        ..Generation::default()
    };
    let request = library_in(folder.path()).with_lora_paths(&request);
    let file = &request.inputs.loras[0].file;
    assert!(file.ends_with("film/style.safetensors"), "{file:?}");
}

#[test]
fn a_file_is_not_added_as_a_folder() {
    let folder = folder_with_model();
    let failure = Library::add(&folder.path().join(VAE)).expect_err("a file");
    assert!(failure.cause.contains("is a file"), "{failure}");
    let remedy = failure.remedy.expect("a remedy");
    assert!(remedy.ends_with("vae"), "{remedy}");
    let failure = Library::add(&folder.path().join("nothing")).expect_err("nothing");
    assert!(failure.cause.contains("cannot be added"), "{failure}");
}
