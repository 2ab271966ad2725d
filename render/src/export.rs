//! Exporting a timeline: composed, mixed and encoded frame by frame. An export that fails or is cancelled leaves nothing
//! behind.

mod loudness;
mod openexr;
mod settings;
mod stems;
mod still;
mod target;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use kinora_timeline::{FrameRange, Frames, Project, Size, TrackId};

use crate::encode::{Container, Format};
use crate::media::{MediaError, Picture, Planes};
use crate::mix::{Mixer, StemMixer};
use crate::project::{FrameReader, Ground, Replaced, ReplacedPart};
use stems::Stems;
use target::{Kind, Target};

pub use openexr::write_exr;
pub use settings::{ExportSettings, ExportSize, LoudnessTarget, SubtitleDelivery};
pub use stems::stem_paths;
pub use still::{write_png, write_tiff};

/// Composed frames that may wait for the encoder.
const AHEAD: usize = 3;

/// An export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The output format.
    pub format: &'static Format,
    /// The range of the timeline.
    pub range: FrameRange,
    /// The path of the file, or of the folder.
    pub path: PathBuf,
    /// Size, frame rate, quality and sound.
    pub settings: ExportSettings,
}

impl Export {
    /// The frames that the progress counts. With a loudness target, each is measured before it is written.
    pub fn work(&self) -> Frames {
        let passes = if self.target_lufs().is_some() { 2 } else { 1 };
        Frames(self.range.length.0 * passes)
    }

    fn target_lufs(&self) -> Option<f64> {
        let target = self.settings.loudness.lufs();
        target.filter(|_| self.settings.includes_sound(self.format))
    }
}

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// It is complete and in its place. Slates and silence stand for missing files, and for frames of media that cannot be
    /// decoded the frames before them.
    Whole(Vec<Replaced>),
    /// It was cancelled. Nothing is left, except stills that were complete.
    Stopped,
}

/// Exports the timeline of the project in `folder`. `progress` is called with the number of frames done, of
/// [`Export::work`], and cancels the export by returning false.
///
/// # Errors
/// A file of the project is missing or damaged; the disk is full.
pub fn export(
    project: &Project,
    folder: &Path,
    export: &Export,
    progress: &mut dyn FnMut(Frames) -> bool,
) -> Result<Exported, MediaError> {
    let range = export.range;
    if range.length <= Frames::ZERO {
        return Err(MediaError::new(
            &export.path,
            "there is nothing to write: the timeline, or the range of it, is empty",
            "place a clip on the timeline, or set in and out around one",
        ));
    }
    let mut wanted = Streams::of(export, project);
    let mut measured = 0;
    if let Some(target_lufs) = export.target_lufs() {
        let place = (project, folder);
        wanted.gain_db = loudness::gain_for(place, range, target_lufs, progress)?;
        if wanted.gain_db.is_none() {
            return Ok(Exported::Stopped);
        }
        measured = range.length.0;
    }
    let mut target = Target::create(export, wanted, project)?;
    let mut stems = match wanted.stems {
        true => Some(Stems::create(project, &export.path)?),
        false => None,
    };
    // One thread composes while this one encodes.
    let replaced = thread::scope(|scope| {
        let (sender, composed) = sync_channel(AHEAD);
        let times = move |frame| export.settings.times_shown(frame, project.rate());
        let composing =
            scope.spawn(move || compose(project, folder, (range, &times), wanted, &sender));
        let mut number = 0;
        for (done, moment) in (0..).zip(composed) {
            let Moment {
                picture,
                sound,
                stems: sounds,
            } = moment?;
            if let Some(picture) = picture {
                let times = times(Frames(done));
                target.show(picture, number, times)?;
                number += i64::from(times);
            }
            if let Some(sound) = sound {
                target.sound(&sound)?;
            }
            if let Some(stems) = &mut stems {
                stems.add(&sounds)?;
            }
            if !progress(Frames(measured + done + 1)) {
                return Ok(None);
            }
        }
        whole(composing.join(), &export.path).map(Some)
    })?;
    let Some(replaced) = replaced else {
        return Ok(Exported::Stopped);
    };
    let beside = stems.map_or(Ok(Vec::new()), Stems::finish)?;
    target.finish().inspect_err(|_| stems::remove(&beside))?;
    Ok(Exported::Whole(replaced))
}

