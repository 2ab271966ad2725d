//! Files of made-up weights: all zero, so that what a network makes of a picture is known without running it, or drawn, so
//! that it makes something.

use std::fs;
use std::path::Path;

use serde_json::json;

/// A safetensors file of zeros: names and shapes.
pub fn write_zeros(path: &Path, tensors: impl IntoIterator<Item = (String, Vec<usize>)>) {
    write(path, tensors, |_, count| vec![0; 4 * count]);
}

/// A safetensors file of numbers around zero, the same for a name each time. Factors of norms are one.
pub fn write_drawn(path: &Path, tensors: impl IntoIterator<Item = (String, Vec<usize>)>) {
    write(path, tensors, |name, count| {
        let numbers = (0..count).map(|at| drawn(name, at));
        numbers.flat_map(f32::to_le_bytes).collect()
    });
}

fn drawn(name: &str, at: usize) -> f32 {
    let ends = [".gamma", ".alpha", "running_std", ".scale"];
    if ends.iter().any(|end| name.ends_with(end)) {
        return 1.0;
    }
    let mixed = name.bytes().fold(at as u64 + 1, |mixed, letter| {
        (mixed ^ u64::from(letter)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    let share = (mixed >> 40) as f32 / (1u32 << 24) as f32;
    (share - 0.5) * 0.6
}

/// A safetensors file of these bytes, by the name of each tensor and the count of its numbers.
pub fn write(
    path: &Path,
    tensors: impl IntoIterator<Item = (String, Vec<usize>)>,
    numbers: impl Fn(&str, usize) -> Vec<u8>,
) {
    let mut header = serde_json::Map::new();
    let mut bytes = Vec::new();
    for (name, shape) in tensors {
        let begin = bytes.len();
        bytes.extend(numbers(&name, shape.iter().product()));
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, bytes.len()] });
        header.insert(name, entry);
    }
    let header = serde_json::to_vec(&header).expect("a header");
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(bytes);
    fs::write(path, file).expect("written");
}
