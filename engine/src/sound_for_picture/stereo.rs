//! Sound of two channels, and adding to it from a place between left and right.

/// Two channels of samples from -1 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Stereo {
    /// Of the left ear.
    pub left: Vec<f32>,
    /// Of the right ear, as many.
    pub right: Vec<f32>,
}

impl Stereo {
    /// Silence.
    pub fn silent(samples: usize) -> Self {
        Self {
            left: vec![0.0; samples],
            right: vec![0.0; samples],
        }
    }

    /// Blocks of at most `most` samples of each channel, left and right in turn.
    pub fn blocks(&self, most: usize) -> impl Iterator<Item = Vec<f32>> {
        let most = most.max(1);
        let pairs = self.left.chunks(most).zip(self.right.chunks(most));
        pairs.map(|(left, right)| {
            let samples = left.iter().zip(right);
            samples.flat_map(|(left, right)| [*left, *right]).collect()
        })
    }

    /// The mean of both channels.
    pub fn mono(&self) -> Vec<f32> {
        let pairs = self.left.iter().zip(&self.right);
        pairs
            .map(|(left, right)| f32::midpoint(*left, *right))
            .collect()
    }

    /// The largest sample.
    pub fn peak(&self) -> f32 {
        let all = self.left.iter().chain(&self.right);
        all.fold(0.0, |most, sample| most.max(sample.abs()))
    }

    /// Adds a sound from the sample `first`, which may lie before the clip, at a place from -1 to 1, with constant power.
    pub fn add(&mut self, first: i64, sound: &[f32], gain: f32, pan: f32) {
        self.add_moving(first, sound, gain, &|_| pan);
    }

    /// The same with a place that changes: `pan` at a sample of the clip.
    pub fn add_moving(&mut self, first: i64, sound: &[f32], gain: f32, pan: &dyn Fn(usize) -> f32) {
        let skipped = (-first).max(0) as usize;
        let begins = first.max(0) as usize;
        let places = begins..self.left.len();
        for (sample, at) in sound.iter().skip(skipped).zip(places) {
            let angle = (pan(at).clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
            // In the middle each ear has the whole sound.
            let loud = sample * gain * std::f32::consts::SQRT_2;
            self.left[at] += loud * angle.cos();
            self.right[at] += loud * angle.sin();
        }
    }
}
