//! What becomes of a clip as it is decoded: frames as bytes and sound in blocks go to the listener of the job, in order.
//! After memory ran out the decoding begins again; what was sent before is not sent twice.

use kinora_wire::{Failure, PixelShape, Progress, SoundShape};
use tch::Tensor;

use crate::family::{ClipSink, SoundBlock};
use crate::job::Listener;
use crate::picture;
use crate::plan::Plan;

/// What of a clip was sent, over all attempts.
#[derive(Debug, Default)]
pub struct Sent {
    frames: u32,
    /// Samples of each channel.
    samples: u64,
}

/// Sends what one attempt decodes.
#[derive(Debug)]
pub struct Sender<'a> {
    plan: &'a Plan,
    sent: &'a mut Sent,
    /// What this attempt has decoded.
    decoded: Sent,
}

impl<'a> Sender<'a> {
    /// For an attempt from the start of the clip.
    pub fn new(plan: &'a Plan, sent: &'a mut Sent) -> Self {
        Self {
            plan,
            sent,
            decoded: Sent::default(),
        }
    }
}

impl ClipSink for Sender<'_> {
    fn frames(&mut self, frames: &Tensor, listener: &mut dyn Listener) -> Result<(), Failure> {
        let count = frames.size()[2] as u32;
        let known = self
            .sent
            .frames
            .saturating_sub(self.decoded.frames)
            .min(count);
        let picture = PixelShape {
            frames: count - known,
            width: self.plan.width() as u32,
            height: self.plan.height() as u32,
        };
        self.decoded.frames += count;
        if picture.frames == 0 {
            return Ok(());
        }
        let frames = frames.narrow(2, i64::from(known), i64::from(picture.frames));
        let pixels = picture::to_bytes(&frames)?;
        let progress = Progress::Frames {
            first: self.decoded.frames - picture.frames,
            picture,
        };
        listener.receive(progress, pixels)?;
        self.sent.frames = self.decoded.frames;
        Ok(())
    }

    fn sound(&mut self, block: SoundBlock, listener: &mut dyn Listener) -> Result<(), Failure> {
        let (first_sample, new) = unsent(block, &mut self.decoded.samples, self.sent.samples);
        if new.samples.is_empty() {
            return Ok(());
        }
        send_sound(first_sample, &new, listener)?;
        self.sent.samples = self.decoded.samples;
        Ok(())
    }
}

/// What of a block was not sent yet, and the number of its first sample. `decoded` counts the block; `sent` samples of each
/// channel were sent. Samples that not all channels have are left out.
fn unsent(block: SoundBlock, decoded: &mut u64, sent: u64) -> (u64, SoundBlock) {
    let channels = usize::from(block.channels.max(1));
    let count = block.samples.len() / channels;
    let known = sent.saturating_sub(*decoded).min(count as u64);
    let first_sample = *decoded + known;
    *decoded += count as u64;
    let mut samples = block.samples;
    samples.truncate(count * channels);
    samples.drain(..known as usize * channels);
    (first_sample, SoundBlock { samples, ..block })
}

/// Sends a block of sound to the listener; `first_sample` is the number of its first sample. The wire has one rate: a family
/// converts to it before it hands sound out.
pub fn send_sound(
    first_sample: u64,
    block: &SoundBlock,
    listener: &mut dyn Listener,
) -> Result<(), Failure> {
    let samples = block.samples.len() / usize::from(block.channels.max(1));
    let sound = SoundShape {
        samples: u32::try_from(samples).unwrap_or_default(),
        channels: block.channels,
        rate_hz: block.rate_hz,
    };
    let bytes = SoundShape::to_bytes(&block.samples);
    if sound.bytes() != Some(bytes.len()) {
        let form = format!("{} Hz, {} channels", block.rate_hz, block.channels);
        return Err(Failure::bug(format!(
            "{samples} samples of sound cannot be sent ({form})"
        )));
    }
    let progress = Progress::Sound {
        first_sample,
        sound,
    };
    listener.receive(progress, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_second_attempt_no_sample_is_sent_twice_and_none_is_left_out() {
        let block = |samples: &[f32]| SoundBlock {
            samples: samples.to_vec(),
            rate_hz: 48_000,
            channels: 2,
        };
        let (mut decoded, sent) = (0, 3);
        let mut given = |samples: &[f32]| {
            let (first, new) = unsent(block(samples), &mut decoded, sent);
            (first, new.samples)
        };
        assert_eq!(given(&[0.0, 0.1, 1.0, 1.1]), (2, vec![]));
        assert_eq!(given(&[2.0, 2.1, 3.0, 3.1]), (3, vec![3.0, 3.1]));
        assert_eq!(
            given(&[4.0, 4.1, 5.0]),
            (4, vec![4.0, 4.1]),
            "half a sample"
        );
        assert_eq!(decoded, 5);
    }

    /// Keeps what it is sent.
    #[derive(Default)]
    struct Received(Vec<(Progress, Vec<u8>)>);

    impl Listener for Received {
        fn receive(&mut self, progress: Progress, pixels: Vec<u8>) -> Result<(), Failure> {
            self.0.push((progress, pixels));
            Ok(())
        }

        fn check(&mut self) -> Result<(), Failure> {
            Ok(())
        }
    }

    #[test]
    fn sound_is_sent_as_the_wire_carries_it_and_of_another_rate_it_is_not() {
        let mut block = SoundBlock {
            samples: vec![0.5, -0.5, 0.25, -0.25],
            rate_hz: SoundShape::RATE_HZ,
            channels: 2,
        };
        let mut received = Received::default();
        send_sound(7, &block, &mut received).expect("sent");
        let (progress, bytes) = &received.0[0];
        let expected = Progress::Sound {
            first_sample: 7,
            sound: SoundShape::new(2, 2),
        };
        assert_eq!(*progress, expected);
        let read: Vec<f32> = SoundShape::new(2, 2).split(bytes).collect();
        assert_eq!(read, block.samples);
        block.rate_hz = 24_000;
        assert!(send_sound(7, &block, &mut received).is_err());
        assert_eq!(received.0.len(), 1);
    }
}
