//! The row of an import: its thumbnail, name, length, size and use, and the buttons and the menu that use it.

mod import_menu;

use egui::{
    Align, Button, FontSelection, Key, Layout, Rect, Response, RichText, Sense, StrokeKind,
    TextEdit, TextStyle, Ui, UiBuilder, Vec2, containers::menu, pos2, vec2,
};
use kinora_studio::timeline::Source;
use kinora_studio::timeline::media::{Extent, Medium};

use super::picture::{settings_text, video_text};
use super::proxy::state_of;
use super::thumbnail::thumbnail_ui;
use crate::background::media_files::MediumFile;
use crate::panels::context::PanelContext;
use crate::panels::labels::label_colour;
use crate::state::action::{
    Action, DialogAction, FilePurpose, MediaAction, MediumPlace, ViewerAction,
};
use crate::state::proxy_jobs::ProxyState;
use crate::state::sources::seconds_of;
use crate::state::view::media_view::MediaView;
use crate::state::view::viewer_view::ViewedSource;
use crate::ui::fonts::{icon, sign};
use crate::ui::widgets::{at_end, drag_source, icon_button, line, named, text_field};
use import_menu::menu_ui;

/// The height of a row, in points.
pub const HEIGHT: f32 = 44.0;
pub const THUMBNAIL: Vec2 = vec2(54.0, 36.0);
pub const MARGIN: f32 = 4.0;
/// The widths of the buttons at the right, of a file that is there and of a missing one.
const SIDES: [f32; 2] = [54.0, 92.0];
/// The width of the stripe in the colour of a label, in points.
pub const LABEL_WIDTH: f32 = 3.0;

/// An import, its file, how often it is used, and its proxy.
#[derive(Clone, Copy)]
struct Import<'m> {
    medium: &'m Medium,
    file: MediumFile,
    uses: usize,
    proxy: Option<ProxyState>,
}

/// A row, as wide as the panel.
pub fn row_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView, medium: &Medium) {
    let import = Import {
        medium,
        file: cx.media.files.get(medium),
        uses: view.uses_of(medium.id, cx.project(), cx.document.revision),
        proxy: state_of(cx, medium),
    };
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let details = import.details();
    named(&response, &format!("{}: {details}", medium.name));
    ground(ui, cx, &response, view.selected == Some(medium.id));
    let left_top = rect.left_top() + vec2(MARGIN, (HEIGHT - THUMBNAIL.y) / 2.0);
    let picture = Rect::from_min_size(left_top, THUMBNAIL);
    thumbnail_ui(ui, cx, medium, import.file, picture);
    if let Some(colour) = label_colour(cx.theme, medium.marks.label) {
        let stripe = rect.with_max_x(rect.left() + LABEL_WIDTH);
        ui.painter().rect_filled(stripe, 2, colour);
    }
    let side = SIDES[usize::from(import.file.is_missing)];
    let words = Rect::from_min_max(
        pos2(picture.right() + 8.0, rect.top()),
        pos2(rect.right() - side - 4.0, rect.bottom()),
    );
    let is_renamed = view
        .form
        .as_ref()
        .is_some_and(|form| form.medium == medium.id);
    match is_renamed {
        true => name_ui(ui, cx, view, &response, words),
        false => words_ui(ui, cx, import, &details, words),
    }
    buttons_ui(ui, cx, view, import, rect.with_min_x(rect.right() - side));

    if response.clicked() || response.secondary_clicked() {
        view.selected = Some(medium.id);
    }
    if response.clicked() && medium.has_picture {
        let source = ViewedSource::of(Source::Medium(medium.id));
        cx.send(Action::Viewer(ViewerAction::Show(source)));
    }
    response.context_menu(|ui| menu_ui(ui, cx, view, import));
    drag_ui(ui, cx, medium, &response);
    response.on_hover_ui(|ui| {
        ui.label(format!("{}\n{details}", medium.name));
        if let Some(video) = cx.media.details.get(medium) {
            ui.label(video_text(&video));
            for phrase in &video.damage {
                let words = format!("{}  {phrase}", icon::WARNING);
                ui.label(RichText::new(words).color(*cx.theme.colours.warning));
            }
        }
        if let Some(settings) = settings_text(medium.picture) {
            ui.label(settings);
        }
    });
}

impl Import<'_> {
    /// "Used 2 times · 3.0 s · 1920 x 1080".
    fn details(&self) -> String {
        let fault = match self.file {
            MediumFile {
                is_missing: true, ..
            } => Some("File missing".to_owned()),
            MediumFile {
                is_refused: true, ..
            } => Some("File damaged".to_owned()),
            MediumFile { .. } => None,
        };
        let used = match self.uses {
            0 => "Not used".to_owned(),
            1 => "Used once".to_owned(),
            many => format!("Used {many} times"),
        };
        let length = match self.medium.extent {
            Extent::Still => None,
            _ => Some(duration_text(seconds_of(self.medium))),
        };
        let size = self.file.size;
        let size = size.map(|[width, height]| format!("{width} x {height}"));
        let proxy = self.proxy.map(ProxyState::words);
        let parts = [fault, Some(used), length, size, proxy]
            .into_iter()
            .flatten();
        let parts: Vec<String> = parts.collect();
        parts.join(" · ")
    }
}

/// "3.0 s", or "1:05" from a minute on.
pub fn duration_text(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole < 60 {
        true => format!("{seconds:.1} s"),
        false => format!("{}:{:02}", whole / 60, whole % 60),
    }
}

