//! A hub of models on this machine: serves one file, counts what it sends, and can stop in the middle.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use kinora_studio::install::fetch::sha256_of;

/// The name of the release that the hub's card describes.
pub const RELEASE: &str = "Tiny model";
/// Its id.
pub const RELEASE_ID: &str = "tiny-model";
/// The place of its file in the model folder.
pub const PLACE: &str = "diffusion_models/tiny.bin";

struct Shared {
    content: Vec<u8>,
    /// The first byte of each request.
    starts: Mutex<Vec<u64>>,
    /// Of one request not more bytes are sent than this.
    most_bytes: AtomicU64,
    /// Bytes sent for the present request.
    sent_bytes: AtomicU64,
}

/// The hub. Its threads end with the test.
pub struct ModelHub {
    /// Such as `http://127.0.0.1:4711`.
    pub address: String,
    shared: Arc<Shared>,
}

impl ModelHub {
    /// Serves `content` at every path.
    ///
    /// # Panics
    /// If there is no port.
    pub fn start(content: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            content,
            starts: Mutex::default(),
            most_bytes: AtomicU64::new(u64::MAX),
            sent_bytes: AtomicU64::new(0),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                thread::spawn(move || answer(stream, &shared).ok());
            }
        });
        Self { address, shared }
    }

    /// The first byte of each request so far.
    ///
    /// # Panics
    /// If a thread of the hub has panicked.
    pub fn starts(&self) -> Vec<u64> {
        self.shared.starts.lock().expect("no panic").clone()
    }

    /// Lets the hub fall silent after so many bytes of a request.
    pub fn stop_after(&self, bytes: u64) {
        self.shared.most_bytes.store(bytes, Ordering::SeqCst);
        self.shared.sent_bytes.store(0, Ordering::SeqCst);
    }

    /// Bytes sent for the present request.
    pub fn sent_bytes(&self) -> u64 {
        self.shared.sent_bytes.load(Ordering::SeqCst)
    }

    /// Writes the card of the release into `releases` of a data folder.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write_card(&self, data: &Path) {
        let folder = data.join("releases");
        fs::create_dir_all(&folder).expect("made");
        let copy = folder.join("content");
        fs::write(&copy, &self.shared.content).expect("written");
        let hash = sha256_of(&copy, &mut |_| true).expect("hashed");
        fs::remove_file(&copy).expect("removed");
        let size = self.shared.content.len();
        let card = format!(
            "(licences: {{\"free\": (name: \"Test licence\", permits: \"Everything.\", url: \"https://example\", \
             must_be_accepted: true, is_gated: false)}}, files: {{\"weights\": (repository: \"owner/tiny\", \
             path: \"tiny.bin\", place: \"{PLACE}\", size: Some({size}), sha256: Some(\"{hash}\"))}}, releases: [(id: \
             \"{RELEASE_ID}\", name: \"{RELEASE}\", about: \"For tests.\", family: \"Toy\", kind: model, tier_gb: 8, \
             licence: \"free\", files: [\"weights\"])])"
        );
        fs::write(folder.join("tiny.ron"), card).expect("written");
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut start = 0;
    for line in BufReader::new(&stream).lines() {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap_or_default();
        }
    }
    if let Ok(mut starts) = shared.starts.lock() {
        starts.push(start);
    }
    shared.sent_bytes.store(0, Ordering::SeqCst);
    let all = shared.content.len() as u64;
    let rest = shared.content.get(start as usize..).unwrap_or_default();
    let head = match start {
        0 => "HTTP/1.1 200 OK".to_owned(),
        start => format!(
            "HTTP/1.1 206 Part\r\nContent-Range: bytes {start}-{}/{all}",
            all - 1
        ),
    };
    let length = rest.len();
    write!(
        stream,
        "{head}\r\nContent-Length: {length}\r\nETag: \"one\"\r\nConnection: close\r\n\r\n"
    )?;
    for piece in rest.chunks(1 << 16) {
        let sent = shared.sent_bytes.load(Ordering::SeqCst);
        if sent >= shared.most_bytes.load(Ordering::SeqCst) {
            return stream.read(&mut [0]).map(drop); // silent, until the other side is gone
        }
        stream.write_all(piece)?;
        shared
            .sent_bytes
            .fetch_add(piece.len() as u64, Ordering::SeqCst);
    }
    Ok(())
}
