//! The picture at the playhead: wished for by the window, composed on a thread of its own, the newest wish first.
//! While the film plays, its sound is the clock that moves the playhead, or the machine's where there is no sound
//! device; a picture that comes late is left out.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use egui::{Context, TextureHandle, TextureOptions};
use kinora_studio::render::{FilmReader, MediaError, Picture, Speaker};
use kinora_studio::timeline::{FrameRange, Frames, Project};

use crate::pictures::colour_image;

/// The sound of a film ends up to a sample before its last frame does, which must end all the same.
const SAMPLE_IN_FRAMES: f64 = 2e-3;

/// What the composing thread is asked for.
struct Wish {
    film: Project,
    frame: Frames,
    revision: u64,
}

struct Composed {
    frame: Frames,
    revision: u64,
    picture: Result<Picture, MediaError>,
}

/// Shows a film at its playhead.
pub struct Player {
    wishes: Sender<Wish>,
    composed: Receiver<Composed>,
    playhead: Frames,
    playing: Option<Playing>,
    asked: Option<(Frames, u64)>,
    speaker: Speaker,
    shown: Option<TextureHandle>,
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
            let mut reader = FilmReader::new(&folder);
            while let Ok(mut wish) = wished.recv() {
                while let Ok(newer) = wished.try_recv() {
                    wish = newer;
                }
                let picture = reader.picture(&wish.film, wish.frame);
                let told = tell.send(Composed {
                    frame: wish.frame,
                    revision: wish.revision,
                    picture,
                });
                if told.is_err() {
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

    /// Each frame of the window: moves the playhead, wishes for its picture, takes in what was composed.
    pub fn live(
        &mut self,
        ctx: &Context,
        film: &Project,
        revision: u64,
        looped: Option<FrameRange>,
    ) {
        self.advance(film, looped);
        while let Ok(composed) = self.composed.try_recv() {
            self.take_in(ctx, composed);
        }
        if self.asked != Some((self.playhead, revision)) {
            self.asked = Some((self.playhead, revision));
            let wish = Wish {
                film: film.clone(),
                frame: self.playhead,
                revision,
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
            frame,
            revision,
            picture,
        } = composed;
        match picture {
            Ok(picture) => {
                let image = colour_image(&picture);
                if let Some(shown) = &mut self.shown {
                    shown.set(image, TextureOptions::LINEAR);
                } else {
                    self.shown = Some(ctx.load_texture("film", image, TextureOptions::LINEAR));
                }
                self.trouble = None;
            }
            Err(error) if self.asked == Some((frame, revision)) => self.trouble = Some(error),
            Err(_) => {}
        }
    }
}
