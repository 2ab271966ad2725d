//! Symmetric systems of a few hundred unknowns, solved by Cholesky's method.

/// A symmetric matrix. Only the lower triangle is read.
#[derive(Clone, Debug)]
pub struct Symmetric {
    size: usize,
    values: Vec<f64>,
}

impl Symmetric {
    pub fn zero(size: usize) -> Self {
        Self {
            size,
            values: vec![0.0; size * size],
        }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    pub fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[row * self.size + column]
    }

    /// Adds weight * a bᵀ to a block of 6x6. Blocks are counted, not rows.
    pub fn add_outer(
        &mut self,
        (row_block, a): (usize, &[f64; 6]),
        (column_block, b): (usize, &[f64; 6]),
        weight: f64,
    ) {
        for (row, a) in a.iter().enumerate() {
            let start = (6 * row_block + row) * self.size + 6 * column_block;
            for (value, b) in self.values[start..start + 6].iter_mut().zip(b) {
                *value += weight * a * b;
            }
        }
    }

    /// Frees an unknown of all others and of the right side: its solution is 0.
    pub fn freeze(&mut self, at: usize) {
        for other in 0..self.size {
            *self.at_mut(at, other) = 0.0;
            *self.at_mut(other, at) = 0.0;
        }
        *self.at_mut(at, at) = 1.0;
    }

    /// The lower factor. `None` if the matrix is not positive definite.
    pub fn factor(mut self) -> Option<Factor> {
        let size = self.size;
        for row in 0..size {
            for column in 0..=row {
                let (left, right) = (row * size, column * size);
                let sum: f64 = (0..column)
                    .map(|k| self.values[left + k] * self.values[right + k])
                    .sum();
                let rest = self.values[left + column] - sum;
                self.values[left + column] = if row == column {
                    if rest.is_nan() || rest <= 0.0 {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / self.values[right + column]
                };
            }
        }
        Some(Factor { lower: self })
    }
}

/// A Cholesky factor.
#[derive(Clone, Debug)]
pub struct Factor {
    lower: Symmetric,
}

impl Factor {
    /// The solution for a right side.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let size = self.lower.size;
        let mut x = right.to_vec();
        for row in 0..size {
            let sum: f64 = (0..row).map(|k| self.lower.at(row, k) * x[k]).sum();
            x[row] = (x[row] - sum) / self.lower.at(row, row);
        }
        for row in (0..size).rev() {
            let sum: f64 = (row + 1..size).map(|k| self.lower.at(k, row) * x[k]).sum();
            x[row] = (x[row] - sum) / self.lower.at(row, row);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_an_indefinite_one_is_refused() {
        let mut matrix = Symmetric::zero(2);
        (
            *matrix.at_mut(0, 0),
            *matrix.at_mut(1, 0),
            *matrix.at_mut(1, 1),
        ) = (4.0, 1.0, 3.0);
        let x = matrix
            .clone()
            .factor()
            .expect("definite")
            .solve(&[1.0, 2.0]);
        assert!((x[0] - 1.0 / 11.0).abs() < 1e-12 && (x[1] - 7.0 / 11.0).abs() < 1e-12);
        *matrix.at_mut(1, 1) = 0.1;
        assert!(matrix.factor().is_none());
    }
}
