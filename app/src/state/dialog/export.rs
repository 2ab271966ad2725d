//! The form of the dialog that exports a video.

use std::path::{Path, PathBuf};

use kinora_studio::Project;
use kinora_studio::exchange::export::{
    Existing, ExportRequest, entire_range, export_range, range_of,
};
use kinora_studio::exchange::export_presets::ExportPreset;
use kinora_studio::render::{ExportSettings, Format};
use kinora_studio::timeline::timecode::{Counting, timecode};
use kinora_studio::timeline::{FrameRange, FrameRate, Frames};

/// The fields of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportForm {
    pub place: String,
    pub format: &'static Format,
    pub settings: ExportSettings,
    pub range: RangeChoice,
    /// The first frame of a custom range, as a timecode or a number.
    pub from: String,
    /// The frame after the last one.
    pub to: String,
    pub preset_name: String,
    /// The id of the upscaler for takes that are smaller than the export.
    pub upscaler: Option<String>,
    /// Whether missing in-betweens are made first.
    pub makes_in_betweens: bool,
}

/// The part of the timeline that is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeChoice {
    Entire,
    InToOut,
    Custom,
}

impl RangeChoice {
    pub const ALL: [(Self, &str); 3] = [
        (Self::Entire, "Entire timeline"),
        (Self::InToOut, "In to out"),
        (Self::Custom, "Custom"),
    ];
}

impl ExportForm {
    /// The defaults: an MP4 file beside the project's folder, with the same name, from in to out.
    pub fn of(project_folder: &Path, project: &Project) -> Self {
        let counting = Counting::customary(project.rate());
        let text = |frame| timecode(frame, project.rate(), counting);
        let mut form = Self {
            place: project_folder.display().to_string(),
            format: Format::MP4,
            settings: ExportSettings::default(),
            range: match project.in_out() {
                Some(_) => RangeChoice::InToOut,
                None => RangeChoice::Entire,
            },
            from: text(Frames::ZERO),
            to: text(project.end()),
            preset_name: String::new(),
            upscaler: None,
            makes_in_betweens: true,
        };
        form.choose(Format::MP4);
        form
    }

    /// Sets the format, and the extension of the file.
    pub fn choose(&mut self, format: &'static Format) {
        let place = Path::new(self.place.trim()).with_extension(format.extension);
        self.place = place.display().to_string();
        self.format = format;
    }

    /// Sets the folder, and keeps the name of the file.
    pub fn move_to(&mut self, folder: &Path) {
        let name = Path::new(self.place.trim()).file_name().unwrap_or_default();
        self.place = folder.join(name).display().to_string();
    }

    /// Sets the format and the settings of a preset.
    pub fn apply(&mut self, preset: &ExportPreset) {
        if let Some(format) = preset.format() {
            self.choose(format);
        }
        self.settings = preset.settings;
        self.preset_name.clone_from(&preset.name);
    }

    /// The form's format and settings as a preset; `None` without a name for it.
    pub fn preset(&self) -> Option<ExportPreset> {
        let name = self.preset_name.trim();
        (!name.is_empty()).then(|| ExportPreset {
            name: name.to_owned(),
            format: self.format.id.to_owned(),
            settings: self.settings,
        })
    }

    /// The frames to export, or the reason why there are none.
    pub fn frames(&self, project: &Project) -> Result<FrameRange, String> {
        let range = match self.range {
            RangeChoice::Entire => entire_range(project),
            RangeChoice::InToOut => export_range(project),
            RangeChoice::Custom => {
                let text = format!("{}..{}", self.from.trim(), self.to.trim());
                range_of(project, &text).map_err(|failure| failure.cause)?
            }
        };
        match range.length > Frames::ZERO {
            true => Ok(range),
            false => Err("The timeline is empty.".into()),
        }
    }

    pub fn request(&self, range: FrameRange) -> ExportRequest {
        ExportRequest {
            path: PathBuf::from(self.place.trim()),
            format: self.format,
            range: Some(range),
            existing: Existing::Report,
            settings: self.settings,
        }
    }
}

/// What another frame rate does to the frames of a project; empty at the same rate.
pub fn rate_effect(from: FrameRate, to: FrameRate) -> String {
    if from == to {
        return String::new();
    }
    let more = to.per_second() - from.per_second();
    let what = match more > 0.0 {
        true => "repeated",
        false => "left out",
    };
    let more = more.abs();
    let often = if more < 0.5 {
        format!("1 frame in {:.0} seconds is", 1.0 / more)
    } else if more < 1.5 {
        "1 frame a second is".to_owned()
    } else {
        format!("{more:.0} frames a second are")
    };
    format!("{often} {what}. Length, cuts and sound stay as they are.")
}

#[cfg(test)]
mod tests {
    use kinora_studio::render::{ExportSize, Quality};

    use super::*;

    fn form() -> ExportForm {
        ExportForm::of(Path::new("/films/Fox.kinora"), &Project::default())
    }

    #[test]
    fn the_file_follows_the_format_and_the_folder_and_keeps_its_name() {
        let mut form = form();
        assert_eq!(form.place, "/films/Fox.mp4");
        form.choose(Format::PRORES);
        assert_eq!(form.place, "/films/Fox.mov");
        form.move_to(Path::new("/out"));
        assert_eq!(Path::new(&form.place), Path::new("/out/Fox.mov"));
    }

    #[test]
    fn a_preset_gives_back_the_format_and_the_settings_it_was_saved_with() {
        let mut form = form();
        assert_eq!(form.preset(), None, "it has no name");
        form.choose(Format::PRORES);
        form.settings = ExportSettings {
            size: ExportSize::Half,
            quality: Quality::High,
            has_sound: false,
            rate: FrameRate::new(25, 1),
            ..ExportSettings::default()
        };
        form.preset_name = " Review ".into();
        let preset = form.preset().expect("a preset");
        assert_eq!(preset.name, "Review");
        let mut other = ExportForm::of(Path::new("/films/Sea.kinora"), &Project::default());
        other.apply(&preset);
        assert_eq!(other.place, "/films/Sea.mov");
        assert_eq!((other.format, other.settings), (form.format, form.settings));
    }

    #[test]
    fn another_frame_rate_says_what_becomes_of_the_frames() {
        let effect = |from: &str, to: &str| {
            let rate = |text: &str| text.parse::<FrameRate>().expect("a rate");
            rate_effect(rate(from), rate(to))
        };
        assert_eq!(effect("24", "24"), "");
        for (from, to, often) in [
            ("24", "30", "6 frames a second are repeated."),
            ("24", "25", "1 frame a second is repeated."),
            ("29.97", "25", "5 frames a second are left out."),
            ("24", "23.976", "1 frame in 42 seconds is left out."),
        ] {
            let effect = effect(from, to);
            assert!(effect.starts_with(often), "{effect}");
        }
    }

    #[test]
    fn an_empty_timeline_and_a_wrong_range_are_explained() {
        let mut form = form();
        let project = Project::default();
        let empty = Err("The timeline is empty.".to_owned());
        assert_eq!(form.frames(&project), empty);
        form.range = RangeChoice::Custom;
        (form.from, form.to) = ("0".into(), "9".into());
        let refused = form.frames(&project).expect_err("there are no frames");
        assert!(refused.contains("it has 0 frames"), "{refused}");
    }
}
