//! The open film as the window has it: the session, what generates for it, what shows it, what is chosen in it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::Instant;

use egui::Context;
use egui_tiles::Tree;
use kinora_studio::engine::EngineHost;
use kinora_studio::kept::Written;
use kinora_studio::production::{News, Production};
use kinora_studio::queue::OrderId;
use kinora_studio::takes::{Opinion, Take, Takes};
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::timeline::file::EditError;
use kinora_studio::timeline::title::Title;
use kinora_studio::timeline::{ClipId, ContentHash, Edit, Project, Refusal, ShotId, TitleId};
use kinora_studio::wire::{Ended, Failure, PixelShape, Progress as Told};
use kinora_studio::{Exported, KeptFilm, Session};

use crate::compare::Comparison;
use crate::glimpses::Glimpses;
use crate::later::{Later, Progress};
use crate::notice::Notices;
use crate::panel::camera::StageView;
use crate::panel::workspace::{Pane, usual_layout};
use crate::pictures::Pictures;
use crate::player::{Look, Player};
use crate::state::Viewer;

/// A film and everything around it.
pub struct Film {
    pub session: KeptFilm,
    pub production: Production,
    pub player: Player,
    pub chosen: Chosen,
    pub timeline: TimelineView,
    pub stage_view: StageView,
    pub layout: Tree<Pane>,
    pub coming: Option<Coming>,
    /// The takes that are there, by their names.
    pub takes: Vec<(ContentHash, Take)>,
    /// What the artist thinks of them.
    pub opinions: HashMap<ContentHash, Opinion>,
    /// Opinions on their way to the disk.
    pub thinking: Vec<Later<Result<(), Failure>>>,
    pub pictures: Pictures,
    pub glimpses: Glimpses,
    /// The take that is shown beside the film.
    pub comparison: Option<Comparison>,
    /// The film being written out.
    pub delivery: Option<Delivery>,
    looking_at_takes: Option<Later<Seen>>,
    /// What is typed into a shot, until it becomes an edit.
    pub shot_form: Option<crate::panel::shot::ShotForm>,
    /// What is typed into a title, until its field is left.
    pub title_form: Option<(TitleId, String)>,
    /// Whether a title's colour is being changed.
    pub colour_in_hand: bool,
    /// Counts every change of the film, so that what was made of an older one is known as such.
    pub revision: u64,
}

/// The takes that are there, and what is thought of them.
type Seen = (Vec<(ContentHash, Take)>, HashMap<ContentHash, Opinion>);

/// What is selected. Ids, never places in a list: what is gone is simply not selected any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub shot: Option<ShotId>,
    pub clips: BTreeSet<ClipId>,
}

/// How the timeline is looked at.
#[derive(Clone, Debug)]
pub struct TimelineView {
    /// Points to a frame.
    pub scale: f32,
    /// The frame at the left edge, in parts.
    pub first: f32,
    /// Whether edges snap.
    pub snaps: bool,
    /// Whether the hand trims: cuts roll, edges ripple, bodies slip and slide.
    pub trims: bool,
    /// What is being dragged.
    pub drag: Option<crate::panel::timeline::Drag>,
}

impl Default for TimelineView {
    fn default() -> Self {
        Self {
            scale: 6.0,
            first: 0.0,
            snaps: true,
            trims: false,
            drag: None,
        }
    }
}

/// The take that is being made.
pub struct Coming {
    pub order: OrderId,
    pub words: String,
    /// From 0 to 1, as far as it is known.
    pub done: f32,
    pub preview: Option<egui::TextureHandle>,
}

/// A film being written out, on another thread.
pub struct Delivery {
    pub path: PathBuf,
    /// Of so many frames; 0 until it is known.
    pub frames: Arc<AtomicI64>,
    pub done: Arc<AtomicI64>,
    pub is_stopped: Arc<AtomicBool>,
    pub began: Instant,
    pub ended: Later<Result<Exported, Failure>>,
}

/// What was read of a film's folder, by another thread than the window's.
pub struct Opened {
    pub session: Session,
    pub production: Production,
}

impl Opened {
    /// Around a session.
    pub fn of(session: Session, ctx: &Context) -> Self {
        let wake = ctx.clone();
        Self {
            production: Production::new(&session, move || wake.request_repaint()),
            session,
        }
    }
}

