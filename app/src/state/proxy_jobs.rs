//! The proxies of imported videos: which are there, the one that is made on another thread, and those that wait for it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use kinora_studio::project::proxies::ProxyOutcome;
use kinora_studio::render::project::ProjectFiles;
use kinora_studio::render::proxy::ProxySize;
use kinora_studio::timeline::media::{Extent, Medium};
use kinora_studio::wire::Failure;

use crate::background::path_cache::PathCache;
use crate::background::task::Task;

/// The orders, one of which runs at a time.
#[derive(Default)]
pub struct ProxyJobs {
    pub running: Option<ProxyJob>,
    pub waiting: VecDeque<ProxyOrder>,
}

/// An order for the proxy of a medium.
#[derive(Clone, Debug)]
pub struct ProxyOrder {
    /// The project's folder.
    pub folder: PathBuf,
    pub medium: Arc<Medium>,
    pub work: ProxyWork,
}

/// What is done with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyWork {
    Make(ProxySize),
    /// Make one by itself, if the shorter side of the video has more pixels than this.
    MakeAbove(u32),
    Remove,
}

/// A running order.
pub struct ProxyJob {
    pub order: ProxyOrder,
    /// Frames written so far.
    pub done: Arc<AtomicI64>,
    /// The number of frames; 0 until it is known.
    pub all: Arc<AtomicI64>,
    pub is_cancelled: Arc<AtomicBool>,
    /// `None`: it was removed.
    pub result: Task<Result<Option<ProxyOutcome>, Failure>>,
}

impl ProxyJob {
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// The part that is done, from 0 to 1.
    pub fn part(&self) -> f32 {
        let [done, all] = [&self.done, &self.all].map(|count| count.load(Ordering::Relaxed));
        done as f32 / all.max(1) as f32
    }
}

impl ProxyJobs {
    /// "Making a proxy of sea.mp4: 40 % (2 waiting)". `None`: none is made.
    pub fn text(&self) -> Option<String> {
        let job = self.running.as_ref()?;
        let name = &job.order.medium.name;
        let waiting = match self.waiting.len() {
            0 => String::new(),
            waiting => format!(" ({waiting} waiting)"),
        };
        let percent = job.part() * 100.0;
        Some(format!("Making a proxy of {name}: {percent:.0} %{waiting}"))
    }
}

/// How far the proxy of a medium is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProxyState {
    Made(ProxySize),
    /// From 0 to 1.
    Making(f32),
    Queued,
}

impl ProxyState {
    /// Of a medium of the project in `folder`. `None`: it has none, or the disk has not answered yet.
    pub fn of(
        medium: &Medium,
        folder: &Path,
        (jobs, files): (&ProxyJobs, &PathCache<bool>),
    ) -> Option<Self> {
        if !is_video(medium) {
            return None;
        }
        let is_it = |order: &ProxyOrder| {
            let made = &order.medium;
            (made.content, made.picture) == (medium.content, medium.picture)
                && order.work != ProxyWork::Remove
        };
        if let Some(job) = jobs.running.as_ref().filter(|job| is_it(&job.order)) {
            return Some(Self::Making(job.part()));
        }
        if jobs.waiting.iter().any(is_it) {
            return Some(Self::Queued);
        }
        let project = ProjectFiles::of(folder);
        let is_there = |size: &ProxySize| {
            let place = project.proxy(medium.content, medium.picture, *size);
            files.get(&place) == Some(true)
        };
        let made = ProxySize::ALL.into_iter().find(is_there);
        made.map(Self::Made)
    }

    /// "Proxy: 40 %".
    pub fn words(self) -> String {
        match self {
            Self::Made(ProxySize::Half) => "Half-size proxy".into(),
            Self::Made(ProxySize::Quarter) => "Quarter-size proxy".into(),
            Self::Making(part) => format!("Proxy: {:.0} %", part * 100.0),
            Self::Queued => "Proxy: queued".into(),
        }
    }
}

/// Whether a medium is a video with pictures, of which a proxy can be made.
pub fn is_video(medium: &Medium) -> bool {
    medium.has_picture && matches!(medium.extent, Extent::Video { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_show_how_far_a_proxy_is() {
        assert_eq!(ProxyState::Making(0.404).words(), "Proxy: 40 %");
        assert_eq!(ProxyState::Queued.words(), "Proxy: queued");
        let half = ProxyState::Made(ProxySize::Half);
        assert_eq!(half.words(), "Half-size proxy");
    }
}
