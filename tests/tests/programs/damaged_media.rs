//! Damaged media: bits flipped, bytes filled, cut out, repeated and exchanged between files. Whatever comes of them, the
//! process that sent the request is still there, and has a result within the limit of time.
//!
//! `cargo xtask damaged-media` runs 20,000 of them and prints what became of each kind; `damaged-media 1 17953` runs one.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kinora_render::VideoReader;
use kinora_render::media::{Survey, read_sound, read_still};
use kinora_studio::exchange::first_contact::{Caches, Found, MediaReader, Reading};
use kinora_timeline::{ContentHash, Frames};
use kinora_wire::Failure;

/// Without `KINORA_DAMAGED`.
const USUAL: usize = 48;
/// How long a file may take: most of it is the start of the reader, on a busy machine.
const STALL: Duration = Duration::from_secs(30);

const PICTURE: &str = "-f lavfi -i testsrc2=s=96x64:r=24:d=1.5";
const SOUND: &str = "-f lavfi -i sine=440:r=48000:d=1.5";
/// The name of a medium, whether it has a sound, and FFmpeg's options.
const MEDIA: [(&str, bool, &str); 18] = [
    (
        "h264.mp4",
        true,
        "-c:v libx264 -g 12 -pix_fmt yuv420p -c:a aac",
    ),
    (
        "late.mov",
        true,
        "-c:v libx264 -g 12 -pix_fmt yuv420p -c:a pcm_s16le",
    ),
    ("prores.mov", true, "-c:v prores_ks -c:a pcm_s24le"),
    (
        "hevc.mkv",
        true,
        "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=12 -c:a flac",
    ),
    (
        "vp9.webm",
        true,
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p -c:a libopus",
    ),
    ("mjpeg.avi", true, "-c:v mjpeg -c:a pcm_s16le"),
    ("mpeg4.avi", true, "-c:v mpeg4 -bf 2 -c:a libmp3lame"),
    ("mpeg2.ts", true, "-c:v mpeg2video -bf 2 -c:a mp2"),
    ("ffv1.mkv", true, "-c:v ffv1 -c:a libvorbis"),
    ("theora.ogg", true, "-c:v libtheora -c:a libvorbis"),
    ("moving.gif", false, ""),
    ("moving.apng", false, "-f apng"),
    ("still.png", false, "-frames:v 1"),
    ("still.jpg", false, "-frames:v 1"),
    ("still.webp", false, "-frames:v 1"),
    ("still.tiff", false, "-frames:v 1"),
    ("still.bmp", false, "-frames:v 1"),
    ("still.exr", false, "-frames:v 1 -pix_fmt gbrpf32le"),
];
const SOUNDS: [(&str, &str); 4] = [
    ("sound.wav", ""),
    ("sound.flac", ""),
    ("sound.mp3", ""),
    ("sound.m4a", "-c:a alac"),
];

/// Makes the media; those that this FFmpeg has no encoder for are left out.
fn media(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let picture = MEDIA.into_iter().map(|(name, has_sound, options)| {
        let sound = if has_sound { SOUND } else { "" };
        (name, format!("{PICTURE} {sound} {options}"))
    });
    let sounds = SOUNDS
        .into_iter()
        .map(|(name, options)| (name, format!("{SOUND} {options}")));
    let made = picture.chain(sounds).filter_map(|(name, options)| {
        let path = folder.join(name);
        let ran = Command::new("ffmpeg")
            .args(["-v", "error", "-y"])
            .args(options.split_whitespace())
            .arg(&path)
            .output()
            .expect("ffmpeg");
        ran.status.success().then(|| {
            let bytes = std::fs::read(&path).expect("read");
            (name.to_owned(), bytes)
        })
    });
    made.collect()
}

/// Pseudo-random numbers: a case is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % most.max(1)
    }
}

/// The kinds of damage, by the number of the case.
const KINDS: [&str; 7] = [
    "bits flipped",
    "bytes filled",
    "cut short",
    "cut out",
    "repeated",
    "numbers made large",
    "spliced",
];

