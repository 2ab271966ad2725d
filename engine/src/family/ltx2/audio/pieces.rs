//! The pieces in which a long sound passes through a network: where each begins, and what it reads around itself.
//! Every network here reads a bounded stretch around a place, so that pieces give what the whole would give.

use kinora_wire::Failure;

/// Called after each piece with the pieces done and in total. An error stops the work.
pub type PieceDone<'p> = dyn FnMut(usize, usize) -> Result<(), Failure> + 'p;

/// A piece of a sound, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first frame of the result.
    pub start: i64,
    /// The frame after its last.
    pub end: i64,
    /// The first frame that is read.
    pub read_from: i64,
    /// The frame after the last that is read.
    pub read_to: i64,
}

/// How a network reads: frames before and after its place, and the multiple at which reading must begin.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Frames before.
    pub before: i64,
    /// Frames after.
    pub after: i64,
    /// Reading begins at a multiple of this.
    pub multiple: i64,
}

/// The pieces of `total` frames, of `length` frames each but the last.
pub fn pieces(total: i64, length: i64, reach: Reach) -> Vec<Piece> {
    let length = length.max(1);
    let count = (total.max(0) + length - 1) / length;
    let multiple = reach.multiple.max(1);
    (0..count)
        .map(|at| {
            let start = at * length;
            let end = (start + length).min(total);
            Piece {
                start,
                end,
                read_from: (start - reach.before).max(0) / multiple * multiple,
                read_to: (end + reach.after).min(total),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_one_another_and_read_around_themselves() {
        let reach = Reach {
            before: 3,
            after: 2,
            multiple: 4,
        };
        let found = pieces(21, 10, reach);
        let places: Vec<[i64; 4]> = found
            .iter()
            .map(|piece| [piece.read_from, piece.start, piece.end, piece.read_to])
            .collect();
        assert_eq!(places, [[0, 0, 10, 12], [4, 10, 20, 21], [16, 20, 21, 21]]);
    }

    #[test]
    fn nothing_has_no_pieces() {
        let reach = Reach {
            before: 1,
            after: 1,
            multiple: 1,
        };
        assert_eq!(pieces(0, 10, reach), []);
    }
}
