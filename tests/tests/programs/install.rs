//! `kinora models install` and its neighbours, with a hub on this machine: the licence comes first, and a program that is
//! killed at any moment leaves no broken file and fetches at most one block twice.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use kinora_studio::install::fetch::{fetched_bytes, part_of};
use kinora_tests::model_hub::{ModelHub, PLACE, RELEASE_ID};
use kinora_tests::{PATIENCE, eventually, kinora};

/// The most that is fetched twice, in bytes.
const BLOCK: u64 = 8 << 20;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Bytes that are the same in every run, and differ from block to block.
fn content(size: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A home whose catalogue has the hub's release.
fn home_with(hub: &ModelHub) -> tempfile::TempDir {
    let home = home();
    hub.write_card(&home.path().join("data/kinora"));
    home
}

fn models(home: &Path, hub: &ModelHub, arguments: &[&str]) -> Command {
    let mut command = kinora(home);
    command
        .env_remove("DISPLAY")
        .env("KINORA_MODEL_MIRROR", &hub.address)
        .arg("models")
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("kinora starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(home: &Path) -> PathBuf {
    home.join("data/kinora/models").join(PLACE)
}

#[test]
fn nothing_is_fetched_before_the_licence_is_accepted() {
    let hub = ModelHub::start(content(100_000));
    let home = home_with(&hub);
    let output = run(&mut models(home.path(), &hub, &["install", RELEASE_ID]));
    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("Test licence") && said.contains("--yes-licence"),
        "{said}"
    );
    assert!(hub.starts().is_empty() && !file(home.path()).exists());

    let mut command = models(home.path(), &hub, &["install", RELEASE_ID]);
    let spawned = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.expect("kinora starts");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(b"yes\n")
        .expect("typed");
    let output = child.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fs::read(file(home.path())).expect("there") == content(100_000));

    // Accepted once, and there already.
    let output = run(&mut models(home.path(), &hub, &["install", RELEASE_ID]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(hub.starts().len(), 1);
}

#[test]
fn an_installed_model_is_listed_verified_moved_and_removed() {
    let hub = ModelHub::start(content(50_000));
    let home = home_with(&hub);
    let install = ["install", RELEASE_ID, "--yes-licence"];
    assert!(
        run(&mut models(home.path(), &hub, &install))
            .status
            .success()
    );
    let list = text(&run(&mut models(home.path(), &hub, &["available"])).stdout);
    let row = list
        .lines()
        .find(|line| line.starts_with(RELEASE_ID))
        .expect("a row");
    assert!(
        row.contains("installed") && list.contains("wan2.1-t2v-1.3b"),
        "{list}"
    );
    let json = run(&mut models(home.path(), &hub, &["available", "--json"])).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert!(
        json.as_array()
            .expect("a list")
            .iter()
            .any(|entry| entry["installed"] == true)
    );

    let verify = |file: &Path, bytes: &[u8]| {
        fs::write(file, bytes).expect("written");
        run(&mut models(home.path(), &hub, &["verify", RELEASE_ID]))
    };
    assert!(
        verify(&file(home.path()), &content(50_000))
            .status
            .success()
    );
    let mut wrong = content(50_000);
    wrong[49_999] ^= 1;
    let output = verify(&file(home.path()), &wrong);
    assert!(!output.status.success() && text(&output.stdout).contains("DIFFERS"));

    let other = home.path().join("other");
    let other_text = other.display().to_string();
    assert!(
        run(&mut models(home.path(), &hub, &["move", &other_text]))
            .status
            .success()
    );
    assert!(other.join(PLACE).exists() && !file(home.path()).exists());
    let asked = run(&mut models(home.path(), &hub, &["remove", RELEASE_ID]));
    assert!(
        !asked.status.success() && other.join(PLACE).exists(),
        "not without a yes"
    );
    assert!(
        run(&mut models(
            home.path(),
            &hub,
            &["remove", RELEASE_ID, "--yes"]
        ))
        .status
        .success()
    );
    assert!(!other.join(PLACE).exists());
}

#[test]
fn a_file_that_the_user_put_there_is_neither_replaced_nor_deleted() {
    let hub = ModelHub::start(content(1_000));
    let home = home_with(&hub);
    let file = file(home.path());
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    let said = |arguments: &[&str]| {
        let output = run(&mut models(home.path(), &hub, arguments));
        assert!(!output.status.success());
        text(&output.stderr)
    };
    for mine in [vec![1_u8; 500], vec![1_u8; 1_000]] {
        fs::write(&file, &mine).expect("written");
        if mine.len() == 500 {
            let reported = said(&["install", RELEASE_ID, "--yes-licence"]);
            assert!(reported.contains("is another file"), "{reported}");
        }
        let reported = said(&["remove", RELEASE_ID, "--yes"]);
        assert!(reported.contains("Kinora did not fetch it"), "{reported}");
        assert!(fs::read(&file).expect("there") == mine);
    }
    assert!(hub.starts().is_empty());
}

#[test]
fn a_mistake_in_the_settings_is_reported_before_anything_is_fetched() {
    let hub = ModelHub::start(content(1_000));
    let home = home_with(&hub);
    let config = home.path().join("config/kinora");
    fs::create_dir_all(&config).expect("made");
    fs::write(config.join("install.ron"), "(folder: \"/mnt\")").expect("written");
    let install = ["install", RELEASE_ID, "--yes-licence"];
    let output = run(&mut models(home.path(), &hub, &install));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("install.ron"));
    assert!(hub.starts().is_empty());
}

#[test]
fn what_cannot_be_installed_is_reported_in_words() {
    let hub = ModelHub::start(content(10));
    let home = home_with(&hub);
    let said = |arguments: &[&str]| {
        let output = run(&mut models(home.path(), &hub, arguments));
        assert!(!output.status.success());
        text(&output.stderr)
    };
    assert!(said(&["install", "no-such-model"]).contains("kinora models available"));
    let plain = [
        "install",
        RELEASE_ID,
        "--yes-licence",
        "--mirror",
        "http://hub.example",
    ];
    assert!(said(&plain).contains("https://"));
    assert!(said(&["remove", RELEASE_ID, "--yes"]).contains("no file of"));
}

/// How many kills: few in a check, many in a soak.
fn kills() -> u64 {
    let wanted = std::env::var("KINORA_INSTALL_KILLS").ok();
    wanted.and_then(|count| count.parse().ok()).unwrap_or(8)
}

#[expect(clippy::disallowed_methods, reason = "a test may wait")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}

fn start(home: &Path, hub: &ModelHub) -> Child {
    let mut command = models(home, hub, &["install", RELEASE_ID, "--yes-licence"]);
    command
        .stderr(Stdio::null())
        .spawn()
        .expect("kinora starts")
}

#[test]
fn killed_at_any_moment_it_leaves_no_broken_file_and_fetches_one_block_twice_at_most() {
    let size = 44 << 20;
    let bytes = content(size);
    let hub = ModelHub::start(bytes.clone());
    let home = home_with(&hub);
    let file = file(home.path());
    let mut random = 12_345_u64;
    for kill in 0..kills() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let most = (random >> 33) % (20 << 20);
        hub.stop_after(most);
        let (safe, asked) = (fetched_bytes(&file), hub.starts().len());
        let mut child = start(home.path(), &hub);
        let is_there = || {
            let is_silent = hub.starts().len() > asked && hub.sent_bytes() >= most;
            let has_all = hub.sent_bytes() + safe >= size as u64;
            (is_silent || has_all).then_some(())
        };
        let reached = eventually(PATIENCE, || match child.try_wait() {
            Ok(Some(_)) => Some(()), // it only had to compare the hash
            _ => is_there(),
        });
        reached.expect("it fetches");
        wait(Duration::from_millis(random % 60));
        child.kill().ok();
        child.wait().expect("ended");
        if let Some(start) = hub.starts().get(asked) {
            assert_eq!(*start, safe, "kill {kill}: it went on where it was safe");
        }
        if file.exists() {
            assert!(fs::read(&file).expect("there") == bytes, "kill {kill}");
            fs::remove_file(&file).expect("removed");
            continue;
        }
        let length = fs::metadata(part_of(&file)).map_or(0, |metadata| metadata.len());
        let twice = length - fetched_bytes(&file);
        assert!(
            twice <= BLOCK,
            "kill {kill}: {twice} bytes are fetched twice"
        );
    }
    hub.stop_after(u64::MAX);
    let status = start(home.path(), &hub).wait().expect("ended");
    assert!(status.success() && fs::read(&file).expect("there") == bytes);
}
