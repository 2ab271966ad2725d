//! The page of a character: its text, reference pictures, colours and shots.

use egui::{Button, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo, vec2};
use kinora_studio::timeline::cast::{Character, CharacterVoice};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::stage::FigureKind;
use kinora_studio::timeline::{ContentHash, Edit, MediumId, ShotId};

use super::{delete_character, select};
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::edit_colour;
use crate::panels::dropper;
use crate::state::action::{Action, CharacterAction, EditAction, ShotAction};
use crate::state::form::character_form::CharacterForm;
use crate::state::view::cast_view::CastView;
use crate::state::view::viewer_view::ColourTarget;
use crate::ui::fonts::{icon, sign};
use crate::ui::rows::rows_in_view;
use crate::ui::widgets::{
    choice, colour_field, field, icon_button, named, picture_in, small_button, text_field,
};

/// The size of a reference picture, in points.
const PICTURE: Vec2 = vec2(84.0, 112.0);
/// The parts of a stand-in that have a colour, in the order of the character's colours.
const COLOURED: [&str; 2] = ["Body", "Limbs"];

pub fn page_ui(ui: &mut Ui, cx: &PanelContext, view: &mut CastView, character: &Character) {
    if small_button(ui, sign::ARROW_LEFT, "Back", "Back to the cast").clicked() {
        select(cx, None);
    }
    ui.add_space(4.0);
    let typed = view.form.take();
    let typed = typed.filter(|form| form.character == character.id);
    let mut form = typed.unwrap_or_else(|| CharacterForm::of(character));
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if words_ui(ui, cx, &mut form) && form != CharacterForm::of(character) {
                send(cx, CharacterAction::Text(form.clone()));
            }
            voice_ui(ui, cx, character);
            pictures_ui(ui, cx, character);
            figure_ui(ui, cx, character);
            colours_ui(ui, cx, view, character);
            let shots = view.shots_with(character, cx.project(), cx.document.revision);
            shots_ui(ui, cx, character, &shots);
            ui.add_space(8.0);
            whole_ui(ui, cx, character, !shots.is_empty());
        });
    view.form = Some(form);
}

/// The text fields. True if one lost the focus.
fn words_ui(ui: &mut Ui, cx: &PanelContext, form: &mut CharacterForm) -> bool {
    let problem = form.tag_problem(cx.project());
    let mut has_left = false;
    field(ui, cx.theme, "Character name", |ui, label| {
        let edit = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
        has_left |= text_field(ui, edit, false).labelled_by(label).lost_focus();
    });
    field(ui, cx.theme, "Tag", |ui, label| {
        let edit = TextEdit::singleline(&mut form.tag).desired_width(f32::INFINITY);
        let edit = text_field(ui, edit, false).labelled_by(label);
        has_left |= edit.lost_focus();
        edit.on_hover_text("The name in prompts, after an @");
        let colours = &cx.theme.colours;
        let (words, colour) = match problem {
            Some(problem) => (problem, *colours.warning),
            None => (
                "Prompts that use the tag are changed with it",
                *colours.text_faint,
            ),
        };
        ui.label(RichText::new(words).small().color(colour));
    });
    for (name, text, rows) in [
        ("Description", &mut form.notes, 3),
        ("Licence and consent", &mut form.consent, 2),
        ("Voice", &mut form.voice, 2),
    ] {
        field(ui, cx.theme, name, |ui, label| {
            let edit = TextEdit::multiline(text)
                .desired_width(f32::INFINITY)
                .desired_rows(rows);
            has_left |= text_field(ui, edit, false).labelled_by(label).lost_focus();
        });
    }
    field(ui, cx.theme, "Language of the voice", |ui, label| {
        let edit = TextEdit::singleline(&mut form.language)
            .desired_width(f32::INFINITY)
            .hint_text("Automatic");
        let edit = text_field(ui, edit, false).labelled_by(label);
        has_left |= edit.lost_focus();
        edit.on_hover_text("In English, such as german; the model finds it out if it is empty");
    });
    has_left
}

