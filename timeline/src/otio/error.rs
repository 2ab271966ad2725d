//! Why an OTIO text could not be taken as a project: where in it, and what is wrong there.

use crate::check::Problem;

/// Why a text could not be taken as a project.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its bytes are no text.
    #[error("it is neither UTF-8 nor UTF-16 text")]
    NotText,
    /// It is no JSON.
    #[error("line {line}, column {column}: {why}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser expected.
        why: String,
    },
    /// It is JSON, but no timeline.
    #[error("{place}: {why}")]
    NotATimeline {
        /// Where in the file: "tracks".
        place: String,
        /// What is wrong.
        why: String,
    },
    /// It is a collection of several timelines.
    #[error("it holds {} timelines: \"{}\"", .0.len(), .0.join("\", \""))]
    SeveralTimelines(Vec<String>),
    /// It is a timeline that makes no project.
    #[error("the timeline makes no sense: {0}")]
    Inconsistent(Problem),
}
