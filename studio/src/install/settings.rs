//! Where models are fetched from and put: kept in the config folder. The hub's address is a setting, and a mirror can
//! take its place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_fetch::{Settings as FetchSettings, Token, check_address};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use super::failure::failure_of;
use crate::folders::{Folders, write_config};

/// The public hub from which users fetch models.
pub const PUBLIC_HUB: &str = "https://huggingface.co";
/// The environment variable with the address of a mirror.
pub const MIRROR_VARIABLE: &str = "KINORA_MODEL_MIRROR";

const FILE_NAME: &str = "install.ron";

/// The settings, as they are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstallSettings {
    /// The model folder; `None` is the one in the user's data folder.
    pub folder: Option<PathBuf>,
    /// The hub; `None` is the public one.
    pub hub: Option<String>,
    /// A mirror that is asked in place of the hub. It gets no token.
    pub mirror: Option<String>,
    /// A file with the hub's token, for gated models.
    pub token_file: Option<PathBuf>,
    /// The highest rate, in megabytes a second.
    pub megabytes_per_second: Option<f64>,
}

/// The choices of one installation; what is left out is taken from the settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// The model folder.
    pub folder: Option<PathBuf>,
    /// A mirror.
    pub mirror: Option<String>,
    /// The highest rate, in megabytes a second.
    pub megabytes_per_second: Option<f64>,
}

/// From where to where an installation goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The model folder.
    pub folder: PathBuf,
    /// The address before `/owner/name/...`: the hub's or a mirror's.
    pub base: String,
    /// How files are fetched.
    pub fetch: FetchSettings,
    /// The highest rate in bytes a second.
    pub limit: Option<u64>,
}

impl InstallSettings {
    /// Reads the settings. A missing file gives the defaults.
    ///
    /// # Errors
    /// The file cannot be read or understood. People write it, and with the defaults instead a mistake in it would fetch
    /// models from another place into another one.
    pub fn load(config: &Path) -> Result<Self, Failure> {
        let path = config.join(FILE_NAME);
        let wrong = |why: String| {
            Failure::bad_file(
                format!("{} cannot be used: {why}", path.display()),
                "mend it (docs/models.md has an example), or delete it to get the defaults",
            )
        };
        match fs::read_to_string(&path) {
            Ok(text) => ron::from_str(&text).map_err(|error| wrong(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    /// Writes the file that [`InstallSettings::load`] reads.
    pub fn save(&self, config: &Path) -> io::Result<()> {
        write_config(config, FILE_NAME, self)
    }

    /// The model folder.
    pub fn model_folder(&self, folders: &Folders) -> PathBuf {
        let usual = || folders.data.join("models");
        self.folder.clone().unwrap_or_else(usual)
    }

    /// The route of an installation. `mirror_variable` is what [`MIRROR_VARIABLE`] says.
    ///
    /// # Errors
    /// An address or the token file cannot be used.
    pub fn route(
        &self,
        folders: &Folders,
        choices: &Choices,
        mirror_variable: Option<String>,
    ) -> Result<Route, Failure> {
        let hub = self.hub.clone().unwrap_or_else(|| PUBLIC_HUB.to_owned());
        let mirror = choices.mirror.clone();
        let mirror = mirror.or(mirror_variable.filter(|address| !address.is_empty()));
        let base = mirror
            .or_else(|| self.mirror.clone())
            .unwrap_or_else(|| hub.clone());
        let base = base.trim().trim_end_matches('/').to_owned();
        for address in [&hub, &base] {
            check_address(address).map_err(|why| {
                let remedy = format!("give the hub or mirror as https://HOST (install.ron, --mirror, {MIRROR_VARIABLE})");
                Failure::refused(why, remedy)
            })?;
        }
        let token = self.token_file.as_deref().map(Token::read).transpose();
        let rate = choices.megabytes_per_second.or(self.megabytes_per_second);
        Ok(Route {
            folder: choices
                .folder
                .clone()
                .unwrap_or_else(|| self.model_folder(folders)),
            base,
            fetch: FetchSettings {
                token: token.map_err(failure_of)?,
                ..FetchSettings::for_hub(&hub)
            },
            limit: rate
                .filter(|rate| *rate > 0.0)
                .map(|rate| (rate * 1e6).max(1.0) as u64),
        })
    }
}

/// What [`MIRROR_VARIABLE`] says.
pub fn mirror_variable() -> Option<String> {
    std::env::var(MIRROR_VARIABLE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(
        settings: &InstallSettings,
        given: Option<&str>,
        variable: Option<&str>,
    ) -> Result<String, Failure> {
        let folders = Folders::under(Path::new("/home/ada"));
        let choices = Choices {
            mirror: given.map(str::to_owned),
            ..Choices::default()
        };
        let route = settings.route(&folders, &choices, variable.map(str::to_owned));
        route.map(|route| route.base)
    }

    #[test]
    fn a_mirror_takes_the_place_of_the_hub_the_nearest_choice_first() {
        let none = InstallSettings::default();
        let kept = InstallSettings {
            mirror: Some("https://kept.example/".into()),
            ..InstallSettings::default()
        };
        assert_eq!(base(&none, None, None), Ok(PUBLIC_HUB.into()));
        assert_eq!(base(&none, None, Some("")), Ok(PUBLIC_HUB.into()));
        assert_eq!(base(&kept, None, None), Ok("https://kept.example".into()));
        assert_eq!(
            base(&kept, None, Some("https://b.example")),
            Ok("https://b.example".into())
        );
        let given = Some("https://a.example");
        assert_eq!(
            base(&kept, given, Some("https://b.example")),
            Ok("https://a.example".into())
        );
        assert!(
            base(&none, Some("http://a.example"), None).is_err(),
            "not encrypted"
        );
    }

    #[test]
    fn settings_are_kept_and_a_mistake_in_them_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = InstallSettings {
            folder: Some("/weights".into()),
            megabytes_per_second: Some(2.5),
            ..InstallSettings::default()
        };
        let load = || InstallSettings::load(folder.path());
        assert_eq!(load(), Ok(InstallSettings::default()));
        settings.save(folder.path()).expect("written");
        assert_eq!(load(), Ok(settings));
        for mistake in [
            "((",
            "(folder: \"/weights\")",
            "(miror: Some(\"https://a\"))",
        ] {
            fs::write(folder.path().join(FILE_NAME), mistake).expect("written");
            let reported = load().expect_err(mistake);
            assert!(reported.cause.contains(FILE_NAME), "{reported}");
        }
    }
}
