//! A disk in memory whose calls can fail, and which loses in a power cut what a real one would lose.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use kinora_timeline::file::Disk;

use crate::random::Dice;

/// What the next failing call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The system reports an error and nothing has happened.
    Io,
    /// The disk is full: a part of the bytes was written.
    Full,
}

/// When calls fail.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The first call to fail, counted from 0.
    pub at: usize,
    /// Whether all after it fail too.
    pub for_good: bool,
    pub fault: Fault,
}

#[derive(Clone, Default, Debug)]
struct Content {
    /// The bytes as programs read them.
    now: Vec<u8>,
    /// The bytes on the platter.
    durable: Vec<u8>,
}

#[derive(Clone, Default, Debug)]
struct State {
    contents: Vec<Content>,
    /// Names as a program sees them.
    names: BTreeMap<PathBuf, usize>,
    /// Names on the platter.
    durable_names: BTreeMap<PathBuf, usize>,
    /// Name changes that have not reached the platter: a file's name, and its content or `None`.
    pending: Vec<(PathBuf, Option<usize>)>,
    calls: usize,
    plan: Option<Plan>,
}

/// The disk; clones are the same disk.
#[derive(Clone, Default, Debug)]
pub struct MemoryDisk(Rc<RefCell<State>>);

impl MemoryDisk {
    /// The number of calls that change something.
    pub fn calls(&self) -> usize {
        self.0.borrow().calls
    }

    /// From now on calls fail as planned; counting restarts.
    pub fn plan(&self, plan: Option<Plan>) {
        let mut state = self.0.borrow_mut();
        state.calls = 0;
        state.plan = plan;
    }

    /// Another disk with the same content.
    pub fn copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// The disk after a power cut now: some of what had not reached the platter has reached it.
    pub fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let mut state = self.0.borrow().clone();
        for (name, content) in std::mem::take(&mut state.pending) {
            if dice.coin() {
                match content {
                    Some(content) => state.durable_names.insert(name, content),
                    None => state.durable_names.remove(&name),
                };
            }
        }
        for content in &mut state.contents {
            if content.now != content.durable {
                // Bytes that were on the platter before an append stay there.
                let kept = content
                    .durable
                    .iter()
                    .zip(&content.now)
                    .take_while(|(a, b)| a == b)
                    .count();
                let good = kept + dice.below((content.now.len() - kept) as u64 + 1) as usize;
                content.durable = match dice.below(4) {
                    0 => content.durable.clone(),
                    1 => content.now.clone(),
                    2 => content.now[..good].to_vec(),
                    _ => {
                        // The length has reached the platter, the bytes have not.
                        let mut bytes = content.now.clone();
                        bytes[good..].fill(0);
                        bytes
                    }
                };
            }
            content.now = content.durable.clone();
        }
        state.names = state.durable_names.clone();
        state.plan = None;
        Self(Rc::new(RefCell::new(state)))
    }

    /// All files and their bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.0.borrow();
        state
            .names
            .iter()
            .map(|(name, content)| (name.clone(), state.contents[*content].now.clone()))
            .collect()
    }

    /// Counts a call; returns an error if it is planned to fail.
    fn call(&self) -> Result<(), (Fault, io::Error)> {
        let mut state = self.0.borrow_mut();
        let number = state.calls;
        state.calls += 1;
        match state.plan {
            Some(plan) if number == plan.at || (plan.for_good && number > plan.at) => Err((
                plan.fault,
                match plan.fault {
                    Fault::Io => io::Error::from_raw_os_error(5),
                    Fault::Full => io::Error::from_raw_os_error(28),
                },
            )),
            _ => Ok(()),
        }
    }

    fn content(&self, file: &Path) -> io::Result<usize> {
        self.0
            .borrow()
            .names
            .get(file)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        if let Some(content) = state.names.get(file).copied() {
            state.contents[content].now = bytes.to_vec();
            return;
        }
        let content = state.contents.len();
        state.contents.push(Content {
            now: bytes.to_vec(),
            durable: Vec::new(),
        });
        state.names.insert(file.into(), content);
        state.pending.push((file.into(), Some(content)));
    }
}

impl Disk for MemoryDisk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        let content = self.content(file)?;
        Ok(self.0.borrow().contents[content].now.clone())
    }

    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.call() {
            Ok(()) => self.put(file, bytes),
            Err((Fault::Io, error)) => return Err(error),
            Err((Fault::Full, error)) => {
                self.put(file, &bytes[..bytes.len() / 2]);
                return Err(error);
            }
        }
        Ok(())
    }

    fn append(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let content = self.content(file)?;
        let failed = self.call();
        let written = match &failed {
            Ok(()) => bytes.len(),
            Err((Fault::Io, _)) => 0,
            Err((Fault::Full, _)) => bytes.len() / 2,
        };
        self.0.borrow_mut().contents[content]
            .now
            .extend_from_slice(&bytes[..written]);
        failed.map_err(|(_, error)| error)
    }

    fn sync(&self, file: &Path) -> io::Result<()> {
        let content = self.content(file)?;
        self.call().map_err(|(_, error)| error)?;
        let content = &mut self.0.borrow_mut().contents[content];
        content.durable = content.now.clone();
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let content = self.content(from)?;
        self.call().map_err(|(_, error)| error)?;
        let mut state = self.0.borrow_mut();
        state.names.remove(from);
        state.names.insert(to.into(), content);
        state.pending.push((to.into(), Some(content)));
        state.pending.push((from.into(), None));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.call().map_err(|(_, error)| error)?;
        let mut state = self.0.borrow_mut();
        let (reached, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|(name, _)| name.parent() == Some(folder));
        state.pending = pending;
        for (name, content) in reached {
            match content {
                Some(content) => state.durable_names.insert(name, content),
                None => state.durable_names.remove(&name),
            };
        }
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.content(file)?;
        self.call().map_err(|(_, error)| error)?;
        let mut state = self.0.borrow_mut();
        state.names.remove(file);
        state.pending.push((file.into(), None));
        Ok(())
    }

    fn make_folder(&self, _folder: &Path) -> io::Result<()> {
        self.call().map_err(|(_, error)| error)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.0.borrow();
        let inside = state
            .names
            .keys()
            .filter(|name| name.parent() == Some(folder));
        Ok(inside
            .filter_map(|name| Some(name.file_name()?.to_string_lossy().into_owned()))
            .collect())
    }

    fn exists(&self, file: &Path) -> bool {
        self.content(file).is_ok()
    }
}
