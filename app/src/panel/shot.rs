//! The chosen shot: what it says, how long it is, who is in it, how the camera goes, and its takes.

mod model;
mod prompt;

use egui::{
    ComboBox, Frame, Margin, Panel, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2,
    WidgetInfo, vec2,
};
use kinora_studio::engine::{EngineHost, State as EngineState};
use kinora_studio::timeline::camera::Move;
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::shot::{ModelLength, Origin, SeedPolicy, Shot};
use kinora_studio::timeline::{Edit, ShotId};

use super::camera::moves::written;
use super::takes;
use crate::command::Command;
use crate::film::Film;
use crate::fonts::icon;
use crate::run::{Ask, ShotChange};
use crate::theme::Theme;
use crate::widget::{field, icon_button, number, picture_in, primary_button};

/// How large a key picture is drawn, in points.
const KEY_PICTURE: Vec2 = vec2(96.0, 60.0);
/// No model makes longer clips in one piece.
const LONGEST_FRAMES: u32 = 241;

/// Words while they are typed: they become an edit when the field is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotForm {
    shot: ShotId,
    name: String,
    prompt: String,
    negative: String,
}

impl ShotForm {
    /// These words, if they are others than the shot's own.
    pub fn changed(&self, shot: &Shot) -> Option<ShotChange> {
        (self.shot == shot.id && *self != Self::of(shot)).then(|| ShotChange::Words {
            name: self.name.clone(),
            prompt: self.prompt.clone(),
            negative: self.negative.clone(),
        })
    }

    /// Whose words these are.
    pub fn shot(&self) -> ShotId {
        self.shot
    }

    fn of(shot: &Shot) -> Self {
        Self {
            shot: shot.id,
            name: shot.name.clone(),
            prompt: shot.prompt.clone(),
            negative: shot.negative.clone(),
        }
    }
}

pub fn shot_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &mut Film,
    engine: &EngineHost,
    asks: &mut Vec<Ask>,
) {
    let shot = film.chosen.shot.and_then(|shot| film.project().shot(shot));
    let Some(shot) = shot.map(|shot| Shot::clone(shot)) else {
        ui.label(
            RichText::new("Choose a shot, or write a new one.").color(*theme.colours.text_faint),
        );
        return;
    };
    let is_typing = film
        .shot_form
        .as_ref()
        .is_some_and(|form| form.shot == shot.id);
    let mut form = match film.shot_form.take().filter(|_| is_typing) {
        Some(form) => form,
        None => ShotForm::of(&shot),
    };
    // What one came here for is always in reach, however much there is to say above it.
    Panel::bottom("generate")
        .frame(Frame::new().inner_margin(Margin::symmetric(0, 8)))
        .show(ui, |ui| generate_ui(ui, theme, film, &shot, engine, asks));
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let has_left = words_ui(ui, theme, film, &mut form);
            if let Some(words) = form.changed(&shot).filter(|_| has_left) {
                asks.push(Ask::ChangeShot(shot.id, words));
            }
            numbers_ui(ui, theme, &shot, asks);
            model::model_ui(ui, theme, film, (&shot, engine), asks);
            camera_ui(ui, theme, &shot, asks);
            origin_ui(ui, theme, film, &shot, asks);
            keys_ui(ui, theme, film, &shot, asks);
            takes::takes_ui(ui, theme, film, &shot, asks);
        });
    film.shot_form = Some(form);
}

/// Name, prompt and negative; true if one of them was left.
fn words_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, form: &mut ShotForm) -> bool {
    let mut has_left = false;
    field(ui, theme, "Name", |ui, label| {
        let edit = TextEdit::singleline(&mut form.name)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0));
        has_left |= ui.add(edit).labelled_by(label).lost_focus();
    });
    field(ui, theme, "Prompt", |ui, label| {
        has_left |= prompt::prompt_ui(ui, theme, film, &mut form.prompt, label);
    });
    field(ui, theme, "Not to be seen", |ui, label| {
        let edit = TextEdit::singleline(&mut form.negative)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0))
            .hint_text("The model's own, if left empty");
        has_left |= ui.add(edit).labelled_by(label).lost_focus();
    });
    has_left
}

fn numbers_ui(ui: &mut Ui, theme: &Theme, shot: &Shot, asks: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        field(ui, theme, "Frames", |ui, label| {
            let mut frames = shot.length.frames;
            let drag = number(&mut frames).range(1..=LONGEST_FRAMES).speed(0.25);
            let response = ui.add_sized(vec2(88.0, 28.0), drag).labelled_by(label);
            let (rate, _) = shot.length.rate.as_fraction();
            let seconds = f64::from(shot.length.frames) / f64::from(rate.max(1));
            let words = format!("{seconds:.2} s at {rate} frames a second; models make 4n + 1");
            if response.on_hover_text(words).changed() {
                let snapped = (frames.saturating_sub(1) + 2) / 4 * 4 + 1;
                let length = ModelLength {
                    frames: snapped,
                    ..shot.length
                };
                if length != shot.length {
                    asks.push(Ask::ChangeShot(shot.id, ShotChange::Length(length)));
                }
            }
        });
        field(ui, theme, "Seed", |ui, label| {
            ui.horizontal(|ui| {
                let mut is_kept = matches!(shot.seed, SeedPolicy::Fixed(_));
                let mut seed = match shot.seed {
                    SeedPolicy::Fixed(seed) => seed,
                    SeedPolicy::Fresh => 0,
                };
                let kept = ui.checkbox(&mut is_kept, "Keep");
                let kept = kept.on_hover_text(
                    "The same seed makes the same take; otherwise each take gets a new one",
                );
                let drag = ui
                    .add_enabled(is_kept, number(&mut seed))
                    .labelled_by(label);
                if kept.changed() || drag.changed() {
                    let seed = match is_kept {
                        true => SeedPolicy::Fixed(seed),
                        false => SeedPolicy::Fresh,
                    };
                    asks.push(Ask::ChangeShot(shot.id, ShotChange::Seed(seed)));
                }
            });
        });
    });
}

