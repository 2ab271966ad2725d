//! How fast any frame of a film is found, beside bare libavcodec that does the same, and how fast a film is written
//! out. `cargo xtask bench film` runs it, optimised.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

use std::path::Path;
use std::time::Instant;

use ffmpeg_the_third as ffmpeg;
use kinora_render::export::{Delivery, Export, export};
use kinora_render::{Content, Picture, Preset, VideoReader, Writer};
use kinora_timeline::clip::{Clip, Look, Transform};
use kinora_timeline::edit::clips::ClipEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::place::{Piece, Place};
use kinora_timeline::edit::tracks::TrackEdit;
use kinora_timeline::edit::transitions::TransitionEdit;
use kinora_timeline::media::{Extent, Medium};
use kinora_timeline::{
    ContentHash, Edit, FrameRange, FrameRate, Frames, MediumId, Project, Size, Source, TrackKind,
    TransitionKind,
};

const SIZE: [u32; 2] = [1920, 1080];
const SECONDS: i64 = 12;
const SEEKS: usize = 500;
const ROUNDS: usize = 3;
const BAR: f64 = 1.15;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("media.mp4");
    let frames = SECONDS * 24;
    write(&path, frames)?;
    seeks(&path, frames)?;
    exports(folder.path(), &path, frames)
}

/// Something that moves all over.
fn write(path: &Path, frames: i64) -> Result<()> {
    let content = Content {
        size: SIZE,
        rate: FrameRate::FPS_24,
        has_sound: true,
    };
    let mut writer = Writer::create(path, Preset::Mp4, content)?;
    for frame in 0..frames {
        let [width, height] = SIZE;
        let pixels = (0..width * height).flat_map(|at| {
            let (x, y) = (at % width, at / width);
            let wave = (x + 7 * frame as u32) ^ (y + 3 * frame as u32);
            [(wave & 255) as u8, (x >> 3) as u8, (y >> 2) as u8, 255]
        });
        let picture = Picture {
            width,
            height,
            rgba: pixels.collect(),
        };
        writer.picture(&picture)?;
        writer.sound(&vec![0.1; 4000])?;
    }
    Ok(writer.finish()?)
}

/// The same frames in the same order, found by either, A B A B.
fn seeks(path: &Path, frames: i64) -> Result<()> {
    let mut at = 1_u64;
    let mut random = || {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from(at >> 33).unwrap_or(0) % frames
    };
    let wanted: Vec<i64> = (0..SEEKS).map(|_| random()).collect();
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let (ours, our_sum) = ours(path, &wanted)?;
        let (bare, bare_sum) = bare(path, &wanted)?;
        if our_sum != bare_sum {
            return Err(format!("the pictures differ: {our_sum} and {bare_sum}").into());
        }
        println!("seeks, round {round}: ours p95 {ours:.1} ms, bare libavcodec p95 {bare:.1} ms");
        ratios.push(ours / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "{SEEKS} random seeks in 1080p, ours over bare libavcodec, p95: median {:.2}, min {:.2}, max {:.2} (bar {BAR})",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
    Ok(())
}

fn p95(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() - 1) * 95 / 100] * 1e3
}

fn ours(path: &Path, wanted: &[i64]) -> Result<(f64, u64)> {
    let mut reader = VideoReader::open(path)?;
    let (mut times, mut sum) = (Vec::new(), 0);
    for &frame in wanted {
        let began = Instant::now();
        let picture = reader.frame(Frames(frame))?;
        times.push(began.elapsed().as_secs_f64());
        sum = summed(sum, &picture.rgba);
    }
    Ok((p95(times), sum))
}

/// A seek to the key frame before, decoding up to the frame, and the same conversion, nothing else.
fn bare(path: &Path, wanted: &[i64]) -> Result<(f64, u64)> {
    let mut input = ffmpeg::format::input(path)?;
    let stream = input
        .streams()
        .best(ffmpeg::media::Type::Video)
        .ok_or("pictures")?;
    let (index, base) = (stream.index(), stream.time_base());
    let mut context = ffmpeg::codec::Context::from_parameters(stream.parameters())?;
    context.set_threading(ffmpeg::codec::threading::Config::count(2));
    let mut decoder = context.decoder().video()?;
    let mut graph: Option<ffmpeg::filter::Graph> = None;
    let (mut times, mut sum) = (Vec::new(), 0);
    for &frame in wanted {
        let began = Instant::now();
        let microseconds = frame * 1_000_000 / 24;
        input.seek(microseconds, ..=microseconds)?;
        decoder.flush();
        let due = frame * i64::from(base.denominator()) / (24 * i64::from(base.numerator()));
        let mut found = None;
        let mut packets = input.packets();
        while found.is_none() {
            match packets.next() {
                Some(packet) => {
                    let (stream, packet) = packet?;
                    if stream.index() != index {
                        continue;
                    }
                    decoder.send_packet(&packet)?;
                }
                None => decoder.send_eof()?,
            }
            let mut decoded = ffmpeg::frame::Video::empty();
            while decoder.receive_frame(&mut decoded).is_ok() {
                if decoded.pts().is_some_and(|pts| pts >= due) {
                    found = Some(decoded);
                    break;
                }
            }
        }
        let mut decoded = found.ok_or("the frame")?;
        let graph = match &mut graph {
            Some(graph) => graph,
            None => graph.insert(rgba(&decoded)?),
        };
        decoded.set_pts(Some(0));
        graph.get("in").ok_or("in")?.source().add(&decoded)?;
        let mut picture = ffmpeg::frame::Video::empty();
        graph.get("out").ok_or("out")?.sink().frame(&mut picture)?;
        let [width, height] = SIZE.map(|side| side as usize);
        let mut rows = Vec::with_capacity(width * height * 4);
        for row in picture.data(0).chunks(picture.stride(0)).take(height) {
            rows.extend_from_slice(&row[..width * 4]);
        }
        times.push(began.elapsed().as_secs_f64());
        sum = summed(sum, &rows);
    }
    Ok((p95(times), sum))
}

