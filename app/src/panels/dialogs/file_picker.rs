//! The file picker: a typed path above the content of its folder. Used where the system has no file dialog.

use crate::panels::controls::{dialog, dialog_buttons};
use crate::state::action::{Action, DialogAction, FilePurpose};
use std::path::{Path, PathBuf};

use egui::{
    Button, Frame, Key, Margin, Rect, Response, RichText, ScrollArea, TextEdit, TextureHandle, Ui,
    vec2,
};
use kinora_studio::FOLDER_EXTENSION;

use crate::panels::context::WindowContext;
use crate::state::dialog::file_picker::{Entry, FileOrder, FilePicker, FolderListing};
use crate::ui::fonts::icon;
use crate::ui::rows::scroll_to_row;
use crate::ui::theme::Theme;
use crate::ui::widgets::{Steps, field, picture_in, small_button};

const LIST_HEIGHT: f32 = 240.0;
/// The height of the other parts of the dialog and of its margins, in points.
const ROOM_AROUND_LIST: f32 = 330.0;
const ROW_HEIGHT: f32 = 28.0;
const ROW_GAP: f32 = 2.0;

pub fn file_picker_ui(ui: &mut Ui, cx: &WindowContext, find: &mut FilePicker) {
    find.look(ui.ctx());
    let (title, button) = match find.purpose {
        FilePurpose::Folder => ("Choose a folder", "Choose"),
        FilePurpose::Project => ("Open project", "Open"),
        FilePurpose::Timeline => ("Import timeline", "Choose"),
        FilePurpose::Portrait => ("Add character from a picture", "Add"),
        FilePurpose::Reference(_) => ("Add a reference picture", "Add"),
        FilePurpose::Keyframe(..) => ("Choose a keyframe image", "Choose"),
        FilePurpose::Control(_) => ("Choose a control clip", "Choose"),
        FilePurpose::Lora(_) => ("Add LoRA", "Add"),
        FilePurpose::Medium => ("Import media", "Import"),
        FilePurpose::Still => ("Import still", "Import"),
        FilePurpose::Relink(_) => ("Choose the file of the import", "Relink"),
        FilePurpose::MediaFolder => ("Search a folder for missing files", "Search"),
        FilePurpose::ImportCameraPath(_) => ("Import camera path", "Import"),
        FilePurpose::ExportCameraPath(_) => ("Export camera path", "Export"),
        FilePurpose::ExportTimeline => ("Export timeline", "Export"),
        FilePurpose::ExportSubtitles(_) => ("Export subtitles", "Export"),
    };
    dialog(ui, cx, title, 560.0, |ui| {
        let steps = Steps::pressed(ui);
        places_ui(ui, find);
        path_ui(ui, cx.theme, find);
        let answers = find.answers();
        find.chosen = steps.on(find.chosen, answers.len());
        let taken = list_ui(ui, cx.theme, find, &answers, steps.any());
        if let Some(taken) = taken {
            take(cx, find, &answers[taken]);
        }
        order_ui(ui, find);
        done_ui(ui, cx, find, &answers, button);
    });
}

/// The user's folders, as buttons.
fn places_ui(ui: &mut Ui, find: &mut FilePicker) {
    ui.horizontal_wrapped(|ui| {
        for (name, path) in find.places.clone() {
            let tooltip = path.display().to_string();
            if small_button(ui, icon::FOLDER, name, name)
                .on_hover_text(tooltip)
                .clicked()
            {
                find.go_to(&path);
            }
        }
    });
}

/// The order of the entries, and whether hidden ones are shown.
fn order_ui(ui: &mut Ui, find: &mut FilePicker) {
    ui.horizontal(|ui| {
        for (order, words, tooltip) in [
            (FileOrder::Name, "Sort by name", "From A to Z"),
            (FileOrder::Date, "Sort by date", "The newest first"),
        ] {
            ui.selectable_value(&mut find.order, order, words)
                .on_hover_text(tooltip);
        }
        ui.checkbox(&mut find.shows_hidden, "Hidden files")
            .on_hover_text("Show files and folders whose names begin with a dot");
    });
}

