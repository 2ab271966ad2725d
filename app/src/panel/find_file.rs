//! The dialogue that finds a file or a folder, where the system has none of its own: a path that is typed, above what
//! lies in its folder.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use egui::{Button, Frame, Key, Margin, Rect, Response, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::fonts::icon;
use crate::later::{Later, Progress};
use crate::run::{Ask, Pick};
use crate::state::Dialogue;
use crate::theme::Theme;
use crate::widget::{Steps, dialogue, dialogue_buttons, field};

const LIST_HEIGHT: f32 = 240.0;
const ROW_HEIGHT: f32 = 28.0;
const ROW_GAP: f32 = 2.0;

/// What has been typed, and what is known of its folder.
pub struct FindFile {
    pick: Pick,
    typed: String,
    chosen: usize,
    /// The folder that is shown, and what lies there.
    shown: Option<(PathBuf, Shown)>,
    /// The cursor is put behind a path that was chosen and not typed.
    is_new: bool,
    behind: Option<Box<Dialogue>>,
}

enum Shown {
    Looking(Later<Result<Vec<Entry>, String>>),
    There(Vec<Entry>),
    Unreadable(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Folder(String),
    File(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Folder(name) | Self::File(name) => name,
        }
    }
}

impl FindFile {
    /// Begins in a folder; `behind` is the dialogue that asks.
    pub fn in_folder(pick: Pick, start: &Path, behind: Option<Dialogue>) -> Self {
        Self {
            pick,
            typed: within(start),
            chosen: 0,
            shown: None,
            is_new: true,
            behind: behind.map(Box::new),
        }
    }

    /// The dialogue it was opened from.
    pub fn into_behind(self) -> Option<Dialogue> {
        self.behind.map(|behind| *behind)
    }

    /// The folder of what is typed, and the beginning of a name in it.
    fn place(&self) -> (PathBuf, &str) {
        let (folder, begun) = match self.typed.rfind(MAIN_SEPARATOR) {
            Some(at) => self.typed.split_at(at + 1),
            None => ("", self.typed.as_str()),
        };
        (PathBuf::from(folder), begun)
    }

    /// Looks into the folder that is typed, on another thread.
    fn look(&mut self, ctx: &egui::Context) {
        let (folder, _) = self.place();
        if self
            .shown
            .as_ref()
            .is_none_or(|(shown, _)| *shown != folder)
        {
            let (wanted, pick) = (folder.clone(), self.pick);
            let looking = Later::start(ctx, move || entries(&wanted, pick));
            self.shown = Some((folder, Shown::Looking(looking)));
        }
        if let Some((_, shown)) = &mut self.shown
            && let Shown::Looking(looking) = shown
        {
            match looking.look() {
                Progress::Working => {}
                Progress::Done(Ok(entries)) => *shown = Shown::There(entries),
                Progress::Done(Err(why)) => *shown = Shown::Unreadable(why),
                Progress::Lost => *shown = Shown::Unreadable("it cannot be read".into()),
            }
        }
    }

    /// What lies there and begins as what is typed.
    fn answers(&self) -> Vec<Entry> {
        let Some((_, Shown::There(entries))) = &self.shown else {
            return Vec::new();
        };
        let begun = self.place().1.to_lowercase();
        let begins = |entry: &&Entry| entry.name().to_lowercase().starts_with(&begun);
        entries.iter().filter(begins).cloned().collect()
    }

    /// Goes into a folder; a file is what was looked for.
    fn take(&mut self, entry: &Entry, asks: &mut Vec<Ask>) {
        let path = self.place().0.join(entry.name());
        match entry {
            Entry::Folder(_) => self.go_to(&path),
            Entry::File(_) => asks.push(Ask::Found(self.pick, path)),
        }
    }

    fn go_to(&mut self, folder: &Path) {
        self.typed = within(folder);
        self.chosen = 0;
        self.is_new = true;
    }
}

/// A folder's path as one that goes on.
fn within(folder: &Path) -> String {
    let mut path = folder.display().to_string();
    if !path.ends_with(MAIN_SEPARATOR) {
        path.push(MAIN_SEPARATOR);
    }
    path
}

/// Folders first, then files that may be chosen; hidden ones are left out.
fn entries(folder: &Path, pick: Pick) -> Result<Vec<Entry>, String> {
    let listed = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut entries: Vec<Entry> = listed
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            let may_be = pick.endings().contains(&ending.to_lowercase().as_str());
            match path.is_dir() {
                _ if name.starts_with('.') => None,
                true => Some(Entry::Folder(name)),
                false => may_be.then_some(Entry::File(name)),
            }
        })
        .collect();
    entries.sort();
    Ok(entries)
}

pub fn find_file_ui(ui: &mut Ui, theme: &Theme, find: &mut FindFile, asks: &mut Vec<Ask>) {
    find.look(ui.ctx());
    let (title, button) = match find.pick {
        Pick::Folder => ("Choose a folder", "Choose"),
        Pick::Portrait => ("Add character from a picture", "Add"),
        Pick::Medium => ("Bring in a film, picture or sound", "Bring in"),
    };
    dialogue(ui, theme, title, 560.0, asks, |ui, asks| {
        let steps = Steps::pressed(ui);
        path_ui(ui, theme, find);
        let answers = find.answers();
        find.chosen = steps.on(find.chosen, answers.len());
        let taken = list_ui(ui, theme, find, &answers, steps.any());
        if let Some(taken) = taken {
            find.take(&answers[taken], asks);
        }
        done_ui(ui, theme, find, &answers, button, asks);
    });
}