impl Film {
    /// Around what was just opened.
    pub fn new(opened: Opened, ctx: &Context) -> Self {
        let Opened {
            session,
            production,
        } = opened;
        let wake = ctx.clone();
        let folder = session.folder().to_owned();
        let first = session.project().shots().next().map(|shot| shot.id);
        Self {
            production,
            player: Player::new(&folder, ctx),
            chosen: Chosen {
                shot: first,
                clips: BTreeSet::new(),
            },
            timeline: TimelineView::default(),
            stage_view: StageView::default(),
            layout: usual_layout(),
            coming: None,
            takes: Vec::new(),
            opinions: HashMap::new(),
            thinking: Vec::new(),
            pictures: Pictures::default(),
            glimpses: Glimpses::new(&folder, ctx),
            comparison: None,
            delivery: None,
            looking_at_takes: Some(look_at_takes(&folder, ctx)),
            shot_form: None,
            title_form: None,
            colour_in_hand: false,
            revision: 0,
            session: KeptFilm::of(session, move || wake.request_repaint()),
        }
    }

    /// The film.
    pub fn project(&self) -> &Project {
        self.session.project()
    }

    /// Does an edit; what is refused is told.
    pub fn edit(&mut self, edit: &Edit, notices: &mut Notices) -> bool {
        let done = self.session.apply(edit);
        self.tell(done, notices)
    }

    /// Does several edits as one step.
    pub fn edit_all(&mut self, name: &str, edits: &[Edit], notices: &mut Notices) -> bool {
        let done = self.session.apply_all(name, edits);
        self.tell(done, notices)
    }

    /// Makes an edit of what was typed into a shot: before anything that reads the film, or leaves it.
    pub fn keep_words(&mut self, notices: &mut Notices) {
        if let Some((id, text)) = self.title_form.take()
            && let Some(title) = self.session.project().title(id)
            && title.text != text
        {
            let title = Title {
                text,
                ..Title::clone(title)
            };
            self.edit(
                &Edit::Library(Library::ChangeTitle(Box::new(title))),
                notices,
            );
        }
        let Some(form) = &self.shot_form else { return };
        let Some(shot) = self.session.project().shot(form.shot()) else {
            return;
        };
        if let Some(words) = form.changed(shot) {
            let shot = words.of(shot, self.session.project());
            self.edit(&Edit::Library(Library::ChangeShot(Box::new(shot))), notices);
        }
    }

    /// A gesture begins, shows what it would do, and becomes one step or none.
    pub fn gesture(&mut self, gesture: &Gesture, notices: &mut Notices) {
        let document = &mut self.session;
        let done = match gesture {
            Gesture::Begin(name) => document.begin(name),
            // A refusal while dragging only means that nothing moves any further.
            Gesture::Preview(edits) => {
                document.preview(edits).ok();
                Ok(())
            }
            Gesture::Commit => {
                document.commit();
                Ok(())
            }
            Gesture::Abort => {
                document.abort();
                Ok(())
            }
        };
        self.tell(done, notices);
    }

    fn tell(&mut self, done: Result<(), EditError>, notices: &mut Notices) -> bool {
        self.changed();
        match done {
            Ok(()) => true,
            Err(EditError::Refused(Refusal::NoChange)) => false, // what was wished for is so already
            Err(error) => {
                notices.trouble(format!("Not done: {error}"));
                false
            }
        }
    }

    /// The film is another now.
    pub fn changed(&mut self) {
        self.revision += 1;
        let film = self.session.project();
        self.chosen.clips.retain(|clip| film.clip(*clip).is_some());
        if self
            .chosen
            .shot
            .is_some_and(|shot| film.shot(shot).is_none())
        {
            self.chosen.shot = None;
        }
        // What was compared with is the film itself now, or gone.
        self.comparison = self.comparison.filter(|one| {
            let shot = film.shot(one.shot);
            shot.is_some_and(|shot| shot.chosen.is_some() && shot.chosen != Some(one.take))
        });
    }

    /// Takes in what was generated, and shows the playhead's frame.
    pub fn live(
        &mut self,
        ctx: &Context,
        engine: &mut EngineHost,
        notices: &mut Notices,
        viewer: Viewer,
    ) {
        if let Some(later) = &self.looking_at_takes
            && let Progress::Done(seen) = later.look()
        {
            let (takes, opinions) = seen;
            self.takes = takes;
            let newer = std::mem::replace(&mut self.opinions, opinions);
            self.opinions.extend(newer); // what was thought here, while the disk was read
            self.looking_at_takes = None;
        }
        self.thinking.retain(|thought| match thought.look() {
            Progress::Working => true,
            Progress::Done(Ok(())) | Progress::Lost => false,
            Progress::Done(Err(failure)) => {
                notices.trouble(format!("The stars were not kept: {failure}"));
                false
            }
        });
        self.glimpses.live(ctx);
        for written in self.session.poll() {
            match written {
                Written::Saved => notices.good_news("Saved."),
                Written::Refused(error) => {
                    self.changed();
                    notices.trouble(format!(
                        "Not kept: {error}. The film is as it was before; make room, and do it again."
                    ));
                }
            }
        }
        // A take that comes while something is in the hand waits: choosing it would end the gesture.
        if !self.session.is_in_gesture() {
            let news = self.production.poll(engine, self.session.project());
            for news in news {
                self.hear(ctx, news, notices);
            }
        }
        let film = self.session.project();
        let look = Look {
            exposure_stops: viewer.exposure_stops,
            beside: self.comparison.map(|one| (one.shot, one.take)),
        };
        let beside = || self.comparison.and_then(|one| one.film(film));
        self.player.live(ctx, film, self.revision, (look, &beside));
    }

