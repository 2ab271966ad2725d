//! The menu *Path*: changes of the whole camera path, the library of paths, and camera files.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, PopupCloseBehavior, RichText, TextEdit, Ui};
use kinora_studio::timeline::Edit;
use kinora_studio::timeline::camera::CameraPath;
use kinora_studio::timeline::edit::camera::CameraEdit;
use kinora_studio::timeline::query::shot_in_film::last_frame;
use kinora_studio::timeline::shot::keys::{path_of, steady_pose};

use super::CameraPanel;
use crate::state::action::{Action, CameraLibraryAction};
use crate::state::command::Command;
use crate::ui::widgets::named;

/// The width of the menu, in points.
const WIDTH: f32 = 250.0;

pub fn path_menu_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    // A click into the field of the name must not close the menu.
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::new("Path").config(config).ui(ui, |ui| {
        ui.set_width(WIDTH);
        tools_ui(ui, panel);
        ui.separator();
        save_ui(ui, panel);
        load_ui(ui, panel);
        ui.separator();
        files_ui(ui, panel);
        ui.separator();
        let remove = Button::new("Remove camera move");
        let remove = ui.add_enabled(panel.shot.camera.is_some(), remove);
        let words = "Remove the camera path; the model decides the camera movement";
        if remove.on_hover_text(words).clicked() {
            panel.apply(Edit::Camera(CameraEdit::SetPath(panel.shot.id, None)));
            ui.close();
        }
    });
    response.on_hover_text("Change the whole camera path, or keep it for other shots");
}

fn tools_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let path = panel.shot.camera.as_ref();
    let copy = ui.add_enabled(path.is_some(), Button::new("Copy path"));
    if copy
        .on_hover_text("Keep the camera path, to paste it in another shot")
        .clicked()
    {
        panel.view.copied_path = path.cloned();
        ui.close();
    }
    let fitted = |path: &CameraPath| path.fitted_to(last_frame(panel.shot));
    let tools = [
        (
            "Paste path",
            "Use the copied camera path in this shot",
            panel.view.copied_path.clone(),
        ),
        (
            "Mirror left to right",
            "Move the camera to the other side of the middle of the stage, x = 0",
            path.map(CameraPath::mirrored),
        ),
        (
            "Reverse",
            "Play the camera path backwards",
            path.map(CameraPath::reversed),
        ),
        (
            "Retime to the shot's length",
            "Stretch or shorten the path from the first frame of the shot to its last",
            path.and_then(fitted),
        ),
        (
            "Match the end of the previous shot",
            "Begin where the camera of the shot before ends: the one that this shot continues, or the one before it \
             on the timeline",
            matched(panel),
        ),
    ];
    for (name, words, changed) in tools {
        // A change that changes nothing is no undo step.
        let changed = changed.filter(|changed| Some(changed) != path);
        let tool = ui.add_enabled(changed.is_some(), Button::new(name));
        if tool.on_hover_text(words).clicked() {
            panel.apply(Edit::Camera(CameraEdit::SetPath(panel.shot.id, changed)));
            ui.close();
        }
    }
}

/// The path of the shot, begun where the camera of the shot before ends.
fn matched(panel: &CameraPanel) -> Option<CameraPath> {
    let before = panel.cx.project().shot_cut_before(panel.shot)?;
    let end = steady_pose(before, last_frame(before));
    Some(path_of(panel.shot).begun_at(end))
}

/// The commands that read a path from a file or write it to one.
fn files_ui(ui: &mut Ui, panel: &CameraPanel) {
    let has_path = panel.shot.camera.is_some();
    for (command, is_possible) in [
        (Command::ImportCameraPath, true),
        (Command::ExportCameraPath, has_path),
    ] {
        let row = command.row();
        let button = ui.add_enabled(is_possible, Button::new(row.text));
        if button.on_hover_text(row.tooltip).clicked() {
            panel.cx.send(Action::Command(command));
            ui.close();
        }
    }
}

fn save_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let label = ui.label(RichText::new("Save to library as").small());
    ui.horizontal(|ui| {
        let name = TextEdit::singleline(&mut panel.view.path_name).desired_width(WIDTH - 70.0);
        ui.add(name).labelled_by(label.id);
        let name = panel.view.path_name.trim();
        let path = panel.shot.camera.as_ref().filter(|_| !name.is_empty());
        let save = ui.add_enabled(path.is_some(), Button::new("Save"));
        named(&save, "Save to library");
        let save = save.on_hover_text("Keep the camera path under this name, for all projects");
        if save.clicked()
            && let Some(path) = path
        {
            let save = CameraLibraryAction::Save(name.to_owned(), path.clone());
            panel.cx.send(Action::CameraLibrary(save));
            ui.close();
        }
    });
}

fn load_ui(ui: &mut Ui, panel: &CameraPanel) {
    let Some(names) = &panel.view.library else {
        panel
            .cx
            .send(Action::CameraLibrary(CameraLibraryAction::List));
        return;
    };
    if names.is_empty() {
        return;
    }
    ui.label(RichText::new("Load from library").small());
    for name in names {
        let load = ui.add(Button::new(name.as_str()).truncate());
        named(&load, &format!("Load {name}"));
        let words = "Use this camera path in the shot";
        if load.on_hover_text(words).clicked() {
            let load = CameraLibraryAction::Load(panel.shot.id, name.clone());
            panel.cx.send(Action::CameraLibrary(load));
            ui.close();
        }
    }
}
