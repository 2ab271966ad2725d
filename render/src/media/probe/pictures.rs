//! The packets of a video stream: when their frames are shown and decoded, and where key frames are. Files that do not say
//! when frames are shown are counted.

use ffmpeg::codec::Id;
use ffmpeg_the_third as ffmpeg;

use super::stream::{format_of, rates_of, size_of, tick_of};
use super::{Damage, Fields, Key, LATEST_TICKS, PictureTrack};
use crate::media::colours::Tags;
use crate::media::orientation::Orientation;
use crate::media::reordered::shown_times;
use crate::media::timing::Timing;

/// A file that ends earlier than it says by this part of its length was cut short.
const CUT_SHORT: f64 = 0.98;

/// The packets of a video stream.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// When each frame is shown.
    shown: Vec<i64>,
    /// When each frame is decoded; for files that say nothing else.
    decoded: Vec<i64>,
    keys: Vec<Key>,
    packets: i64,
    pub(super) has_shown_times: bool,
    /// Some packets say only when they are decoded.
    pub(super) lacks_shown_times: bool,
    /// Frames that wait in the decoder for others that are shown before them; of files that say nothing else.
    pub(super) delay: usize,
    last_shown: i64,
    last_duration: Option<i64>,
}

impl Pictures {
    pub(super) fn add(&mut self, packet: &ffmpeg::Packet, is_shown: bool) {
        self.packets += 1;
        let within = |time: &i64| time.abs() < LATEST_TICKS;
        let (shown, decoded) = (packet.pts().filter(within), packet.dts().filter(within));
        self.has_shown_times |= shown.is_some();
        self.lacks_shown_times |= shown.is_none() && decoded.is_some();
        if packet.is_key()
            && let Some(time) = shown.or(decoded)
        {
            self.keys.push(Key {
                shown: time,
                decoded: decoded.unwrap_or(time),
            });
        }
        // What comes before the first key frame cannot be decoded; nor can what is shown before it.
        let first_key = self.keys.first();
        let is_before = |time: i64| first_key.is_some_and(|key| time < key.shown);
        if !is_shown {
            return;
        }
        if let Some(time) = shown.filter(|time| !is_before(*time)) {
            if self.shown.is_empty() || time >= self.last_shown {
                self.last_shown = time;
                self.last_duration = Some(packet.duration()).filter(|ticks| *ticks > 0);
            }
            self.shown.push(time);
        }
        self.decoded.extend(decoded);
    }

    /// When the frames are shown, and the key frames among them, by when they are decoded.
    fn reordered(&mut self) -> Vec<i64> {
        self.decoded.sort_unstable();
        self.decoded.dedup();
        let mut shown = shown_times(&self.decoded, self.delay);
        for key in &mut self.keys {
            // It is shown in the place in which it is decoded.
            let place = self.decoded.binary_search(&key.decoded).ok();
            let time = place.and_then(|place| shown.get(place));
            key.shown = time.copied().unwrap_or(key.shown);
        }
        shown.retain(|time| time.abs() < LATEST_TICKS);
        shown
    }

    pub(super) fn track(
        mut self,
        stream: &ffmpeg::Stream,
        file_end_seconds: Option<f64>,
        is_mp4: bool,
    ) -> Option<(PictureTrack, Option<Damage>)> {
        let [width, height] = size_of(stream)?;
        let tick = tick_of(stream)?;
        if let Some(first) = self.keys.first().copied() {
            self.shown.retain(|time| *time >= first.shown);
        }
        let promised = rates_of(stream);
        let times = match self.has_shown_times {
            true => std::mem::take(&mut self.shown),
            false => self.reordered(),
        };
        let is_untimed = times.is_empty();
        let is_counted = is_untimed || !self.has_shown_times;
        let to_ticks = |seconds: f64| (seconds * f64::from(tick.1) / f64::from(tick.0)) as i64;
        let mut timing = match is_untimed {
            true if self.packets > 0 => {
                let rate = *promised.first()?;
                Timing::constant(tick, rate, 0).extended_to(self.packets)
            }
            _ => {
                let end = file_end_seconds.map(to_ticks);
                Timing::of_times(tick, times, &promised, self.last_duration, end)?
            }
        };
        // An MP4 file lists its frames in one place: if fewer can be read, the rest is missing.
        let mut damage = None;
        let listed = stream.frames();
        let own_seconds = match stream.duration() {
            i64::MIN => None, // FFmpeg's value for "unknown"
            ticks => Some(timing.seconds(ticks)),
        };
        let length = timing.length();
        let found_seconds = length.as_seconds(timing.rate());
        if is_mp4
            && listed > self.packets
            && let Some(seconds) = own_seconds.filter(|own| found_seconds < own * CUT_SHORT)
        {
            let whole = (seconds * timing.rate().per_second()).round() as i64;
            timing = timing.extended_to(whole);
            damage = Some(Damage::CutShort {
                at_seconds: found_seconds,
                of_seconds: seconds,
            });
        }
        self.keys.sort_unstable();
        self.keys.dedup();
        let colours = Tags::of_stream(stream).report(stream.parameters().height());
        let id = stream.parameters().id();
        let track = PictureTrack {
            width,
            height,
            rate: timing.rate(),
            frames: timing.length(),
            codec: stream.parameters().id().name().to_owned(),
            fields: Fields::of(stream.parameters().field_order()),
            colours: colours.stored_as(format_of(stream)),
            timing,
            orientation: Orientation::of_stream(stream),
            // Where frames are counted, one must be shown in the place in which it is decoded: groups of pictures of
            // older codecs begin with frames that are shown before their key frame.
            keys: match is_untimed || is_counted && !matches!(id, Id::H264 | Id::HEVC) {
                true => Vec::new(),
                false => self.keys,
            },
            is_counted,
        };
        Some((track, damage))
    }
}
