//! `kill -9` at any moment of editing and saving: the project opens, and every edit reported as done is there.
//! `KINORA_KILLS` sets how often. The child process is this test itself; a variable makes it edit until it is killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::random::{Dice, edit, first_project};
use kinora_timeline::file::{self, Access, Document, RealDisk};

const FOLDER: &str = "KINORA_TEST_EDIT_UNTIL_KILLED";

#[test]
fn a_film_survives_being_killed_at_any_moment() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        edit_until_killed(Path::new(&folder));
    }
    let kills: u64 = std::env::var("KINORA_KILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(20);
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("film.kinora");
    file::create(&RealDisk, &folder, &first_project()).expect("create");
    let mut dice = Dice(3);
    for kill in 0..kills {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args([
            "--exact",
            "killed::a_film_survives_being_killed_at_any_moment",
            "--nocapture",
        ]);
        let mut child = command
            .env(FOLDER, &folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut reported = BufReader::new(child.stdout.take().expect("piped"))
            .lines()
            .map_while(Result::ok);
        // The fingerprints of the project after each step, up to a random number of them.
        let wanted = dice.below(40);
        let mut last = None;
        for line in reported
            .by_ref()
            .filter_map(|line| line.strip_prefix("done ").map(str::to_owned))
            .take(wanted as usize)
        {
            last = Some(line);
        }
        let spin = dice.below(200_000);
        std::hint::black_box((0..spin).fold(0_u64, |sum, number| sum ^ number.wrapping_mul(spin)));
        child.kill().expect("killed");
        // What the child had reported before it died counts too.
        let rest: Vec<String> = reported
            .filter_map(|line| line.strip_prefix("done ").map(str::to_owned))
            .collect();
        child.wait().expect("ended");
        let all: Vec<String> = last.into_iter().chain(rest).collect();
        let (document, _) = Document::open(RealDisk, &folder, Access::Edit(None))
            .unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        if let Some(last) = all.last() {
            let found = document.project().fingerprint().to_string();
            // One more step may have been done and not yet reported.
            let mut history = document.history().clone();
            history.undo();
            let before = history.project().fingerprint().to_string();
            assert!(
                found == *last || before == *last,
                "kill {kill}: what was reported to be done is lost"
            );
        }
    }
    println!("{kills} kills, 0 unopenable");
}

fn edit_until_killed(folder: &Path) -> ! {
    let (mut document, _) = Document::open(RealDisk, folder, Access::Edit(None)).expect("open");
    let mut dice = Dice(u64::from(std::process::id()));
    println!();
    for number in 0.. {
        let done = if dice.below(10) == 0 {
            document.save(number).is_ok()
        } else {
            let edit = edit(document.project(), &mut dice);
            document.apply(&edit).is_ok()
        };
        if done {
            println!("done {}", document.project().fingerprint());
        }
    }
    std::process::exit(0)
}
