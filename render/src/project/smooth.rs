//! The pictures between the frames of a clip: which file has them, and which picture of it a frame of the clip shows.
//! The file is made from the source alone, so clips that show the same source at the same speed share it.

use kinora_timeline::clip::InBetweens;
use kinora_timeline::media::{Extent, PictureSettings};
use kinora_timeline::{
    Clip, ContentHash, FrameRange, FrameRate, Frames, Project, Source, SpeedRamp,
};
use serde::{Deserialize, Serialize};

/// The finest division of a frame.
const MOST_PARTS: u32 = 48;
/// The parts of a frame of the timeline in which the place of an uneven speed is rounded.
const ROUNDED_TO: u32 = 4;
/// Up to this many parts of a frame, a speed is divided exactly.
const EXACT_UP_TO: u32 = 8;
/// Pictures of an import are made in blocks of this many frames of the timeline, so that a trim seldom needs new ones. A
/// take is short, and made as a whole.
const BLOCK: i64 = 240;
/// Frames around a clip that a transition may show.
const AROUND: i64 = 24;

/// The source of in-betweens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SmoothSource {
    /// A take.
    Take(ContentHash),
    /// An import, read with these settings.
    Medium(ContentHash, PictureSettings),
}

/// The pictures of a source at a higher rate: what a file of in-betweens is made from, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SmoothClip {
    /// The source.
    pub source: SmoothSource,
    /// The rate of the pictures.
    pub rate: FrameRate,
    /// The pictures in the file, counted at their rate from the start of the source.
    pub range: FrameRange,
}

impl SmoothClip {
    /// The pictures that a clip shows. `None`: it is not to be smooth, stands still, has each picture that it shows in its
    /// source, or its source is neither a take nor a video.
    pub fn of(project: &Project, clip: &Clip) -> Option<Self> {
        if clip.in_betweens == InBetweens::None || clip.speed.source_frames() == 0 {
            return None;
        }
        let (frames, seconds) = project.rate().as_fraction();
        let parts = parts_of(clip);
        let rate = FrameRate::new(frames.checked_mul(parts)?, seconds)?;
        let end = project.available(clip.source)?;
        let (source, range) = match clip.source {
            Source::Shot(id) => {
                let whole = FrameRange::between(Frames::ZERO, end);
                (SmoothSource::Take(project.shot(id)?.chosen?), whole)
            }
            Source::Medium(id) => {
                let medium = project.medium(id).filter(|medium| medium.has_picture)?;
                let Extent::Video { rate: own, .. } = medium.extent else {
                    return None;
                };
                if own == rate {
                    return None;
                }
                let source = SmoothSource::Medium(medium.content, medium.picture);
                (source, blocks(clip, end))
            }
            Source::Title(_) | Source::Sequence(_) => return None,
        };
        let parts = i64::from(parts);
        Some(Self {
            source,
            rate,
            range: FrameRange {
                start: Frames(range.start.0.checked_mul(parts)?),
                length: Frames(range.length.0.checked_mul(parts)?),
            },
        })
    }

    /// The picture of the file that a clip shows `at` frames after its start, counted from 0. `None`: the file does not
    /// reach there.
    pub fn picture_at(&self, clip: &Clip, at: Frames) -> Option<Frames> {
        let number = clip.source_part(at, parts_of(clip));
        let is_there = self.range.contains(number);
        is_there.then_some(number - self.range.start)
    }

    /// The name of its folder: the hash of a text of all its fields.
    pub fn name(&self) -> ContentHash {
        let Self {
            source,
            rate,
            range,
        } = self;
        let source = match source {
            SmoothSource::Take(take) => format!("take {take}"),
            SmoothSource::Medium(content, settings) if *settings == PictureSettings::default() => {
                format!("medium {content}")
            }
            SmoothSource::Medium(content, settings) => {
                let PictureSettings {
                    deinterlacing,
                    tone_curve,
                    colours,
                } = settings;
                format!("medium {content} {deinterlacing:?} {tone_curve:?} {colours:?}")
            }
        };
        let (frames, seconds) = rate.as_fraction();
        let (start, length) = (range.start.0, range.length.0);
        let text = format!(
            "kinora smooth 1\n{source}\nrate {frames}/{seconds}\nframes {start}+{length}\n"
        );
        ContentHash::of(text.as_bytes())
    }
}

/// The parts of a frame of the timeline in which the place of a clip in its source is counted. With these each frame of a
/// clip at an even speed lies on a picture; at another one, within an eighth of the way to the next frame.
fn parts_of(clip: &Clip) -> u32 {
    let record = clip.speed.record_frames();
    let source = clip.speed.source_frames().unsigned_abs().max(1);
    if !clip.ramp.is_constant() {
        let moving = clip.ramp.keys.iter().map(|key| key.factor);
        let slowest = moving.filter(|factor| *factor > 0).min();
        let slowest = u64::from(slowest.unwrap_or(SpeedRamp::PARTS).min(SpeedRamp::PARTS));
        let slower = u64::from(record) * u64::from(SpeedRamp::PARTS);
        return rounded_parts(slower.div_ceil(u64::from(source) * slowest));
    }
    if record <= EXACT_UP_TO || (source == 1 && record <= MOST_PARTS) {
        return record;
    }
    rounded_parts(u64::from(record).div_ceil(u64::from(source)))
}

