//! The user's preferences: the same for all projects, and kept in the user's config folder.

use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use kinora_studio::folders::{Folders, read_config, write_config};
use serde::{Deserialize, Serialize};

/// The lengths that a new shot can have.
pub const SHOT_SECONDS: RangeInclusive<f64> = 0.1..=60.0;
/// The lengths that a clip of a still picture and a title can have.
pub const CLIP_SECONDS: RangeInclusive<u32> = 1..=600;
/// The scales of the interface.
pub const UI_SCALES: RangeInclusive<f32> = 0.6..=2.5;
/// The step between two scales.
pub const UI_SCALE_STEP: f32 = 0.1;

/// The memory limits of the engine that are offered, in GB.
pub const MEMORY_LIMITS_GB: [u32; 9] = [4, 6, 8, 12, 16, 24, 32, 48, 80];
/// The pauses between two writes of the project file that are offered, in minutes.
pub const AUTOSAVE_MINUTES: [u32; 4] = [5, 10, 20, 60];
/// The sizes above which a video can get a proxy by itself: pixels of its shorter side, and their names.
pub const PROXY_SIZES: [(Option<u32>, &str); 5] = [
    (None, "Never"),
    (Some(719), "1280 x 720 and larger"),
    (Some(1079), "1920 x 1080 and larger"),
    (Some(1080), "Larger than 1920 x 1080"),
    (Some(2159), "3840 x 2160 and larger"),
];

/// The size of a new take whose model comes with an upscaler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewTakeSize {
    /// It is made larger at once, as a take of its own.
    #[default]
    Upscaled,
    /// It stays as the model made it.
    AsGenerated,
}

/// The preferences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The folder for new projects; `None` is the user's video folder.
    pub projects: Option<PathBuf>,
    /// The id of the device that generates; `None` leaves the choice to Kinora.
    pub device: Option<String>,
    /// The memory that an engine may use, in GB; `None` is what is free.
    pub memory_gb: Option<u32>,
    /// The pause between two writes of a changed project file, with a backup; `None`: only the command Save writes it.
    pub autosave_minutes: Option<u32>,
    /// Whether a new take becomes the chosen one.
    pub chooses_new_take: bool,
    /// The size of a new take whose model comes with an upscaler.
    pub new_take_size: NewTakeSize,
    /// Whether snapping is on when a project is opened.
    pub snaps: bool,
    /// Whether a drag of an edge ripples without a key, and trims with Ctrl.
    pub edges_ripple: bool,
    pub shot_seconds: f64,
    pub still_seconds: u32,
    pub title_seconds: u32,
    pub ui_scale: f32,
    /// An imported video whose shorter side has more pixels gets a proxy by itself; `None`: none does.
    pub proxies_above_lines: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            projects: None,
            device: None,
            memory_gb: None,
            autosave_minutes: Some(10),
            chooses_new_take: false,
            new_take_size: NewTakeSize::default(),
            snaps: true,
            edges_ripple: false,
            shot_seconds: 1.0,
            still_seconds: 3,
            title_seconds: 2,
            ui_scale: 1.0,
            proxies_above_lines: None,
        }
    }
}

impl Preferences {
    /// The folder for new projects.
    pub fn projects_folder<'p>(&'p self, folders: &'p Folders) -> &'p Path {
        self.projects.as_deref().unwrap_or(&folders.projects)
    }

    /// The same, with the default in place of each number that is out of range.
    fn in_range(self) -> Self {
        fn kept<T: PartialOrd>(value: T, range: &RangeInclusive<T>, usual: T) -> T {
            match range.contains(&value) {
                true => value,
                false => usual,
            }
        }
        let usual = Self::default();
        let above_zero = |number: Option<u32>| number.filter(|number| *number > 0);
        Self {
            memory_gb: above_zero(self.memory_gb),
            autosave_minutes: above_zero(self.autosave_minutes),
            shot_seconds: kept(self.shot_seconds, &SHOT_SECONDS, usual.shot_seconds),
            still_seconds: kept(self.still_seconds, &CLIP_SECONDS, usual.still_seconds),
            title_seconds: kept(self.title_seconds, &CLIP_SECONDS, usual.title_seconds),
            ui_scale: kept(self.ui_scale, &UI_SCALES, usual.ui_scale),
            ..self
        }
    }
}

/// The preferences, and the folder of their file.
#[derive(Clone, Debug)]
pub struct SavedPreferences {
    config: PathBuf,
    pub values: Preferences,
    /// Whether they were changed since they were last saved.
    pub is_changed: bool,
}

const FILE_NAME: &str = "preferences.ron";

impl SavedPreferences {
    /// Reads the preferences. A missing or damaged file gives the defaults; unknown fields are ignored.
    pub fn load(config: &Path) -> Self {
        let values: Preferences = read_config(config, FILE_NAME).unwrap_or_default();
        Self {
            config: config.into(),
            values: values.in_range(),
            is_changed: false,
        }
    }

    /// Writes the file that [`SavedPreferences::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.values)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn preferences_are_kept_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut saved = SavedPreferences::load(folder.path());
        assert_eq!(saved.values, Preferences::default());
        saved.values = Preferences {
            projects: Some("/films".into()),
            device: Some("cuda:1".into()),
            memory_gb: Some(8),
            autosave_minutes: None,
            chooses_new_take: true,
            new_take_size: NewTakeSize::AsGenerated,
            snaps: false,
            edges_ripple: true,
            shot_seconds: 2.5,
            still_seconds: 7,
            title_seconds: 4,
            ui_scale: 1.3,
            proxies_above_lines: Some(1080),
        };
        saved.save().expect("written");
        let again = SavedPreferences::load(folder.path());
        assert_eq!(again.values, saved.values);
    }

    #[test]
    fn a_damaged_file_gives_the_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |text: &str| {
            fs::write(folder.path().join(FILE_NAME), text).expect("written");
            SavedPreferences::load(folder.path()).values
        };
        for text in ["", "(", "(snaps: 7)", "(shot_seconds: \"long\")"] {
            assert_eq!(read(text), Preferences::default(), "{text}");
        }
    }

    #[test]
    fn unknown_fields_are_ignored_and_numbers_out_of_range_are_the_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "(language: \"fr\", snaps: false, ui_scale: NaN, shot_seconds: -1.0, still_seconds: 9, memory_gb: Some(0))";
        fs::write(folder.path().join(FILE_NAME), text).expect("written");
        let read = SavedPreferences::load(folder.path()).values;
        let wanted = Preferences {
            snaps: false,
            still_seconds: 9,
            ..Preferences::default()
        };
        assert_eq!(read, wanted);
    }

    #[test]
    fn new_projects_go_to_the_chosen_folder() {
        let folders = Folders::under(Path::new("/home/ada"));
        let mut preferences = Preferences::default();
        assert_eq!(preferences.projects_folder(&folders), folders.projects);
        preferences.projects = Some("/films".into());
        assert_eq!(preferences.projects_folder(&folders), Path::new("/films"));
    }
}
