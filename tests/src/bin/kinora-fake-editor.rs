//! A fake editor, for tests that kill the program or fill its disk: edits, saves, imports, generates and exports at
//! random, and reports each action on stdout once it is done.
//!
//! `kinora-fake-editor FILM SEED ENGINE` works until it is killed. With `FULL`, a number, it does each kind of action
//! that often on a full disk, and once more when there is room again. With `sound` the disk is full in the middle of the
//! sound of takes.

#![expect(clippy::print_stdout, reason = "a program: it reports on stdout")]
#![expect(clippy::disallowed_methods, reason = "a program of tests may wait")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use kinora_render::export::{Export, export};
use kinora_render::{ExportSettings, Format, Picture, export::write_png};
use kinora_studio::Session;
use kinora_studio::engine::EngineHost;
use kinora_studio::exchange::import::import_medium;
use kinora_studio::generate::scheduler::{GenerationEvent, GenerationScheduler};
use kinora_studio::project::check::check;
use kinora_tests::PATIENCE;
use kinora_timeline::clip::Clip;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::shot::{ModelLength, Shot};
use kinora_timeline::{
    Amendment, Edit, FrameRange, FrameRate, Frames, Project, ShotId, Size, Source,
};
use kinora_wire::Progress;

type Outcome = Result<String, Box<dyn Error>>;

/// How often the disk is full in the middle of a sound.
const FULL_IN_SOUND: usize = 3;

/// The actions on a full disk, in turn.
const KINDS: [Kind; 5] = [
    Kind::Edit,
    Kind::Save,
    Kind::Import,
    Kind::Generate,
    Kind::Render,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Edit,
    Save,
    Import,
    Generate,
    Render,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seed, engine, full @ ..] = words.as_slice() else {
        eprintln!("usage: kinora-fake-editor FILM SEED ENGINE [FULL]");
        return ExitCode::from(2);
    };
    let opened = FakeEditor::open(
        Path::new(folder),
        seed.parse().unwrap_or(1),
        Path::new(engine),
    );
    let worked = opened.and_then(|editor| match full.first().map(String::as_str) {
        Some("sound") => editor.work_while_sound_fills_the_disk(),
        Some(times) => editor.work_on_a_full_disk(times.parse()?),
        None => editor.work(),
    });
    match worked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("broke {error}");
            ExitCode::FAILURE
        }
    }
}

struct FakeEditor {
    folder: PathBuf,
    session: Session,
    production: GenerationScheduler,
    engine: EngineHost,
    random: u64,
}

