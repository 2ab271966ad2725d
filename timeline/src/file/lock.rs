//! The lock of a project that is open for editing. The system releases a lock when its holder ends, however it ends,
//! so a lock is never stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

const LOCK_FILE: &str = ".lock";

/// The lock; released when dropped.
#[derive(Debug)]
pub struct Lock {
    _held: File,
}

impl Lock {
    /// Takes the lock; `None` if another program holds it. On a file system without locks everybody gets it.
    pub fn take(folder: &Path) -> io::Result<Option<Self>> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(LOCK_FILE))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                return Err(error);
            }
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // For people who look inside; the lock itself is the system's.
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .ok();
        Ok(Some(Self { _held: file }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_does_not_get_it_until_the_first_lets_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = Lock::take(folder.path()).expect("asked").expect("free");
        assert!(Lock::take(folder.path()).expect("asked").is_none());
        drop(first);
        assert!(Lock::take(folder.path()).expect("asked").is_some());
    }
}
