//! The addresses of media in a cut: URLs and paths of other machines to the paths where a file may be, and back. Nothing is
//! looked up on a disk here.

use std::fmt::Write as _;
use std::path::{Component, Path};

/// The most folders of an address that are tried below the folder of the cut.
const MOST_TAILS: usize = 8;

/// A path as a URL: percent-encoded, with `file://` if it is absolute. A URL stays as it is.
pub fn url(path: &str) -> String {
    let path = forward(path);
    let is_drive = has_drive(&path);
    if !path.starts_with('/') && path.contains("://") {
        return path;
    }
    let mut url = String::from(match (is_drive, path.starts_with('/')) {
        (true, _) => "file:///",
        (false, true) => "file://",
        (false, false) => "",
    });
    for (number, byte) in path.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte));
            }
            b':' if is_drive && number == 1 => url.push(':'),
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}

/// The paths where the file of an address may be, the likeliest first. Relative ones begin at the folder of the cut.
pub fn candidates(address: &str) -> Vec<String> {
    let mut paths = stated(address);
    // A folder that was moved together with its cut: its files are below the cut.
    let tails: Vec<String> = paths.iter().flat_map(|path| tails(path)).collect();
    paths.extend(tails);
    let mut seen = Vec::new();
    for path in paths {
        if !path.is_empty() && !seen.contains(&path) {
            seen.push(path);
        }
    }
    seen
}

/// The last parts of a path, the longest first.
fn tails(path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let first = parts.len().saturating_sub(MOST_TAILS);
    let tails = (first..parts.len()).filter_map(|first| parts.get(first..));
    let tails = tails.filter(|tail| !tail.iter().any(|part| matches!(*part, "." | "..")));
    tails.map(|tail| tail.join("/")).collect()
}

/// The name of the file of an address; `None` if it has none.
pub fn file_name(address: &str) -> Option<String> {
    let path = stated(address).into_iter().next()?;
    let name = path.rsplit('/').next()?;
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

/// The way from a folder to a file, both absolute; `None` if there is none, as between two drives.
pub fn relative(file: &Path, folder: &Path) -> Option<String> {
    let file: Vec<Component> = file.components().collect();
    let folder: Vec<Component> = folder.components().collect();
    let shared = file.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = folder.iter().skip(shared).map(|_| "..".to_owned());
    let down = file.iter().skip(shared);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    Some(match parts.is_empty() {
        true => ".".into(),
        false => parts.join("/"),
    })
}

/// The paths that an address itself can mean.
fn stated(address: &str) -> Vec<String> {
    let address = address.trim();
    let scheme = address
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("file:"));
    let Some(rest) = scheme.and(address.get(5..)) else {
        return match address.split_once("://") {
            // Nothing is fetched from a network; a file of this name may lie beside the cut.
            Some((_, place)) => named(place).into_iter().collect(),
            None => both(address, false),
        };
    };
    let rest = forward(rest);
    let Some(place) = rest.strip_prefix("//") else {
        return both(&rest, true); // "file:/a" and "file:a"
    };
    let (host, path) = match place.find('/') {
        Some(slash) => place.split_at(slash),
        None => (place, ""),
    };
    if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
        return both(path, true);
    }
    if has_drive(place) {
        return both(place, true); // "file://C:/a"
    }
    // A server; or a writer that put two slashes before a path.
    let on_server = both(&rest, true);
    on_server
        .into_iter()
        .chain(both(path, true))
        .chain(both(place, true))
        .collect()
}

/// The name at the end of a URL of a network, without its query.
fn named(place: &str) -> Option<String> {
    let place = place.split(['?', '#']).next()?;
    let (_, name) = place.rsplit_once('/')?;
    decoded(name).filter(|name| !name.is_empty())
}

/// A path with and without its percent signs decoded. Some writers encode and some do not.
fn both(path: &str, is_url: bool) -> Vec<String> {
    let path = match has_drive(path.trim_start_matches('/')) {
        true => path.trim_start_matches('/'), // "/C:/a" of "file:///C:/a"
        false => path,
    };
    let plain = forward(path);
    let decoded = decoded(path).map(|path| {
        // "C%3A/a" and "C|/a" are old spellings of a drive.
        let bare = path.trim_start_matches('/');
        forward(if has_drive(bare) { bare } else { &path })
    });
    let decoded = decoded.unwrap_or_else(|| plain.clone());
    let mut both = if is_url {
        vec![decoded, plain]
    } else {
        vec![plain, decoded]
    };
    both.dedup();
    both
}

