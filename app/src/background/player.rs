//! The player: the picture at the playhead, composed on another thread, the newest request first. During playback
//! the sound device is the clock, or the system clock if there is no device; late pictures are skipped.

mod composer;
mod dropped_frames;
mod look;

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use egui::{Context, TextureHandle, TextureOptions};
use kinora_studio::render::{MediaError, MeterReading, Picture, Speaker};
use kinora_studio::timeline::{FrameRange, Frames, Project};

use crate::background::images::colour_image;
use composer::{Composed, Composer, FrameRequest, Job};
use dropped_frames::DroppedFrames;

pub use look::{Beside, Look, MOST_BESIDE, TrimFrames};

/// Added to the elapsed time, in frames: sound ends up to a sample early, and the last frame must still be reached.
const SAMPLE_IN_FRAMES: f64 = 2e-3;

/// Plays a project and shows the frame at its playhead.
pub struct Player {
    jobs: Sender<Job>,
    composed: Receiver<Composed>,
    playhead: Frames,
    playing: Option<Playing>,
    /// Whether the whole project loops while no range is marked.
    loops: bool,
    /// Whether this playback does not loop.
    plays_once: bool,
    requested: Option<FrameRequest>,
    speaker: Speaker,
    /// The revision of the project that is heard.
    heard: Option<u64>,
    shown: Option<TextureHandle>,
    /// Its pixels, without the exposure of the viewer.
    pixels: Option<Picture>,
    /// The same frame with each of the other takes, or the incoming frame of a trim.
    shown_beside: Vec<Option<TextureHandle>>,
    /// The frames that are shown, if these are the two of a trim.
    shown_trim: Option<TrimFrames>,
    /// Whether the picture that is shown was read from a proxy.
    shows_proxy: bool,
    dropped: DroppedFrames,
    error: Option<MediaError>,
}

/// Playback in progress.
#[derive(Clone, Copy)]
struct Playing {
    from: Frames,
    since: Instant,
    /// 1 is normal speed; negative is backwards.
    speed: i32,
}

impl Player {
    /// The player of the project in this folder. Starts the threads.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (jobs, received) = channel::<Job>();
        let (results, composed) = channel();
        let (project_folder, ctx) = (folder.to_owned(), ctx.clone());
        let folder = project_folder.clone();
        std::thread::spawn(move || {
            let mut composer = Composer::new(&folder);
            while let Ok(mut job) = received.recv() {
                while let Ok(newer) = received.try_recv() {
                    job = newer;
                }
                if results.send(composer.compose(&job)).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        });
        Self {
            jobs,
            composed,
            playhead: Frames::ZERO,
            playing: None,
            loops: false,
            plays_once: false,
            requested: None,
            speaker: Speaker::new(&project_folder),
            heard: None,
            shown: None,
            pixels: None,
            shown_beside: Vec::new(),
            shown_trim: None,
            shows_proxy: false,
            dropped: DroppedFrames::default(),
            error: None,
        }
    }

    /// The frame at the playhead; its picture may not be composed yet.
    pub fn playhead(&self) -> Frames {
        self.playhead
    }

    /// The speed of playback; 0: stopped.
    pub fn speed(&self) -> i32 {
        self.playing.map_or(0, |playing| playing.speed)
    }

    /// The latest composed picture.
    pub fn picture(&self) -> Option<&TextureHandle> {
        self.shown.as_ref()
    }

    /// The pixels of the latest composed picture, without the exposure of the viewer: the colours of the film.
    pub fn pixels(&self) -> Option<&Picture> {
        self.pixels.as_ref()
    }

    /// The frames of the two pictures, if a cut is being trimmed.
    pub fn trim(&self) -> Option<TrimFrames> {
        self.shown_trim
    }

    /// The same frame with the first of the other takes, or the incoming frame of a trim.
    pub fn picture_beside(&self) -> Option<&TextureHandle> {
        self.shown_beside.first()?.as_ref()
    }

    /// The same frame with each of the other takes. `None`: it cannot be shown.
    pub fn pictures_beside(&self) -> &[Option<TextureHandle>] {
        &self.shown_beside
    }

    /// Whether the latest composed picture shows a proxy.
    pub fn shows_proxy(&self) -> bool {
        self.shows_proxy
    }

