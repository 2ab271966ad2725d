//! How an engine ended: not started, of another build, against the protocol, or stopped; with the signal and the last lines
//! of stderr.

use std::path::PathBuf;
use std::process::ExitStatus;

use crate::PROTOCOL;

/// How an engine ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It could not be started.
    #[error("{} could not be started: {why}", program.display())]
    NotStarted {
        /// The program that was to be started.
        program: PathBuf,
        /// The system's error.
        why: String,
    },
    /// It uses another protocol version, so the connection was closed.
    #[error(
        "the engine has protocol {engine} and this studio {PROTOCOL}: both must come from one build of Kinora"
    )]
    OtherProtocol {
        /// The protocol version in its hello.
        engine: u32,
    },
    /// It sent bytes that do not follow the protocol, and was killed.
    #[error("the engine was stopped: {why}")]
    ProtocolError {
        /// What was wrong with the message.
        why: String,
        /// The end of what it wrote to stderr.
        stderr_tail: Vec<String>,
    },
    /// The process exited by itself, or was killed.
    #[error("the engine ended ({how})")]
    Stopped {
        /// "exit status: 1", "signal: 9 (SIGKILL)".
        how: String,
        /// The signal that ended it, if one did.
        signal: Option<i32>,
        /// The end of what it wrote to stderr.
        stderr_tail: Vec<String>,
    },
}

impl Ended {
    /// The end of what the engine wrote to stderr.
    pub fn stderr_tail(&self) -> &[String] {
        match self {
            Self::ProtocolError { stderr_tail, .. } | Self::Stopped { stderr_tail, .. } => {
                stderr_tail
            }
            Self::NotStarted { .. } | Self::OtherProtocol { .. } => &[],
        }
    }

    /// Whether SIGKILL ended it: sent by a person, or by the system when memory ran out.
    pub fn was_killed(&self) -> bool {
        const SIGKILL: i32 = 9;
        matches!(self, Self::Stopped { signal, .. } if *signal == Some(SIGKILL))
    }
}

pub(super) fn stopped(status: std::io::Result<ExitStatus>, stderr_tail: Vec<String>) -> Ended {
    let (how, signal) = match status {
        Ok(status) => (status.to_string(), signal_of(status)),
        Err(error) => (error.to_string(), None),
    };
    Ended::Stopped {
        how,
        signal,
        stderr_tail,
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}
