//! A release: a model that can be installed, with its licence and its files. Releases are data, in RON files that people
//! can write too, so every name in them is checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_fetch::check_place;
use serde::{Deserialize, Serialize};

/// Hexadecimal digits of a commit.
const COMMIT_DIGITS: usize = 40;

/// A model, or an addition to one, that can be installed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Release {
    /// The id; that of the model card if it is a whole model.
    pub id: String,
    /// The display name.
    pub name: String,
    /// What it is good for, in a sentence.
    pub about: String,
    /// The name of its family.
    pub family: String,
    /// What it is.
    pub kind: Kind,
    /// The memory in gigabytes of the graphics card that it is meant for.
    pub tier_gb: u32,
    /// Its licence.
    pub licence: Licence,
    /// Its files; some may be those of other releases too.
    pub files: Vec<ReleaseFile>,
}

/// What a release is, in the order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole model that makes pictures.
    Model,
    /// A whole model that makes pictures and sound in step.
    ModelWithSound,
    /// A model that makes sound or music from text.
    Sound,
    /// A model that speaks.
    Voice,
    /// LoRAs for a model.
    Lora,
    /// An upscaler.
    Upscaler,
    /// A frame interpolator.
    Interpolator,
}

impl Kind {
    /// All kinds, in the order of a list.
    pub const ALL: [Self; 7] = [
        Self::Model,
        Self::ModelWithSound,
        Self::Sound,
        Self::Voice,
        Self::Lora,
        Self::Upscaler,
        Self::Interpolator,
    ];

    /// The heading of its part of a list.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Model => "Video models",
            Self::ModelWithSound => "Video models with sound",
            Self::Sound => "Sound and music",
            Self::Voice => "Voices",
            Self::Lora => "LoRAs",
            Self::Upscaler => "Upscalers",
            Self::Interpolator => "Frame interpolation",
        }
    }

    /// Whether the engine finds it by a model card of the same id.
    pub fn has_model_card(self) -> bool {
        matches!(self, Self::Model | Self::ModelWithSound)
    }
}

/// The licence of weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Its short name.
    pub name: String,
    /// What it permits and asks for, in a sentence.
    pub permits: String,
    /// The page with its text.
    pub url: String,
    /// Whether it must be accepted before anything is fetched.
    pub must_be_accepted: bool,
    /// Whether the hub gives the files only to those who have accepted it there.
    pub is_gated: bool,
}