    /// The frames that were left out since playback at normal speed began; `None` while it does not play so.
    pub fn dropped_frames(&self) -> Option<u32> {
        (self.speed() == 1).then_some(self.dropped.count)
    }

    /// Why the frame at the playhead cannot be shown.
    pub fn error(&self) -> Option<&MediaError> {
        self.error.as_ref()
    }

    /// What the meters of the mixer show; `None` before the first playback, or without a sound device.
    pub fn meters(&self) -> Option<MeterReading> {
        self.speaker.meters()
    }

    /// Stops playback.
    pub fn stop(&mut self) {
        if self.playing.take().is_some() {
            self.speaker.rest();
        }
    }

    /// Stops playback and moves the playhead.
    pub fn go_to(&mut self, frame: Frames) {
        self.stop();
        self.playhead = frame.max(Frames::ZERO);
    }

    /// Whether it begins again at the end of the project. The range between in and out always loops.
    pub fn set_loops(&mut self, loops: bool) {
        self.loops = loops;
    }

    /// Starts playback at a speed; 0 stops it. At the end it starts again from the first frame.
    pub fn play(&mut self, speed: i32, project: &Project) {
        let end = project.end();
        let is_at_end = speed > 0 && self.playhead + Frames::ONE >= end;
        if is_at_end {
            self.playhead = Frames::ZERO;
        }
        self.plays_once = false;
        let was_playing = self.playing.is_some();
        self.dropped.begin(self.playhead, was_playing);
        self.playing = (speed != 0 && end > Frames::ZERO).then(|| Playing {
            from: self.playhead,
            since: Instant::now(),
            speed,
        });
        self.heard = None;
        // Sound is played at normal speed only.
        match self.speed() {
            1 => self.speaker.play(project, self.playhead),
            _ => self.speaker.rest(),
        }
    }

    /// Plays from the playhead to the end at normal speed, without loops, while a sound is recorded. A muted film is timed
    /// by its sound too. At its end and behind it nothing is played.
    pub fn play_once(&mut self, project: &Project, is_muted: bool) {
        if self.playhead + Frames::ONE >= project.end() {
            return self.stop();
        }
        self.play(1, project);
        self.speaker.mute(is_muted);
        self.plays_once = true;
    }

    /// When the frame was heard at which playback began; `None` until that is known, or without a sound device.
    pub fn heard_since(&self) -> Option<Instant> {
        self.speaker.heard_since().filter(|_| self.speed() == 1)
    }

    /// Doubles the speed in a direction, up to 8, as J and L do.
    pub fn shuttle(&mut self, direction: i32, project: &Project) {
        let speed = self.speed();
        let faster = match speed.signum() == direction {
            true => (speed * 2).clamp(-8, 8),
            false => direction,
        };
        self.play(faster, project);
    }

    /// Called once per frame of the window: moves the playhead, requests its picture, and takes composed ones.
    /// `beside` makes the projects with the other takes; it is called only for a new request. All pictures are of the same
    /// frame, so that takes that are compared play together.
    pub fn update(
        &mut self,
        ctx: &Context,
        project: &Project,
        revision: u64,
        (look, beside): (Look, &dyn Fn() -> Vec<Project>),
    ) {
        let whole = FrameRange::between(Frames::ZERO, project.end());
        let whole = Some(whole).filter(|_| self.loops);
        self.advance(project, project.in_out().or(whole));
        let heard = self.heard.replace(revision);
        if self.speed() == 1 && heard.is_some_and(|heard| heard != revision) {
            self.speaker.change(project);
        }
        while let Ok(composed) = self.composed.try_recv() {
            self.show_composed(ctx, composed);
        }
        let request = FrameRequest {
            frame: look.trim.map_or(self.playhead, |trim| trim.outgoing),
            revision,
            look,
        };
        if self.requested != Some(request) {
            self.requested = Some(request);
            let job = Job {
                request,
                project: project.clone(),
                beside: match look.trim {
                    Some(_) => Vec::new(), // a trim needs the place
                    None => beside(),
                },
            };
            self.jobs.send(job).ok();
        }
        if self.playing.is_some() {
            let a_frame = Frames::ONE.as_seconds(project.rate());
            ctx.request_repaint_after(Duration::from_secs_f64(a_frame / 2.0));
        }
    }

