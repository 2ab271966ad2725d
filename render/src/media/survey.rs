//! A survey of a file: decodes all of it once without showing it, to know what of it cannot be read. Kept beside the
//! project's other caches.

use std::ops::RangeInclusive;
use std::path::Path;

use kinora_timeline::Frames;
use serde::{Deserialize, Serialize};

use super::kept::{keep, kept};
use super::picture_decoder::PictureDecoder;
use super::probe::Key;
use super::sound_decoder::{DamagedMoments, SoundDecoder, SoundStep};
use super::{MediaError, PictureTrack, Probe};
use crate::ffi::has_decode_errors;

/// What of a file cannot be decoded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Stored frames that are missing or damaged, counted from 0, in ascending order.
    pub frames: Vec<RangeInclusive<i64>>,
    /// Damaged moments of the sound: begin and end in seconds of the file's clock from its first picture, ascending.
    pub sounds: Vec<[f64; 2]>,
}

impl Survey {
    /// The survey that is kept at a place, if there is one.
    pub fn kept(place: &Path) -> Option<Self> {
        kept(place)
    }

    /// Keeps the survey at a place, for [`Survey::kept`].
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn keep(&self, place: &Path) -> std::io::Result<()> {
        keep(self, place)
    }

    /// Whether all of the file can be decoded.
    pub fn is_whole(&self) -> bool {
        self.frames.is_empty() && self.sounds.is_empty()
    }

    /// When pictures may be disturbed, in seconds from the first picture: from a damaged frame to the next one that is
    /// decoded without others. Ascending, apart from one another.
    pub fn disturbed_seconds(&self, track: &PictureTrack) -> Vec<[f64; 2]> {
        let timing = &track.timing;
        let count = timing.count().unwrap_or(track.frames.0);
        let seconds = |number: i64| match number >= count {
            true => track.frames.as_seconds(track.rate),
            false => timing.seconds(timing.ticks_of(Frames(number))) - timing.start_seconds(),
        };
        let mut moments: Vec<[f64; 2]> = Vec::new();
        for range in &self.frames {
            let keys = track.keys.iter();
            let later = keys.map(|key| timing.number_of(key.shown).0);
            // Without key frames, damage lasts as long as it is seen.
            let next = later.filter(|number| number > range.end()).min();
            let end = match track.keys.is_empty() {
                true => range.end() + 1,
                false => next.unwrap_or(count),
            };
            let [from, to] = [*range.start(), end].map(seconds);
            match moments.last_mut() {
                Some([_, last]) if from <= *last => *last = last.max(to),
                _ => moments.push([from, to]),
            }
        }
        moments
    }

    /// The number of damaged frames.
    pub fn damaged_frames(&self) -> i64 {
        let length = |range: &RangeInclusive<i64>| range.end() - range.start() + 1;
        self.frames.iter().map(length).sum()
    }
}

/// Decodes all of a file. `on_progress` is called with the share that is done, from 0 to 1.
///
/// # Errors
/// The file cannot be opened, or has no decoder here.
pub fn survey(
    path: &Path,
    probe: &Probe,
    on_progress: &mut dyn FnMut(f64),
) -> Result<Survey, MediaError> {
    let mut survey = survey_pictures(path, probe, Vec::new(), on_progress)?;
    if probe.sound.is_some() {
        let start = probe.picture.as_ref();
        let start = start.map_or(0.0, |track| track.timing.start_seconds());
        // Decoding pictures takes most of the time.
        let done = probe.picture.as_ref().map(|_| 1.0);
        let mut progress = |share| on_progress(done.unwrap_or(share));
        survey.sounds = damaged_sounds(path, start, &mut progress)?;
    }
    Ok(survey)
}

