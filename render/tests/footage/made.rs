//! Films made for a test: each frame carries its number as twelve blocks, each sound clicks at known times.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kinora_render::Picture;

pub const WIDTH: usize = 320;
pub const HEIGHT: usize = 180;
const BITS: usize = 12;
const BLOCK: usize = WIDTH / (BITS + 1);
pub const RATE_HZ: usize = 48_000;

/// A folder for films, removed with the result.
pub struct Set {
    folder: tempfile::TempDir,
}

/// A film to make.
pub struct Film<'a> {
    /// Frames, numbered from 0.
    pub frames: u32,
    /// As FFmpeg writes it.
    pub rate: &'a str,
    /// FFmpeg's options of the picture.
    pub picture: &'a str,
    /// Stereo samples at 48 kHz, and FFmpeg's options.
    pub sound: Option<(Vec<f32>, &'a str)>,
}

impl Set {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a numbered film.
    pub fn film(&self, name: &str, film: &Film) -> PathBuf {
        let bytes = (0..film.frames).flat_map(numbered).collect();
        let size = format!("{WIDTH}x{HEIGHT}");
        let input = format!("-f rawvideo -pix_fmt rgb24 -s {size} -r {} -i -", film.rate);
        let (sound, options) = match &film.sound {
            Some((samples, options)) => {
                let raw = self.path("sound.f32");
                let bytes: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
                std::fs::write(&raw, bytes).expect("written");
                let input = format!("-f f32le -ar {RATE_HZ} -ac 2 -i {}", raw.display());
                (input, (*options).to_owned())
            }
            None => (String::new(), String::new()),
        };
        self.make(
            name,
            &format!("{input} {sound} {} {options}", film.picture),
            bytes,
        )
    }

    /// Runs FFmpeg with these options and this on its stdin.
    pub fn make(&self, name: &str, options: &str, bytes: Vec<u8>) -> PathBuf {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-threads", "2"]);
        let options = options.split_whitespace();
        command.args(options.map(|one| one.replace('\u{1}', " ")));
        command.arg(&path).stdin(Stdio::piped());
        let mut child = command.spawn().expect("FFmpeg's command line");
        let mut stdin = child.stdin.take().expect("its stdin");
        stdin.write_all(&bytes).ok(); // it may end before it has read all
        drop(stdin);
        assert!(child.wait().expect("ends").success(), "{name}: {command:?}");
        path
    }

    /// Copies the streams of a film into another container, without encoding.
    pub fn copied(&self, name: &str, before: &str, from: &Path, after: &str) -> PathBuf {
        let options = format!("{before} -i {} -c copy {after}", from.display());
        self.make(name, &options, Vec::new())
    }
}

fn numbered(number: u32) -> Vec<u8> {
    let mut picture = vec![64_u8; WIDTH * HEIGHT * 3];
    for bit in 0..BITS {
        let is_set = number >> bit & 1 == 1;
        for (rows, is_bright) in [(1..4, is_set), (5..8, !is_set)] {
            let value = if is_bright { 235 } else { 16 };
            for y in rows.start * HEIGHT / 9..rows.end * HEIGHT / 9 {
                let left = (y * WIDTH + BLOCK / 2 + bit * BLOCK) * 3;
                picture[left..left + (BLOCK - 2) * 3].fill(value);
            }
        }
    }
    picture
}

/// The number of a frame; `None` if it shows none.
pub fn number_of(picture: &Picture) -> Option<u32> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let block = width as f64 / (BITS + 1) as f64;
    let mut number = 0;
    for bit in 0..BITS {
        let x = (block * (bit as f64 + 0.9)) as u32;
        let light = |row: usize| i32::from(picture.pixel(x, (row * height / 18) as u32)[1]);
        let (up, down) = (light(5), light(13));
        if (up - down).abs() < 60 {
            return None;
        }
        number |= u32::from(up > down) << bit;
    }
    Some(number)
}

/// Length of a click in samples.
const CLICK: usize = RATE_HZ / 50;

/// A sample of a click: a sweep from 400 Hz to 4 kHz, so that it fits itself in one place only.
fn click(sample: usize) -> f32 {
    let seconds = sample as f32 / RATE_HZ as f32;
    let sweep = (4000.0 - 400.0) / (2.0 * CLICK as f32 / RATE_HZ as f32);
    0.5 * (std::f32::consts::TAU * (400.0 + sweep * seconds) * seconds).cos()
}

/// Clicks, 20 ms long, at these times in seconds; stereo, interleaved.
pub fn clicks(seconds: f64, at: &[f64]) -> Vec<f32> {
    let mut samples = vec![0.0_f32; (seconds * RATE_HZ as f64) as usize * 2];
    for time in at {
        let first = (time * RATE_HZ as f64).round() as usize;
        for sample in 0..CLICK {
            for side in 0..2 {
                if let Some(one) = samples.get_mut((first + sample) * 2 + side) {
                    *one = click(sample);
                }
            }
        }
    }
    samples
}

/// How many samples later than here a click is, by correlation: an encoder blurs its edge, but moves it nowhere. `None`
/// if there is none within 20 ms.
pub fn displaced(samples: &[f32], expected: i64) -> Option<i64> {
    let left = |at: i64| {
        let at = usize::try_from(at).ok()?;
        samples.get(2 * at).copied()
    };
    let likeness = |lag: &i64| -> f64 {
        let pairs = (0..CLICK).map(|sample| {
            let there = left(expected + lag + sample as i64).unwrap_or(0.0);
            f64::from(there) * f64::from(click(sample))
        });
        pairs.sum()
    };
    let whole: f64 = (0..CLICK)
        .map(|sample| f64::from(click(sample)).powi(2))
        .sum();
    let most = CLICK as i64;
    let best = (-most..=most).max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(&best) > 0.5 * whole).then_some(best)
}

/// The samples at which clicks begin.
pub fn onsets(samples: &[f32]) -> Vec<i64> {
    let mut found = Vec::new();
    let mut last = i64::MIN / 2;
    for (at, pair) in (0_i64..).zip(samples.chunks_exact(2)) {
        if pair[0].abs().max(pair[1].abs()) > 0.1 {
            if at - last > 4800 {
                found.push(at);
            }
            last = at;
        }
    }
    found
}

/// All sound of a file, from its first picture on.
pub fn heard(path: &Path) -> Vec<f32> {
    let mut all = Vec::new();
    kinora_render::media::read_sound(path, &mut |samples| {
        all.extend_from_slice(samples);
        true
    })
    .expect("sound");
    all
}

/// A small sequence of numbers that look random and are the same each time.
pub fn scattered(count: usize, below: i64) -> Vec<i64> {
    let mut state = 7_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from(state >> 33).expect("small") % below
    };
    (0..count).map(|_| next()).collect()
}