/// The path as it can be typed, and the way out of its folder.
fn path_ui(ui: &mut Ui, theme: &Theme, find: &mut FindFile) {
    let name = match find.pick {
        Pick::Folder => "Folder",
        Pick::Portrait | Pick::Medium => "File",
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

/// What lies in the folder; only rows that are seen are laid out. Which entry was clicked, if one was.
fn list_ui(
    ui: &mut Ui,
    theme: &Theme,
    find: &mut FindFile,
    answers: &[Entry],
    moved: bool,
) -> Option<usize> {
    let folder = find.place().0;
    let above = folder.parent().filter(|_| folder.is_absolute());
    let first = usize::from(above.is_some());
    let rows = first + answers.len().max(1); // or one that says why there is nothing
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = ROW_GAP;
    let list = ScrollArea::vertical()
        .max_height(LIST_HEIGHT)
        .min_scrolled_height(LIST_HEIGHT)
        .auto_shrink(false);
    list.show_rows(ui, ROW_HEIGHT, rows, |ui, seen| {
        if moved {
            let below_top = (first + find.chosen) as f32 - seen.start as f32;
            let top = ui.max_rect().top() + below_top * (ROW_HEIGHT + ROW_GAP);
            let chosen = Rect::from_x_y_ranges(ui.max_rect().x_range(), top..=top + ROW_HEIGHT);
            ui.scroll_to_rect(chosen, None);
        }
        for row in seen {
            let Some(at) = row.checked_sub(first) else {
                if row_ui(ui, theme, icon::ABOVE, "Folder above", false).clicked()
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
            if row_ui(ui, theme, sign, entry.name(), at == find.chosen).clicked() {
                clicked = Some(at);
            }
        }
    });
    clicked
}

/// Why there is nothing to choose.
fn nothing_ui(ui: &mut Ui, theme: &Theme, find: &FindFile) {
    let words = match &find.shown {
        Some((_, Shown::There(_))) => nothing_there(find.pick),
        Some((folder, Shown::Unreadable(why))) => format!("{}: {why}", folder.display()),
        _ => "Looking…".into(),
    };
    let words = RichText::new(words).color(*theme.colours.text_soft);
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| ui.label(words));
}

fn nothing_there(pick: Pick) -> String {
    match pick {
        Pick::Folder => "No folder here begins so.".into(),
        Pick::Portrait | Pick::Medium => {
            let endings = pick.endings().join(", ");
            format!("Nothing here begins so and can be used. What can: {endings}.")
        }
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

/// Enter goes into the chosen folder or takes the chosen file; a path that is typed to its end is taken as it is.
fn done_ui(
    ui: &mut Ui,
    theme: &Theme,
    find: &mut FindFile,
    answers: &[Entry],
    button: &str,
    asks: &mut Vec<Ask>,
) {
    let (folder, begun) = find.place();
    let is_whole = begun.is_empty();
    let ready = match find.pick {
        Pick::Folder => folder.is_absolute(),
        Pick::Portrait | Pick::Medium => !is_whole || !answers.is_empty(),
    };
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    if !dialogue_buttons(ui, theme, button, ready, asks) {
        return;
    }
    let path = PathBuf::from(&find.typed);
    match answers.get(find.chosen).cloned() {
        // Where folders are looked for, the button takes the one that is shown, and Enter one that is begun.
        _ if find.pick == Pick::Folder && (is_whole || !entered) => {
            asks.push(Ask::Found(find.pick, folder));
        }
        Some(entry) => find.take(&entry, asks),
        None => asks.push(Ask::Found(find.pick, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(pick: Pick, folder: &Path, begun: &str) -> FindFile {
        let mut find = FindFile::in_folder(pick, folder, None);
        find.typed.push_str(begun);
        let there = entries(folder, pick).expect("it can be read");
        find.shown = Some((folder.to_owned(), Shown::There(there)));
        find
    }

    fn names(find: &FindFile) -> Vec<String> {
        let answers = find.answers();
        answers
            .iter()
            .map(|entry| entry.name().to_owned())
            .collect()
    }

    #[test]
    fn folders_come_first_then_what_can_be_used() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("pictures")).expect("made");
        fs::create_dir(folder.path().join(".hidden")).expect("made");
        for name in ["Ada.PNG", "bo.jpg", "notes.txt", "sea.mp4"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let found = |pick| names(&looked(pick, folder.path(), ""));
        assert_eq!(found(Pick::Portrait), ["pictures", "Ada.PNG", "bo.jpg"]);
        assert_eq!(
            found(Pick::Medium),
            ["pictures", "Ada.PNG", "bo.jpg", "sea.mp4"]
        );
        assert_eq!(found(Pick::Folder), ["pictures"]);
        assert_eq!(
            names(&looked(Pick::Portrait, folder.path(), "a")),
            ["Ada.PNG"]
        );
    }

    #[test]
    fn a_folder_is_gone_into_and_a_file_is_what_was_looked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut find = looked(Pick::Portrait, folder.path(), "pi");
        let mut asks = Vec::new();
        find.take(&Entry::Folder("pictures".into()), &mut asks);
        let within = folder.path().join("pictures");
        assert_eq!((find.place(), asks.len()), ((within.join(""), ""), 0));
        find.take(&Entry::File("ada.png".into()), &mut asks);
        assert_eq!(asks, [Ask::Found(Pick::Portrait, within.join("ada.png"))]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        assert!(entries(Path::new("/no/such/folder"), Pick::Folder).is_err());
    }
}
