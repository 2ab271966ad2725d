//! The order of the queue, its failed orders, and the list of finished jobs.

use kinora_studio::generate::queue::{Order, OrderId};
use kinora_studio::timeline::{Clip, ClipId};

use crate::state::app::AppState;
use crate::state::in_betweens::NO_INTERPOLATOR;
use crate::state::open_project::OpenProject;

/// The orders that wait, the next first.
fn waiting(open: &OpenProject) -> Vec<OrderId> {
    let scheduler = &open.generation.scheduler;
    let running = scheduler.running();
    let orders = scheduler.queue().orders().iter();
    let waiting = orders.filter(|order| order.failed.is_none() && Some(order.id) != running);
    waiting.map(|order| order.id).collect()
}

/// Queues the in-betweens of a clip, if it needs some and they are not there.
pub fn make_in_betweens(clip: ClipId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let project = open.document.session.project();
    let Some((clip, ..)) = project.clip(clip) else {
        return;
    };
    let clip = Clip::clone(clip);
    let scheduler = &mut open.generation.scheduler;
    if scheduler.is_listed() && scheduler.interpolators().is_empty() {
        return state.notifications.error(NO_INTERPOLATOR);
    }
    scheduler.smooth(project, &clip);
}

/// Moves an order before the one before it.
pub fn move_up(order: OrderId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let waiting = waiting(open);
    let place = waiting.iter().position(|id| *id == order);
    if let Some(before) = place.and_then(|place| place.checked_sub(1)) {
        let queue = open.generation.scheduler.queue_mut();
        queue.put_before(order, Some(waiting[before]));
    }
}

/// Moves an order after the one after it.
pub fn move_down(order: OrderId, state: &mut AppState) {
    let Some(open) = &mut state.project else {
        return;
    };
    let waiting = waiting(open);
    let place = waiting.iter().position(|id| *id == order);
    if let Some(after) = place.and_then(|place| waiting.get(place + 1)) {
        let queue = open.generation.scheduler.queue_mut();
        queue.put_before(*after, Some(order));
    }
}

fn failed(open: &OpenProject) -> Vec<OrderId> {
    let orders = open.generation.scheduler.queue().orders().iter();
    let failed = orders.filter(|order: &&Order| order.failed.is_some());
    failed.map(|order| order.id).collect()
}

/// Makes all failed orders ready to start again.
pub fn retry_all(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        let project = open.project().clone();
        for order in failed(open) {
            open.generation.scheduler.retry(order, &project);
        }
    }
}

/// Removes all failed orders.
pub fn remove_failed(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        for order in failed(open) {
            open.generation.scheduler.queue_mut().remove(order);
        }
    }
}

pub fn clear_history(state: &mut AppState) {
    if let Some(open) = &mut state.project {
        open.generation.history.clear();
    }
}
