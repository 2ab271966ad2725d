//! Programs killed at any moment, full disks and flipped bits: projects survive. Environment variables set how often;
//! `cargo xtask test --soak` runs long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use kinora_render::media::{probe, read_sound};
use kinora_studio::Session;
use kinora_studio::generate::queue::Queue;
use kinora_studio::project::check::check;
use kinora_studio::take::take_store::TakeStore;
use kinora_tests::{fake_engine, program};
use kinora_timeline::ContentHash;

/// The actions an editor reported before it was killed.
#[derive(Debug, Default)]
struct Reported {
    shots: usize,
    takes: BTreeSet<ContentHash>,
    media: Vec<String>,
    films: BTreeMap<PathBuf, i64>,
    /// Actions begun since the last take: the order's number, and the seed that identifies its take.
    begun: Vec<(u64, u64)>,
    lines: usize,
}

impl Reported {
    fn record(&mut self, line: &str) {
        self.lines += 1;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "shots" => self.shots = rest.parse().expect("a number"),
            "take" => {
                self.takes
                    .insert(ContentHash::try_from(rest.to_owned()).expect("a take"));
                self.begun.clear();
            }
            "medium" => self.media.push(rest.to_owned()),
            "film" => {
                let (frames, path) = rest.split_once(' ').expect("frames and a path");
                self.films
                    .insert(path.into(), frames.parse().expect("a number"));
            }
            "begun" => {
                let (order, seed) = rest.split_once(' ').expect("an order and its seed");
                let numbers = (
                    order.parse().expect("a number"),
                    seed.parse().expect("a number"),
                );
                self.begun.push(numbers);
            }
            "broke" => panic!("the editor gave up: {rest}"),
            _ => {}
        }
    }
}

fn times(name: &str, usual: usize) -> usize {
    let set = std::env::var(name).ok();
    set.and_then(|set| set.parse().ok()).unwrap_or(usual)
}

/// A number that is the same in every run, but different for each round (SplitMix64).
fn stirred(round: usize) -> u64 {
    let mut bits = (round as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) >> 16
}

