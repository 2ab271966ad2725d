//! The dialog of preferences: pages on the left, the rows of one page in a grid on the right. Every change applies at
//! once.

mod storage;

use egui::{Button, ComboBox, Grid, Id, RichText, Ui, vec2};
use kinora_studio::Device;
use kinora_studio::engine::State as EngineState;

use crate::panels::context::WindowContext;
use crate::panels::controls::{close_button, dialog, path_row};
use crate::state::action::{Action, PreferencesAction};
use crate::state::command::Command;
use crate::state::dialog::preferences::{Page, PreferencesForm};
use crate::state::preferences::{
    CLIP_SECONDS, MEMORY_LIMITS_GB, NewTakeSize, Preferences, SHOT_SECONDS, UI_SCALE_STEP,
    UI_SCALES,
};
use crate::ui::widgets::{number, row_from_right};
use storage::storage_ui;

const WIDTH: f32 = 640.0;
const PAGES_WIDTH: f32 = 120.0;
const LABEL_WIDTH: f32 = 150.0;
const CONTROL_WIDTH: f32 = 300.0;
/// The height of the highest page, so that the dialog keeps its size.
const PAGE_HEIGHT: f32 = 260.0;
const NUMBER: egui::Vec2 = vec2(90.0, 26.0);
const MEMORY_TOOLTIP: &str =
    "The most memory of the device that the engine uses; KINORA_MEMORY comes before it";
const DEVICE_TOOLTIP: &str = "The graphics card or processor that generates takes";

pub fn preferences_ui(ui: &Ui, cx: &WindowContext, form: &mut PreferencesForm) {
    let now = &cx.state.preferences.values;
    let mut wanted = now.clone();
    dialog(ui, cx, "Preferences", WIDTH, |ui| {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(PAGES_WIDTH);
                for (page, name) in Page::ALL {
                    let is_shown = form.page == page;
                    let row = Button::selectable(is_shown, name);
                    if ui.add(row.min_size(vec2(PAGES_WIDTH, 0.0))).clicked() {
                        form.page = page;
                    }
                }
            });
            ui.vertical(|ui| {
                ui.set_min_height(PAGE_HEIGHT);
                page_ui(ui, cx, form, &mut wanted);
            });
        });
        row_from_right(ui, 34.0, |ui| {
            let reset = Button::new("Reset to defaults").min_size(vec2(0.0, 30.0));
            let is_changed = *now != Preferences::default();
            let reset = ui.add_enabled(is_changed, reset);
            if reset.on_hover_text("Reset all preferences").clicked() {
                cx.send(Action::Preferences(PreferencesAction::Reset));
            }
        });
        close_button(ui, cx);
    });
    if wanted != *now {
        let change = PreferencesAction::Change(Box::new(wanted));
        cx.send(Action::Preferences(change));
    }
}

fn page_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &mut PreferencesForm,
    preferences: &mut Preferences,
) {
    let grid = Grid::new(("preferences", form.page as usize));
    let grid = grid.num_columns(2).spacing([12.0, 12.0]);
    grid.show(ui, |ui| match form.page {
        Page::General => general_ui(ui, cx, form, preferences),
        Page::Generation => generation_ui(ui, cx, preferences),
        Page::Timeline => timeline_ui(ui, cx, preferences),
        Page::Storage => storage_ui(ui, cx, form, preferences),
    });
}

/// A row of the grid: a name with its tooltip, and a control with that name.
fn row<T>(
    ui: &mut Ui,
    cx: &WindowContext,
    (name, tooltip): (&str, &str),
    control: impl FnOnce(&mut Ui, Id) -> T,
) -> T {
    let name = RichText::new(name).color(*cx.theme.colours.text_soft);
    let label = ui.vertical(|ui| {
        ui.set_width(LABEL_WIDTH);
        ui.add_space(4.0);
        ui.label(name).on_hover_text(tooltip).id
    });
    let inner = ui.vertical(|ui| {
        ui.set_width(CONTROL_WIDTH);
        control(ui, label.inner)
    });
    ui.end_row();
    inner.inner
}

