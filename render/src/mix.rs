//! The sound mix: the samples of all clips, with gain, fades and speed, through the strips of their tracks and the master.
//! 48 kHz, stereo. Playing and exporting use the same mixer.
//!
//! ```text
//! sources -> clip_sound -> strip (equaliser, compressor, ducker) -> bus -> output (gain, limiter) -> loudness
//!    '- nested: a sequence shown by a clip is a bus of its own
//! ```
//!
//! The mix does not depend on the size of the ranges that are requested. A range that does not follow the one before is
//! reached with a pre-roll (`strip.rs`), after which the mix is that from the start to 1e-5 of full scale. Without
//! processors there is no pre-roll, and it is the same to the bit.

mod biquad;
mod bus;
mod clip_sound;
mod compressor;
mod ducker;
mod equaliser;
mod limiter;
mod loudness;
mod nested;
mod output;
mod samples;
mod smoother;
mod sources;
mod strip;
mod true_peak;

use std::collections::BTreeSet;
use std::path::Path;

use kinora_timeline::{ContentHash, FrameRange, Project, TrackId};

use crate::media::MediaError;
use bus::{Bus, EachTrack};
use output::Output;
use samples::BLOCK;
use sources::Sources;

pub use loudness::{Loudness, LoudnessMeter};
pub use output::DELIVERY_CEILING_DB;
pub use samples::sample_at;

/// Mixes the sound of a project.
pub struct Mixer {
    sources: Sources,
    bus: Bus,
    output: Output,
    is_delivery: bool,
    /// The sample that comes out next; `None` before the first.
    next: Option<i64>,
    /// A block of the sum.
    block: Vec<f32>,
    /// The highest amplitudes of each track since they were taken.
    peaks: Vec<(TrackId, [f32; 2])>,
}

impl Mixer {
    /// For the project in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            sources: Sources::new(folder),
            bus: Bus::default(),
            output: Output::new(None),
            is_delivery: false,
            next: None,
            block: Vec::new(),
            peaks: Vec::new(),
        }
    }

    /// With a gain behind the master, and a limiter that keeps the peaks below [`DELIVERY_CEILING_DB`].
    #[must_use]
    pub fn delivered(self, gain_db: f64) -> Self {
        Self {
            output: Output::new(Some(gain_db)),
            is_delivery: true,
            ..self
        }
    }

    /// The mix of a range of frames, stereo interleaved.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn mix(&mut self, project: &Project, range: FrameRange) -> Result<Vec<f32>, MediaError> {
        let (first, mut mixed) = room_for(project, range);
        self.fill(project, first, &mut mixed)?;
        Ok(mixed)
    }

    /// The highest amplitudes of left and right of each track that is heard, behind its fader, since this was called
    /// last.
    pub fn take_peaks(&mut self) -> Vec<(TrackId, [f32; 2])> {
        std::mem::take(&mut self.peaks)
    }

    /// The media that were silent so far, since their files are missing.
    pub fn missing(&self) -> &BTreeSet<ContentHash> {
        self.sources.missing()
    }

    /// Mixes from a sample of the timeline on.
    fn fill(&mut self, project: &Project, first: i64, into: &mut [f32]) -> Result<(), MediaError> {
        self.sources.notice(project);
        let master = project.master();
        self.output.tune(&master);
        if self.next != Some(first) {
            self.output.reset();
            let before = Output::pre_roll(&master, self.is_delivery).min(first.max(0));
            self.skip(project, first - before, first)?;
        }
        self.go_on(project, first, into)
    }

    /// Mixes and throws away.
    fn skip(&mut self, project: &Project, from: i64, to: i64) -> Result<(), MediaError> {
        let mut thrown = vec![0.0; 2 * ((to - from) as usize).min(BLOCK)];
        let mut at = from;
        while at < to {
            let count = (to - at).min(BLOCK as i64);
            self.go_on(project, at, &mut thrown[..2 * count as usize])?;
            at += count;
        }
        Ok(())
    }

    /// Mixes what follows. The limiters look ahead, so the sum is read further than the mix.
    fn go_on(&mut self, project: &Project, first: i64, into: &mut [f32]) -> Result<(), MediaError> {
        self.next = None; // until it has gone well
        let place = (project, project.open_sequence());
        let mut done = 0;
        while done < into.len() {
            let missing = self.output.missing();
            let taken = self.output.latency() - missing;
            let from = first + (done / 2 + taken) as i64;
            let count = ((into.len() - done) / 2 + missing).min(BLOCK);
            self.block.clear();
            self.block.resize(2 * count, 0.0);
            let peaks = &mut self.peaks;
            let mut each = |track: TrackId, sound: &[f32]| note_peak(peaks, track, sound);
            self.bus
                .read(&mut self.sources, place, from, &mut self.block, &mut each)?;
            self.output.process(&mut self.block);
            into[done..done + self.block.len()].copy_from_slice(&self.block);
            done += self.block.len();
        }
        self.next = Some(first + (into.len() / 2) as i64);
        Ok(())
    }
}

/// Mixes the tracks of a project one by one, before the master. Their sum is the sum that the master gets.
pub struct StemMixer {
    sources: Sources,
    bus: Bus,
}

impl StemMixer {
    /// For the project in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            sources: Sources::new(folder),
            bus: Bus::default(),
        }
    }

    /// The sound of each track that is heard in a range of frames, stereo interleaved, in the order of the tracks.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn stems(
        &mut self,
        project: &Project,
        range: FrameRange,
    ) -> Result<Vec<(TrackId, Vec<f32>)>, MediaError> {
        self.sources.notice(project);
        let (first, mut sum) = room_for(project, range);
        let mut stems: Vec<(TrackId, Vec<f32>)> = Vec::new();
        let each: &mut EachTrack<'_> =
            &mut |track, sound| match stems.iter_mut().find(|(known, _)| *known == track) {
                Some((_, stem)) => stem.extend_from_slice(sound),
                None => stems.push((track, sound.to_vec())),
            };
        let place = (project, project.open_sequence());
        self.bus
            .read(&mut self.sources, place, first, &mut sum, each)?;
        Ok(stems)
    }

    /// The media that were silent so far, since their files are missing.
    pub fn missing(&self) -> &BTreeSet<ContentHash> {
        self.sources.missing()
    }
}

/// The first sample of a range of frames, and room for all of them.
fn room_for(project: &Project, range: FrameRange) -> (i64, Vec<f32>) {
    let rate = project.rate();
    let first = sample_at(range.start, rate);
    let count = sample_at(range.end(), rate) - first;
    (first, vec![0.0; usize::try_from(count).unwrap_or(0) * 2])
}

fn note_peak(peaks: &mut Vec<(TrackId, [f32; 2])>, track: TrackId, sound: &[f32]) {
    let place = peaks.iter().position(|(known, _)| *known == track);
    let place = place.unwrap_or_else(|| {
        peaks.push((track, [0.0; 2]));
        peaks.len() - 1
    });
    let Some((_, [left, right])) = peaks.get_mut(place) else {
        return;
    };
    for pair in sound.chunks_exact(2) {
        *left = left.max(pair[0].abs());
        *right = right.max(pair[1].abs());
    }
}
