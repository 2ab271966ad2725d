//! The LoRAs of a take: where their files are, and their SHA-256. A recipe holds the content that is on the disk when its
//! take is made, and a take finds its LoRAs again by their content, whatever they are called by then. [`LoraSearch`] looks for
//! files: not for the window's thread.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora_timeline::shot::loras::{Expert as ShotExpert, ShotLora};
use kinora_wire::{Expert, Failure, Lora, LoraInfo, ModelInfo};

use super::recipe::LoraUsed;

/// The files of LoRAs by their SHA-256.
pub type LoraFiles = BTreeMap<String, PathBuf>;

/// Whether a model has two experts, so that a LoRA may be meant for one of them.
pub fn has_two_experts(model: &ModelInfo) -> bool {
    model.spec.has_experts
}

/// The LoRA of a shot for a file that a person has chosen: by its name if it is in the LoRA folders. A file that is named
/// after an expert changes that one, if the model has two.
pub fn chosen(file: &str, listed: &[LoraInfo], model: Option<&ModelInfo>) -> ShotLora {
    let found = listed.iter().find(|info| info.path == file);
    let lora = ShotLora::new(found.map_or(file, |info| info.name.as_str()));
    let named = match model.is_some_and(has_two_experts) {
        true => expert_in_name(lora.file_name()),
        false => None,
    };
    ShotLora {
        expert: named,
        ..lora
    }
}

/// The expert in the name of a file: `style_high_noise.safetensors`.
fn expert_in_name(name: &str) -> Option<ShotExpert> {
    let plain: String = name.chars().filter(|sign| sign.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    match (plain.contains("highnoise"), plain.contains("lownoise")) {
        (true, false) => Some(ShotExpert::HighNoise),
        (false, true) => Some(ShotExpert::LowNoise),
        _ => None,
    }
}

/// Whether the LoRA of a shot is in the LoRA folders, there or in another folder of them.
fn is_in_folders(lora: &ShotLora, listed: &[LoraInfo]) -> bool {
    let mut names = listed.iter().map(|info| file_name(&info.name));
    names.any(|name| name == lora.file_name())
}

/// Whether the file of a LoRA is in no LoRA folder and not at its path. `is_gone`: whether the file at a whole path is
/// known to be gone.
pub fn is_missing(
    lora: &ShotLora,
    listed: &[LoraInfo],
    is_gone: impl FnOnce(&Path) -> bool,
) -> bool {
    let path = Path::new(&lora.file);
    !is_in_folders(lora, listed) && (!path.is_absolute() || is_gone(path))
}

/// What is known of LoRA files when an order starts.
#[derive(Clone, Copy, Debug)]
pub struct LoraSearch<'k> {
    /// Those in the LoRA folders.
    pub listed: &'k [LoraInfo],
    /// The SHA-256 of the files that were hashed for this order.
    pub hashes: &'k BTreeMap<PathBuf, String>,
}

/// The result of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum LorasFound {
    /// All LoRAs, and the file of each.
    All(Vec<Lora<LoraUsed>>, LoraFiles),
    /// This file must be hashed first.
    Unhashed(PathBuf),
}