/// What the composing thread returned. A crash of it has ended the frames early.
fn whole(joined: thread::Result<Vec<Replaced>>, path: &Path) -> Result<Vec<Replaced>, MediaError> {
    joined.map_err(|_| {
        MediaError::new(
            path,
            "is not complete: composing a frame has crashed",
            "this is a mistake in Kinora: please report it",
        )
    })
}

/// The picture and sound of one frame.
struct Moment {
    picture: Option<Shown>,
    sound: Option<Vec<f32>>,
    /// The sound of each track, if stems are wanted.
    stems: Vec<(TrackId, Vec<f32>)>,
}

/// A frame of the timeline.
enum Shown {
    Picture(Picture),
    /// The planes of the source file, passed through.
    Planes(Planes),
}

/// What a target needs.
#[derive(Clone, Copy)]
struct Streams {
    picture: Option<Kind>,
    size: Size,
    sound: bool,
    /// The gain that brings the sound to its target, with a limiter behind it.
    gain_db: Option<f64>,
    stems: bool,
    /// Whether subtitles are drawn into the pictures.
    subtitles: bool,
    /// What is below all layers.
    ground: Ground,
}

impl Streams {
    fn of(export: &Export, project: &Project) -> Self {
        let format = export.format;
        let picture = match format.container {
            Container::Folder(_) => Some(Kind::Pixels),
            Container::File(..) => format
                .picture
                .map(|_| format.plane_format().map_or(Kind::Pixels, Kind::Planes)),
        };
        Self {
            picture,
            size: export.settings.size.of(project.size()),
            sound: export.settings.includes_sound(format),
            gain_db: None,
            stems: export.settings.has_stems,
            subtitles: export.settings.subtitles.burnt_in,
            ground: match format.has_alpha() {
                true => Ground::Transparent,
                false => Ground::Black,
            },
        }
    }
}

/// The picture of a frame, passed through if possible and wanted.
fn shown(
    reader: &mut FrameReader,
    project: &Project,
    frame: Frames,
    kind: Kind,
) -> Result<Shown, MediaError> {
    if let Kind::Planes(format) = kind
        && let Some(planes) = reader.planes(project, frame, format)?
    {
        return Ok(Shown::Planes(planes));
    }
    reader.picture(project, frame).map(Shown::Picture)
}

/// Composes and mixes frame by frame, until all frames are sent or the receiver is gone. `times` is how often a frame of the
/// range is shown; a frame that is not shown is not composed. Returns the frames of media that were replaced.
fn compose(
    project: &Project,
    folder: &Path,
    (range, times): (FrameRange, &dyn Fn(Frames) -> u32),
    streams: Streams,
    sender: &SyncSender<Result<Moment, MediaError>>,
) -> Vec<Replaced> {
    let mut reader = FrameReader::new(folder).sized(streams.size);
    reader.use_ground(streams.ground);
    if streams.subtitles {
        reader = reader.with_subtitles();
    }
    let mut mixer = Mixer::new(folder);
    if let Some(gain_db) = streams.gain_db {
        mixer = mixer.delivered(gain_db);
    }
    let mut tracks = StemMixer::new(folder);
    for done in 0..range.length.0 {
        let one = FrameRange {
            start: range.start + Frames(done),
            length: Frames::ONE,
        };
        let mut moment = || {
            let picture = streams
                .picture
                .filter(|_| times(Frames(done)) > 0)
                .map(|kind| shown(&mut reader, project, one.start, kind));
            let sound = streams.sound.then(|| mixer.mix(project, one));
            let stems = streams.stems.then(|| tracks.stems(project, one));
            Ok(Moment {
                picture: picture.transpose()?,
                sound: sound.transpose()?,
                stems: stems.transpose()?.unwrap_or_default(),
            })
        };
        let moment = moment();
        let is_last = moment.is_err();
        if sender.send(moment).is_err() || is_last {
            break;
        }
    }
    let mut replaced = reader.replaced();
    let silent = mixer.missing().union(tracks.missing());
    replaced.extend(silent.map(|content| Replaced {
        content: *content,
        part: ReplacedPart::Sound,
    }));
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_whose_composing_has_crashed_is_not_whole() {
        let path = Path::new("film.mp4");
        let crashed: thread::Result<Vec<Replaced>> = Err(Box::new("a crash"));
        let failure = whole(crashed, path).expect_err("not whole");
        assert!(failure.to_string().contains("not complete"), "{failure}");
        assert_eq!(whole(Ok(Vec::new()), path).expect("whole"), []);
    }
}
