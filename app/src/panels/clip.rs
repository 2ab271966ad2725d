//! The clip panel: title text, effects, fades, speed, transition and enabled state of the selected clip.

use crate::panels::controls::command_button;
use crate::state::action::{Action, EditAction};
use egui::{Checkbox, ComboBox, Grid, RichText, ScrollArea, TextEdit, Ui, vec2};
use kinora_studio::timeline::clip::Look;
use kinora_studio::timeline::edit::clips::ClipEdit;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::edit::transitions::TransitionEdit;
use kinora_studio::timeline::effect::{EFFECTS, Part};
use kinora_studio::timeline::title::{Align, Title, TitleRole};
use kinora_studio::timeline::{Clip, ClipId, Edit, Source, Speed, TrackKind, TransitionKind};

use crate::panels::context::PanelContext;
use crate::panels::drag_edit::{edit_colour, edit_with_gesture};
use crate::state::command::Command;
use crate::state::form::title_form::TitleForm;
use crate::ui::widgets::{field, number};

/// The range of speeds in percent. Negative speeds play in reverse.
const SPEED_PERCENT: std::ops::RangeInclusive<i32> = -800..=800;
const TRANSITIONS: [(TransitionKind, &str); 4] = [
    (TransitionKind::Dissolve, "Dissolve"),
    (TransitionKind::DipToBlack, "Dip to black"),
    (TransitionKind::DipToWhite, "Dip to white"),
    (TransitionKind::WipeRight, "Wipe"),
];

pub fn clip_ui(ui: &mut Ui, cx: &PanelContext, form: &mut TitleForm) {
    let chosen = cx.selection.clips.first().copied();
    let found = chosen.and_then(|clip| cx.project().clip(clip));
    let Some((clip, kind)) = found.map(|(clip, track, _)| (Clip::clone(clip), track.kind)) else {
        let words = "Select a clip on the timeline, or add a title.";
        ui.label(RichText::new(words).color(*cx.theme.colours.text_faint));
        ui.add_space(8.0);
        let width = ui.available_width();
        for command in [Command::AddTitle, Command::Import] {
            if command_button(ui, command.row(), vec2(width, 32.0)).clicked() {
                cx.send(Action::Command(command));
            }
        }
        return;
    };
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if let Source::Title(id) = clip.source
                && let Some(title) = cx.project().title(id)
            {
                let title = Title::clone(title);
                title_ui(ui, cx, form, &title);
            }
            match kind {
                TrackKind::Video => effects_ui(ui, cx, &clip, Part::Picture),
                TrackKind::Audio => effects_ui(ui, cx, &clip, Part::Sound),
            }
            fades_ui(ui, cx, &clip);
            if !matches!(clip.source, Source::Title(_)) {
                speed_ui(ui, cx, &clip);
            }
            join_ui(ui, cx, &clip);
        });
}

/// The settings of a title. The text is applied when its field loses the focus, the rest at once.
fn title_ui(ui: &mut Ui, cx: &PanelContext, form: &mut TitleForm, title: &Title) {
    let mut text = match form.text.take() {
        Some((id, text)) if id == title.id => text,
        _ => title.text.clone(),
    };
    let changed = |title: Title| Edit::Library(Library::ChangeTitle(Box::new(title)));
    let left = field(ui, cx.theme, "Text", |ui, label| {
        let edit = TextEdit::multiline(&mut text)
            .desired_width(f32::INFINITY)
            .desired_rows(2)
            .margin(vec2(8.0, 6.0));
        ui.add(edit).labelled_by(label).lost_focus()
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
    ui.horizontal(|ui| {
        let (red, green, blue) = title.colour;
        let mut colour = [red, green, blue];
        let button = ui
            .color_edit_button_srgb(&mut colour)
            .on_hover_text("Text colour");
        let state = (&mut form.colour_is_dragged, button.changed());
        edit_colour(ui, cx, "colour of title", state, || {
            let colour = (colour[0], colour[1], colour[2]);
            changed(Title {
                colour,
                ..title.clone()
            })
        });
        let mut percent = title.size * 100.0;
        let size = number(&mut percent)
            .range(1.0..=60.0)
            .speed(0.1)
            .suffix(" %");
        let size = ui
            .add(size)
            .on_hover_text("Text height, in percent of the frame height");
        edit_with_gesture(cx, &size, "size of title", || {
            Some(changed(Title {
                size: percent / 100.0,
                ..title.clone()
            }))
        });
        for (align, words) in [
            (Align::Left, "Left"),
            (Align::Middle, "Centre"),
            (Align::Right, "Right"),
        ] {
            if ui.selectable_label(title.align == align, words).clicked() && title.align != align {
                cx.send(Action::Edit(EditAction::Apply(changed(Title {
                    align,
                    ..title.clone()
                }))));
            }
        }
    });
    let mut is_subtitle = title.role == TitleRole::Subtitle;
    let below = ui.add(Checkbox::new(
        &mut is_subtitle,
        "At the bottom, as a subtitle",
    ));
    if below.changed() {
        let role = if is_subtitle {
            TitleRole::Subtitle
        } else {
            TitleRole::Title
        };
        cx.send(Action::Edit(EditAction::Apply(changed(Title {
            role,
            ..title.clone()
        }))));
    }
    ui.separator();
}

/// The effects of one part of the clip.
fn effects_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip, part: Part) {
    Grid::new("effects")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for effect in EFFECTS.iter().filter(|effect| effect.part == part) {
                let mut look = clip.look.clone();
                let label = ui.label(
                    RichText::new(effect.name)
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                let control = number((effect.get_mut)(&mut look))
                    .speed(effect.drag_step)
                    .range(effect.offered.clone())
                    .max_decimals(2)
                    .suffix(effect.unit);
                let response = ui.add(control).labelled_by(label.id);
                ui.end_row();
                edit_with_gesture(cx, &response, effect.name, || {
                    Some(look_edit(clip.id, look))
                });
            }
        });
}

