//! The takes of the project in the media panel: where each is used, its stars and its label; dragged to the timeline.

use egui::{
    Align, Button, Color32, FontSelection, Layout, Rect, RichText, ScrollArea, Sense, TextStyle,
    Ui, UiBuilder, containers::menu, pos2, vec2,
};
use kinora_studio::take::take_store::Rating;
use kinora_studio::timeline::Source;
use kinora_studio::timeline::shot::Shot;

use super::faint_ui;
use super::item::item_ui;
use super::row::{HEIGHT, LABEL_WIDTH, MARGIN, THUMBNAIL, duration_text, ground};
use crate::panels::context::PanelContext;
use crate::panels::labels::{label_colour, label_item};
use crate::state::action::{
    Action, EditAction, FrameUse, MediaAction, ShotAction, TakeAction, TakePlace, ViewerAction,
};
use crate::state::dialog::marker::LABELS;
use crate::state::listed_takes::{ListedTake, TakeFilter};
use crate::state::view::layout::Pane;
use crate::state::view::media_view::MediaView;
use crate::state::view::viewer_view::ViewedSource;
use crate::ui::fonts::{icon, sign};
use crate::ui::widgets::{at_end, drag_source, icon_button, line, named};

/// The width of the buttons at the right.
const SIDE: f32 = 54.0;
const MENU_WIDTH: f32 = 240.0;
/// The stars that the menu gives. The shot panel gives fewer, too.
const ALL_STARS: u8 = 5;
/// The place in a take of the frame that is shown, from 0 to 1.
const POSTER_PLACE: f32 = 0.5;

/// The filters of takes, and the rows.
pub fn takes_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView) {
    ui.horizontal_wrapped(|ui| {
        for (filter, [words, tooltip]) in TakeFilter::ALL {
            ui.selectable_value(&mut view.take_filter, filter, words)
                .on_hover_text(tooltip);
        }
    });
    let library = &cx.generation.takes;
    let takes = view.listed_takes(library, cx.project(), cx.document.revision);
    if takes.is_empty() {
        let words = match library.takes.is_empty() {
            true => "No take yet. Generate a shot.",
            false => "No matching take",
        };
        return faint_ui(ui, cx, words);
    }
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show_rows(ui, HEIGHT, takes.len(), |ui, rows| {
            for one in &takes[rows] {
                if let Some(take) = ListedTake::of(library, cx.project(), *one) {
                    ui.push_id(take.name, |ui| row_ui(ui, cx, view, &take));
                }
            }
        });
}

fn row_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView, take: &ListedTake) {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let (title, details) = (take.title(), details(cx, take));
    named(&response, &format!("{title}: {details}"));
    ground(ui, cx, &response, view.selected_take == Some(take.name));
    let left_top = rect.left_top() + vec2(MARGIN, (HEIGHT - THUMBNAIL.y) / 2.0);
    let picture = Rect::from_min_size(left_top, THUMBNAIL);
    picture_ui(ui, cx, take, picture);
    if let Some(colour) = label_colour(cx.theme, take.rating.label) {
        let stripe = rect.with_max_x(rect.left() + LABEL_WIDTH);
        ui.painter().rect_filled(stripe, 2, colour);
    }
    let words = Rect::from_min_max(
        pos2(picture.right() + 8.0, rect.top()),
        pos2(rect.right() - SIDE - 4.0, rect.bottom()),
    );
    words_ui(ui, cx, take, (&title, &details), words);
    buttons_ui(ui, cx, take, &title, rect.with_min_x(rect.right() - SIDE));

    if response.clicked() || response.secondary_clicked() {
        view.selected_take = Some(take.name);
    }
    if let Some(shot) = take.shot {
        let shown = ViewedSource {
            source: Source::Shot(shot.id),
            take: Some(take.name).filter(|_| take.has_picture()),
        };
        if response.clicked() {
            cx.send(Action::Viewer(ViewerAction::Show(shown)));
        }
        if take.can_be_placed() {
            drag_source(ui, cx.theme, &response, shown, &title);
        }
    }
    response.context_menu(|ui| menu_ui(ui, cx, take));
    let lines = [title.as_str(), details.as_str(), take.prompt(), take.note];
    response.on_hover_text(lines.join("\n").trim());
}

/// "Used once · 4 stars · 1.0 s · 832 x 480".
fn details(cx: &PanelContext, take: &ListedTake) -> String {
    let used = match take.uses(cx.project()) {
        0 => "Not used".to_owned(),
        1 => "Used once".to_owned(),
        many => format!("Used {many} times"),
    };
    let stars = match take.rating.stars {
        0 => None,
        1 => Some("1 star".to_owned()),
        many => Some(format!("{many} stars")),
    };
    let rejected = take.rating.is_rejected.then(|| "Rejected".to_owned());
    let recipe = take.take.readable();
    let length = recipe.filter(|_| !take.is_still()).map(|recipe| {
        let settings = &recipe.settings;
        duration_text(f64::from(settings.frames) / f64::from(settings.rate.max(1)))
    });
    let size = recipe.filter(|_| take.has_picture()).map(|recipe| {
        let [width, height] = recipe.picture_size();
        format!("{width} x {height}")
    });
    let parts = [Some(used), stars, rejected, length, size];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

/// A frame of the take: the middle one, or the one under the pointer.
fn picture_ui(ui: &Ui, cx: &PanelContext, take: &ListedTake, rect: Rect) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4, *cx.theme.colours.well);
    let Some(strip) = cx.media.thumbnails.of_take(take.name) else {
        return;
    };
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let pointer = pointer.filter(|_| ui.rect_contains_pointer(rect));
    let place = pointer.map(|pointer| (pointer.x - rect.left()) / rect.width());
    let frame = strip.frame_at(place.unwrap_or(POSTER_PLACE));
    let tint = match take.rating.is_rejected {
        true => Color32::WHITE.gamma_multiply(0.35),
        false => Color32::WHITE,
    };
    painter.image(strip.texture.id(), rect, frame, tint);
}

