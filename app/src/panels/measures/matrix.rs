//! The shots of a film with the cells of their chosen takes, and the worst of each column. The words of a cell are made only
//! for the rows in view.

use kinora_studio::Project;
use kinora_studio::generate::ranking::Candidate;
use kinora_studio::generate::ranking::cells::{
    Cell, CellState, CellWords, Totals, camera_cell, camera_words, character_cell, character_words,
};
use kinora_studio::measure::FilmCharacter;
use kinora_studio::timeline::ShotId;
use kinora_studio::timeline::shot::Shot;

use crate::state::generation::GenerationState;

/// A row.
pub struct MatrixRow<'p> {
    pub shot: &'p Shot,
    /// Its camera, and then its characters.
    pub cells: Vec<Cell>,
}

/// The rows and columns.
pub struct Matrix<'p> {
    pub characters: Vec<FilmCharacter>,
    pub rows: Vec<MatrixRow<'p>>,
    /// The row of the worst cell of each column; `None`: none failed.
    pub worst: Vec<Option<usize>>,
}

impl<'p> Matrix<'p> {
    /// The shots in this order.
    pub fn of(project: &'p Project, generation: &GenerationState, order: &[ShotId]) -> Self {
        let cast = project.cast();
        let characters: Vec<FilmCharacter> = cast
            .map(|character| FilmCharacter {
                character: character.id,
                tag: character.tag.clone(),
            })
            .collect();
        let shots = order.iter().filter_map(|shot| project.shot(*shot));
        let rows = shots.map(|shot| {
            let take = candidate(generation, shot);
            let cast = characters
                .iter()
                .map(|who| character_cell(&take, who, is_cast(shot, who)));
            MatrixRow {
                cells: std::iter::once(camera_cell(&take)).chain(cast).collect(),
                shot,
            }
        });
        let rows: Vec<MatrixRow> = rows.collect();
        Self {
            worst: worst(&rows, characters.len() + 1),
            characters,
            rows,
        }
    }

    /// Whether any cell shows something that was measured.
    pub fn is_measured(&self) -> bool {
        let mut cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.any(|cell| !matches!(cell.state, CellState::NotMeasured | CellState::Empty))
    }

    /// Puts the rows with the worst cells first. Equal rows keep their order.
    pub fn sort_by_worst(&mut self) {
        self.rows
            .sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        self.worst = worst(&self.rows, self.characters.len() + 1);
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.rows {
            if let Some((camera, characters)) = row.cells.split_first() {
                totals.add(*camera, characters);
            }
        }
        totals
    }

    /// "camera", "@anna".
    pub fn column_name(&self, column: usize) -> String {
        match self.character(column) {
            None => "camera".to_owned(),
            Some(who) => format!("@{}", who.tag),
        }
    }

    /// The words of a cell.
    pub fn words(&self, generation: &GenerationState, row: &MatrixRow, column: usize) -> CellWords {
        let take = candidate(generation, row.shot);
        match self.character(column) {
            None if row.shot.chosen.is_none() => CellWords {
                short: "no take".to_owned(),
                details: "The shot has no take yet".to_owned(),
            },
            None => camera_words(&take),
            Some(who) => character_words(&take, who, is_cast(row.shot, who)),
        }
    }

    /// The character of a column; `None` of the camera.
    fn character(&self, column: usize) -> Option<&FilmCharacter> {
        self.characters.get(column.checked_sub(1)?)
    }
}

/// What is known of the chosen take of a shot.
fn candidate<'g>(generation: &'g GenerationState, shot: &Shot) -> Candidate<'g> {
    let chosen = shot.chosen;
    chosen.map_or_else(Candidate::default, |take| generation.candidate(take))
}

/// Whether the chosen take of a shot should have a character.
fn is_cast(shot: &Shot, who: &FilmCharacter) -> bool {
    let mut cast = shot.cast.iter();
    shot.chosen.is_some() && cast.any(|member| member.character == who.character)
}

fn weight(row: &MatrixRow) -> f64 {
    let weights = row.cells.iter().map(|cell| cell.weight);
    weights.fold(0.0, f64::max)
}

/// The row of the worst failing cell of each column.
fn worst(rows: &[MatrixRow], columns: usize) -> Vec<Option<usize>> {
    let of_column = |column: usize| {
        let cells = rows.iter().enumerate();
        let cells = cells.filter_map(|(at, row)| Some((at, row.cells.get(column)?)));
        let failing = cells.filter(|(_, cell)| cell.is_failing());
        // The first of equal ones.
        let worst = failing.reduce(|worst, next| match next.1.weight > worst.1.weight {
            true => next,
            false => worst,
        });
        worst.map(|(at, _)| at)
    };
    (0..columns).map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use kinora_studio::FrameRate;
    use kinora_studio::timeline::CharacterId;
    use kinora_studio::timeline::shot::ModelLength;

    use super::*;

    #[test]
    fn the_worst_failing_cell_of_each_column_is_found_and_sorted_to_the_top() {
        let length = ModelLength {
            frames: 9,
            rate: FrameRate::FPS_24,
        };
        let shots = ["one", "two", "three"].map(|name| Shot::new(name, "a fox", length));
        let cell = |state, weight| Cell { state, weight };
        let cells = [
            vec![cell(CellState::Good, 0.9), cell(CellState::Empty, 0.0)],
            vec![cell(CellState::Partly, 1.2), cell(CellState::Good, 0.5)],
            vec![cell(CellState::Failed, 3.0), cell(CellState::Good, 0.2)],
        ];
        let rows = shots.iter().zip(cells);
        let rows: Vec<MatrixRow> = rows
            .map(|(shot, cells)| MatrixRow { shot, cells })
            .collect();
        let mut matrix = Matrix {
            worst: worst(&rows, 2),
            characters: vec![FilmCharacter {
                character: CharacterId::from(3),
                tag: "anna".into(),
            }],
            rows,
        };
        assert_eq!(matrix.worst, [Some(2), None]);
        assert!(matrix.is_measured());
        matrix.sort_by_worst();
        let names: Vec<&str> = matrix
            .rows
            .iter()
            .map(|row| row.shot.name.as_str())
            .collect();
        assert_eq!(names, ["three", "two", "one"]);
        assert_eq!(matrix.worst, [Some(0), None]);
        assert_eq!(matrix.totals().off_path, 2);
    }
}
