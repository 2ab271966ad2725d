//! The content of camera files, by what they begin with: views of RealEstate10K, cameras of glTF, paths of Kinora.
//! Only files are opened, and only up to a size.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use kinora_timeline::camera::CameraPath;
use kinora_timeline::camera::gltf::{self, Reading};
use kinora_timeline::otio::address::decoded;
use kinora_wire::{Camera, Failure};

use super::CameraClip;

/// The largest file that is read.
const MOST_BYTES: u64 = 256 << 20;
/// What people do about a file that cannot be used.
pub(super) const READABLE: &str =
    "a camera file is RealEstate10K text, glTF (.gltf, .glb) or a camera path of Kinora (.ron)";

/// The content of a camera file.
pub(super) enum Content {
    /// A view per frame.
    Views(Camera),
    /// A path, and the number of frames that it lasts.
    Path(CameraPath, usize),
}

pub(super) fn content(
    file: &Path,
    clip: CameraClip,
    camera: Option<&str>,
) -> Result<(Content, Vec<String>), Failure> {
    let bytes = bytes_of(file, MOST_BYTES).map_err(|why| unusable(file, &why))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes); // the mark of some editors
    let begin = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_own = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("ron"));
    let is_gltf = bytes.starts_with(b"glTF") || begin == Some(&b'{');
    let read = match (is_gltf, is_own || begin == Some(&b'(')) {
        (true, _) => of_gltf(file, bytes, clip, camera),
        (false, _) if camera.is_some() => Err("only glTF files have cameras with names".to_owned()),
        (false, true) => own(bytes).map(|content| (content, Vec::new())),
        (false, false) => text_of(bytes)
            .and_then(Camera::from_realestate)
            .map(|views| (Content::Views(views), Vec::new())),
    };
    read.map_err(|why| unusable(file, &why))
}

fn of_gltf(
    file: &Path,
    bytes: &[u8],
    clip: CameraClip,
    camera: Option<&str>,
) -> Result<(Content, Vec<String>), String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let load = |address: &str, length: usize| buffer_at(folder, address, length);
    let reading = Reading {
        rate: clip.rate,
        camera,
        aspect: f64::from(clip.size.width()) / f64::from(clip.size.height()),
        load: &load,
    };
    let read = gltf::read_camera(bytes, &reading)?;
    Ok((Content::Path(read.path, read.frames), read.notes))
}

/// A path of Kinora. It lasts until its last key.
fn own(bytes: &[u8]) -> Result<Content, String> {
    let path: CameraPath = ron::from_str(text_of(bytes)?).map_err(|error| error.to_string())?;
    path.check()?;
    let last = path.keys().last().map_or(0, |key| key.frame.0);
    let frames = usize::try_from(last.saturating_add(1)).unwrap_or(0);
    Ok(Content::Path(path, frames))
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "it is no text and no glTF".into())
}

/// The bytes of a buffer that lies beside a glTF file, by its address in it.
pub(super) fn buffer_at(folder: &Path, address: &str, length: usize) -> Result<Vec<u8>, String> {
    let name = decoded(address).ok_or_else(|| format!("{address} is not an address"))?;
    let path = Path::new(&name);
    if name.contains("://") || path.is_absolute() {
        return Err(format!(
            "{name} is not the name of a file beside the glTF file"
        ));
    }
    let path = folder.join(path);
    let most = u64::try_from(length).unwrap_or(MOST_BYTES).min(MOST_BYTES);
    let mut bytes = Vec::new();
    let read = regular(&path).and_then(|file| {
        let read = file.take(most).read_to_end(&mut bytes);
        read.map_err(|error| error.to_string())
    });
    read.map_err(|why| format!("{}: {why}", path.display()))?;
    Ok(bytes)
}

/// All bytes of a file, unless it is too large.
fn bytes_of(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = regular(path)?.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    match bytes.len() as u64 > most {
        true => Err("it is too large for a camera file".into()),
        false => Ok(bytes),
    }
}

/// Opens a file, and nothing else: a pipe or a device may never end.
fn regular(path: &Path) -> Result<fs::File, String> {
    let found = fs::metadata(path).map_err(|error| error.to_string())?;
    match found.is_file() {
        true => fs::File::open(path).map_err(|error| error.to_string()),
        false => Err("it is not a file".into()),
    }
}

pub(super) fn unusable(file: &Path, why: &str) -> Failure {
    Failure::bad_file(format!("{}: {why}", file.display()), READABLE)
}
