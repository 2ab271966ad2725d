//! The mixer from files to files: a limiter, stems, and a given loudness, measured by FFmpeg.

#![expect(
    clippy::print_stdout,
    reason = "what was measured is printed with --nocapture"
)]

use std::process::Command;

use kinora_render::LoudnessTarget;
use kinora_render::export::stem_paths;
use kinora_render::mix::{LoudnessMeter, StemMixer};
use kinora_timeline::edit::mixing::MixEdit;
use kinora_timeline::mixing::{Ducking, MasterSetting, TrackSetting};

use super::two_tracks::{RATE_HZ, sine, speech_and_music, with_both, with_processors, with_sound};
use super::*;

/// The length of the sounds.
const SECONDS: i64 = 8;

/// Speech-like bursts on A1 and music on A2, which is compressed and ducked.
fn two_tracks(folder: &Path) -> Project {
    let (project, sounds) = speech_and_music(folder, SIZE, SECONDS as u32, |at| {
        let is_loud = at % 2.0 < 0.8;
        0.6 * sine(180.0, at) * f64::from(u8::from(is_loud))
    });
    let project = with_both(&project, sounds, Frames::ZERO, Frames(24 * SECONDS));
    with_processors(&project, sounds)
}

/// A soft tone with loud clicks, which only a limiter brings to a high loudness.
fn clicks(folder: &Path) -> Project {
    let size = Size::new(SIZE[0], SIZE[1]).expect("a size");
    let project = Project::new(FrameRate::FPS_24, size);
    let (project, medium) = with_sound(&project, folder, ("clicks.wav", SECONDS as u32), |at| {
        let is_click = at % 0.5 < 0.002;
        0.05 * sine(997.0, at) + 0.9 * sine(3000.0, at) * f64::from(u8::from(is_click))
    });
    let piece = Piece {
        track: track(&project, TrackKind::Audio),
        clip: Clip::new(Source::Medium(medium), Frames::ZERO, Frames(24 * SECONDS)),
    };
    let pieces = vec![piece];
    done(&project, Edit::Place(Place::Append { pieces }))
}

fn limited(project: &Project, gain_db: f32) -> Project {
    let gain = MixEdit::SetMaster {
        setting: MasterSetting::Gain,
        value: gain_db,
    };
    let project = done(project, Edit::Mix(gain));
    done(&project, Edit::Mix(MixEdit::Limit(true)))
}

fn frames(from: i64, to: i64) -> FrameRange {
    FrameRange::between(Frames(from), Frames(to))
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let most = differences.fold(0.0, f32::max);
    assert!(most < tolerance, "{most}");
}

#[test]
fn playing_exporting_and_jumping_give_one_mix_below_the_ceiling() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let project = limited(&two_tracks(folder), 12.0);
    let end = 24 * SECONDS;
    let whole = Mixer::new(folder)
        .mix(&project, frames(0, end))
        .expect("mixed");
    let ceiling = 10.0_f32.powf(-1.0 / 20.0);
    assert!(whole.iter().all(|sample| sample.abs() <= ceiling));
    // As an export, frame by frame, and as playback, by two frames: the same to the bit.
    for at_once in [1, 2] {
        let mut mixer = Mixer::new(folder);
        let parts = (0..end / at_once).flat_map(|part| {
            let range = frames(part * at_once, (part + 1) * at_once);
            mixer.mix(&project, range).expect("mixed")
        });
        let parts: Vec<f32> = parts.collect();
        assert!(parts == whole, "by {at_once} frames");
    }
    let mut mixer = Mixer::new(folder);
    for first in [150, 20, 170] {
        let jumped = mixer
            .mix(&project, frames(first, first + 10))
            .expect("mixed");
        let from = 2 * SAMPLES_A_FRAME * first as usize;
        assert_near(&jumped, &whole[from..from + jumped.len()], 1e-5);
    }
}

#[test]
fn a_limited_mix_is_not_later_than_one_that_is_not_limited() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let plain = two_tracks(folder);
    let limited = limited(&plain, -20.0); // far below the ceiling
    let [plain, limited] = [&plain, &limited].map(|project| {
        let mut mixer = Mixer::new(folder);
        mixer.mix(project, frames(0, 48)).expect("mixed")
    });
    let gain = 10.0_f32.powf(-20.0 / 20.0);
    let expected: Vec<f32> = plain.iter().map(|sample| sample * gain).collect();
    assert_near(&limited, &expected, 1e-5);
}

