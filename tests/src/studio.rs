//! The studio's window without a screen. Tests find its controls by their labels.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kinora_app::cli::{FileDialogs, WindowArguments};
use kinora_app::window::{Started, Window};
use kinora_studio::folders::Folders;
use kinora_timeline::Project;
use kinora_timeline::file::{Access, Document, RealDisk};
use kinora_timeline::shot::Shot;

use crate::microphone::FakeMicrophone;
use crate::{PATIENCE, fake_engine, find_graphics};

/// A list that scrolls rests after fewer looks than this.
const MOST_SCROLLING: usize = 20;

/// More controls than the window has.
const MOST_TABS: usize = 300;

/// The window with a project.
pub struct Studio {
    /// The window.
    pub window: Harness<'static, Window>,
    /// The project's folder.
    project: PathBuf,
}

impl Studio {
    /// With a new project open.
    pub fn with_new_project(home: &Path) -> Self {
        Self::with_engine("well", home)
    }

    /// The same, with an engine that follows this script.
    pub fn with_engine(script: &str, home: &Path) -> Self {
        Self::with_program(fake_engine(script, home), home)
    }

    /// The same, with this engine. The guide to a first film does not open by itself.
    ///
    /// # Panics
    /// If the config folder cannot be written.
    pub fn with_program(engine: PathBuf, home: &Path) -> Self {
        Self::at_the_door_with(engine, home).creates_project()
    }

    /// With a new project open, and this microphone.
    ///
    /// # Panics
    /// If the config folder cannot be written.
    pub fn with_microphone(home: &Path, microphone: FakeMicrophone) -> Self {
        forget_guide(home);
        let engine = fake_engine("well", home);
        Self::opened(Some(engine), home, microphone).creates_project()
    }

    fn creates_project(self) -> Self {
        let mut studio = self;
        studio
            .click("New project…")
            .type_into("Name", "First")
            .click("Create");
        studio.waits_for("No shots yet. Create the first one.");
        studio
    }

    /// On the welcome page, with this engine. The guide to a first film does not open by itself.
    ///
    /// # Panics
    /// If the config folder cannot be written.
    pub fn at_the_door_with(engine: PathBuf, home: &Path) -> Self {
        forget_guide(home);
        Self::opened(Some(engine), home, FakeMicrophone::unplugged())
    }

    /// On the welcome page, with the engine next to this test's program, where there is none.
    pub fn at_the_door(home: &Path) -> Self {
        Self::opened(None, home, FakeMicrophone::unplugged())
    }

    fn opened(engine: Option<PathBuf>, home: &Path, microphone: FakeMicrophone) -> Self {
        find_graphics();
        let folders = Folders::under(home);
        let arguments = WindowArguments {
            engine,
            file_dialogs: FileDialogs::Own, // a system dialogue would wait for an answer
            ..WindowArguments::default()
        };
        let window = Harness::builder()
            .with_size([1280.0, 720.0])
            .build_eframe(move |creation| {
                Window::new(creation, folders, arguments, Started::now())
                    .with_sound_inputs(Arc::new(microphone))
            });
        Self {
            window,
            project: home.join("films/First.kinora"),
        }
    }

    /// Clicks the control with this label.
    pub fn click(&mut self, label: &str) -> &mut Self {
        self.settles(|window| window.get_by_label(label).rect());
        self.window.get_by_label(label).click();
        self.window.run_ok();
        self
    }

    /// Clicks the control whose label contains this text.
    pub fn click_part(&mut self, label: &str) -> &mut Self {
        self.settles(|window| window.get_by_label_contains(label).rect());
        self.window.get_by_label_contains(label).click();
        self.window.run_ok();
        self
    }

    /// Opens the list with this label, wherever it has to be scrolled to.
    pub fn opens_list(&mut self, label: &str) -> &mut Self {
        let list = |window: &Harness<Window>| {
            let list = window.get_by_role_and_label(egui::Role::ComboBox, label);
            list.rect()
        };
        self.settles(list);
        let role = egui::Role::ComboBox;
        self.window
            .get_by_role_and_label(role, label)
            .scroll_to_me();
        self.rests(list);
        self.window.get_by_role_and_label(role, label).click();
        self.window.run_ok();
        self
    }

    /// Scrolls to the control whose label contains this text, and waits until it rests.
    pub fn scroll_to(&mut self, label: &str) -> &mut Self {
        self.window.get_by_label_contains(label).scroll_to_me();
        self.rests(|window| window.get_by_label_contains(label).rect())
    }

    /// Waits until a control rests, with the pointer away from everything: a tooltip that is still there would take a
    /// click.
    pub fn rests(&mut self, place: impl Fn(&Harness<Window>) -> Rect) -> &mut Self {
        self.window.hover_at(Pos2::ZERO);
        self.window.run_ok();
        self.settles(place);
        self
    }

    /// Waits until a control has the same place in two frames: a click meets the place where it was in the last one.
    fn settles(&mut self, place: impl Fn(&Harness<Window>) -> Rect) {
        let mut before = place(&self.window);
        for _ in 0..MOST_SCROLLING {
            self.window.step();
            let now = place(&self.window);
            if before == now {
                return;
            }
            before = now;
        }
    }

    /// Replaces the text of the field with this label, once it is there.
    ///
    /// # Panics
    /// If no such field comes.
    pub fn type_into(&mut self, label: &str, text: &str) -> &mut Self {
        self.waits_until(label, |studio| {
            let field = studio.window.query_all_by_label(label).find(|node| {
                matches!(
                    node.accesskit_node().role(),
                    egui::Role::TextInput | egui::Role::MultilineTextInput | egui::Role::SpinButton
                )
            });
            field.is_some_and(|field| {
                field.focus();
                true
            })
        });
        self.window.run_ok();
        self.press(Modifiers::COMMAND, Key::A);
        self.window.event(egui::Event::Text(text.to_owned()));
        self.window.run_ok();
        self
    }

