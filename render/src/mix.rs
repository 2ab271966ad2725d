//! The sound mix: the samples of all clips, with gain, fades and speed, added up. 48 kHz, stereo.

use std::collections::HashMap;
use std::path::Path;

use kinora_timeline::clip::Clip;
use kinora_timeline::curve::{Curve, Property};
use kinora_timeline::query::Segment;
use kinora_timeline::{FrameRange, FrameRate, Frames, MediumId, Project, Source};

use crate::media::{Conformed, MediaError, SOUND_RATE_HZ};
use crate::project::ProjectFiles;

/// Mixes the sound of a project.
pub struct Mixer {
    files: ProjectFiles,
    sounds: HashMap<MediumId, Conformed>,
}

/// The first sample of a frame.
pub fn sample_at(frame: Frames, rate: FrameRate) -> i64 {
    frame.first_sample(rate, SOUND_RATE_HZ)
}

impl Mixer {
    /// For the project in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            files: ProjectFiles::of(folder),
            sounds: HashMap::new(),
        }
    }

    /// The mix of a range of frames, stereo interleaved.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn mix(&mut self, project: &Project, range: FrameRange) -> Result<Vec<f32>, MediaError> {
        let rate = project.rate();
        let first = sample_at(range.start, rate);
        let count = sample_at(range.end(), rate) - first;
        let mut sum = vec![0.0; usize::try_from(count).unwrap_or(0) * 2];
        for segment in project.segments(range) {
            self.add(project, &segment, first, &mut sum)?;
        }
        Ok(sum)
    }

    fn add(
        &mut self,
        project: &Project,
        segment: &Segment,
        first: i64,
        sum: &mut [f32],
    ) -> Result<(), MediaError> {
        let Source::Medium(id) = segment.clip.source else {
            return Ok(()); // takes and titles are silent
        };
        let Some(medium) = project.medium(id).filter(|medium| medium.has_sound) else {
            return Ok(());
        };
        let path = self.files.medium(medium);
        let sound = match self.sounds.remove(&id) {
            Some(sound) => sound,
            None => Conformed::open(&path, &self.files.conformed_sound(medium.content))?,
        };
        let sound = self.sounds.entry(id).insert_entry(sound).into_mut();
        let rate = project.rate();
        let placed = PlacedSound::of(segment, rate);
        let end = first + (sum.len() / 2) as i64;
        let (from, to) = (first.max(placed.start), end.min(placed.end));
        if from >= to {
            return Ok(());
        }
        let mut samples = vec![0.0; (to - from) as usize * 2];
        placed.read(sound, from, &mut samples).map_err(|error| {
            MediaError::new(
                &path,
                format!("its sound cannot be read: {error}"),
                "check the disk",
            )
        })?;
        let into = &mut sum[(from - first) as usize * 2..];
        for ((at, pair), sum) in (from..)
            .zip(samples.chunks_exact(2))
            .zip(into.chunks_exact_mut(2))
        {
            let [left, right] = placed.gain(at);
            sum[0] += pair[0] * left;
            sum[1] += pair[1] * right;
        }
        Ok(())
    }
}

/// The sound of a clip, in samples of the timeline.
struct PlacedSound<'s> {
    clip: &'s Clip,
    rate: FrameRate,
    /// Start and end, including the frames lent to cross-fades.
    start: i64,
    end: i64,
    /// Start and end of the clip itself.
    clip_start: i64,
    clip_end: i64,
    /// The lengths of the cross-fades at its cuts.
    cross: [i64; 2],
    /// The lengths of its own fade-in and fade-out.
    fades: [i64; 2],
}

impl<'s> PlacedSound<'s> {
    fn of(segment: &'s Segment, rate: FrameRate) -> Self {
        let at = |frame| sample_at(frame, rate);
        let clip = &segment.clip;
        Self {
            rate,
            start: at(segment.range.start),
            end: at(segment.range.end()),
            clip_start: at(segment.clip_start),
            clip_end: at(segment.clip_start + clip.length),
            cross: [at(segment.fade_in), at(segment.fade_out)],
            fades: [at(clip.look.fade_in), at(clip.look.fade_out)],
            clip,
        }
    }

    /// Reads the source's samples for a position on the timeline: directly at normal speed, resampled linearly at others.
    fn read(&self, sound: &mut Conformed, from: i64, into: &mut [f32]) -> std::io::Result<()> {
        let (step, parts) = (
            self.clip.speed.source_frames(),
            self.clip.speed.record_frames(),
        );
        let own_start = sample_at(self.clip.source_start, self.rate);
        if i64::from(step) == i64::from(parts) {
            return sound.read(own_start + from - self.clip_start, into);
        }
        let speed = f64::from(step) / f64::from(parts);
        let phase = f64::from(self.clip.phase) / f64::from(parts);
        let a_frame = sample_at(Frames(1000), self.rate) as f64 / 1000.0;
        let count = into.len() / 2;
        let place = |at: usize| {
            let since = (from - self.clip_start) as f64 + at as f64;
            own_start as f64 + phase * a_frame + since * speed
        };
        let [low, high] = match place(0) < place(count) {
            true => [place(0), place(count)],
            false => [place(count), place(0)],
        };
        let first = low.floor() as i64;
        let mut source = vec![0.0; (high.ceil() as i64 - first + 2).max(2) as usize * 2];
        sound.read(first, &mut source)?;
        for (at, pair) in into.chunks_exact_mut(2).enumerate() {
            let place = place(at) - first as f64;
            let (whole, part) = (place.floor().max(0.0) as usize, place.fract() as f32);
            for (channel, sample) in pair.iter_mut().enumerate() {
                let of = |at: usize| source.get(2 * at + channel).copied().unwrap_or(0.0);
                *sample = of(whole) * (1.0 - part) + of(whole + 1) * part;
            }
        }
        Ok(())
    }

    /// The gain at a sample of the timeline, as factors of the left and the right channel.
    fn gain(&self, at: i64) -> [f32; 2] {
        let decibels = self.value(Property::Gain, at);
        let pan = self.value(Property::Pan, at);
        let up = |done: i64, length: i64| match length > 0 {
            true => (done as f32 / length as f32).clamp(0.0, 1.0),
            false => 1.0,
        };
        // Equal-power cross-fade: uncorrelated sounds keep their power.
        let power = |part: f32| (part * std::f32::consts::FRAC_PI_2).sin();
        let gain = 10.0_f32.powf(decibels / 20.0)
            * power(up(at - self.start, self.cross[0]))
            * power(up(self.end - at, self.cross[1]))
            * up(at - self.clip_start, self.fades[0])
            * up(self.clip_end - at, self.fades[1]);
        // A balance: the side it is moved to keeps its gain, the other side becomes silent.
        [gain * (1.0 - pan).min(1.0), gain * (1.0 + pan).min(1.0)]
    }

    /// The value of a property at a sample of the timeline.
    fn value(&self, property: Property, at: i64) -> f32 {
        let look = &self.clip.look;
        let place = |frame| self.clip_start + sample_at(frame, self.rate);
        let on_curve = |curve: &Curve| curve.value_between(at, place);
        let curve = look.curve(property);
        curve.map_or_else(|| (property.effect().get)(look), on_curve)
    }
}
