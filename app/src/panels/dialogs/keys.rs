//! The dialog that shows and changes the keyboard shortcuts: a preset, and the key of each command, by menu.

use egui::{
    Button, Event, Key, KeyboardShortcut, Memory, RichText, ScrollArea, TextEdit, Ui, vec2,
};

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog};
use crate::state::action::{Action, KeyAction};
use crate::state::command::{Command, Menu, Row, TABLE};
use crate::state::command_words::words_of;
use crate::state::dialog::keys::{KeysForm, PendingKey};
use crate::state::keymap::presets::Preset;
use crate::state::shortcut::{plain, pressed_in, text_of};
use crate::ui::fonts::icon;
use crate::ui::widgets::{accented, choice, field, focus_first, icon_button, named, row_with_end};

const WIDTH: f32 = 520.0;
/// The height of everything in the dialog but its list, in points.
const ROOM_AROUND_LIST: f32 = 340.0;
const ROW_HEIGHT: f32 = 30.0;
const KEY_WIDTH: f32 = 150.0;

pub fn keys_ui(ui: &Ui, cx: &WindowContext, form: &mut KeysForm) {
    if let Some(PendingKey::Recording(command)) = form.pending {
        record(ui, cx, form, command);
    }
    dialog(ui, cx, "Keyboard shortcuts", WIDTH, |ui| {
        preset_ui(ui, cx);
        search_ui(ui, cx, form);
        let height = (ui.ctx().content_rect().height() - ROOM_AROUND_LIST).max(120.0);
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .max_height(height)
            .show(ui, |ui| list_ui(ui, cx, form));
        close_button(ui, cx);
    });
}

/// Takes the next key press for a command. All keys are consumed meanwhile, and no text field has the focus.
fn record(ui: &Ui, cx: &WindowContext, form: &mut KeysForm, command: Command) {
    ui.ctx().memory_mut(Memory::stop_text_input);
    let mut pressed = None;
    ui.input_mut(|input| {
        input.events.retain(|event| {
            pressed = pressed.or_else(|| pressed_in(event));
            !matches!(event, Event::Key { .. } | Event::Text(_))
        });
    });
    let Some(shortcut) = pressed else { return };
    form.pending = None;
    if shortcut == plain(Key::Escape) {
        return;
    }
    if shortcut == plain(Key::Backspace) || shortcut == plain(Key::Delete) {
        cx.send(Action::Keys(KeyAction::Set(command, None)));
        return;
    }
    form.pending = conflict(cx, command, shortcut);
    if form.pending.is_none() {
        cx.send(Action::Keys(KeyAction::Set(command, Some(shortcut))));
    }
}

/// The question that is asked before a command takes the key of another one.
fn conflict(
    cx: &WindowContext,
    command: Command,
    shortcut: KeyboardShortcut,
) -> Option<PendingKey> {
    let other = cx.state.keys.conflict(command, shortcut)?;
    Some(PendingKey::Taken {
        command,
        shortcut,
        other,
    })
}

fn preset_ui(ui: &mut Ui, cx: &WindowContext) {
    let now = cx.state.keys.preset();
    let mut wanted = now;
    let presets = Preset::ALL.map(|(preset, name)| (preset, name.to_owned()));
    choice(ui, cx.theme, "Preset", presets, &mut wanted);
    if wanted != now {
        cx.send(Action::Keys(KeyAction::UsePreset(wanted)));
    }
}

fn search_ui(ui: &mut Ui, cx: &WindowContext, form: &mut KeysForm) {
    let is_recording = matches!(form.pending, Some(PendingKey::Recording(_)));
    field(ui, cx.theme, "Search", |ui, label| {
        let edit = |ui: &mut Ui| {
            let edit = TextEdit::singleline(&mut form.typed)
                .hint_text("A command or a key, as Ctrl+K")
                .desired_width(f32::INFINITY);
            let edit = match is_recording {
                true => ui.add(edit.margin(vec2(8.0, 6.0))),
                false => focus_first(ui, edit),
            };
            edit.labelled_by(label);
        };
        row_with_end(ui, 32.0, edit, |ui| {
            let button = Button::new("Reset all").min_size(vec2(0.0, 30.0));
            let button = ui.add_enabled(cx.state.keys.has_changes(), button);
            if button
                .on_hover_text("Give every command the key of the preset")
                .clicked()
            {
                form.pending = None;
                cx.send(Action::Keys(KeyAction::ResetAll));
            }
        });
    });
}

