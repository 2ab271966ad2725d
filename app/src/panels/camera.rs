//! The camera panel: a 3-D view of the shot's stage and camera path, the view through the camera, and a
//! timeline of the shot's keyframes. Each drag is one undo step.

mod camera_view;
mod change;
mod drag;
mod gizmo;
mod graph;
mod height;
mod inset;
mod inspector;
mod lens;
mod measured;
pub mod moves;
mod path;
mod path_menu;
mod prompt_stage;
mod rails;
mod scale;
mod scene;
mod sliders;
mod stage_view;
mod strip;
mod toolbar;

use egui::{Frame, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};
use kinora_studio::stage::prompt::ShotStage;
use kinora_studio::timeline::camera::Limits;
use kinora_studio::timeline::shot::Shot;
use kinora_studio::timeline::stage::Stage;
use kinora_studio::timeline::{Edit, Frames};

use crate::panels::context::PanelContext;
use crate::state::action::{Action, EditAction, Gesture};
use crate::state::view::stage_view::{Pilot, StageView, StripGraph, Thing};
use measured::Measured;

const BAR_HEIGHT: f32 = 36.0;
const STRIP_HEIGHT: f32 = 80.0;
/// Higher, because the graph has handles.
const STRIP_HEIGHT_WITH_HANDLES: f32 = 128.0;
const SIDE_WIDTH: f32 = 248.0;
const MARGIN: f32 = 8.0;
/// The largest size of a hint over the views, in points.
const HINT_WIDTH: f32 = 340.0;
const HINT_HEIGHT: f32 = 40.0;

/// What all parts of the panel get: the shot that is drawn, its stage, and the panel's view.
pub struct CameraPanel<'a> {
    cx: &'a PanelContext<'a>,
    shot: &'a Shot,
    stage: &'a Stage,
    /// Whether the stage is that of the prompt, and not the shot's own.
    is_from_prompt: bool,
    /// The camera speeds that the shot's model was trained on.
    limits: Option<Limits>,
    /// The aspect ratio of the project's frame, width over height.
    aspect: f64,
    /// The frame of the shot at the playhead. `None` if the film shows another shot there.
    frame_at_playhead: Option<Frames>,
    /// The measured path of the chosen take, or why there is none.
    measured: Result<Measured, String>,
    view: &'a mut StageView,
}

impl CameraPanel<'_> {
    /// Sends an edit: one undo step.
    fn apply(&self, edit: Edit) {
        self.cx.send(Action::Edit(EditAction::Apply(edit)));
    }

    /// Sends a step of a drag that changes the project.
    fn gesture(&self, gesture: Gesture) {
        self.cx.send(Action::Edit(EditAction::Gesture(gesture)));
    }

    /// Whether the panel shows the frame at the playhead.
    fn is_following(&self) -> bool {
        self.view.layout.follows_playhead && self.frame_at_playhead.is_some()
    }

    /// Moves the playhead to the frame of the panel, in the clip where it is now.
    fn move_playhead(&self) {
        let (project, playhead) = (self.cx.project(), self.cx.media.player.playhead());
        if let Some(to) = project.playhead_on(self.shot, self.view.frame, playhead) {
            self.cx.send(Action::GoTo(to));
        }
    }

    fn choose(&mut self, thing: Option<Thing>) {
        self.view.chosen = thing;
        if let Some(Thing::Key(frame)) = thing {
            self.view.frame = frame;
            self.view.playing = None;
        }
    }
}

pub fn camera_ui(ui: &mut Ui, cx: &PanelContext, view: &mut StageView) {
    let project = cx.project();
    let Some(shot) = cx.shot() else {
        let words = "Select a shot to see its camera.";
        let words = RichText::new(words).color(*cx.theme.colours.text_faint);
        ui.centered_and_justified(|ui| ui.label(words));
        return;
    };
    view.look_at(shot);
    let frame_at_playhead = project.shot_frame_at(shot, cx.media.player.playhead());
    match frame_at_playhead.filter(|_| view.layout.follows_playhead) {
        Some(frame) => (view.frame, view.playing) = (frame, None),
        None => advance(ui, shot, view),
    }
    let all = ui.available_rect_before_wrap().shrink(MARGIN);
    view.has_pointer = ui.rect_contains_pointer(all);
    let ShotStage {
        stage,
        is_from_prompt,
    } = prompt_stage::stage_of(cx, shot);
    let mut panel = CameraPanel {
        cx,
        shot,
        stage: &stage,
        is_from_prompt,
        limits: limits_of(cx, shot),
        aspect: f64::from(project.size().width()) / f64::from(project.size().height()),
        frame_at_playhead,
        measured: Measured::of(cx, shot),
        view,
    };
    let shown = panel.view.frame;
    panel_ui(ui, &mut panel, all);
    if panel.is_following() && panel.view.frame != shown {
        panel.move_playhead();
    }
}

