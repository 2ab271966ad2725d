//! The prompt field. Characters are written as `@tag`. Tags are highlighted, completed while they are typed,
//! and inserted when a character's card is dropped.

use crate::panels::controls::dropped_here;
use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{
    Align2, Area, Button, Color32, Context, FontSelection, Frame, Galley, Id, Image, Key,
    Modifiers, Order, Pos2, RichText, TextBuffer, TextEdit, Ui, WidgetInfo,
    text_edit::TextEditState, vec2,
};
use kinora_studio::timeline::Project;
use kinora_studio::timeline::cast::{Character, mentions};

use crate::panels::context::PanelContext;
use crate::ui::theme::Theme;
use crate::ui::widgets::Steps;

/// The most completions that are shown.
const MOST_OFFERED: usize = 6;
const PORTRAIT: egui::Vec2 = vec2(18.0, 24.0);

/// The completions of the tag that is being typed, as computed in the previous frame.
#[derive(Clone, Debug, Default)]
struct Offer {
    /// The byte range of the typed tag in the prompt.
    named: Range<usize>,
    /// The position of the text cursor on the screen.
    place: Pos2,
    /// The tags that complete it.
    tags: Vec<String>,
    /// The index of the highlighted tag.
    chosen: usize,
}

/// Draws the field. With `takes_focus`, it takes the focus. True if it lost the focus, or a character was dropped into it.
pub fn prompt_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    prompt: &mut String,
    label: Id,
    takes_focus: bool,
) -> bool {
    let offer_id = ui.scope_id().with("offer");
    let mut offer: Offer = ui.data(|data| data.get_temp(offer_id)).unwrap_or_default();
    let id = ui.scope_id().with("prompt");
    // The completion consumes its keys before the text field gets them.
    if let Some(tag) = choose_by_key(ui, &mut offer) {
        name(ui.ctx(), id, prompt, &mut offer, &tag);
    }

    let project = cx.project().clone();
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| -> Arc<Galley> {
        let mut job = layout(ui, cx.theme, &project, text.as_str());
        job.wrap.max_width = width;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let output = TextEdit::multiline(prompt)
        .id(id)
        .desired_width(f32::INFINITY)
        .desired_rows(3)
        .margin(vec2(8.0, 6.0))
        .hint_text("Describe the shot. Type @ to add a character.")
        .layouter(&mut layouter)
        .show(ui);
    let response = output.response.response.clone().labelled_by(label);

    if takes_focus {
        response.request_focus();
    }

    let clicked = offer_ui(ui, cx, &offer);
    let has_clicked = clicked.is_some();
    match (clicked, output.cursor_range) {
        (Some(tag), _) => {
            name(ui.ctx(), id, prompt, &mut offer, &tag);
            response.request_focus();
        }
        (None, Some(range)) if response.has_focus() => {
            let cursor = output.galley.pos_from_cursor(range.primary).left_bottom();
            let place = output.galley_pos + cursor.to_vec2();
            offer = offer.goes_on(cx.project(), prompt, (range.primary.index.0, place));
        }
        _ => offer = Offer::default(),
    }
    ui.data_mut(|data| data.insert_temp(offer_id, offer));

    let dropped = dropped_here(ui, cx.theme, &response);
    let dropped = dropped.and_then(|id| cx.project().character(id).cloned());
    if let Some(character) = &dropped {
        let apart = if prompt.is_empty() || prompt.ends_with(' ') {
            ""
        } else {
            " "
        };
        prompt.extend([apart, "@", &character.tag]);
    }
    (response.lost_focus() && !has_clicked) || dropped.is_some()
}

/// The keys of the completion list: up and down highlight a tag, Enter accepts it. Returns the accepted tag.
fn choose_by_key(ui: &mut Ui, offer: &mut Offer) -> Option<String> {
    if offer.tags.is_empty() {
        return None;
    }
    offer.chosen = Steps::pressed(ui).on(offer.chosen, offer.tags.len());
    let is_taken = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    is_taken.then(|| offer.tags[offer.chosen].clone())
}

/// The byte range of the tag that ends at the cursor. `cursor` counts characters.
fn being_named(prompt: &str, cursor: usize) -> Option<Range<usize>> {
    let byte = prompt
        .char_indices()
        .nth(cursor)
        .map_or(prompt.len(), |(at, _)| at);
    let mut named = mentions(prompt).into_iter().map(|mention| mention.place);
    named.find(|place| place.end == byte)
}

/// Replaces the typed part of a tag with the whole tag, and moves the cursor behind it.
fn name(ctx: &Context, id: Id, prompt: &mut String, offer: &mut Offer, tag: &str) {
    let end = offer.put(prompt, tag);
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    let cursor = CCursorRange::one(CCursor::new(end));
    state.cursor.set_char_range(Some(cursor));
    state.store(ctx, id);
    *offer = Offer::default();
}

impl Offer {
    /// Replaces the typed part with the whole tag and a space. Returns the cursor position behind it, in characters.
    fn put(&self, prompt: &mut String, tag: &str) -> usize {
        let before = prompt.get(..self.named.start).unwrap_or_default();
        let after = prompt.get(self.named.end..).unwrap_or_default();
        let end = before.chars().count() + format!("@{tag} ").chars().count();
        let apart = if after.starts_with(' ') { "" } else { " " };
        *prompt = format!("{before}@{tag}{apart}{after}");
        end
    }

    /// The completions at a cursor position, which is given in characters and on the screen.
    fn goes_on(&self, project: &Project, prompt: &str, (cursor, place): (usize, Pos2)) -> Self {
        let Some(named) = being_named(prompt, cursor) else {
            return Self::default();
        };
        let tags = offered(project, &prompt[named.clone()]);
        Self {
            chosen: self.chosen.min(tags.len().saturating_sub(1)),
            named,
            place,
            tags,
        }
    }
}

/// The tags that begin with the typed text, ignoring case. Empty if the only such tag is already complete.
fn offered(project: &Project, typed: &str) -> Vec<String> {
    let typed = typed.trim_start_matches('@').to_lowercase();
    let begins = |character: &&Arc<Character>| character.tag.to_lowercase().starts_with(&typed);
    let tags: Vec<String> = project
        .cast()
        .filter(begins)
        .map(|character| character.tag.clone())
        .take(MOST_OFFERED)
        .collect();
    match tags.as_slice() {
        [only] if *only == typed => Vec::new(),
        _ => tags,
    }
}

/// Draws the completions below the cursor. Returns the tag that was clicked.
fn offer_ui(ui: &mut Ui, cx: &PanelContext, offer: &Offer) -> Option<String> {
    if offer.tags.is_empty() {
        return None;
    }
    let mut clicked = None;
    let area = Area::new(ui.scope_id().with("offered"))
        .order(Order::Foreground)
        .pivot(Align2::LEFT_TOP)
        .constrain(true)
        .fixed_pos(offer.place + vec2(-8.0, 6.0));
    area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            for (at, tag) in offer.tags.iter().enumerate() {
                let found = cx.project().character_called(tag);
                let portrait = found.and_then(|one| one.references.first().copied());
                let portrait = portrait.and_then(|one| cx.media.images.get(ui.ctx(), one));
                let words = RichText::new(format!("@{tag}"));
                let row = match portrait {
                    Some(portrait) => {
                        Button::image_and_text(Image::new((portrait.id(), PORTRAIT)), words)
                    }
                    None => Button::new(words),
                };
                let fill = match at == offer.chosen {
                    true => *cx.theme.colours.accent_veil,
                    false => Color32::TRANSPARENT,
                };
                let row = ui.add(row.fill(fill).min_size(vec2(160.0, 30.0)));
                row.widget_info(|| {
                    WidgetInfo::labeled(egui::Role::Button, true, format!("Insert @{tag}"))
                });
                if row.clicked() {
                    clicked = Some(tag.clone());
                }
            }
        });
    });
    clicked
}

