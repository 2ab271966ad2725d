//! The open project: its document, generation state, media caches and view state.

use std::path::Path;
use std::sync::Arc;

use egui::Context;
use egui_tiles::Tree;
use kinora_studio::generate::scheduler::GenerationScheduler;
use kinora_studio::measure::{Motion, read_motion};
use kinora_studio::project::open_mark::OpenMark;
use kinora_studio::timeline::edit::batch::EditBatch;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::file::EditError;
use kinora_studio::timeline::media::Medium;
use kinora_studio::timeline::title::Title;
use kinora_studio::timeline::{Amendment, Edit, Project, Refusal, SequenceId};
use kinora_studio::{BackgroundSession, Session};

use super::action::Gesture;
use super::autosave::Autosave;
use super::form::character_form::CharacterForm;
use super::form::medium_form::MediumForm;
use super::generation::GenerationState;
use super::notification::Notifications;
use super::view::ViewState;
use super::view::layout::Pane;
use super::view::selection::Selection;
use crate::background::images::ImageCache;
use crate::background::media_files::MediaFiles;
use crate::background::path_cache::PathCache;
use crate::background::player::Player;
use crate::background::source_player::SourcePlayer;
use crate::background::thumbnails::ThumbnailCache;
use crate::background::video_details::VideoDetailsCache;

/// The open project.
pub struct OpenProject {
    pub document: Document,
    pub generation: GenerationState,
    pub media: MediaCaches,
    pub view: ViewState,
}

/// The edited project and its file.
pub struct Document {
    pub session: BackgroundSession,
    /// Counts the changes of the project: pictures of an earlier revision are out of date.
    pub revision: u64,
    pub autosave: Autosave,
    /// Records for the next session that this one ended cleanly.
    _mark: Option<OpenMark>,
}

/// The players of the timeline and of a source by itself, the caches of decoded pictures and waveforms, and the files of
/// the imports with their details.
pub struct MediaCaches {
    pub player: Player,
    pub source: SourcePlayer,
    pub images: ImageCache,
    pub thumbnails: ThumbnailCache,
    pub files: MediaFiles,
    pub details: VideoDetailsCache,
    /// Whether the files of LoRAs outside the LoRA folders are there.
    pub lora_files: PathCache<bool>,
    /// The motion of points in measured takes, by the folders of the takes. `None` if it was not kept.
    pub motions: PathCache<Option<Arc<Motion>>>,
    /// Whether files of in-betweens are there.
    pub in_between_files: PathCache<bool>,
    /// Whether files of proxies are there.
    pub proxy_files: PathCache<bool>,
}

impl MediaCaches {
    /// Looks again whether the files of LoRAs are there.
    pub fn look_for_loras(&mut self, ctx: &Context) {
        self.lora_files = are_files(ctx);
    }

    /// Looks again which in-betweens are made.
    pub fn look_for_in_betweens(&mut self, ctx: &Context) {
        self.in_between_files = are_files(ctx);
    }

    /// Looks again which proxies are made.
    pub fn look_for_proxies(&mut self, ctx: &Context) {
        self.proxy_files = are_files(ctx);
    }

    /// Reads the file of a medium again, which was missing.
    pub fn read_again(&mut self, medium: &Medium) {
        self.source.reload();
        self.thumbnails.forget(medium);
        self.images.forget(medium.content);
        self.details.read_again(medium);
        self.files.check(medium);
    }
}

fn are_files(ctx: &Context) -> PathCache<bool> {
    PathCache::start(ctx, Path::is_file)
}

/// A project that was read on another thread.
pub struct LoadedProject {
    pub session: Session,
    pub scheduler: GenerationScheduler,
    /// None: the project is read-only.
    pub mark: Option<OpenMark>,
}

impl LoadedProject {
    /// A session, with a scheduler for its project. The project is marked as open in the folder `config`.
    pub fn of(session: Session, config: &Path, ctx: &Context) -> Self {
        let wake = ctx.clone();
        let is_editable = session.can_be_edited();
        Self {
            mark: is_editable.then(|| OpenMark::set(config, session.folder())),
            scheduler: GenerationScheduler::new(&session, move || wake.request_repaint()),
            session,
        }
    }
}

