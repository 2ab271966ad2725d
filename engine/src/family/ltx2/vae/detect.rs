//! Reads the shape of an autoencoder from its weights, and checks that its layers fit together.
//! The form follows from the shapes; the file need not say it.

use kinora_wire::Failure;

use super::FRAMES_PER_LATENT;
use super::config::{DecoderConfig, Form, Half, Layer, Layers, VaeConfig, factors};
use super::diffusion::DiffusionConfig;
use super::patches::COLOURS;
use super::read::Read;
use super::resample::Stride;
use super::statistics::{DEVIATION, MEAN, MODULE};
use crate::weights::Checkpoint;

/// Most pixels per latent position, along each side: a damaged or hostile file may hold any number of layers.
const MOST_PIXELS_PER_LATENT: i64 = 64;
/// Most residual blocks of a half. A released half has 20; each runs inside the one before it (`stack.rs`).
const MOST_BLOCKS: usize = 200;
/// Most pixels along the side of a square that is one position of the first layer.
const MOST_PATCH: i64 = 8;

impl VaeConfig {
    /// Reads the shape from the weights. Fails, with the name of the tensor, if a needed one is missing or does not fit.
    pub fn detect(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let read = Read { checkpoint };
        let mean = format!("{MODULE}.{MEAN}");
        let channels = read.length(&mean, 0)?;
        let config = Self {
            channels,
            patch: read.patch()?,
            encoder: read.half(Half::Encoder)?,
            decoder: read.decoder()?,
        };
        let expected = [
            (format!("{MODULE}.{DEVIATION}"), 0, channels),
            (config.first_of_decoder().into(), 1, channels),
            ("encoder.conv_out.conv.weight".into(), 0, channels + 1),
        ];
        for (name, axis, length) in expected {
            let found = read.length(&name, axis)?;
            if found != length {
                return Err(read.failure(&format!(
                    "`{name}` has {found} channels where the {channels} of `{mean}` need {length}"
                )));
            }
        }
        match config.misfit() {
            None => Ok(config),
            Some(what) => Err(read.failure(&what)),
        }
    }

    /// The weight of the first layer of its decoder.
    fn first_of_decoder(&self) -> &'static str {
        match self.decoder {
            DecoderConfig::Plain(..) => "decoder.conv_in.conv.weight",
            DecoderConfig::Diffusion(_) => "decoder.conv_in.weight",
        }
    }

    /// What does not fit: layers that do not follow from one another, shortcuts that cannot be divided, halves that do
    /// not undo one another.
    fn misfit(&self) -> Option<String> {
        let halves = [Half::Encoder, Half::Decoder];
        for (half, layers) in halves.map(|half| (half, self.half(half))) {
            if let Some(what) = layers.and_then(|layers| self.misfit_of(half, layers)) {
                return Some(what);
            }
        }
        let of = |layers: &Layers| {
            let Stride { frames, side } = factors(&layers.layers);
            [frames, side.saturating_mul(self.patch)]
        };
        let down = of(&self.encoder);
        let up = match &self.decoder {
            DecoderConfig::Plain(_, layers) => of(layers),
            DecoderConfig::Diffusion(diffusion) => diffusion.frames_and_pixels(),
        };
        let is_known =
            down[0] == FRAMES_PER_LATENT && down[1] <= MOST_PIXELS_PER_LATENT && down == up;
        (!is_known).then(|| {
            let [[read, wide], [made, large]] = [down, up];
            format!(
                "its encoder makes one latent position of {read} frames of {wide}x{wide} pixels, its decoder {made} frames of {large}x{large} pixels"
            )
        })
    }

    /// What does not fit in a half.
    fn misfit_of(&self, half: Half, own: &Layers) -> Option<String> {
        let mut width = own.first_width;
        for (number, layer) in own.layers.iter().enumerate() {
            let name = format!("`{}.{}.{number}`", half.name(), half.list());
            if layer.inputs() != width {
                return Some(format!(
                    "{name} reads {} channels, the layer before it writes {width}",
                    layer.inputs()
                ));
            }
            let form = self.form().unwrap_or(Form::Zeros);
            if !has_whole_groups(*layer, half, form) {
                return Some(format!(
                    "the channels of {name} cannot be divided evenly for its shortcut"
                ));
            }
            width = layer.outputs();
        }
        (blocks(&own.layers) > MOST_BLOCKS).then(|| {
            let name = half.name();
            format!("its {name} has more than {MOST_BLOCKS} residual blocks")
        })
    }
}

