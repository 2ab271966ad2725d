//! The model cards of LTX-2: the shapes on them, and the files that they name as an installation leaves them, as headers
//! without data that the real detection opens. Also the memory and the tiers that are stated for them.

mod released;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinora_engine::family::ltx2::card::Network as Shape;
use kinora_engine::family::ltx2::identity::Version;
use kinora_engine::family::ltx2::spec::{defaults_with, fallback_defaults};
use kinora_engine::family::ltx2::transformer::{Config, TransformerNaming};
use kinora_engine::library::{Card, Family, Library, Network, PartName};
use kinora_engine::memory::{MemoryNeeds, NetworkForm, TransformerForm, choose, usable_bytes};
use kinora_engine::weights::Checkpoint;
use kinora_wire::{ClipInputs, Generation, Installed, Makes, Sampler};
use tch::{Device, Kind};

use crate::header_only::{Entry, in_8_bits, write};
use released::{Components, gemma_4_words, transformer_words};

/// The releases that can be installed.
const RELEASES: &str = include_str!("../../../assets/releases/ltx2.ron");
/// Bytes that a header may take beside the data.
const LONGEST_HEADER: i64 = 1_500_000;
/// By how much the memory on a card may differ from what the family computes, in gigabytes: cards are not written anew for
/// every change of an estimate.
const TOLERANCE_GB: f64 = 0.5;
/// The tiers of releases, in gigabytes of a graphics card.
const TIERS_GB: [u32; 5] = [8, 12, 16, 24, 80];

fn cards() -> Vec<Card> {
    let mut cards = Card::built_in();
    cards.retain(|card| card.family == Family::Ltx2);
    cards
}

fn card(id: &str) -> Card {
    let mut cards = cards().into_iter();
    cards.find(|card| card.id == id).expect(id)
}

fn shape_of(card: &Card) -> Shape {
    match card.network {
        Network::Ltx2(shape) => shape,
        _ => panic!("{} is of another family", card.id),
    }
}

fn version_of(card: &Card) -> Version {
    let mut versions = Version::ALL.into_iter();
    let version = versions.find(|version| card.id.starts_with(&format!("ltx-{}-", version.name())));
    version.expect("a version in the id")
}

fn components(card: &Card) -> Components {
    Components::of(version_of(card), &shape_of(card))
}

#[test]
fn every_card_has_the_size_of_its_network_and_the_defaults_of_its_family() {
    let cards = cards();
    assert_eq!(cards.len(), 5);
    for card in cards {
        let survey = components(&card).transformer;
        println!("{}: {} numbers", card.id, survey.count());
        assert_eq!(card.parameters, survey.count() as u64, "{}", card.id);
        let own = fallback_defaults(version_of(&card));
        let expected = match card.id.ends_with("distilled") {
            true => defaults_with(&own, Sampler::Distilled),
            false => own,
        };
        assert_eq!(card.defaults, expected, "{}", card.id);
        assert!(card.native_sizes.contains(&expected.size), "{}", card.id);
        assert!(card.spec().makes_sound && card.spec().makes_pictures);
    }
}

/// The bytes of the data of a file.
fn data(entries: &[Entry]) -> i64 {
    entries.iter().map(Entry::size).sum()
}

#[test]
fn the_keys_and_shapes_fill_the_released_files() {
    // Of each file of LTX-2.5 the number of tensors, and of the transformer's the length of the header, were published.
    let components_of = |id: &str| components(&card(id));
    let newest = components_of("ltx-2.5-dev");
    let transformer = newest.diffusion();
    assert_eq!(transformer.len(), 4349);
    assert_eq!(8 + 677_616 + data(&transformer), 42_018_190_584);
    let packed = in_8_bits(&transformer);
    assert_eq!(packed.len(), 7229);
    assert_eq!(8 + 1_086_120 + data(&packed), 21_504_034_224);
    assert_eq!(newest.video("").len(), 170);
    assert_eq!(newest.sound().len(), 1329);
    assert_eq!(newest.gemma_4().len(), 686);
    assert_eq!(in_8_bits(&newest.gemma_4()).len(), 1342);
    for (entries, bytes) in [
        (newest.video(""), 1_452_269_922),
        (newest.sound(), 364_866_540),
        (components_of("ltx-2.3-dev").one_file(), 46_149_344_974),
    ] {
        let ours = data(&entries);
        println!("{ours} bytes of data in {bytes}");
        assert!(
            (ours..ours + LONGEST_HEADER).contains(&bytes),
            "{ours} {bytes}"
        );
    }
}

