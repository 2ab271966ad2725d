//! Installing a release: its files become orders of a download.

use std::path::Path;

use kinora_fetch::{Control, FolderLock, Order, Progress, discard_part, fetch_all};
use kinora_wire::Failure;

use super::failure::{disk_failure, failure_of};
use super::release::{Release, ReleaseFile};
use super::settings::{PUBLIC_HUB, Route};

/// The revision of a repository that is its newest.
const NEWEST: &str = "main";

/// Fetches what is missing of a release. Files that are there are left alone. Whoever calls this has shown the licence.
///
/// # Errors
/// The download failed or was stopped; no file has its name without its right bytes.
pub fn install(
    release: &Release,
    route: &Route,
    control: &Control,
    progress: &Progress,
) -> Result<(), Failure> {
    if release.licence.is_gated && route.fetch.token.is_none() && route.base == PUBLIC_HUB {
        return Err(Failure::refused(
            format!(
                "{} is only given to those who have accepted its licence on the hub",
                release.name
            ),
            format!(
                "accept it on {}, and name a file with your token as token_file in install.ron",
                release.licence.url
            ),
        ));
    }
    let orders = release.files.iter().map(|file| order(file, &route.base));
    let orders: Vec<Order> = orders.collect();
    control.set_limit(route.limit);
    fetch_all(&orders, &route.folder, &route.fetch, control, progress).map_err(failure_of)
}

/// Deletes what was fetched of the unfinished files of a release.
///
/// # Errors
/// A download into the folder is under way, or the disk refuses.
pub fn discard(release: &Release, folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Ok(());
    }
    let _lock = FolderLock::take(folder).map_err(failure_of)?;
    for file in &release.files {
        let path = folder.join(&file.place);
        if !path.exists() {
            discard_part(&path).map_err(|error| disk_failure("deleted", &path, &error))?;
        }
    }
    Ok(())
}

fn order(file: &ReleaseFile, base: &str) -> Order {
    Order {
        address: address(file, base),
        place: file.place.clone(),
        size_bytes: file.size,
        about_bytes: Some(file.about_bytes()).filter(|bytes| *bytes > 0),
        sha256: file.sha256.clone(),
    }
}

/// The address of a file, as hubs and their mirrors build it.
pub fn address(file: &ReleaseFile, base: &str) -> String {
    let revision = file.revision.as_deref().unwrap_or(NEWEST);
    format!(
        "{base}/{}/resolve/{revision}/{}",
        file.repository, file.path
    )
}

#[cfg(test)]
mod tests {
    use kinora_fetch::part_of;

    use super::*;
    use crate::install::catalogue::Catalogue;

    #[test]
    fn a_part_is_not_deleted_while_somebody_fetches_it() {
        let catalogue = Catalogue::built_in();
        let release = &catalogue.releases()[0];
        let folder = tempfile::tempdir().expect("a folder");
        let part = part_of(&folder.path().join(&release.files[0].place));
        std::fs::create_dir_all(part.parent().expect("a folder")).expect("made");
        std::fs::write(&part, "weights").expect("written");
        let lock = FolderLock::take(folder.path()).expect("free");
        assert!(discard(release, folder.path()).is_err() && part.exists());
        drop(lock);
        discard(release, folder.path()).expect("deleted");
        assert!(!part.exists());
        assert_eq!(discard(release, &folder.path().join("none")), Ok(()));
    }

    #[test]
    fn every_built_in_file_has_an_address_that_may_be_fetched() {
        let catalogue = Catalogue::built_in();
        for file in catalogue
            .releases()
            .iter()
            .flat_map(|release| &release.files)
        {
            let address = address(file, PUBLIC_HUB);
            assert_eq!(kinora_fetch::check_address(&address), Ok(()));
            // Some are published under a name that says nothing, and kept under one that does.
            let ending = |name: &str| Path::new(name).extension().map(ToOwned::to_owned);
            assert!(ending(&address).is_some(), "{address}");
            assert_eq!(ending(&address), ending(&file.name()), "{address}");
        }
    }
}
