//! The stills of the selected shot as a grid. The selected one is large in the viewer; arrow keys select another, Enter
//! uses it as the first frame.

use egui::{
    Button, CollapsingHeader, Color32, EventFilter, Key, Modifiers, Response, RichText, Role,
    Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};
use kinora_studio::render::strip::{HEIGHT, WIDTH};
use kinora_studio::take::take_store::Take;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::{SeedPolicy, Shot};
use kinora_studio::timeline::{ContentHash, Source};
use kinora_studio::wire::Ability;

use crate::panels::context::PanelContext;
use crate::state::action::{Action, FrameUse, ShotAction, TakeAction, ViewerAction};
use crate::state::view::shot_view::ShotView;
use crate::state::view::viewer_view::ViewedSource;

const SIZE: Vec2 = vec2(WIDTH as f32, HEIGHT as f32);
/// The number of stills that are shown; the earlier ones are folded.
const SHOWN: usize = 16;

/// A still of the shot.
struct Still {
    name: ContentHash,
    number: usize,
    seed: u64,
}

/// Whether a take is a still.
pub fn is_still(take: &Take) -> bool {
    take.readable().is_some_and(|recipe| recipe.is_still)
}

/// The stills of a shot, from the oldest to the newest.
pub fn stills_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    stills: &[&(ContentHash, Take)],
    view: &mut ShotView,
) {
    let mut stills: Vec<(u64, u64, ContentHash)> = stills
        .iter()
        .map(|(name, take)| {
            let seed = take.readable().map_or(0, |recipe| recipe.inputs.seed);
            (take.made_at, seed, *name)
        })
        .collect();
    stills.sort_unstable();
    let stills: Vec<Still> = (1..)
        .zip(stills)
        .map(|(number, (_, seed, name))| Still { name, number, seed })
        .collect();
    if stills.is_empty() {
        return;
    }
    ui.label(RichText::new("Stills").font(cx.theme.strong_font()));
    let (earlier, newest) = stills.split_at(stills.len().saturating_sub(SHOWN));
    grid_ui(ui, cx, shot, newest, view);
    if !earlier.is_empty() {
        CollapsingHeader::new(format!("Earlier stills ({})", earlier.len()))
            .id_salt("earlier stills")
            .show(ui, |ui| grid_ui(ui, cx, shot, earlier, view));
    }
    if let Some(chosen) = stills.iter().find(|one| view.still == Some(one.name)) {
        uses_ui(ui, cx, shot, chosen);
    }
    ui.add_space(8.0);
}

fn grid_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, stills: &[Still], view: &mut ShotView) {
    let gap = ui.spacing().item_spacing.x;
    let columns = ((ui.available_width() + gap) / (SIZE.x + gap)).max(1.0) as usize;
    let mut chosen = None;
    for (row, in_row) in stills.chunks(columns).enumerate() {
        ui.horizontal(|ui| {
            for (column, still) in in_row.iter().enumerate() {
                let response = ui.push_id(still.name, |ui| still_ui(ui, cx, shot, still, view));
                let response = response.inner;
                if view.still_to_focus == Some(still.name) {
                    view.still_to_focus = None;
                    response.request_focus();
                }
                if response.clicked() {
                    chosen = Some(still.name);
                }
                if response.has_focus() {
                    let at = row * columns + column;
                    let to = stepped(ui, &response, at, columns).min(stills.len() - 1);
                    if to != at {
                        chosen = stills.get(to).map(|still| still.name);
                    } else if ui.input(|input| input.key_pressed(Key::Enter)) {
                        send_use(cx, still.name, FrameUse::Key(shot.id, 0));
                    }
                }
            }
        });
    }
    if let Some(name) = chosen {
        view.still = Some(name);
        view.still_to_focus = Some(name);
        cx.send(Action::Viewer(ViewerAction::Show(ViewedSource {
            source: Source::Shot(shot.id),
            take: Some(name),
        })));
    }
}

