//! A file that is being read for the first time, seen from the program that requested it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use kinora_render::media::Survey;
use kinora_wire::Failure;

use super::reader::read_found;
use super::{Caches, Found, ReaderLine};

/// The time in which it is known what a file holds, beside that of reading its bytes.
const LONGEST_PROBE: Duration = Duration::from_mins(1);
/// The time between two looks at whether a reading is cancelled.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// A disk on a slow network.
const SLOWEST_BYTES_PER_SECOND: u64 = 5_000_000;

/// The reader of this process's files.
static READER: OnceLock<MediaReader> = OnceLock::new();

/// The program that reads files, and its limits.
#[derive(Clone, Debug)]
pub struct MediaReader {
    /// The program, and its arguments before the file's.
    pub command: Vec<PathBuf>,
    /// It is ended if it writes no line for this long.
    pub stall: Duration,
}

impl MediaReader {
    /// The command `read-media` of a program, with the usual limit.
    pub fn of_program(program: PathBuf) -> Self {
        Self {
            command: vec![program, "read-media".into()],
            stall: Duration::from_secs(30),
        }
    }
}

/// Sets the reader of this process. The first one stays.
pub(super) fn set_reader(reader: MediaReader) {
    READER.set(reader).ok(); // there is one
}

/// The reader of this process; `None`: it reads all files itself.
pub(super) fn reader() -> Option<&'static MediaReader> {
    READER.get()
}

/// A file that is being read.
#[derive(Debug)]
pub struct Reading {
    file: PathBuf,
    found: Found,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Process(Process),
    /// Nothing is decoded before it is waited for.
    Here(Option<Caches>),
}

impl Reading {
    /// Begins to read a file. Returns when it is known what the file holds; reading goes on.
    ///
    /// # Errors
    /// The file is not a picture, video or sound, or crashes or hangs its reader.
    pub fn begin(file: &Path, caches: Option<Caches>) -> Result<Self, Failure> {
        Self::begin_with(reader(), file, caches)
    }

    /// The same with a reader; `None`: this process.
    ///
    /// # Errors
    /// As [`Reading::begin`].
    pub fn begin_with(
        reader: Option<&MediaReader>,
        file: &Path,
        caches: Option<Caches>,
    ) -> Result<Self, Failure> {
        let Some(reader) = reader else {
            return Ok(Self {
                file: file.into(),
                found: Found::of(file, &mut || {})?,
                source: Source::Here(caches),
            });
        };
        let mut process = Process::start(reader, file, caches.as_ref())?;
        let bytes = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        let most = LONGEST_PROBE + Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND);
        loop {
            if process.begun.elapsed() > most {
                return Err(process.hangs(file)); // a file that never ends
            }
            match process.line(file)? {
                ReaderLine::Found(found) => {
                    process.stall += found.longest_step();
                    return Ok(Self {
                        file: file.into(),
                        found: *found,
                        source: Source::Process(process),
                    });
                }
                ReaderLine::Refused(failure) => return Err(failure),
                ReaderLine::Progress(_) => {}
                ReaderLine::Surveyed(_) => return Err(Failure::bug("a survey of nothing")),
            }
        }
    }

    /// What the file holds.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// Waits until all of the file was decoded. `on_progress` is given the share that is done, several times a second, and
    /// cancels the reading by returning false.
    ///
    /// # Errors
    /// Nothing of the file can be decoded, or it crashes or hangs its reader; it was cancelled.
    pub fn finish(&mut self, on_progress: &mut dyn FnMut(f64) -> bool) -> Result<Survey, Failure> {
        let mut share = 0.0;
        loop {
            if !on_progress(share) {
                return Err(Failure::cancelled());
            }
            if let Some(survey) = self.wait(BETWEEN_LOOKS, &mut |now| share = now)? {
                return Ok(survey);
            }
        }
    }

    /// Waits for some time; `None` if the file is still being read then.
    ///
    /// # Errors
    /// As [`Reading::finish`].
    pub fn wait(
        &mut self,
        most: Duration,
        on_progress: &mut dyn FnMut(f64),
    ) -> Result<Option<Survey>, Failure> {
        let process = match &mut self.source {
            Source::Process(process) => process,
            Source::Here(caches) => {
                let mut report = |line| {
                    if let ReaderLine::Progress(share) = line {
                        on_progress(share);
                    }
                };
                let caches = caches.as_ref();
                return read_found(&self.file, &self.found, caches, &mut report).map(Some);
            }
        };
        let begun = Instant::now();
        loop {
            let left = most.saturating_sub(begun.elapsed());
            let Some(line) = process.line_within(&self.file, left)? else {
                return Ok(None);
            };
            match line {
                ReaderLine::Progress(share) => on_progress(share),
                ReaderLine::Surveyed(survey) => return Ok(Some(survey)),
                ReaderLine::Refused(failure) => return Err(failure),
                ReaderLine::Found(_) => return Err(Failure::bug("a file is found once")),
            }
        }
    }
}

/// A reading process. It is ended when this is dropped.
#[derive(Debug)]
struct Process {
    child: Child,
    lines: Receiver<ReaderLine>,
    stall: Duration,
    begun: Instant,
    last_line: Instant,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok(); // it has ended by itself
        self.child.wait().ok();
    }
}

