//! Seeking in a video: a near frame is decoded forward, a far one from the key frame before it. A damaged or unindexed file
//! is tried from further and further back.

use ffmpeg_the_third as ffmpeg;
use kinora_timeline::Frames;

use super::VideoReader;
use crate::media::picture_decoder::PictureDecoder;
use crate::media::probe::Key;

/// Seconds before a frame at which to look for a key frame, tried in turn.
const SEEK_BACK: [i64; 4] = [0, 1, 10, 1_000_000];
/// Key frames to try, one before the other, if nothing can be decoded from the nearest.
const KEYS_TRIED: usize = 4;
const MICROSECONDS: i64 = 1_000_000;

impl VideoReader {
    /// Decodes forward if the frame is near, else from the key frame before it.
    pub(super) fn go_to(&mut self, number: Frames) -> Result<(), ffmpeg::Error> {
        let reached = self.current.as_ref().map(|current| current.number);
        let is_ahead = match reached {
            Some(reached) => reached <= number,
            None => !self.decoder.is_drained() && self.ahead.is_none(),
        };
        let distance = number - reached.unwrap_or(Frames(-1));
        let key = self.key_before(number);
        let is_after_key = key.is_some_and(|at| {
            reached.is_some_and(|reached| self.timing.number_of(self.keys[at].shown) <= reached)
        });
        let is_from_start = self.counted.is_some() && self.keys.is_empty();
        let is_near = distance <= self.worth_seeking || is_after_key || is_from_start;
        if is_ahead && (self.decoder.is_drained() || is_near) {
            self.decode_up_to(number)?;
        } else if is_from_start {
            self.restart()?;
            self.decode_up_to(number)?;
        } else if let Some(key) = key {
            self.seek_to_keys(number, key)?;
        } else {
            self.seek_by_time(number)?;
        }
        if self.current.is_none() {
            self.show_ahead(); // nothing before it can be decoded
        }
        self.note(number);
        Ok(())
    }

    /// The last key frame that is shown at a frame or before it; the first one, if all are later.
    fn key_before(&self, number: Frames) -> Option<usize> {
        let time = self.timing.ticks_of(number);
        let after = self.keys.partition_point(|key| key.shown <= time);
        (!self.keys.is_empty()).then(|| after.saturating_sub(1))
    }

    /// Decodes from a key frame on; from one before it, if nothing comes of it.
    fn seek_to_keys(&mut self, number: Frames, key: usize) -> Result<(), ffmpeg::Error> {
        for tried in 0..KEYS_TRIED.min(key + 1) {
            let key = self.keys[key - tried];
            let time = self.timing.microseconds(key.decoded.min(key.shown)) + 1;
            for back in SEEK_BACK {
                self.seek(time.saturating_sub(back * MICROSECONDS), Some(key))?;
                self.decode_up_to(number)?;
                if !self.decoder.is_too_late() {
                    break;
                }
            }
            if self.current.is_some() {
                return Ok(());
            }
        }
        match (self.ahead.is_some(), self.counted.is_some()) {
            (true, _) => Ok(()), // the first frames are damaged: a later one stands in
            (false, true) => {
                self.restart()?;
                self.decode_up_to(number)
            }
            (false, false) => self.seek_by_time(number),
        }
    }

    /// Decodes from wherever a seek leads, further and further before the frame: for files that name no key frames.
    fn seek_by_time(&mut self, number: Frames) -> Result<(), ffmpeg::Error> {
        let start = self.timing.microseconds(self.timing.start_ticks());
        let time = self.timing.microseconds(self.timing.ticks_of(number));
        for back in SEEK_BACK {
            let wanted = time.saturating_sub(back * MICROSECONDS).max(start);
            self.seek(wanted, None)?;
            self.decode_up_to(number)?;
            if self.current.is_some() {
                break; // otherwise the key frame was after the wanted frame
            }
        }
        Ok(())
    }

    fn seek(&mut self, microseconds: i64, key: Option<Key>) -> Result<(), ffmpeg::Error> {
        self.forget();
        if self.counted.is_some() {
            self.counted = key.map(|key| self.timing.number_of(key.shown).0);
        }
        self.decoder.seek(microseconds, key)
    }

    /// Begins again at the first frame: for files that cannot be sought in.
    fn restart(&mut self) -> Result<(), ffmpeg::Error> {
        self.forget();
        self.counted = Some(0);
        let reopened = PictureDecoder::open(&self.path);
        self.decoder = reopened.map_err(|_| ffmpeg::Error::StreamNotFound)?;
        Ok(())
    }
}
