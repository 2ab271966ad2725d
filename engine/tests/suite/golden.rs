//! Reads the goldens: tensors by name, and the cases they belong to, as JSON.
//! Also comparisons with a tolerance.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_engine::weights::{MappedFile, view_of};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::Tensor;

/// The folder that `cargo xtask goldens` writes to.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens")
}

/// What engine/goldens/PART.py wrote.
pub fn open(part: &str) -> MappedFile {
    MappedFile::open(&folder().join(format!("{part}.safetensors"))).expect("goldens")
}

/// The JSON in the metadata of the file.
pub fn parsed<Notes: DeserializeOwned>(file: &MappedFile) -> Notes {
    serde_json::from_str(&file.metadata()["cases"]).expect("cases")
}

/// Goldens with a list of cases.
pub struct Goldens {
    file: MappedFile,
    cases: BTreeMap<String, Value>,
}

impl Goldens {
    /// What engine/goldens/PART.py wrote.
    pub fn of(part: &str) -> Self {
        let file = open(part);
        let cases = parsed(&file);
        Self { file, cases }
    }

    pub fn cases(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.cases.iter().map(|(name, case)| (name.as_str(), case))
    }

    pub fn case(&self, name: &str) -> &Value {
        &self.cases[name]
    }

    pub fn tensor(&self, name: &str) -> Tensor {
        self.file.tensor(name).expect("a golden of this name")
    }
}

/// A number of a case; zero if it is missing.
pub fn number(case: &Value, key: &str) -> i64 {
    case[key].as_i64().unwrap_or(0)
}

/// A list of numbers of a case.
pub fn numbers(value: &Value) -> Vec<i64> {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_i64).collect()
}

/// Writes tensors as a safetensors file in a folder.
pub fn write_weights(
    folder: &tempfile::TempDir,
    tensors: impl Iterator<Item = (String, Tensor)>,
) -> PathBuf {
    let views = tensors.map(|(key, tensor)| (key, view_of(&tensor).expect("a view")));
    let path = folder.path().join("weights.safetensors");
    safetensors::serialize_to_file(views, None, &path).expect("written");
    path
}

/// Asserts that the largest absolute difference is below `tolerance`.
#[track_caller]
pub fn assert_close(name: &str, ours: &Tensor, theirs: &Tensor, tolerance: f64) {
    assert_eq!(ours.size(), theirs.size(), "{name}");
    let difference = (ours - theirs).abs().max().double_value(&[]);
    let size = theirs.abs().mean(tch::Kind::Float).double_value(&[]);
    println!("{name}: differs by at most {difference:.1e} where numbers are about {size:.2}");
    assert!(
        difference <= tolerance, // also false for NaN
        "{name}: differs by {difference:e}, more than {tolerance:e}"
    );
}
