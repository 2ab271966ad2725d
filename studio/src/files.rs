//! Files written whole or not at all: beside their place first, onto the disk, then under their name.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes bytes; on a failure what was there before is still there, and nothing else.
///
/// # Errors
/// What the disk says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(path);
    name.push(".part");
    let beside = Path::new(&name);
    let written = || -> io::Result<()> {
        let mut file = File::create(beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(beside, path)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    };
    written().inspect_err(|_| {
        fs::remove_file(beside).ok();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_old_one_or_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.ron");
        write_whole(&path, b"one").expect("written");
        write_whole(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        fs::create_dir(folder.path().join("b.ron")).expect("a folder where a file should be");
        assert!(write_whole(&folder.path().join("b.ron"), b"three").is_err());
        assert_eq!(
            fs::read_dir(folder.path()).expect("listed").count(),
            2,
            "no part is left"
        );
    }
}
