//! The two experts of a model among single files. Their names say which is which: `..._high_noise_14B.safetensors`,
//! `low_noise_model/`, `HighNoise`. The keys of both are the same.

use std::path::{Path, PathBuf};

use crate::experts::Expert;

/// The high-noise and the low-noise expert of two transformers below a folder. `None` if they are no pair.
pub fn pair(folder: &Path, one: &Path, other: &Path) -> Option<(PathBuf, PathBuf)> {
    let by = |mark: fn(&str) -> Option<Expert>| {
        let experts = [one, other].map(|path| marked_by(mark, folder, path));
        match experts {
            [Some(Expert::HighNoise), Some(Expert::LowNoise)] => Some((one, other)),
            [Some(Expert::LowNoise), Some(Expert::HighNoise)] => Some((other, one)),
            _ => None,
        }
    };
    let (high, low) = by(noise_mark).or_else(|| by(short_mark))?;
    Some((high.to_path_buf(), low.to_path_buf()))
}

/// The transformers below a folder as models: two experts whose names differ only in their marks, and all others by
/// themselves. An expert without the other is no model.
pub fn models_of(folder: &Path, transformers: &[&Path]) -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut models = Vec::new();
    let mut left: Vec<&Path> = transformers.to_vec();
    while let Some(one) = left.pop() {
        let name = unmarked_name(folder, one);
        let pair_with = |other: &Path| {
            let is_other = unmarked_name(folder, other) == name;
            is_other.then(|| pair(folder, one, other))?
        };
        let found = left.iter().enumerate();
        let mut found = found.filter_map(|(at, other)| Some((at, pair_with(other)?)));
        if let Some((at, (high, low))) = found.next() {
            left.remove(at);
            models.push((high, Some(low)));
        } else if expert_of(folder, one).is_none() {
            models.push((one.to_path_buf(), None));
        }
    }
    models.sort();
    models
}

/// The path of a transformer below a folder, without punctuation and without what marks an expert.
fn unmarked_name(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let inside = inside.to_string_lossy().to_ascii_lowercase();
    let words = inside.split(|sign: char| !sign.is_ascii_alphanumeric());
    let unmarked = words.filter(|word| !["high", "low"].contains(word));
    let name: String = unmarked.collect();
    name.replace("highnoise", "noise")
        .replace("lownoise", "noise")
}

/// The expert that a transformer below a folder is meant as.
pub fn expert_of(folder: &Path, path: &Path) -> Option<Expert> {
    marked_by(noise_mark, folder, path)
}

/// Whether a file below a folder is meant for one expert of a pair: "high noise", or "HIGH" as a word.
pub fn is_for_one_expert(folder: &Path, path: &Path) -> bool {
    let marks = [noise_mark, short_mark];
    let mut marks = marks.into_iter();
    marks.any(|mark| marked_by(mark, folder, path).is_some())
}

/// The name that the other expert of a pair usually has: the file's name, or that of its folder.
pub fn name_of_other(folder: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let mut names = inside.iter().rev().map(|name| name.to_string_lossy());
    let name = names.find(|name| noise_mark(name).is_some())?;
    let pairs = [("high", "low"), ("High", "Low"), ("HIGH", "LOW")];
    let swaps = pairs
        .into_iter()
        .flat_map(|(high, low)| [(high, low), (low, high)]);
    let expert = noise_mark(&name)?;
    let mut swapped = swaps.filter_map(|(this, that)| {
        let is_own = noise_mark(&format!("{this}noise")) == Some(expert);
        let at = name.rfind(this).filter(|_| is_own)?;
        Some(format!("{}{that}{}", &name[..at], &name[at + this.len()..]))
    });
    swapped.find(|other| noise_mark(other).is_some_and(|of| of != expert))
}

/// The mark in the file's name; else that of the nearest folder, up to `folder`.
fn marked_by(mark: fn(&str) -> Option<Expert>, folder: &Path, path: &Path) -> Option<Expert> {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let mut names = inside.iter().rev();
    names.find_map(|name| mark(&name.to_string_lossy()))
}

/// "high noise" or "low noise" in a name, however it is written.
fn noise_mark(name: &str) -> Option<Expert> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.collect::<String>().to_ascii_lowercase();
    match (letters.contains("highnoise"), letters.contains("lownoise")) {
        (true, false) => Some(Expert::HighNoise),
        (false, true) => Some(Expert::LowNoise),
        _ => None,
    }
}

