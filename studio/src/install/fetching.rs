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
    use std::fs;

    use kinora_fetch::{Settings as FetchSettings, part_of};
    use kinora_wire::FailureKind;

    use super::*;
    use crate::install::catalogue::Catalogue;

    #[test]
    fn a_part_is_not_deleted_while_somebody_fetches_it() {
        let catalogue = Catalogue::built_in();
        let release = &catalogue.releases()[0];
        let folder = tempfile::tempdir().expect("a folder");
        let part = part_of(&folder.path().join(&release.files[0].place));
        fs::create_dir_all(part.parent().expect("a folder")).expect("made");
        fs::write(&part, "weights").expect("written");
        let lock = FolderLock::take(folder.path()).expect("free");
        assert!(discard(release, folder.path()).is_err() && part.exists());
        drop(lock);
        discard(release, folder.path()).expect("deleted");
        assert!(!part.exists());
        assert_eq!(discard(release, &folder.path().join("none")), Ok(()));
    }

    #[test]
    fn a_gated_release_is_refused_without_a_token_before_anything_is_asked_of_the_hub() {
        let catalogue = Catalogue::built_in();
        let folder = tempfile::tempdir().expect("a folder");
        let route = Route {
            folder: folder.path().to_path_buf(),
            base: PUBLIC_HUB.to_owned(),
            fetch: FetchSettings::for_hub(PUBLIC_HUB),
            limit: None,
        };
        let gated = [
            "ltx-2.5-dev",
            "ltx-2.5-distilled",
            "stable-audio-3-small-sfx",
            "stable-audio-3-small-music",
            "stable-audio-3-medium",
        ];
        for id in gated {
            let release = catalogue.get(id).expect("built in");
            let (control, progress) = (Control::default(), Progress::default());
            let failure = install(release, &route, &control, &progress).expect_err("no token");
            assert_eq!(failure.kind, FailureKind::Refused);
            let remedy = failure.remedy.expect("a remedy");
            assert!(remedy.contains(&release.licence.url), "{remedy}");
            assert!(remedy.contains("token_file"), "{remedy}");
        }
        let others = catalogue.releases().iter();
        let mut others = others.filter(|release| !gated.contains(&release.id.as_str()));
        assert!(others.all(|release| !release.licence.is_gated));
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
    }

    #[test]
    fn a_file_with_a_revision_is_fetched_from_that_commit() {
        let catalogue = Catalogue::built_in();
        let release = catalogue.get("ltx-2.3-dev").expect("built in");
        let [weights, _] = &release.files[..] else {
            panic!("{:?}", release.files)
        };
        let commit = weights.revision.as_deref().expect("a commit");
        assert_eq!(
            address(weights, "https://hub"),
            format!("https://hub/Lightricks/LTX-2.3/resolve/{commit}/ltx-2.3-22b-dev.safetensors")
        );
        let newest = ReleaseFile {
            revision: None,
            ..weights.clone()
        };
        assert!(address(&newest, "https://hub").contains("/resolve/main/"));
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