impl OpenProject {
    /// Opens a loaded project with its first shot selected.
    pub fn new(loaded: LoadedProject, layout: Tree<Pane>, ctx: &Context) -> Self {
        let LoadedProject {
            session,
            scheduler,
            mark,
        } = loaded;
        let wake = ctx.clone();
        let folder = session.folder().to_owned();
        let files = MediaFiles::new(&folder, ctx);
        for medium in session.project().media() {
            files.get(medium); // looks for it
        }
        let selection = Selection {
            shot: session.project().shots().next().map(|shot| shot.id),
            ..Selection::default()
        };
        Self {
            document: Document {
                session: BackgroundSession::of(session, move || wake.request_repaint()),
                revision: 0,
                autosave: Autosave::begun(),
                _mark: mark,
            },
            generation: GenerationState::new(scheduler, &folder, ctx),
            media: MediaCaches {
                player: Player::new(&folder, ctx),
                source: SourcePlayer::new(&folder, ctx),
                images: ImageCache::new(&folder, ctx),
                thumbnails: ThumbnailCache::new(&folder, ctx),
                files,
                details: VideoDetailsCache::new(&folder, ctx),
                lora_files: are_files(ctx),
                motions: PathCache::start(ctx, |folder| read_motion(folder).map(Arc::new)),
                in_between_files: are_files(ctx),
                proxy_files: are_files(ctx),
            },
            view: ViewState::new(selection, layout),
        }
    }

    /// The project as it is now.
    pub fn project(&self) -> &Project {
        self.document.session.project()
    }

    /// Applies an edit; a refusal is shown. True: the project has changed.
    pub fn edit(&mut self, edit: &Edit, notifications: &mut Notifications) -> bool {
        let result = self.document.session.apply(edit);
        self.after_edit(result, notifications)
    }

    /// Applies several edits as one step.
    pub fn edit_all(
        &mut self,
        name: &str,
        edits: &[Edit],
        notifications: &mut Notifications,
    ) -> bool {
        let result = self.document.session.apply_all(name, edits);
        self.after_edit(result, notifications)
    }

    /// Applies planned edits as one step, and returns what was planned with them. A refusal is shown, of the plan or of
    /// the edits.
    pub fn edit_planned<T>(
        &mut self,
        name: &str,
        planned: Result<(EditBatch, T), Refusal>,
        notifications: &mut Notifications,
    ) -> Option<T> {
        match planned {
            Ok((batch, planned)) => {
                let is_done = self.edit_all(name, &batch.edits, notifications);
                is_done.then_some(planned)
            }
            Err(refusal) => {
                notifications.refused(&refusal);
                None
            }
        }
    }

    /// Applies text that is still being typed as edits. Called before a command runs.
    pub fn commit_typed_text(&mut self, notifications: &mut Notifications) {
        if let Some((id, text)) = self.view.panels.title_form.text.take()
            && let Some(title) = self.project().title(id)
            && title.text != text
        {
            let title = Title {
                text,
                ..Title::clone(title)
            };
            let edit = Edit::Library(Library::ChangeTitle(Box::new(title)));
            self.edit(&edit, notifications);
        }
        self.commit_shot_text(notifications);
        if let Some(form) = self.view.panels.cast.form.take() {
            self.change_character(&form, notifications);
        }
        if let Some(form) = self.view.panels.media.form.take() {
            self.rename_medium(&form, notifications);
        }
        if let Some(form) = self.view.panels.timeline.form.take()
            && let Some(edit) = form.edit(self.project())
        {
            self.edit(&edit, notifications);
        }
        let project = self.document.session.project();
        for edit in self.view.panels.timeline.subtitles.take_typed(project) {
            self.edit(&edit, notifications);
        }
    }

    /// Applies the typed name of an import.
    pub fn rename_medium(&mut self, form: &MediumForm, notifications: &mut Notifications) {
        if let Some(edit) = form.edit(self.project()) {
            self.edit(&edit, notifications);
        }
    }