/// The layout of the prompt, with the tags of characters highlighted and unknown tags in the warning colour.
fn layout(ui: &Ui, theme: &Theme, project: &Project, prompt: &str) -> LayoutJob {
    let font = FontSelection::Default.resolve(ui.style());
    let plain = TextFormat::simple(font.clone(), *theme.colours.text);
    let mut job = LayoutJob::default();
    let mut from = 0;
    for mention in mentions(prompt) {
        let is_known = project.character_called(mention.tag).is_some();
        let colours = &theme.colours;
        let format = match is_known {
            true => TextFormat {
                background: *colours.accent_veil,
                ..TextFormat::simple(font.clone(), *colours.accent)
            },
            false => TextFormat::simple(font.clone(), *colours.warning),
        };
        job.append(&prompt[from..mention.place.start], 0.0, plain.clone());
        job.append(&prompt[mention.place.clone()], 0.0, format);
        from = mention.place.end;
    }
    job.append(&prompt[from..], 0.0, plain);
    job
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::edit::library::Library;
    use kinora_studio::timeline::{Edit, History};

    use super::*;

    #[test]
    fn those_are_offered_whose_name_begins_as_what_is_typed() {
        let mut history = History::of(Project::default());
        for tag in ["ann", "anna", "Bo"] {
            let add = Library::AddCharacter(Box::new(Character::new(tag, tag)));
            history.apply(&Edit::Library(add)).expect("added");
        }
        let project = history.project();
        assert_eq!(offered(project, "@an"), ["ann", "anna"]);
        assert_eq!(offered(project, "@"), ["ann", "anna", "Bo"]);
        assert_eq!(offered(project, "@b"), ["Bo"]);
        assert_eq!(offered(project, "@anna"), [] as [String; 0]);
    }

    #[test]
    fn what_is_being_named_ends_at_the_cursor() {
        let prompt = "Über @an waves";
        assert_eq!(being_named(prompt, 8), Some(6..9));
        assert_eq!(being_named(prompt, 7), None);
        let offer = Offer {
            named: 6..9,
            ..Offer::default()
        };
        let mut named = prompt.to_owned();
        assert_eq!(offer.put(&mut named, "anna"), 11);
        assert_eq!(named, "Über @anna waves");
    }
}
