//! What can be ordered from the scheduler: takes and stills of a shot, variations, repeats, upscaled takes, and the
//! in-betweens of a clip. Nothing is started here; an order waits in the queue.

use kinora_render::project::SmoothClip;
use kinora_timeline::shot::{ModelLength, Origin, Shot};
use kinora_timeline::{Clip, ContentHash, Project, Source};

use super::{GenerationScheduler, seed_of};
use crate::generate::queue::{Order, OrderId, Vary, Work};
use crate::generate::shot_check::prevention;

impl GenerationScheduler {
    /// Queues a take of a shot as it is now. `fresh` is the seed of a shot without one of its own.
    pub fn queue_take(&mut self, shot: &Shot, fresh: u64) -> OrderId {
        self.queue
            .add(shot.clone(), seed_of(shot, fresh), Work::Shot)
    }

    /// Queues several takes of a shot as it is now, with consecutive seeds. The first seed is that of the shot, or
    /// `fresh`.
    pub fn queue_takes(&mut self, shot: &Shot, count: u32, fresh: u64) {
        let first = seed_of(shot, fresh);
        for number in 0..u64::from(count) {
            let seed = first.wrapping_add(number);
            self.queue.add(shot.clone(), seed, Work::Shot);
        }
    }

    /// Queues several stills of a shot as it is now, with consecutive seeds. The first seed is that of the shot, or
    /// `fresh`.
    pub fn queue_stills(&mut self, shot: &Shot, count: u32, fresh: u64) {
        let first = seed_of(shot, fresh);
        for number in 0..u64::from(count) {
            let seed = first.wrapping_add(number);
            self.queue.add(shot.clone(), seed, Work::Still);
        }
    }

    /// Queues sound for the pictures of a shot's chosen take, by the sound of the shot as it is now. `fresh` is the seed of a
    /// sound without one of its own.
    pub fn queue_sound(&mut self, shot: &Shot, fresh: u64) -> OrderId {
        let seed = shot.sound.seed.unwrap_or(fresh);
        let work = Work::Sound { of: shot.chosen };
        self.queue.add(shot.clone(), seed, work)
    }

    /// Whether a shot has no take. One whose model makes sound alone needs none with pictures.
    pub fn lacks_take(&self, project: &Project, shot: &Shot) -> bool {
        let model = self.model_in(project, shot);
        let is_sound = model.is_some_and(|model| !model.spec.makes_pictures);
        match is_sound {
            true => shot.sound_take().is_none(),
            false => !shot.has_take(),
        }
    }

    /// Queues a take by the recipe of another take, with one change. `fresh` is the seed if the change is
    /// [`Vary::Seed`].
    pub fn vary(&mut self, shot: &Shot, take: ContentHash, change: Vary, fresh: u64) -> OrderId {
        let work = Work::Vary { take, change };
        self.queue.add(shot.clone(), fresh, work)
    }

    /// Queues a take with the pictures of another take, made larger by the upscaler with this id.
    pub fn upscale(&mut self, shot: &Shot, take: ContentHash, upscaler: &str) -> OrderId {
        let upscaler = upscaler.to_owned();
        let work = Work::Upscale { take, upscaler };
        self.queue.add(shot.clone(), 0, work)
    }

    /// Queues the in-betweens of a clip, or retries the order that has failed to make them. `None`: the clip needs none.
    pub fn smooth(&mut self, project: &Project, clip: &Clip) -> Option<OrderId> {
        let smooth = SmoothClip::of(project, clip)?;
        if let Some(order) = self.order_of_smooth(&smooth).map(|order| order.id) {
            self.queue.retry(order);
            return Some(order);
        }
        let shot = match clip.source {
            Source::Shot(id) => Shot::clone(project.shot(id)?),
            Source::Medium(id) => {
                let length = ModelLength {
                    frames: 1,
                    rate: project.rate(),
                };
                Shot::new(&project.medium(id)?.name, "", length)
            }
            Source::Title(_) | Source::Sequence(_) => return None,
        };
        Some(self.queue.add(shot, 0, Work::Smooth(smooth)))
    }

    /// The order that makes these in-betweens.
    pub fn order_of_smooth(&self, smooth: &SmoothClip) -> Option<&Order> {
        let mut orders = self.queue.orders().iter();
        orders.find(|order| matches!(&order.work, Work::Smooth(other) if other == smooth))
    }

    /// Queues a repeat of a take's recipe, to compare the frames.
    pub fn reproduce(&mut self, shot: &Shot, take: ContentHash) -> OrderId {
        self.queue.add(shot.clone(), 0, Work::Reproduce { take })
    }

    /// Makes a failed order ready to start again. A take of a shot is made of the shot as it is now: it may have been changed
    /// since, so that it can be made.
    pub fn retry(&mut self, order: OrderId, project: &Project) {
        let found = self
            .queue
            .get(order)
            .filter(|order| matches!(order.work, Work::Shot));
        let shot = found.and_then(|order| project.shot(order.shot.id));
        match shot {
            Some(shot) => self.queue.renew(order, shot),
            None => self.queue.retry(order),
        }
    }

    /// Queues a take of every shot that has neither a take nor an order, in the order of the project's shots but after those
    /// that they continue, and retries failed orders of shots without a take. Returns the number of both. Shots that cannot
    /// be generated ([`prevention`]) are left out.
    pub fn queue_missing(&mut self, project: &Project, mut fresh: impl FnMut() -> u64) -> usize {
        let missing: Vec<Shot> = project
            .shots()
            .filter(|shot| self.lacks_take(project, shot) && !self.queue.has_take_order(shot.id))
            .filter(|shot| prevention(shot, project, self.model_in(project, shot)).is_none())
            .map(|shot| Shot::clone(shot))
            .collect();
        let missing = after_their_origins(missing);
        for shot in &missing {
            self.queue_take(shot, fresh());
        }
        let is_missing = |order: &&Order| {
            let shot = project.shot(order.shot.id);
            let is_take = order.work.makes_take();
            is_take
                && order.failed.is_some()
                && shot.is_some_and(|shot| self.lacks_take(project, shot))
        };
        let failed = self.queue.orders().iter().filter(is_missing);
        let failed: Vec<OrderId> = failed.map(|order| order.id).collect();
        for order in &failed {
            self.retry(*order, project);
        }
        missing.len() + failed.len()
    }
}

/// The shots in their order, but each after the shot that it continues.
fn after_their_origins(mut shots: Vec<Shot>) -> Vec<Shot> {
    let mut ordered = Vec::with_capacity(shots.len());
    while !shots.is_empty() {
        let is_free = |shot: &Shot| match shot.origin {
            Origin::Continues(before) => shots.iter().all(|other| other.id != before),
            _ => true,
        };
        let next = shots.iter().position(is_free).unwrap_or(0);
        ordered.push(shots.remove(next));
    }
    ordered
}
