//! The takes of the selected shot: each with a thumbnail that the pointer scrubs, its seed, its rating, its note, and a
//! menu of variations.

mod based_shot;
mod camera_badge;
mod cast_badge;
mod compare;
mod menu;
mod note;
mod rank;
mod stills;

use crate::state::action::{Action, EditAction, TakeAction, ViewerAction};
use egui::{
    Align2, Button, CollapsingHeader, Color32, FontId, Response, RichText, Role, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, vec2,
};
use kinora_studio::generate::queue::Vary;
use kinora_studio::generate::ranking::Ranked;
use kinora_studio::render::strip::{HEIGHT, WIDTH};
use kinora_studio::take::take_store::{Rating, Take};
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Source};

use crate::panels::context::PanelContext;
use crate::state::view::shot_view::ShotView;
use crate::state::view::viewer_view::ViewedSource;
use crate::ui::fonts::icon;
use crate::ui::widgets::named;
use based_shot::retake_ui;
use camera_badge::{camera_badge, camera_refusal};
use cast_badge::{cast_badge, cast_refusal};
use compare::differences_ui;
use menu::take_menu;
use note::{note_ui, search_ui};
use rank::{by_rank_ui, in_order, rank_ui, ranking};
use stills::{is_still, stills_ui};

const STARS: u8 = 5;
/// The number of takes that are shown beside the chosen one; the earlier ones are folded.
const SHOWN: usize = 3;

/// The takes of a shot: the chosen one, then the others from the newest to the oldest, or all in the order of their ranks;
/// after them its stills.
pub fn takes_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, view: &mut ShotView) {
    // A take that does not name its shot, because its description is damaged, is shown with every shot.
    let belongs = |take: &Take| take.shot.is_none_or(|of| of == shot.id);
    let all = cx.generation.takes.takes.iter();
    let mut takes: Vec<_> = all
        .filter(|(name, take)| belongs(take) || shot.chosen == Some(*name))
        .collect();
    let is_picture =
        |(name, take): &&(ContentHash, Take)| is_still(take) && shot.chosen != Some(*name);
    let stills: Vec<_> = takes.extract_if(.., |take| is_picture(take)).collect();
    // The sound for pictures has a list of its own.
    takes.retain(|(_, take)| shot.kind.is_sound() || !take.is_sound_alone());
    takes.sort_by_key(|(name, take)| (take.made_at, *name));
    if !takes.is_empty() {
        clips_ui(ui, cx, shot, &takes, view);
    }
    stills_ui(ui, cx, shot, &stills, view);
}

/// The takes that are clips, of which there is at least one, from the oldest to the newest.
fn clips_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    takes: &[&(ContentHash, Take)],
    view: &mut ShotView,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Takes").font(cx.theme.strong_font()));
        if takes.len() > 1 {
            by_rank_ui(ui, view);
        }
    });
    search_ui(ui, cx, takes, view);
    let ranking = ranking(cx, takes, view);
    let chosen = takes
        .iter()
        .copied()
        .find(|(name, _)| shot.chosen == Some(*name));
    let rows = takes.iter().enumerate().map(|(place, (name, take))| Row {
        shot,
        number: place + 1,
        name: *name,
        take,
        chosen,
        ranked: ranking.iter().find(|ranked| ranked.place == place),
    });
    let notes = &cx.generation.takes.notes;
    let rows = rows.filter(|row| notes.is_found(row.name, &view.note_search));
    let (shown, folded) = match view.is_by_rank {
        true => in_order(rows.collect(), SHOWN + 1),
        false => newest_first(rows),
    };
    if shown.is_empty() {
        let words = RichText::new("No note on a take has these words.");
        ui.label(words.color(*cx.theme.colours.text_faint));
    }
    for row in &shown {
        ui.push_id(row.name, |ui| row_ui(ui, cx, row, view));
    }
    if !folded.is_empty() {
        let name = match view.is_by_rank {
            true => "Lower ranks",
            false => "Earlier takes",
        };
        CollapsingHeader::new(format!("{name} ({})", folded.len()))
            .id_salt("earlier takes")
            .show(ui, |ui| {
                for row in &folded {
                    ui.push_id(row.name, |ui| row_ui(ui, cx, row, view));
                }
            });
    }
}

