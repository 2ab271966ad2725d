//! Benchmark of seeking to any frame of a video, next to bare libavcodec doing the same. `cargo xtask bench seeks`
//! runs it, optimised.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

mod media;

use std::path::Path;
use std::time::Instant;

use ffmpeg_the_third as ffmpeg;
use kinora_render::VideoReader;
use kinora_timeline::Frames;

use media::{Result, SIZE};

const SECONDS: i64 = 4;
/// The number of turns each takes, of equally many frames.
const TURNS: usize = 5;
const SEEKS: usize = 100;
const BAR: f64 = 1.15;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("media.mp4");
    let frames = SECONDS * 24;
    media::write(&path, frames)?;
    let mut at = 1_u64;
    let mut random = || {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from(at >> 33).unwrap_or(0) % frames
    };
    let (mut all_ours, mut all_bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // Both find the same frames in the same order, in turn: A B A B.
    for turn in 0..TURNS {
        let wanted: Vec<i64> = (0..SEEKS).map(|_| random()).collect();
        let (ours, our_sum) = ours(&path, &wanted)?;
        let (bare, bare_sum) = bare(&path, &wanted)?;
        if our_sum != bare_sum {
            return Err(format!("the pictures differ: {our_sum} and {bare_sum}").into());
        }
        let (one, other) = (p95(&ours), p95(&bare));
        println!("turn {turn}: ours p95 {one:.1} ms, bare libavcodec p95 {other:.1} ms");
        ratios.push(one / other);
        all_ours.extend(ours);
        all_bare.extend(bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "{} random seeks in 1080p, ours over bare libavcodec, p95: {:.2} of all, turns {:.2} to {:.2} (bar {BAR})",
        TURNS * SEEKS,
        p95(&all_ours) / p95(&all_bare),
        ratios[0],
        ratios[ratios.len() - 1]
    );
    Ok(())
}

fn p95(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[(times.len() - 1) * 95 / 100] * 1e3
}

fn ours(path: &Path, wanted: &[i64]) -> Result<(Vec<f64>, u64)> {
    let mut reader = VideoReader::open(path)?;
    let (mut times, mut sum) = (Vec::new(), 0);
    for &frame in wanted {
        let began = Instant::now();
        let picture = reader.frame(Frames(frame))?;
        times.push(began.elapsed().as_secs_f64());
        sum = summed(sum, &picture.rgba);
    }
    Ok((times, sum))
}

/// Seeks to the key frame before, decodes up to the frame, converts the same way, and nothing else.
fn bare(path: &Path, wanted: &[i64]) -> Result<(Vec<f64>, u64)> {
    let mut input = ffmpeg::format::input(path)?;
    let stream = input
        .streams()
        .best(ffmpeg::media::Type::Video)
        .ok_or("pictures")?;
    let (index, base) = (stream.index(), stream.time_base());
    let mut context = ffmpeg::codec::Context::from_parameters(stream.parameters())?;
    context.set_threading(ffmpeg::codec::threading::Config::count(2));
    let mut decoder = context.decoder().video()?;
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
        let decoded = found.ok_or("the frame")?;
        let rows = pixels(&decoded)?;
        times.push(began.elapsed().as_secs_f64());
        sum = summed(sum, &rows);
    }
    Ok((times, sum))
}

fn pixels(frame: &ffmpeg::frame::Video) -> Result<Vec<u8>> {
    let planes = yuv::YuvPlanarImage {
        y_plane: frame.data(0),
        y_stride: u32::try_from(frame.stride(0))?,
        u_plane: frame.data(1),
        u_stride: u32::try_from(frame.stride(1))?,
        v_plane: frame.data(2),
        v_stride: u32::try_from(frame.stride(2))?,
        width: frame.width(),
        height: frame.height(),
    };
    let [width, height] = SIZE;
    let mut rgba = vec![0; width as usize * height as usize * 4];
    let (range, matrix) = (yuv::YuvRange::Limited, yuv::YuvStandardMatrix::Bt709);
    yuv::yuv420_to_rgba_bilinear(&planes, &mut rgba, width * 4, range, matrix)?;
    Ok(rgba)
}

fn summed(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().step_by(97).fold(sum, |sum, &byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}