/// The text field for the path.
fn path_ui(ui: &mut Ui, theme: &Theme, find: &mut FilePicker) {
    let name = match find.purpose {
        FilePurpose::Folder | FilePurpose::MediaFolder | FilePurpose::Project => "Folder",
        FilePurpose::Timeline
        | FilePurpose::Portrait
        | FilePurpose::Reference(_)
        | FilePurpose::Keyframe(..)
        | FilePurpose::Control(_)
        | FilePurpose::Lora(_)
        | FilePurpose::Medium
        | FilePurpose::Still
        | FilePurpose::Relink(_)
        | FilePurpose::ImportCameraPath(_)
        | FilePurpose::ExportCameraPath(_)
        | FilePurpose::ExportTimeline
        | FilePurpose::ExportSubtitles(_) => "File",
    };
    field(ui, theme, name, |ui, label| {
        let edit = TextEdit::singleline(&mut find.typed)
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 6.0));
        let mut output = edit.show(ui);
        let response = output.response.response.clone().labelled_by(label);
        if response.changed() {
            find.chosen = 0;
        }
        if std::mem::take(&mut find.is_new) {
            response.request_focus();
            let end = egui::text::CCursorRange::one(output.galley.end());
            output.state.cursor.set_char_range(Some(end));
            output.state.store(ui.ctx(), response.id);
        }
    });
}

/// The content of the folder, of which only visible rows are laid out. Returns the index of the clicked entry.
fn list_ui(
    ui: &mut Ui,
    theme: &Theme,
    find: &mut FilePicker,
    answers: &[Entry],
    moved: bool,
) -> Option<usize> {
    let folder = find.place().0;
    let above = folder.parent().filter(|_| folder.is_absolute());
    let first = usize::from(above.is_some());
    let rows = first + answers.len().max(1); // an empty list has one row, for the reason
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = ROW_GAP;
    let screen = ui.ctx().content_rect().height();
    let height = (screen - ROOM_AROUND_LIST).clamp(4.0 * ROW_HEIGHT, LIST_HEIGHT);
    let list = ScrollArea::vertical()
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink(false);
    list.show_rows(ui, ROW_HEIGHT, rows, |ui, seen| {
        if moved {
            scroll_to_row(ui, seen.start, first + find.chosen, ROW_HEIGHT);
        }
        for row in seen {
            let Some(at) = row.checked_sub(first) else {
                if row_ui(ui, theme, icon::ABOVE, "Parent folder", false).clicked()
                    && let Some(above) = above
                {
                    find.go_to(above);
                }
                continue;
            };
            let Some(entry) = answers.get(at) else {
                nothing_ui(ui, theme, find);
                continue;
            };
            let sign = match entry {
                Entry::Folder(_) => icon::FOLDER,
                Entry::File(_) => icon::FILM,
            };
            let row = row_ui(ui, theme, sign, entry.name(), at == find.chosen);
            let preview = find.preview(ui.ctx(), entry);
            if preview_ui(ui, row, preview.as_ref()).clicked() {
                clicked = Some(at);
            }
        }
    });
    clicked
}

/// The picture of a file at the end of its row, and large beside the pointer.
fn preview_ui(ui: &Ui, row: Response, picture: Option<&TextureHandle>) -> Response {
    let Some(picture) = picture else {
        return row;
    };
    let end = row.rect.right_center() - vec2(24.0, 0.0);
    let place = Rect::from_center_size(end, vec2(40.0, ROW_HEIGHT - 4.0));
    picture_in(ui.painter(), picture, place);
    row.on_hover_ui(|ui| {
        ui.image((picture.id(), picture.size_vec2()));
    })
}

/// Shows why the list is empty.
fn nothing_ui(ui: &mut Ui, theme: &Theme, find: &FilePicker) {
    let words = match &find.shown {
        Some((_, FolderListing::There(_))) => nothing_there(find.purpose),
        Some((folder, FolderListing::Unreadable(why))) => format!("{}: {why}", folder.display()),
        _ => "Loading…".into(),
    };
    let words = RichText::new(words).color(*theme.colours.text_soft);
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| ui.label(words));
}