/// The chosen take and the newest ones, and those that are folded.
fn newest_first<'r>(rows: impl Iterator<Item = Row<'r>>) -> (Vec<Row<'r>>, Vec<Row<'r>>) {
    let (mut first, mut others): (Vec<Row>, Vec<Row>) = rows.partition(Row::is_chosen);
    others.reverse();
    let earlier = others.split_off(others.len().min(SHOWN));
    first.extend(others);
    (first, earlier)
}

struct Row<'r> {
    shot: &'r Shot,
    number: usize,
    name: ContentHash,
    take: &'r Take,
    chosen: Option<&'r (ContentHash, Take)>,
    /// `None`: takes are not shown by rank.
    ranked: Option<&'r Ranked>,
}

impl Row<'_> {
    fn title(&self) -> String {
        let Self {
            shot, number, take, ..
        } = self;
        match &take.recipe {
            Ok(recipe) => format!(
                "Take {number} of {}, seed {}",
                shot.name, recipe.inputs.seed
            ),
            Err(_) => format!("Take {number} of {}", shot.name),
        }
    }

    fn is_chosen(&self) -> bool {
        match self.take.is_sound_alone() {
            true => self.shot.chosen_sound == Some(self.name),
            false => self.shot.chosen == Some(self.name),
        }
    }
}

fn row_ui(ui: &mut Ui, cx: &PanelContext, row: &Row, view: &mut ShotView) {
    let rating = cx.generation.rating(row.name);
    ui.horizontal(|ui| {
        let picture = picture_ui(ui, cx, row, rating);
        picture.context_menu(|ui| take_menu(ui, cx, row, rating, view));
        if picture.clicked() {
            if !row.is_chosen() {
                let choose = row.take.choice(row.shot.id, row.name);
                cx.send(Action::Edit(EditAction::Apply(choose)));
            }
            let source = ViewedSource::of(Source::Shot(row.shot.id));
            cx.send(Action::Viewer(ViewerAction::Show(source)));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
            let made = match &row.take.recipe {
                Ok(recipe) if recipe.upscaled.is_some() => {
                    let [width, height] = recipe.picture_size();
                    format!("{}   upscaled to {width} x {height}", row.number)
                }
                Ok(recipe) => format!("{}   seed {}", row.number, recipe.inputs.seed),
                Err(_) => format!("{}   cannot be reproduced", row.number),
            };
            ui.label(
                RichText::new(made)
                    .small()
                    .color(*cx.theme.colours.text_soft),
            );
            if let Some(ranked) = row.ranked {
                rank_ui(ui, cx.theme, row.number, ranked);
            }
            if let Some(measure) = cx.generation.takes.measures.get(&row.name) {
                camera_badge(ui, cx.theme, row.number, measure);
            }
            if let Some(appearance) = cx.generation.takes.appearances.get(&row.name) {
                cast_badge(ui, cx.theme, row.number, appearance);
            }
            stars_ui(ui, cx, row.name, &format!("take {}", row.number), rating);
            ui.horizontal_wrapped(|ui| {
                let name = format!("Vary take {}: new seed, same settings", row.number);
                if word_button(ui, "Vary", &name).clicked() {
                    let vary = TakeAction::Vary(row.shot.id, row.name, Vary::Seed);
                    cx.send(Action::Take(vary));
                }
                differences_ui(ui, cx, row);
                ui.menu_button(RichText::new("More…").small(), |ui| {
                    take_menu(ui, cx, row, rating, view);
                });
            });
        });
    });
    note_ui(ui, cx, row, view);
    if view.retake.is_some_and(|form| form.take == row.name)
        && let Ok(recipe) = &row.take.recipe
    {
        retake_ui(ui, cx, row.shot, recipe, view);
    }
    ui.add_space(4.0);
}