    fn advance(&mut self, project: &Project, looped: Option<FrameRange>) {
        let Some(playing) = self.playing else { return };
        let played = self.speaker.seconds().filter(|_| playing.speed == 1);
        let elapsed = played.unwrap_or_else(|| playing.since.elapsed().as_secs_f64());
        let moved = elapsed * project.rate().per_second() + SAMPLE_IN_FRAMES;
        let at = playing.from + Frames((moved * f64::from(playing.speed)).trunc() as i64);
        let last = project.end() - Frames::ONE;
        let is_over = |range: &FrameRange| at >= range.end() && playing.from < range.end();
        if let Some(range) = looped.filter(|range| !self.plays_once && is_over(range)) {
            self.playhead = range.start;
            self.play(playing.speed, project);
        } else if at > last || at < Frames::ZERO {
            self.go_to(at.min(last).max(Frames::ZERO));
        } else if playing.speed > 0 {
            self.playhead = at.max(self.playhead); // does not move back when the clock changes
        } else {
            self.playhead = at;
        }
    }

    fn show_composed(&mut self, ctx: &Context, composed: Composed) {
        let Composed {
            request,
            picture,
            unlit,
            beside,
            shows_proxy,
        } = composed;
        match picture {
            Ok(picture) => {
                show(ctx, &mut self.shown, &picture);
                self.pixels = Some(unlit.unwrap_or(picture));
                self.shown_beside.resize_with(beside.len(), || None);
                for (shown, beside) in self.shown_beside.iter_mut().zip(beside) {
                    match beside {
                        Some(beside) => show(ctx, shown, &beside),
                        None => *shown = None,
                    }
                }
                self.shown_trim = request.look.trim;
                self.shows_proxy = shows_proxy;
                // A later one was requested before playback began.
                if self.speed() == 1 && request.frame <= self.playhead {
                    self.dropped.shown(request.frame);
                }
                self.error = None;
            }
            Err(error) if self.requested == Some(request) => self.error = Some(error),
            Err(_) => {}
        }
    }
}

fn show(ctx: &Context, shown: &mut Option<TextureHandle>, picture: &Picture) {
    let image = colour_image(picture);
    match shown {
        Some(shown) => shown.set(image, TextureOptions::LINEAR),
        None => *shown = Some(ctx.load_texture("frame", image, TextureOptions::LINEAR)),
    }
}

#[cfg(test)]
mod tests {
    use kinora_studio::render::project::Ground;

    use super::*;

    #[test]
    fn the_pixels_are_those_of_the_film_whatever_the_exposure_of_the_viewer_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut composer = Composer::new(folder.path());
        let mut composed = |exposure_stops| {
            let look = Look {
                exposure_stops,
                ground: Ground::Checkerboard,
                ..Look::default()
            };
            composer.compose(&Job {
                request: FrameRequest {
                    frame: Frames::ZERO,
                    revision: 0,
                    look,
                },
                project: Project::default(),
                beside: Vec::new(),
            })
        };
        let plain = composed(0.0);
        assert_eq!(plain.unlit, None, "it is the picture");
        let picture = plain.picture.expect("composed");
        let brighter = composed(1.0);
        assert_eq!(brighter.unlit.as_ref(), Some(&picture));
        let shown = brighter.picture.expect("composed");
        assert!(shown.pixel(0, 0)[0] > picture.pixel(0, 0)[0]);
    }

    #[test]
    fn frames_between_two_that_are_shown_are_dropped_and_a_loop_drops_none() {
        let mut dropped = DroppedFrames::default();
        dropped.begin(Frames(10), false);
        for frame in [10, 11, 12, 12, 15] {
            dropped.shown(Frames(frame));
        }
        assert_eq!(dropped.count, 2, "13 and 14");
        dropped.begin(Frames(4), true);
        for frame in [4, 5, 7] {
            dropped.shown(Frames(frame));
        }
        assert_eq!(dropped.count, 3, "6 too");
        dropped.begin(Frames(7), false);
        assert_eq!(dropped.count, 0);
    }
}
