//! Downloads from servers that do everything wrong. Whatever they do, a file has its final name only with its bytes.

mod continued;
mod server;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use kinora_fetch::{
    Control, FetchError, FetchErrorKind, Order, Phase, Progress, Settings, Stop, Token, fetch_all,
    fetched_bytes, journal_of, part_of, remembered, sha256_of,
};
use server::{Act, Server};

const BLOCK: usize = 10_000;

fn content(size: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..size).map(|_| random.u8(..)).collect()
}

fn hash(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bytes");
    fs::write(&file, bytes).expect("written");
    sha256_of(&file, &mut |_| true).expect("hashed")
}

fn settings(hub: &str) -> Settings {
    Settings {
        stall: Duration::from_millis(300),
        pauses: vec![Duration::from_millis(2); 4],
        block_bytes: BLOCK as u64,
        ..Settings::for_hub(hub)
    }
}

fn order(server: &Server, bytes: &[u8]) -> Order {
    Order {
        address: format!("{}/owner/name/weights.bin", server.address),
        place: "vae/weights.bin".into(),
        size_bytes: Some(bytes.len() as u64),
        about_bytes: None,
        sha256: Some(hash(bytes)),
    }
}

fn fetch(order: &Order, server: &Server, folder: &Path) -> Result<(), FetchError> {
    let (control, progress) = (Control::default(), Progress::default());
    let orders = std::slice::from_ref(order);
    fetch_all(
        orders,
        folder,
        &settings(&server.address),
        &control,
        &progress,
    )
}

/// The bytes of the finished file; `None`: there is none.
fn finished(folder: &Path) -> Option<Vec<u8>> {
    fs::read(folder.join("vae/weights.bin")).ok()
}

#[test]
fn each_mistake_of_a_server_is_survived() {
    let bytes = content(45_000, 1);
    let acts = [
        vec![],
        vec![Act::Cut(0), Act::Cut(12_345), Act::Cut(9_999), Act::Cut(1)],
        vec![Act::Stall(0), Act::Stall(22_222)],
        vec![Act::Cut(20_000), Act::OtherRange, Act::OtherRange],
        vec![Act::OtherSize, Act::OtherSize],
        vec![Act::TooFew, Act::TooFew],
        vec![Act::Cut(30_000), Act::WholeFile],
        vec![Act::Cut(30_000), Act::Page],
        vec![Act::Nonsense, Act::Page],
        vec![Act::Status(500), Act::Status(503), Act::Status(429)],
        vec![Act::Cut(15_000), Act::NewVersion],
        vec![Act::Redirect("/elsewhere".into(), Vec::new())],
    ];
    for acts in acts {
        let server = Server::start(&bytes, acts.clone());
        let folder = tempfile::tempdir().expect("a folder");
        let order = order(&server, &bytes);
        let outcome = fetch(&order, &server, folder.path());
        if acts.contains(&Act::NewVersion) {
            // The tag was right, the bytes were not: the hash says so, and the next time it works.
            assert_eq!(
                outcome.expect_err("reported").kind,
                FetchErrorKind::WrongBytes
            );
            assert_eq!(finished(folder.path()), None);
            fetch(&order, &server, folder.path()).expect("fetched");
        } else {
            outcome.unwrap_or_else(|error| panic!("{acts:?}: {error}"));
        }
        assert!(finished(folder.path()) == Some(bytes.clone()), "{acts:?}");
        let file = folder.path().join("vae/weights.bin");
        assert!(
            !part_of(&file).exists() && !journal_of(&file).exists(),
            "{acts:?}"
        );
        assert_eq!(remembered(&file).map(|origin| origin.sha256), order.sha256);
    }
}

#[test]
fn thirty_random_cuts_lose_no_byte_and_fetch_none_twice() {
    let bytes = content(400_000, 2);
    let mut random = fastrand::Rng::with_seed(3);
    let cuts: Vec<usize> = (0..30).map(|_| random.usize(10_000..13_000)).collect();
    let server = Server::start(&bytes, cuts.iter().map(|cut| Act::Cut(*cut)).collect());
    let folder = tempfile::tempdir().expect("a folder");
    fetch(&order(&server, &bytes), &server, folder.path()).expect("fetched");
    assert!(finished(folder.path()) == Some(bytes));
    let mut sent = 0;
    for (request, cut) in server.requests().iter().zip(cuts.iter().chain([&0])) {
        assert_eq!(request.from.unwrap_or_default(), sent);
        sent += cut;
    }
    assert_eq!(server.requests().len(), 31);
    assert_eq!(server.requests()[1].if_range.as_deref(), Some("\"one\""));
}