impl Licence {
    /// A hash of its words: who accepted them has accepted no others.
    pub fn hash(&self) -> String {
        let words = [&self.name, &self.permits, &self.url];
        let mut hasher = blake3::Hasher::new();
        for word in words {
            hasher.update(&(word.len() as u64).to_le_bytes());
            hasher.update(word.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFile {
    /// The repository of the hub, `owner/name`.
    pub repository: String,
    /// Its path in the repository.
    pub path: String,
    /// The commit of the repository that size and hash are of. The newest one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Its place in the model folder.
    pub place: PathBuf,
    /// Its size in bytes, if known.
    #[serde(default)]
    pub size: Option<u64>,
    /// Its sha256 in hexadecimal, if known.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Its size in gigabytes where only that is known.
    #[serde(default)]
    pub about_gb: Option<f64>,
}

impl ReleaseFile {
    /// Its name, without a folder.
    pub fn name(&self) -> String {
        let name = self.place.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Its size in bytes, as well as it is known; 0 if it is not.
    pub fn about_bytes(&self) -> u64 {
        let about = || (self.about_gb.unwrap_or_default() * 1e9) as u64;
        self.size.unwrap_or_else(about)
    }
}

impl Release {
    /// The size of all its files in bytes, as well as it is known.
    pub fn about_bytes(&self) -> u64 {
        self.files.iter().map(ReleaseFile::about_bytes).sum()
    }
}

/// A file of releases: licences and files by name, so that models can share them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    licences: BTreeMap<String, Licence>,
    files: BTreeMap<String, ReleaseFile>,
    releases: Vec<StoredRelease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRelease {
    id: String,
    name: String,
    #[serde(default)]
    about: String,
    family: String,
    kind: Kind,
    tier_gb: u32,
    licence: String,
    files: Vec<String>,
}

/// Reads the releases of a card.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(text: &str) -> Result<Vec<Release>, String> {
    let options = ron::Options::default().with_recursion_limit(16);
    let card: Card = options.from_str(text).map_err(|error| error.to_string())?;
    for (name, file) in &card.files {
        check_file(file).map_err(|why| format!("the file {name:?}: {why}"))?;
    }
    let releases = card.releases.iter().map(|stored| complete(stored, &card));
    releases.collect()
}

fn complete(stored: &StoredRelease, card: &Card) -> Result<Release, String> {
    let id = &stored.id;
    if id.is_empty() || id.starts_with('.') || !id.chars().all(is_plain) {
        return Err(format!(
            "{id:?} is no id: use letters, digits, points and dashes"
        ));
    }
    if stored.files.is_empty() {
        return Err(format!("{id}: it has no file"));
    }
    let licence = card.licences.get(&stored.licence);
    let licence = licence.ok_or_else(|| format!("{id}: no licence {:?}", stored.licence))?;
    let file = |name: &String| {
        let file = card.files.get(name).cloned();
        file.ok_or_else(|| format!("{id}: no file {name:?}"))
    };
    Ok(Release {
        id: id.clone(),
        name: stored.name.clone(),
        about: stored.about.clone(),
        family: stored.family.clone(),
        kind: stored.kind,
        tier_gb: stored.tier_gb,
        licence: licence.clone(),
        files: stored.files.iter().map(file).collect::<Result<_, _>>()?,
    })
}

fn is_plain(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || ".-_".contains(sign)
}

fn check_file(file: &ReleaseFile) -> Result<(), String> {
    check_place(&file.place)?;
    check_place(Path::new(&file.path))?;
    let is_address = |text: &str| text.chars().all(|sign| is_plain(sign) || sign == '/');
    if !is_address(&file.path) {
        return Err(format!("{:?} has signs that no address has", file.path));
    }
    let halves = file.repository.split_once('/');
    let is_name =
        |name: &str| !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain);
    if !halves.is_some_and(|(owner, name)| is_name(owner) && is_name(name)) {
        return Err(format!("{:?} is no repository owner/name", file.repository));
    }
    let is_hash =
        |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !file.sha256.as_ref().is_none_or(is_hash) {
        return Err("its hash is no sha256".into());
    }
    let is_commit = |text: &String| {
        text.len() == COMMIT_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !file.revision.as_ref().is_none_or(is_commit) {
        return Err("its revision is no commit of forty digits".into());
    }
    if file
        .about_gb
        .is_some_and(|size| !(0.0..1e5).contains(&size))
    {
        return Err("its size makes no sense".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(place: &str, repository: &str, path: &str) -> String {
        format!(
            "(licences: {{\"free\": (name: \"Free\", permits: \"All.\", url: \"https://example\", must_be_accepted: true, \
             is_gated: false)}}, files: {{\"weights\": (repository: \"{repository}\", path: \"{path}\", place: \"{place}\")}}, \
             releases: [(id: \"tiny\", name: \"Tiny\", family: \"Toy\", kind: model, tier_gb: 8, licence: \"free\", \
             files: [\"weights\"])])"
        )
    }

    #[test]
    fn a_card_is_read_and_its_places_are_checked() {
        let good = parse(&card("vae/a.bin", "owner/name", "sub/a.bin")).expect("good");
        assert_eq!(
            (good[0].id.as_str(), good[0].files[0].name().as_str()),
            ("tiny", "a.bin")
        );
        for (place, repository, path) in [
            ("../a.bin", "owner/name", "a.bin"),
            ("/a.bin", "owner/name", "a.bin"),
            ("a.bin", "owner", "a.bin"),
            ("a.bin", "../name", "a.bin"),
            ("a.bin", "owner/name/more", "a.bin"),
            ("a.bin", "owner/name", "../../a.bin"),
            ("a.bin", "owner/name", "a.bin?token=1"),
        ] {
            assert!(
                parse(&card(place, repository, path)).is_err(),
                "{place} {repository} {path}"
            );
        }
    }

    #[test]
    fn a_card_that_names_what_it_does_not_have_is_refused() {
        let good = card("a.bin", "owner/name", "a.bin");
        let no_file = parse(&good.replace("[\"weights\"]", "[\"other\"]")).expect_err("no file");
        assert!(no_file.contains("other"), "{no_file}");
        assert!(parse(&good.replace("[\"weights\"]", "[]")).is_err());
        assert!(parse(&good.replace("licence: \"free\"", "licence: \"none\"")).is_err());
        assert!(parse(&good.replace("tier_gb: 8", "tier_gb: 8, colour: 1")).is_err());
    }

    #[test]
    fn a_revision_is_a_whole_commit_and_nothing_that_leads_elsewhere() {
        let good = card("a.bin", "owner/name", "a.bin");
        let with = |revision: &str| {
            let more = format!("path: \"a.bin\", revision: Some(\"{revision}\")");
            parse(&good.replace("path: \"a.bin\"", &more))
        };
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let releases = with(commit).expect("good");
        assert_eq!(releases[0].files[0].revision.as_deref(), Some(commit));
        for revision in [
            "main",
            "0123456",
            "../../../other/name/resolve/main/a.bin..",
        ] {
            assert!(with(revision).is_err(), "{revision}");
        }
    }

    #[test]
    fn other_words_of_a_licence_have_another_hash() {
        let licence = parse(&card("a.bin", "o/n", "a")).expect("good")[0]
            .licence
            .clone();
        let other = Licence {
            permits: "Nothing.".into(),
            ..licence.clone()
        };
        assert_ne!(licence.hash(), other.hash());
        assert_eq!(licence.hash(), licence.clone().hash());
    }
}
