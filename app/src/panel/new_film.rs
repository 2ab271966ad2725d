//! The dialogue that makes a film: a name, a place, a rate and a size.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use egui::{ComboBox, RichText, TextEdit, Ui};
use kinora_studio::{FOLDER_EXTENSION, FrameRate, Project, Size};

use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::{dialogue, dialogue_buttons, field, focus_first, place_field};

/// What has been filled in so far.
pub struct NewFilm {
    name: String,
    pub place: String,
    rate: FrameRate,
    size: Size,
}

impl NewFilm {
    /// With sensible answers to everything.
    pub fn in_folder(films: &Path) -> Self {
        let usual = Project::default();
        Self {
            name: "Untitled film".into(),
            place: films.display().to_string(),
            rate: usual.rate(),
            size: usual.size(),
        }
    }

    /// The folder to be made, or why the name or the place will not do.
    fn folder(&self) -> Result<PathBuf, &'static str> {
        let name = self.name.trim();
        if name.is_empty() {
            return Err("The film needs a name.");
        }
        if name.starts_with('.') || name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
            return Err("A name cannot begin with a dot or contain / \\ : * ? \" < > |");
        }
        if !Path::new(self.place.trim()).is_absolute() {
            return Err("The place must be a full path, as /home/you/films.");
        }
        Ok(Path::new(self.place.trim()).join(format!("{name}.{FOLDER_EXTENSION}")))
    }
}

pub fn new_film_ui(
    ui: &mut Ui,
    theme: &Theme,
    form: &mut NewFilm,
    busy: bool,
    asks: &mut Vec<Ask>,
) {
    dialogue(ui, theme, "New film", 460.0, asks, |ui, asks| {
        field(ui, theme, "Name", |ui, label| {
            let name = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
            focus_first(ui, name).labelled_by(label);
        });
        place_field(ui, theme, "Place", &mut form.place, asks);
        ui.columns(2, |columns| {
            let (left, right) = columns.split_at_mut(1);
            choice(
                &mut left[0],
                theme,
                "Frames a second",
                &FrameRate::COMMON,
                &mut form.rate,
            );
            choice(&mut right[0], theme, "Size", &Size::COMMON, &mut form.size);
        });
        let folder = form.folder();
        match &folder {
            Ok(folder) => ui.label(
                RichText::new(format!("Makes {}", folder.display()))
                    .small()
                    .color(*theme.colours.text_faint),
            ),
            Err(why) => ui.label(RichText::new(*why).small().color(*theme.colours.bad)),
        };
        if dialogue_buttons(ui, theme, "Make film", folder.is_ok() && !busy, asks)
            && let Ok(folder) = folder
        {
            asks.push(Ask::Create(folder, Project::new(form.rate, form.size)));
        }
    });
}

/// A list to choose one of `all` from.
fn choice<T: Copy + PartialEq + Display>(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    all: &[T],
    chosen: &mut T,
) {
    field(ui, theme, name, |ui, label| {
        let list = ComboBox::from_id_salt(name)
            .selected_text(chosen.to_string())
            .width(ui.available_width());
        let shown = list.show_ui(ui, |ui| {
            for one in all {
                ui.selectable_value(chosen, *one, one.to_string());
            }
        });
        shown.response.labelled_by(label);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, place: &str) -> NewFilm {
        NewFilm {
            name: name.into(),
            ..NewFilm::in_folder(Path::new(place))
        }
    }

    #[test]
    fn a_film_becomes_a_folder_of_its_name() {
        assert_eq!(
            form(" Night train ", "/films").folder(),
            Ok(PathBuf::from("/films/Night train.kinora"))
        );
    }

    #[test]
    fn names_no_disk_takes_are_refused_with_the_reason() {
        for name in ["", "   ", "a/b", ".hidden", "why?"] {
            assert!(form(name, "/films").folder().is_err(), "{name}");
        }
        assert!(form("fine", "films").folder().is_err());
    }
}