/// Backslashes of Windows as slashes: in a path with a drive or a server, and in one without any slash.
fn forward(path: &str) -> String {
    let is_windows = has_drive(path) || path.starts_with("\\\\") || !path.contains('/');
    match is_windows {
        true => path.replace('\\', "/"),
        false => path.into(),
    }
}

/// "C:" at the start of a path.
fn has_drive(path: &str) -> bool {
    let mut letters = path.chars();
    let letter = letters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic());
    let colon = letters.next() == Some(':');
    letter && colon && matches!(letters.next(), None | Some('/' | '\\'))
}

/// Without percent-encoding; `None` if the bytes are no text.
pub fn decoded(text: &str) -> Option<String> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = digit(bytes.get(at + 1)).zip(digit(bytes.get(at + 2)));
        if let Some((high, low)) = code.filter(|_| *byte == b'%') {
            plain.push((high * 16 + low) as u8);
            at += 3;
        } else {
            plain.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(address: &str) -> String {
        candidates(address).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn every_spelling_of_an_address_leads_to_its_file() {
        for (address, path) in [
            (
                "file:///a/Shot%201%20%26%20%232%20100%25.mp4",
                "/a/Shot 1 & #2 100%.mp4",
            ),
            ("file:///a/plain.mp4", "/a/plain.mp4"),
            ("FILE://localhost/a/plain.mp4", "/a/plain.mp4"),
            ("file:/a/plain.mp4", "/a/plain.mp4"),
            ("file:///a/%D0%BA%D0%B0%D0%B4%D1%80.mp4", "/a/кадр.mp4"),
            ("/a/100%25.mp4", "/a/100%25.mp4"),
            ("../media/x.mp4", "../media/x.mp4"),
            (
                "file:///X:/jobs/104%20LOCKED/seq.mov",
                "X:/jobs/104 LOCKED/seq.mov",
            ),
            ("file://X:/jobs/seq.mov", "X:/jobs/seq.mov"),
            ("D:\\film\\in\\b.mov", "D:/film/in/b.mov"),
            ("media\\b.mov", "media/b.mov"),
            ("\\\\nas\\film\\b.mov", "//nas/film/b.mov"),
            ("file://nas/film/b.mov", "//nas/film/b.mov"),
            ("https://a.b/films/c%20d.mov?x=1", "c d.mov"),
        ] {
            assert_eq!(first(address), path, "{address}");
        }
        assert_eq!(candidates(""), Vec::<String>::new());
        assert_eq!(candidates("file:///"), ["/"]);
    }

    #[test]
    fn a_file_is_also_looked_for_below_the_cut_by_the_end_of_its_address() {
        assert_eq!(
            candidates("D:\\film\\in\\b.mov"),
            ["D:/film/in/b.mov", "film/in/b.mov", "in/b.mov", "b.mov"]
        );
        assert_eq!(
            candidates("media/a%20b.mov"),
            ["media/a%20b.mov", "media/a b.mov", "a%20b.mov", "a b.mov"]
        );
        assert_eq!(
            candidates("../x/y.mov").last().map(String::as_str),
            Some("y.mov")
        );
        assert_eq!(
            file_name("file:///X:/in/seq%20A.mov").as_deref(),
            Some("seq A.mov")
        );
        assert_eq!(file_name("file:///"), None);
    }

    #[test]
    fn a_path_becomes_a_url_that_leads_back_to_it() {
        for path in [
            "/a b/Shot 1 & #2 100%.mp4",
            "/кадр 日本.mp4",
            "C:/a b/x.mov",
            "a:b/ü.mov",
            "x",
        ] {
            let found = candidates(&url(path));
            assert!(found.contains(&path.to_owned()), "{path}: {}", url(path));
        }
        assert_eq!(url("C:\\a b\\x.mov"), "file:///C:/a%20b/x.mov");
        assert_eq!(url("file:///a%20b"), "file:///a%20b");
        assert_eq!(url("media/a b.mov"), "media/a%20b.mov");
    }

    #[test]
    fn the_way_to_a_file_goes_up_to_the_shared_folder() {
        let way = |file: &str, folder: &str| relative(Path::new(file), Path::new(folder));
        assert_eq!(
            way("/a/b/c.mov", "/a/d/e").as_deref(),
            Some("../../b/c.mov")
        );
        assert_eq!(way("/a/b/c.mov", "/a/b").as_deref(), Some("c.mov"));
        assert_eq!(way("/a", "/a").as_deref(), Some("."));
        assert_eq!(way("a", "/b"), None);
    }
}
