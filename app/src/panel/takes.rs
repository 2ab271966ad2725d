//! The takes of the chosen shot: each as a small film under the pointer, with what the artist thinks of it, what made
//! it, and what can be made of it.

use egui::{
    Align2, Color32, FontId, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    vec2,
};
use kinora_studio::queue::Vary;
use kinora_studio::render::strip::{HEIGHT, WIDTH};
use kinora_studio::takes::{Opinion, Take};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::{ContentHash, Edit};

use crate::compare::{Comparison, How};
use crate::film::Film;
use crate::fonts::icon;
use crate::run::Ask;
use crate::theme::Theme;
use crate::widget::icon_button;

const STARS: u8 = 5;

pub fn takes_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, shot: &Shot, asks: &mut Vec<Ask>) {
    // Taken out of the film while they are drawn, for their pictures are in the film too.
    let all = std::mem::take(&mut film.takes);
    let of_shot = all
        .iter()
        .filter(|(name, take)| take.shot == shot.id || shot.chosen == Some(*name));
    let mut takes: Vec<_> = of_shot.collect();
    takes.sort_by_key(|(name, take)| (take.made_at, *name));
    if !takes.is_empty() {
        ui.add_space(8.0);
        ui.label(RichText::new("Takes").font(theme.strong_font()));
    }
    let chosen = takes
        .iter()
        .copied()
        .find(|(name, _)| shot.chosen == Some(*name));
    for (number, (name, take)) in takes.iter().enumerate() {
        ui.push_id(name, |ui| {
            let row = Row {
                shot,
                number: number + 1,
                name: *name,
                take,
                chosen,
            };
            row_ui(ui, theme, film, &row, asks);
        });
    }
    film.takes = all;
}

struct Row<'r> {
    shot: &'r Shot,
    number: usize,
    name: ContentHash,
    take: &'r Take,
    chosen: Option<&'r (ContentHash, Take)>,
}

impl Row<'_> {
    fn title(&self) -> String {
        let Self {
            shot, number, take, ..
        } = self;
        format!("Take {number} of {}, seed {}", shot.name, take.recipe.seed)
    }

    fn is_chosen(&self) -> bool {
        self.shot.chosen == Some(self.name)
    }
}

fn row_ui(ui: &mut Ui, theme: &Theme, film: &mut Film, row: &Row, asks: &mut Vec<Ask>) {
    let opinion = film.opinions.get(&row.name).copied().unwrap_or_default();
    ui.horizontal(|ui| {
        if picture_ui(ui, theme, film, row, opinion).clicked() && !row.is_chosen() {
            let choose = Library::ChooseTake(row.shot.id, Some(row.name));
            asks.push(Ask::Edit(Edit::Library(choose)));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
            let recipe = &row.take.recipe;
            let made = format!("{}   seed {}", row.number, recipe.seed);
            ui.label(RichText::new(made).small().color(*theme.colours.text_soft));
            opinion_ui(ui, theme, row, opinion, asks);
            ui.horizontal(|ui| {
                let other = Ask::Vary(row.shot.id, row.name, Vary::Seed);
                let name = format!("Another seed like take {}", row.number);
                if icon_button(ui, icon::SHUFFLE, &name).clicked() {
                    asks.push(other);
                }
                more_ui(ui, row, opinion, asks);
                differences_ui(ui, theme, row, asks);
            });
        });
    });
    ui.add_space(4.0);
}

/// The take, its frame under the pointer.
fn picture_ui(
    ui: &mut Ui,
    theme: &Theme,
    film: &mut Film,
    row: &Row,
    opinion: Opinion,
) -> Response {
    let size = vec2(WIDTH as f32, HEIGHT as f32) * 1.2;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let title = row.title();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &title));
    let painter = ui.painter_at(rect.expand(2.0));
    painter.rect_filled(rect, 4, *theme.colours.well);
    if let Some(on_card) = film.glimpses.of_take(row.name) {
        let place = response
            .hover_pos()
            .map_or(0.5, |at| (at.x - rect.left()) / rect.width());
        let tint = match opinion.is_rejected {
            true => Color32::WHITE.gamma_multiply(0.35),
            false => Color32::WHITE,
        };
        painter.image(on_card.texture.id(), rect, on_card.frame_at(place), tint);
        if response.hovered() {
            let x = egui::lerp(rect.x_range(), place);
            painter.vline(x, rect.y_range(), Stroke::new(1.0, *theme.colours.accent));
        }
    } else {
        let font = FontId::proportional(theme.text.small);
        let number = row.number.to_string();
        painter.text(
            rect.center(),
            Align2::CENTER_CENTER,
            number,
            font,
            *theme.colours.text_faint,
        );
    }
    if row.is_chosen() {
        let stroke = Stroke::new(2.0, *theme.colours.accent);
        painter.rect_stroke(rect, 4, stroke, StrokeKind::Inside);
    }
    let hint = row
        .take
        .hint
        .as_deref()
        .map_or(String::new(), |hint| format!("\n{hint}"));
    response.on_hover_text(format!("{title}{hint}"))
}