    /// What is being made of a shot, if it is this one's turn.
    pub fn coming_of(&self, shot: ShotId) -> Option<&Coming> {
        let coming = self.coming.as_ref()?;
        let order = self.production.queue().get(coming.order)?;
        (order.shot.id == shot).then_some(coming)
    }

    /// Brings the viewer to the front of its tabs.
    pub fn show_viewer(&mut self) {
        let viewer = self.layout.tiles.find_pane(&Pane::Viewer);
        if let Some(viewer) = viewer {
            self.layout.make_active(|tile, _| tile == viewer);
        }
    }

    fn hear(&mut self, ctx: &Context, news: News, notices: &mut Notices) {
        match news {
            News::Begun(order) => {
                self.coming = Some(Coming {
                    order,
                    words: "getting ready".into(),
                    done: 0.0,
                    preview: None,
                });
            }
            News::Progress(order, progress) => self.hear_progress(order, &progress),
            News::Preview(order, shape, pixels) => self.hear_preview(ctx, order, shape, &pixels),
            News::Take(.., edit) => {
                self.coming = None;
                self.edit(&edit, notices);
                self.looking_at_takes = Some(look_at_takes(self.session.folder(), ctx));
            }
            News::Reproduced(_, found) => {
                self.coming = None;
                match found.is_identical() {
                    true => notices.good_news(found.words()),
                    false => notices.trouble(found.words()),
                }
            }
            News::Failed(_, failure) => {
                self.coming = None;
                let remedy = failure.remedy.as_deref().unwrap_or("try again");
                notices.trouble(format!(
                    "Not generated: {}. What to do: {remedy}.",
                    failure.cause
                ));
            }
            News::EngineEnded(ended) => {
                notices.trouble(engine_words(&ended));
            }
        }
    }

    fn hear_progress(&mut self, order: OrderId, progress: &Told) {
        let Some(coming) = self.coming.as_mut().filter(|coming| coming.order == order) else {
            return;
        };
        match progress {
            Told::Loading { part, .. } => coming.words = format!("loading the {part}"),
            Told::Working { what, .. } => coming.words.clone_from(what),
            Told::Step {
                done,
                of,
                seconds_left,
            } => {
                coming.done = *done as f32 / (*of).max(1) as f32;
                coming.words = match seconds_left {
                    Some(left) => format!("step {done} of {of}, {left:.0} s left"),
                    None => format!("step {done} of {of}"),
                };
            }
            Told::Frames { first, picture } => {
                coming.words = format!("frame {}", first + picture.frames);
            }
            Told::Queued { .. } | Told::Begun { .. } | Told::Preview { .. } => {}
        }
    }

    /// The first frame of a preview; it moves in the takes' strip once the take is there.
    fn hear_preview(&mut self, ctx: &Context, order: OrderId, shape: PixelShape, pixels: &[u8]) {
        let Some(coming) = self.coming.as_mut().filter(|coming| coming.order == order) else {
            return;
        };
        let size = [shape.width as usize, shape.height as usize];
        let bytes = size[0] * size[1] * 3;
        if let Some(first) = pixels.get(..bytes) {
            let image = egui::ColorImage::from_rgb(size, first);
            let smooth = egui::TextureOptions::LINEAR;
            coming.preview = Some(ctx.load_texture("preview", image, smooth));
        }
    }
}

fn look_at_takes(folder: &Path, ctx: &Context) -> Later<Seen> {
    let takes = Takes::of(folder);
    Later::start(ctx, move || (takes.all(), takes.opinions()))
}

/// That the engine is gone, with its last words.
pub fn engine_words(ended: &Ended) -> String {
    let words = ended.last_words().join("\n");
    let said = match words.is_empty() {
        true => String::new(),
        false => format!(" Its last words: {words}"),
    };
    format!("Engine: {ended}.{said} The next job starts a new one.")
}

/// A part of a gesture: many moves of the hand, one step to undo.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    Begin(String),
    Preview(Vec<Edit>),
    Commit,
    Abort,
}
