//! How a job fails: a kind for programs, a cause and a remedy for people.
//! Failures are values; nothing panics.

use serde::{Deserialize, Serialize};

/// Why a job or a command failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{cause}{}", .remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default())]
pub struct Failure {
    /// The kind, for programs to decide on.
    pub kind: FailureKind,
    /// What went wrong, for people. Names the file, the key or the field.
    pub cause: String,
    /// What to do about it. `None` if nothing can be done.
    pub remedy: Option<String>,
}

/// Kinds of failure that programs handle differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The request cannot be carried out. It was refused before any work.
    Refused,
    /// A file of the model, or a file named in the request, cannot be used.
    BadFile,
    /// The device ran out of memory. What the job used was freed, so another job can run.
    OutOfMemory,
    /// The job was cancelled.
    Cancelled,
    /// A bug in Kinora or in a library: worth a report.
    Bug,
}

impl Failure {
    /// A request that cannot be carried out.
    pub fn refused(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, cause, Some(remedy.into()))
    }

    /// A file that cannot be used.
    pub fn bad_file(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FailureKind::BadFile, cause, Some(remedy.into()))
    }

    /// A job that was cancelled.
    pub fn cancelled() -> Self {
        Self::new(FailureKind::Cancelled, "cancelled", None)
    }

    /// A bug in the program.
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