impl LoraSearch<'_> {
    /// The LoRAs of a shot. Those without effect are left out.
    ///
    /// # Errors
    /// A file is missing.
    pub fn of_shot(&self, loras: &[ShotLora]) -> Result<LorasFound, Failure> {
        let (mut used, mut files) = (Vec::new(), LoraFiles::new());
        for lora in loras.iter().filter(|lora| lora.has_effect()) {
            let name = lora.file_name();
            let path = self.file_of(lora).ok_or_else(|| {
                Failure::bad_file(
                    format!("the LoRA {name} is missing"),
                    "put it into the folder loras of a model folder and look again, or remove it from the shot",
                )
            })?;
            let Some(sha256) = self.hashes.get(&path) else {
                return Ok(LorasFound::Unhashed(path));
            };
            files.insert(sha256.clone(), path);
            used.push(Lora {
                file: LoraUsed {
                    name: name.to_owned(),
                    sha256: sha256.clone(),
                },
                strength: lora.strength,
                expert: lora.expert.map(expert_of),
            });
        }
        Ok(LorasFound::All(used, files))
    }

    /// The LoRAs of a recipe, by their content. `shot` are those that the shot of the take has now.
    ///
    /// # Errors
    /// No file has the content.
    pub fn of_recipe(
        &self,
        used: &[Lora<LoraUsed>],
        shot: &[ShotLora],
    ) -> Result<LorasFound, Failure> {
        let mut files = LoraFiles::new();
        for LoraUsed { name, sha256 } in used.iter().map(|lora| &lora.file) {
            let candidates = self.candidates(name, shot);
            // A hash that was remembered earlier rules a file out, but it does not prove that the file is the same now.
            let may_be = |(path, remembered): &(PathBuf, Option<&String>)| {
                let known = self.hashes.get(path).or(*remembered);
                known.is_none_or(|known| known == sha256) && path.is_file()
            };
            let Some((path, _)) = candidates.into_iter().find(may_be) else {
                return Err(gone(name));
            };
            if !self.hashes.contains_key(&path) {
                return Ok(LorasFound::Unhashed(path));
            }
            files.insert(sha256.clone(), path);
        }
        Ok(LorasFound::All(used.to_vec(), files))
    }

    /// The file of a LoRA: the one of its name in the LoRA folders, the one at its path, or one in another folder.
    fn file_of(&self, lora: &ShotLora) -> Option<PathBuf> {
        let listed = |is_it: &dyn Fn(&LoraInfo) -> bool| {
            let mut found = self.listed.iter().filter(|info| is_it(info));
            found.find_map(|info| existing(&info.path))
        };
        listed(&|info| info.name == lora.file)
            .or_else(|| existing(&lora.file).filter(|path| path.is_absolute()))
            .or_else(|| listed(&|info| file_name(&info.name) == lora.file_name()))
    }

    /// The files that may have the content of a LoRA, and the hash that the engine keeps of each. Those of its name come
    /// first.
    fn candidates(&self, name: &str, shot: &[ShotLora]) -> Vec<(PathBuf, Option<&String>)> {
        let of_shot = shot.iter().filter(|lora| lora.file_name() == name);
        let of_shot = of_shot.filter_map(|lora| Some((self.file_of(lora)?, None)));
        let (named, others): (Vec<_>, Vec<_>) = self
            .listed
            .iter()
            .partition(|info| file_name(&info.name) == name);
        let listed = named.into_iter().chain(others);
        let listed = listed.map(|info| (PathBuf::from(&info.path), info.sha256.as_ref()));
        of_shot.chain(listed).collect()
    }
}

fn gone(name: &str) -> Failure {
    Failure::bad_file(
        format!(
            "the LoRA {name} of this take is gone: no file in the LoRA folders has its content"
        ),
        "put the same file into the folder loras of a model folder, under any name",
    )
}

fn existing(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    path.is_file().then(|| path.to_path_buf())
}