/// The background of a row that is selected, under the pointer, or has the focus.
pub fn ground(ui: &Ui, cx: &PanelContext, response: &Response, is_selected: bool) {
    if is_selected {
        let veil = *cx.theme.colours.accent_veil;
        ui.painter().rect_filled(response.rect, 6, veil);
    }
    if response.hovered() || response.has_focus() {
        let stroke = ui.style().interact(response).bg_stroke;
        ui.painter()
            .rect_stroke(response.rect, 6, stroke, StrokeKind::Inside);
    }
}

fn words_ui(ui: &Ui, cx: &PanelContext, import: Import, details: &str, rect: Rect) {
    let colours = &cx.theme.colours;
    let colour = match import.file.is_missing || import.file.is_refused {
        true => *colours.warning,
        false => *colours.text,
    };
    let body = FontSelection::Default.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let at = |top| rect.left_top() + vec2(0.0, top);
    let star = match import.medium.marks.is_favourite {
        true => format!("{} ", icon::STAR),
        false => String::new(),
    };
    let name = format!("{star}{}", import.medium.name);
    line(ui, at(4.0), rect.width(), (name.as_str(), body, colour));
    let below = (details, small, *colours.text_soft);
    line(ui, at(24.0), rect.width(), below);
}

/// The field for the name. The name is changed when the field loses the focus, but not by Esc.
fn name_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView, row: &Response, rect: Rect) {
    let Some(form) = &mut view.form else { return };
    let is_new = std::mem::take(&mut form.is_new);
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    let edit = TextEdit::singleline(&mut form.name).desired_width(rect.width());
    let field = text_field(&mut ui, edit, is_new).labelled_by(row.id);
    if !field.lost_focus() {
        return;
    }
    let is_cancelled = ui.input(|input| input.key_pressed(Key::Escape));
    let typed = view.form.take().filter(|_| !is_cancelled);
    if let Some(form) = typed {
        cx.send(Action::Media(MediaAction::Rename(form)));
    }
}

/// The button that inserts the import, or relinks it if its file is missing, and the button that opens the menu.
fn buttons_ui(ui: &mut Ui, cx: &PanelContext, view: &mut MediaView, import: Import, rect: Rect) {
    let layout = Layout::left_to_right(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    ui.spacing_mut().item_spacing.x = 0.0;
    at_end(&mut ui, |ui| {
        main_button_ui(ui, cx, import);
        let caret = Button::new(RichText::new(sign::CARET_DOWN).small())
            .frame_when_inactive(false)
            .min_size(vec2(22.0, 28.0));
        let (response, _) = menu::MenuButton::from_button(caret).ui(ui, |ui| {
            menu_ui(ui, cx, view, import);
        });
        named(&response, &format!("Actions for {}", import.medium.name));
    });
}

fn main_button_ui(ui: &mut Ui, cx: &PanelContext, import: Import) {
    let medium = import.medium;
    if !import.file.is_missing {
        let name = format!("Insert {} at the playhead", medium.name);
        if icon_button(ui, icon::PLACE, &name).clicked() {
            send(cx, MediaAction::Place(medium.id, MediumPlace::Insert));
        }
        return;
    }
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = 6.0;
        let relink = ui.add(Button::new(RichText::new("Relink…").small()));
        named(&relink, &format!("Relink {}…", medium.name));
        let words = "Find the missing file in a dialog";
        if relink.on_hover_text(words).clicked() {
            relink_medium(cx, medium);
        }
    });
}

fn send(cx: &PanelContext, action: MediaAction) {
    cx.send(Action::Media(action));
}

fn relink_medium(cx: &PanelContext, medium: &Medium) {
    let purpose = FilePurpose::Relink(medium.id);
    cx.send(Action::Dialog(DialogAction::BrowseFile(purpose)));
}

/// A drag of the row onto the timeline.
fn drag_ui(ui: &Ui, cx: &PanelContext, medium: &Medium, response: &Response) {
    drag_source(ui, cx.theme, response, medium.id, &medium.name);
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::media::{MediumMarks, PictureSettings};
    use kinora_studio::timeline::{ContentHash, FrameRate, Frames, MediumId};

    use super::*;

    #[test]
    fn a_row_says_how_often_an_import_is_used_how_long_and_how_large_it_is() {
        let medium = Medium {
            id: MediumId::from(1),
            name: "sea.mp4".into(),
            content: ContentHash::of(b"the sea"),
            path: "media/sea.mp4".into(),
            extent: Extent::Video {
                rate: FrameRate::FPS_24,
                frames: Frames(36),
            },
            has_picture: true,
            has_sound: true,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let details = |is_missing, size, uses| {
            let file = MediumFile {
                is_missing,
                size,
                is_refused: false,
            };
            let medium = &medium;
            let proxy = None;
            let import = Import {
                medium,
                file,
                uses,
                proxy,
            };
            import.details()
        };
        let size = Some([1920, 1080]);
        let used = details(false, size, 2);
        assert_eq!(used, "Used 2 times · 1.5 s · 1920 x 1080");
        assert_eq!(details(false, None, 0), "Not used · 1.5 s");
        let missing = details(true, None, 1);
        assert_eq!(missing, "File missing · Used once · 1.5 s");
        let refused = Import {
            medium: &medium,
            file: MediumFile {
                is_refused: true,
                ..MediumFile::default()
            },
            uses: 1,
            proxy: None,
        };
        assert_eq!(refused.details(), "File damaged · Used once · 1.5 s");
    }

    #[test]
    fn a_duration_is_shown_in_minutes_from_a_minute_on() {
        for (seconds, text) in [
            (1.04, "1.0 s"),
            (59.4, "59.4 s"),
            (59.6, "1:00"),
            (65.0, "1:05"),
        ] {
            assert_eq!(duration_text(seconds), text);
        }
    }
}
