//! The keyframe images of a shot as slots: its first frame, its last frame, and any frame between them.

use egui::{
    Align2, FontId, Response, RichText, Sense, Stroke, StrokeKind, TextureHandle, Ui, Vec2, vec2,
};
use kinora_studio::timeline::ContentHash;
use kinora_studio::timeline::edit::shot_change::ShotChange;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::wire::Ability;

use super::paste;
use crate::panels::context::PanelContext;
use crate::panels::drag_edit::change_shot_with_gesture;
use crate::state::action::{Action, DialogAction, FilePurpose, ShotAction};
use crate::state::view::shot_view::ShotView;
use crate::ui::fonts::icon;
use crate::ui::widgets::{icon_button, named, number, picture_in};

/// The size of a slot, in points.
const SLOT: Vec2 = vec2(96.0, 60.0);

/// A frame of a shot that has a keyframe image, or may get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    frame: u32,
    image: Option<ContentHash>,
    place: Place,
}

/// The place of a slot in its shot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    First,
    /// Its frame can be changed.
    Between,
    Last,
    /// An empty slot at a frame that is proposed.
    New,
}

impl Slot {
    fn title(&self) -> String {
        match self.place {
            Place::First => "First frame".into(),
            Place::Between => format!("Frame {}", self.frame),
            Place::Last => "Last frame".into(),
            Place::New => "Add frame…".into(),
        }
    }

    /// The ability that a model needs for a picture at this frame.
    fn ability(&self) -> Ability {
        match self.place {
            Place::First => Ability::FirstFrame,
            Place::Last => Ability::FirstAndLastFrame,
            Place::Between | Place::New => Ability::AnyKeyframe,
        }
    }
}

/// The slots of a shot, in the order of its frames: the first frame, those between that have a picture, and the last
/// frame. After them an empty one, if there is a free frame between.
fn slots(shot: &Shot) -> Vec<Slot> {
    let last = shot.length.frames.saturating_sub(1);
    let mut frames: Vec<u32> = shot.keyframes.iter().map(|key| key.frame).collect();
    frames.extend([0, last]);
    frames.sort_unstable();
    frames.dedup();
    let filled = frames.iter().map(|&frame| {
        let key = shot.keyframes.iter().find(|key| key.frame == frame);
        Slot {
            frame,
            image: key.map(|key| key.image),
            place: match frame {
                0 => Place::First,
                _ if frame == last => Place::Last,
                _ => Place::Between,
            },
        }
    });
    let new = middle_of_widest_gap(&frames).map(|frame| Slot {
        frame,
        image: None,
        place: Place::New,
    });
    filled.chain(new).collect()
}

/// The frame in the middle of the widest gap between sorted frames. `None` if no frame lies between two of them.
fn middle_of_widest_gap(frames: &[u32]) -> Option<u32> {
    let gaps = frames
        .windows(2)
        .map(|pair| (pair[1] - pair[0], u32::midpoint(pair[0], pair[1])));
    let widest = gaps.max_by_key(|(width, _)| *width)?;
    (widest.0 > 1).then_some(widest.1)
}

/// The slots of a shot, in rows.
pub fn keyframes_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, view: &mut ShotView) {
    ui.add_space(8.0);
    ui.label(RichText::new("Keyframe images").font(cx.theme.strong_font()));
    let gap = ui.spacing().item_spacing.x;
    let columns = ((ui.available_width() + gap) / (SLOT.x + gap)).max(1.0) as usize;
    let slots = slots(shot);
    for (number, row) in slots.chunks(columns).enumerate() {
        ui.horizontal(|ui| {
            for (column, slot) in row.iter().enumerate() {
                // A slot keeps its place while its frame is dragged.
                ui.push_id((number, column), |ui| slot_ui(ui, cx, shot, slot, view));
            }
        });
    }
    ui.add_space(4.0);
}

fn slot_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, slot: &Slot, view: &mut ShotView) {
    let title = slot.title();
    let refusal = refusal(cx, shot, slot.ability());
    ui.vertical(|ui| {
        ui.set_width(SLOT.x);
        let picture = slot
            .image
            .and_then(|image| cx.media.images.get(ui.ctx(), image));
        let name = match (slot.place, slot.image) {
            (Place::New, _) => "Choose a picture for a frame between".to_owned(),
            (_, None) => format!("Choose a picture: {title}"),
            (_, Some(_)) => format!("Replace the picture: {title}"),
        };
        let well = ui.add_enabled_ui(refusal.is_none(), |ui| {
            well_ui(ui, cx, picture.as_ref(), &name)
        });
        let well = well
            .inner
            .on_hover_text("Click to choose a picture, drop one here, or paste one")
            .on_disabled_hover_text(refusal.as_deref().unwrap_or_default());
        if well.clicked() {
            browse(cx, shot, slot);
        }
        if refusal.is_none() {
            paste::receive(ui, cx, &well, (shot.id, slot.frame), view);
            well.context_menu(|ui| menu_ui(ui, cx, shot, slot, view));
        }
        if well.contains_pointer() && refusal.is_none() {
            view.slot_under_pointer = Some((shot.id, slot.frame));
        }
        ui.horizontal(|ui| caption_ui(ui, cx, shot, slot, &title));
    });
}

