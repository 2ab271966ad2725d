//! The queue: orders of takes, in the order in which they are generated. It is kept in the project's folder, so
//! that it survives the program. A thread writes the whole list after each change.

pub mod series;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use kinora_render::project::SmoothClip;
use kinora_timeline::file::{Disk as _, RealDisk, sealed};
use kinora_timeline::shot::Shot;
use kinora_timeline::{ContentHash, ShotId};
use kinora_wire::Failure;
use serde::{Deserialize, Serialize};

use crate::project::pending_writes;
use series::Series;

/// The file of the queue, in the project's folder.
pub const QUEUE_FILE: &str = "queue.ron";

/// The number of an order, unique within a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// The kind of an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// A take of the shot as it is.
    #[default]
    Shot,
    /// A still of the shot as it is: its first frame alone.
    Still,
    /// A take of sound alone, by the sound of the shot.
    Sound {
        /// The take whose pictures get the sound. `None`: the shot has none yet.
        of: Option<ContentHash>,
    },
    /// A take by the recipe of another take, with one change.
    Vary {
        /// The other take.
        take: ContentHash,
        /// The change.
        change: Vary,
    },
    /// A take with the pictures of another take, made larger.
    Upscale {
        /// The other take.
        take: ContentHash,
        /// The id of the upscaler.
        upscaler: String,
    },
    /// No take: repeats the recipe of a take and compares the frames.
    Reproduce {
        /// The take.
        take: ContentHash,
    },
    /// No take: makes the in-betweens of a clip. The shot of the order has the name of the clip's source.
    Smooth(SmoothClip),
}

impl Work {
    /// Whether it makes a take that a shot can show; of sound alone, one that it is heard by. A still is none, and neither
    /// is the sound for pictures.
    pub fn makes_take(&self) -> bool {
        match self {
            Self::Shot | Self::Vary { .. } | Self::Upscale { .. } => true,
            Self::Still | Self::Sound { .. } | Self::Reproduce { .. } | Self::Smooth(_) => false,
        }
    }
}

/// A change of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Vary {
    /// Another seed: that of the order.
    Seed,
    /// This number of steps.
    Steps(u32),
    /// The CFG scale changed by this much.
    Guidance(f64),
}

/// A shot to generate, as it was when it was queued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// The shot.
    pub shot: Shot,
    /// The seed of the noise.
    pub seed: u64,
    /// The kind of the order.
    #[serde(default, skip_serializing_if = "is_plain_shot")]
    pub work: Work,
    /// Why it failed. A failed order stays in the queue until it is retried or removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
}

fn is_plain_shot(work: &Work) -> bool {
    *work == Work::Shot
}

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct List {
    next: u64,
    is_paused: bool,
    orders: Vec<Order>,
    /// Takes that are ranked together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    series: Vec<Series>,
}

/// The queue of a project.
pub struct Queue {
    list: List,
    /// None: the project is read-only; nothing is changed or started.
    saver: Option<Saver>,
}

struct Saver {
    lists: Sender<List>,
    thread: JoinHandle<()>,
    /// The number of lists sent to the thread, and of those written or refused by the disk.
    sent: u64,
    settled: Arc<AtomicU64>,
}

impl Queue {
    /// The queue of a project that is open elsewhere: read-only.
    pub fn open_read_only(folder: &Path) -> Self {
        Self {
            list: read(&folder.join(QUEUE_FILE), |_| {}),
            saver: None,
        }
    }

