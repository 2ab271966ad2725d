//! The comparison of takes of a shot in the viewer: the project as it is, and with each of the other takes.

use kinora_studio::timeline::{ContentHash, ShotId};

use crate::background::player::{Beside, MOST_BESIDE};

/// The takes that are compared with the chosen one, and the mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    pub shot: ShotId,
    /// The takes that are not the chosen one. The first is always there, and none follows a free place.
    others: [Option<ComparedTake>; MOST_BESIDE],
    pub mode: CompareMode,
}

/// A take that is not the chosen one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComparedTake {
    pub name: ContentHash,
    /// As in the list of the shot's takes.
    pub number: usize,
}

/// How the pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CompareMode {
    /// The chosen take left of a line, the first other take right of it. The line is at this fraction of the width.
    Wipe(f32),
    SideBySide,
    /// All takes, in two columns.
    Grid,
}

impl Comparison {
    /// The same takes, shown in another way.
    pub fn shown_as(self, mode: CompareMode) -> Self {
        Self { mode, ..self }
    }

    /// The chosen take of a shot and another one, with a wipe.
    pub fn of(shot: ShotId, other: ComparedTake) -> Self {
        let mut others = [None; MOST_BESIDE];
        others[0] = Some(other);
        Self {
            shot,
            others,
            mode: CompareMode::Wipe(0.5),
        }
    }

    /// The takes that are not the chosen one.
    pub fn others(self) -> impl Iterator<Item = ComparedTake> {
        self.others.into_iter().flatten()
    }

    /// The number of takes, with the chosen one.
    pub fn count(self) -> usize {
        1 + self.others().count()
    }

    /// Whether no other take has a place.
    pub fn is_full(self) -> bool {
        self.others().count() == MOST_BESIDE
    }

    /// Whether a take is one of the others.
    pub fn has(self, take: ContentHash) -> bool {
        self.others().any(|other| other.name == take)
    }

    /// With one more take, in a grid. The same if it has no place.
    #[must_use]
    pub fn with(mut self, take: ComparedTake) -> Self {
        if let Some(free) = self.others.iter_mut().find(|other| other.is_none()) {
            *free = Some(take);
            self.mode = CompareMode::Grid;
        }
        self
    }

    /// Without a take; `None` if no other is left.
    pub fn without(self, take: ContentHash) -> Option<Self> {
        let mut left = self.others().filter(|other| other.name != take);
        let mut one = Self::of(self.shot, left.next()?);
        for other in left {
            one = one.with(other);
        }
        let is_pair = one.count() == 2;
        one.mode = match self.mode {
            CompareMode::Grid if is_pair => CompareMode::SideBySide,
            mode => mode,
        };
        Some(one)
    }

    /// What the player composes: the takes that the mode shows.
    pub fn beside(self) -> Beside {
        let mut takes = self.others.map(|other| other.map(|other| other.name));
        if self.mode != CompareMode::Grid {
            takes[1..].fill(None);
        }
        Beside {
            shot: self.shot,
            takes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(number: usize) -> ComparedTake {
        ComparedTake {
            name: ContentHash::of(&[number as u8]),
            number,
        }
    }

    fn numbers(one: Comparison) -> Vec<usize> {
        one.others().map(|other| other.number).collect()
    }

    #[test]
    fn up_to_four_takes_are_compared_and_the_grid_ends_with_the_third() {
        let pair = Comparison::of(ShotId::from(1), take(1));
        assert_eq!(pair.beside().takes.iter().flatten().count(), 1);
        let all = pair.with(take(2)).with(take(3));
        assert!(all.is_full() && all.mode == CompareMode::Grid);
        assert_eq!(all.with(take(4)), all);
        assert_eq!(all.beside().takes.iter().flatten().count(), 3);
        let fewer = all.without(take(1).name).expect("two are left");
        assert_eq!(
            (numbers(fewer), fewer.mode),
            (vec![2, 3], CompareMode::Grid)
        );
        let pair = fewer.without(take(3).name).expect("one is left");
        assert_eq!(pair.mode, CompareMode::SideBySide);
        assert_eq!(pair.without(take(2).name), None);
    }
}