fn panel_ui(ui: &mut Ui, panel: &mut CameraPanel, all: Rect) {
    let strip_height = match panel.view.layout.graph {
        StripGraph::Speed => STRIP_HEIGHT,
        StripGraph::Height => STRIP_HEIGHT_WITH_HANDLES,
    };
    let (bar, rest) = all.split_top_bottom_at_y(all.top() + BAR_HEIGHT);
    let (middle, strip) = rest.split_top_bottom_at_y(rest.bottom() - strip_height);
    let side_width = SIDE_WIDTH.min(middle.width() * 0.45);
    let (left, side) = middle.split_left_right_at_x(middle.right() - side_width);
    let left = Rect::from_min_max(left.min, left.max - vec2(MARGIN, MARGIN));
    let side = Rect::from_min_max(side.min, side.max - vec2(0.0, MARGIN));
    within(ui, bar, |ui| toolbar::toolbar_ui(ui, panel));
    inset::views_ui(ui, panel, left);
    within(ui, side, |ui| side_ui(ui, panel));
    strip::strip_ui(ui, panel, strip);
    rule_ui(ui, panel, left);
    measured::words_ui(ui, panel, left);
}

/// A hint if two figures change sides in the picture at the cut to this shot.
fn rule_ui(ui: &mut Ui, panel: &CameraPanel, views: Rect) {
    let Some([one, other]) = panel.cx.project().figures_that_change_sides(panel.shot) else {
        return;
    };
    let colours = &panel.cx.theme.colours;
    let words = format!("180-degree rule: {one} and {other} change sides at the cut");
    let rect = Rect::from_min_size(
        views.min + vec2(MARGIN, MARGIN),
        vec2(HINT_WIDTH, HINT_HEIGHT),
    );
    within(ui, rect.intersect(views), |ui| {
        let background = Frame::new().fill(*colours.panel).inner_margin(4);
        background.show(ui, |ui| {
            let label = ui.label(RichText::new(words).small().color(*colours.warning));
            label.on_hover_text(
                "The camera of the shot before is on the other side of the line between them. This is a hint: \
                 films also break the rule on purpose",
            );
        });
    });
}

/// The camera speeds on which the shot's model was trained. `None` if the model has no such limits, or the
/// engine has not reported its models yet.
fn limits_of(cx: &PanelContext, shot: &Shot) -> Option<Limits> {
    let model = cx.generation.scheduler.model_in(cx.project(), shot)?;
    let known = model.camera?;
    Some(Limits {
        metres_per_second: known.metres_per_second,
        turn_degrees_per_second: known.turn_degrees_per_second,
        zoom_octaves_per_second: known.zoom_octaves_per_second,
    })
}

fn within(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        contents(ui);
    });
}

/// Advances the frame during playback. After the last frame it starts again at the first.
fn advance(ui: &Ui, shot: &Shot, view: &mut StageView) {
    let Some(since) = view.playing else { return };
    let passed = (since.elapsed().as_secs_f64() * shot.length.rate.per_second()) as i64;
    view.frame = Frames(passed % i64::from(shot.length.frames.max(1)));
    ui.ctx().request_repaint();
}

/// The side column: the drag mode of the camera view, the inspector, and the sliders.
fn side_ui(ui: &mut Ui, panel: &mut CameraPanel) {
    let words = RichText::new("Drag in camera view:").small();
    ui.label(words.color(*panel.cx.theme.colours.text_soft));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (pilot, name, what) in Pilot::ALL {
            let label = ui.selectable_label(panel.view.pilot == pilot, name);
            if label.on_hover_text(what).clicked() {
                panel.view.pilot = pilot;
            }
        }
    });
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            prompt_stage::prompt_stage_ui(ui, panel);
            inspector::inspector_ui(ui, panel);
            sliders::sliders_ui(ui, panel);
        });
}