/// The place in the grid after the arrow keys that were pressed on the still at a place. It may lie beyond the last one.
fn stepped(ui: &Ui, still: &Response, at: usize, columns: usize) -> usize {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(still.id, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let on = pressed(Key::ArrowRight) + columns * pressed(Key::ArrowDown);
    let back = pressed(Key::ArrowLeft) + columns * pressed(Key::ArrowUp);
    (at + on).saturating_sub(back)
}

/// The thumbnail of a still.
fn still_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    shot: &Shot,
    still: &Still,
    view: &ShotView,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click());
    let title = format!(
        "Still {} of {}, seed {}",
        still.number, shot.name, still.seed
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &title));
    let colours = &cx.theme.colours;
    let painter = ui.painter_at(rect.expand(2.0));
    painter.rect_filled(rect, 4, *colours.well);
    if let Some(on_card) = cx.media.thumbnails.of_take(still.name) {
        let first = on_card.frame_at(0.0);
        painter.image(on_card.texture.id(), rect, first, Color32::WHITE);
    }
    let line = match (view.still == Some(still.name), response.hovered()) {
        (true, _) => Some(Stroke::new(2.0, *colours.accent)),
        (false, true) => Some(Stroke::new(1.0, *colours.accent)),
        (false, false) if response.has_focus() => Some(Stroke::new(1.0, *colours.text)),
        (false, false) => None,
    };
    if let Some(line) = line {
        painter.rect_stroke(rect, 4, line, StrokeKind::Inside);
    }
    response.on_hover_text(format!(
        "Seed {}. Click to see it large. Arrow keys select another; Enter uses it as the first frame",
        still.seed
    ))
}

/// The buttons that use the selected still.
fn uses_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, still: &Still) {
    ui.add_enabled_ui(cx.can_edit(), |ui| {
        ui.horizontal_wrapped(|ui| {
            let first = ui.add(Button::new(RichText::new("Use as first frame").small()));
            if first.on_hover_text(first_frame_words(cx, shot)).clicked() {
                send_use(cx, still.name, FrameUse::Key(shot.id, 0));
            }
            let words = RichText::new("Use for a character…").small();
            let menu = ui.menu_button(words, |ui| character_menu(ui, cx, still.name));
            menu.response
                .on_hover_text("Use the still as a reference or as the portrait of a character");
            let seed = ui.add(Button::new(RichText::new("Use its seed").small()));
            let words = format!("Lock the seed of {} to {}", shot.name, still.seed);
            if seed.on_hover_text(words).clicked() {
                let change = ShotChange::Seed(SeedPolicy::Fixed(still.seed));
                cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
            }
        });
    });
}

fn first_frame_words(cx: &PanelContext, shot: &Shot) -> String {
    let words = format!("Fix the first frame of {} to this picture", shot.name);
    let model = cx.generation.scheduler.model_in(cx.project(), shot);
    let blind = model.filter(|model| !Ability::FirstFrame.is_among(&model.abilities));
    match blind {
        Some(model) => format!("{words}. {} does not support first frames", model.name),
        None => words,
    }
}

fn character_menu(ui: &mut Ui, cx: &PanelContext, still: ContentHash) {
    let offer = |ui: &mut Ui, words: String, wanted: FrameUse| {
        if ui.button(words).clicked() {
            send_use(cx, still, wanted);
            ui.close();
        }
    };
    for one in cx.project().cast() {
        let reference = format!("Still as reference of @{}", one.tag);
        offer(ui, reference, FrameUse::Reference(one.id));
        let portrait = format!("Still as portrait of @{}", one.tag);
        offer(ui, portrait, FrameUse::Portrait(one.id));
    }
    offer(
        ui,
        "Still as a new character".into(),
        FrameUse::NewCharacter,
    );
}

fn send_use(cx: &PanelContext, still: ContentHash, wanted: FrameUse) {
    cx.send(Action::Take(TakeAction::UseStill(still, wanted)));
}