    /// Replaces the number of the field with this label.
    pub fn type_number(&mut self, label: &str, number: &str) -> &mut Self {
        self.window
            .get_by_role_and_label(egui::Role::SpinButton, label)
            .focus();
        self.window.run_ok();
        self.press(Modifiers::COMMAND, Key::A);
        self.window.event(egui::Event::Text(number.to_owned()));
        self.window.run_ok();
        self.press(Modifiers::NONE, Key::Enter)
    }

    /// Presses a key.
    pub fn press(&mut self, modifiers: Modifiers, key: Key) -> &mut Self {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_ok();
        self
    }

    /// Types text into the control that has the focus.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        self.event(egui::Event::Text(text.to_owned()));
        self
    }

    /// Whether the control with this label has the focus.
    pub fn has_focus(&self, label: &str) -> bool {
        let mut nodes = self.window.query_all_by_label(label);
        nodes.any(|node| node.is_focused())
    }

    /// Goes to the control with this label by Tab.
    ///
    /// # Panics
    /// If it does not get the focus.
    #[track_caller]
    pub fn tab_to(&mut self, label: &str) -> &mut Self {
        for _ in 0..MOST_TABS {
            if self.has_focus(label) {
                return self;
            }
            self.press(Modifiers::NONE, Key::Tab);
        }
        panic!("{label:?} does not get the focus");
    }

    /// Whether any label contains this text.
    pub fn shows(&self, label: &str) -> bool {
        self.window
            .query_all_by_label_contains(label)
            .next()
            .is_some()
    }

    /// Waits until a label contains this text and stands where it is to be clicked: a new card or dialog is measured in
    /// its first frame, at a place which is not yet its own.
    #[track_caller]
    pub fn waits_for(&mut self, label: &str) {
        let is_there = |studio: &mut Self| studio.shows(label);
        self.waits_until(label, is_there);
        self.window.step();
    }

    /// Waits until `is_it` is true.
    ///
    /// # Panics
    /// If that takes too long.
    #[track_caller]
    pub fn waits_until(&mut self, what: &str, mut is_it: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_it(self) {
            assert!(Instant::now() < end, "{what:?} does not come");
            #[expect(clippy::disallowed_methods, reason = "a test may wait")]
            std::thread::sleep(Duration::from_millis(10));
            self.window.step();
        }
    }

    /// The project as it is on disk now, including the edits in the journal.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn project(&mut self) -> Project {
        self.waits_until("the disk", |studio| studio.window.state().is_settled());
        let (document, _) =
            Document::open(RealDisk, &self.project, Access::Look).expect("the film");
        document.project().clone()
    }

    /// Drags with the mouse from one point to another.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.window.hover_at(from);
        self.window.step();
        self.window.drag_at(from);
        self.window.step();
        for part in 1..=8 {
            self.window
                .hover_at(from + (to - from) * (part as f32 / 8.0));
            self.window.step();
        }
        self.window.drop_at(to);
        self.window.run_ok();
    }

    /// Clicks at a point.
    pub fn click_at(&mut self, at: Pos2) {
        self.window.hover_at(at);
        self.window.step();
        self.window.drag_at(at);
        self.window.drop_at(at);
        self.window.run_ok();
    }

    /// Clicks at a point with keys held.
    pub fn click_with(&mut self, modifiers: Modifiers, at: Pos2) {
        self.window.event(egui::Event::ModifiersChanged(modifiers));
        self.click_at(at);
        let none = Modifiers::NONE;
        self.window.event(egui::Event::ModifiersChanged(none));
        self.window.run_ok();
    }

    /// Clicks twice at a point, within one frame.
    pub fn double_click_at(&mut self, at: Pos2) {
        self.window.hover_at(at);
        self.window.step();
        let button = |pressed| egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let presses = [true, false, true, false].map(button);
        self.window.input_mut().events.extend(presses);
        self.window.run_ok();
    }

    /// Drags with keys held.
    pub fn drag_with(&mut self, modifiers: Modifiers, from: Pos2, to: Pos2) {
        self.window.event(egui::Event::ModifiersChanged(modifiers));
        self.drag(from, to);
        let none = Modifiers::NONE;
        self.window.event(egui::Event::ModifiersChanged(none));
        self.window.run_ok();
    }

    /// Opens the context menu of the control whose label contains this text.
    pub fn secondary_click_part(&mut self, label: &str) -> &mut Self {
        self.window.get_by_label_contains(label).click_secondary();
        self.window.run_ok();
        self
    }

    /// Sends an event of the window system.
    pub fn event(&mut self, event: egui::Event) {
        self.window.event(event);
        self.window.run_ok();
    }

    /// The shot with this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn shot(&mut self, name: &str) -> Shot {
        let project = self.project();
        let found = project.shots().find(|shot| shot.name == name);
        Shot::clone(found.expect("the shot"))
    }

    /// Drops a file on the window.
    pub fn drop_file(&mut self, path: PathBuf) {
        self.drop_files([path]);
    }

    /// Drops files on the window at once.
    pub fn drop_files(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        for path in paths {
            let dropped = Arc::new(Dropped(path));
            self.window.input_mut().dropped_files.push(dropped);
        }
        self.window.run_ok();
    }
}

/// A dropped file.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// The guide to a first film does not open by itself.
fn forget_guide(home: &Path) {
    let config = Folders::under(home).config;
    std::fs::create_dir_all(&config).expect("the config folder");
    std::fs::write(config.join("guide.ron"), "true").expect("the guide was shown");
}
