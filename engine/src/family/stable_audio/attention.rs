//! The attention that the transformer and the autoencoder share: the difference of two attention maps, and rotary
//! positions on the first channels of each head. Source: diffusers `transformer_stable_audio3.py`, `autoencoder_same.py`.

use tch::{Device, Kind, Tensor};

use super::names::makers::PROJECTION;
use crate::nn::halves_rotated;
use crate::weights::Checkpoint;

/// How projections are cut into queries, keys and values.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Width over all heads.
    pub inner: i64,
    /// Channels per head.
    pub width: i64,
    /// Whether the attention is the difference of two maps, with queries and keys for each, and common values.
    pub is_differential: bool,
    /// Whether self-attention projects queries, keys and values of the first map, then queries and keys of the second, as in
    /// files of the makers' tools. Otherwise all queries come first, then all keys.
    pub is_by_map: bool,
}

/// Queries, keys and values, b x h x l x d each.
#[derive(Debug)]
pub struct Projected {
    /// One for each map.
    pub queries: Vec<Tensor>,
    /// The keys and values.
    pub context: KeyValues,
}

/// Keys and values, b x h x l x d each.
#[derive(Debug)]
pub struct KeyValues {
    /// One for each map.
    pub keys: Vec<Tensor>,
    /// Those of both maps.
    pub values: Tensor,
}

impl Heads {
    /// The number of attention maps.
    pub fn maps(self) -> i64 {
        1 + i64::from(self.is_differential)
    }

    /// Queries, keys and values, b x l x parts * inner, as self-attention projects them.
    pub fn projected(self, x: &Tensor) -> Projected {
        let maps = self.maps();
        if self.is_by_map {
            let of_maps = |first: i64| (0..maps).map(|map| self.part(x, first + 3 * map)).collect();
            return Projected {
                queries: of_maps(0),
                context: KeyValues {
                    keys: of_maps(1),
                    values: self.part(x, 2),
                },
            };
        }
        Projected {
            queries: self.parts(x, 0, maps),
            context: self.key_values(&x.narrow(-1, maps * self.inner, (maps + 1) * self.inner)),
        }
    }

    /// The name of the projection of self-attention.
    pub fn projection(self) -> &'static str {
        projection(self.is_by_map)
    }

    /// The queries: b x l x maps * inner.
    pub fn queries(self, x: &Tensor) -> Vec<Tensor> {
        self.parts(x, 0, self.maps())
    }

    /// [keys | values], b x l x (maps + 1) * inner.
    pub fn key_values(self, x: &Tensor) -> KeyValues {
        let maps = self.maps();
        KeyValues {
            keys: self.parts(x, 0, maps),
            values: self.part(x, maps),
        }
    }

    fn parts(self, x: &Tensor, first: i64, count: i64) -> Vec<Tensor> {
        let places = first..first + count;
        places.map(|at| self.part(x, at)).collect()
    }

    fn part(self, x: &Tensor, at: i64) -> Tensor {
        let part = x.narrow(-1, at * self.inner, self.inner);
        part.unflatten(-1, [-1, self.width]).transpose(1, 2) // b h l d
    }
}

fn projection(is_by_map: bool) -> &'static str {
    match is_by_map {
        true => PROJECTION,
        false => "to_qkv",
    }
}

/// The key of the projection of a self-attention in a checkpoint, and whether it projects one map after the other.
pub fn projection_in(checkpoint: &Checkpoint, attention: &str) -> (String, bool) {
    let key = |is_by_map| format!("{attention}.{}.weight", projection(is_by_map));
    let is_by_map = checkpoint.shape(&key(true)).is_some();
    (key(is_by_map), is_by_map)
}

/// Attention of each map, the second subtracted from the first: b x l x hd. A pair of tokens attends where `mask`, l x l,
/// is true.
pub fn attended(queries: &[Tensor], to: &KeyValues, mask: Option<&Tensor>) -> Tensor {
    let maps = queries.iter().zip(&to.keys);
    let mut maps = maps.map(|(queries, keys)| {
        Tensor::scaled_dot_product_attention(
            queries, keys, &to.values, mask, 0.0, false, None, false,
        )
    });
    let first = maps.next().unwrap_or_else(|| to.values.zeros_like());
    let difference = maps.fold(first, |all, map| all - map);
    difference.transpose(1, 2).flatten(2, 3)
}

/// Rotary positions of consecutive tokens: cosines and sines, l x channels, in fp32. Channel i is rotated with
/// channel i + channels / 2. Channels of a head beyond them stay as they are.
#[derive(Debug)]
pub struct Rope {
    cosines: Tensor,
    sines: Tensor,
    channels: i64,
}

impl Rope {
    /// For this many tokens; `frequencies` has one number for each pair of channels, in radians per token.
    pub fn new(frequencies: &Tensor, tokens: i64) -> Self {
        let places = Tensor::arange(tokens, (Kind::Float, frequencies.device()));
        let angles = places.outer(frequencies);
        let angles = Tensor::cat(&[&angles, &angles], -1); // l channels
        Self {
            channels: angles.size().last().copied().unwrap_or_default(),
            cosines: angles.cos(),
            sines: angles.sin(),
        }
    }

    /// With the usual frequencies theta^(-2i / channels).
    pub fn of_base(theta: f64, channels: i64, tokens: i64, device: Device) -> Self {
        let pairs = (0..channels).step_by(2);
        let frequencies: Vec<f32> = pairs
            .map(|channel| theta.powf(-channel as f64 / channels as f64) as f32)
            .collect();
        Self::new(&Tensor::from_slice(&frequencies).to_device(device), tokens)
    }

    /// b x h x l x d -> the same, in its precision.
    pub fn rotate(&self, x: &Tensor) -> Tensor {
        let width = x.size().last().copied().unwrap_or_default();
        let turned = x.narrow(-1, 0, self.channels).to_kind(Kind::Float);
        let turned = halves_rotated(&turned, &self.cosines, &self.sines).to_kind(x.kind());
        match width - self.channels {
            0 => turned,
            rest => Tensor::cat(&[&turned, &x.narrow(-1, self.channels, rest)], -1),
        }
    }

    /// All of these, rotated.
    pub fn rotate_all(&self, all: &[Tensor]) -> Vec<Tensor> {
        all.iter().map(|x| self.rotate(x)).collect()
    }
}