/// Stars, and a way to say no.
fn opinion_ui(ui: &mut Ui, theme: &Theme, row: &Row, opinion: Opinion, asks: &mut Vec<Ask>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for star in 1..=STARS {
            let colour = match star <= opinion.stars {
                true => *theme.colours.accent,
                false => *theme.colours.line_strong,
            };
            let (rect, response) = ui.allocate_exact_size(vec2(17.0, 20.0), Sense::click());
            let name = format!("Give take {} {star} of {STARS} stars", row.number);
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
                let stars = if opinion.stars == star {
                    star - 1
                } else {
                    star
                };
                asks.push(Ask::Think(row.name, Opinion { stars, ..opinion }));
            }
        }
    });
}

/// What else can be made of a take.
fn more_ui(ui: &mut Ui, row: &Row, opinion: Opinion, asks: &mut Vec<Ask>) {
    let recipe = &row.take.recipe;
    ui.menu_button("More…", |ui| {
        let mut vary = |ui: &mut Ui, words: String, what: &str, change: Vary| {
            if ui.button(words).on_hover_text(what).clicked() {
                asks.push(Ask::Vary(row.shot.id, row.name, change));
            }
        };
        let steps = recipe.steps + recipe.steps.div_ceil(2);
        vary(
            ui,
            format!("With {steps} steps instead of {}", recipe.steps),
            "The same recipe otherwise: cleaner, and longer to make",
            Vary::Steps(steps),
        );
        vary(
            ui,
            "Closer to the words".into(),
            "The same recipe otherwise, its guidance one higher",
            Vary::Guidance(1.0),
        );
        vary(
            ui,
            "Freer of the words".into(),
            "The same recipe otherwise, its guidance one lower",
            Vary::Guidance(-1.0),
        );
        ui.separator();
        let words = "Follows the recipe once more and compares every frame";
        if ui.button("Reproduce").on_hover_text(words).clicked() {
            asks.push(Ask::Reproduce(row.shot.id, row.name));
        }
        let opinion_words = "Kept, but shown faintly";
        if ui
            .button("Reject, or take back")
            .on_hover_text(opinion_words)
            .clicked()
        {
            let is_rejected = !opinion.is_rejected;
            asks.push(Ask::Think(
                row.name,
                Opinion {
                    is_rejected,
                    ..opinion
                },
            ));
        }
    });
}

/// What is different from the chosen take, in the viewer and in words.
fn differences_ui(ui: &mut Ui, theme: &Theme, row: &Row, asks: &mut Vec<Ask>) {
    let Some((chosen, take)) = row.chosen else {
        return;
    };
    if *chosen == row.name {
        return;
    }
    let name = format!(
        "Compare take {} with the chosen one in the viewer",
        row.number
    );
    if icon_button(ui, icon::COMPARE, &name).clicked() {
        let comparison = Comparison {
            shot: row.shot.id,
            take: row.name,
            how: How::Wipe(0.5),
        };
        asks.push(Ask::Compare(Some(comparison)));
    }
    let name = format!("How take {} differs from the chosen one", row.number);
    let response = icon_button(ui, icon::DIFFERENCES, &name);
    response.on_hover_ui(|ui| {
        for (what, here, there) in row.take.recipe.differences(&take.recipe) {
            ui.label(RichText::new(what).font(theme.strong_font()));
            ui.label(RichText::new(shortened(&here)).small());
            ui.label(RichText::new(format!("chosen: {}", shortened(&there))).small());
        }
    });
}

fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