#[test]
fn a_nested_mix_is_the_mix_and_also_from_the_middle_and_at_another_speed() {
    use kinora_timeline::edit::sequences::SequenceEdit;

    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let project = two_tracks(folder);
    let tracks = project.playing_tracks(TrackKind::Audio);
    let clips = tracks.flat_map(|track| track.clips());
    let clips: Vec<ClipId> = clips.map(|(clip, _)| clip.id).collect();
    let nest = SequenceEdit::Nest {
        clips,
        name: "scene".into(),
    };
    let nested = done(&project, Edit::Sequence(nest));
    let end = 24 * SECONDS;
    let whole = Mixer::new(folder)
        .mix(&project, frames(0, end))
        .expect("mixed");
    let mut mixer = Mixer::new(folder);
    for (from, to) in [(0, end), (100, 120), (30, 31)] {
        let mixed = mixer.mix(&nested, frames(from, to)).expect("mixed");
        let place = 2 * SAMPLES_A_FRAME * from as usize;
        assert_near(&mixed, &whole[place..place + mixed.len()], 1e-5);
    }
    let shows = nested.playing_tracks(TrackKind::Audio);
    let clip = shows.flat_map(|track| track.clips()).next();
    let clip = clip.expect("the nested clip").0.id;
    let faster = ClipEdit::Speed {
        clip,
        speed: Speed::new(2, 1).expect("a speed"),
        ripple: false,
    };
    let faster = done(&nested, Edit::Clip(faster));
    let mixed = mixer.mix(&faster, frames(60, 64)).expect("mixed");
    let from = SAMPLES_A_FRAME * 120;
    let every_second = whole.chunks_exact(2).skip(from).step_by(2);
    let expected: Vec<f32> = every_second.flatten().copied().take(mixed.len()).collect();
    assert_near(&mixed, &expected, 1e-5);
}

/// The gain of a track for each pair of samples of its key, by the formula: the level of the key falls with 20 ms, the
/// reduction grows over 6 dB from the threshold on, and is smoothed in decibels.
fn ducking_gains(key: &[f32], settings: &Ducking) -> Vec<f64> {
    let left = |ms: f64| (-1.0 / (ms / 1000.0 * f64::from(RATE_HZ))).exp();
    let [amount_db, threshold_db, attack_ms, release_ms] = [
        settings.amount_db,
        settings.threshold_db,
        settings.attack_ms,
        settings.release_ms,
    ]
    .map(f64::from);
    let (mut level, mut reduction_db) = (0.0_f64, 0.0_f64);
    let gains = key.chunks_exact(2).map(|pair| {
        let peak = f64::from(pair[0].abs().max(pair[1].abs()));
        level = (level * left(20.0)).max(peak);
        let above_db = 20.0 * level.max(1e-30).log10() - threshold_db;
        let wanted_db = amount_db * (above_db / 6.0).clamp(0.0, 1.0);
        let constant_ms = if wanted_db > reduction_db {
            attack_ms
        } else {
            release_ms
        };
        reduction_db = wanted_db + left(constant_ms) * (reduction_db - wanted_db);
        10.0_f64.powf(-reduction_db / 20.0)
    });
    gains.collect()
}

#[test]
fn ducking_follows_its_formula_at_every_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let ducked = two_tracks(folder);
    let audio = ducked.playing_tracks(TrackKind::Audio);
    let audio: Vec<TrackId> = audio.map(|track| track.id).collect();
    let settings = ducked.track(audio[1]).expect("the music").mix.ducking;
    let plain = MixEdit::Set {
        track: audio[1],
        setting: TrackSetting::DuckAmount,
        value: 0.0,
    };
    let plain = done(&ducked, Edit::Mix(plain));
    let [plain, ducked] = [&plain, &ducked].map(|project| {
        let whole = frames(0, 24 * SECONDS);
        let stems = StemMixer::new(folder).stems(project, whole).expect("mixed");
        audio
            .iter()
            .map(|track| {
                let stem = stems.iter().find(|(known, _)| known == track);
                stem.expect("its stem").1.clone()
            })
            .collect::<Vec<Vec<f32>>>()
    });
    assert!(plain[0] == ducked[0], "the key is not changed");
    let gains = ducking_gains(&plain[0], &settings);
    let pairs = plain[1].chunks_exact(2).zip(&gains);
    let expected: Vec<f32> = pairs
        .flat_map(|(pair, gain)| [pair[0], pair[1]].map(|one| (f64::from(one) * gain) as f32))
        .collect();
    assert_near(&ducked[1], &expected, 1e-5);
    let lowest = gains.iter().copied().fold(1.0, f64::min);
    assert!((20.0 * lowest.log10() + 9.0).abs() < 0.1, "{lowest}");
}