fn words_ui(
    ui: &Ui,
    cx: &PanelContext,
    take: &ListedTake,
    (title, details): (&str, &str),
    rect: Rect,
) {
    let colours = &cx.theme.colours;
    let body = FontSelection::Default.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let at = |top| rect.left_top() + vec2(0.0, top);
    let star = match take.rating.stars {
        0 => String::new(),
        _ => format!("{} ", icon::STAR),
    };
    let above = format!("{star}{title}");
    let above = (above.as_str(), body, *colours.text);
    line(ui, at(4.0), rect.width(), above);
    let below = (details, small, *colours.text_soft);
    line(ui, at(24.0), rect.width(), below);
}

fn buttons_ui(ui: &mut Ui, cx: &PanelContext, take: &ListedTake, title: &str, rect: Rect) {
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    ui.spacing_mut().item_spacing.x = 0.0;
    at_end(&mut ui, |ui| {
        if let Some(shot) = take.shot.filter(|_| take.can_be_placed()) {
            let name = format!("Insert {title} at the playhead");
            if icon_button(ui, icon::PLACE, &name).clicked() {
                insert(cx, shot, take);
            }
        }
        let caret = Button::new(RichText::new(sign::CARET_DOWN).small())
            .frame_when_inactive(false)
            .min_size(vec2(22.0, 28.0));
        let (response, _) = menu::MenuButton::from_button(caret).ui(ui, |ui| {
            menu_ui(ui, cx, take);
        });
        named(&response, &format!("Actions for {title}"));
    });
}

fn insert(cx: &PanelContext, shot: &Shot, take: &ListedTake) {
    let place = TakeAction::Place(shot.id, take.name, TakePlace::Playhead);
    cx.send(Action::Take(place));
}

fn menu_ui(ui: &mut Ui, cx: &PanelContext, take: &ListedTake) {
    ui.set_width(MENU_WIDTH);
    if let Some(shot) = take.shot {
        shot_items(ui, cx, shot, take);
        ui.separator();
    }
    let rating = take.rating;
    let (words, stars) = match rating.stars {
        0 => (["Add to favourites", "Give it five stars"], ALL_STARS),
        _ => (["Remove from favourites", "Remove its stars"], 0),
    };
    let rate = |rating| cx.send(Action::Take(TakeAction::Rate(take.name, rating)));
    if item_ui(ui, icon::STAR, words, cx.can_edit()) {
        rate(Rating { stars, ..rating });
    }
    ui.menu_button("Label", |ui| {
        for (label, name) in LABELS {
            if label_item(ui, cx, label, name).clicked() {
                rate(Rating { label, ..rating });
            }
        }
    });
}

/// The items that use the take for its shot.
fn shot_items(ui: &mut Ui, cx: &PanelContext, shot: &Shot, take: &ListedTake) {
    let can_edit = cx.can_edit();
    if take.is_still() {
        let words = format!("Use as first frame of {}", shot.name);
        let words = [words.as_str(), "The takes of the shot begin with it"];
        if item_ui(ui, icon::SHOT, words, can_edit) {
            let used = TakeAction::UseStill(take.name, FrameUse::Key(shot.id, 0));
            cx.send(Action::Take(used));
        }
    } else {
        let words = ["Insert at the playhead", "Its shot shows it from then on"];
        if take.can_be_placed() && item_ui(ui, icon::PLACE, words, can_edit) {
            insert(cx, shot, take);
        }
        let tooltip = match take.has_picture() {
            true => "All clips of its shot show it",
            false => "It is the sound of its shot",
        };
        let words = ["Choose this take", tooltip];
        if item_ui(ui, icon::CHECK, words, can_edit && !take.is_chosen()) {
            let choose = take.take.choice(shot.id, take.name);
            cx.send(Action::Edit(EditAction::Apply(choose)));
        }
    }
    let words = ["Show in timeline", "Select the clips of its shot"];
    if item_ui(ui, icon::SEARCH, words, take.uses(cx.project()) > 0) {
        cx.send(Action::Media(MediaAction::ShowShotInTimeline(shot.id)));
    }
    let words = ["Show its shot", "Select the shot that it was made for"];
    if item_ui(ui, icon::SHOT, words, true) {
        cx.send(Action::Shot(ShotAction::Select(shot.id)));
        cx.send(Action::Show(Pane::Shot));
    }
}
