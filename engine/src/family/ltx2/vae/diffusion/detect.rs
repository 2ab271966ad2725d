//! Reads the shape of a diffusion decoder from its weights, and from the header what weights do not show: windows and strides.
//!
//! Source: Lightricks/LTX-2, `ltx_core/model/video_vae/model_configurator.py` (`vae.decoder` of the configuration).

use kinora_wire::Failure;
use serde_json::Value;

use super::super::patches::COLOURS;
use super::super::read::Read;
use super::config::{DiffusionConfig, Stage};
use super::{SINES, TIME_SCALE};

/// Most positions of a window along an axis, and most that a stage makes of one.
const MOST_WINDOW: i64 = 31;
const MOST_STRIDE: i64 = 4;
/// Most blocks of a stage.
const MOST_BLOCKS: usize = 100;
/// Largest side of the square of pixels of a position.
const MOST_PATCH: i64 = 8;

impl DiffusionConfig {
    /// Reads the shape. `None`: the file has no diffusion decoder.
    ///
    /// # Errors
    /// A missing tensor, by its name; windows and strides that no decoder has; another prediction or time scale.
    pub fn detect(read: &Read<'_>) -> Result<Option<Self>, Failure> {
        let count = read.checkpoint.count("decoder.det_stages");
        if count == 0 {
            return Ok(None);
        }
        refuse_other_predictions(read)?;
        let released = Self::released();
        let mut stages = Vec::new();
        for number in 0..count {
            let list = format!("decoder.det_stages.{number}");
            let known = released.stages.get(number);
            stages.push(Stage {
                width: read.length(&format!("{list}.0.norm1.weight"), 0)?,
                blocks: blocks(read, &list)?,
                window: three(read, "stage_kernels", Some(number), MOST_WINDOW)?
                    .or_else(|| known.map(|stage| stage.window))
                    .ok_or_else(|| unknown(read, number))?,
                stride: stride(read, number)?
                    .or_else(|| known.map(|stage| stage.stride))
                    .ok_or_else(|| unknown(read, number))?,
            });
        }
        let pixels = read.length("decoder.conv_out.weight", 0)?;
        let patch = (1..=MOST_PATCH).find(|side| COLOURS * side * side == pixels);
        let config = Self {
            channels: read.length("decoder.conv_in.weight", 1)?,
            patch: patch.ok_or_else(|| {
                read.failure(&format!(
                    "`decoder.conv_out.weight` makes {pixels} numbers, which are not the colours of a square of pixels"
                ))
            })?,
            head: read.length("decoder.det_stages.0.0.attn.q_norm.weight", 0)?,
            stages,
            width: read.length("decoder.conv_in_x_t.weight", 0)?,
            blocks: blocks(read, "decoder.diff_blocks")?,
            window: three(read, "stage5_kernel", None, MOST_WINDOW)?.unwrap_or(released.window),
            time_width: read.length("decoder.t_embedder.mlp.0.weight", 0)?,
            has_gates: read
                .checkpoint
                .shape("decoder.diff_blocks.0.gate_ctx")
                .is_some(),
        };
        match config.misfit(read)? {
            None => Ok(Some(config)),
            Some(what) => Err(read.failure(&what)),
        }
    }

    /// What does not fit in it.
    fn misfit(&self, read: &Read<'_>) -> Result<Option<String>, Failure> {
        let widths = self.stages.iter().map(|stage| stage.width);
        let mut widths = widths.chain([self.width]);
        if let Some(width) = widths.find(|width| width % self.head != 0) {
            let head = self.head;
            return Ok(Some(format!(
                "its decoder has {width} channels, which are not heads of {head}"
            )));
        }
        let sines = read.length("decoder.t_embedder.mlp.0.weight", 1)?;
        if sines != SINES {
            return Ok(Some(format!(
                "its decoder reads times of {sines} numbers, not {SINES}"
            )));
        }
        // A head turns pairs of channels for each of three axes.
        Ok((self.head < 8 || self.head % 2 != 0)
            .then(|| format!("its decoder has heads of {} channels", self.head)))
    }
}

/// The blocks of a list.
fn blocks(read: &Read<'_>, list: &str) -> Result<usize, Failure> {
    let count = read.checkpoint.count(list);
    match (1..=MOST_BLOCKS).contains(&count) {
        true => Ok(count),
        false => Err(read.failure(&format!("`{list}` has {count} blocks"))),
    }
}

fn unknown(read: &Read<'_>, number: usize) -> Failure {
    read.failure(&format!(
        "its header does not say the window and the stride of stage {number} of its decoder"
    ))
}

/// A setting of the decoder in the header.
fn written<'r>(read: &'r Read<'_>, name: &str) -> Option<&'r Value> {
    read.checkpoint.written(&["vae", "decoder", name])
}

/// Three numbers of the header, or of an entry of a list there. `None` if it does not say them.
fn three(
    read: &Read<'_>,
    name: &str,
    entry: Option<usize>,
    most: i64,
) -> Result<Option<[i64; 3]>, Failure> {
    let Some(value) = written(read, name) else {
        return Ok(None);
    };
    let value = match entry {
        None => Some(value),
        Some(number) => value.get(number),
    };
    numbers(value, most)
        .map(Some)
        .ok_or_else(|| not_three(read, name))
}

/// What a stage makes of a position: frames, rows, columns.
fn stride(read: &Read<'_>, number: usize) -> Result<Option<[i64; 3]>, Failure> {
    let Some(value) = written(read, "upsamples") else {
        return Ok(None);
    };
    let value = value.get(number).and_then(|entry| entry.get(0));
    let stride = numbers(value, MOST_STRIDE);
    let stride = stride.filter(|[_, rows, columns]| rows == columns);
    stride.map(Some).ok_or_else(|| not_three(read, "upsamples"))
}

/// Three numbers from 1 to `most`.
fn numbers(value: Option<&Value>, most: i64) -> Option<[i64; 3]> {
    let list = value?.as_array()?.iter().map(Value::as_i64);
    let list: Vec<i64> = list.collect::<Option<_>>()?;
    let list: [i64; 3] = list.try_into().ok()?;
    let is_usable = list.iter().all(|number| (1..=most).contains(number));
    is_usable.then_some(list)
}

fn not_three(read: &Read<'_>, name: &str) -> Failure {
    read.failure(&format!(
        "`{name}` of the decoder in its header is not a usable list of frames, rows and columns"
    ))
}

/// Kinora's decoder predicts pixels in one step; others are refused.
fn refuse_other_predictions(read: &Read<'_>) -> Result<(), Failure> {
    let prediction = read.checkpoint.written(&["vae", "model_output_type"]);
    if let Some(other) = prediction
        .and_then(Value::as_str)
        .filter(|name| *name != "x0")
    {
        return Err(read.failure(&format!(
            "its decoder predicts `{other}`, Kinora's predicts pixels (`x0`)"
        )));
    }
    let scale = written(read, "timestep_scale_multiplier").and_then(Value::as_f64);
    match scale.filter(|scale| (scale - TIME_SCALE).abs() > f64::EPSILON) {
        None => Ok(()),
        Some(scale) => Err(read.failure(&format!(
            "its decoder multiplies times by {scale}, Kinora's by {TIME_SCALE}"
        ))),
    }
}