/// "high" or "low" as a word of a name. It counts only where two files have one each.
fn short_mark(name: &str) -> Option<Expert> {
    let is_word = |wanted: &str| {
        let mut words = name.split(|sign: char| !sign.is_ascii_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case(wanted))
    };
    match (is_word("high"), is_word("low")) {
        (true, false) => Some(Expert::HighNoise),
        (false, true) => Some(Expert::LowNoise),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_pair(high: &str, low: &str) {
        let folder = Path::new("/models/mine");
        let (high, low) = (folder.join(high), folder.join(low));
        let expected = Some((high.clone(), low.clone()));
        assert_eq!(pair(folder, &high, &low), expected);
        assert_eq!(pair(folder, &low, &high), expected, "in any order");
    }

    #[test]
    fn experts_are_known_by_the_names_that_releases_give_them() {
        is_pair(
            "wan2.2_t2v_high_noise_14B_fp16.safetensors",
            "wan2.2_t2v_low_noise_14B_fp16.safetensors",
        );
        is_pair(
            "HighNoise/Wan2.2-T2V-A14B-HighNoise.safetensors",
            "LowNoise/Wan2.2-T2V-A14B-LowNoise.safetensors",
        );
        let index = "diffusion_pytorch_model.safetensors.index.json";
        is_pair(
            &format!("high_noise_model/{index}"),
            &format!("low_noise_model/{index}"),
        );
        is_pair(
            "Wan2_2-T2V-A14B_HIGH.safetensors",
            "Wan2_2-T2V-A14B-LOW.safetensors",
        );
    }

    #[test]
    fn the_pairs_of_several_models_are_not_mixed_up() {
        let folder = Path::new("/models");
        let names = [
            "HighNoise/Wan2.2-T2V-A14B-HighNoise-Q4_K_M.gguf",
            "HighNoise/Wan2.2-T2V-A14B-HighNoise-Q8_0.gguf",
            "LowNoise/Wan2.2-T2V-A14B-LowNoise-Q4_K_M.gguf",
            "LowNoise/Wan2.2-T2V-A14B-LowNoise-Q8_0.gguf",
            "Wan2_2-T2V-A14B-LOW_fp8.safetensors",
            "Wan2_2-T2V-A14B_HIGH_fp8.safetensors",
            "wan2.1_t2v_1.3B_fp16.safetensors",
            "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors",
            "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
            "wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors",
            "wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors",
            "x_high_noise.safetensors",
        ];
        let paths = names.map(|name| folder.join(name));
        let models = models_of(folder, &paths.each_ref().map(PathBuf::as_path));
        let at = |index: usize| paths[index].clone();
        let mut expected = vec![
            (at(0), Some(at(2))),
            (at(1), Some(at(3))),
            (at(5), Some(at(4))),
            (at(6), None),
            (at(7), Some(at(8))),
            (at(9), Some(at(10))),
        ];
        expected.sort();
        assert_eq!(models, expected);
    }

    #[test]
    fn other_transformers_are_no_pair() {
        let folder = Path::new("/models/low_noise_model");
        let is_pair =
            |one: &str, other: &str| pair(folder, &folder.join(one), &folder.join(other)).is_some();
        assert!(!is_pair(
            "a_high_noise.safetensors",
            "b_high_noise.safetensors"
        ));
        assert!(!is_pair("a_high_noise.safetensors", "b.safetensors"));
        assert!(!is_pair("highway.safetensors", "slow.safetensors"));
        let alone = folder.join("tiny.safetensors");
        assert_eq!(
            expert_of(folder, &alone),
            None,
            "its own name does not count"
        );
    }

    #[test]
    fn a_module_may_be_meant_for_one_expert() {
        let folder = Path::new("/models/low");
        let is_for_one = |name: &str| is_for_one_expert(folder, &folder.join(name));
        assert!(is_for_one("Fun_VACE_module_A14B_HIGH_bf16.safetensors"));
        assert!(is_for_one("vace_low_noise.safetensors"));
        assert!(!is_for_one("Wan2_1-VACE_module_14B_bf16.safetensors"));
    }

    #[test]
    fn the_missing_expert_has_a_name() {
        let folder = Path::new("/models/mine");
        let other = |name: &str| name_of_other(folder, &folder.join(name));
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(
            other("wan2.2_high_noise_14B.safetensors"),
            named("wan2.2_low_noise_14B.safetensors")
        );
        assert_eq!(
            other("A-LowNoise.safetensors"),
            named("A-HighNoise.safetensors")
        );
        assert_eq!(
            other("low_noise_model/x.safetensors"),
            named("high_noise_model")
        );
        assert_eq!(other("x.safetensors"), None);
    }
}
