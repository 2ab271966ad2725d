//! The picture at the playhead: wished for by the window, composed on a thread of its own, the newest wish first.
//! While the film plays, its sound is the clock that moves the playhead, or the machine's where there is no sound
//! device; a picture that comes late is left out.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use egui::{Context, TextureHandle, TextureOptions};
use kinora_studio::render::compose::Light;
use kinora_studio::render::{FilmReader, MediaError, Picture, Speaker};
use kinora_studio::timeline::{ContentHash, FrameRange, Frames, Project, ShotId};

use crate::background::images::colour_image;

/// The sound of a film ends up to a sample before its last frame does, which must end all the same.
const SAMPLE_IN_FRAMES: f64 = 2e-3;

/// How the film is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Brighter by so many doublings of the light.
    pub exposure_stops: f32,
    /// The take of a shot that is shown beside the film.
    pub beside: Option<(ShotId, ContentHash)>,
}

/// What the window wants to see: a frame of the film as it was after so many changes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FrameRequest {
    frame: Frames,
    revision: u64,
    look: Look,
}

/// What the composing thread is asked for.
struct Wish {
    wanted: FrameRequest,
    film: Project,
    /// The film with another take.
    beside: Option<Project>,
}

struct Composed {
    wanted: FrameRequest,
    picture: Result<Picture, MediaError>,
    beside: Option<Picture>,
}

/// Shows a film at its playhead.
pub struct Player {
    wishes: Sender<Wish>,
    composed: Receiver<Composed>,
    playhead: Frames,
    playing: Option<Playing>,
    asked: Option<FrameRequest>,
    speaker: Speaker,
    shown: Option<TextureHandle>,
    /// The same frame with another take.
    shown_beside: Option<TextureHandle>,
    trouble: Option<MediaError>,
}

/// The playhead in motion.
#[derive(Clone, Copy)]
struct Playing {
    from: Frames,
    since: Instant,
    /// 1 is the film's own speed; negative is backwards.
    speed: i32,
}