/// The parts for a source that runs so many times slower than the timeline.
fn rounded_parts(times_slower: u64) -> u32 {
    let parts = times_slower.saturating_mul(u64::from(ROUNDED_TO));
    let parts = u32::try_from(parts).unwrap_or(MOST_PARTS);
    parts.clamp(ROUNDED_TO, MOST_PARTS)
}

/// The frames of a source of `end` frames that a clip and its transitions show, in whole blocks. At the project's rate.
fn blocks(clip: &Clip, end: Frames) -> FrameRange {
    let ends = [Frames(-AROUND), clip.length + Frames(AROUND)].map(|at| clip.source_frame(at).0);
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let start = low.div_euclid(BLOCK).saturating_mul(BLOCK);
    let last = high.div_euclid(BLOCK).saturating_add(1);
    let last = last.saturating_mul(BLOCK).min(end.0);
    FrameRange::between(Frames(start.max(0)), Frames(last))
}

#[cfg(test)]
mod tests {
    use kinora_timeline::edit::library::Library;
    use kinora_timeline::media::{Medium, MediumMarks};
    use kinora_timeline::{Edit, MediumId, Size, Speed};

    use super::*;

    fn project(rate: u32) -> Project {
        let size = "64x32".parse::<Size>().expect("a size");
        let project = Project::new(FrameRate::new(rate, 1).expect("a rate"), size);
        let medium = Medium {
            id: MediumId::from(0),
            name: "fox".into(),
            content: ContentHash::of(b"fox"),
            path: "media/fox.mkv".into(),
            extent: Extent::Video {
                rate: FrameRate::new(16, 1).expect("a rate"),
                frames: Frames(1000),
            },
            has_picture: true,
            has_sound: false,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        let add = Edit::Library(Library::AddMedium(Box::new(medium)));
        add.apply(&project).expect("possible")
    }

    fn clip(project: &Project, start: i64, (source, record): (i32, u32)) -> Clip {
        let medium = project.media().next().expect("the medium").id;
        Clip {
            speed: Speed::new(source, record).expect("a speed"),
            in_betweens: InBetweens::Smooth,
            ..Clip::new(Source::Medium(medium), Frames(start), Frames(12))
        }
    }

    #[test]
    fn every_frame_of_an_even_speed_is_a_picture_of_its_own() {
        let project = project(24);
        for speed in [(1, 1), (1, 2), (2, 5), (-1, 3), (1, 40), (2, 1)] {
            let clip = clip(&project, 100, speed);
            let smooth = SmoothClip::of(&project, &clip).expect("smooth");
            let shown = (0..12).map(|at| smooth.picture_at(&clip, Frames(at)).expect("there").0);
            let shown: Vec<i64> = shown.collect();
            let steps: Vec<i64> = shown.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert_eq!(steps, vec![i64::from(speed.0); 11], "{speed:?}");
            let start = smooth.range.start.0 + shown[0];
            let parts = f64::from(speed.1);
            assert!((start as f64 / parts - 100.0).abs() < 1.0, "{speed:?}");
        }
        let uneven = clip(&project, 100, (97, 100));
        let smooth = SmoothClip::of(&project, &uneven).expect("smooth");
        assert_eq!(smooth.rate.as_fraction(), (8 * 24, 1));
    }

    #[test]
    fn clips_of_one_place_and_speed_share_a_file_and_others_do_not() {
        let project = project(24);
        let name = |clip: &Clip| SmoothClip::of(&project, clip).expect("smooth").name();
        let one = clip(&project, 100, (1, 2));
        assert_eq!(name(&one), name(&one.trimmed_at_head(Frames(3))));
        assert_eq!(name(&one), name(&one.slipped(Frames(40))));
        assert_ne!(name(&one), name(&one.slipped(Frames(400))));
        assert_ne!(name(&one), name(&clip(&project, 100, (1, 3))));
    }

    #[test]
    fn what_needs_no_pictures_between_gets_none() {
        let none = |project: &Project, clip: &Clip| SmoothClip::of(project, clip).is_none();
        let cinema = project(24);
        assert!(none(&cinema, &clip(&cinema, 0, (0, 1))), "it stands still");
        let held = Clip {
            in_betweens: InBetweens::None,
            ..clip(&cinema, 0, (1, 2))
        };
        assert!(none(&cinema, &held));
        let own = project(16);
        assert!(none(&own, &clip(&own, 0, (1, 1))), "each frame is shown");
        assert!(!none(&own, &clip(&own, 0, (1, 2))));
    }
}