/// The recording that the voice is cloned from, among the imported sounds. Without consent no line is said with it.
fn voice_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    let media = cx.project().media().filter(|medium| medium.has_sound);
    let sounds = media.map(|medium| (Some(medium.id), medium.name.clone()));
    let none = (None, "None: by the description".to_owned());
    let all: Vec<(Option<MediumId>, String)> = std::iter::once(none).chain(sounds).collect();
    let mut sample = character.voice.sample;
    ui.add_enabled_ui(cx.can_edit(), |ui| {
        let list = choice(ui, cx.theme, "Recording of the voice", all, &mut sample);
        list.on_hover_text("An imported sound from which the voice is cloned");
    });
    if sample != character.voice.sample {
        let voice = CharacterVoice {
            sample,
            ..character.voice.clone()
        };
        apply(
            cx,
            Character {
                voice,
                ..character.clone()
            },
        );
    }
    if character.voice.sample.is_some() && !character.has_consent() {
        let words = "A voice is not cloned while Licence and consent is empty";
        let words = RichText::new(words).small();
        ui.label(words.color(*cx.theme.colours.warning));
    }
}

/// The reference pictures, the portrait first.
fn pictures_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    heading(ui, cx, "Reference pictures");
    ui.horizontal_wrapped(|ui| {
        for index in 0..character.references.len() {
            ui.push_id(index, |ui| {
                ui.vertical(|ui| picture_ui(ui, cx, character, index));
            });
        }
    });
    let button = Button::new(format!("{}  Add picture…", icon::NEW));
    let response = ui.add_enabled(cx.can_edit(), button);
    named(&response, "Add picture…");
    if response
        .on_hover_text("Add a reference picture from a file")
        .clicked()
    {
        send(cx, CharacterAction::AddReference(character.id));
    }
}