#[test]
fn whatever_a_server_does_the_final_name_has_the_right_bytes_or_is_not_there() {
    let bytes = content(60_000, 4);
    for seed in 0..30 {
        let mut random = fastrand::Rng::with_seed(seed);
        let act = |random: &mut fastrand::Rng| match random.u8(..12) {
            0 => Act::Cut(random.usize(..60_000)),
            1 => Act::Stall(random.usize(..60_000)),
            2 => Act::OtherRange,
            3 => Act::OtherSize,
            4 => Act::TooFew,
            5 => Act::WholeFile,
            6 => Act::Flip(random.usize(..60_000)),
            7 => Act::Nonsense,
            8 => Act::Page,
            9 => Act::Status(
                random
                    .choice([401, 404, 429, 500, 416, 206, 204])
                    .unwrap_or(500),
            ),
            10 => Act::NewVersion,
            _ => Act::Good,
        };
        let acts: Vec<Act> = (0..8).map(|_| act(&mut random)).collect();
        let server = Server::start(&bytes, acts.clone());
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..3 {
            let outcome = fetch(&order(&server, &bytes), &server, folder.path());
            match finished(folder.path()) {
                None => assert!(outcome.is_err(), "seed {seed}: {acts:?}"),
                Some(found) => assert!(found == bytes, "seed {seed}: {acts:?}"),
            }
        }
    }
}

#[test]
fn a_wrong_bit_is_found_and_nothing_is_kept() {
    let bytes = content(45_000, 5);
    let server = Server::start(&bytes, vec![Act::Flip(44_999)]);
    let folder = tempfile::tempdir().expect("a folder");
    let reported = fetch(&order(&server, &bytes), &server, folder.path()).expect_err("wrong");
    assert_eq!(reported.kind, FetchErrorKind::WrongBytes);
    assert!(
        reported.cause.contains("weights.bin") && reported.remedy.contains("mirror"),
        "{reported}"
    );
    let file = folder.path().join("vae/weights.bin");
    assert!(!file.exists() && !part_of(&file).exists());
}

#[test]
fn a_server_that_is_gone_is_given_up_with_a_remedy_and_what_came_is_kept() {
    let bytes = content(45_000, 6);
    let acts = [
        vec![Act::Cut(25_000)],
        vec![Act::Status(500); 5],
        vec![Act::Good],
    ]
    .concat();
    let server = Server::start(&bytes, acts);
    let folder = tempfile::tempdir().expect("a folder");
    let reported = fetch(&order(&server, &bytes), &server, folder.path()).expect_err("gone");
    assert_eq!(reported.kind, FetchErrorKind::Network);
    assert!(
        reported.cause.contains("tries") && reported.remedy.contains("online"),
        "{reported}"
    );
    let file = folder.path().join("vae/weights.bin");
    assert_eq!(fetched_bytes(&file), 25_000);
    fetch(&order(&server, &bytes), &server, folder.path()).expect("fetched");
    assert_eq!(
        server.requests().last().and_then(|request| request.from),
        Some(25_000)
    );
}

/// A file of which a card has nothing.
fn unknown(server: &Server, bytes: &[u8]) -> Order {
    Order {
        size_bytes: None,
        sha256: None,
        ..order(server, bytes)
    }
}

#[test]
fn the_rate_is_that_of_this_download_and_not_of_what_was_there() {
    let bytes = content(45_000, 17);
    let server = Server::start(&bytes, vec![Act::Cut(30_000), Act::Status(404)]);
    let folder = tempfile::tempdir().expect("a folder");
    let orders = [order(&server, &bytes)];
    fetch(&orders[0], &server, folder.path()).expect_err("not there");
    for (received, done) in [(15_000, 45_000), (0, 45_000)] {
        let (control, progress) = (Control::default(), Progress::default());
        let settings = settings(&server.address);
        fetch_all(&orders, folder.path(), &settings, &control, &progress).expect("fetched");
        assert_eq!(progress.received_bytes(), received);
        assert_eq!(progress.bytes().0, done);
    }
}

