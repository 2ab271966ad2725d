//! The sound of generated clips: in the video, beside a folder, or a file of its own.
//! It is refused where no model makes it.

use std::path::Path;

use kinora_render::media::probe;

use super::{frames, run, text, with_engine};

/// The samples of the left side of a sound that are not silent, and the number of all.
fn clicks(path: &Path) -> (Vec<usize>, usize) {
    let mut heard = Vec::new();
    let read = kinora_render::media::read_sound(path, &mut |piece| {
        heard.extend(piece.iter().copied().step_by(2));
        true
    });
    read.expect("sound");
    let loud = heard
        .iter()
        .enumerate()
        .filter(|(_, sample)| **sample > 0.1);
    (loud.map(|(at, _)| at).collect(), heard.len())
}

#[test]
fn a_clip_gets_its_sound_in_the_video_or_beside_the_folder_and_sound_alone_is_a_file() {
    let home = tempfile::tempdir().expect("a folder");
    let generate = |script: &str, words: &[&str], output: &str| {
        let words = [
            &["generate", "--prompt", "steps", "--frames", "9"][..],
            words,
        ]
        .concat();
        run(with_engine(script, home.path())
            .args(words)
            .arg("-o")
            .arg(home.path().join(output)))
    };
    for (script, option, output, sound) in [
        ("sound", "--sound", "steps.mkv", "steps.mkv"),
        ("sound", "--sound", "steps/", "steps.wav"),
        ("sound", "--sound-only", "alone.wav", "alone.wav"),
        ("sound-alone", "--sound-only", "only.wav", "only.wav"),
    ] {
        let ran = generate(script, &[option], output);
        assert!(ran.status.success(), "{output}: {}", text(&ran.stderr));
        // A click at every fourth of nine frames, eight in a second.
        let heard = clicks(&home.path().join(sound));
        assert_eq!(heard, (vec![0, 24_000, 48_000], 54_000), "{output}");
    }
    assert_eq!(frames(&home.path().join("steps")).len(), 9);
    let silent = generate("sound", &[], "silent.mkv");
    assert!(silent.status.success(), "{}", text(&silent.stderr));
    let found = probe(&home.path().join("silent.mkv")).expect("a video");
    assert!(found.sound.is_none(), "it was not asked for");
}

#[test]
fn sound_is_refused_where_no_model_makes_it_and_where_it_has_no_place() {
    let home = tempfile::tempdir().expect("a folder");
    let refused = |script: &str, words: &[&str], output: &str| {
        let words = [&["generate", "--prompt", "steps"][..], words].concat();
        let ran = run(with_engine(script, home.path())
            .args(words)
            .arg("-o")
            .arg(home.path().join(output)));
        assert!(!ran.status.success(), "{output}");
        text(&ran.stderr)
    };
    let said = refused("well", &["--sound"], "a.mp4");
    assert!(said.contains("no installed model makes sound"), "{said}");
    let said = refused("well", &["--sound", "--model", "pretended"], "b.mp4");
    assert!(said.contains("does not make sound"), "{said}");
    let said = refused("sound-alone", &["--sound"], "c.mp4");
    assert!(said.contains("no installed model makes sound"), "{said}");
    let said = refused("sound", &["--sound-only"], "d.mp4");
    assert!(said.contains("no WAV file"), "{said}");
    let both = refused("sound", &["--sound", "--sound-only"], "e.wav");
    assert!(both.contains("cannot be used with"), "{both}");
}
