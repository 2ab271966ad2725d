//! What is reported of LoRA files that do not fit, or only in part.

use kinora_wire::Failure;

use crate::weights::checkpoint::Checkpoint;
use crate::weights::file::MappedFile;

/// Most keys in a message, before "and 312 more".
const MOST_KEYS_LISTED: usize = 4;

/// A key and its shape, with its number format where that is none of a change.
pub fn described(file: &MappedFile, key: &str) -> String {
    match file.tensors().get(key) {
        Some(info) if info.format.is_float() => format!("`{key}` {:?}", info.shape),
        Some(info) => format!("`{key}` {:?} of {}", info.shape, info.format),
        None => format!("`{key}`"),
    }
}

/// The first of some keys.
fn listed(keys: &[String]) -> String {
    let shown: Vec<&str> = keys
        .iter()
        .take(MOST_KEYS_LISTED)
        .map(String::as_str)
        .collect();
    let more = match keys.len().saturating_sub(MOST_KEYS_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// A note on the keys that fit nothing, of `all`, and on those of text encoders. `None` if there are none.
pub fn note(file: &MappedFile, all: usize, unfit: &[String], text: usize) -> Option<String> {
    let path = file.path().display();
    let mut notes = Vec::new();
    if !unfit.is_empty() {
        let (count, listed) = (unfit.len(), listed(unfit));
        notes.push(format!(
            "{count} of its {all} keys fit nothing in the model: {listed}"
        ));
    }
    if text > 0 {
        notes.push(format!("its {text} keys of a text encoder are not used"));
    }
    (!notes.is_empty()).then(|| format!("{path}: {}", notes.join("; ")))
}

/// The failure of a file that fits nothing: its keys, and how many belong to a text encoder or to another expert.
pub fn fits_nothing(
    file: &MappedFile,
    checkpoint: &Checkpoint,
    unfit: &[String],
    (text, others): (usize, usize),
) -> Failure {
    let why = match (unfit.is_empty(), text, others) {
        (false, ..) => listed(unfit),
        (true, 0, 0) => "it has no changes for it".to_owned(),
        (true, 0, _) => "it changes the low-noise expert of a model with two".to_owned(),
        (true, ..) => "it changes a text encoder only".to_owned(),
    };
    Failure::bad_file(
        format!(
            "{} fits nothing in {}: {why}",
            file.path().display(),
            checkpoint.path().display()
        ),
        "use it with the model that it was made for: of the same size, and of the same kind",
    )
}

/// The failure of a file with two tensors for the same piece of a change.
pub fn changed_twice(file: &MappedFile, key: &str, other: &str) -> Failure {
    Failure::bad_file(
        format!(
            "{} has the same change twice: `{other}` and `{key}`",
            file.path().display()
        ),
        "use the file as its makers released it, or save it with one of the two",
    )
}

/// The failure of an adapter of another kind.
pub fn foreign(file: &MappedFile, key: &str, name: &str) -> Failure {
    Failure::bad_file(
        format!(
            "{} is a {name}, which Kinora cannot add to a model: `{key}`",
            file.path().display()
        ),
        "use a LoRA without it: pairs of `lora_A` and `lora_B`, or of `lora_down` and `lora_up`",
    )
}