    /// Reads the queue of a project. A file that cannot be read is renamed, not deleted. `wake` is called on
    /// another thread when changes are on the disk.
    pub fn open(folder: &Path, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let path = folder.join(QUEUE_FILE);
        let list = read(&path, |error| {
            tracing::warn!("{} cannot be read and is renamed: {error}", path.display());
            fs::rename(&path, path.with_extension("ron.damaged")).ok();
        });
        let (lists, received) = channel::<List>();
        let settled = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&settled);
        let thread = std::thread::spawn(move || {
            while let Ok(mut list) = received.recv() {
                let mut taken = 1;
                // The newest list replaces the others.
                while let Ok(newer) = received.try_recv() {
                    list = newer;
                    taken += 1;
                }
                if let Err(error) = write(&path, &list) {
                    tracing::warn!("{} cannot be written: {error}", path.display());
                }
                count.fetch_add(taken, Ordering::Release);
                wake();
            }
        });
        Self {
            list,
            saver: Some(Saver {
                lists,
                thread,
                sent: 0,
                settled,
            }),
        }
    }

    /// All orders, the next first.
    pub fn orders(&self) -> &[Order] {
        &self.list.orders
    }

    /// Whether no further order is started.
    pub fn is_paused(&self) -> bool {
        self.list.is_paused
    }

    /// Whether a take of the shot is queued.
    pub fn has_take_order(&self, shot: ShotId) -> bool {
        let mut orders = self.list.orders.iter();
        orders.any(|order| order.shot.id == shot && order.work.makes_take())
    }

    /// Whether all changes are on the disk. Before that, no order is started: a crash would lose it.
    pub fn is_settled(&self) -> bool {
        let settled = |saver: &Saver| saver.settled.load(Ordering::Acquire) == saver.sent;
        self.saver.as_ref().is_none_or(settled)
    }

    /// The next order to start. None: the queue is empty, paused or read-only, or every order has failed.
    pub fn next(&self) -> Option<&Order> {
        let mut orders = self.list.orders.iter();
        orders
            .find(|order| order.failed.is_none())
            .filter(|_| !self.list.is_paused && self.saver.is_some())
    }

    /// The order of this number.
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.list.orders.iter().find(|order| order.id == id)
    }

    /// Appends an order.
    pub fn add(&mut self, shot: Shot, seed: u64, work: Work) -> OrderId {
        let id = OrderId(self.list.next);
        self.change(|list| {
            list.next += 1;
            list.orders.push(Order {
                id,
                shot,
                seed,
                work,
                failed: None,
            });
        });
        id
    }

    /// Removes an order. A series without another order ends.
    pub fn remove(&mut self, id: OrderId) {
        self.change(|list| list.orders.retain(|order| order.id != id));
        self.settle_series();
    }

    /// Marks an order as failed. A series without another order ends.
    pub fn fail(&mut self, id: OrderId, failure: Failure) {
        self.with(id, |order| order.failed = Some(failure));
        self.settle_series();
    }

    /// Makes a failed order ready to start again.
    pub fn retry(&mut self, id: OrderId) {
        self.with(id, |order| order.failed = None);
    }

    /// The same with a shot in place of the one it was queued with.
    pub fn renew(&mut self, id: OrderId, shot: &Shot) {
        self.with(id, |order| {
            order.failed = None;
            order.shot = shot.clone();
        });
    }

    /// Moves an order before another. None: to the end.
    pub fn put_before(&mut self, id: OrderId, other: Option<OrderId>) {
        self.change(|list| {
            let Some(at) = list.orders.iter().position(|order| order.id == id) else {
                return;
            };
            let order = list.orders.remove(at);
            let to = list.orders.iter().position(|order| Some(order.id) == other);
            list.orders.insert(to.unwrap_or(list.orders.len()), order);
        });
    }

    /// Pauses the queue, or resumes it. A running order is not affected.
    pub fn pause(&mut self, is_paused: bool) {
        self.change(|list| list.is_paused = is_paused);
    }

    fn with(&mut self, id: OrderId, change: impl FnOnce(&mut Order)) {
        self.change(|list| {
            if let Some(order) = list.orders.iter_mut().find(|order| order.id == id) {
                change(order);
            }
        });
    }

    fn change(&mut self, change: impl FnOnce(&mut List)) {
        let Some(saver) = &mut self.saver else { return };
        let before = self.list.clone();
        change(&mut self.list);
        if self.list != before && saver.lists.send(self.list.clone()).is_ok() {
            saver.sent += 1;
        }
    }
}

/// The thread still writes the last changes.
impl Drop for Queue {
    fn drop(&mut self) {
        if let Some(Saver { lists, thread, .. }) = self.saver.take() {
            drop(lists);
            pending_writes::push(thread);
        }
    }
}

/// The list in a file. Empty: there is no file, or it cannot be read.
fn read(path: &Path, damaged: impl FnOnce(ron::error::SpannedError)) -> List {
    let Ok(text) = fs::read_to_string(path) else {
        return List::default();
    };
    ron::from_str(&text).unwrap_or_else(|error| {
        damaged(error);
        List::default()
    })
}

fn write(path: &Path, list: &List) -> io::Result<()> {
    let lines = ron::ser::PrettyConfig::new().depth_limit(3);
    let text = ron::ser::to_string_pretty(list, lines).map_err(io::Error::other)?;
    RealDisk.replace(path, sealed(&text).as_bytes())
}

#[cfg(test)]
mod tests {
    use kinora_timeline::FrameRate;
    use kinora_timeline::shot::ModelLength;

    use super::*;
    use crate::project::pending_writes::flush_pending;

    fn shot(name: &str) -> Shot {
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        Shot::new(name, "a fox", length)
    }

    fn opened(folder: &Path) -> Queue {
        Queue::open(folder, Arc::new(|| {}))
    }

    fn close(queue: Queue) {
        drop(queue);
        flush_pending();
    }

    fn names(queue: &Queue) -> Vec<&str> {
        queue
            .orders()
            .iter()
            .map(|order| order.shot.name.as_str())
            .collect()
    }

    #[test]
    fn orders_survive_the_program_in_their_order_with_their_failures() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        let [first, second, third] =
            ["a", "b", "c"].map(|name| queue.add(shot(name), 7, Work::Shot));
        queue.put_before(third, Some(first));
        queue.fail(third, Failure::refused("it cannot be", "ask for less"));
        queue.remove(second);
        close(queue);
        let mut queue = opened(folder.path());
        assert_eq!(names(&queue), ["c", "a"]);
        assert_eq!(
            queue.next().map(|order| order.id),
            Some(first),
            "a failed order waits"
        );
        queue.retry(third);
        assert_eq!(queue.next().map(|order| order.id), Some(third));
        queue.pause(true);
        assert_eq!(queue.next(), None);
        assert_ne!(
            queue.add(shot("d"), 1, Work::Shot),
            second,
            "numbers are not used twice"
        );
    }

    #[test]
    fn a_read_only_queue_starts_nothing_and_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = opened(folder.path());
        let id = queue.add(shot("a"), 7, Work::Shot);
        close(queue);
        let mut read_only = Queue::open_read_only(folder.path());
        assert_eq!((names(&read_only), read_only.next()), (vec!["a"], None));
        read_only.remove(id);
        read_only.add(shot("b"), 8, Work::Shot);
        assert_eq!(names(&read_only), ["a"]);
        drop(read_only);
        assert_eq!(names(&opened(folder.path())), ["a"]);
    }

    #[test]
    fn a_damaged_list_is_renamed() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(QUEUE_FILE), "(orders: [").expect("written");
        assert!(opened(folder.path()).orders().is_empty());
        assert!(folder.path().join("queue.ron.damaged").exists());
    }
}
