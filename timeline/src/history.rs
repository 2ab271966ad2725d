//! Undo and redo: the current project and its earlier and later versions. The only place where a project is replaced.
//!
//! Versions are whole projects, not inverse edits: they share their unchanged parts, so a step costs what it changes.
//! Finished takes are not part of a project, so no undo can lose one.
//!
//! An amendment (`amendment.rs`) is no step: it belongs to every version. An earlier or later version gets it when undo or
//! redo brings it back.
//!
//! Limitation: one line of history; a new edit after undo discards the undone steps.

mod size;

use std::collections::VecDeque;

use crate::Project;
use crate::amendment::Amendment;
use crate::edit::Edit;
use crate::refusal::Refusal;
use size::own_bytes;

/// The memory of the undo history; beyond it the oldest steps are dropped.
const BUDGET_BYTES: usize = 256 << 20;

/// A version of the project, and the step that led away from it.
#[derive(Clone, Debug)]
struct Kept {
    name: String,
    project: Project,
    /// The number of amendments that the project has.
    amended: usize,
    bytes: usize,
}

/// A step, as it is written to the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The name in the undo menu.
    pub name: String,
    /// Its edits, in order.
    pub edits: Vec<Edit>,
}

/// A gesture in progress: many previews, one undo step.
#[derive(Clone, Debug)]
struct Gesture {
    name: String,
    before: Project,
    edits: Vec<Edit>,
}

/// A project and its undo history.
#[derive(Clone, Debug)]
pub struct History {
    now: Project,
    past: VecDeque<Kept>,
    future: Vec<Kept>,
    gesture: Option<Gesture>,
    /// All amendments, in order.
    amendments: Vec<Amendment>,
    past_bytes: usize,
    budget_bytes: usize,
}

impl History {
    /// A project without history.
    pub fn of(project: Project) -> Self {
        Self {
            now: project,
            past: VecDeque::new(),
            future: Vec::new(),
            gesture: None,
            amendments: Vec::new(),
            past_bytes: 0,
            budget_bytes: BUDGET_BYTES,
        }
    }

    /// The same, with another memory limit, in bytes.
    #[must_use]
    pub fn with_budget(self, bytes: usize) -> Self {
        Self {
            budget_bytes: bytes,
            ..self
        }
    }

    /// The current project; within a gesture, its last preview.
    pub fn project(&self) -> &Project {
        &self.now
    }

    /// Applies an edit as one undo step. A gesture in progress is committed first.
    pub fn apply(&mut self, edit: &Edit) -> Result<Step, Refusal> {
        self.commit();
        let after = edit.apply(&self.now)?;
        let name = edit.name();
        let before = std::mem::replace(&mut self.now, after);
        self.remember(name.clone(), before);
        Ok(Step {
            name,
            edits: vec![edit.clone()],
        })
    }

    /// Applies several edits as one undo step, or none of them.
    pub fn apply_all(&mut self, name: &str, edits: &[Edit]) -> Result<Step, Refusal> {
        self.commit();
        let after = edits
            .iter()
            .try_fold(self.now.clone(), |project, edit| edit.apply(&project))?;
        let before = std::mem::replace(&mut self.now, after);
        self.remember(name.into(), before);
        Ok(Step {
            name: name.into(),
            edits: edits.to_vec(),
        })
    }

    /// Begins a gesture: a drag, a stroke on a slider. One in progress is committed.
    pub fn begin(&mut self, name: &str) {
        self.commit();
        self.gesture = Some(Gesture {
            name: name.into(),
            before: self.now.clone(),
            edits: Vec::new(),
        });
    }

    /// Previews `edits` in place of those of the last preview. If they are refused, the last preview stays.
    pub fn preview(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        let Some(gesture) = &mut self.gesture else {
            return Err(Refusal::NothingThere);
        };
        self.now = edits
            .iter()
            .try_fold(gesture.before.clone(), |project, edit| edit.apply(&project))?;
        gesture.edits = edits.to_vec();
        Ok(())
    }

    /// Whether a gesture is in progress.
    pub fn is_in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// Ends the gesture; its last preview becomes one step. `None` if nothing changed.
    pub fn commit(&mut self) -> Option<Step> {
        let gesture = self.gesture.take()?;
        if gesture.edits.is_empty() {
            return None;
        }
        self.remember(gesture.name.clone(), gesture.before);
        Some(Step {
            name: gesture.name,
            edits: gesture.edits,
        })
    }

    /// Ends the gesture and restores the project from before it.
    pub fn abort(&mut self) {
        if let Some(gesture) = self.gesture.take() {
            self.now = gesture.before;
        }
    }

    /// Makes a change that is no step, in every version. Returns whether it changed the current one. A gesture in progress
    /// is committed first: its edits may hold a shot as it was before.
    pub fn amend(&mut self, amendment: &Amendment) -> bool {
        self.commit();
        let amended = amendment.apply(&self.now);
        let is_changed = amended.is_some();
        if let Some(amended) = amended {
            self.now = amended;
        }
        self.amendments.push(amendment.clone());
        is_changed
    }

    /// A version as it is now: with the amendments that came after it was left.
    fn amended(&self, kept: &Kept) -> Project {
        let later = &self.amendments[kept.amended..];
        let project = kept.project.clone();
        // Of several openings of sequences only the last one counts, and each takes time.
        let opening = |amendment: &&Amendment| matches!(amendment, Amendment::Open(_));
        let last_opening = later.iter().rfind(opening);
        let arrivals = later.iter().filter(|amendment| !opening(amendment));
        arrivals
            .chain(last_opening)
            .fold(project, |project, amendment| {
                amendment.apply(&project).unwrap_or(project)
            })
    }

