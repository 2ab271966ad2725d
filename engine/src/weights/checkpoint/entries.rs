//! The parameters in the files of a checkpoint, by original name. Adapters, and packed numbers of an unknown kind, are
//! refused by what they are.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_wire::Failure;

use crate::weights::file::MappedFile;
use crate::weights::foreign::is_adapter;
use crate::weights::naming::{Named, Naming};
use crate::weights::packing::{NVFP4_PADDING, Packing, Packings};

/// A parameter in a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number of its file.
    pub file: usize,
    /// Its key there.
    pub key: String,
    /// How its numbers are stored.
    pub packing: Packing,
    /// Its shape in the network.
    pub shape: Vec<i64>,
    /// Its size in the files with its scales, in bytes.
    pub bytes: u64,
}

impl Entry {
    /// Scalars.
    pub fn numbers(&self) -> u64 {
        self.shape.iter().product::<i64>() as u64
    }

    /// Whether it is a matrix that is kept as it is stored.
    pub fn stays_packed(&self) -> bool {
        let [_, columns] = self.shape[..] else {
            return false;
        };
        match &self.packing {
            Packing::Plain(_) => false,
            Packing::Blocks(format) => columns % format.numbers() as i64 == 0,
            _ => true,
        }
    }

    /// Whether it can stand for a parameter of this shape. Some formats pad rows and columns.
    pub fn fits(&self, shape: &[i64]) -> bool {
        let padded =
            |length: &i64| length.saturating_add(NVFP4_PADDING - 1) / NVFP4_PADDING * NVFP4_PADDING;
        match self.packing {
            Packing::Nvfp4(..) => shape.iter().map(padded).eq(self.shape.iter().copied()),
            _ => self.shape == shape,
        }
    }
}

/// The parameters in files. `names` are the meanings of all keys, `path` is the checkpoint's.
pub fn entries(
    path: &Path,
    files: &[MappedFile],
    names: Vec<Named>,
    naming: &impl Naming,
) -> Result<BTreeMap<String, Entry>, Failure> {
    let packings = Packings::of(files)?;
    let mut names = names.into_iter();
    let mut found: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for (key, info) in file.tensors() {
            let Some(Named::Parameter(name)) = names.next() else {
                continue;
            };
            let key = key.as_str();
            if info.shape.contains(&0) || packings.is_companion(key) {
                continue; // a mark of the program that wrote it, or part of another tensor
            }
            if let Some(other) = found.insert(name, (index, key)) {
                return Err(same_twice(files, (index, key), other));
            }
        }
    }
    refuse_adapter(path, found.values().map(|(_, key)| *key))?;
    let mut entries = BTreeMap::new();
    for (name, (index, key)) in found {
        let Some(info) = files.get(index).and_then(|file| file.tensors().get(key)) else {
            continue;
        };
        let (packing, shape) = packings.of_parameter(index, key, info)?;
        let scales = packing.places().into_iter().filter_map(|scale| {
            let file = files.get(scale.file)?;
            Some(file.tensors().get(&scale.key)?.place.len())
        });
        let bytes = (info.place.len() + scales.sum::<usize>()) as u64;
        let entry = Entry {
            file: index,
            key: key.to_owned(),
            packing,
            shape,
            bytes,
        };
        entries.insert(name, entry);
    }
    restore_axes(files, &mut entries, naming);
    Ok(entries)
}

/// Gives the parameters of GGUF files the axes that their network has.
fn restore_axes(files: &[MappedFile], entries: &mut BTreeMap<String, Entry>, naming: &impl Naming) {
    let is_gguf = |entry: &Entry| files.get(entry.file).is_some_and(MappedFile::is_gguf);
    let first_length = |name: &str| entries.get(name)?.shape.first().copied();
    let shapes: Vec<(String, Vec<i64>)> = entries
        .iter()
        .filter(|(_, entry)| is_gguf(entry))
        .filter_map(|(name, entry)| {
            let shape = naming.whole_shape(name, &entry.shape, &first_length)?;
            let is_same = shape.iter().product::<i64>() == entry.shape.iter().product::<i64>();
            is_same.then(|| (name.clone(), shape))
        })
        .collect();
    for (name, shape) in shapes {
        if let Some(entry) = entries.get_mut(&name) {
            entry.shape = shape;
        }
    }
}

/// The failure of two tensors for one parameter.
fn same_twice(files: &[MappedFile], one: (usize, &str), other: (usize, &str)) -> Failure {
    let path = |index: usize| {
        let file = files.get(index);
        file.map_or_else(String::new, |file| file.path().display().to_string())
    };
    let ((index, key), (other_index, other_key)) = (one, other);
    let (here, there) = (path(index), path(other_index));
    match index == other_index {
        true => Failure::bad_file(
            format!("{here}: `{key}` and `{other_key}` are the same parameter"),
            "the file mixes two layouts: use one as its makers released it",
        ),
        false => Failure::bad_file(
            format!("`{key}` is in {here} and, as `{other_key}`, in {there}"),
            "take one of the two files out of the folder",
        ),
    }
}

fn refuse_adapter<'k>(path: &Path, keys: impl Iterator<Item = &'k str>) -> Result<(), Failure> {
    match is_adapter(keys) {
        true => Err(Failure::bad_file(
            format!(
                "{} is a LoRA or another adapter: a change to a network, not a network",
                path.display()
            ),
            "use the model that it was made for, with this file as its LoRA: `--lora FILE`",
        )),
        false => Ok(()),
    }
}
