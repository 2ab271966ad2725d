//! The menu of an import: its places on the timeline, its folder, what it replaces and how it is read, named, relinked and
//! removed.

use egui::Ui;
use kinora_studio::timeline::media::{Extent, MediumMarks};

use super::{Import, relink_medium, send};
use crate::panels::context::PanelContext;
use crate::panels::labels::label_item;
use crate::panels::media::item::item_ui;
use crate::panels::media::picture::picture_menu;
use crate::panels::media::proxy::proxy_menu;
use crate::state::action::{Action, ExportAction, MediaAction, MediumPlace, ViewerAction};
use crate::state::dialog::marker::LABELS;
use crate::state::form::medium_form::MediumForm;
use crate::state::view::media_view::MediaView;
use crate::state::view::viewer_view::ComparedPicture;
use crate::ui::fonts::icon;

const MENU_WIDTH: f32 = 260.0;

/// The places of an import on the timeline, with their words and tooltips.
#[rustfmt::skip] // a table
const PLACES: [(MediumPlace, [&str; 2]); 3] = [
    (MediumPlace::Insert, ["Insert at the playhead", "What follows moves along"]),
    (MediumPlace::Overwrite, ["Overwrite at the playhead", "Place it over what is there"]),
    (MediumPlace::Append, ["Insert at the end", "Place it after the last clip"]),
];

pub(super) fn menu_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView, import: Import) {
    ui.set_width(MENU_WIDTH);
    let (medium, can_edit) = (import.medium, cx.can_edit());
    for (place, words) in PLACES {
        if item_ui(ui, icon::PLACE, words, can_edit) {
            send(cx, MediaAction::Place(medium.id, place));
        }
    }
    ui.separator();
    let show = ["Show in timeline", "Select the clips of this import"];
    if item_ui(ui, icon::SEARCH, show, import.uses > 0) {
        send(cx, MediaAction::ShowInTimeline(medium.id));
    }
    let folder = ["Show in folder", "Open the folder of the file"];
    if item_ui(ui, icon::FOLDER, folder, !import.file.is_missing) {
        let file = cx.document.session.folder().join(&medium.path);
        let folder = file.parent().unwrap_or(&file).to_owned();
        cx.send(Action::Export(ExportAction::OpenWithSystem(folder)));
    }
    let has_selection = !cx.selection.clips.is_empty();
    let replace = [
        "Replace the selected clip",
        "The clip shows this import, and keeps its place and effects",
    ];
    if item_ui(ui, icon::SHUFFLE, replace, can_edit && has_selection) {
        send(cx, MediaAction::ReplaceClips(medium.id));
    }
    if let Some(shot) = cx.shot().filter(|_| medium.extent == Extent::Still) {
        let words = format!("Use as first frame of {}", shot.name);
        let words = [
            words.as_str(),
            "The takes of the shot begin with this picture",
        ];
        if item_ui(ui, icon::SHOT, words, can_edit && !import.file.is_missing) {
            send(cx, MediaAction::UseAsFirstFrame(medium.id));
        }
    }
    if medium.has_picture {
        let is_shown = cx
            .viewer
            .compared
            .is_some_and(|one| one.medium == medium.id);
        let (words, next) = match is_shown {
            true => ("Stop comparing with the film", None),
            false => (
                "Compare with the film",
                Some(ComparedPicture::of(medium.id)),
            ),
        };
        let words = [words, "Wipe its picture against the film in the viewer"];
        if item_ui(ui, icon::COMPARE, words, !import.file.is_missing) {
            cx.send(Action::Viewer(ViewerAction::ComparePicture(next)));
        }
    }
    ui.separator();
    let favourite = match medium.marks.is_favourite {
        true => ["Remove from favourites", "It stays in the project"],
        false => ["Add to favourites", "The filter Favourites lists it"],
    };
    if item_ui(ui, icon::STAR, favourite, can_edit) {
        send(cx, MediaAction::Mark(medium.id, medium.marks.toggled()));
    }
    ui.menu_button("Label", |ui| {
        for (label, name) in LABELS {
            if label_item(ui, cx, label, name).clicked() {
                let marks = MediumMarks {
                    label,
                    ..medium.marks
                };
                send(cx, MediaAction::Mark(medium.id, marks));
            }
        }
    });
    picture_menu(ui, cx, medium);
    let is_readable = !import.file.is_missing && !import.file.is_refused;
    proxy_menu(ui, cx, medium, is_readable);
    let rename = ["Rename", "Type another name; the file keeps its own"];
    if item_ui(ui, icon::PENCIL, rename, can_edit) {
        view.form = Some(MediumForm::of(medium));
    }
    let relink = ["Relink…", "Use another file for this import and its clips"];
    if item_ui(ui, icon::LINK, relink, can_edit) {
        relink_medium(cx, medium);
    }
    let remove = ["Remove", "Remove an import that no clip uses"];
    if item_ui(ui, icon::TRASH, remove, can_edit) {
        send(cx, MediaAction::Remove(medium.id));
    }
    let remove = [
        "Remove with its clips",
        "Remove the import and all clips of it",
    ];
    if import.uses > 0 && item_ui(ui, icon::TRASH, remove, can_edit) {
        send(cx, MediaAction::RemoveWithClips(medium.id));
    }
}
