//! The bandwidth extension: a second network reads the causal log-mel spectrogram of the first one's wave and adds what
//! lies above it to the wave raised by a sinc.

use kinora_wire::Failure;
use tch::Tensor;

use super::config::ExtensionConfig;
use super::network::Network;
use crate::sound::resample::raising_filter;
use crate::weights::Weights;

/// Least energy of a bin, before the logarithm.
const FLOOR: f64 = 1e-5;

/// b c n at the lower rate to b c multiple*n.
#[derive(Debug)]
pub struct Extension {
    network: Network,
    /// Cosines and sines times the window: 2*frequencies 1 window.
    basis: Tensor,
    /// bins frequencies.
    bank: Tensor,
    hop: i64,
    multiple: i64,
}

impl Extension {
    /// Builds it from its parameters. `weights` is the root of the vocoder.
    pub fn new(config: &ExtensionConfig, mut weights: Weights) -> Result<Self, Failure> {
        let network = Network::new(&config.network, weights.at("bwe_generator"))?;
        let frequencies = config.window / 2 + 1;
        let mut mel = weights.at("mel_stft");
        let bank = mel.exact("mel_basis", &[config.bins, frequencies])?;
        let basis = mel.at("stft_fn").exact(
            "forward_basis",
            &[frequencies.saturating_mul(2), 1, config.window],
        )?;
        Ok(Self {
            network,
            basis,
            bank,
            hop: config.hop,
            multiple: config.multiple(),
        })
    }

    /// Extends a wave. It is filled up with silence to a whole number of frames, which is cut off again.
    pub fn forward(&self, wave: &Tensor) -> Tensor {
        let samples = wave.size()[2];
        let missing = (self.hop - samples % self.hop) % self.hop;
        let whole = wave.constant_pad_nd([0, missing]);
        let above = self.network.forward(&self.spectrogram(&whole));
        let wave = (above + self.raised(&whole)).clamp_(-1.0, 1.0);
        wave.narrow(2, 0, samples * self.multiple)
    }

    /// b c n -> b c*bins frames. A frame reads no sample after its own hop.
    fn spectrogram(&self, wave: &Tensor) -> Tensor {
        let size = wave.size();
        let before = (self.basis.size()[2] - self.hop).max(0);
        let parts = wave
            .reshape([size[0] * size[1], 1, size[2]])
            .constant_pad_nd([before, 0])
            .conv1d(&self.basis, None::<&Tensor>, self.hop, 0, 1, 1); // b*c 2f frames
        let frequencies = parts.size()[1] / 2;
        let [real, imaginary] =
            [0, frequencies].map(|from| parts.narrow(1, from, frequencies).square());
        let magnitudes = (real + imaginary).sqrt();
        let mel = self.bank.matmul(&magnitudes).clamp_min(FLOOR).log();
        let frames = mel.size()[2];
        mel.reshape([size[0], -1, frames])
    }

    /// The wave at the higher rate: b c n -> b c multiple*n.
    fn raised(&self, wave: &Tensor) -> Tensor {
        let size = wave.size();
        let (filter, around) = raising_filter(self.multiple);
        let filter = filter.to_device(wave.device());
        wave.reshape([size[0] * size[1], 1, size[2]])
            .replication_pad1d([around, around])
            .conv_transpose1d(&filter, None::<&Tensor>, self.multiple, 0, 0, 1, 1)
            .narrow(2, 2 * around * self.multiple, size[2] * self.multiple)
            .view([size[0], size[1], -1])
            * self.multiple as f64
    }
}
