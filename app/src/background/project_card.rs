//! The picture and the date of a recent project, for the welcome page.

use std::cell::OnceCell;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use egui::{Context, TextureHandle, TextureOptions};
use kinora_studio::take::take_store::TakeStore;
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::file::{Access, Document, JOURNAL_FILE, PROJECT_FILE, RealDisk};

use super::images::thumbnail_of;
use super::path_cache::PathCache;

/// The longest side of the picture, in pixels.
const LONGEST_SIDE: u32 = 160;
const SECONDS_PER_DAY: u64 = 86_400;
/// A change that is older is shown with its date.
const MOST_DAYS: u64 = 7;

/// What is shown of a project that is not open.
#[derive(Clone, Default)]
pub struct ProjectCard {
    /// The poster of a chosen take.
    pub picture: Option<TextureHandle>,
    pub changed: Option<SystemTime>,
}

/// The cards of recent projects. They are read on another thread.
#[derive(Default)]
pub struct ProjectCards(OnceCell<PathCache<ProjectCard>>);

impl ProjectCards {
    /// The card of the project in a folder; `None` until it is read.
    pub fn get(&self, ctx: &Context, folder: &Path) -> Option<ProjectCard> {
        let cards = self.0.get_or_init(|| {
            let shared = ctx.clone();
            PathCache::start(ctx, move |folder| read(&shared, folder))
        });
        cards.get(folder)
    }
}

fn read(ctx: &Context, folder: &Path) -> ProjectCard {
    let changed = [PROJECT_FILE, JOURNAL_FILE].into_iter().filter_map(|file| {
        let found = std::fs::metadata(folder.join(file)).ok()?;
        found.modified().ok()
    });
    ProjectCard {
        changed: changed.max(),
        picture: chosen_take(folder).and_then(|take| {
            let image = thumbnail_of(&TakeStore::of(folder).poster(take), LONGEST_SIDE)?;
            let name = format!("poster {}", folder.display());
            Some(ctx.load_texture(name, image, TextureOptions::LINEAR))
        }),
    }
}

/// The chosen take of the first shot that has one.
fn chosen_take(folder: &Path) -> Option<ContentHash> {
    let (document, _) = Document::open(RealDisk, folder, Access::Look).ok()?;
    document.project().shots().find_map(|shot| shot.chosen)
}

/// "Changed today", "Changed 3 days ago", or the date of an older change.
pub fn changed_words(changed: SystemTime, now: SystemTime) -> String {
    let age = now.duration_since(changed).unwrap_or_default();
    match age.as_secs() / SECONDS_PER_DAY {
        0 => "Changed today".into(),
        1 => "Changed yesterday".into(),
        days if days < MOST_DAYS => format!("Changed {days} days ago"),
        _ => {
            let since = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("Changed on {}", date_words(since))
        }
    }
}

/// The date of a time since 1970, in UTC: "2026-11-28". The arithmetic is that of Howard Hinnant's `civil_from_days`:
/// years begin in March, so that the leap day is their last.
fn date_words(since: Duration) -> String {
    const DAYS_BEFORE_1970: u64 = 719_468;
    const DAYS_PER_ERA: u64 = 146_097; // 400 years
    let days = since.as_secs() / SECONDS_PER_DAY + DAYS_BEFORE_1970;
    let (era, day) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = match month < 10 {
        true => (month + 3, 0),
        false => (month - 9, 1),
    };
    format!("{}-{month:02}-{date:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use kinora_studio::{Project, Session};

    use super::*;

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * SECONDS_PER_DAY)
    }

    #[test]
    fn a_change_has_a_day_or_a_date() {
        let now = UNIX_EPOCH + days(20_000);
        let words = |age| changed_words(now - days(age), now);
        assert_eq!(words(0), "Changed today");
        assert_eq!(words(1), "Changed yesterday");
        assert_eq!(words(3), "Changed 3 days ago");
        assert_eq!(words(20_000), "Changed on 1970-01-01");
        for (day, date) in [
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(date_words(days(day)), date);
        }
    }

    #[test]
    fn a_project_without_a_take_has_a_date_and_no_picture() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("a.kinora");
        drop(Session::create(&folder, &Project::default()).expect("created"));
        let card = read(&Context::default(), &folder);
        assert!(card.changed.is_some() && card.picture.is_none());
        let none = read(&Context::default(), &home.path().join("b.kinora"));
        assert!(none.changed.is_none());
    }
}
