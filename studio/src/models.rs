//! Which models are installed: so far, each folder of the model folder that holds weights.

use std::fs;
use std::path::{Path, PathBuf};

/// A model on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The name of its folder.
    pub name: String,
    /// Where it lies.
    pub folder: PathBuf,
    /// Bytes of all its weight files.
    pub weight_bytes: u64,
}

/// The models in `folder`, by name. A folder that is not there holds none.
pub fn find(folder: &Path) -> Vec<Model> {
    let mut models: Vec<Model> = entries(folder).filter_map(model_in).collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models
}

fn model_in(folder: PathBuf) -> Option<Model> {
    // A model's files lie in its folder or, in the diffusers layout, one folder further down.
    let weight_bytes = entries(&folder)
        .flat_map(|entry| {
            if entry.is_dir() {
                entries(&entry).collect()
            } else {
                vec![entry]
            }
        })
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "safetensors")
        })
        .filter_map(|file| file.metadata().ok())
        .map(|meta| meta.len())
        .sum();
    let name = folder.file_name()?.to_string_lossy().into_owned();
    (weight_bytes > 0).then_some(Model {
        name,
        folder,
        weight_bytes,
    })
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_weights_is_a_model_in_either_layout() {
        let root = tempfile::tempdir().expect("a temporary folder");
        for file in [
            "flat/model.safetensors",
            "diffusers/vae/vae.safetensors",
            "empty/readme.txt",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("make");
            fs::write(path, b"1234").expect("write");
        }
        let names: Vec<_> = find(root.path())
            .into_iter()
            .map(|model| (model.name, model.weight_bytes))
            .collect();
        assert_eq!(names, [("diffusers".to_owned(), 4), ("flat".to_owned(), 4)]);
        assert_eq!(find(&root.path().join("nowhere")), []);
    }
}