fn list_ui(ui: &mut Ui, cx: &WindowContext, form: &mut KeysForm) {
    let typed = form.typed.trim().to_lowercase();
    let is_found = |row: &Row| {
        row.text.to_lowercase().contains(&typed)
            || words_of(row.command).contains(&typed)
            || cx.state.keys.text_of(row.command).to_lowercase() == typed
    };
    let mut is_empty = true;
    for (menu, name) in Menu::ALL {
        let rows = TABLE.iter().filter(|row| row.menu == menu);
        let rows: Vec<&Row> = rows.filter(|row| is_found(row)).collect();
        if rows.is_empty() {
            continue;
        }
        is_empty = false;
        ui.label(
            RichText::new(name)
                .font(cx.theme.strong_font())
                .color(*cx.theme.colours.accent),
        );
        for row in rows {
            row_ui(ui, cx, form, row);
        }
    }
    if is_empty {
        ui.label("No matching command.");
    }
}

/// A command, its key as a button, and a button that resets a changed key. A question stands below.
fn row_ui(ui: &mut Ui, cx: &WindowContext, form: &mut KeysForm, row: &Row) {
    let command = row.command;
    let is_recording = form.pending == Some(PendingKey::Recording(command));
    let name = |ui: &mut Ui| ui.label(name_of(command)).on_hover_text(row.tooltip);
    row_with_end(ui, ROW_HEIGHT, name, |ui| {
        if cx.state.keys.is_changed(command) {
            reset_button(ui, cx, form, row);
        }
        if key_button(ui, cx, row, is_recording) {
            form.pending = (!is_recording).then_some(PendingKey::Recording(command));
        }
    });
    match form.pending {
        Some(PendingKey::Recording(of)) if of == command => {
            let words =
                "Press a key. Esc cancels; Backspace or Delete leaves the command without a key.";
            let words = RichText::new(words).small();
            ui.label(words.color(*cx.theme.colours.text_soft));
        }
        Some(PendingKey::Taken {
            command: of,
            shortcut,
            other,
        }) if of == command => {
            form.pending = conflict_ui(ui, cx, command, shortcut, other);
        }
        _ => {}
    }
}

/// The key of a command. True if it was clicked.
fn key_button(ui: &mut Ui, cx: &WindowContext, row: &Row, is_recording: bool) -> bool {
    let key = match cx.state.keys.text_of(row.command) {
        key if key.is_empty() => "none".to_owned(),
        key => key,
    };
    let text = match is_recording {
        true => "Press a key…",
        false => key.as_str(),
    };
    let button = Button::new(text).min_size(vec2(KEY_WIDTH, 26.0));
    let response = match is_recording {
        true => accented(ui, cx.theme, |ui| ui.add(button)),
        false => ui.add(button),
    };
    named(
        &response,
        &format!("Key of {}: {key}", name_of(row.command)),
    );
    response
        .on_hover_text("Click, then press the new key")
        .clicked()
}

fn reset_button(ui: &mut Ui, cx: &WindowContext, form: &mut KeysForm, row: &Row) {
    let name = format!("Reset the key of {}", name_of(row.command));
    if !icon_button(ui, icon::RESTART, &name).clicked() {
        return;
    }
    let usual = cx.state.keys.preset().shortcut(row.command);
    form.pending = usual.and_then(|usual| conflict(cx, row.command, usual));
    if form.pending.is_none() {
        cx.send(Action::Keys(KeyAction::Reset(row.command)));
    }
}

/// The question whether a command takes the key of another one. Returns it again until it is answered.
fn conflict_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    command: Command,
    shortcut: KeyboardShortcut,
    other: Command,
) -> Option<PendingKey> {
    let mut is_answered = false;
    ui.horizontal_wrapped(|ui| {
        let words = format!("{} is the key of {}.", text_of(shortcut), name_of(other));
        ui.label(RichText::new(words).color(*cx.theme.colours.warning));
        let take = ui
            .button("Use it here")
            .on_hover_text("The other command then has no key");
        if take.clicked() {
            is_answered = true;
            cx.send(Action::Keys(KeyAction::Set(command, Some(shortcut))));
        }
        is_answered |= ui.button("Cancel").clicked();
    });
    (!is_answered).then_some(PendingKey::Taken {
        command,
        shortcut,
        other,
    })
}

fn name_of(command: Command) -> &'static str {
    command.row().text.trim_end_matches('…')
}