fn camera_ui(ui: &mut Ui, theme: &Theme, shot: &Shot, asks: &mut Vec<Ask>) {
    let now = match &shot.camera {
        None => "as the model likes".to_owned(),
        Some(path) => format!("{} keys", path.keys().len()),
    };
    field(ui, theme, "Camera move", |ui, label| {
        let combo = ComboBox::from_id_salt(("camera", shot.id))
            .selected_text(now)
            .width(ui.available_width());
        let response = combo.show_ui(ui, |ui| {
            if ui
                .selectable_label(shot.camera.is_none(), "As the model likes")
                .clicked()
            {
                asks.push(Ask::Edit(Edit::Camera(CameraEdit::SetPath(shot.id, None))));
            }
            for &which in Move::ALL {
                let row = ui.selectable_label(false, which.title());
                if row.on_hover_text(which.told()).clicked() {
                    asks.push(Ask::Edit(written(which, shot)));
                }
            }
        });
        response
            .response
            .labelled_by(label)
            .on_hover_text("A preset writes real keys, which can be edited");
    });
}

fn origin_ui(ui: &mut Ui, theme: &Theme, film: &Film, shot: &Shot, asks: &mut Vec<Ask>) {
    let others: Vec<_> = film
        .project()
        .shots()
        .filter(|other| other.id != shot.id)
        .collect();
    if others.is_empty() {
        return;
    }
    let now = match shot.origin {
        Origin::Scratch => "nothing".to_owned(),
        Origin::Continues(before) => film
            .project()
            .shot(before)
            .map_or("a shot that is gone".into(), |shot| shot.name.clone()),
        Origin::Extends { .. } | Origin::Retakes { .. } => "a take".to_owned(),
    };
    field(ui, theme, "Goes on from", |ui, label| {
        let combo = ComboBox::from_id_salt(("origin", shot.id))
            .selected_text(now)
            .width(ui.available_width());
        let response = combo.show_ui(ui, |ui| {
            let mut offer = |ui: &mut Ui, name: &str, origin: Origin| {
                if ui.selectable_label(shot.origin == origin, name).clicked() {
                    asks.push(Ask::ChangeShot(shot.id, ShotChange::Origin(origin)));
                }
            };
            offer(ui, "Nothing", Origin::Scratch);
            for other in others {
                offer(ui, &other.name, Origin::Continues(other.id));
            }
        });
        response
            .response
            .labelled_by(label)
            .on_hover_text("Begins with the last frame of that shot's take");
    });
}

/// The pictures that the shot passes through.
fn keys_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, shot: &Shot, asks: &mut Vec<Ask>) {
    if shot.keyframes.is_empty() {
        return;
    }
    ui.add_space(8.0);
    ui.label(RichText::new("Key pictures").font(theme.strong_font()));
    let folder = film.session.folder().to_owned();
    ui.horizontal_wrapped(|ui| {
        for key in &shot.keyframes {
            let words = match key.frame {
                0 => "First".to_owned(),
                frame if frame + 1 == shot.length.frames => "Last".to_owned(),
                frame => format!("Frame {frame}"),
            };
            ui.vertical(|ui| {
                let (rect, response) = ui.allocate_exact_size(KEY_PICTURE, Sense::hover());
                ui.painter().rect_filled(rect, 4, *theme.colours.well);
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
                let picture = film.pictures.of_film(ui.ctx(), &folder, key.image);
                if let Some(picture) = picture {
                    picture_in(ui.painter(), picture, rect);
                }
                ui.horizontal(|ui| {
                    ui.label(
                        RichText::new(&words)
                            .small()
                            .color(*theme.colours.text_soft),
                    );
                    let name = format!("Take the picture off: {words}");
                    if icon_button(ui, icon::CLOSE, &name).clicked() {
                        asks.push(Ask::ChangeShot(shot.id, ShotChange::NoKey(key.frame)));
                    }
                });
            });
        }
    });
}

fn generate_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &Film,
    shot: &Shot,
    engine: &EngineHost,
    asks: &mut Vec<Ask>,
) {
    if primary_button(ui, theme, Command::Generate.row()).clicked() {
        asks.push(Ask::Run(Command::Generate));
    }
    let state = match engine.state() {
        EngineState::Starting => "The engine is starting.".to_owned(),
        EngineState::Ready(hello) => {
            let device = hello
                .devices
                .last()
                .map_or("the processor", |device| device.name.as_str());
            format!("On {device}. {}", cost_words(film, shot))
        }
        EngineState::NotStarted | EngineState::Gone(_) => {
            "The engine starts with the first shot.".to_owned()
        }
    };
    ui.label(
        RichText::new(state)
            .small()
            .color(*theme.colours.text_faint),
    );
}

/// What a take of this length took before, in words.
fn cost_words(film: &Film, shot: &Shot) -> String {
    let mut alike = film
        .takes
        .iter()
        .filter(|(_, take)| take.recipe.frames == shot.length.frames);
    match alike.next_back() {
        Some((_, take)) => format!(
            "About {:.0} s, as the last one.",
            take.timings.total.max(1.0)
        ),
        None => "How long it takes is known after the first take.".into(),
    }
}
