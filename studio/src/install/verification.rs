//! Verifying a release: the files on the disk are hashed and compared with the card, or with what the hub reported.

use std::path::Path;

use kinora_fetch::{remembered, sha256_of};
use kinora_wire::{Failure, FileVerdict};

use super::failure::disk_failure;
use super::release::{Release, ReleaseFile};
use super::state::ReleaseState;

/// Hashes the files of a release. `read` gets the bytes so far and all bytes; false ends the work.
///
/// # Errors
/// A file is missing or cannot be read, or the work was ended.
pub fn verify(
    release: &Release,
    folder: &Path,
    read: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Vec<FileVerdict>, Failure> {
    let all_bytes = ReleaseState::of(release, folder).bytes();
    let mut done_bytes = 0;
    let mut verdicts = Vec::new();
    for file in &release.files {
        let path = folder.join(&file.place);
        if !path.is_file() {
            return Err(Failure::bad_file(
                format!("{} is missing", path.display()),
                format!(
                    "`kinora models install {}` fetches what is missing",
                    release.id
                ),
            ));
        }
        let mut is_ended = false;
        let mut last = 0;
        let hashed = sha256_of(&path, &mut |bytes| {
            last = bytes;
            is_ended = !read(done_bytes + bytes, all_bytes);
            !is_ended
        });
        if is_ended {
            return Err(Failure::cancelled());
        }
        let sha256 = hashed.map_err(|error| disk_failure("read", &path, &error))?;
        done_bytes += last;
        verdicts.push(verdict(release, file, &path, sha256));
    }
    Ok(verdicts)
}

fn verdict(release: &Release, file: &ReleaseFile, path: &Path, sha256: String) -> FileVerdict {
    let reported = || remembered(path).map(|origin| origin.sha256);
    let known = file.sha256.clone().or_else(reported);
    let is_wrong = known
        .as_ref()
        .is_some_and(|known| !known.eq_ignore_ascii_case(&sha256));
    let wrong = is_wrong.then(|| {
        Failure::bad_file(
            format!("{} is not the file that was published", path.display()),
            format!(
                "`kinora models remove {0}`, then `kinora models install {0}`",
                release.id
            ),
        )
    });
    FileVerdict {
        path: path.display().to_string(),
        wrong,
        is_known: known.is_some(),
        sha256,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::install::catalogue::Catalogue;

    #[test]
    fn a_changed_file_is_reported_and_a_missing_one_is_an_error() {
        let catalogue = Catalogue::built_in();
        let mut release = catalogue.releases()[0].clone();
        release.files.truncate(1);
        release.files[0].size = None;
        release.files[0].sha256 = Some("0".repeat(64));
        let folder = tempfile::tempdir().expect("a folder");
        let ask = |release: &Release| verify(release, folder.path(), &mut |_, _| true);
        assert!(
            ask(&release)
                .expect_err("missing")
                .cause
                .contains("missing")
        );
        let path = folder.path().join(&release.files[0].place);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, "weights").expect("written");
        let verdicts = ask(&release).expect("hashed");
        assert!(verdicts[0].wrong.is_some());
        release.files[0].sha256 = Some(verdicts[0].sha256.to_uppercase());
        assert_eq!(ask(&release).expect("hashed")[0].wrong, None);
        release.files[0].sha256 = None;
        assert!(!ask(&release).expect("hashed")[0].is_known);
        let stopped = verify(&release, folder.path(), &mut |_, _| false);
        assert_eq!(stopped, Err(Failure::cancelled()));
    }
}
