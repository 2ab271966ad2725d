//! Memory as plain data: how a job uses that of its device, and sizes as people write them.
//! "8GB", "8GiB", "8000MB".

use serde::{Deserialize, Serialize};

/// The environment variable with the memory that an engine may use, as `--memory` writes it. The option comes before it.
pub const MEMORY_VARIABLE: &str = "KINORA_MEMORY";

/// How a job uses the memory of its device, as it was planned before the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// In words: "all in memory", "parts in turn, transformer in blocks".
    pub plan: String,
    /// The most that is in use at once, in bytes: weights, and estimates of the work.
    pub bytes: u64,
    /// What it may use, in bytes: the free memory, or the limit of the request.
    pub limit_bytes: u64,
    /// What each phase uses.
    pub phases: Vec<PhaseMemory>,
}

/// The memory of one phase of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseMemory {
    /// "text", "pictures", "denoising" or "decoding".
    pub phase: String,
    /// The most that is in use at once, in bytes.
    pub bytes: u64,
}

impl MemoryUse {
    /// "transformer in blocks, 5.2 GB of 8 GB".
    pub fn words(&self) -> String {
        let (used, of) = (size_words(self.bytes), size_words(self.limit_bytes));
        format!("{}, {used} of {of}", self.plan)
    }
}

/// Units of a size and their bytes. Without a unit a size is in bytes.
const UNITS: [(&str, u64); 7] = [
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// The bytes of a size such as "8GB", "7.5 GiB" or "8000MB".
///
/// # Errors
/// It is no size above 0.
pub fn size_bytes(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let unit = UNITS.iter().find(|(unit, _)| upper.ends_with(*unit));
    let (number, factor) = match unit {
        Some((unit, factor)) => (upper.strip_suffix(*unit).unwrap_or(&upper), *factor),
        None => (upper.as_str(), 1),
    };
    let number: Option<f64> = number.trim().parse().ok();
    let bytes = number.map(|number| number * factor as f64);
    let bytes = bytes.filter(|bytes| (1.0..1e18).contains(bytes));
    bytes.map(|bytes| bytes as u64).ok_or_else(|| {
        format!("{text} is no size of memory: write it as 8GB, 8GiB or 8000MB, above 0")
    })
}

/// A size for people: "5.2 GB", "8 GB", "37 MB".
pub fn size_words(bytes: u64) -> String {
    let size = bytes as f64;
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.0} KB", size / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", size / 1e6),
        _ => {
            let tenths = format!("{:.1}", size / 1e9);
            format!("{} GB", tenths.strip_suffix(".0").unwrap_or(&tenths))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_in_the_units_that_people_write() {
        for (text, bytes) in [
            ("8GB", 8_000_000_000),
            ("8GiB", 8 << 30),
            ("8000MB", 8_000_000_000),
            ("7.5 gb", 7_500_000_000),
            ("512 MiB", 512 << 20),
            ("1000", 1000),
        ] {
            assert_eq!(size_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "-1GB", "0", "nan", "inf GB", "8TB", "8 G B"] {
            let why = size_bytes(text).expect_err(text);
            assert!(why.contains("8GB"), "{why}");
        }
    }

    #[test]
    fn a_use_of_memory_is_one_line() {
        let memory = MemoryUse {
            plan: "transformer in blocks".into(),
            bytes: 5_210_000_000,
            limit_bytes: 8_000_000_000,
            phases: Vec::new(),
        };
        assert_eq!(memory.words(), "transformer in blocks, 5.2 GB of 8 GB");
        assert_eq!(size_words(37_400_000), "37 MB");
        assert_eq!(size_words(999), "999 B");
    }
}