/// A sentence below the control of a row.
fn note(ui: &mut Ui, cx: &WindowContext, text: &str) {
    let text = RichText::new(text).small();
    ui.label(text.color(*cx.theme.colours.text_faint));
}

fn general_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    form: &mut PreferencesForm,
    preferences: &mut Preferences,
) {
    let tooltip = "The folder that New project proposes";
    row(ui, cx, ("New projects in", tooltip), |ui, label| {
        let start = form.place.trim().into();
        let edit = path_row(ui, cx, label, &mut form.place, (start, false));
        edit.on_hover_text(tooltip);
        let usual = &cx.state.folders.projects;
        match form.projects() {
            Ok(folder) => preferences.projects = folder.filter(|folder| folder != usual),
            Err(why) => {
                ui.label(RichText::new(why).small().color(*cx.theme.colours.bad));
            }
        }
    });
    let tooltip = "The size of text and controls";
    row(ui, cx, ("Interface scale", tooltip), |ui, label| {
        let percent = |scale: f32| format!("{:.0} %", scale * 100.0);
        let list =
            ComboBox::from_id_salt("interface scale").selected_text(percent(preferences.ui_scale));
        let shown = list.show_ui(ui, |ui| {
            for scale in scales() {
                let is_it = percent(scale) == percent(preferences.ui_scale);
                if ui.selectable_label(is_it, percent(scale)).clicked() {
                    preferences.ui_scale = scale;
                }
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text(tooltip);
    });
}

/// All scales of the interface, the smallest first.
fn scales() -> impl Iterator<Item = f32> {
    let steps = |scale: f32| (scale / UI_SCALE_STEP).round() as u16;
    let steps = steps(*UI_SCALES.start())..=steps(*UI_SCALES.end());
    steps.map(|step| f32::from(step) * UI_SCALE_STEP)
}

fn generation_ui(ui: &mut Ui, cx: &WindowContext, preferences: &mut Preferences) {
    row(ui, cx, ("Device", DEVICE_TOOLTIP), |ui, label| {
        device_ui(ui, cx, label, &mut preferences.device);
    });
    row(ui, cx, ("Memory limit", MEMORY_TOOLTIP), |ui, label| {
        memory_ui(ui, cx, label, &mut preferences.memory_gb);
    });
    let tooltip = "Whether a take that is finished is shown in place of the one chosen before";
    row(ui, cx, ("New take", tooltip), |ui, _| {
        ui.checkbox(
            &mut preferences.chooses_new_take,
            "Replaces the chosen take",
        )
        .on_hover_text(tooltip);
        let text = "A shot without a chosen take always gets its first one.";
        note(ui, cx, text);
    });
    let tooltip = "The small take stays. The large one stands for the shot where the small one did";
    row(ui, cx, ("", tooltip), |ui, _| {
        let mut is_upscaled = preferences.new_take_size == NewTakeSize::Upscaled;
        let words = "Is upscaled if its model comes with an upscaler";
        ui.checkbox(&mut is_upscaled, words).on_hover_text(tooltip);
        preferences.new_take_size = match is_upscaled {
            true => NewTakeSize::Upscaled,
            false => NewTakeSize::AsGenerated,
        };
    });
    let tooltip = "The length of a new shot";
    row(ui, cx, ("New shot", tooltip), |ui, label| {
        let length = number(&mut preferences.shot_seconds)
            .range(SHOT_SECONDS)
            .fixed_decimals(1)
            .speed(0.05)
            .suffix(" s");
        let length = ui.add_sized(NUMBER, length).labelled_by(label);
        length.on_hover_text(tooltip);
        note(ui, cx, "The nearest length that the model can make.");
    });
}

/// The list of memory limits, and the button that restarts a running engine with the limit.
fn memory_ui(ui: &mut Ui, cx: &WindowContext, label: Id, limit_gb: &mut Option<u32>) {
    let name_of = |limit: Option<u32>| match limit {
        Some(limit) => format!("{limit} GB"),
        None => "Automatic".to_owned(),
    };
    ui.horizontal(|ui| {
        let list = ComboBox::from_id_salt("memory").selected_text(name_of(*limit_gb));
        let shown = list.show_ui(ui, |ui| {
            let limits = MEMORY_LIMITS_GB.into_iter().map(Some);
            for limit in [None].into_iter().chain(limits) {
                ui.selectable_value(limit_gb, limit, name_of(limit));
            }
        });
        let list = shown.response.labelled_by(label);
        list.on_hover_text(MEMORY_TOOLTIP);
        if cx.state.engine.is_running() {
            let row = Command::RestartEngine.row();
            if ui.button(row.text).on_hover_text(row.tooltip).clicked() {
                cx.send(Action::Command(row.command));
            }
        }
    });
    let text = "Automatic: what is free. A limit counts from the next start of the engine.";
    note(ui, cx, text);
}

/// The list of devices, as far as the engine has reported them.
fn device_ui(ui: &mut Ui, cx: &WindowContext, label: Id, device: &mut Option<String>) {
    let devices: &[Device] = match cx.state.engine.state() {
        EngineState::Ready(hello) => &hello.devices,
        _ => &[],
    };
    let name_of = |id: &str| {
        let found = devices.iter().find(|known| known.id == id);
        found.map_or_else(
            || id.to_owned(),
            |known| format!("{} ({})", known.name, known.id),
        )
    };
    let current = match device.as_deref() {
        Some(id) => name_of(id),
        None => "Automatic".to_owned(),
    };
    let list = ComboBox::from_id_salt("device")
        .selected_text(current)
        .width(ui.available_width())
        .truncate();
    let shown = list.show_ui(ui, |ui| {
        ui.selectable_value(device, None, "Automatic");
        for known in devices {
            let id = Some(known.id.clone());
            ui.selectable_value(device, id, name_of(&known.id));
        }
    });
    let list = shown.response.labelled_by(label);
    list.on_hover_text(DEVICE_TOOLTIP);
    let is_missing = device
        .as_deref()
        .is_some_and(|id| devices.iter().all(|known| known.id != id));
    if devices.is_empty() {
        note(ui, cx, "The devices are known when the engine runs.");
        let row = Command::StartEngine.row();
        let start = ui.add_enabled(!cx.state.engine.is_running(), Button::new(row.text));
        if start.on_hover_text(row.tooltip).clicked() {
            cx.send(Action::Command(row.command));
        }
    } else if is_missing {
        let text = "The engine does not find this device. It uses the default one.";
        ui.label(RichText::new(text).small().color(*cx.theme.colours.warning));
    } else {
        note(ui, cx, "Automatic: the first graphics card, or the CPU.");
    }
}

fn timeline_ui(ui: &mut Ui, cx: &WindowContext, preferences: &mut Preferences) {
    let tooltip = "Whether dragged clips stop at cuts, markers and the playhead";
    row(ui, cx, ("Snapping", tooltip), |ui, _| {
        ui.checkbox(&mut preferences.snaps, "On when a project is opened")
            .on_hover_text(tooltip);
    });
    let tooltip =
        "Whether what follows a clip moves along while its edge is dragged. Ctrl does the other";
    row(ui, cx, ("Dragged edges", tooltip), |ui, _| {
        ui.checkbox(&mut preferences.edges_ripple, "Ripple without Ctrl")
            .on_hover_text(tooltip);
    });
    for (name, tooltip, seconds) in [
        (
            "New title",
            "The length of a new title",
            &mut preferences.title_seconds,
        ),
        (
            "Still picture",
            "The length of a clip of a picture",
            &mut preferences.still_seconds,
        ),
    ] {
        row(ui, cx, (name, tooltip), |ui, label| {
            let length = number(seconds).range(CLIP_SECONDS).speed(0.05).suffix(" s");
            let length = ui.add_sized(NUMBER, length).labelled_by(label);
            length.on_hover_text(tooltip);
        });
    }
}