#[test]
fn stems_are_as_long_as_the_video_and_their_sum_is_the_mix() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let project = two_tracks(folder);
    let range = frames(24, 72);
    let mix = Mixer::new(folder).mix(&project, range).expect("mixed");
    let stems = StemMixer::new(folder)
        .stems(&project, range)
        .expect("mixed");
    assert_eq!(stems.len(), 2);
    let sum_of = |stems: &[Vec<f32>]| -> Vec<f32> {
        let sums = (0..mix.len()).map(|at| stems.iter().map(|stem| stem[at]).sum());
        sums.collect()
    };
    let sounds: Vec<Vec<f32>> = stems.into_iter().map(|(_, sound)| sound).collect();
    assert_near(&sum_of(&sounds), &mix, 1e-5);
    // The same in files; the master changes none of them.
    let limited = limited(&project, 12.0);
    let order = Export {
        format: Format::WAV,
        range,
        path: folder.join("film.wav"),
        settings: ExportSettings {
            has_stems: true,
            ..ExportSettings::default()
        },
    };
    let ended = export(&limited, folder, &order, &mut |_| true);
    assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
    let files: Vec<PathBuf> = stem_paths(&limited, &order.path)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    assert!(files[1].ends_with("film - Music.wav"), "{files:?}");
    let read = |path: &PathBuf| {
        let mut samples = Vec::new();
        read_sound(path, &mut |piece| {
            samples.extend_from_slice(piece);
            true
        })
        .expect("sound");
        samples
    };
    let sounds: Vec<Vec<f32>> = files.iter().map(read).collect();
    assert_near(&sum_of(&sounds), &mix, 1e-5);
}

/// The integrated loudness of a file, by FFmpeg's own filter; `None` without FFmpeg's command line.
fn lufs_of(path: &Path) -> Option<f64> {
    let ran = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-i"])
        .arg(path)
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
        .output()
        .inspect_err(|error| println!("The loudness was not judged by FFmpeg: {error}"))
        .ok()?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let summary = said.split("Summary:").nth(1).expect("a summary");
    let line = summary.lines().find(|line| line.contains("I:"));
    let mut words = line.expect("the loudness").split_whitespace();
    let number = words.find_map(|word| word.parse().ok());
    Some(number.expect("a number"))
}

#[test]
fn an_export_has_the_loudness_it_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let quiet = two_tracks(folder);
    let loud = limited(&quiet, 18.0);
    let clicks = clicks(folder);
    for (project, target) in [
        (&quiet, LoudnessTarget::Broadcast),
        (&quiet, LoudnessTarget::Streaming),
        (&loud, LoudnessTarget::Streaming),
        (&clicks, LoudnessTarget::Streaming),
    ] {
        let order = Export {
            format: Format::WAV,
            range: frames(0, 24 * SECONDS),
            path: folder.join("film.wav"),
            settings: ExportSettings {
                loudness: target,
                ..ExportSettings::default()
            },
        };
        let mut counted = Frames::ZERO;
        let ended = export(project, folder, &order, &mut |done| {
            counted = done;
            true
        });
        assert_eq!(ended, Ok(Exported::Whole(Vec::new())));
        assert_eq!(counted, order.work());
        let wanted = target.lufs().expect("a target");
        if let Some(found) = lufs_of(&order.path) {
            assert!((found - wanted).abs() <= 0.1, "{target}: {found}");
        }
        let mut meter = LoudnessMeter::default();
        read_sound(&order.path, &mut |piece| {
            meter.add(piece);
            true
        })
        .expect("sound");
        let found = meter.loudness();
        assert!((found.integrated - wanted).abs() <= 0.1, "{found:?}");
        assert!(found.true_peak_db < -0.8, "{found:?}");
    }
}

#[test]
fn an_export_is_cancelled_while_it_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let project = two_tracks(folder);
    let order = Export {
        format: Format::WAV,
        range: frames(0, 24 * SECONDS),
        path: folder.join("film.wav"),
        settings: ExportSettings {
            loudness: LoudnessTarget::Broadcast,
            ..ExportSettings::default()
        },
    };
    let ended = export(&project, folder, &order, &mut |done| done < Frames(48));
    assert_eq!(ended, Ok(Exported::Stopped));
    assert!(!order.path.exists());
}
