//! The downloads of the set-up, from a local package index that cuts connections and flips bytes. The script is the
//! one `cargo xtask setup` runs; pip's own variable selects the index.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};

const WHEEL: &str = "thing-1.0-py3-none-any.whl";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/src/setup/wheels.py");

/// How the index answers the next request for the wheel.
#[derive(Clone, Copy)]
enum Transfer {
    /// Sends all bytes requested.
    Whole,
    /// Closes the connection after this many bytes.
    CutAfter(usize),
    /// Sends one wrong byte.
    Flip,
}

/// Serves an index page and the wheel on loopback, one transfer per request for the wheel; sends the `Range` of each
/// request through the channel. Returns the index's address.
fn index(wheel: Vec<u8>, transfers: Vec<Transfer>) -> (String, Receiver<Option<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!(
        "http://{}/simple",
        listener.local_addr().expect("its address")
    );
    let (sender, ranges) = channel();
    std::thread::spawn(move || {
        let mut transfers = transfers.into_iter();
        for stream in listener.incoming().flatten() {
            let (path, range) = request(&stream);
            if path.ends_with(WHEEL) {
                sender.send(range).ok();
                let Some(transfer) = transfers.next() else {
                    return;
                };
                send_wheel(stream, &wheel, range, transfer);
            } else {
                let page = format!("<a href=\"/files/{WHEEL}#sha256=0\">{WHEEL}</a>");
                send(stream, "200 OK", "text/html", page.as_bytes(), page.len());
            }
        }
    });
    (address, ranges)
}

fn request(stream: &TcpStream) -> (String, Option<usize>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let range = headers.iter().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("range: bytes=")
            .and_then(|range| range.trim_end_matches('-').parse().ok())
    });
    (path, range)
}

fn send_wheel(stream: TcpStream, wheel: &[u8], range: Option<usize>, transfer: Transfer) {
    let mut rest = wheel[range.unwrap_or(0)..].to_vec();
    let status = if range.is_some() {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    let length = rest.len();
    match transfer {
        Transfer::Whole => {}
        Transfer::CutAfter(count) => rest.truncate(count),
        Transfer::Flip => rest[length / 2] ^= 1,
    }
    send(stream, status, "application/octet-stream", &rest, length);
}

fn send(mut stream: TcpStream, status: &str, kind: &str, body: &[u8], length: usize) {
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").ok();
    stream.write_all(body).ok();
}

fn python(arguments: &[&str], address: &str) -> Output {
    let mut command = Command::new("python3");
    command
        .arg(SCRIPT)
        .args(arguments)
        .env("PIP_INDEX_URL", address)
        .env("KINORA_SETUP_PAUSE_SECONDS", "0.02")
        .env_remove("http_proxy")
        .env("no_proxy", "127.0.0.1");
    command.output().expect("python3")
}

fn sha256(path: &Path) -> String {
    let output = python(&["sha256", &path.display().to_string()], "");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Fetches `wheel` from an index with these transfers. Returns the output of the script, and the ranges requested.
fn fetch(folder: &Path, wheel: &[u8], transfers: Vec<Transfer>) -> (Output, Vec<Option<usize>>) {
    let right = folder.join("right");
    fs::write(&right, wheel).expect("write");
    let (address, ranges) = index(wheel.to_vec(), transfers);
    let cache = folder.join("cache").display().to_string();
    let size = wheel.len().to_string();
    let output = python(
        &["fetch", &cache, "thing", WHEEL, &size, &sha256(&right)],
        &address,
    );
    (output, ranges.try_iter().collect())
}

fn wheel() -> Vec<u8> {
    (0..300_000_u32)
        .map(|number| (number * 31 % 251) as u8)
        .collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn a_broken_download_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, ranges) = fetch(
        folder.path(),
        &wheel(),
        vec![
            Transfer::CutAfter(100_000),
            Transfer::CutAfter(50_000),
            Transfer::Whole,
        ],
    );
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(ranges, [None, Some(100_000), Some(150_000)]);
    assert_eq!(
        fs::read(folder.path().join("cache").join(WHEEL)).expect("fetched"),
        wheel()
    );
}

#[test]
fn a_download_killed_in_the_middle_goes_on_in_the_next_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let part = folder.path().join("cache").join(format!("{WHEEL}.part"));
    fs::create_dir_all(part.parent().expect("a parent")).expect("make");
    fs::write(&part, &wheel()[..123_456]).expect("what a killed run leaves");
    let (output, ranges) = fetch(folder.path(), &wheel(), vec![Transfer::Whole]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(ranges, [Some(123_456)]);
    assert!(!part.exists());
}

#[test]
fn a_flipped_byte_is_reported_and_the_file_fetched_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, ranges) = fetch(
        folder.path(),
        &wheel(),
        vec![Transfer::Flip, Transfer::Whole],
    );
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("arrived damaged"),
        "{}",
        said(&output)
    );
    assert_eq!(ranges, [None, None]);
    assert_eq!(
        fs::read(folder.path().join("cache").join(WHEEL)).expect("fetched"),
        wheel()
    );
}

#[test]
fn a_connection_that_always_breaks_keeps_what_it_has_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, _) = fetch(folder.path(), &wheel(), vec![Transfer::CutAfter(10); 5]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("run the same command again"),
        "{}",
        said(&output)
    );
    let part = folder.path().join("cache").join(format!("{WHEEL}.part"));
    assert_eq!(fs::metadata(part).expect("kept").len(), 50);
    assert!(!folder.path().join("cache").join(WHEEL).exists());
}

#[test]
fn a_wrong_libtorch_of_the_users_own_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let header = folder
        .path()
        .join("include/torch/csrc/api/include/torch/version.h");
    fs::create_dir_all(header.parent().expect("a parent")).expect("make");
    fs::write(&header, "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 5\n#define TORCH_VERSION_PATCH 1\n").expect("write");
    let output = xtask::shell::cargo()
        .args(["xtask", "setup"])
        .env("LIBTORCH", folder.path())
        .output()
        .expect("cargo");
    let said = said(&output);
    assert!(!output.status.success());
    assert!(
        said.contains("is libtorch 2.5.1") && said.contains("needs 2.11.0"),
        "{said}"
    );
}