/// Writes the files of a card under the names that are first, or those in fewer bits that come after.
fn install(folder: &Path, card: &Card, is_packed: bool) {
    let version = version_of(card);
    let components = components(card);
    let words = transformer_words(version);
    let stated = words.iter().filter(|(name, _)| *name == "model_version");
    let stated: Vec<(&str, String)> = stated.cloned().collect();
    let in_form = |entries: Vec<Entry>| match is_packed {
        true => in_8_bits(&entries),
        false => entries,
    };
    for file in &card.files {
        let name = match is_packed {
            true => file.alternatives.first().unwrap_or(&file.name),
            false => &file.name,
        };
        let is_one_file = version != Version::V2_5;
        let (place, entries, words) = match file.part {
            PartName::Transformer if is_one_file => {
                ("checkpoints", in_form(components.one_file()), words.clone())
            }
            PartName::Transformer => {
                let entries = in_form(components.diffusion());
                ("diffusion_models", entries, words.clone())
            }
            PartName::Text if is_one_file => {
                ("text_encoders", in_form(components.gemma_3()), Vec::new())
            }
            PartName::Text => {
                let entries = in_form(components.gemma_4());
                ("text_encoders", entries, gemma_4_words())
            }
            PartName::Vae if !is_one_file => ("vae", components.video(""), stated.clone()),
            PartName::AudioVae => ("vae", components.sound(), stated.clone()),
            _ => continue, // in the file of another part
        };
        write(&folder.join(place).join(name), &entries, &words);
    }
}

/// The installed models in a folder, by id. None may be broken.
fn installed(folder: &Path) -> Vec<String> {
    let models = Library::in_folders(vec![folder.to_path_buf()]).models();
    let installed = models.into_iter().filter(|model| match &model.installed {
        Installed::Yes { .. } => true,
        Installed::No { .. } => false,
        Installed::Broken { why } => panic!("{}: {why}", model.id),
    });
    installed.map(|model| model.id).collect()
}

#[test]
fn the_files_of_each_card_are_the_model_of_that_card() {
    for card in cards() {
        let forms: &[bool] = match version_of(&card) {
            Version::V2_5 => &[false, true],
            _ => &[false],
        };
        for &is_packed in forms {
            let folder = tempfile::tempdir().expect("a folder");
            install(folder.path(), &card, is_packed);
            assert_eq!(installed(folder.path()), [card.id.as_str()], "{is_packed}");
            let transformer = card.files.first().expect("a transformer");
            let name = match is_packed {
                true => &transformer.alternatives[0],
                false => &transformer.name,
            };
            let inside = match version_of(&card) {
                Version::V2_5 => "diffusion_models",
                _ => "checkpoints",
            };
            let path = folder.path().join(inside).join(name);
            let file = Checkpoint::open(&path, TransformerNaming).expect("opened");
            let config = Config::detect(&file).expect("its shape");
            assert_eq!(config, shape_of(&card).config(), "{}", card.id);
        }
    }
}

#[test]
fn all_models_of_the_family_lie_in_one_folder_and_share_their_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for card in cards() {
        install(folder.path(), &card, version_of(&card) == Version::V2_5);
    }
    let expected: Vec<String> = cards().into_iter().map(|card| card.id).collect();
    assert_eq!(installed(folder.path()), expected);
    let texts = fs::read_dir(folder.path().join("text_encoders")).expect("there");
    assert_eq!(texts.count(), 2);
}

