//! Proxies of imported videos, made one after the other on another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use egui::Context;
use kinora_studio::project::proxies::{self, ProxyOutcome};
use kinora_studio::render::proxy::ProxySize;
use kinora_studio::timeline::{ContentHash, MediumId};
use kinora_studio::wire::Failure;

use crate::background::task::{Progress, Task};
use crate::state::app::AppState;
use crate::state::open_project::OpenProject;
use crate::state::proxy_jobs::{ProxyJob, ProxyJobs, ProxyOrder, ProxyWork, is_video};

/// What an order has become. `None`: its thread panicked.
type Ended = Option<Result<Option<ProxyOutcome>, Failure>>;

/// Has a proxy made, or removed.
pub fn order(medium: MediumId, work: ProxyWork, state: &mut AppState) {
    let Some(open) = &state.project else {
        return;
    };
    let Some(medium) = open.project().medium(medium) else {
        return;
    };
    let order = ProxyOrder {
        folder: open.document.session.folder().to_owned(),
        medium: Arc::clone(medium),
        work,
    };
    if is_video(medium) {
        state.tasks.proxies.waiting.push_back(order);
    }
}

/// Has the proxy of an import made, if the preferences say so and the video is larger than they say.
pub fn order_if_large(content: ContentHash, state: &mut AppState) {
    let Some(lines) = state.preferences.values.proxies_above_lines else {
        return;
    };
    let Some(open) = &state.project else {
        return;
    };
    let found = open.project().medium_with_content(content);
    if let Some(medium) = found.map(|medium| medium.id) {
        order(medium, ProxyWork::MakeAbove(lines), state);
    }
}

/// Cancels the order for a medium.
pub fn cancel(medium: MediumId, state: &mut AppState) {
    let jobs = &mut state.tasks.proxies;
    jobs.waiting.retain(|order| order.medium.id != medium);
    let running = jobs.running.as_ref();
    if let Some(job) = running.filter(|job| job.order.medium.id == medium) {
        job.cancel();
    }
}

/// Cancels all orders.
pub fn cancel_all(state: &mut AppState) {
    let jobs = &mut state.tasks.proxies;
    jobs.waiting.clear();
    if let Some(job) = &jobs.running {
        job.cancel();
    }
}

/// Polls the running order and starts the next one. Orders of a project that is closed end.
pub fn poll(state: &mut AppState, ctx: &Context) {
    let jobs = &mut state.tasks.proxies;
    if jobs.running.is_none() && jobs.waiting.is_empty() {
        return;
    }
    let open = state.project.as_ref();
    let folder = open.map(|open| open.document.session.folder());
    jobs.waiting
        .retain(|order| folder == Some(order.folder.as_path()));
    if let Some(job) = &jobs.running {
        if folder != Some(job.order.folder.as_path()) {
            job.cancel();
        }
        let ended = match job.result.poll() {
            Progress::Working => return,
            Progress::Done(result) => Some(result),
            Progress::Lost => None,
        };
        if let Some(job) = jobs.running.take() {
            finished(&job, ended, state, ctx);
        }
    }
    start_next(&mut state.tasks.proxies, ctx);
}

fn start_next(jobs: &mut ProxyJobs, ctx: &Context) {
    if jobs.running.is_some() {
        return;
    }
    let Some(order) = jobs.waiting.pop_front() else {
        return;
    };
    let (done, all) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let (shared_done, shared_all, cancel) = (
        Arc::clone(&done),
        Arc::clone(&all),
        Arc::clone(&is_cancelled),
    );
    let (own, wake) = (order.clone(), ctx.clone());
    let result = Task::start(ctx, move || {
        let ProxyOrder {
            folder,
            medium,
            work,
        } = own;
        let how = match work {
            ProxyWork::Make(size) => (size, None),
            ProxyWork::MakeAbove(lines) => (ProxySize::Half, Some(lines)),
            ProxyWork::Remove => {
                let removed = proxies::remove(&folder, &medium);
                let removed = removed.map_err(|error| {
                    let cause = format!("the proxy of {}: {error}", medium.name);
                    Failure::bad_file(cause, "check the folder of the project")
                });
                return removed.map(|()| None);
            }
        };
        let mut percent = -1;
        let made = proxies::make(&folder, &medium, how, &mut |done, all| {
            shared_done.store(done, Ordering::Relaxed);
            shared_all.store(all, Ordering::Relaxed);
            let now = done * 100 / all.max(1);
            if now != percent {
                percent = now;
                wake.request_repaint();
            }
            !cancel.load(Ordering::Relaxed)
        });
        made.map(Some)
    });
    jobs.running = Some(ProxyJob {
        order,
        done,
        all,
        is_cancelled,
        result,
    });
}

fn finished(job: &ProxyJob, ended: Ended, state: &mut AppState, ctx: &Context) {
    let is_its = |open: &&mut OpenProject| open.document.session.folder() == job.order.folder;
    if let Some(open) = state.project.as_mut().filter(is_its) {
        open.media.look_for_proxies(ctx);
        open.media.source.reload();
        open.changed(); // the viewer shows it, or the video again
    }
    let name = &job.order.medium.name;
    match ended {
        Some(Ok(Some(ProxyOutcome::Made))) => {
            state.notifications.info(format!("{name} has a proxy."));
        }
        Some(Ok(None)) => {
            let text = format!("The proxy of {name} was removed.");
            state.notifications.info(text);
        }
        Some(Ok(Some(ProxyOutcome::NotNeeded | ProxyOutcome::Cancelled))) => {}
        Some(Err(failure)) => {
            let text = format!("No proxy of {name}: {failure}");
            state.notifications.error(text);
        }
        None => {
            let text = format!("No proxy of {name}: its making crashed. The log has the message.");
            state.notifications.error(text);
        }
    }
}
