//! The named presets of the export dialog: a format with its settings, kept in the user's config folder. Changing and
//! saving are separate, so that the window can save on another thread.

use std::io;
use std::path::{Path, PathBuf};

use kinora_render::{ExportSettings, Format};
use serde::{Deserialize, Serialize};

use crate::folders::{read_config, write_config};

const FILE_NAME: &str = "export-presets.ron";

/// A preset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPreset {
    /// The name, given by the user.
    pub name: String,
    /// The id of the format.
    pub format: String,
    /// Size, quality and sound.
    #[serde(default)]
    pub settings: ExportSettings,
}

impl ExportPreset {
    /// The format; `None` if this version has no such format.
    pub fn format(&self) -> Option<&'static Format> {
        Format::exported().find(|format| format.id == self.format)
    }
}

/// The presets in the order of their names, and the folder of their file.
#[derive(Clone, Debug, Default)]
pub struct ExportPresets {
    config: PathBuf,
    presets: Vec<ExportPreset>,
}

impl ExportPresets {
    /// Reads the presets. A missing or damaged file gives none.
    pub fn load(config: &Path) -> Self {
        Self {
            config: config.into(),
            presets: read_config(config, FILE_NAME).unwrap_or_default(),
        }
    }

    /// All presets, by name.
    pub fn all(&self) -> &[ExportPreset] {
        &self.presets
    }

    /// The preset of this name.
    pub fn named(&self, name: &str) -> Option<&ExportPreset> {
        self.presets.iter().find(|preset| preset.name == name)
    }

    /// Adds a preset. It replaces the one of the same name.
    pub fn add(&mut self, preset: ExportPreset) {
        self.remove(&preset.name);
        self.presets.push(preset);
        self.presets.sort_by(|one, other| one.name.cmp(&other.name));
    }

    /// Removes the preset of this name.
    pub fn remove(&mut self, name: &str) {
        self.presets.retain(|preset| preset.name != name);
    }

    /// Writes the file that [`ExportPresets::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.presets)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kinora_render::{ExportSize, Quality};

    use super::*;

    fn preset(name: &str, size: ExportSize) -> ExportPreset {
        ExportPreset {
            name: name.into(),
            format: Format::MP4.id.into(),
            settings: ExportSettings {
                size,
                quality: Quality::High,
                has_sound: false,
                ..ExportSettings::default()
            },
        }
    }

    #[test]
    fn presets_are_kept_by_name_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut presets = ExportPresets::load(folder.path());
        assert!(presets.all().is_empty());
        presets.add(preset("Web", ExportSize::Height(1080)));
        presets.add(preset("Review", ExportSize::Half));
        presets.add(preset("Web", ExportSize::Height(720)));
        presets.save().expect("written");
        let again = ExportPresets::load(folder.path());
        let wanted = [
            preset("Review", ExportSize::Half),
            preset("Web", ExportSize::Height(720)),
        ];
        assert_eq!(again.all(), wanted);
        let web = again.named("Web").expect("there");
        assert_eq!(web.format(), Some(Format::MP4));
        presets.remove("Review");
        assert_eq!(presets.all(), [preset("Web", ExportSize::Height(720))]);
    }

    #[test]
    fn a_damaged_file_counts_as_empty_and_a_setting_left_out_has_its_default() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE_NAME);
        fs::write(&file, "[(name:").expect("written");
        assert!(ExportPresets::load(folder.path()).all().is_empty());
        fs::write(&file, r#"[(name: "Old", format: "vhs", settings: ())]"#).expect("written");
        let presets = ExportPresets::load(folder.path());
        let old = presets.named("Old").expect("there");
        assert_eq!(old.settings, ExportSettings::default());
        assert_eq!(old.format(), None);
    }
}