fn fades_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    Grid::new("fades")
        .num_columns(2)
        .spacing([8.0, 4.0])
        .show(ui, |ui| {
            for (name, is_in) in [("Fade in", true), ("Fade out", false)] {
                let mut look = clip.look.clone();
                let fade = if is_in {
                    &mut look.fade_in
                } else {
                    &mut look.fade_out
                };
                let label = ui.label(
                    RichText::new(name)
                        .small()
                        .color(*cx.theme.colours.text_soft),
                );
                let control = number(&mut fade.0)
                    .range(0..=clip.length.0)
                    .speed(0.2)
                    .suffix(" frames");
                let response = ui.add(control).labelled_by(label.id);
                ui.end_row();
                edit_with_gesture(cx, &response, name, || Some(look_edit(clip.id, look)));
            }
        });
}

fn speed_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    let now = f64::from(clip.speed.source_frames()) / f64::from(clip.speed.record_frames()) * 100.0;
    let mut percent = now.round() as i32;
    ui.horizontal(|ui| {
        let label = ui.label(
            RichText::new("Speed")
                .small()
                .color(*cx.theme.colours.text_soft),
        );
        let control = number(&mut percent)
            .range(SPEED_PERCENT)
            .speed(0.5)
            .suffix(" %");
        let response = ui.add(control).labelled_by(label.id);
        let words = "Speed in percent; below 0 plays in reverse. Later clips ripple";
        let response = response.on_hover_text(words);
        edit_with_gesture(cx, &response, "change speed", || {
            let speed = Speed::new(percent, 100)?;
            Some(Edit::Clip(ClipEdit::Speed {
                clip: clip.id,
                speed,
                ripple: true,
            }))
        });
    });
}

/// The transition at the clip's head, and whether the clip is enabled.
fn join_ui(ui: &mut Ui, cx: &PanelContext, clip: &Clip) {
    ui.horizontal(|ui| {
        let label = ui.label(
            RichText::new("Transition in")
                .small()
                .color(*cx.theme.colours.text_soft),
        );
        let kind = clip.transition.map(|transition| transition.kind);
        let words = TRANSITIONS.iter().find(|(known, _)| Some(*known) == kind);
        let combo = ComboBox::from_id_salt("transition")
            .selected_text(words.map_or("Cut", |(_, words)| words));
        let response = combo.show_ui(ui, |ui| {
            if ui.selectable_label(kind.is_none(), "Cut").clicked() && kind.is_some() {
                cx.send(Action::Edit(EditAction::Apply(Edit::Transition(
                    TransitionEdit::Remove { clip: clip.id },
                ))));
            }
            for (known, words) in TRANSITIONS {
                if ui.selectable_label(kind == Some(known), words).clicked() {
                    cx.send(Action::Edit(EditAction::AddTransition(clip.id, known)));
                }
            }
        });
        response.response.labelled_by(label.id);
    });
    let mut enabled = clip.enabled;
    let shows = ui
        .add(Checkbox::new(&mut enabled, "Enabled"))
        .on_hover_text("A disabled clip keeps its place");
    if shows.changed() {
        let clips = vec![clip.id];
        cx.send(Action::Edit(EditAction::Apply(Edit::Clip(
            ClipEdit::Enable { clips, enabled },
        ))));
    }
}

fn look_edit(clip: ClipId, look: Look) -> Edit {
    Edit::Clip(ClipEdit::Look { clip, look })
}
