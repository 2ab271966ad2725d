//! The film written out on another thread, while one goes on working.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Instant;

use egui::Context;
use kinora_studio::Exported;
use kinora_studio::deliver::{Order, deliver};

use crate::film::Delivery;
use crate::later::{Later, Progress};
use crate::panel::deliver::Deliver;
use crate::state::{Dialogue, State};

pub fn ask(state: &mut State) {
    if let Some(film) = &state.film {
        state.dialogue = Some(Dialogue::Deliver(Deliver::of(film.session.folder())));
    }
}

pub fn begin(order: Order, state: &mut State, ctx: &Context) {
    let Some(film) = &mut state.film else { return };
    state.dialogue = None;
    if film.delivery.is_some() {
        state
            .notices
            .trouble("The film is being written out already: wait for it, or stop it.");
        return;
    }
    let project = film.project().clone();
    let folder = film.session.folder().to_owned();
    let path = order.path.clone();
    let (done, frames) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let is_stopped = Arc::new(AtomicBool::new(false));
    let (tell, all, ask) = (
        Arc::clone(&done),
        Arc::clone(&frames),
        Arc::clone(&is_stopped),
    );
    let wake = ctx.clone();
    let ended = Later::start(ctx, move || {
        deliver(&project, &folder, &order, &mut |done, of| {
            all.store(of.0, Ordering::Relaxed);
            tell.store(done.0, Ordering::Relaxed);
            wake.request_repaint();
            !ask.load(Ordering::Relaxed)
        })
    });
    film.delivery = Some(Delivery {
        path,
        frames,
        done,
        is_stopped,
        began: Instant::now(),
        ended,
    });
}

pub fn stop(state: &mut State) {
    if let Some(delivery) = state.film.as_ref().and_then(|film| film.delivery.as_ref()) {
        delivery.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// Tells how a delivery ended, once.
pub fn is_over(state: &mut State) {
    let Some(film) = &mut state.film else { return };
    let Some(delivery) = &film.delivery else {
        return;
    };
    let path = delivery.path.display().to_string();
    match delivery.ended.look() {
        Progress::Working => return,
        Progress::Done(Ok(Exported::Whole)) => state.notices.good_news(format!("Written: {path}")),
        Progress::Done(Ok(Exported::Stopped)) => {
            state.notices.good_news("Stopped. Nothing was written.");
        }
        Progress::Done(Err(failure)) => state.notices.trouble(format!("Not written: {failure}")),
        Progress::Lost => state
            .notices
            .trouble("Not written: the export broke down. The log says more."),
    }
    film.delivery = None;
}