fn picture_ui(ui: &mut Ui, cx: &PanelContext, character: &Character, index: usize) {
    let (rect, response) = ui.allocate_exact_size(PICTURE, Sense::hover());
    let number = index + 1;
    let words = match index {
        0 => "Portrait".to_owned(),
        _ => format!("Picture {number}"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    response.on_hover_text(words.as_str());
    ui.painter().rect_filled(rect, 4, *cx.theme.colours.well);
    let picture = cx.media.images.get(ui.ctx(), character.references[index]);
    if let Some(picture) = picture {
        picture_in(ui.painter(), &picture, rect);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let last = character.references.len() - 1;
        let mut offer = |sign: &str, name: String, change: fn(&mut Vec<ContentHash>, usize)| {
            if icon_button(ui, sign, &name).clicked() {
                let mut changed = character.clone();
                change(&mut changed.references, index);
                apply(cx, changed);
            }
        };
        if index > 1 {
            let name = format!("Make picture {number} the portrait");
            offer(icon::STAR, name, |all, index| all[..=index].rotate_right(1));
        }
        if index > 0 {
            let name = format!("Move picture {number} left");
            offer(sign::ARROW_LEFT, name, |all, index| {
                all.swap(index - 1, index);
            });
        }
        if index < last {
            let name = format!("Move picture {number} right");
            offer(sign::ARROW_RIGHT, name, |all, index| {
                all.swap(index, index + 1);
            });
        }
        let name = format!("Remove picture {number}");
        offer(icon::CLOSE, name, |all, index| {
            all.remove(index);
        });
    });
}

/// What the stand-in on the stage looks like.
fn figure_ui(ui: &mut Ui, cx: &PanelContext, character: &Character) {
    heading(ui, cx, "Stand-in");
    let kinds = FigureKind::ALL.map(|(kind, name)| (kind, name.to_owned()));
    let mut figure = character.figure;
    choice(ui, cx.theme, "Figure of the stand-in", kinds, &mut figure).on_hover_text(
        "The shape that stands for the character on the stage of a shot. All but the plain one walk where they move",
    );
    if figure != character.figure {
        let changed = Character {
            figure,
            ..character.clone()
        };
        cx.send(Action::Edit(EditAction::Apply(change_of(changed))));
    }
}

/// The colours of the stand-in on the stage.
fn colours_ui(ui: &mut Ui, cx: &PanelContext, view: &mut CastView, character: &Character) {
    ui.vertical(|ui| {
        let mut colours = character
            .colours
            .map(|(red, green, blue)| [red, green, blue]);
        let mut has_changed = false;
        for (number, (name, colour)) in COLOURED.iter().zip(&mut colours).enumerate() {
            let name = format!("Colour: {name}");
            let target = ColourTarget::Character(character.id, number);
            has_changed |= colour_field(ui, cx.theme, (colour, &name), |ui| {
                dropper::button_ui(ui, cx, target, &name);
            });
        }
        let is_dragged = &mut view.is_colour_dragged;
        edit_colour(
            ui,
            cx,
            "colour of character",
            (is_dragged, has_changed),
            || {
                change_of(Character {
                    colours: colours.map(|[red, green, blue]| (red, green, blue)),
                    ..character.clone()
                })
            },
        );
    });
}

/// The shots that use the character, with the strength in each.
fn shots_ui(ui: &mut Ui, cx: &PanelContext, character: &Character, shots: &[ShotId]) {
    heading(ui, cx, "Used in");
    if shots.is_empty() {
        let words = RichText::new("No shot uses this character yet");
        ui.label(words.color(*cx.theme.colours.text_faint));
        return;
    }
    let height = ui.spacing().interact_size.y;
    rows_in_view(ui, height, shots.len(), |ui, row| {
        if let Some(shot) = cx.project().shot(shots[row]) {
            ui.push_id(shot.id, |ui| {
                ui.horizontal(|ui| shot_ui(ui, cx, character, shot));
            });
        }
    });
}

fn shot_ui(ui: &mut Ui, cx: &PanelContext, character: &Character, shot: &Shot) {
    let name = format!("Select {}", shot.name);
    if small_button(ui, icon::SHOT, &shot.name, &name).clicked() {
        cx.send(Action::Shot(ShotAction::Select(shot.id)));
    }
    let mut cast = shot.cast.iter();
    if !cast.any(|member| member.character == character.id) {
        ui.label(RichText::new("on the stage").small());
    }
}

/// The buttons for the whole character.
fn whole_ui(ui: &mut Ui, cx: &PanelContext, character: &Character, is_used: bool) {
    ui.add_enabled_ui(cx.can_edit(), |ui| {
        ui.horizontal_wrapped(|ui| {
            let name = format!("Duplicate {}", character.name);
            if small_button(ui, icon::DUPLICATE, "Duplicate", &name).clicked() {
                send(cx, CharacterAction::Duplicate(character.id));
            }
            let name = format!("Remove {}", character.name);
            if small_button(ui, icon::TRASH, "Remove", &name).clicked() {
                delete_character(cx, character);
            }
        });
        if is_used {
            let words = "Remove from all shots and the cast";
            if small_button(ui, icon::TRASH, words, words).clicked() {
                send(cx, CharacterAction::RemoveFromShots(character.id));
            }
        }
    });
}

fn heading(ui: &mut Ui, cx: &PanelContext, words: &str) {
    ui.add_space(8.0);
    ui.label(RichText::new(words).font(cx.theme.strong_font()));
}

fn change_of(character: Character) -> Edit {
    Edit::Library(Library::ChangeCharacter(Box::new(character)))
}

fn apply(cx: &PanelContext, character: Character) {
    cx.send(Action::Edit(EditAction::Apply(change_of(character))));
}

fn send(cx: &PanelContext, action: CharacterAction) {
    cx.send(Action::Character(action));
}
