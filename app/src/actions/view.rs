//! The zoom of the interface and of the timeline, full screen, the layout, and the exposure of the viewer.

use egui::{Context, ViewportCommand};

use super::{layout, preferences};
use crate::state::app::AppState;
use crate::state::preferences::{Preferences, UI_SCALE_STEP, UI_SCALES};
use crate::state::view::layout::{BuiltInLayout, Pane};
use crate::state::view::timeline_view::TimelineZoom;
use crate::state::view::{PlayedFile, ViewerPlace, ViewerSettings};

const EXPOSURE_STEP_STOPS: f32 = 1.0 / 3.0;
const EXPOSURE_RANGE_STOPS: std::ops::RangeInclusive<f32> = -4.0..=4.0;

#[derive(Clone, Copy)]
pub enum Zoom {
    In,
    Out,
    Reset,
}

/// Changes the scale of the interface, which is a preference.
pub fn zoom(state: &mut AppState, ctx: &Context, zoom: Zoom) {
    let now = state.preferences.values.ui_scale;
    let wanted = match zoom {
        Zoom::In => now + UI_SCALE_STEP,
        Zoom::Out => now - UI_SCALE_STEP,
        Zoom::Reset => 1.0,
    };
    let whole_steps = (wanted / UI_SCALE_STEP).round() * UI_SCALE_STEP;
    let values = Preferences {
        ui_scale: whole_steps.clamp(*UI_SCALES.start(), *UI_SCALES.end()),
        ..state.preferences.values.clone()
    };
    preferences::change(values, state, ctx);
}

pub fn full_screen(ctx: &Context) {
    let now = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
    ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!now));
}

pub fn show(pane: Pane, state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.view.show(pane);
    }
}

/// Brings a panel to the front and puts the keyboard focus on its first control.
pub fn focus(pane: Pane, state: &mut AppState) {
    if state.viewer.place == ViewerPlace::WholeWindow {
        state.viewer.place = ViewerPlace::Panel;
    }
    if let Some(open) = &mut state.project {
        open.view.focus(pane);
    }
}

/// Puts the keyboard focus on the panel after the one that had it last.
pub fn focus_next(state: &mut AppState) {
    let open = state.project.as_ref();
    if let Some(next) = open.and_then(|open| open.view.next_panel()) {
        focus(next, state);
    }
}

/// Puts the keyboard focus on the panel before the one that had it last.
pub fn focus_previous(state: &mut AppState) {
    let open = state.project.as_ref();
    if let Some(previous) = open.and_then(|open| open.view.previous_panel()) {
        focus(previous, state);
    }
}

/// Exchanges the camera view and the 3-D view of the camera panel, which is brought to the front.
pub fn view_through_camera(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let layout = &mut open.view.panels.stage.layout;
        layout.is_through_camera = !layout.is_through_camera;
        open.view.show(Pane::Camera);
    }
}

/// Shows the stage of the camera panel from above, where rails are drawn, or from the side again.
pub fn stage_from_above(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let layout = &mut open.view.panels.stage.layout;
        layout.is_from_above = !layout.is_from_above;
        open.view.show(Pane::Camera);
    }
}

/// Shows or hides the measured path in the camera panel, which is brought to the front.
pub fn measured_path(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let layout = &mut open.view.panels.stage.layout;
        layout.shows_measured_path = !layout.shows_measured_path;
        open.view.show(Pane::Camera);
    }
}

pub fn zoom_timeline(state: &mut AppState, zoom: TimelineZoom) {
    if let Some(open) = &mut state.project {
        open.view.panels.timeline.zoom = Some(zoom);
    }
}

/// Saves a changed layout once no button is held, on another thread.
pub fn keep_layout(state: &mut AppState, ctx: &Context) {
    let Some(open) = &mut state.project else {
        return;
    };
    if !open.view.is_layout_changed || ctx.input(|input| input.pointer.any_down()) {
        return;
    }
    open.view.is_layout_changed = false;
    state.layout.layout = open.view.layout.clone();
    let saved = state.layout.clone();
    state.config_writer.write("layout", move || saved.save());
}

pub fn reset_layout(state: &mut AppState) {
    layout::use_layout(BuiltInLayout::Editing.layout(), state);
}

/// Plays videos from their proxies, or the videos themselves.
pub fn toggle_proxies(viewer: &mut ViewerSettings) {
    viewer.plays = match viewer.plays {
        PlayedFile::Proxy => PlayedFile::Original,
        PlayedFile::Original => PlayedFile::Proxy,
    };
}

pub fn change_exposure(viewer: &mut ViewerSettings, steps: i8) {
    let wanted = viewer.exposure_stops + f32::from(steps) * EXPOSURE_STEP_STOPS;
    viewer.exposure_stops =
        wanted.clamp(*EXPOSURE_RANGE_STOPS.start(), *EXPOSURE_RANGE_STOPS.end());
}