fn nothing_there(pick: FilePurpose) -> String {
    match pick {
        FilePurpose::Folder | FilePurpose::MediaFolder => "No matching folder".into(),
        FilePurpose::Project => "No matching project or folder".into(),
        FilePurpose::Timeline
        | FilePurpose::Portrait
        | FilePurpose::Reference(_)
        | FilePurpose::Keyframe(..)
        | FilePurpose::Control(_)
        | FilePurpose::Lora(_)
        | FilePurpose::Medium
        | FilePurpose::Still
        | FilePurpose::Relink(_)
        | FilePurpose::ImportCameraPath(_) => {
            let endings = pick.extensions().join(", ");
            format!("No matching file. Supported: {endings}.")
        }
        FilePurpose::ExportCameraPath(_) => "A new file: .gltf, .txt or .ron".into(),
        FilePurpose::ExportTimeline => "A new file: .otio".into(),
        FilePurpose::ExportSubtitles(_) => "A new file: .srt or .vtt".into(),
    }
}

fn row_ui(ui: &mut Ui, theme: &Theme, sign: &str, name: &str, is_chosen: bool) -> Response {
    let words = format!("{sign}   {name}");
    let mut row = Button::new(words)
        .truncate()
        .right_text("")
        .frame_when_inactive(is_chosen)
        .min_size(vec2(ui.available_width(), ROW_HEIGHT));
    if is_chosen {
        row = row.fill(*theme.colours.accent_veil);
    }
    let row = ui.add(row);
    row.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    row
}

/// The buttons of the dialog. Enter opens the highlighted folder or uses the highlighted file. A path that
/// matches no entry is used as typed.
fn done_ui(
    ui: &mut Ui,
    cx: &WindowContext,
    find: &mut FilePicker,
    answers: &[Entry],
    button: &str,
) {
    let (folder, begun) = find.place();
    let is_whole = begun.is_empty();
    let ready = match find.purpose {
        FilePurpose::Folder | FilePurpose::MediaFolder | FilePurpose::Project => {
            folder.is_absolute()
        }
        FilePurpose::Timeline
        | FilePurpose::Portrait
        | FilePurpose::Reference(_)
        | FilePurpose::Keyframe(..)
        | FilePurpose::Control(_)
        | FilePurpose::Lora(_)
        | FilePurpose::Medium
        | FilePurpose::Still
        | FilePurpose::Relink(_)
        | FilePurpose::ImportCameraPath(_) => !is_whole || !answers.is_empty(),
        FilePurpose::ExportCameraPath(_)
        | FilePurpose::ExportTimeline
        | FilePurpose::ExportSubtitles(_) => !is_whole && folder.is_absolute(),
    };
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    if !dialog_buttons(ui, cx, button, ready) {
        return;
    }
    let path = PathBuf::from(&find.typed);
    match answers.get(find.chosen).cloned() {
        // For a folder, the button uses the folder that is shown. Enter opens the highlighted one if a name
        // is partly typed.
        _ if find.purpose.is_folder() && (is_whole || !entered) => {
            cx.send(Action::Dialog(DialogAction::FileChosen(
                find.purpose,
                folder,
            )));
        }
        // The folder that is shown is a project itself.
        _ if find.purpose == FilePurpose::Project && is_whole && is_project(&folder) => {
            cx.send(Action::Dialog(DialogAction::FileChosen(
                find.purpose,
                folder,
            )));
        }
        // A new file has the name that was typed, also where an entry begins with it.
        _ if find.purpose.is_output() => {
            cx.send(Action::Dialog(DialogAction::FileChosen(find.purpose, path)));
        }
        Some(entry) => take(cx, find, &entry),
        None => cx.send(Action::Dialog(DialogAction::FileChosen(find.purpose, path))),
    }
}

fn is_project(folder: &Path) -> bool {
    let extension = folder.extension();
    extension.is_some_and(|extension| extension == FOLDER_EXTENSION)
}

/// Opens the folder of an entry, or uses its file.
fn take(cx: &WindowContext, find: &mut FilePicker, entry: &Entry) {
    if let Some(path) = find.take(entry) {
        cx.send(Action::Dialog(DialogAction::FileChosen(find.purpose, path)));
    }
}
