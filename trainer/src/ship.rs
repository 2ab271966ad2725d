//! Copying the model's files and card into `assets/starter`, from where Kinora ships them.

use std::fs;
use std::path::Path;

use kinora_engine::family::wan::{self, transformer::Transformer};
use kinora_engine::library::{Card, CardFile, Family, Licence, Measured, Memory, Network};
use kinora_engine::weights::Survey;
use kinora_timeline::camera::Limits;
use kinora_wire::{CameraLimits, Failure, StageControl, WordList};

use crate::files::{hash_of, read, unwritable, write_whole};
use crate::measure::Findings;
use crate::model::Folder;
use crate::starter::{LATENT_CHANNELS, Size};
use crate::world::Vocabulary;

const ABOUT: &str = "A toy world: six kinds of characters in eight colours do six things in four places \
at four times of day. It is small enough to come with Kinora and to run anywhere, and knows nothing else.";
const HEADER: &str = "// The model that comes with Kinora. Written by `kinora-trainer ship`: figures are \
measured, hashes are of the\n// files in assets/starter.\n";

/// Copies the model of `size` into the sources at `root`, and writes its card with the measures of exactly these
/// files.
pub fn ship(model: &Folder, size: Size, findings: &Findings, root: &Path) -> Result<(), Failure> {
    let starter = root.join("assets/starter");
    fs::create_dir_all(&starter).map_err(|error| unwritable(&starter, &error.to_string()))?;
    let mut files = Vec::new();
    for (part, path) in model.files() {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = read(&path)?;
        let sha256 = hash_of(&bytes);
        if findings.files.get(&name) != Some(&sha256) {
            return Err(Failure::refused(
                format!("{} has changed since it was measured", path.display()),
                "measure the model again: kinora-trainer measure",
            ));
        }
        write_whole(&starter.join(&name), &bytes)?;
        files.push(CardFile {
            part,
            name,
            alternatives: Vec::new(),
            size: bytes.len() as u64,
            sha256: Some(sha256),
        });
    }
    // Models of their own: they have no cards, and are found by their names.
    for path in [model.upscaler(), model.interpolator()] {
        if path.exists() {
            let name = path.file_name().unwrap_or_default();
            write_whole(&starter.join(name), &read(&path)?)?;
        }
    }
    let measured = findings.measured.clone();
    let card = card(size, files, measured)?;
    let pretty = ron::ser::PrettyConfig::new()
        .depth_limit(3)
        .struct_names(false);
    let text = ron::ser::to_string_pretty(&card, pretty)
        .map_err(|error| Failure::bug(error.to_string()))?;
    write_whole(
        &starter.join("starter.ron"),
        format!("{HEADER}{text}\n").as_bytes(),
    )
}

fn card(size: Size, files: Vec<CardFile>, measured: Vec<Measured>) -> Result<Card, Failure> {
    let shape = size.transformer();
    let defaults = size.defaults();
    let parameters = Survey::of(|weights| Transformer::new(&shape, weights))?.count() as u64;
    Ok(Card {
        id: "starter".into(),
        name: "Kinora starter".into(),
        family: Family::Wan,
        files,
        licence: Licence {
            name: "MIT OR Apache-2.0".into(),
            conditions: "As Kinora itself: free to use for anything.".into(),
            url: "assets/starter in Kinora's sources".into(),
        },
        native_sizes: vec![defaults.size],
        network: Network::Wan(wan::Network {
            width: shape.width,
            ffn_width: shape.ffn_width,
            heads: shape.heads,
            layers: shape.layers,
            in_channels: LATENT_CHANNELS,
            out_channels: LATENT_CHANNELS,
            control_layers: shape.vace.map_or(0, |vace| vace.layers.len()),
            text_width: shape.text_width,
            has_camera: shape.camera.is_some(),
            camera_blocks: shape.camera.map_or(0, |camera| camera.residual_blocks),
            seen_pictures: 0,
            has_reference: false,
            takes_subjects: false,
            has_experts: false,
        }),
        parameters,
        defaults,
        memory_gb: Memory {
            weights: 0.02,
            at_native_size: 0.5,
        },
        about: ABOUT.into(),
        vocabulary: vocabulary(),
        camera: Some(camera()),
        stage_control: StageControl::Picture,
        measured,
    })
}

/// The camera speeds of the training data.
fn camera() -> CameraLimits {
    let Limits {
        metres_per_second,
        turn_degrees_per_second,
        zoom_octaves_per_second,
    } = Limits::STARTER;
    CameraLimits {
        metres_per_second,
        turn_degrees_per_second,
        zoom_octaves_per_second,
    }
}

/// The vocabulary by category, then the connecting words.
fn vocabulary() -> Vec<WordList> {
    let owned =
        |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
    let lists = Vocabulary::lists().into_iter();
    let named = lists.map(|(what, words)| WordList {
        what: what.into(),
        words: owned(&words),
    });
    let rest = WordList {
        what: String::new(),
        words: owned(&Vocabulary::joints()),
    };
    named.chain([rest]).collect()
}