fn browse(cx: &PanelContext, shot: &Shot, slot: &Slot) {
    let purpose = FilePurpose::Keyframe(shot.id, slot.frame);
    cx.send(Action::Dialog(DialogAction::BrowseFile(purpose)));
}

fn remove(cx: &PanelContext, shot: &Shot, slot: &Slot) {
    let change = ShotChange::RemoveKeyframe(slot.frame);
    cx.send(Action::Shot(ShotAction::Change(shot.id, change)));
}

/// The menu of a slot.
fn menu_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, slot: &Slot, view: &mut ShotView) {
    let item = |ui: &mut Ui, words: &str, tooltip: &str| {
        let item = ui.button(words).on_hover_text(tooltip);
        if item.clicked() {
            ui.close();
        }
        item.clicked()
    };
    if item(ui, "Choose a picture…", "Choose a picture file") {
        browse(cx, shot, slot);
    }
    if item(ui, "Paste picture", "Use the picture in the clipboard") {
        paste::ask(ui, (shot.id, slot.frame), view);
    }
    if slot.image.is_some() && item(ui, "Remove picture", "Empty the slot") {
        remove(cx, shot, slot);
    }
}

/// Why the model of a shot cannot use a picture. `None` if it can, or is not known yet.
fn refusal(cx: &PanelContext, shot: &Shot, ability: Ability) -> Option<String> {
    let model = cx.generation.scheduler.model_in(cx.project(), shot)?;
    if ability.is_among(&model.abilities) {
        return None;
    }
    let what = match ability {
        Ability::AnyKeyframe => "pictures between the first and the last frame",
        _ if Ability::FirstFrame.is_among(&model.abilities) => "last frames",
        _ => "first and last frames",
    };
    Some(format!("{} does not support {what}", model.name))
}

/// The picture of a slot, or an empty slot, as a button.
fn well_ui(
    ui: &mut Ui,
    cx: &PanelContext,
    picture: Option<&TextureHandle>,
    name: &str,
) -> Response {
    let colours = &cx.theme.colours;
    let (rect, response) = ui.allocate_exact_size(SLOT, Sense::click());
    named(&response, name);
    ui.painter().rect_filled(rect, 4, *colours.well);
    if let Some(picture) = picture {
        picture_in(ui.painter(), picture, rect);
    } else {
        let font = FontId::proportional(cx.theme.text.heading);
        let centre = Align2::CENTER_CENTER;
        ui.painter()
            .text(rect.center(), centre, "+", font, *colours.text_faint);
    }
    let line = match response.hovered() || response.has_focus() {
        true => *colours.accent,
        false => *colours.line_strong,
    };
    ui.painter()
        .rect_stroke(rect, 4, Stroke::new(1.0, line), StrokeKind::Inside);
    response
}

/// The name of a slot, or the field for its frame, and the button that removes its picture.
fn caption_ui(ui: &mut Ui, cx: &PanelContext, shot: &Shot, slot: &Slot, title: &str) {
    if slot.place == Place::Between {
        let last = shot.length.frames.saturating_sub(1);
        let mut frame = slot.frame;
        let drag = number(&mut frame)
            .prefix("Frame ")
            .range(1..=last.saturating_sub(1).max(1))
            .speed(0.25);
        let response = ui
            .add(drag)
            .on_hover_text("The frame that the picture fixes");
        change_shot_with_gesture(cx, &response, "move keyframe image", shot, || {
            ShotChange::MoveKeyframe(slot.frame, frame)
        });
    } else {
        let words = RichText::new(title).small();
        ui.label(words.color(*cx.theme.colours.text_soft));
    }
    let name = format!("Remove keyframe image: {title}");
    if slot.image.is_some() && icon_button(ui, icon::CLOSE, &name).clicked() {
        remove(cx, shot, slot);
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::FrameRate;
    use kinora_studio::timeline::shot::{ImageKey, ModelLength};

    use super::*;

    fn with_keys(length: u32, keys: &[u32]) -> Shot {
        let length = ModelLength {
            frames: length,
            rate: FrameRate::FPS_24,
        };
        let keys = keys.iter().map(|&frame| ImageKey {
            frame,
            image: ContentHash::of(b"a picture"),
        });
        Shot {
            keyframes: keys.collect(),
            ..Shot::new("a", "", length)
        }
    }

    fn titles(shot: &Shot) -> Vec<String> {
        slots(shot).iter().map(Slot::title).collect()
    }

    #[test]
    fn a_shot_has_slots_at_its_ends_and_for_each_picture_between() {
        let ends = ["First frame", "Last frame", "Add frame…"];
        assert_eq!(titles(&with_keys(17, &[])), ends);
        assert_eq!(titles(&with_keys(17, &[0, 16])), ends);
        let three = ["First frame", "Frame 4", "Last frame", "Add frame…"];
        assert_eq!(titles(&with_keys(17, &[4])), three);
        assert_eq!(titles(&with_keys(1, &[])), ["First frame"]);
        let full = ["First frame", "Frame 1", "Last frame"];
        assert_eq!(titles(&with_keys(3, &[1])), full);
    }

    #[test]
    fn a_new_picture_goes_into_the_widest_gap() {
        let new = |keys: &[u32]| slots(&with_keys(17, keys)).last().map(|slot| slot.frame);
        assert_eq!(new(&[]), Some(8));
        assert_eq!(new(&[4]), Some(10));
        assert_eq!(middle_of_widest_gap(&[0, 1, 2]), None);
    }
}
