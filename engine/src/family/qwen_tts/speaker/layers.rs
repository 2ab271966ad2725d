//! The layers of the speaker encoder. Source: `qwen_tts` `TimeDelayNetBlock`, `Res2NetBlock`, `SqueezeExcitationBlock`,
//! `SqueezeExcitationRes2NetBlock`, `AttentiveStatisticsPooling`. Shapes are written b c t.

use kinora_wire::Failure;
use tch::{Device, Kind, Tensor};

use super::config::{SpeakerConfig, Stage};
use crate::weights::Weights;

/// Least variance of the pooling.
const EPSILON: f64 = 1e-12;

/// A convolution over time that keeps the length: the ends are reflected.
#[derive(Debug)]
pub struct ReflectedConv {
    weight: Tensor, // out in t
    bias: Tensor,
    dilation: i64,
}

impl ReflectedConv {
    /// With a kernel of this length and dilation.
    pub fn new(
        mut weights: Weights,
        inputs: i64,
        outputs: i64,
        (kernel, dilation): (i64, i64),
    ) -> Result<Self, Failure> {
        Ok(Self {
            weight: weights.tensor("weight", &[outputs, inputs, kernel])?,
            bias: weights.tensor("bias", &[outputs])?,
            dilation,
        })
    }

    /// With a kernel of one frame.
    pub fn pointwise(weights: Weights, inputs: i64, outputs: i64) -> Result<Self, Failure> {
        Self::new(weights, inputs, outputs, (1, 1))
    }

    /// The device that it runs on.
    pub fn device(&self) -> Device {
        self.weight.device()
    }

    /// b in t -> b out t. There must be more frames than half of what the kernel reads.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let border = self.dilation * (self.weight.size()[2] - 1);
        let padded = match border {
            0 => x.shallow_clone(),
            _ => x.reflection_pad1d([border / 2, border - border / 2]),
        };
        padded.conv1d(&self.weight, Some(&self.bias), 1, 0, self.dilation, 1)
    }
}

/// x + a chain of convolutions over parts of the channels, then a factor for each channel from the whole sample.
#[derive(Debug)]
pub struct SqueezedBlock {
    before: ReflectedConv,
    parts: Vec<ReflectedConv>,
    after: ReflectedConv,
    squeeze: [ReflectedConv; 2],
}

impl SqueezedBlock {
    /// For this number of channels; `stage` has the same.
    pub fn new(
        config: &SpeakerConfig,
        mut weights: Weights,
        inputs: i64,
        stage: Stage,
    ) -> Result<Self, Failure> {
        let (outputs, part) = (stage.channels, stage.channels / config.parts);
        let before = ReflectedConv::pointwise(weights.at("tdnn1").at("conv"), inputs, outputs)?;
        let after = ReflectedConv::pointwise(weights.at("tdnn2").at("conv"), outputs, outputs)?;
        let mut squeeze = weights.at("se_block");
        let inner = config.squeezed_channels;
        let squeeze = [
            ReflectedConv::pointwise(squeeze.at("conv1"), outputs, inner)?,
            ReflectedConv::pointwise(squeeze.at("conv2"), inner, outputs)?,
        ];
        let mut chain = weights.at("res2net_block");
        let mut list = chain.at("blocks");
        let kernel = (stage.kernel, stage.dilation);
        let parts = (0..config.parts - 1)
            .map(|at| ReflectedConv::new(list.at(at).at("conv"), part, part, kernel));
        Ok(Self {
            before,
            parts: parts.collect::<Result<_, _>>()?,
            after,
            squeeze,
        })
    }

    /// b c t -> b c t.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let hidden = self.before.forward(x).relu();
        let parts = hidden.chunk(self.parts.len() as i64 + 1, 1);
        // The first part stays as it is. The second passes alone, each other with the result before it.
        let mut results: Vec<Tensor> = Vec::new();
        let mut convs = self.parts.iter();
        for (at, part) in parts.iter().enumerate() {
            let input = match results.last() {
                Some(before) if at > 1 => part + before,
                _ => part.shallow_clone(),
            };
            let result = match at {
                0 => Some(input),
                _ => convs.next().map(|conv| conv.forward(&input).relu()),
            };
            results.extend(result);
        }
        let hidden = self.after.forward(&Tensor::cat(&results, 1)).relu();
        let [first, second] = &self.squeeze;
        let mean = hidden.mean_dim(2, true, None::<Kind>);
        let factors = second.forward(&first.forward(&mean).relu()).sigmoid();
        hidden * factors + x
    }
}

/// Mean and deviation over time, weighted by attention.
#[derive(Debug)]
pub struct Pooling {
    inner: ReflectedConv,
    outer: ReflectedConv,
}

impl Pooling {
    /// For this number of channels.
    pub fn new(mut weights: Weights, channels: i64, inner: i64) -> Result<Self, Failure> {
        let mut tdnn = weights.at("tdnn");
        Ok(Self {
            inner: ReflectedConv::pointwise(tdnn.at("conv"), 3 * channels, inner)?,
            outer: ReflectedConv::pointwise(weights.at("conv"), inner, channels)?,
        })
    }

    /// b c t -> b 2c 1.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let even = x.ones_like() / x.size()[2] as f64;
        let [mean, deviation] = statistics(x, &even).map(|one| one.expand_as(x));
        let all = Tensor::cat(&[x, &mean, &deviation], 1);
        let attention = self.outer.forward(&self.inner.forward(&all).relu().tanh());
        let weights = attention.softmax(2, None::<Kind>);
        Tensor::cat(&statistics(x, &weights), 1)
    }
}

/// Mean and deviation over time: b c 1 each. The weights have the sum 1.
fn statistics(x: &Tensor, weights: &Tensor) -> [Tensor; 2] {
    let over_time = |x: Tensor| x.sum_dim_intlist(2, true, None::<Kind>);
    let mean = over_time(x * weights);
    let variance = over_time((x - &mean).square() * weights);
    [mean, variance.clamp_min(EPSILON).sqrt()]
}