#[test]
fn a_size_that_is_only_about_right_is_shown_until_the_server_reports_it() {
    let bytes = content(20_000, 19);
    let server = Server::start(&bytes, vec![Act::Status(404)]);
    let folder = tempfile::tempdir().expect("a folder");
    let orders = [Order {
        about_bytes: Some(19_000),
        ..unknown(&server, &bytes)
    }];
    for all in [19_000, 20_000] {
        let (control, progress) = (Control::default(), Progress::default());
        let settings = settings(&server.address);
        fetch_all(&orders, folder.path(), &settings, &control, &progress).ok();
        assert_eq!(progress.bytes().1, all);
    }
    assert!(finished(folder.path()) == Some(bytes));
}

#[cfg(unix)]
#[test]
fn a_link_of_the_users_is_not_replaced_even_if_it_leads_nowhere() {
    let bytes = content(1_000, 18);
    let server = Server::start(&bytes, Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vae/weights.bin");
    fs::create_dir(folder.path().join("vae")).expect("made");
    std::os::unix::fs::symlink("/nowhere/weights.bin", &file).expect("linked");
    let reported = fetch(&order(&server, &bytes), &server, folder.path()).expect_err("taken");
    assert_eq!(reported.kind, FetchErrorKind::Refused);
    assert!(fs::read_link(&file).is_ok() && server.requests().is_empty());
}

#[test]
fn a_refusal_is_reported_at_once() {
    let bytes = content(1_000, 7);
    for (status, kind) in [
        (401, FetchErrorKind::NoAccess),
        (403, FetchErrorKind::NoAccess),
        (404, FetchErrorKind::Network),
    ] {
        let server = Server::start(&bytes, vec![Act::Status(status)]);
        let folder = tempfile::tempdir().expect("a folder");
        let reported = fetch(&order(&server, &bytes), &server, folder.path()).expect_err("refused");
        assert_eq!(reported.kind, kind, "{reported}");
        assert_eq!(server.requests().len(), 1, "not asked again");
    }
}

#[test]
fn the_hash_that_the_hub_reports_is_used_where_the_card_has_none() {
    let bytes = content(20_000, 8);
    let facts = |hash: &str| {
        vec![
            format!("X-Linked-Etag: \"{hash}\""),
            format!("X-Linked-Size: {}", bytes.len()),
        ]
    };
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = Act::Redirect("/cdn".into(), facts(&"0".repeat(64)));
    let right = Act::Redirect("/cdn".into(), facts(&hash(&bytes)));
    let server = Server::start(&bytes, vec![wrong, Act::Good, right]);
    let order = unknown(&server, &bytes);
    let reported = fetch(&order, &server, folder.path()).expect_err("wrong");
    assert_eq!(reported.kind, FetchErrorKind::WrongBytes);
    fetch(&order, &server, folder.path()).expect("fetched");
    let origin = remembered(&folder.path().join("vae/weights.bin")).expect("remembered");
    assert_eq!((origin.size_bytes, origin.sha256), (20_000, hash(&bytes)));
}

#[test]
fn no_other_file_than_that_of_the_card_is_requested_from_the_hub() {
    let bytes = content(20_000, 9);
    let facts = vec![format!("X-Linked-Etag: \"{}\"", "0".repeat(64))];
    let server = Server::start(&bytes, vec![Act::Redirect("/cdn".into(), facts)]);
    let folder = tempfile::tempdir().expect("a folder");
    let reported = fetch(&order(&server, &bytes), &server, folder.path()).expect_err("another");
    assert!(reported.cause.contains("card"), "{reported}");
    let file = folder.path().join("vae/weights.bin");
    assert_eq!(fetched_bytes(&file), 0);
}

#[test]
fn the_token_goes_to_the_hub_and_not_where_it_redirects() {
    let bytes = content(1_000, 10);
    let cdn = Server::start(&bytes, Vec::new());
    let hub = Server::start(
        &bytes,
        vec![Act::Redirect(format!("{}/cdn", cdn.address), Vec::new())],
    );
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    fs::write(&token, "secret\n").expect("written");
    let settings = Settings {
        token: Some(Token::read(&token).expect("a token")),
        ..settings(&hub.address)
    };
    let (control, progress) = (Control::default(), Progress::default());
    let orders = [order(&hub, &bytes)];
    fetch_all(&orders, folder.path(), &settings, &control, &progress).expect("fetched");
    assert_eq!(
        hub.requests()[0].authorization.as_deref(),
        Some("Bearer secret")
    );
    assert_eq!(cdn.requests()[0].authorization, None);
    assert!(!format!("{settings:?}").contains("secret"));
}

#[test]
fn a_stop_ends_a_silent_download_at_once_and_keeps_or_deletes_it() {
    let bytes = content(45_000, 11);
    for (how, kept) in [(Stop::Pause, 30_000), (Stop::Cancel, 0)] {
        let server = Server::start(&bytes, vec![Act::Stall(30_000)]);
        let folder = tempfile::tempdir().expect("a folder");
        let (control, progress) = (Control::default(), Progress::default());
        let settings = Settings {
            stall: Duration::from_mins(10),
            ..settings(&server.address)
        };
        let (stopping, seen) = (control.clone(), progress.clone());
        let stopper = thread::spawn(move || {
            while seen.bytes().0 < 30_000 {
                thread::yield_now();
            }
            stopping.stop(how);
        });
        let start = Instant::now();
        let orders = [order(&server, &bytes)];
        let reported = fetch_all(&orders, folder.path(), &settings, &control, &progress);
        stopper.join().expect("stopped");
        assert_eq!(
            reported.expect_err("stopped").kind,
            FetchErrorKind::Stopped(how)
        );
        assert!(start.elapsed() < Duration::from_mins(1));
        let file = folder.path().join("vae/weights.bin");
        assert_eq!(fetched_bytes(&file), kept);
        assert_eq!(part_of(&file).exists(), how == Stop::Pause);
        fetch(&orders[0], &server, folder.path()).expect("fetched");
        assert!(finished(folder.path()) == Some(bytes.clone()));
    }
}

#[test]
fn a_file_that_is_there_is_left_alone_and_another_one_is_not_replaced() {
    let bytes = content(1_000, 12);
    let server = Server::start(&bytes, Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let order = order(&server, &bytes);
    fetch(&order, &server, folder.path()).expect("fetched");
    fetch(&order, &server, folder.path()).expect("there already");
    assert_eq!(server.requests().len(), 1);
    fs::write(folder.path().join("vae/weights.bin"), "mine").expect("written");
    let reported = fetch(&order, &server, folder.path()).expect_err("another file");
    assert_eq!(reported.kind, FetchErrorKind::Refused);
    assert_eq!(finished(folder.path()), Some(b"mine".to_vec()));
}

#[test]
fn several_files_arrive_together_and_one_that_fails_stops_the_others() {
    let bytes = content(200_000, 13);
    let good = Server::start(&bytes, Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let orders: Vec<Order> = (0..5)
        .map(|number| Order {
            place: format!("part-{number}.bin").into(),
            ..order(&good, &bytes)
        })
        .collect();
    let (control, progress) = (Control::default(), Progress::default());
    fetch_all(
        &orders,
        folder.path(),
        &settings(&good.address),
        &control,
        &progress,
    )
    .expect("fetched");
    assert!(
        progress
            .files()
            .iter()
            .all(|file| file.phase == Phase::Done)
    );
    assert_eq!(progress.bytes(), (1_000_000, 1_000_000));
    let bad = Server::start(&bytes, vec![Act::Status(404)]);
    let orders = [
        order(&bad, &bytes),
        Order {
            place: "other.bin".into(),
            ..order(&good, &bytes)
        },
    ];
    let (control, progress) = (Control::default(), Progress::default());
    control.set_limit(Some(50_000));
    let reported = fetch_all(
        &orders,
        folder.path(),
        &settings(&good.address),
        &control,
        &progress,
    );
    assert!(reported.expect_err("gone").cause.contains("does not have"));
    assert!(!folder.path().join("other.bin").exists());
}

#[test]
fn places_and_addresses_of_cards_are_checked() {
    let bytes = content(10, 14);
    let server = Server::start(&bytes, Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    for place in ["../out.bin", "/tmp/out.bin", "a/../../b"] {
        let order = Order {
            place: place.into(),
            ..order(&server, &bytes)
        };
        let reported = fetch(&order, &server, folder.path()).expect_err("refused");
        assert_eq!(reported.kind, FetchErrorKind::Refused);
    }
    let twice = [order(&server, &bytes), order(&server, &bytes)];
    let (control, progress) = (Control::default(), Progress::default());
    let settings = settings(&server.address);
    let reported = fetch_all(&twice, folder.path(), &settings, &control, &progress);
    assert_eq!(reported.expect_err("twice").kind, FetchErrorKind::Refused);
    let order = Order {
        address: "http://hub.example/a".into(),
        ..order(&server, &bytes)
    };
    assert!(fetch(&order, &server, folder.path()).is_err());
    assert!(server.requests().is_empty());
}
