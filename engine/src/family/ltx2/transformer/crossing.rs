//! Attention between picture and sound: each stream attends to the other, at the same time, as both were before.
//! Their positions have one axis, time.

use kinora_wire::Failure;
use tch::Tensor;

use super::attention::{Attention, Scores, Shape};
use super::config::{CrossingConfig, StreamConfig};
use super::norms::{gated, modulated, rms_normed};
use super::rope::Rope;
use super::streams::Modality;
use super::time::{AdaLayerNorm, Modulations, Times};
use crate::weights::Weights;

/// Rows of a table: scale and shift in the attention of the picture to the sound, the same in that of the sound to the
/// picture, and the gate of the stream's own.
const ROWS: i64 = 5;

/// A stream's side of the attention in a pass.
#[derive(Debug)]
pub struct CrossSide {
    pub rope: Rope,
    /// Four rows.
    pub scales_and_shifts: Modulations,
    /// One row.
    pub gate: Modulations,
}

/// The layers that turn a timestep into the modulations of a stream's side.
#[derive(Debug)]
pub struct CrossTime {
    scales_and_shifts: AdaLayerNorm,
    gate: AdaLayerNorm,
}

/// The attention in a block, both ways.
#[derive(Debug)]
pub struct CrossBlock {
    audio_to_video_attn: Attention,
    video_to_audio_attn: Attention,
    video_table: Tensor, // 5 d
    audio_table: Tensor, // 5 d
    epsilon: f64,
}

impl CrossTime {
    /// `weights` is the root of the network.
    pub fn new(
        config: &StreamConfig,
        modality: Modality,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let (scales_and_shifts, gate) = match modality {
            Modality::Video => (
                "av_ca_video_scale_shift_adaln_single",
                "av_ca_a2v_gate_adaln_single",
            ),
            Modality::Audio => (
                "av_ca_audio_scale_shift_adaln_single",
                "av_ca_v2a_gate_adaln_single",
            ),
        };
        let widths = (config.time_width, config.width);
        Ok(Self {
            scales_and_shifts: AdaLayerNorm::new(weights.at(scales_and_shifts), widths, ROWS - 1)?,
            gate: AdaLayerNorm::new(weights.at(gate), widths, 1)?,
        })
    }

    /// A stream's side at these timesteps.
    pub fn side(&self, rope: Rope, times: &Times, gate_time_factor: f64) -> CrossSide {
        CrossSide {
            rope,
            scales_and_shifts: self.scales_and_shifts.forward(times),
            gate: self.gate.forward(&times.scaled(gate_time_factor)),
        }
    }
}

impl CrossBlock {
    /// `weights` is the block's.
    pub fn new(
        config: &CrossingConfig,
        (video, audio): (&StreamConfig, &StreamConfig),
        epsilon: f64,
        mut weights: Weights,
    ) -> Result<Self, Failure> {
        let shape = |from: &StreamConfig, to: &StreamConfig| Shape {
            queries: from.width,
            context: to.width,
            inner: config.width,
            heads: config.heads,
            has_gates: from.has_gates,
        };
        let (to_audio, to_video) = (shape(video, audio), shape(audio, video));
        let mut attention =
            |name: &str, shape: Shape| Attention::new(shape, epsilon, weights.at(name));
        Ok(Self {
            audio_to_video_attn: attention("audio_to_video_attn", to_audio)?,
            video_to_audio_attn: attention("video_to_audio_attn", to_video)?,
            video_table: weights.exact("scale_shift_table_a2v_ca_video", &[ROWS, video.width])?,
            audio_table: weights.exact("scale_shift_table_a2v_ca_audio", &[ROWS, audio.width])?,
            epsilon,
        })
    }

    /// Picture and sound, b x l x d and b x t x d, after each has attended to the other.
    pub fn forward(
        &self,
        (video, audio): (&Tensor, &Tensor),
        (video_side, audio_side): (&CrossSide, &CrossSide),
    ) -> (Tensor, Tensor) {
        let picture = (
            rms_normed(video, self.epsilon),
            &self.video_table,
            video_side,
        );
        let sound = (
            rms_normed(audio, self.epsilon),
            &self.audio_table,
            audio_side,
        );
        let ropes = (&video_side.rope, &audio_side.rope);

        let attended = self.audio_to_video_attn.forward(
            &rescaled(&picture, 0),
            &rescaled(&sound, 0),
            Scores {
                ropes: Some(ropes),
                added: None,
            },
        );
        let made_video = gated(video, &attended, &gate(&picture));
        let attended = self.video_to_audio_attn.forward(
            &rescaled(&sound, 2),
            &rescaled(&picture, 2),
            Scores {
                ropes: Some((ropes.1, ropes.0)),
                added: None,
            },
        );
        (made_video, gated(audio, &attended, &gate(&sound)))
    }
}

/// The norm of a stream's tokens, its table, and its side in the pass.
type Side<'s> = (Tensor, &'s Tensor, &'s CrossSide);

/// The norm with the scale of row `at` and the shift of the next one.
fn rescaled((normed, table, side): &Side, at: i64) -> Tensor {
    let (kind, rows) = (normed.kind(), &side.scales_and_shifts);
    let factor = rows.factor(at, &table.select(0, at), kind);
    let shift = rows.row(at + 1, &table.select(0, at + 1), kind);
    modulated(normed, &factor, &shift)
}

fn gate((normed, table, side): &Side) -> Tensor {
    side.gate.row(0, &table.select(0, ROWS - 1), normed.kind())
}
