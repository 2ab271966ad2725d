//! All releases: those built in, and those of the user's own cards in `releases/` of the data folder.

use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use kinora_wire::Failure;

use super::release::{Release, parse};
use crate::folders::Folders;

static BUILT_IN: Dir = include_dir!("$CARGO_MANIFEST_DIR/../assets/releases");

/// Longest card, in bytes.
const LONGEST_CARD_BYTES: u64 = 1 << 20;

/// All releases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    releases: Vec<Release>,
    /// Why cards of the user, or releases on them, are not used.
    pub bad_cards: Vec<Failure>,
}

impl Catalogue {
    /// Reads the user's cards too. Of two releases with one id the built-in one counts.
    pub fn load(folders: &Folders) -> Self {
        let mut catalogue = Self::built_in();
        let own = folders.data.join("releases");
        let mut paths: Vec<_> = fs::read_dir(own)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        paths.sort();
        for path in paths {
            if path.extension().is_some_and(|extension| extension == "ron") {
                catalogue.add_card(&path);
            }
        }
        catalogue
    }

    /// Only what comes with the program.
    pub fn built_in() -> Self {
        let mut catalogue = Self::default();
        for file in BUILT_IN.files() {
            // A test parses all of them.
            let releases = file.contents_utf8().and_then(|text| parse(text).ok());
            catalogue.releases.extend(releases.unwrap_or_default());
        }
        catalogue
    }

    fn add_card(&mut self, path: &Path) {
        let read = fs::metadata(path).and_then(|metadata| match metadata.len() {
            0..=LONGEST_CARD_BYTES => fs::read_to_string(path),
            _ => Err(std::io::Error::other("it is too long")),
        });
        let parsed = read.map_err(|error| error.to_string());
        match parsed.and_then(|text| parse(&text)) {
            Ok(releases) => self.add(releases, path),
            Err(why) => self.bad_cards.push(Failure::bad_file(
                format!("the release card {} cannot be used: {why}", path.display()),
                "mend it (assets/releases has cards to compare with) or remove it",
            )),
        }
    }

    /// Adds the releases of a card. A copy of a known one is no news.
    fn add(&mut self, releases: Vec<Release>, path: &Path) {
        for release in releases {
            match self.find(&release.id) {
                None => self.releases.push(release),
                Some(known) if *known == release => {}
                Some(known) => self.bad_cards.push(Failure::bad_file(
                    format!(
                        "the release {} on the card {} is not used: {} has the same id",
                        release.id,
                        path.display(),
                        known.name
                    ),
                    "give it an id of its own, or remove it",
                )),
            }
        }
    }

    /// All of them, in the order of their cards.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The release with this id.
    pub fn find(&self, id: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }

