//! The sum of the tracks of a sequence, each through its strip. Mixed from where it stopped, or from before a place that it
//! is moved to, so that the place sounds as in a mix from the start.

use kinora_timeline::mixing::TrackMix;
use kinora_timeline::query::Segment;
use kinora_timeline::{Project, SequenceId, Track, TrackId, TrackKind};

use super::samples::{BLOCK, frames_around};
use super::strip::{Strip, pre_roll};
use crate::media::MediaError;

/// Where the sound of clips comes from.
pub(super) trait ClipSounds {
    /// Adds the sound of these clips from a sample of the timeline on, stereo interleaved.
    ///
    /// # Errors
    /// A file is damaged.
    fn add(
        &mut self,
        project: &Project,
        segments: &[&Segment],
        first: i64,
        into: &mut [f32],
    ) -> Result<(), MediaError>;
}

/// Receives the finished sound of each track, block by block.
pub(super) type EachTrack<'e> = dyn FnMut(TrackId, &[f32]) + 'e;

/// The state of the tracks of a sequence.
#[derive(Debug, Default)]
pub(super) struct Bus {
    lanes: Vec<Lane>,
    /// The sample that comes next; `None` before the first.
    next: Option<i64>,
    /// Room for what is mixed and thrown away.
    thrown: Vec<f32>,
}

/// A track that is heard.
#[derive(Debug)]
struct Lane {
    track: TrackId,
    strip: Strip,
    /// Its sound in this block.
    sound: Vec<f32>,
    /// The gains of its ducking in this block.
    ducking: Vec<f32>,
}

impl Bus {
    /// Mixes from a sample of the sequence on, stereo interleaved.
    ///
    /// # Errors
    /// A file is damaged.
    pub fn read(
        &mut self,
        sounds: &mut dyn ClipSounds,
        (project, sequence): (&Project, SequenceId),
        first: i64,
        into: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        if self.next != Some(first) {
            self.move_to(sounds, (project, sequence), first)?;
        }
        self.go_on(sounds, (project, sequence), first, into, each)
    }

    /// The number of samples that it keeps room for.
    #[cfg(test)]
    pub fn room(&self) -> usize {
        let lanes = self.lanes.iter();
        let lanes = lanes.map(|lane| lane.sound.capacity() + lane.ducking.capacity());
        self.thrown.capacity() + lanes.sum::<usize>()
    }

    fn move_to(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        first: i64,
    ) -> Result<(), MediaError> {
        let (project, sequence) = place;
        let tracks = project.playing_tracks_in(sequence, TrackKind::Audio);
        let before = pre_roll(tracks.map(|track| &**track)).min(first.max(0));
        self.lanes.iter_mut().for_each(|lane| lane.strip.reset());
        let mut thrown = std::mem::take(&mut self.thrown);
        let mut at = first - before;
        let mut moved = Ok(());
        while at < first && moved.is_ok() {
            let count = (first - at).min(BLOCK as i64);
            thrown.clear();
            thrown.resize(2 * count as usize, 0.0);
            moved = self.go_on(sounds, place, at, &mut thrown, &mut |_, _| {});
            at += count;
        }
        self.thrown = thrown;
        moved
    }

    fn go_on(
        &mut self,
        sounds: &mut dyn ClipSounds,
        place: (&Project, SequenceId),
        first: i64,
        into: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        self.next = None; // until it has gone well
        let mut at = first;
        for block in into.chunks_mut(2 * BLOCK) {
            self.block(sounds, place, at, block, each)?;
            at += (block.len() / 2) as i64;
        }
        self.next = Some(at);
        Ok(())
    }

    fn block(
        &mut self,
        sounds: &mut dyn ClipSounds,
        (project, sequence): (&Project, SequenceId),
        first: i64,
        sum: &mut [f32],
        each: &mut EachTrack<'_>,
    ) -> Result<(), MediaError> {
        let tracks = project.playing_tracks_in(sequence, TrackKind::Audio);
        self.keep_lanes(tracks.map(|track| &**track));
        let frames = frames_around(first, sum.len() / 2, project.rate());
        let segments = project.segments_in(sequence, frames);
        for lane in &mut self.lanes {
            lane.sound.clear();
            lane.sound.resize(sum.len(), 0.0);
            let own = segments.iter().filter(|one| one.track == lane.track);
            let own: Vec<&Segment> = own.collect();
            sounds.add(project, &own, first, &mut lane.sound)?;
            lane.strip.process(&mut lane.sound);
        }
        // All keys are there before the first track is made quieter, so that two tracks can duck each other.
        for at in 0..self.lanes.len() {
            self.duck(at, sum.len() / 2);
        }
        sum.fill(0.0);
        for lane in &mut self.lanes {
            let ducking = lane.strip.ducking().map(|_| &lane.ducking[..]);
            lane.strip.fade(&mut lane.sound, ducking);
            each(lane.track, &lane.sound);
            for (sum, sample) in sum.iter_mut().zip(&lane.sound) {
                *sum += sample;
            }
        }
        Ok(())
    }

    /// Fills the gains of the ducking of a lane.
    fn duck(&mut self, at: usize, count: usize) {
        let Some(lane) = self.lanes.get_mut(at) else {
            return;
        };
        let Some(key) = lane.strip.ducking().and_then(|ducking| ducking.key) else {
            return;
        };
        let mut gains = std::mem::take(&mut lane.ducking);
        gains.resize(count, 1.0);
        let key = self.lanes.iter().position(|lane| lane.track == key);
        let (before, rest) = self.lanes.split_at_mut(at);
        let Some((lane, after)) = rest.split_first_mut() else {
            return;
        };
        let key = match key {
            Some(key) if key < at => before.get(key),
            Some(key) if key > at => after.get(key - at - 1),
            _ => None,
        };
        lane.strip.duck(key.map(|key| &key.sound[..]), &mut gains);
        lane.ducking = gains;
    }

    /// Makes a lane of each of these tracks; those that were there keep their state.
    fn keep_lanes<'t>(&mut self, tracks: impl Iterator<Item = &'t Track>) {
        let tracks: Vec<(TrackId, &TrackMix)> =
            tracks.map(|track| (track.id, &track.mix)).collect();
        let same = self.lanes.iter().map(|lane| lane.track);
        if !same.eq(tracks.iter().map(|(track, _)| *track)) {
            let mut known = std::mem::take(&mut self.lanes);
            self.lanes.extend(tracks.iter().map(|(track, mix)| {
                let place = known.iter().position(|lane| lane.track == *track);
                place.map_or_else(|| Lane::new(*track, mix), |place| known.swap_remove(place))
            }));
        }
        for (lane, (_, mix)) in self.lanes.iter_mut().zip(tracks) {
            lane.strip.tune(mix);
        }
    }
}

impl Lane {
    fn new(track: TrackId, mix: &TrackMix) -> Self {
        Self {
            track,
            strip: Strip::new(mix),
            sound: Vec::new(),
            ducking: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