#[test]
fn a_file_of_several_parts_is_missing_once_and_counted_once() {
    let card = card("ltx-2.3-dev");
    let gigabytes = card.size_bytes() as f64 / 1e9;
    assert!((70.0..71.0).contains(&gigabytes), "{gigabytes}");
    let missing = card.locate(&BTreeMap::new());
    assert_eq!(missing.expect_err("not there").len(), 2);
}

#[test]
fn a_distilled_model_names_its_latent_upscaler_and_is_a_model_without_it() {
    for id in ["ltx-2.3-distilled", "ltx-2.5-distilled"] {
        let card = card(id);
        let files = |has_upscaler: bool| -> BTreeMap<String, PathBuf> {
            let files = card.files.iter();
            let files = files.filter(|file| has_upscaler || file.part != PartName::LatentUpscaler);
            let names = files.map(|file| file.name.clone());
            names
                .map(|name| (name.clone(), Path::new("/nowhere").join(name)))
                .collect()
        };
        let found = |has_upscaler: bool| {
            let located = card.locate(&files(has_upscaler)).expect("a model");
            let upscaler = located.optional(PartName::LatentUpscaler);
            upscaler.map(Path::to_path_buf)
        };
        let upscaler = found(true).expect("named");
        assert!(
            upscaler.to_string_lossy().contains("spatial-upscaler-x2"),
            "{id}"
        );
        assert_eq!(found(false), None, "{id}");
    }
}

/// What a clip of the default settings needs on a graphics card.
fn needs(card: &Card, is_packed: bool) -> MemoryNeeds {
    let folder = tempfile::tempdir().expect("a folder");
    install(folder.path(), card, is_packed);
    let library = Library::in_folders(vec![folder.path().to_path_buf()]);
    let model = library.open(Some(card.id.as_str())).expect("installed");
    let request = Generation {
        inputs: ClipInputs {
            prompt: "a street in the rain".into(),
            makes: Makes::Both,
            ..ClipInputs::default()
        },
        ..Generation::default()
    };
    let plan = model.plan(&request, &|_| Vec::new()).expect("possible");
    let network = model.network();
    let needs = network.memory_needs(&plan, Device::Cuda(0), Kind::BFloat16);
    needs.expect("numbers")
}

#[test]
fn the_memory_on_a_card_is_that_of_the_family() {
    for card in cards() {
        let needs = needs(&card, false);
        let weights = needs.transformers.iter().map(|network| network.all);
        let weights = weights.sum::<u64>() as f64 / 1e9;
        let all = choose(&needs, u64::MAX).expect("fits").peak_bytes() as f64 / 1e9;
        println!("{}: weights {weights:.2} GB, all {all:.2} GB", card.id);
        let memory = card.memory_gb;
        let is_near = |stated: f64, computed: f64| (stated - computed).abs() < TOLERANCE_GB;
        assert!(is_near(memory.weights, weights), "{weights}");
        assert!(is_near(memory.at_native_size, all), "{all}");
    }
}

/// The tier of a release, as its card states it.
fn tier_of(id: &str) -> u32 {
    let (_, rest) = RELEASES.split_once(&format!("id: \"{id}\"")).expect(id);
    let (_, rest) = rest.split_once("tier_gb: ").expect("a tier");
    let (tier, _) = rest.split_once(',').expect("a number");
    tier.parse().expect("a number")
}

#[test]
fn the_tier_of_a_release_is_the_smallest_card_that_holds_its_transformer() {
    for card in cards() {
        let is_packed = version_of(&card) == Version::V2_5;
        let needs = needs(&card, is_packed);
        let holds = |tier_gb: &u32| {
            let bytes = u64::from(*tier_gb) * 1_000_000_000;
            let usable = usable_bytes(Device::Cuda(0), bytes, None);
            let plan = choose(&needs, usable);
            plan.is_ok_and(|plan| {
                println!("{} in {tier_gb} GB: {}", card.id, plan.words());
                !matches!(
                    plan.transformers,
                    TransformerForm::One(NetworkForm::Streamed { .. })
                )
            })
        };
        let tier = TIERS_GB.iter().find(|tier| holds(tier));
        assert_eq!(tier.copied(), Some(tier_of(&card.id)), "{}", card.id);
    }
}