    /// The release with this id.
    ///
    /// # Errors
    /// There is none; the remedy names the command that lists all.
    pub fn get(&self, id: &str) -> Result<&Release, Failure> {
        self.find(id).ok_or_else(|| {
            Failure::refused(
                format!("there is no release {id}"),
                "`kinora models available` lists what can be installed",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::install::release::Kind;

    #[test]
    fn every_built_in_card_is_good_and_no_id_comes_twice() {
        let mut count = 0;
        for file in BUILT_IN.files() {
            let releases = parse(file.contents_utf8().expect("text"));
            count += releases
                .unwrap_or_else(|why| panic!("{}: {why}", file.path().display()))
                .len();
        }
        assert_eq!(Catalogue::built_in().releases().len(), count);
        assert!(count >= 14);
    }

    #[test]
    fn a_place_belongs_to_one_file_so_that_shared_files_are_fetched_once() {
        let catalogue = Catalogue::built_in();
        let mut places = BTreeMap::new();
        for file in catalogue
            .releases()
            .iter()
            .flat_map(|release| &release.files)
        {
            let first = places.entry(file.place.clone()).or_insert(file);
            assert_eq!(*first, file);
        }
        let shared = Path::new("vae/wan_2.1_vae.safetensors");
        let uses = |release: &&Release| release.files.iter().any(|file| file.place == shared);
        assert!(catalogue.releases().iter().filter(uses).count() > 5);
    }

    /// The cards by which the engine finds models.
    static MODEL_CARDS: Dir = include_dir!("$CARGO_MANIFEST_DIR/../assets/models");

    #[test]
    fn the_engine_finds_what_was_installed_under_the_same_id() {
        let catalogue = Catalogue::built_in();
        let models = catalogue.releases().iter();
        for release in models.filter(|release| release.kind.has_model_card()) {
            let id = format!("id: \"{}\"", release.id);
            let mut cards = MODEL_CARDS.files().filter_map(|file| file.contents_utf8());
            let card = cards.find(|text| text.contains(&id));
            let card = card.unwrap_or_else(|| panic!("{} has no model card", release.id));
            for file in &release.files {
                let name = format!("\"{}\"", file.name());
                assert!(card.contains(&name), "{}: {name}", release.id);
            }
            // Several parts of a model may lie in one file.
            let named: BTreeSet<&str> = card
                .split("\n            name: \"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert_eq!(named.len(), release.files.len(), "{}", release.id);
        }
    }

    /// "22.8 to 23.3 GB": the sizes of some releases, as far as they are known.
    fn sizes_words(releases: &[&Release]) -> Option<String> {
        let mut sizes: Vec<u64> = releases.iter().map(|one| one.about_bytes()).collect();
        sizes.sort_unstable();
        let words = |bytes: u64| format!("{:.1}", bytes as f64 / 1e9);
        let (least, most) = (*sizes.first()?, *sizes.last()?);
        Some(match (words(least), words(most)) {
            _ if most == 0 => return None,
            (least, most) if least == most => format!("{least} GB"),
            (least, most) => format!("{least} to {most} GB"),
        })
    }

    #[test]
    fn the_guide_to_models_lists_each_release_once_with_its_card_and_its_size() {
        let guide = include_str!("../../../docs/models.md");
        let catalogue = Catalogue::built_in();
        let mut listed = Vec::new();
        for row in guide.lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let ["", tier, ids, size, _, ""] = cells[..] else {
                continue;
            };
            let ids = ids.split('`').skip(1).step_by(2);
            let releases = ids.map(|id| catalogue.find(id));
            let Some(releases) = releases.collect::<Option<Vec<&Release>>>() else {
                continue; // another table
            };
            if releases.is_empty() {
                continue;
            }
            for release in &releases {
                assert_eq!(format!("{} GB", release.tier_gb), tier, "{row}");
            }
            if let Some(known) = sizes_words(&releases) {
                assert_eq!(known, size, "{row}");
            }
            listed.extend(releases.iter().map(|release| release.id.as_str()));
        }
        listed.sort_unstable();
        let releases = catalogue.releases().iter();
        let mut all: Vec<&str> = releases.map(|release| release.id.as_str()).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
    }

    #[test]
    fn models_that_sound_and_speak_say_what_they_ask_for_before_they_are_fetched() {
        let catalogue = Catalogue::built_in();
        let of = |kind: Kind| {
            let releases = catalogue.releases().iter();
            releases.filter(move |release| release.kind == kind)
        };
        assert_eq!(of(Kind::ModelWithSound).count(), 5);
        assert_eq!(of(Kind::Voice).count(), 3);
        assert_eq!(of(Kind::Sound).count(), 3);
        for release in catalogue.releases() {
            assert!(release.licence.must_be_accepted, "{}", release.id);
        }
        for release in of(Kind::ModelWithSound) {
            let words = &release.licence.permits;
            assert!(words.contains("10 million US dollars"), "{}", release.id);
            let has_gemma_3 = release
                .files
                .iter()
                .any(|file| file.name().contains("gemma_3"));
            assert_eq!(has_gemma_3, words.contains("Gemma Terms"), "{}", release.id);
        }
        let cloning = catalogue.get("qwen3-tts-0.6b-base").expect("built in");
        assert!(cloning.about.contains("Licence and consent"));
        for release in of(Kind::Sound) {
            let words = &release.licence.permits;
            assert!(words.contains("1 million US dollars"), "{}", release.id);
            assert!(words.contains("Gemma Terms"), "{}", release.id);
        }
        // Each has a folder of its own, by whose name the engine lists it.
        for release in of(Kind::Voice).chain(of(Kind::Sound)) {
            let own = Path::new(&release.id);
            let mut files = release.files.iter();
            assert!(
                files.all(|file| file.place.starts_with(own)),
                "{}",
                release.id
            );
        }
    }

    #[test]
    fn cards_of_the_user_are_added_and_bad_ones_reported() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = Folders::under(root.path());
        let own = folders.data.join("releases");
        fs::create_dir_all(&own).expect("made");
        fs::write(own.join("bad.ron"), "(").expect("written");
        let text = BUILT_IN
            .files()
            .next()
            .and_then(|file| file.contents_utf8())
            .expect("a card");
        fs::write(own.join("more.ron"), text.replace("id: \"", "id: \"my-")).expect("written");
        fs::write(own.join("same.ron"), text).expect("written");
        let catalogue = Catalogue::load(&folders);
        assert!(
            catalogue
                .releases()
                .iter()
                .any(|release| release.id.starts_with("my-"))
        );
        assert_eq!(catalogue.bad_cards.len(), 1);
        assert!(catalogue.get("nothing").is_err());
    }

    #[test]
    fn a_release_of_the_user_with_the_id_of_a_built_in_one_is_reported() {
        let root = tempfile::tempdir().expect("a folder");
        let folders = Folders::under(root.path());
        let own = folders.data.join("releases");
        fs::create_dir_all(&own).expect("made");
        let mut files = BUILT_IN.files();
        let text = files.next().and_then(|file| file.contents_utf8());
        let changed = text
            .expect("a card")
            .replace("about: \"", "about: \"Mine. ");
        fs::write(own.join("mine.ron"), changed).expect("written");
        let catalogue = Catalogue::load(&folders);
        assert_eq!(catalogue.releases(), Catalogue::built_in().releases());
        let reported = catalogue.bad_cards.first().expect("reported").to_string();
        assert!(
            reported.contains("mine.ron") && reported.contains("an id of its own"),
            "{reported}"
        );
    }
}