    /// Undoes a step. Returns its name.
    pub fn undo(&mut self) -> Option<String> {
        self.abort();
        let kept = self.past.pop_back()?;
        self.past_bytes -= kept.bytes;
        let before = self.amended(&kept);
        let now = std::mem::replace(&mut self.now, before);
        self.future.push(Kept {
            name: kept.name.clone(),
            project: now,
            amended: self.amendments.len(),
            bytes: kept.bytes,
        });
        Some(kept.name)
    }

    /// Redoes a step. Returns its name.
    pub fn redo(&mut self) -> Option<String> {
        self.abort();
        let kept = self.future.pop()?;
        let after = self.amended(&kept);
        let now = std::mem::replace(&mut self.now, after);
        self.past_bytes += kept.bytes;
        self.past.push_back(Kept {
            name: kept.name.clone(),
            project: now,
            amended: self.amendments.len(),
            bytes: kept.bytes,
        });
        Some(kept.name)
    }

    /// The names of the steps that can be undone, the most recent last.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.past.iter().map(|kept| kept.name.as_str())
    }

    /// The names of the steps that can be redone, the next one first.
    pub fn future(&self) -> impl Iterator<Item = &str> {
        self.future.iter().rev().map(|kept| kept.name.as_str())
    }

    /// The estimated memory of the undo steps, in bytes.
    pub fn past_bytes(&self) -> usize {
        self.past_bytes
    }

    fn remember(&mut self, name: String, project: Project) {
        self.future.clear();
        let bytes = own_bytes(&project) + name.len();
        self.past_bytes += bytes;
        self.past.push_back(Kept {
            name,
            project,
            amended: self.amendments.len(),
            bytes,
        });
        while self.past_bytes > self.budget_bytes && self.past.len() > 1 {
            if let Some(oldest) = self.past.pop_front() {
                self.past_bytes -= oldest.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::library::Library;
    use crate::shot::{ModelLength, Shot};
    use crate::{ContentHash, FrameRate, ShotId};

    fn with_two_shots() -> (History, [ShotId; 2]) {
        let mut history = History::of(Project::default());
        let length = ModelLength {
            frames: 17,
            rate: FrameRate::FPS_24,
        };
        for name in ["one", "two"] {
            let shot = Shot::new(name, "", length);
            let add = Edit::Library(Library::AddShot(Box::new(shot)));
            history.apply(&add).expect("added");
        }
        let shots: Vec<ShotId> = history.project().shots().map(|shot| shot.id).collect();
        (history, [shots[0], shots[1]])
    }

    fn first_take(shot: ShotId, take: &[u8]) -> Amendment {
        Amendment::FirstTake {
            shot,
            take: ContentHash::of(take),
        }
    }

    fn chosen(history: &History, shot: ShotId) -> Option<ContentHash> {
        history.project().shot(shot)?.chosen
    }

    fn rename(history: &History, shot: ShotId, name: &str) -> Edit {
        let shot = history.project().shot(shot).expect("there");
        let renamed = Shot {
            name: name.into(),
            ..Shot::clone(shot)
        };
        Edit::Library(Library::ChangeShot(Box::new(renamed)))
    }

    #[test]
    fn a_take_that_arrives_is_no_step_and_ends_no_redo() {
        let (mut history, [one, two]) = with_two_shots();
        history
            .apply(&rename(&history, one, "first"))
            .expect("renamed");
        history.undo().expect("undone");
        assert!(history.amend(&first_take(two, b"take")));
        assert_eq!(history.redo().as_deref(), Some("change shot"));
        assert_eq!(history.project().shot(one).expect("there").name, "first");
        assert_eq!(chosen(&history, two), Some(ContentHash::of(b"take")));
        history.undo().expect("undone");
        assert_eq!(chosen(&history, two), Some(ContentHash::of(b"take")));
        assert_eq!(history.past().count(), 2, "the two shots");
    }

    #[test]
    fn a_version_without_the_shot_stays_without_it() {
        let (mut history, [_, two]) = with_two_shots();
        history.amend(&first_take(two, b"take"));
        history.undo().expect("undone");
        assert!(history.project().shot(two).is_none());
        history.redo().expect("redone");
        assert_eq!(chosen(&history, two), Some(ContentHash::of(b"take")));
    }

    #[test]
    fn a_chosen_take_stays_in_each_version_that_has_one() {
        let (mut history, [one, _]) = with_two_shots();
        let choose =
            |take: &[u8]| Edit::Library(Library::ChooseTake(one, Some(ContentHash::of(take))));
        history.apply(&choose(b"a")).expect("chosen");
        history.apply(&choose(b"b")).expect("chosen");
        assert!(!history.amend(&first_take(one, b"c")));
        assert_eq!(chosen(&history, one), Some(ContentHash::of(b"b")));
        history.undo().expect("undone");
        assert_eq!(chosen(&history, one), Some(ContentHash::of(b"a")));
        history.undo().expect("undone");
        assert_eq!(
            chosen(&history, one),
            Some(ContentHash::of(b"c")),
            "none was chosen then"
        );
    }

    #[test]
    fn a_gesture_is_committed_before_a_take_arrives() {
        let (mut history, [one, _]) = with_two_shots();
        history.begin("rename");
        let edit = rename(&history, one, "first");
        history.preview(&[edit]).expect("shown");
        history.amend(&first_take(one, b"take"));
        assert!(!history.is_in_gesture());
        assert_eq!(chosen(&history, one), Some(ContentHash::of(b"take")));
        assert_eq!(history.undo().as_deref(), Some("rename"));
        assert_eq!(history.project().shot(one).expect("there").name, "one");
        assert_eq!(chosen(&history, one), Some(ContentHash::of(b"take")));
    }
}
