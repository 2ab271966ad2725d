//! Subtitle files: what other programs write is read, damage is reported, and everything that is written reads back to
//! the frame.

use crate::drawn::{apply, subtitled};
use crate::random::Dice;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::subtitle::plain;
use kinora_timeline::subtitle_file::{SubtitleFile, SubtitleFormat, read, write};
use kinora_timeline::{Edit, FrameRange, FrameRate, Frames, Project, Size};

fn file(text: &str) -> SubtitleFile {
    read(text.as_bytes(), FrameRate::FPS_24).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The cues of a track as "start..end text".
fn spelled(track: &[NewCue]) -> Vec<String> {
    let cues = track.iter().map(|cue| {
        let (start, end) = (cue.range.start.0, cue.range.end().0);
        format!("{start}..{end} {}", cue.text.replace('\n', " / "))
    });
    cues.collect()
}

#[track_caller]
fn check(text: &str, cues: &[&str], notes: &[&str]) {
    let file = file(text);
    assert_eq!(spelled(&file.tracks[0]), cues);
    assert_eq!(file.tracks.len(), 1);
    assert_eq!(file.notes, notes);
}

#[test]
fn a_plain_file_is_read() {
    let srt = "1\n00:00:01,000 --> 00:00:02,500\nWhere are you?\nHere.\n\n2\n00:00:03,000 --> 00:00:04,000\nOh.\n";
    check(srt, &["24..60 Where are you? / Here.", "72..96 Oh."], &[]);
    let vtt = "WEBVTT - a title\nLanguage: en\n\nNOTE\nby hand\n\nSTYLE\n::cue { color: red }\n\nfirst\n00:01.000 --> 00:02.500 align:start\nWhere &lt; here &amp; there?\n\n00:03.000 --> 00:04.000\nOh.\n";
    check(vtt, &["24..60 Where < here & there?", "72..96 Oh."], &[]);
    assert_eq!(file(vtt).language, "en");
    assert_eq!(file(srt).language, "");
}

#[test]
fn what_other_programs_leave_out_or_add_is_no_obstacle() {
    let two = &["24..60 One", "72..96 Two"];
    check(
        "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\nOne\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nTwo",
        two,
        &[],
    );
    check(
        "00:00:01.0 --> 00:00:02.5\nOne\n\n00:03 --> 00:04\nTwo",
        two,
        &[],
    );
    check(
        "1\n00:00:01,000 --> 00:00:02,500\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo",
        two,
        &[],
    );
    check(
        "2\n00:00:03,000 --> 00:00:04,000\nTwo\n\n1\n00:00:01,000 --> 00:00:02,500 X1:10 X2:20\nOne\n",
        two,
        &[],
    );
    check(
        "1\n00:00:01,000 --> 00:00:02,500\n<i>One</i>\n\n2\n00:00:03,000 --> 00:00:04,000\n{\\an8}Two\n",
        two,
        &["italics, colours and other tags were removed from subtitles: 2, the first in line 2"],
    );
    check(
        "Made by hand\n\n1\n00:00:01,000 --> 00:00:02,500\nOne\n\n2\n00:00:02,600 --> 00:00:02,700\n\n3\n00:00:03,000 --> 00:00:04,000\nTwo\n\nThe end",
        two,
        &[
            "lines without times were left out: 2, the first is line 1",
            "subtitles without text were left out: 1, the first in line 8",
        ],
    );
}

#[test]
fn overlapping_cues_are_on_a_second_track() {
    let text = "00:00:01,000 --> 00:00:03,000\nOne\n\n00:00:02,000 --> 00:00:04,000\nTwo\n\n00:00:03,000 --> 00:00:05,000\nThree\n";
    let file = file(text);
    assert_eq!(spelled(&file.tracks[0]), ["24..72 One", "72..120 Three"]);
    assert_eq!(spelled(&file.tracks[1]), ["48..96 Two"]);
    assert_eq!(
        file.notes,
        ["subtitles that overlap others are on a second track: 1"]
    );
}

#[test]
fn latin_letters_of_older_files_are_read_and_named() {
    let bytes = b"1\n00:00:01,000 --> 00:00:02,000\ncaf\xe9\n";
    let file = read(bytes, FrameRate::FPS_24).expect("read");
    assert_eq!(spelled(&file.tracks[0]), ["24..48 caf\u{e9}"]);
    assert!(
        file.notes[0].contains("byte 0xe9 in line 3"),
        "{:?}",
        file.notes
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_its_line() {
    for (text, why) in [
        ("", "line 1: there are no subtitles"),
        ("a letter\nto somebody", "line 2: there are no subtitles"),
        (
            "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:0x,000 --> 00:00:04,000\nTwo",
            "line 6: \"00:00:0x,000\" is not a time such as 00:01:02,500",
        ),
        (
            "1\n00:00:02,000 --> 00:00:01,000\nOne",
            "line 2: the subtitle ends before it begins",
        ),
    ] {
        let error = read(text.as_bytes(), FrameRate::FPS_24).expect_err("refused");
        assert!(error.to_string().starts_with(why), "{error}");
    }
}

const WORDS: [&str; 12] = [
    "Hello",
    "where?",
    "&amp;",
    "a < b",
    "> c",
    "1",
    "\u{e9}t\u{e9}",
    "漢字",
    "NOTE",
    "-",
    "--",
    "<3",
];

/// A random word, and the space or the line break after it.
fn word(dice: &mut Dice) -> String {
    let mark = if dice.below(4) == 0 { "\n" } else { " " };
    dice.one_of(&WORDS).unwrap_or_default().to_owned() + mark
}

/// A project with random cues on one track.
fn random_project(dice: &mut Dice) -> Project {
    let rates = [(24, 1), (24_000, 1001), (25, 1), (30_000, 1001), (60, 1)];
    let (frames, seconds) = dice.one_of(&rates).expect("rates");
    let rate = FrameRate::new(frames, seconds).expect("a rate");
    let mut cues = Vec::new();
    let mut at = 0;
    for _ in 0..dice.between(1, 40) {
        let start = at + dice.between(0, 200) * dice.between(0, 1);
        at = start + dice.between(1, 90);
        let text = (0..dice.between(1, 12)).map(|_| word(dice)).collect();
        cues.push(NewCue {
            range: FrameRange::between(Frames(start), Frames(at)),
            text,
        });
    }
    let add = SubtitleEdit::AddTrack {
        name: String::new(),
        language: "en".into(),
        cues,
    };
    apply(&Project::new(rate, Size::COMMON[0]), &Edit::Subtitle(add))
}

#[test]
fn what_is_written_reads_back_to_the_frame() {
    let all = FrameRange::between(Frames(0), Frames(1 << 30));
    for seed in 0..300 {
        let project = random_project(&mut Dice(seed));
        let track = &project.subtitle_tracks()[0];
        let cues: Vec<NewCue> = track
            .cues()
            .iter()
            .map(|cue| NewCue {
                range: cue.range,
                text: cue.text.clone(),
            })
            .collect();
        for format in SubtitleFormat::ALL {
            let text = write(track, all, project.rate(), format);
            let again = read(text.as_bytes(), project.rate());
            let again = again.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
            assert_eq!(
                again.tracks,
                std::slice::from_ref(&cues),
                "seed {seed}\n{text}"
            );
            assert_eq!(again.notes, Vec::<String>::new(), "seed {seed}\n{text}");
        }
    }
}

#[test]
fn a_range_is_written_from_its_own_start_and_cut_at_its_ends() {
    let project = subtitled("A---", "A---..B---..C---");
    let track = &project.subtitle_tracks()[0];
    let text = write(
        track,
        FrameRange::between(Frames(2), Frames(8)),
        project.rate(),
        SubtitleFormat::Srt,
    );
    assert_eq!(
        text,
        "1\n00:00:00,000 --> 00:00:00,083\nA\n\n2\n00:00:00,167 --> 00:00:00,250\nB\n\n"
    );
}

/// `text` with a few bytes changed, doubled or cut out.
fn damaged(text: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=dice.below(6) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len() as u64) as usize;
        let end = (at + dice.below(60) as usize).min(bytes.len());
        let odd: [&[u8]; 8] = [
            b"-->",
            b"\n\n",
            b"<i>",
            b"{\\",
            b"99999999999999999999:",
            b"\xff\xfe",
            b"\r",
            b"&lt;i&gt;",
        ];
        match dice.below(5) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part));
            }
            _ => drop(bytes.splice(at..at, odd[dice.below(8) as usize].iter().copied())),
        }
    }
    bytes
}

#[test]
fn five_thousand_damaged_files_are_read_or_refused() {
    let mut read_well = 0;
    for seed in 0..5_000 {
        let mut dice = Dice(seed ^ 0x5b7);
        let project = random_project(&mut dice);
        let rate = project.rate();
        let all = FrameRange::between(Frames(0), Frames(1 << 30));
        let format = dice.one_of(&SubtitleFormat::ALL).expect("formats");
        let text = write(&project.subtitle_tracks()[0], all, rate, format);
        let bytes = damaged(text.as_bytes(), &mut dice);
        let Ok(file) = read(&bytes, rate) else {
            continue;
        };
        read_well += 1;
        // What was read can be used.
        for cues in file.tracks {
            for cue in &cues {
                assert_eq!(plain(&cue.text), cue.text, "seed {seed}");
            }
            let add = SubtitleEdit::AddTrack {
                name: "Read".into(),
                language: file.language.clone(),
                cues,
            };
            apply(&project, &Edit::Subtitle(add));
        }
    }
    assert!(read_well > 1_000, "only {read_well} were read");
}