/// Decodes the pictures of a file whose sound was decoded before: `sounds` are its damaged moments.
///
/// # Errors
/// The file cannot be opened, or has no decoder here.
pub fn survey_pictures(
    path: &Path,
    probe: &Probe,
    sounds: Vec<[f64; 2]>,
    on_progress: &mut dyn FnMut(f64),
) -> Result<Survey, MediaError> {
    let frames = match &probe.picture {
        Some(track) => damaged_frames(path, track, on_progress)?,
        None => Vec::new(),
    };
    Ok(Survey { frames, sounds })
}

fn damaged_frames(
    path: &Path,
    track: &PictureTrack,
    on_progress: &mut dyn FnMut(f64),
) -> Result<Vec<RangeInclusive<i64>>, MediaError> {
    let failed = |error| MediaError::unreadable(path, error);
    // One frame at a time: FFmpeg 5.1 loses its reports of damage where it decodes several H.264 frames at once.
    let mut decoder = PictureDecoder::open(path)?;
    // A stored frame of a variable rate counts once, however long it is shown.
    let count = track.timing.count().unwrap_or(track.frames.0);
    let mut is_read = vec![false; usize::try_from(count).unwrap_or(0)];
    let mut counted = track.is_counted.then_some(0);
    // The last frame that was read, or the last key frame that was tried.
    let mut reached = -1;
    loop {
        while let Some(frame) = decoder.next().map_err(failed)? {
            let number = if let Some(next) = &mut counted {
                *next += 1;
                *next - 1
            } else {
                let start = track.timing.start_ticks();
                let time = frame.timestamp().unwrap_or(start);
                track.timing.number_of(time).0
            };
            reached = reached.max(number);
            let place = usize::try_from(number).ok();
            if let Some(is_read) = place.and_then(|place| is_read.get_mut(place)) {
                *is_read |= !frame.is_corrupt() && !has_decode_errors(&frame);
            }
            on_progress(reached as f64 / count.max(1) as f64);
        }
        // Too many errors in a row end the decoding: it goes on at the next key frame.
        let number_of = |key: &Key| track.timing.number_of(key.shown).0;
        let mut keys = track.keys.iter();
        let Some(key) = keys.find(|key| (reached + 1..count).contains(&number_of(key))) else {
            break;
        };
        reached = number_of(key);
        counted = counted.map(|_| reached);
        let time = track.timing.microseconds(key.decoded.min(key.shown)) + 1;
        if decoder.seek(time, Some(*key)).is_err() {
            break;
        }
    }
    Ok(ranges(&is_read))
}

/// The ranges of what was not read.
fn ranges(is_read: &[bool]) -> Vec<RangeInclusive<i64>> {
    let mut ranges: Vec<RangeInclusive<i64>> = Vec::new();
    for (number, _) in (0..).zip(is_read).filter(|(_, is_read)| !**is_read) {
        match ranges.last_mut() {
            Some(last) if *last.end() == number - 1 => *last = *last.start()..=number,
            _ => ranges.push(number..=number),
        }
    }
    ranges
}

fn damaged_sounds(
    path: &Path,
    start_seconds: f64,
    on_progress: &mut dyn FnMut(f64),
) -> Result<DamagedMoments, MediaError> {
    let decoder = SoundDecoder::open(path)?;
    let whole_seconds = decoder.whole_seconds().max(1e-3);
    let tick_seconds = f64::from(decoder.base());
    let mut share = 0.0;
    let found = decoder.run(start_seconds, &mut |step| {
        if let SoundStep::Packet(packet) = step {
            let time = packet.pts().or(packet.dts()).unwrap_or(0);
            let seconds = time as f64 * tick_seconds - start_seconds;
            share = (seconds / whole_seconds).clamp(0.0, 1.0);
        }
        on_progress(share);
        Ok(true)
    });
    found.map_err(|error| MediaError::unreadable(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_were_not_read_become_ranges() {
        let read = [true, false, false, true, false];
        assert_eq!(ranges(&read), [1..=2, 4..=4]);
        assert_eq!(ranges(&[true, true]), []);
    }
}