fn damaged(case: usize, media: &[(String, Vec<u8>)], random: &mut Random) -> (String, Vec<u8>) {
    let (name, whole) = &media[(case / KINDS.len()) % media.len()];
    let mut bytes = whole.clone();
    let from = random.below(bytes.len());
    let length = random.below((bytes.len() - from).min(4096)) + 1;
    let to = (from + length).min(bytes.len());
    match case % KINDS.len() {
        0 => {
            for _ in 0..=random.below(64) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        1 => bytes[from..to].fill([0, 0xff, 0x47, 0x20][random.below(4)]),
        2 => bytes.truncate(from),
        3 => drop(bytes.drain(from..to)),
        4 => {
            let again = bytes[from..to].to_vec();
            let at = random.below(bytes.len());
            bytes.splice(at..at, again);
        }
        5 => {
            // Sizes and counts are at the beginning, or in an index at the end.
            for _ in 0..=random.below(4) {
                let within = bytes.len().min(3000);
                let near = random.below(within);
                let at = if random.below(2) == 0 {
                    near
                } else {
                    bytes.len() - 1 - near
                };
                for byte in bytes.iter_mut().skip(at).take(1 + random.below(8)) {
                    *byte = [0x7f, 0xff, 0x80][random.below(3)];
                }
            }
        }
        _ => {
            let (_, other) = &media[random.below(media.len())];
            bytes.truncate(from);
            bytes.extend_from_slice(&other[random.below(other.len())..]);
        }
    }
    (name.clone(), bytes)
}

/// What became of a file.
fn outcome(result: &Result<(Found, Survey), Failure>) -> &'static str {
    match result {
        Ok((_, survey)) if survey.is_whole() => "read",
        Ok(_) => "read, with damage",
        Err(failure) if failure.cause.contains("crashes its reader") => "crashed its reader",
        Err(failure) if failure.cause.contains("hangs its reader") => "hung its reader",
        Err(_) => "refused",
    }
}

fn contact(reader: &MediaReader, path: &Path, folder: &Path) -> Result<(Found, Survey), Failure> {
    let caches = Caches {
        folder: folder.into(),
        content: ContentHash::of(path.to_string_lossy().as_bytes()),
    };
    let mut reading = Reading::begin_with(Some(reader), path, Some(caches))?;
    let survey = reading.finish(&mut |_| true)?;
    Ok((reading.found().clone(), survey))
}

/// What the window does with a file that was let in: none of it may end this process.
fn used(path: &Path, found: &Found) {
    match found {
        Found::Still => drop(read_still(path)),
        Found::Film(_) => {
            if let Ok(mut reader) = VideoReader::open(path) {
                for frame in [0, 30, 7] {
                    drop(reader.frame(Frames(frame)));
                }
            }
            drop(read_sound(path, &mut |_| true));
        }
    }
}

#[test]
fn no_damaged_medium_ends_the_process_that_reads_it_or_keeps_it_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let media = media(folder.path());
    assert!(media.len() >= 12, "{}", media.len());
    let count = std::env::var("KINORA_DAMAGED").ok();
    let count = count.map_or(USUAL, |count| count.parse().expect("a number"));
    let reader = MediaReader {
        stall: STALL,
        ..MediaReader::of_program(kinora_tests::program("kinora"))
    };
    let first = std::env::var("KINORA_DAMAGED_FIRST").ok();
    let first = first.map_or(0, |first| first.parse().expect("a number"));
    let next = AtomicUsize::new(first);
    let outcomes = Mutex::new(BTreeMap::<(&str, &str), usize>::new());
    let longest = Mutex::new((Duration::ZERO, PathBuf::new()));
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (media, reader, next) = (&media, &reader, &next);
            let (outcomes, longest) = (&outcomes, &longest);
            let folder = folder.path().join(format!("worker-{worker}"));
            scope.spawn(move || {
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= first + count {
                        return;
                    }
                    std::fs::create_dir_all(&folder).expect("a folder");
                    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (case as u64 + 1) << 20);
                    let (name, bytes) = damaged(case, media, &mut random);
                    let path = folder.join(format!("{case}-{name}"));
                    std::fs::write(&path, bytes).expect("written");
                    let begun = Instant::now();
                    let result = contact(reader, &path, &folder);
                    let took = begun.elapsed();
                    let became = outcome(&result);
                    if let Ok((found, _)) = &result {
                        used(&path, found);
                    }
                    if let Err(failure) = &result {
                        assert!(failure.cause.contains(&name), "case {case}: {failure}");
                    }
                    if !matches!(became, "read" | "read, with damage" | "refused") {
                        println!("case {case}, {name}: {became}");
                    }
                    let kind = KINDS[case % KINDS.len()];
                    *outcomes
                        .lock()
                        .expect("whole")
                        .entry((kind, became))
                        .or_default() += 1;
                    let mut longest = longest.lock().expect("whole");
                    if took > longest.0 {
                        *longest = (took, path);
                    }
                    drop(longest);
                    std::fs::remove_dir_all(&folder).expect("removed");
                }
            });
        }
    });
    for ((kind, became), count) in outcomes.into_inner().expect("whole") {
        println!("{kind}, {became}: {count}");
    }
    let (took, path) = longest.into_inner().expect("whole");
    println!("longest: {:.1} s, {}", took.as_secs_f64(), path.display());
    assert!(
        took < STALL + Duration::from_secs(30),
        "{took:?} {}",
        path.display()
    );
}