impl Process {
    fn start(reader: &MediaReader, file: &Path, caches: Option<&Caches>) -> Result<Self, Failure> {
        let mut words = reader.command.iter();
        let program = words.next().cloned().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(words);
        if let Some(Caches { folder, content }) = caches {
            command.arg("--project").arg(folder);
            command.arg("--content").arg(content.to_string());
        }
        command.arg("--").arg(file);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let started = command.spawn();
        let mut child = started.map_err(|error| {
            Failure::bad_file(
                format!("{} cannot be started: {error}", program.display()),
                "it reads new files; install Kinora again",
            )
        })?;
        let (sender, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || pass_on(stdout, &sender));
        }
        Ok(Self {
            child,
            lines,
            stall: reader.stall,
            begun: Instant::now(),
            last_line: Instant::now(),
        })
    }

    /// The next line.
    fn line(&mut self, file: &Path) -> Result<ReaderLine, Failure> {
        match self.line_within(file, Duration::MAX)? {
            Some(line) => Ok(line),
            None => Err(self.hangs(file)),
        }
    }

    /// The next line; `None` if there is none after some time.
    fn line_within(&mut self, file: &Path, most: Duration) -> Result<Option<ReaderLine>, Failure> {
        let until_stall = self.stall.saturating_sub(self.last_line.elapsed());
        match self.lines.recv_timeout(most.min(until_stall)) {
            Ok(line) => {
                self.last_line = Instant::now();
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Timeout) if self.last_line.elapsed() >= self.stall => {
                Err(self.hangs(file))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.crashed(file)),
        }
    }

    fn hangs(&mut self, file: &Path) -> Failure {
        self.child.kill().ok(); // it has ended by itself
        let seconds = self.stall.max(self.begun.elapsed()).as_secs_f32();
        Failure::bad_file(
            format!(
                "{} hangs its reader: nothing came of it in {seconds:.0} seconds",
                file.display()
            ),
            "it is damaged; convert it with another program first",
        )
    }

    fn crashed(&mut self, file: &Path) -> Failure {
        // It has ended, or its output is not that of a reader. How it ended does not change by this.
        self.child.kill().ok();
        let how = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Failure::bad_file(
            format!("{} crashes its reader ({how})", file.display()),
            "it is damaged, or needs too much memory; convert it with another program first",
        )
    }
}

/// Passes on the lines of a reading process until it ends.
fn pass_on(stdout: ChildStdout, lines: &Sender<ReaderLine>) {
    for line in BufReader::new(stdout).lines() {
        let Ok(line) = line else { return };
        let Ok(line) = ron::from_str(&line) else {
            return; // not a reader: it counts as one that has crashed
        };
        if lines.send(line).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell script in place of the reader.
    fn script(text: &str) -> MediaReader {
        let words = ["sh", "-c", text, "reader"];
        MediaReader {
            command: words.map(PathBuf::from).to_vec(),
            stall: Duration::from_millis(700),
        }
    }

    fn cause(text: &str) -> String {
        let reader = script(text);
        let begun = Instant::now();
        let reading = Reading::begin_with(Some(&reader), Path::new("a/fox.mp4"), None);
        let failure = match reading {
            Ok(mut reading) => reading.finish(&mut |_| true).expect_err("refused"),
            Err(failure) => failure,
        };
        assert!(begun.elapsed() < Duration::from_secs(20), "{failure}");
        assert!(failure.cause.contains("fox.mp4"), "{failure}");
        failure.cause
    }

    const FOUND: &str = "echo 'Found(Still)';";

    #[test]
    fn a_file_that_crashes_or_hangs_its_reader_is_named_and_refused_at_once() {
        assert!(cause("kill -SEGV $$").contains("crashes its reader (signal: 11"));
        assert!(cause("exit 3").contains("crashes its reader (exit status: 3)"));
        assert!(cause("sleep 60").contains("hangs its reader"));
        assert!(cause("echo nonsense; sleep 60").contains("crashes its reader"));
    }

    #[test]
    fn a_file_is_also_refused_that_crashes_or_hangs_while_it_is_decoded() {
        assert!(cause(&format!("{FOUND} kill -ABRT $$")).contains("crashes its reader"));
        let hangs = format!("{FOUND} echo 'Progress(0.5)'; sleep 60");
        assert!(cause(&hangs).contains("hangs its reader"));
    }

    #[test]
    fn a_reader_that_goes_on_is_waited_for_and_its_survey_comes_back() {
        let text = format!(
            "{FOUND} for i in 1 2 3 4 5; do sleep 0.3; echo 'Progress(0.5)'; done; echo 'Surveyed((frames:[(start:1,end:2)],sounds:[]))'"
        );
        let reader = script(&text);
        let mut reading =
            Reading::begin_with(Some(&reader), Path::new("fox.mp4"), None).expect("begun");
        let early = reading.wait(Duration::from_millis(50), &mut |_| {});
        assert_eq!(early.expect("no failure"), None);
        let mut last = 0.0;
        let on_progress = &mut |share| {
            last = share;
            true
        };
        let survey = reading.finish(on_progress).expect("read");
        assert_eq!((survey.frames, last), (vec![1..=2], 0.5));
    }
    #[test]
    fn a_cancelled_reading_ends_its_reader_at_once() {
        let reader = script(&format!(
            "{FOUND} while true; do echo 'Progress(0.1)'; sleep 0.1; done"
        ));
        let mut reading =
            Reading::begin_with(Some(&reader), Path::new("fox.mp4"), None).expect("begun");
        let begun = Instant::now();
        let mut looks = 0;
        let cancelled = reading.finish(&mut |_| {
            looks += 1;
            looks < 3
        });
        assert_eq!(cancelled, Err(Failure::cancelled()));
        drop(reading);
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