impl FakeEditor {
    fn open(folder: &Path, seed: u64, engine: &Path) -> Result<Self, Box<dyn Error>> {
        let session = if folder.join("project.ron").exists() {
            Session::open(folder)?
        } else {
            let size = Size::new(32, 16).ok_or("a size")?;
            Session::create(folder, &Project::new(FrameRate::FPS_24, size))?
        };
        Ok(Self {
            folder: folder.into(),
            production: GenerationScheduler::new(&session, || {}),
            engine: EngineHost::new(engine.into(), || {}),
            session,
            random: seed | 1,
        })
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn work(mut self) -> Result<(), Box<dyn Error>> {
        report("open");
        loop {
            let kind = match self.draw(20) {
                0..8 => Kind::Edit,
                8..10 => Kind::Save,
                10..14 => Kind::Import,
                14..18 => Kind::Generate,
                _ => Kind::Render,
            };
            report(&self.act(kind)?);
        }
    }

    /// Each action fails with an error message, leaves nothing partial, and succeeds when there is room again.
    fn work_on_a_full_disk(mut self, times: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..8 {
            self.act(Kind::Edit)?;
        }
        self.act(Kind::Generate)?;
        let ballast = self.folder.with_extension("ballast");
        let mut refused = 0;
        for round in 0..times * 4 {
            if refused == times {
                break;
            }
            let kind = KINDS[round % KINDS.len()];
            let left = self.draw(6) * 4096;
            fill(&ballast, left)?;
            let outcome = self.act(kind);
            let found = check(&self.folder, &mut |_| {})?.wrong;
            fs::remove_file(&ballast)?;
            if !found.is_empty() {
                return Err(format!("{kind:?} on a full disk left {found:?}").into());
            }
            if let Err(error) = outcome {
                refused += 1;
                let words = error.to_string();
                report(&format!("refused {kind:?}: {words}"));
                if !words.contains('/') {
                    return Err(format!("{kind:?} names no file: {words}").into());
                }
                self.act(kind)
                    .map_err(|error| format!("{kind:?} with room again: {error}"))?;
            }
        }
        report(&format!("refusals {refused}"));
        Ok(())
    }

    /// Room is left for the pictures of a take and for a part of its sound. The take is refused by the name of that file,
    /// nothing partial is left, and a take is made when there is room again.
    fn work_while_sound_fills_the_disk(mut self) -> Result<(), Box<dyn Error>> {
        self.act(Kind::Edit)?;
        self.act(Kind::Generate)?;
        let ballast = self.folder.with_extension("ballast");
        for _ in 0..FULL_IN_SOUND {
            let left = 48 * 1024 + self.draw(8) * 4096;
            fill(&ballast, left)?;
            let outcome = self.act(Kind::Generate);
            let found = check(&self.folder, &mut |_| {})?.wrong;
            fs::remove_file(&ballast)?;
            if !found.is_empty() {
                return Err(format!("a full disk left {found:?}").into());
            }
            let Err(error) = outcome else {
                return Err("the sound of a take was written on a full disk".into());
            };
            let words = error.to_string();
            report(&format!("refused sound: {words}"));
            if !words.contains("sound.flac") {
                return Err(format!("the file of the sound is not named: {words}").into());
            }
            self.act(Kind::Generate)
                .map_err(|error| format!("with room again: {error}"))?;
        }
        report(&format!("refusals {FULL_IN_SOUND}"));
        Ok(())
    }

    fn act(&mut self, kind: Kind) -> Outcome {
        match kind {
            Kind::Edit => self.edit(),
            Kind::Save => {
                let now = self.draw(1 << 40);
                self.session.document_mut().save(now)?;
                Ok("save".into())
            }
            Kind::Import => self.import(),
            Kind::Generate => self.generate(),
            Kind::Render => self.render(),
        }
    }

    fn done(&mut self, edit: Edit) -> Result<(), Box<dyn Error>> {
        Ok(self.session.document_mut().apply(&edit)?)
    }

    /// A new shot at the end of the timeline.
    fn edit(&mut self) -> Outcome {
        let number = self.session.project().shots().count();
        let rate = FrameRate::new(8, 1).ok_or("a rate")?;
        let shot = Shot::new(
            &format!("Shot {number}"),
            "a fox",
            ModelLength { frames: 9, rate },
        );
        self.done(Edit::Library(Library::AddShot(Box::new(shot))))?;
        let project = self.session.project();
        let last = project.shots().map(|shot| shot.id).max().ok_or("a shot")?;
        let track = project.tracks().first().ok_or("a track")?.id;
        let source = Source::Shot(last);
        let length = project.available(source).unwrap_or(Frames::ONE);
        let clip = Clip::new(source, Frames::ZERO, length);
        let pieces = vec![Piece { track, clip }];
        self.done(Edit::Place(Place::Append { pieces }))?;
        Ok(format!("shots {}", number + 1))
    }

    fn import(&mut self) -> Outcome {
        let grey = self.draw(256) as u8;
        let side = 16 + self.draw(64) as u32;
        let file = std::env::temp_dir().join(format!("kinora-{}-{side}.png", std::process::id()));
        write_png(&file, &Picture::plain(side, side, [grey, 9, 9, 255]))?;
        let brought = import_medium(&file, &self.folder);
        fs::remove_file(&file)?;
        let medium = brought.map_err(|failure| failure.to_string())?.medium;
        let content = medium.content;
        if self
            .session
            .project()
            .media()
            .all(|known| known.content != content)
        {
            self.done(Edit::Library(Library::AddMedium(Box::new(medium))))?;
        }
        Ok(format!("medium {content}"))
    }

    /// Generates a take of a shot, and of everything in the queue.
    fn generate(&mut self) -> Outcome {
        let shots: Vec<ShotId> = self.session.project().shots().map(|shot| shot.id).collect();
        if shots.is_empty() {
            return self.edit();
        }
        let at = self.draw(shots.len() as u64) as usize;
        let shot = self.session.project().shot(shots[at]).ok_or("the shot")?;
        let shot = Shot::clone(shot);
        let seed = self.draw(1 << 40); // never the same, so that each order makes a new take
        self.production.queue_take(&shot, seed);
        let failed: Vec<_> = self
            .production
            .queue()
            .orders()
            .iter()
            .map(|order| order.id)
            .collect();
        for order in failed {
            self.production.queue_mut().retry(order);
        }
        let end = Instant::now() + PATIENCE;
        let mut last = String::new();
        while !self.production.is_idle() {
            if Instant::now() > end {
                return Err("nothing is generated".into());
            }
            for news in self
                .production
                .poll(&mut self.engine, self.session.project(), false)
            {
                match news {
                    GenerationEvent::Begun(order) => {
                        let begun = self.production.queue().get(order).ok_or("the order")?;
                        report(&format!("begun {} {}", order.0, begun.seed));
                    }
                    GenerationEvent::Progress(_, Progress::Sound { first_sample, .. }) => {
                        report(&format!("sound {first_sample}"));
                    }
                    GenerationEvent::Take(shot, take) => {
                        let amendment = Amendment::FirstTake { shot, take };
                        self.session.document_mut().amend(&amendment)?;
                        report(&format!("take {take}"));
                        last = take.to_string();
                    }
                    GenerationEvent::Failed(order, failure) => {
                        self.production.queue_mut().remove(order);
                        return Err(failure.to_string().into());
                    }
                    _ => {}
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(format!("generated {last}"))
    }

    fn render(&mut self) -> Outcome {
        let project = self.session.project();
        let length = project.end().min(Frames(12));
        if length == Frames::ZERO {
            return self.edit();
        }
        let path = self.folder.with_extension(format!("{}.mp4", self.random));
        let wanted = Export {
            format: Format::MP4,
            range: FrameRange {
                start: Frames::ZERO,
                length,
            },
            path: path.clone(),
            settings: ExportSettings::default(),
        };
        export(project, &self.folder, &wanted, &mut |_| true)?;
        Ok(format!("film {} {}", length.0, path.display()))
    }
}

fn report(words: &str) {
    println!("{words}");
    std::io::stdout().flush().ok();
}

/// Fills the disk, except for `left` bytes.
fn fill(ballast: &Path, left: u64) -> std::io::Result<()> {
    let mut file = File::create(ballast)?;
    let block = [7_u8; 4096];
    while file.write_all(&block).is_ok() {}
    let size = file.metadata()?.len();
    file.set_len(size.saturating_sub(left))
}