#[test]
fn killed_at_any_moment_nothing_that_was_done_is_lost_and_nothing_is_broken() {
    let home = tempfile::tempdir().expect("a folder");
    let engine = fake_engine("well", home.path());
    let editor = program("kinora-fake-editor");
    let mut all = Reported::default();
    let rounds = times("KINORA_FILM_KILLS", 12);
    let mut project = home.path().join("0.kinora");
    for round in 0..rounds {
        if round % 25 == 0 {
            project = home.path().join(format!("{round}.kinora"));
            all = Reported::default();
        }
        let mut child = Command::new(&editor)
            .args([
                project.as_os_str(),
                stirred(round).to_string().as_ref(),
                engine.as_os_str(),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the editor starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        #[expect(clippy::disallowed_methods, reason = "a test may wait")]
        std::thread::sleep(Duration::from_millis(stirred(round) % 1800));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let lines = reader.join().expect("read");
        all.begun.clear();
        for line in &lines {
            all.record(line);
        }
        if project.join("project.ron").exists() {
            // Actions that were done but not reported must stay as well.
            all.shots = examine(&project, &all, round);
        }
    }
    assert!(all.lines > 0, "nothing was ever done");
}

/// Lets an editor work until it reports a line, kills it then, and returns all lines.
fn killed_at(
    (project, engine): (&Path, &Path),
    round: usize,
    is_last: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let seed = stirred(round).to_string();
    let mut child = Command::new(program("kinora-fake-editor"))
        .args([project.as_os_str(), seed.as_ref(), engine.as_os_str()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the editor starts");
    let mut lines = Vec::new();
    let reported = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for line in reported.map_while(Result::ok) {
        let is_last = is_last(&line);
        lines.push(line);
        if is_last {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("gone");
    lines
}

#[test]
fn killed_while_sound_is_written_no_take_is_broken_and_the_next_one_is_whole() {
    let home = tempfile::tempdir().expect("a folder");
    let engine = fake_engine("noise", home.path());
    let project = home.path().join("film.kinora");
    let mut all = Reported::default();
    let mut work = |round: usize, is_last: &dyn Fn(&str) -> bool| {
        let lines = killed_at((&project, &engine), round, is_last);
        all.begun.clear();
        for line in &lines {
            all.record(line);
        }
        let was_reached = lines.iter().any(|line| is_last(line));
        assert!(was_reached, "round {round}: {lines:?}");
        all.shots = examine(&project, &all, round);
        all.takes.clone()
    };
    let rounds = times("KINORA_SOUND_KILLS", 4);
    for round in 0..rounds {
        let block = format!("sound {}", 4000 * (stirred(round) % 13));
        work(round, &|line| line == block);
    }
    let takes = work(rounds, &|line| line.starts_with("take "));
    let made = takes.last().copied().expect("a take");
    let mut heard = 0;
    read_sound(&TakeStore::of(&project).sound(made), &mut |piece| {
        heard += piece.len() / 2;
        true
    })
    .expect("a sound");
    assert_eq!(heard, 54_000, "nine frames, eight in a second");
}

/// Checks that everything reported is there. Returns the number of shots.
fn examine(project: &Path, reported: &Reported, round: usize) -> usize {
    let takes = TakeStore::of(project);
    let shots = {
        let session =
            Session::open(project).unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert!(
            session.can_be_edited(),
            "round {round}: the lock is gone with the program"
        );
        let shots = session.project().shots().count();
        let both = reported.shots..=reported.shots + 1; // one more may be done and not reported
        assert!(
            both.contains(&shots),
            "round {round}: {shots} shots, {} reported",
            reported.shots
        );
        let media: Vec<String> = session
            .project()
            .media()
            .map(|one| one.content.to_string())
            .collect();
        let lost = reported.media.iter().find(|one| !media.contains(one));
        assert_eq!(lost, None, "round {round}");
        shots
    };
    for take in &reported.takes {
        assert_eq!(takes.fault(*take), None, "round {round}");
    }
    let queue = Queue::open_read_only(project);
    let made = takes.all();
    for (order, seed) in &reported.begun {
        let is_wanted = queue.orders().iter().any(|waiting| waiting.id.0 == *order);
        // An order that was begun is still in the queue, unless its take exists without having been reported.
        let is_made = made.iter().any(|(_, take)| {
            take.readable()
                .is_some_and(|recipe| recipe.inputs.seed == *seed)
        });
        assert!(is_wanted || is_made, "round {round}: order {order}");
    }
    for (path, frames) in &reported.films {
        let found = probe(path).unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(
            found.picture.map(|track| track.frames.0),
            Some(*frames),
            "round {round}"
        );
    }
    let found = check(project, &mut |_| {}).expect("it opens").wrong;
    assert_eq!(found, [], "round {round}");
    shots
}

/// Lets an editor work on a small disk of its own. `None`: none can be made here.
fn on_a_small_disk(script: &str, how: &str) -> Option<String> {
    let home = tempfile::tempdir().expect("a folder");
    let small = home.path().join("small");
    fs::create_dir(&small).expect("made");
    let engine = fake_engine(script, home.path());
    let editor = program("kinora-fake-editor");
    let script = format!(
        "mount -t tmpfs -o size=3m tmpfs '{0}' && TMPDIR='{1}' exec '{2}' '{0}/film.kinora' 11 '{3}' {how}",
        small.display(),
        home.path().display(),
        editor.display(),
        engine.display(),
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .output()
        .expect("unshare runs");
    let reported = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && reported.is_empty() {
        eprintln!("left out: no disk of one's own can be made here: {errors}");
        return None;
    }
    assert!(output.status.success(), "{reported}\n{errors}");
    Some(reported)
}

#[test]
fn on_a_full_disk_all_work_is_refused_with_words_and_goes_on_when_there_is_room() {
    let times = times("KINORA_FULL_DISKS", 5);
    if let Some(reported) = on_a_small_disk("well", &times.to_string()) {
        let refusals = format!("refusals {times}");
        assert!(reported.contains(&refusals), "{reported}");
    }
}

#[test]
fn a_take_whose_sound_fills_the_disk_is_refused_and_made_when_there_is_room() {
    if let Some(reported) = on_a_small_disk("noise", "sound") {
        assert!(reported.contains("refusals 3"), "{reported}");
    }
}

#[test]
fn a_flipped_bit_in_any_stored_file_is_found() {
    let home = tempfile::tempdir().expect("a folder");
    let engine = fake_engine("well", home.path());
    let project = home.path().join("film.kinora");
    let mut child = Command::new(program("kinora-fake-editor"))
        .args([project.as_os_str(), "5".as_ref(), engine.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the editor starts");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut reported = Reported::default();
    for line in lines.map_while(Result::ok) {
        reported.record(&line);
        if reported.takes.len() >= 4 && reported.media.len() >= 4 {
            break;
        }
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert_eq!(check(&project, &mut |_| {}).expect("it opens").wrong, []);
    let files = stored(&project);
    assert!(files.len() > 10, "{files:?}");
    for round in 0..times("KINORA_FLIPS", 40) {
        let file = &files[round % files.len()];
        let whole = fs::read(file).expect("read");
        let mut bytes = whole.clone();
        let bit = stirred(round) as usize % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(file, bytes).expect("written");
        let found = check(&project, &mut |_| {});
        let is_found = found.as_ref().map_or(true, |found| !found.wrong.is_empty());
        assert!(is_found, "bit {bit} of {}", file.display());
        fs::write(file, whole).expect("written");
    }
}

/// All files of a project that cannot be created again and are not empty. The lock only names its holder.
fn stored(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("listed").flatten() {
            let path = entry.path();
            let is_part =
                path.extension().is_some_and(|end| end == "part") || path.ends_with(".lock");
            match path.is_dir() {
                true if path.ends_with("cache") => {}
                true => folders.push(path),
                false if is_part || entry.metadata().is_ok_and(|file| file.len() == 0) => {}
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}