    fn commit_shot_text(&mut self, notifications: &mut Notifications) {
        let Some(form) = &self.view.panels.shot_form else {
            return;
        };
        let Some(shot) = self.project().shot(form.shot) else {
            return;
        };
        if let Some(change) = form.changed(shot) {
            let shot = change.of(shot, self.project());
            let edit = Edit::Library(Library::ChangeShot(Box::new(shot)));
            self.edit(&edit, notifications);
        }
    }

    /// Applies the typed text of a character, in one step with the prompts that use its tag.
    pub fn change_character(&mut self, form: &CharacterForm, notifications: &mut Notifications) {
        let edits = form.edits(self.project());
        self.view.panels.cast.form = None; // refused text is discarded
        if !edits.is_empty() && self.edit_all("change character", &edits, notifications) {
            self.view.panels.shot_form = None; // its prompt may have changed
        }
    }

    /// The project with the text that is being typed into a title; `None` while none is.
    pub fn with_typed_title(&self) -> Option<Project> {
        let (id, text) = self.view.panels.title_form.text.as_ref()?;
        let title = self.project().title(*id)?;
        if title.text == *text {
            return None;
        }
        let title = Title {
            text: text.clone(),
            ..Title::clone(title)
        };
        let edit = Edit::Library(Library::ChangeTitle(Box::new(title)));
        edit.apply(self.project()).ok()
    }

    /// Makes a change that no artist made. It is no undo step.
    pub fn amend(&mut self, amendment: &Amendment, notifications: &mut Notifications) {
        let result = self.document.session.amend(amendment).map(drop);
        self.after_edit(result, notifications);
    }

    /// Opens another sequence, which is no undo step. False if there is no such sequence.
    pub fn show_sequence(&mut self, sequence: SequenceId) -> bool {
        let opened = self.document.session.amend(&Amendment::Open(sequence));
        self.changed();
        opened.is_ok_and(|is_opened| is_opened)
    }

    /// Begins a gesture, previews its edits, commits it as one undo step, or aborts it.
    pub fn gesture(&mut self, gesture: &Gesture, notifications: &mut Notifications) {
        let session = &mut self.document.session;
        let result = match gesture {
            Gesture::Begin(name) => session.begin(name),
            // A refusal during a drag is not an error: the clip cannot move any further.
            Gesture::Preview(edits) => {
                session.preview(edits).ok();
                Ok(())
            }
            Gesture::Commit => {
                session.commit();
                Ok(())
            }
            Gesture::Abort => {
                session.abort();
                Ok(())
            }
        };
        self.after_edit(result, notifications);
    }

    fn after_edit(
        &mut self,
        result: Result<(), EditError>,
        notifications: &mut Notifications,
    ) -> bool {
        self.changed();
        match result {
            Ok(()) => true,
            Err(EditError::Refused(Refusal::NoChange)) => false, // the project already has this state
            Err(error) => {
                notifications.refused(&error);
                false
            }
        }
    }

    /// Called after each change of the project. Removes deleted items from the view state.
    pub fn changed(&mut self) {
        self.document.revision += 1;
        let project = self.document.session.project();
        let view = &mut self.view;
        view.selection
            .clips
            .retain(|clip| project.clip(*clip).is_some());
        view.selection
            .cues
            .retain(|cue| project.cue(*cue).is_some());
        if view.selection.gap_in(project).is_none() {
            view.selection.gap = None;
        }
        view.selection.shot = view
            .selection
            .shot
            .filter(|shot| project.shot(*shot).is_some());
        view.selection.character = view
            .selection
            .character
            .filter(|character| project.character(*character).is_some());
        let media = &mut view.panels.media;
        media.selected = media
            .selected
            .filter(|medium| project.medium(*medium).is_some());
        // A take that is now the chosen one leaves the comparison. It ends with its last take, or if its shot was removed.
        view.comparison = view.comparison.and_then(|one| {
            let chosen = project.shot(one.shot)?.chosen?;
            match one.has(chosen) {
                true => one.without(chosen),
                false => Some(one),
            }
        });
    }
}