fn rgba(frame: &ffmpeg::frame::Video) -> Result<ffmpeg::filter::Graph> {
    let name = frame.format().descriptor().map_or("", |found| found.name());
    let arguments = format!(
        "video_size={}x{}:pix_fmt={name}:time_base=1/1000000",
        frame.width(),
        frame.height()
    );
    let mut graph = ffmpeg::filter::Graph::new();
    graph.add(
        &ffmpeg::filter::find("buffer").ok_or("buffer")?,
        "in",
        &arguments,
    )?;
    graph.add(
        &ffmpeg::filter::find("buffersink").ok_or("buffersink")?,
        "out",
        "",
    )?;
    let chain = "scale=1920:1080:flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709:in_range=limited,format=rgba";
    graph.output("in", 0)?.input("out", 0)?.parse(chain)?;
    graph.validate()?;
    Ok(graph)
}

fn summed(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().step_by(97).fold(sum, |sum, &byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}

/// Three tracks: two films with dissolves below, one small above; and a title's worth of sound.
fn exports(folder: &Path, path: &Path, frames: i64) -> Result<()> {
    let film = edit(folder, path, frames)?;
    let wanted = Export {
        delivery: Delivery::File(Preset::Mp4),
        range: FrameRange {
            start: Frames::ZERO,
            length: film.end(),
        },
        path: folder.join("out.mp4"),
    };
    for round in 0..ROUNDS {
        let began = Instant::now();
        export(&film, folder, &wanted, &mut |_| true)?;
        let seconds = began.elapsed().as_secs_f64();
        let rate = film.end().0 as f64 / seconds;
        println!(
            "export, round {round}: {} frames of 1080p in {seconds:.1} s, {rate:.1} a second",
            film.end().0
        );
    }
    Ok(())
}

fn edit(folder: &Path, path: &Path, frames: i64) -> Result<Project> {
    let size = Size::new(SIZE[0], SIZE[1]).ok_or("a size")?;
    let mut film = Project::new(FrameRate::FPS_24, size);
    let mut done = |edit: Edit| -> Result<Project> {
        film = edit.apply(&film)?;
        Ok(film.clone())
    };
    let medium = Medium {
        id: MediumId::from(0),
        name: "media.mp4".into(),
        content: ContentHash::of(b"media"),
        path: path.strip_prefix(folder)?.to_string_lossy().into_owned(),
        extent: Extent::Film {
            rate: FrameRate::FPS_24,
            frames: Frames(frames),
        },
        has_picture: true,
        has_sound: true,
    };
    let film = done(Edit::Library(Library::AddMedium(Box::new(medium))))?;
    let source = Source::Medium(film.media().next().ok_or("a medium")?.id);
    let (first, sound) = (
        film.tracks()[0].id,
        film.tracks().last().ok_or("a track")?.id,
    );
    let film = done(Edit::Track(TrackEdit::Add {
        kind: TrackKind::Video,
        name: String::new(),
    }))?;
    let above = film
        .tracks()
        .iter()
        .rfind(|track| track.kind == TrackKind::Video)
        .ok_or("a track")?
        .id;
    let piece = frames / 6;
    for at in 0..5 {
        let clip = Clip::new(source, Frames(at * piece + 12), Frames(piece - 24));
        let pieces = vec![
            Piece {
                track: first,
                clip: clip.clone(),
            },
            Piece { track: sound, clip },
        ];
        done(Edit::Place(Place::Append { pieces }))?;
    }
    let clip = Clip::new(source, Frames::ZERO, Frames(2 * piece));
    let pieces = vec![Piece { track: above, clip }];
    let mut film = done(Edit::Place(Place::Append { pieces }))?;
    let heads: Vec<_> = film
        .track(first)
        .ok_or("a track")?
        .clips()
        .skip(1)
        .map(|(clip, _)| clip.id)
        .collect();
    for clip in heads {
        film = done(Edit::Transition(TransitionEdit::Set {
            clip,
            kind: TransitionKind::Dissolve,
            before: Frames(6),
            after: Frames(6),
        }))?;
    }
    let clip = film
        .track(above)
        .ok_or("a track")?
        .clips()
        .next()
        .ok_or("a clip")?
        .0
        .id;
    let look = Look {
        transform: Transform {
            scale: 0.3,
            position: (0.3, -0.3),
            ..Transform::default()
        },
        ..Look::default()
    };
    done(Edit::Clip(ClipEdit::Look { clip, look }))
}