/// A small button with a word; `name` is its tooltip and its accessible name.
pub fn word_button(ui: &mut Ui, word: &str, name: &str) -> Response {
    let response = ui.add(Button::new(RichText::new(word).small()));
    named(&response, name);
    response.on_hover_text(name)
}

/// The thumbnail of a take. The horizontal position of the pointer selects the frame.
fn picture_ui(ui: &mut Ui, cx: &PanelContext, row: &Row, rating: Rating) -> Response {
    let size = vec2(WIDTH as f32, HEIGHT as f32) * 1.2;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let title = row.title();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &title));
    let painter = ui.painter_at(rect.expand(2.0));
    painter.rect_filled(rect, 4, *cx.theme.colours.well);
    if let Some(on_card) = cx.media.thumbnails.of_take(row.name) {
        let place = response
            .hover_pos()
            .map_or(0.5, |at| (at.x - rect.left()) / rect.width());
        let tint = match rating.is_rejected {
            true => Color32::WHITE.gamma_multiply(0.35),
            false => Color32::WHITE,
        };
        painter.image(on_card.texture.id(), rect, on_card.frame_at(place), tint);
        if response.hovered() {
            let x = egui::lerp(rect.x_range(), place);
            painter.vline(
                x,
                rect.y_range(),
                Stroke::new(1.0, *cx.theme.colours.accent),
            );
        }
    } else {
        let font = FontId::proportional(cx.theme.text.small);
        let number = row.number.to_string();
        painter.text(
            rect.center(),
            Align2::CENTER_CENTER,
            number,
            font,
            *cx.theme.colours.text_faint,
        );
    }
    if row.take.sound.is_some() {
        painter.text(
            rect.right_bottom() - vec2(4.0, 3.0),
            Align2::RIGHT_BOTTOM,
            icon::SPEAKER,
            FontId::proportional(cx.theme.text.small),
            *cx.theme.colours.text_faint,
        );
    }
    if row.is_chosen() {
        let stroke = Stroke::new(2.0, *cx.theme.colours.accent);
        painter.rect_stroke(rect, 4, stroke, StrokeKind::Inside);
    }
    let hint = row.take.hint.clone();
    let reason = row.take.recipe.as_ref().err();
    let reason = reason.map(|reason| format!("It cannot be reproduced: {reason}"));
    let measure = cx.generation.takes.measures.get(&row.name);
    let camera = measure.and_then(camera_refusal);
    let appearance = cx.generation.takes.appearances.get(&row.name);
    let cast = appearance.and_then(cast_refusal);
    let sound = row.take.sound.map(|_| "With sound".to_owned());
    let notes = [sound, hint, reason, camera, cast].into_iter().flatten();
    let lines: Vec<String> = std::iter::once(title).chain(notes).collect();
    response.on_hover_text(lines.join("\n"))
}

/// The rating in stars of a take, which the words name: "take 2". A click on the last lit star removes it.
pub fn stars_ui(ui: &mut Ui, cx: &PanelContext, take: ContentHash, words: &str, rating: Rating) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for star in 1..=STARS {
            let colour = match star <= rating.stars {
                true => *cx.theme.colours.accent,
                false => *cx.theme.colours.line_strong,
            };
            let (rect, response) = ui.allocate_exact_size(vec2(17.0, 20.0), Sense::click());
            let name = format!("Give {words} {star} of {STARS} stars");
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            let font = FontId::proportional(15.0);
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                icon::STAR,
                font,
                colour,
            );
            if response.on_hover_text(name).clicked() {
                let stars = if rating.stars == star { star - 1 } else { star };
                let rating = Rating { stars, ..rating };
                cx.send(Action::Take(TakeAction::Rate(take, rating)));
            }
        }
    });
}
