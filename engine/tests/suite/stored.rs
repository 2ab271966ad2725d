//! Files of packed weights, written byte by byte: safetensors with any number format, and GGUF.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use kinora_engine::weights::{Dtype, Named, Naming, TensorBytes};
use tch::{Kind, Tensor};

/// A naming in which the keys are the original names.
pub struct AsTheyAre;

impl Naming for AsTheyAre {
    fn family(&self) -> &'static str {
        "drawn"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let named = |key: &&str| Named::Parameter((*key).to_owned());
        keys.iter().map(named).collect()
    }
}

/// The bytes of a tensor, in whatever kind it is.
pub fn bytes(tensor: &Tensor) -> Vec<u8> {
    let flat = tensor.contiguous().reshape([-1]);
    Vec::<u8>::try_from(flat.view_dtype(Kind::Uint8)).expect("bytes")
}

pub fn shape(tensor: &Tensor) -> Vec<usize> {
    tensor
        .size()
        .iter()
        .map(|&length| length as usize)
        .collect()
}

/// A tensor whose kind has as many bytes as the number format, under the name of that format.
pub fn raw(dtype: Dtype, tensor: &Tensor) -> TensorBytes {
    TensorBytes::new(dtype, shape(tensor), bytes(tensor))
}

/// Text as a tensor of bytes: a mark.
pub fn mark(text: &str) -> TensorBytes {
    raw(Dtype::U8, &Tensor::from_slice(text.as_bytes()))
}

/// Writes a safetensors file.
pub fn write(path: &Path, tensors: Vec<(String, TensorBytes)>, words: &[(&str, String)]) {
    let words = words.iter();
    let words: HashMap<String, String> = words
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    safetensors::serialize_to_file(tensors, Some(words), path).expect("written");
}

/// The number of fp32 among GGUF's formats.
pub const F32: u32 = 0;
/// The number of `Q8_0`.
pub const Q8_0: u32 = 8;

/// A GGUF file in the making.
#[derive(Default)]
pub struct Gguf {
    entries: Vec<u8>,
    entry_count: u64,
    tensors: Vec<(String, u32, Vec<usize>, Vec<u8>)>,
}

impl Gguf {
    pub fn text(&mut self, key: &str, value: &str) {
        self.entry(key, 8);
        self.entries.extend(text(value));
    }

    pub fn texts(&mut self, key: &str, values: &[String]) {
        let values: Vec<Vec<u8>> = values.iter().map(|value| text(value)).collect();
        self.list(key, 8, &values);
    }

    pub fn floats(&mut self, key: &str, values: &[f32]) {
        let values: Vec<Vec<u8>> = values.iter().map(|x| x.to_le_bytes().to_vec()).collect();
        self.list(key, 6, &values);
    }

    pub fn integers(&mut self, key: &str, values: &[i32]) {
        let values: Vec<Vec<u8>> = values.iter().map(|x| x.to_le_bytes().to_vec()).collect();
        self.list(key, 5, &values);
    }

    pub fn bytes(&mut self, key: &str, values: &[u8]) {
        let values: Vec<Vec<u8>> = values.iter().map(|&byte| vec![byte]).collect();
        self.list(key, 0, &values);
    }

    /// A tensor with this number of its format. `shape` has the slowest axis first.
    pub fn tensor(&mut self, name: &str, format: u32, shape: Vec<usize>, bytes: Vec<u8>) {
        self.tensors.push((name.to_owned(), format, shape, bytes));
    }

    /// A tensor of fp32 numbers.
    pub fn plain(&mut self, name: &str, tensor: &Tensor) {
        self.tensor(name, F32, shape(tensor), bytes(tensor));
    }

    /// Writes the file. Returns the length of its header, in bytes.
    pub fn write(&self, path: &Path) -> usize {
        let mut header = b"GGUF".to_vec();
        header.extend(3u32.to_le_bytes());
        header.extend((self.tensors.len() as u64).to_le_bytes());
        header.extend(self.entry_count.to_le_bytes());
        header.extend(&self.entries);
        let mut data: Vec<u8> = Vec::new();
        for (name, format, shape, bytes) in &self.tensors {
            header.extend(text(name));
            header.extend((shape.len() as u32).to_le_bytes());
            for &length in shape.iter().rev() {
                header.extend((length as u64).to_le_bytes());
            }
            header.extend(format.to_le_bytes());
            header.extend((data.len() as u64).to_le_bytes());
            data.extend(bytes);
            data.resize(data.len().next_multiple_of(32), 0);
        }
        header.resize(header.len().next_multiple_of(32), 0);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, [header.as_slice(), &data].concat()).expect("written");
        header.len()
    }

    fn entry(&mut self, key: &str, kind: u32) {
        self.entries.extend(text(key));
        self.entries.extend(kind.to_le_bytes());
        self.entry_count += 1;
    }

    fn list(&mut self, key: &str, kind: u32, values: &[Vec<u8>]) {
        self.entry(key, 9);
        self.entries.extend(kind.to_le_bytes());
        self.entries.extend((values.len() as u64).to_le_bytes());
        self.entries.extend(values.concat());
    }
}

/// A length and the bytes of a text.
fn text(value: &str) -> Vec<u8> {
    let length = (value.len() as u64).to_le_bytes();
    [&length[..], value.as_bytes()].concat()
}
