//! The sha256 of a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

const CHUNK_BYTES: usize = 1 << 20;

/// The sha256 of a file, in hexadecimal. `read` gets the number of bytes so far; false ends the work with an error of
/// the kind `Interrupted`.
///
/// # Errors
/// The file cannot be read, or the work was ended.
pub fn sha256_of(path: &Path, read: &mut dyn FnMut(u64) -> bool) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut done = 0;
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            return Ok(format!("{:x}", hasher.finalize()));
        }
        hasher.update(&chunk[..count]);
        done += count as u64;
        if !read(done) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
}
