//! Tests of written sound: it comes back whole, in its place, and at our rate. Gaps and other rates are read as well.

use super::*;
use crate::media::{SOUND_RATE_HZ, probe};

#[test]
fn the_sound_of_a_take_comes_back_bit_for_bit_and_is_the_same_file_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a take: one.flac");
    let full = 8_388_608_f32; // 2^23
    let value = |at: i32| (at.wrapping_mul(747_796_405) >> 8) as f32 / full;
    // The limits, a number of samples that fills no packet, and a click.
    let mut samples: Vec<f32> = (0..2 * 50_777).map(value).collect();
    (samples[0], samples[1]) = (-1.0, (full - 1.0) / full);
    samples[2..40].fill(0.0);
    samples[20] = 1.0 / full;
    write(&path, Format::TAKE_SOUND, FrameRate::FPS_24, &[], &samples);
    let found = probe(&path).expect("probed").sound.expect("sound");
    assert_eq!((found.rate_hz, found.channels), (SOUND_RATE_HZ, 2));
    let heard = sound_of(&path);
    assert_eq!(heard.len(), samples.len());
    let bits = |samples: &[f32]| samples.iter().map(|one| one.to_bits()).collect::<Vec<_>>();
    assert!(bits(&heard) == bits(&samples));
    let again = folder.path().join("again.flac");
    write(&again, Format::TAKE_SOUND, FrameRate::FPS_24, &[], &samples);
    assert!(fs::read(&path).expect("bytes") == fs::read(&again).expect("bytes"));
}

#[test]
fn sound_comes_back_whole_and_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let length = 48_000 + 777;
    // A click in the middle of silence, then a quiet tone.
    let sample = |at: usize| match at {
        12_345 => 0.9,
        at if at > 24_000 => 0.2 * (at as f32 * 0.05).sin(),
        _ => 0.0,
    };
    let samples: Vec<f32> = (0..length)
        .flat_map(|at| [sample(at), -sample(at)])
        .collect();
    let pictures: Vec<Picture> = (0..25).map(numbered).collect();
    for preset in Format::with_encoders() {
        let path = folder.path().join("sound").with_extension(preset.extension);
        write(&path, preset, FrameRate::FPS_24, &pictures, &samples);
        let heard = sound_of(&path);
        let is_exact = preset != Format::MP4;
        let longer = heard.len() / 2 - length.min(heard.len() / 2);
        assert!(
            heard.len() / 2 >= length && longer <= if is_exact { 0 } else { 1024 },
            "{}: {} of {length}",
            preset.name,
            heard.len() / 2
        );
        let loudest = (0..20_000)
            .max_by(|&one, &other| heard[2 * one].abs().total_cmp(&heard[2 * other].abs()));
        assert_eq!(loudest, Some(12_345), "{}", preset.name);
        if is_exact {
            let worst = heard
                .iter()
                .zip(&samples)
                .map(|(one, other)| (one - other).abs())
                .fold(0.0, f32::max);
            assert!(worst < 2e-7, "{}: {worst}", preset.name);
        }
    }
}

#[test]
fn a_hole_in_the_sound_is_silence_and_what_follows_stays_where_it_belongs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, holed) = (
        folder.path().join("whole.mp4"),
        folder.path().join("holed.mp4"),
    );
    let click_at = 96_000;
    let mut sound = vec![0.0; 2 * 2 * click_at];
    sound[2 * click_at..2 * click_at + 40].fill(0.9);
    let pictures: Vec<Picture> = (0..96).map(numbered).collect();
    write(&whole, Format::MP4, FrameRate::FPS_24, &pictures, &sound);
    let heard_click = |path: &Path| {
        let samples = sound_of(path);
        let loud = samples.iter().position(|sample| sample.abs() > 0.4);
        loud.expect("a click") / 2
    };
    let before = heard_click(&whole);
    without_packets(&whole, &holed, 20..45);
    let after = heard_click(&holed);
    assert!(before.abs_diff(after) <= 1, "{before} {after}");
}

/// Copies the sound of a file, leaving out some of its packets.
fn without_packets(from: &Path, to: &Path, lost: std::ops::Range<usize>) {
    let mut input = ffmpeg::format::input(url(from)).expect("opens");
    let mut output = ffmpeg::format::output_as(url(to), "mp4").expect("opens");
    let sound = input.streams().best(ffmpeg::media::Type::Audio);
    let sound = sound.expect("sound");
    let (index, base) = (sound.index(), sound.time_base());
    let mut copy = output
        .add_stream(ffmpeg::encoder::find(ffmpeg::codec::Id::None))
        .expect("a stream");
    copy.set_parameters(sound.parameters());
    output.write_header().expect("written");
    let target = output.stream(0).expect("a stream").time_base();
    let packets = input.packets().filter_map(Result::ok);
    let packets = packets.filter(|(stream, _)| stream.index() == index);
    for (number, (_, mut packet)) in packets.enumerate() {
        if !lost.contains(&number) {
            packet.rescale_ts(base, target);
            packet.set_stream(0);
            packet.write_interleaved(&mut output).expect("written");
        }
    }
    output.write_trailer().expect("written");
}

#[test]
fn sound_of_another_rate_is_brought_to_ours() {
    // 0.5 s at 44.1 kHz, as a hand-written WAV.
    let samples = 22_050_u32;
    let mut wav = Vec::new();
    let bytes = samples * 2;
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(44_100_u32.to_le_bytes());
    wav.extend(88_200_u32.to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..samples {
        let tone = (f64::from(at) * 440.0 * std::f64::consts::TAU / 44_100.0).sin();
        wav.extend(((tone * 20_000.0) as i16).to_le_bytes());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tone.wav");
    fs::write(&path, wav).expect("written");
    let sound = probe(&path).expect("probed").sound.expect("sound");
    assert_eq!(
        (sound.rate_hz, sound.samples, sound.channels),
        (44_100, 22_050, 1)
    );
    let heard = sound_of(&path);
    assert_eq!(heard.len() / 2, (SOUND_RATE_HZ / 2) as usize);
    let rises = heard
        .chunks(2)
        .zip(heard[2..].chunks(2))
        .filter(|(one, next)| one[0] < 0.0 && next[0] >= 0.0)
        .count();
    assert!(
        (218..=221).contains(&rises),
        "{rises} periods of 440 Hz in half a second"
    );
}
