//! Attention to the neighbourhood of a position: a window of frames, rows and columns round it, which lies against the border
//! where the position is near it.

use kinora_wire::Failure;
use tch::{Kind, Tensor};

use super::EPSILON;
use crate::nn::{Linear, RmsNorm};
use crate::weights::Weights;

/// The base of the rotary positions.
const BASE: f64 = 10_000.0;

/// Attention with several heads.
#[derive(Debug)]
pub struct Neighbourhood {
    qkv: Linear,
    norms: [RmsNorm; 2],
    proj: Linear,
    window: [i64; 3],
    head: i64,
}

impl Neighbourhood {
    pub fn new(
        mut weights: Weights,
        width: i64,
        window: [i64; 3],
        head: i64,
    ) -> Result<Self, Failure> {
        Ok(Self {
            qkv: Linear::new(weights.at("qkv"), width, 3 * width)?,
            norms: [
                RmsNorm::new(weights.at("q_norm"), head, EPSILON)?,
                RmsNorm::new(weights.at("k_norm"), head, EPSILON)?,
            ],
            proj: Linear::new(weights.at("proj"), width, width)?,
            window,
            head,
        })
    }

    /// b t h w c. Row by row: the positions of a row share their frames and rows of keys.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let (frames, rows, columns) = (size[1], size[2], size[3]);
        let [queries, keys, values] = self.projected(x);
        let [of_frames, of_rows, of_columns] = self.window;
        let mask = near(
            columns,
            of_columns,
            of_frames.min(frames) * of_rows.min(rows),
        );
        let mask = mask.to_device(x.device()).to_kind(x.kind());
        let lines = |x: &Tensor| x.flatten(1, 3).transpose(1, 2); // b heads n d
        let mut attended = Vec::new();
        for frame in 0..frames {
            let (first, count) = window(frame, frames, of_frames);
            let part = |x: &Tensor| x.narrow(1, first, count);
            let (keys, values) = (part(&keys), part(&values));
            for row in 0..rows {
                let (first, count) = window(row, rows, of_rows);
                let part = |x: &Tensor| lines(&x.narrow(2, first, count));
                let queries = queries.narrow(1, frame, 1).narrow(2, row, 1);
                attended.push(Tensor::scaled_dot_product_attention(
                    &lines(&queries),
                    &part(&keys),
                    &part(&values),
                    Some(&mask),
                    0.0,
                    false,
                    Some(1.0), // the queries are scaled
                    false,
                ));
            }
        }
        let attended = Tensor::cat(&attended, 2).transpose(1, 2);
        self.proj.forward(&attended.reshape(size.as_slice()))
    }

    /// Queries, keys and values, b t h w heads d, the first two with their positions.
    fn projected(&self, x: &Tensor) -> [Tensor; 3] {
        let size = x.size();
        let shape = [size[0], size[1], size[2], size[3], -1, self.head];
        let parts = self.qkv.forward(x).chunk(3, -1);
        let part = |at: usize| parts.get(at).unwrap_or(x).reshape(shape);
        let [of_queries, of_keys] = &self.norms;
        let scale = (self.head as f64).powf(-0.5);
        let queries = of_queries.forward(&part(0)) * scale;
        [
            rotated(&queries),
            rotated(&of_keys.forward(&part(1))),
            part(2),
        ]
    }
}

/// The first place and the length of the window of a place on an axis.
fn window(place: i64, length: i64, wanted: i64) -> (i64, i64) {
    let wanted = wanted.min(length);
    ((place - wanted / 2).clamp(0, length - wanted), wanted)
}

/// What is added to the scores of the keys of so many lines: 0 within the window of a column, else minus infinity:
/// columns x lines * columns.
fn near(columns: i64, wanted: i64, lines: i64) -> Tensor {
    let rows = (0..columns).flat_map(|column| {
        let (first, count) = window(column, columns, wanted);
        (0..columns).map(move |key| match (first..first + count).contains(&key) {
            true => 0.0_f32,
            false => f32::NEG_INFINITY,
        })
    });
    let rows: Vec<f32> = rows.collect();
    Tensor::from_slice(&rows)
        .view([columns, columns])
        .repeat([1, lines])
}

/// Channels of a head for frames, rows and columns: a quarter, and half of the rest each.
fn parts(head: i64) -> [i64; 3] {
    let frames = head / 4 / 2 * 2;
    let side = (head - frames) / 2;
    match side % 2 {
        0 => [frames, side, side],
        _ => [frames - 2, side + 1, side + 1],
    }
}

/// Turns neighbouring channels by their place on each axis, in fp32: b t h w heads d.
fn rotated(x: &Tensor) -> Tensor {
    let size = x.size();
    let exact = x.to_kind(Kind::Float);
    let mut from = 0;
    let mut turned = Vec::new();
    for (axis, width) in (1..).zip(parts(size[5])) {
        let part = exact.narrow(-1, from, width).unflatten(-1, [-1, 2]);
        from += width;
        let double = (Kind::Double, x.device());
        let exponents = Tensor::arange_start_step(0, width, 2, double) / width as f64;
        let frequencies = (exponents * -BASE.ln()).exp().to_kind(Kind::Float);
        let places = Tensor::arange(size[axis], (Kind::Float, x.device()));
        let mut shape = [1, 1, 1, 1, 1, width / 2];
        if let Some(length) = shape.get_mut(axis) {
            *length = size[axis];
        }
        let angles = places.outer(&frequencies).view(shape);
        let (cosines, sines) = (angles.cos(), angles.sin());
        let (even, odd) = (part.select(-1, 0), part.select(-1, 1));
        let pair = [
            &even * &cosines - &odd * &sines,
            even * &sines + odd * &cosines,
        ];
        turned.push(Tensor::stack(&pair, -1).flatten(-2, -1));
    }
    Tensor::cat(&turned, -1).to_kind(x.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lies_round_its_place_and_against_the_border() {
        let windows: Vec<i64> = (0..6).map(|place| window(place, 6, 3).0).collect();
        assert_eq!(windows, [0, 0, 1, 2, 3, 3]);
        assert_eq!(window(1, 2, 3), (0, 2));
        assert_eq!(parts(64), [16, 24, 24]);
    }
}
