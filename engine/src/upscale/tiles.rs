//! Dividing a picture into tiles. Each tile is made with a margin around it, which is cut off afterwards, so that no
//! seam is seen.

/// A tile: left, top, right and bottom, in pixels of the small picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// What the network gets: the core and its margin, within the picture padded to the multiple.
    pub from: [i64; 4],
    /// What is kept of it.
    pub core: [i64; 4],
}

/// The tiles of a picture of this width and height, with cores of about `tile` pixels. Everything the network gets
/// begins and ends at a multiple of `multiple`.
pub fn tiles([width, height]: [i64; 2], tile: i64, margin: i64, multiple: i64) -> Vec<Tile> {
    let columns = spans(width, tile, margin, multiple);
    let rows = spans(height, tile, margin, multiple);
    let tiles = rows.iter().flat_map(|row| {
        columns.iter().map(|column| Tile {
            from: [column.from[0], row.from[0], column.from[1], row.from[1]],
            core: [column.core[0], row.core[0], column.core[1], row.core[1]],
        })
    });
    tiles.collect()
}

/// A tile along one axis.
struct Span {
    from: [i64; 2],
    core: [i64; 2],
}

/// Equal parts of a side, none longer than `tile`.
fn spans(side: i64, tile: i64, margin: i64, multiple: i64) -> Vec<Span> {
    let down = |at: i64| at / multiple * multiple;
    let up = |at: i64| (at + multiple - 1) / multiple * multiple;
    let count = (side + tile - 1) / tile;
    let end = |part: i64| match part == count {
        true => side,
        false => down(part * side / count),
    };
    let spans = (0..count).map(|part| {
        let core = [end(part), end(part + 1)];
        Span {
            from: [
                down((core[0] - margin).max(0)),
                up((core[1] + margin).min(side)),
            ],
            core,
        }
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_in_one_core_and_has_its_margin() {
        for (size, tile, margin, multiple) in [
            ([96, 64], 192, 18, 1),
            ([832, 480], 192, 18, 1),
            ([193, 1], 192, 48, 2),
            ([500, 333], 100, 48, 4),
        ] {
            let mut covered = vec![0; (size[0] * size[1]) as usize];
            for Tile { from, core } in tiles(size, tile, margin, multiple) {
                for y in core[1]..core[3] {
                    for x in core[0]..core[2] {
                        covered[(y * size[0] + x) as usize] += 1;
                    }
                }
                assert!(from.iter().all(|side| side % multiple == 0), "{from:?}");
                for axis in 0..2 {
                    assert!(from[axis] <= (core[axis] - margin).max(0));
                    assert!(from[axis + 2] >= (core[axis + 2] + margin).min(size[axis]));
                    assert!(from[axis + 2] < size[axis] + multiple);
                }
            }
            assert!(covered.iter().all(|&count| count == 1), "{size:?}");
        }
    }
}
