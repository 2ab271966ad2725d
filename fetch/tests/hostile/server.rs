//! A server of one file that follows a script: it cuts, stalls, lies, redirects and refuses.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends what was requested.
    Good,
    /// Sends so many bytes, then closes the connection.
    Cut(usize),
    /// The same, without a tag.
    CutUntagged(usize),
    /// Sends so many bytes, then nothing, and keeps the connection.
    Stall(usize),
    /// Sends other bytes than were requested.
    OtherRange,
    /// Says that the file has another size.
    OtherSize,
    /// Says that more bytes come than do.
    TooFew,
    /// Sends the whole file, whatever was requested.
    WholeFile,
    /// Sends one wrong bit.
    Flip(usize),
    /// Sends nonsense instead of an answer.
    Nonsense,
    /// Sends a page in place of the file, with status 200.
    Page,
    /// Sends this status and no bytes.
    Status(u16),
    /// Sends to another address, with these headers.
    Redirect(String, Vec<String>),
    /// Sends another version of the file, with another tag.
    NewVersion,
    /// The same, also the rest of it for a request with the tag of the old one.
    NewVersionAnyway,
}

/// A request, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The first byte requested.
    pub from: Option<usize>,
    /// The tag that the bytes must have.
    pub if_range: Option<String>,
    /// What proves who sends a request.
    pub authorization: Option<String>,
}

struct Shared {
    content: Vec<u8>,
    acts: Mutex<VecDeque<Act>>,
    requests: Mutex<Vec<Request>>,
}

/// The server. Its threads end with the test.
pub struct Server {
    /// Such as `http://127.0.0.1:4711`.
    pub address: String,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves `content` at every path. After its script it is good.
    pub fn start(content: &[u8], acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            content: content.to_vec(),
            acts: Mutex::new(acts.into()),
            requests: Mutex::default(),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                thread::spawn(move || answer(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().expect("no panic").clone()
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut request = Request::default();
    let mut lines = BufReader::new(stream).lines();
    lines.next()?.ok()?;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            return Some(request);
        }
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let from = value.strip_prefix("bytes=")?.strip_suffix('-')?;
                request.from = from.parse().ok();
            }
            "if-range" => request.if_range = Some(value.to_owned()),
            "authorization" => request.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    None
}

fn answer(mut stream: TcpStream, shared: &Shared) {
    let Some(request) = read_request(&stream) else {
        return;
    };
    let act = shared.acts.lock().expect("no panic").pop_front();
    let act = act.unwrap_or(Act::Good);
    shared
        .requests
        .lock()
        .expect("no panic")
        .push(request.clone());
    send(&mut stream, shared, &request, &act).ok(); // the other side may be gone
}

fn send(
    stream: &mut TcpStream,
    shared: &Shared,
    request: &Request,
    act: &Act,
) -> std::io::Result<()> {
    let mut content = shared.content.clone();
    match act {
        Act::Nonsense => return stream.write_all(b"what?\r\n\r\n"),
        Act::Page => {
            let page = "<html>log in first</html>";
            return write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
        }
        Act::Status(status) => {
            return write!(
                stream,
                "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Act::Redirect(to, headers) => {
            let headers: Vec<String> = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let headers = headers.concat();
            return write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {to}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Act::Flip(at) => {
            let at = at % content.len();
            content[at] ^= 1;
        }
        Act::NewVersion | Act::NewVersionAnyway => content.reverse(),
        _ => {}
    }
    let tag = match act {
        Act::NewVersion | Act::NewVersionAnyway => "\"two\"",
        _ => "\"one\"",
    };
    let is_of_tag = request
        .if_range
        .as_deref()
        .is_none_or(|wanted| wanted == tag || *act == Act::NewVersionAnyway);
    let from = request.from.filter(|_| is_of_tag && *act != Act::WholeFile);
    let all = content.len();
    let said = if *act == Act::OtherSize { all + 7 } else { all };
    let head = match from {
        Some(from) if from >= all => {
            return write!(
                stream,
                "HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(from) => {
            let start = if *act == Act::OtherRange {
                from / 2
            } else {
                from
            };
            let range = format!("Content-Range: bytes {start}-{}/{said}", said - 1);
            format!(
                "HTTP/1.1 206 Part\r\n{range}\r\nContent-Length: {}",
                said - start
            )
        }
        None => format!("HTTP/1.1 200 OK\r\nContent-Length: {said}"),
    };
    let tag = match act {
        Act::CutUntagged(_) => String::new(),
        _ => format!("ETag: {tag}\r\n"),
    };
    write!(stream, "{head}\r\n{tag}Connection: close\r\n\r\n")?;
    let bytes = &content[from.unwrap_or_default()..];
    match act {
        Act::Cut(count) | Act::CutUntagged(count) => {
            stream.write_all(&bytes[..bytes.len().min(*count)])
        }
        Act::TooFew => stream.write_all(&bytes[..bytes.len() / 2]),
        Act::Stall(count) => {
            stream.write_all(&bytes[..bytes.len().min(*count)])?;
            stream.read(&mut [0]).map(drop) // until the other side has had enough
        }
        _ => stream.write_all(bytes),
    }
}
