//! Backups of the project, kept at each save: the last ten, one an hour for a day, one a day for a month.

use std::collections::BTreeSet;
use std::path::Path;

use super::disk::Disk;
use super::{BACKUP_FOLDER, FileError, PROJECT_FILE, failed};

const KEPT_ALWAYS: usize = 10;
const HOUR_SECS: u64 = 3600;
const DAY_SECS: u64 = 24 * HOUR_SECS;
const MONTH_SECS: u64 = 30 * DAY_SECS;

/// Backs up the project that is about to be replaced, and deletes backups that are too many. `now_secs` is Unix time.
pub(super) fn keep(disk: &impl Disk, folder: &Path, now_secs: u64) -> Result<(), FileError> {
    let project = folder.join(PROJECT_FILE);
    if !disk.exists(&project) {
        return Ok(());
    }
    let backups = folder.join(BACKUP_FOLDER);
    let bytes = disk.read(&project).map_err(failed("read", &project))?;
    disk.make_folder(&backups)
        .map_err(failed("make the folder", &backups))?;
    let copy = backups.join(name(now_secs));
    disk.replace(&copy, &bytes)
        .map_err(failed("write", &copy))?;
    let names = disk.names(&backups).unwrap_or_default();
    for old in too_many(
        names.iter().filter_map(|name| saved_at(name)).collect(),
        now_secs,
    ) {
        disk.remove(&backups.join(name(old))).ok(); // it is deleted next time
    }
    Ok(())
}

fn name(secs: u64) -> String {
    format!("project-{secs:012}.ron")
}

fn saved_at(name: &str) -> Option<u64> {
    name.strip_prefix("project-")?
        .strip_suffix(".ron")?
        .parse()
        .ok()
}

/// The times of the backups to delete.
fn too_many(mut times: Vec<u64>, now_secs: u64) -> Vec<u64> {
    times.sort_unstable();
    let always = times.len().saturating_sub(KEPT_ALWAYS);
    let mut periods = BTreeSet::new();
    let mut going = Vec::new();
    for time in &times[..always] {
        let age = now_secs.saturating_sub(*time);
        let period = if age < DAY_SECS {
            (HOUR_SECS, time / HOUR_SECS)
        } else {
            (DAY_SECS, time / DAY_SECS)
        };
        if age > MONTH_SECS || !periods.insert(period) {
            going.push(*time);
        }
    }
    going
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_thin_out_with_age() {
        let now = 100 * DAY_SECS;
        let every_minute: Vec<u64> = (0..3 * 24 * 60).map(|minute| now - minute * 60).collect();
        let going = too_many(every_minute.clone(), now);
        let kept = every_minute.len() - going.len();
        assert!((10 + 23..=10 + 28).contains(&kept), "{kept}");
        assert_eq!(
            too_many(vec![1, 2, 3], now),
            [0; 0],
            "the last ten stay, however old"
        );
    }
}
