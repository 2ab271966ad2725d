//! `kinora generate --sound` and `--sound-only`: a clip with sound, or sound alone.

use clap::Args;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::shot_sound::SoundUse;
use kinora_studio::wire::{Failure, Installed, Makes, ModelInfo};

/// The options of sound.
#[derive(Clone, Copy, Debug, Args)]
pub struct ClipSoundArguments {
    /// Make sound with the pictures, with a model that makes both. It is written into the video, or as OUTDIR.wav beside the
    /// folder of pictures.
    #[arg(long, conflicts_with_all = ["still", "best_of"])]
    sound: bool,
    /// Make sound without pictures, as a WAV file.
    #[arg(
        long,
        conflicts_with_all = ["sound", "still", "best_of", "stage", "control", "camera", "camera_move"]
    )]
    sound_only: bool,
}

impl ClipSoundArguments {
    /// What the clip consists of.
    pub fn makes(self) -> Makes {
        match (self.sound, self.sound_only) {
            (_, true) => Makes::Sound,
            (true, false) => Makes::Both,
            (false, false) => Makes::Picture,
        }
    }
}

/// The model of this name, or one that makes this: of sound alone, one that makes nothing else is preferred.
///
/// # Errors
/// There is no such model, or it does not make this.
pub fn model_that_makes(
    makes: Makes,
    name: Option<&str>,
    client: &BlockingClient,
) -> Result<ModelInfo, Failure> {
    let models = client.models(name.map(str::to_owned))?.models;
    if let Some(name) = name {
        let found = models.iter().find(|model| model.matches(name));
        let none = || Failure::refused(format!("there is no model {name}"), "see `kinora models`");
        let model = found.ok_or_else(none)?;
        return match is_able(model, makes) {
            true => Ok(model.clone()),
            false => Err(unable(&model.name, makes)),
        };
    }
    if makes == Makes::Sound {
        return SoundUse::Alone.model(&models, "").cloned();
    }
    let is_installed = |model: &&ModelInfo| matches!(model.installed, Installed::Yes { .. });
    let mut installed = models.iter().filter(is_installed);
    let found = installed.find(|model| is_able(model, makes));
    found.cloned().ok_or_else(|| {
        let cause = "no installed model makes sound with its pictures";
        Failure::refused(cause, "see `kinora models`, or leave out --sound")
    })
}

fn is_able(model: &ModelInfo, makes: Makes) -> bool {
    let spec = &model.spec;
    (!makes.has_sound() || spec.makes_sound) && (!makes.has_picture() || spec.makes_pictures)
}

fn unable(name: &str, makes: Makes) -> Failure {
    match makes {
        Makes::Sound => Failure::refused(
            format!("{name} makes no sound"),
            "leave out --sound-only, or choose another model: see `kinora models`",
        ),
        Makes::Picture | Makes::Both => Failure::refused(
            format!("{name} does not make sound with its pictures"),
            "leave out --sound, or choose another model: see `kinora models`",
        ),
    }
}