/// The residual blocks of these layers.
fn blocks(layers: &[Layer]) -> usize {
    let counts = layers.iter().map(|layer| match layer {
        Layer::Residual { count, .. } => *count,
        Layer::Resample { .. } => 1,
    });
    counts.sum()
}

/// LTX-2.0's decoder is the one whose three upsampling layers all make frames and pixels.
fn form_of(decoder: &[Layer]) -> Form {
    let strides = decoder.iter().filter_map(|layer| match layer {
        Layer::Resample { stride, .. } => Some(*stride),
        Layer::Residual { .. } => None,
    });
    match strides.eq([Stride::BOTH; 3]) {
        true => Form::Mirrored,
        false => Form::Zeros,
    }
}

/// Whether the shortcut round this layer takes the mean of, or repeats, a whole number of channels.
fn has_whole_groups(layer: Layer, half: Half, form: Form) -> bool {
    let Layer::Resample {
        inputs,
        outputs,
        stride,
    } = layer
    else {
        return true;
    };
    let volume = stride.volume();
    match (half, form) {
        (Half::Encoder, _) => outputs % volume == 0 && inputs.saturating_mul(volume) % outputs == 0,
        (Half::Decoder, Form::Mirrored) => {
            inputs % volume == 0 && outputs.saturating_mul(volume) % inputs == 0
        }
        (Half::Decoder, Form::Zeros) => true,
    }
}

impl Read<'_> {
    fn patch(&self) -> Result<i64, Failure> {
        let name = "encoder.conv_in.conv.weight";
        let channels = self.length(name, 1)?;
        let mut sides = 1..=MOST_PATCH;
        let patch = sides.find(|side| COLOURS * side * side == channels);
        patch.ok_or_else(|| {
            self.failure(&format!(
                "`{name}` reads {channels} channels, which are not the colours of a square of pixels"
            ))
        })
    }

    fn decoder(&self) -> Result<DecoderConfig, Failure> {
        if let Some(diffusion) = DiffusionConfig::detect(self)? {
            return Ok(DecoderConfig::Diffusion(diffusion));
        }
        let layers = self.half(Half::Decoder)?;
        Ok(DecoderConfig::Plain(form_of(&layers.layers), layers))
    }

    fn half(&self, half: Half) -> Result<Layers, Failure> {
        let first = format!("{}.conv_in.conv.weight", half.name());
        Ok(Layers {
            first_width: self.length(&first, 0)?,
            layers: self.layers(half)?,
        })
    }

    fn layers(&self, half: Half) -> Result<Vec<Layer>, Failure> {
        let list = format!("{}.{}", half.name(), half.list());
        let count = self.checkpoint.count(&list);
        let numbers = 0..count;
        numbers
            .map(|number| {
                let layer = format!("{list}.{number}");
                let conv = format!("{layer}.conv.conv.weight");
                if self.checkpoint.shape(&conv).is_none() {
                    let first = format!("{layer}.res_blocks.0.conv1.conv.weight");
                    return Ok(Layer::Residual {
                        width: self.length(&first, 1)?,
                        count: self.checkpoint.count(&format!("{layer}.res_blocks")),
                    });
                }
                let next = (number + 1 < count).then(|| format!("{list}.{}", number + 1));
                self.resample(half, &conv, next.as_deref())
            })
            .collect()
    }

    /// A resampling layer by its convolution. Its stride is the ratio of the convolution's channels to those that the
    /// next layer reads.
    fn resample(&self, half: Half, conv: &str, next: Option<&str>) -> Result<Layer, Failure> {
        let inputs = self.length(conv, 1)?;
        let convolved = self.length(conv, 0)?;
        let following = match next {
            None => format!("{}.conv_out.conv.weight", half.name()),
            Some(next) => {
                let resampling = format!("{next}.conv.conv.weight");
                match self.checkpoint.shape(&resampling) {
                    Some(_) => resampling,
                    None => format!("{next}.res_blocks.0.conv1.conv.weight"),
                }
            }
        };
        let outputs = self.length(&following, 1)?;
        let [large, small] = match half {
            Half::Encoder => [outputs, convolved],
            Half::Decoder => [convolved, outputs],
        };
        let volume = (large % small == 0).then_some(large / small);
        let stride = volume.and_then(Stride::of_volume).ok_or_else(|| {
            self.failure(&format!(
                "`{conv}` makes {convolved} channels, which do not become the {outputs} of `{following}`"
            ))
        })?;
        Ok(Layer::Resample {
            inputs,
            outputs,
            stride,
        })
    }
}
