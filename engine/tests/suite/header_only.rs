//! Files that consist of a header alone: their data take no room on the disk. In 16 bits, or in 8 as ComfyUI packs them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::json;

/// The mark of a matrix in 8 bits whose columns were rotated. With these spaces it has the bytes that the released files
/// leave for it.
const MARK: &str = r#"{"format": "int8_tensorwise", "convrot": true, "convrot_groupsize": 256}"#;

/// A tensor of a file.
#[derive(Clone)]
pub struct Entry {
    pub key: String,
    pub dtype: &'static str,
    pub shape: Vec<i64>,
    /// Its bytes, where they are read when a file is opened.
    pub bytes: Option<&'static str>,
}

impl Entry {
    pub fn new(key: impl Into<String>, dtype: &'static str, shape: &[i64]) -> Self {
        Self {
            key: key.into(),
            dtype,
            shape: shape.to_vec(),
            bytes: None,
        }
    }

    /// Its size in bytes.
    pub fn size(&self) -> i64 {
        let bytes = match self.dtype {
            "F32" => 4,
            "BF16" => 2,
            _ => 1,
        };
        bytes * self.shape.iter().product::<i64>()
    }
}

/// Parameters in 16 bits, with a prefix before their names.
pub fn plain(prefix: &str, shapes: &BTreeMap<String, Vec<i64>>) -> Vec<Entry> {
    let entries = shapes.iter();
    entries
        .map(|(name, shape)| Entry::new(format!("{prefix}{name}"), "BF16", shape))
        .collect()
}

/// The same file in 8 bits: the matrices inside blocks with a scale for each row and a mark, but not those of the gates.
pub fn in_8_bits(entries: &[Entry]) -> Vec<Entry> {
    let mut packed = Vec::new();
    for entry in entries {
        let layer = entry.key.strip_suffix(".weight");
        let layer = layer.filter(|layer| {
            let is_block = ["blocks.", "layers."]
                .iter()
                .any(|part| layer.contains(part));
            is_block && entry.shape.len() == 2 && !layer.ends_with("to_gate_logits")
        });
        let Some(layer) = layer else {
            packed.push(entry.clone());
            continue;
        };
        packed.push(Entry {
            dtype: "I8",
            ..entry.clone()
        });
        let rows = entry.shape.first().copied().unwrap_or_default();
        packed.push(Entry::new(
            format!("{layer}.weight_scale"),
            "F32",
            &[rows, 1],
        ));
        packed.push(Entry {
            bytes: Some(MARK),
            ..Entry::new(format!("{layer}.comfy_quant"), "U8", &[MARK.len() as i64])
        });
    }
    packed
}

/// Writes a file of which only the header, and what is read with it, takes room on the disk.
pub fn write(path: &Path, entries: &[Entry], words: &[(&str, String)]) {
    let metadata: BTreeMap<&str, &String> =
        words.iter().map(|(name, text)| (*name, text)).collect();
    let mut header = format!("{{\"__metadata__\":{}", json!(metadata));
    let mut offset = 0;
    let mut contents = Vec::new();
    for entry in entries {
        let end = offset + entry.size();
        let Entry {
            key,
            dtype,
            shape,
            bytes,
        } = entry;
        write!(header, ",\"{key}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{offset},{end}]}}").ok();
        contents.extend(bytes.map(|bytes| (offset, bytes)));
        offset = end;
    }
    header.push('}');
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let mut file = File::create(path).expect("made");
    let length = header.len() as u64;
    file.write_all(&length.to_le_bytes()).expect("written");
    file.write_all(header.as_bytes()).expect("written");
    let data = 8 + length;
    file.set_len(data + offset as u64)
        .expect("room is not needed");
    for (at, bytes) in contents {
        file.seek(SeekFrom::Start(data + at as u64)).expect("there");
        file.write_all(bytes.as_bytes()).expect("written");
    }
}