impl Player {
    /// Of the film in this folder.
    pub fn new(folder: &Path, ctx: &Context) -> Self {
        let (wishes, wished) = channel::<Wish>();
        let (tell, composed) = channel();
        let (film_folder, ctx) = (folder.to_owned(), ctx.clone());
        let folder = film_folder.clone();
        std::thread::spawn(move || {
            let mut composer = Composer::new(&folder);
            while let Ok(mut wish) = wished.recv() {
                while let Ok(newer) = wished.try_recv() {
                    wish = newer;
                }
                if tell.send(composer.compose(&wish)).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        });
        Self {
            wishes,
            composed,
            playhead: Frames::ZERO,
            playing: None,
            asked: None,
            speaker: Speaker::new(&film_folder),
            shown: None,
            shown_beside: None,
            trouble: None,
        }
    }

    /// The frame that is, or will be, shown.
    pub fn playhead(&self) -> Frames {
        self.playhead
    }

    /// How fast it plays; 0 while it rests.
    pub fn speed(&self) -> i32 {
        self.playing.map_or(0, |playing| playing.speed)
    }

    /// The picture composed last.
    pub fn picture(&self) -> Option<&TextureHandle> {
        self.shown.as_ref()
    }

    /// The same frame with the take that it is compared with.
    pub fn picture_beside(&self) -> Option<&TextureHandle> {
        self.shown_beside.as_ref()
    }

    /// Why the playhead's frame cannot be shown.
    pub fn trouble(&self) -> Option<&MediaError> {
        self.trouble.as_ref()
    }

    /// Puts the playhead somewhere and rests.
    pub fn go_to(&mut self, frame: Frames) {
        if self.playing.take().is_some() {
            self.speaker.rest();
        }
        self.playhead = frame.max(Frames::ZERO);
    }

    /// Plays at a speed; 0 rests. At the end it begins anew.
    pub fn play(&mut self, speed: i32, film: &Project) {
        let end = film.end();
        let is_at_end = speed > 0 && self.playhead + Frames::ONE >= end;
        if is_at_end {
            self.playhead = Frames::ZERO;
        }
        self.playing = (speed != 0 && end > Frames::ZERO).then(|| Playing {
            from: self.playhead,
            since: Instant::now(),
            speed,
        });
        // Only at its own speed does a film sound as it should.
        match self.speed() {
            1 => self.speaker.play(film, self.playhead),
            _ => self.speaker.rest(),
        }
    }

    /// One step faster in a direction, as J and L do: 1, 2, 4, 8.
    pub fn shuttle(&mut self, direction: i32, film: &Project) {
        let speed = self.speed();
        let faster = match speed.signum() == direction {
            true => (speed * 2).clamp(-8, 8),
            false => direction,
        };
        self.play(faster, film);
    }

    /// Each frame of the window: moves the playhead, wishes for its picture, takes in what was composed. The film
    /// with another take is made only when it is wished for.
    pub fn update(
        &mut self,
        ctx: &Context,
        film: &Project,
        revision: u64,
        (look, beside): (Look, &dyn Fn() -> Option<Project>),
    ) {
        self.advance(film, film.in_out());
        while let Ok(composed) = self.composed.try_recv() {
            self.take_in(ctx, composed);
        }
        let wanted = FrameRequest {
            frame: self.playhead,
            revision,
            look,
        };
        if self.asked != Some(wanted) {
            self.asked = Some(wanted);
            let wish = Wish {
                wanted,
                film: film.clone(),
                beside: beside(),
            };
            self.wishes.send(wish).ok();
        }
        if self.playing.is_some() {
            let a_frame = Frames::ONE.as_seconds(film.rate());
            ctx.request_repaint_after(Duration::from_secs_f64(a_frame / 2.0));
        }
    }

    fn advance(&mut self, film: &Project, looped: Option<FrameRange>) {
        let Some(playing) = self.playing else { return };
        let heard = self.speaker.seconds().filter(|_| playing.speed == 1);
        let elapsed = heard.unwrap_or_else(|| playing.since.elapsed().as_secs_f64());
        let moved = elapsed * film.rate().per_second() + SAMPLE_IN_FRAMES;
        let at = playing.from + Frames((moved * f64::from(playing.speed)).trunc() as i64);
        let last = film.end() - Frames::ONE;
        if let Some(range) = looped.filter(|range| at >= range.end() && playing.from < range.end())
        {
            self.playhead = range.start;
            self.play(playing.speed, film);
        } else if at > last || at < Frames::ZERO {
            self.go_to(at.min(last).max(Frames::ZERO));
        } else if playing.speed > 0 {
            self.playhead = at.max(self.playhead); // where one clock takes over from another, nothing goes back
        } else {
            self.playhead = at;
        }
    }

    fn take_in(&mut self, ctx: &Context, composed: Composed) {
        let Composed {
            wanted,
            picture,
            beside,
        } = composed;
        match picture {
            Ok(picture) => {
                show(ctx, &mut self.shown, &picture);
                match beside {
                    Some(beside) => show(ctx, &mut self.shown_beside, &beside),
                    None => self.shown_beside = None,
                }
                self.trouble = None;
            }
            Err(error) if self.asked == Some(wanted) => self.trouble = Some(error),
            Err(_) => {}
        }
    }
}

fn show(ctx: &Context, shown: &mut Option<TextureHandle>, picture: &Picture) {
    let image = colour_image(picture);
    match shown {
        Some(shown) => shown.set(image, TextureOptions::LINEAR),
        None => *shown = Some(ctx.load_texture("film", image, TextureOptions::LINEAR)),
    }
}

/// Composes on a thread of its own.
struct Composer {
    film: FilmReader,
    /// Its own files, so that neither closes the other's at each frame.
    beside: FilmReader,
    /// The light of the wish before.
    light: (f32, Option<Light>),
}

impl Composer {
    fn new(folder: &Path) -> Self {
        Self {
            film: FilmReader::new(folder),
            beside: FilmReader::new(folder),
            light: (0.0, None),
        }
    }

    fn compose(&mut self, wish: &Wish) -> Composed {
        let wanted = wish.wanted;
        let stops = wanted.look.exposure_stops;
        if self.light.0.to_bits() != stops.to_bits() {
            self.light = (stops, Light::of_stops(stops));
        }
        let lit = |mut picture: Picture| {
            if let Some(light) = &self.light.1 {
                light.on_picture(&mut picture);
            }
            picture
        };
        let picture = self.film.picture(&wish.film, wanted.frame).map(lit);
        let beside = wish.beside.as_ref();
        let beside = beside.and_then(|film| self.beside.picture(film, wanted.frame).ok());
        Composed {
            wanted,
            picture,
            beside: beside.map(lit),
        }
    }
}