/// The last part of the name of a listed LoRA.
fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(super) fn expert_of(expert: ShotExpert) -> Expert {
    match expert {
        ShotExpert::HighNoise => Expert::HighNoise,
        ShotExpert::LowNoise => Expert::LowNoise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two LoRA files in a folder, and what an engine lists of them.
    struct LoraFolder {
        folder: tempfile::TempDir,
        listed: Vec<LoraInfo>,
        hashes: BTreeMap<PathBuf, String>,
    }

    impl LoraFolder {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let listed = ["film/style.safetensors", "light.safetensors"].map(|name| {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(&path, name).expect("written");
                LoraInfo {
                    name: name.into(),
                    path: path.display().to_string(),
                    size_bytes: 1,
                    base: None,
                    sha256: None,
                    stage_control: None,
                }
            });
            Self {
                folder,
                listed: listed.to_vec(),
                hashes: BTreeMap::new(),
            }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn hash(&mut self, name: &str, sha256: &str) {
            let path = self.at(name);
            self.hashes.insert(path, sha256.into());
        }

        fn search(&self) -> LoraSearch<'_> {
            LoraSearch {
                listed: &self.listed,
                hashes: &self.hashes,
            }
        }
    }

    fn used(name: &str, sha256: &str) -> Lora<LoraUsed> {
        Lora {
            file: LoraUsed {
                name: name.into(),
                sha256: sha256.into(),
            },
            strength: 1.0,
            expert: None,
        }
    }

    #[test]
    fn a_file_of_the_lora_folders_is_kept_by_its_name() {
        let folder = LoraFolder::new();
        let light = folder.at("light.safetensors").display().to_string();
        let lora = chosen(&light, &folder.listed, None);
        assert_eq!(lora, ShotLora::new("light.safetensors"));
        assert!(is_in_folders(&lora, &folder.listed));
        let other = chosen("/other/rain.safetensors", &folder.listed, None);
        assert_eq!(other, ShotLora::new("/other/rain.safetensors"));
        assert!(!is_in_folders(&other, &folder.listed));
    }

    #[test]
    fn a_shot_and_a_request_have_the_same_strengths() {
        assert_eq!(ShotLora::STRENGTHS, kinora_wire::LORA_STRENGTHS);
    }

    #[test]
    fn an_expert_is_read_from_the_name_of_a_file() {
        for (name, expert) in [
            ("a_high_noise_lora.safetensors", Some(ShotExpert::HighNoise)),
            ("a-LowNoise", Some(ShotExpert::LowNoise)),
            ("a_high_noise_and_low_noise", None),
            ("a_high", None),
        ] {
            assert_eq!(expert_in_name(name), expert, "{name}");
        }
    }

    #[test]
    fn the_loras_of_a_shot_are_hashed_one_by_one_and_kept_by_their_content() {
        let mut folder = LoraFolder::new();
        let elsewhere = folder.at("elsewhere.bin");
        std::fs::write(&elsewhere, "a LoRA").expect("written");
        let off = ShotLora {
            strength: 0.0,
            ..ShotLora::new("no such file")
        };
        let low = ShotLora {
            strength: 0.5,
            expert: Some(ShotExpert::LowNoise),
            ..ShotLora::new("film/style.safetensors")
        };
        let shot = [off, low, ShotLora::new(&elsewhere.display().to_string())];
        let unhashed = |path| Some(LorasFound::Unhashed(path));
        let style = folder.at("film/style.safetensors");
        assert_eq!(folder.search().of_shot(&shot).ok(), unhashed(style.clone()));
        folder.hash("film/style.safetensors", "5e");
        let next = folder.search().of_shot(&shot).ok();
        assert_eq!(next, unhashed(elsewhere.clone()));
        folder.hash("elsewhere.bin", "e5");
        let loras = vec![
            Lora {
                strength: 0.5,
                expert: Some(Expert::LowNoise),
                ..used("style.safetensors", "5e")
            },
            used("elsewhere.bin", "e5"),
        ];
        let files = [("5e".to_owned(), style), ("e5".to_owned(), elsewhere)];
        let all = LorasFound::All(loras, files.into());
        assert_eq!(folder.search().of_shot(&shot).ok(), Some(all));
    }

    #[test]
    fn a_lora_that_has_moved_to_another_folder_is_found_and_a_missing_one_is_reported() {
        let mut folder = LoraFolder::new();
        folder.hash("film/style.safetensors", "5e");
        let moved = [ShotLora::new("/gone/style.safetensors")];
        assert!(matches!(
            folder.search().of_shot(&moved),
            Ok(LorasFound::All(..))
        ));
        let missing = [ShotLora::new("rain.safetensors")];
        let failure = folder.search().of_shot(&missing).expect_err("missing");
        assert!(failure.to_string().contains("rain.safetensors is missing"));
    }

    #[test]
    fn a_take_finds_its_lora_again_by_content_or_says_that_it_is_gone() {
        let mut folder = LoraFolder::new();
        let taken = [used("style.safetensors", "aa")];
        let look = |folder: &LoraFolder| folder.search().of_recipe(&taken, &[]);
        let style = folder.at("film/style.safetensors");
        assert_eq!(look(&folder).ok(), Some(LorasFound::Unhashed(style)));
        folder.hash("film/style.safetensors", "bb"); // another file has its name now
        let light = folder.at("light.safetensors");
        let next = LorasFound::Unhashed(light.clone());
        assert_eq!(look(&folder).ok(), Some(next.clone()));
        folder.listed[1].sha256 = Some("cc".into());
        let failure = look(&folder).expect_err("no file is it");
        assert!(
            failure
                .to_string()
                .contains("style.safetensors of this take is gone")
        );
        folder.listed[1].sha256 = Some("aa".into());
        assert_eq!(
            look(&folder).ok(),
            Some(next),
            "it is hashed before it is used"
        );
        folder.hash("light.safetensors", "aa");
        let files = LoraFiles::from([("aa".to_owned(), light)]);
        let all = LorasFound::All(taken.to_vec(), files);
        assert_eq!(look(&folder).ok(), Some(all));
    }
}
