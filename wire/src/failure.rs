//! How a job fails: what went wrong, and what a person can do about it. A value, never a panic.

use serde::{Deserialize, Serialize};

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{cause}{}", .remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default())]
pub struct Failure {
    /// What sort of failure it is, for programs.
    pub kind: FailureKind,
    /// What went wrong, for people: names the file, the key, the field.
    pub cause: String,
    /// What to do about it, where something can be done.
    pub remedy: Option<String>,
}

/// The sorts of failure that call for different answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The request asks for something impossible; refused before any work.
    Refused,
    /// A file of the model, or one the request names, cannot be used.
    BadFile,
    /// The device's memory does not suffice. It was freed; another job can run.
    OutOfMemory,
    /// Someone asked for it to end.
    Cancelled,
    /// Our mistake, or the library's: worth a report.
    Bug,
}

impl Failure {
    /// The request cannot be honoured.
    pub fn refused(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, cause, Some(remedy.into()))
    }

    /// A file cannot be used.
    pub fn bad_file(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FailureKind::BadFile, cause, Some(remedy.into()))
    }

    /// Ended because someone asked.
    pub fn cancelled() -> Self {
        Self::new(FailureKind::Cancelled, "cancelled", None)
    }

    /// A mistake of the program.
    pub fn bug(cause: impl Into<String>) -> Self {
        let remedy = "this is a mistake in Kinora: please report it with these words";
        Self::new(FailureKind::Bug, cause, Some(remedy.into()))
    }

    fn new(kind: FailureKind, cause: impl Into<String>, remedy: Option<String>) -> Self {
        Self {
            kind,
            cause: cause.into(),
            remedy,
        }
    }
}
