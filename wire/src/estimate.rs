//! What a clip will take of its device, before its start: memory and seconds, as plain data.

use serde::{Deserialize, Serialize};

use crate::{Failure, MemoryUse};

/// The answer to a question for a clip that is not made yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "estimate", rename_all = "snake_case")]
pub enum Estimate {
    /// It can be made.
    Fits {
        /// How it would use the memory of the device.
        memory: MemoryUse,
        /// Seconds of denoising and decoding, from the speed of earlier clips or benchmarks of the same networks on this
        /// device. Reading the model's files is not counted. `None`: none was measured yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// No plan fits into the memory of the device.
    TooLarge {
        /// What it needs and what may be used, and the remedy.
        failure: Failure,
    },
    /// Nothing is known, for a reason that has nothing to do with memory: the request is refused, or a file is broken.
    Unknown {
        /// The reason.
        failure: Failure,
    },
}

impl Estimate {
    /// The memory, if the clip can be made.
    pub fn memory(&self) -> Option<&MemoryUse> {
        match self {
            Self::Fits { memory, .. } => Some(memory),
            Self::TooLarge { .. } | Self::Unknown { .. } => None,
        }
    }

    /// The seconds, if the clip can be made and the speed is known.
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Self::Fits { seconds, .. } => *seconds,
            Self::TooLarge { .. } | Self::Unknown { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_read_as_it_was_written_and_unknown_seconds_are_left_out() {
        let fits = |seconds| Estimate::Fits {
            memory: MemoryUse {
                plan: "all in memory".into(),
                bytes: 5_000_000_000,
                limit_bytes: 8_000_000_000,
                phases: Vec::new(),
            },
            seconds,
        };
        let failure = Failure::refused("it needs 9 GB, and may use 8 GB", "make it smaller");
        let too_large = Estimate::TooLarge { failure };
        for estimate in [fits(Some(12.5)), fits(None), too_large] {
            let text = serde_json::to_string(&estimate).expect("written");
            let has_seconds = text.contains("seconds");
            assert_eq!(has_seconds, estimate.seconds().is_some(), "{text}");
            let again: Estimate = serde_json::from_str(&text).expect("read");
            assert_eq!(again, estimate);
        }
    }
}
