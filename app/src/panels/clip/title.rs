//! The part of the clip panel for a title: its text, colour, size and place.

use egui::{Checkbox, TextEdit, Ui, WidgetInfo};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::title::{Align, Title, TitleRole};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::{edit_colour, edit_with_gesture};
use crate::panels::dropper;
use crate::state::action::{Action, EditAction};
use crate::state::form::title_form::TitleForm;
use crate::state::view::viewer_view::ColourTarget;
use crate::ui::widgets::{colour_field, field, number, text_field};

/// The settings of a title. The text is one step when its field loses the focus; the viewer shows it at once.
pub fn title_ui(ui: &mut Ui, cx: &PanelContext, form: &mut TitleForm, title: &Title) {
    let mut text = match form.text.take() {
        Some((id, text)) if id == title.id => text,
        _ => title.text.clone(),
    };
    let changed = |title: Title| Edit::Library(Library::ChangeTitle(Box::new(title)));
    let left = field(ui, cx.theme, "Text", |ui, label| {
        let edit = TextEdit::multiline(&mut text)
            .desired_width(f32::INFINITY)
            .desired_rows(2);
        let edit = text_field(ui, edit, std::mem::take(&mut form.takes_focus));
        edit.labelled_by(label).lost_focus()
    });
    if left && text != title.text {
        let text = text.clone();
        cx.send(Action::Edit(EditAction::Apply(changed(Title {
            text,
            ..title.clone()
        }))));
    }
    if !left {
        form.text = Some((title.id, text));
    }
    let (red, green, blue) = title.colour;
    let mut colour = [red, green, blue];
    let name = "Text colour";
    let has_changed = colour_field(ui, cx.theme, (&mut colour, name), |ui| {
        dropper::button_ui(ui, cx, ColourTarget::Title(title.id), name);
    });
    let state = (&mut form.colour_is_dragged, has_changed);
    edit_colour(ui, cx, "colour of title", state, || {
        let colour = (colour[0], colour[1], colour[2]);
        changed(Title {
            colour,
            ..title.clone()
        })
    });
    ui.horizontal(|ui| {
        let mut percent = title.size * 100.0;
        let size = number(&mut percent)
            .range(1.0..=60.0)
            .speed(0.1)
            .suffix(" %");
        let size = ui.add(size);
        size.widget_info(|| WidgetInfo {
            label: Some("Text height".into()),
            ..WidgetInfo::drag_value(size.enabled(), f64::from(percent))
        });
        let size = size.on_hover_text("Text height, in percent of the frame height");
        edit_with_gesture(cx, &size, "size of title", || {
            Some(changed(Title {
                size: percent / 100.0,
                ..title.clone()
            }))
        });
        for (align, words, tooltip) in [
            (Align::Left, "Left", "Align the lines at their left"),
            (Align::Middle, "Centre", "Centre the lines"),
            (Align::Right, "Right", "Align the lines at their right"),
        ] {
            let choice = ui.selectable_label(title.align == align, words);
            if choice.on_hover_text(tooltip).clicked() && title.align != align {
                cx.send(Action::Edit(EditAction::Apply(changed(Title {
                    align,
                    ..title.clone()
                }))));
            }
        }
    });
    let mut is_subtitle = title.role == TitleRole::Subtitle;
    let below = ui.add(Checkbox::new(&mut is_subtitle, "Subtitle position"));
    let below = below.on_hover_text("Place the title at the bottom of the frame");
    if below.changed() {
        let role = match is_subtitle {
            true => TitleRole::Subtitle,
            false => TitleRole::Title,
        };
        cx.send(Action::Edit(EditAction::Apply(changed(in_role(
            title, role,
        )))));
    }
    ui.separator();
}

/// The title in another role. A size that was not changed becomes the usual one of that role.
fn in_role(title: &Title, role: TitleRole) -> Title {
    let usual = |role| Title::new("", role).size;
    let is_usual = title.size.to_bits() == usual(title.role).to_bits();
    Title {
        role,
        size: if is_usual { usual(role) } else { title.size },
        ..title.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtitle_has_the_size_of_subtitles_unless_another_was_set() {
        let title = Title::new("Once", TitleRole::Title);
        let below = in_role(&title, TitleRole::Subtitle);
        assert_eq!(below.size.to_bits(), 0.05_f32.to_bits());
        let large = Title { size: 0.3, ..title };
        assert_eq!(
            in_role(&large, TitleRole::Subtitle).size.to_bits(),
            0.3_f32.to_bits()
        );
    }
}
