//! How fast the devices of this machine were: operations of denoising and pixels of decoding per second, by the network
//! that did them. Kept in a file between runs of the program, so that a clip can be given its seconds before it starts.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{read_small, write_whole};

/// The file in the cache folder.
const FILE: &str = "speeds.json";
/// The most rates that are kept. The oldest ones go first.
const MOST_RATES: usize = 200;
/// Longest file, in bytes.
const LONGEST_FILE_BYTES: u64 = 1 << 20;

/// One measured rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rate {
    /// The name of the device.
    device: String,
    /// What it did: the network, and the form in which it was in memory.
    work: String,
    /// Operations or pixels per second.
    per_second: f64,
}

/// The measured rates.
#[derive(Debug, Default)]
pub struct Rates {
    /// `None`: they are kept in memory alone.
    file: Option<PathBuf>,
    /// The latest last.
    known: Vec<Rate>,
}

impl Rates {
    /// The rates in a cache folder. A file that cannot be read counts as empty: losing it costs only estimates.
    pub fn in_folder(cache: Option<&Path>) -> Self {
        let file = cache.map(|cache| cache.join(FILE));
        let known = file.as_deref().map(read).unwrap_or_default();
        Self { file, known }
    }

    /// The rate of a device at this work. `None`: it was never measured.
    pub fn of(&self, device: &str, work: &str) -> Option<f64> {
        let mut known = self.known.iter().rev();
        let found = known.find(|rate| rate.device == device && rate.work == work);
        found.map(|rate| rate.per_second)
    }

    /// Keeps a rate: `amount` in `seconds`. It replaces an earlier one. An amount or a time of nothing is no measure.
    pub fn keep(&mut self, device: &str, work: &str, amount: f64, seconds: f64) {
        let per_second = amount / seconds;
        if !(per_second.is_finite() && per_second > 0.0) {
            return;
        }
        if let Some(file) = &self.file {
            self.known = read(file); // another engine may have added some
        }
        self.known
            .retain(|rate| rate.device != device || rate.work != work);
        self.known.push(Rate {
            device: device.to_owned(),
            work: work.to_owned(),
            per_second,
        });
        let surplus = self.known.len().saturating_sub(MOST_RATES);
        self.known.drain(..surplus);
        self.write();
    }

    /// A failure is ignored: a lost file costs only estimates.
    fn write(&self) {
        if let Some(file) = &self.file
            && let Ok(text) = serde_json::to_vec_pretty(&self.known)
        {
            write_whole(file, &text).ok();
        }
    }
}

fn read(file: &Path) -> Vec<Rate> {
    let text = read_small(file, LONGEST_FILE_BYTES).unwrap_or_default();
    let mut known: Vec<Rate> = serde_json::from_slice(&text).unwrap_or_default();
    known.retain(|rate| rate.per_second.is_finite() && rate.per_second > 0.0);
    known
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_latest_rate_of_a_device_and_a_network_is_found_again_by_the_next_engine() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut rates = Rates::in_folder(Some(folder.path()));
        rates.keep("a card", "transformer", 10.0, 5.0);
        rates.keep("a card", "transformer", 30.0, 5.0);
        rates.keep("a card", "decoder", 8.0, 2.0);
        rates.keep("a card", "nothing", 0.0, 0.0);
        let again = Rates::in_folder(Some(folder.path()));
        let of = |device, work| again.of(device, work).map(|rate| rate as i64);
        assert_eq!(of("a card", "transformer"), Some(6));
        assert_eq!(of("a card", "decoder"), Some(4));
        assert_eq!(of("a card", "nothing"), None);
        assert_eq!(of("a processor", "transformer"), None);
    }

    #[test]
    fn two_engines_keep_the_rates_of_each_other_and_a_damaged_file_counts_as_empty() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        fs::write(&file, "[{\"device\":").expect("written");
        let mut one = Rates::in_folder(Some(folder.path()));
        let mut other = Rates::in_folder(Some(folder.path()));
        one.keep("a card", "one", 1.0, 1.0);
        other.keep("a card", "other", 1.0, 1.0);
        let again = Rates::in_folder(Some(folder.path()));
        assert!(again.of("a card", "one").is_some());
        assert!(again.of("a card", "other").is_some());
        for number in 0..2 * MOST_RATES {
            one.keep("a card", &number.to_string(), 1.0, 1.0);
        }
        assert_eq!(
            Rates::in_folder(Some(folder.path())).known.len(),
            MOST_RATES
        );
    }
}
