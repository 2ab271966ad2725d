//! The caches of a project: filmstrips, conformed sound, probes, surveys and proxies. All of it can be made again from
//! takes and media.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_render::project::ProjectFiles;
use kinora_timeline::ContentHash;

/// The size of the caches of the project in this folder, in bytes. Reads the disk: not for the window's thread.
///
/// # Errors
/// A folder cannot be read.
pub fn size_bytes(folder: &Path) -> io::Result<u64> {
    let files = files(folder)?.into_iter();
    let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len())); // none: it was removed meanwhile
    Ok(sizes.sum())
}

/// Deletes the caches of the project in this folder. Other files in their folders stay.
///
/// # Errors
/// A file cannot be deleted.
pub fn clear(folder: &Path) -> io::Result<()> {
    for file in files(folder)? {
        if let Err(error) = fs::remove_file(&file)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(())
}

/// The files that the caches have written: those with the hash of their source as name. Folders that do not exist
/// have none.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (cache, extension) in ProjectFiles::of(folder).caches() {
        let entries = match fs::read_dir(cache) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        let paths = entries.flatten().map(|entry| entry.path());
        files.extend(paths.filter(|path| is_cached(path, extension)));
    }
    Ok(files)
}

fn is_cached(path: &Path, extension: &str) -> bool {
    // The version of the reader may stand between: "HASH.r4.png".
    let name = path.file_name().and_then(OsStr::to_str);
    let name = name.and_then(|name| name.split('.').next());
    let is_hash = name.is_some_and(|name| ContentHash::try_from(name.to_owned()).is_ok());
    is_hash && path.extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use kinora_render::proxy::ProxySize;
    use kinora_timeline::media::{Deinterlacing, PictureSettings};

    use super::*;

    #[test]
    fn only_cached_files_are_counted_and_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(size_bytes(folder.path()).expect("no cache yet"), 0);
        let files = ProjectFiles::of(folder.path());
        let content = ContentHash::of(b"a medium");
        let usual = PictureSettings::default();
        let whole = PictureSettings {
            deinterlacing: Deinterlacing::On,
            ..usual
        };
        let strip = |settings| files.strip(content, settings);
        let proxy = files.proxy(content, whole, ProxySize::Quarter);
        let own = folder.path().join("cache/strips/own.png");
        for (path, text) in [
            (strip(usual), "strip"),
            (strip(whole), "whole"),
            (proxy.clone(), "proxy"),
            (files.conformed_sound(content), "sounds"),
            (files.conformed_sound(content).with_extension("ron"), "[]"),
            (own.clone(), "not of the cache"),
            (folder.path().join("project.ron"), "the project"),
        ] {
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        assert_eq!(size_bytes(folder.path()).expect("read"), 5 + 5 + 5 + 6 + 2);
        clear(folder.path()).expect("deleted");
        assert_eq!(size_bytes(folder.path()).expect("read"), 0);
        assert!(!strip(usual).exists() && !strip(whole).exists() && !proxy.exists());
        assert!(!files.conformed_sound(content).exists());
        assert!(
            !files
                .conformed_sound(content)
                .with_extension("ron")
                .exists()
        );
        assert!(own.exists() && folder.path().join("project.ron").exists());
    }
}
