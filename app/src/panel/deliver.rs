//! Writing the film out: where to, as what, which part.

use std::path::{Path, PathBuf};

use egui::{TextEdit, Ui, vec2};
use kinora_studio::deliver::Order;

use crate::run::Ask;
use crate::state::State;
use crate::theme::Theme;
use crate::widget::{dialogue, dialogue_buttons, field};

/// What a film can be written as: its name for `--preset`, what people call it, how its file ends.
const KINDS: [(&str, &str, &str); 5] = [
    ("h264", "H.264 with sound, for everywhere", "mp4"),
    (
        "h264-quick",
        "H.264, written quickly, to look at today",
        "mp4",
    ),
    ("prores", "ProRes 422 HQ, for other editors", "mov"),
    ("wav", "The sound alone", "wav"),
    ("png", "Pictures, one for each frame", ""),
];

/// What is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    place: String,
    kind: usize,
}

impl Deliver {
    /// Beside the film's folder, under its name.
    pub fn of(film_folder: &Path) -> Self {
        Self {
            place: film_folder.with_extension(KINDS[0].2).display().to_string(),
            kind: 0,
        }
    }

    fn order(&self) -> Order {
        Order {
            path: PathBuf::from(self.place.trim()),
            preset: Some(KINDS[self.kind].0.into()),
            range: None,
        }
    }
}

pub fn deliver_ui(ui: &Ui, theme: &Theme, form: &mut Deliver, state: &State, asks: &mut Vec<Ask>) {
    dialogue(ui, theme, "Deliver", 480.0, asks, |ui, asks| {
        for (at, (_, words, extension)) in KINDS.iter().enumerate() {
            if ui.radio(form.kind == at, *words).clicked() {
                form.kind = at;
                form.place = Path::new(form.place.trim())
                    .with_extension(extension)
                    .display()
                    .to_string();
            }
        }
        ui.add_space(8.0);
        field(ui, theme, "File", |ui, label| {
            let edit = TextEdit::singleline(&mut form.place)
                .desired_width(f32::INFINITY)
                .margin(vec2(8.0, 6.0));
            ui.add(edit).labelled_by(label);
        });
        let part = match state.film.as_ref().and_then(|film| film.project().in_out()) {
            Some(range) => format!("The part between in and out: {}.", range.length),
            None => "The whole film.".into(),
        };
        ui.label(
            egui::RichText::new(part)
                .small()
                .color(*theme.colours.text_soft),
        );
        if dialogue_buttons(ui, theme, "Deliver", !form.place.trim().is_empty(), asks) {
            asks.push(Ask::Deliver(form.order()));
        }
    });
}
