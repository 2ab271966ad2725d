//! Subtitles as drawings, and their edits in words: each has a text, and lies on a track of its own.
//! They are drawn below the film.

use kinora_timeline::check::check;
use kinora_timeline::edit::subtitles::{NewCue, SubtitleEdit};
use kinora_timeline::{CueId, Edge, Edit, Frames, History, Project};

use super::{Words, apply, check_refused_of, in_sync, range, words};

/// A film as drawn, sync-locked, with a subtitle track that is drawn like a track of clips. A letter is the text of a cue.
pub fn subtitled(film: &str, cues: &str) -> Project {
    let mut new = Vec::new();
    let mut at = 0;
    let mut symbols = cues.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '.' => at += 1,
            '|' => {}
            letter => {
                let mut length = 1;
                while symbols.next_if_eq(&'-').is_some() {
                    length += 1;
                }
                new.push(NewCue {
                    range: range(at, at + length),
                    text: letter.into(),
                });
                at += length;
            }
        }
    }
    let add = SubtitleEdit::AddTrack {
        name: String::new(),
        language: "en".into(),
        cues: new,
    };
    apply(&in_sync(film), &Edit::Subtitle(add))
}

/// The drawing of the first subtitle track. A cue is drawn as the first letter of its text.
pub fn draw_subtitles(project: &Project) -> String {
    let mut line = String::new();
    let mut end = Frames(0);
    for cue in project.subtitle_tracks()[0].cues() {
        if !line.is_empty() && cue.range.start == end {
            line.push('|');
        }
        line.push_str(&".".repeat((cue.range.start - end).0 as usize));
        line.push(cue.text.chars().next().expect("a text"));
        line.push_str(&"-".repeat(cue.range.length.0 as usize - 1));
        end = cue.range.end();
    }
    line
}

/// The cue with this text.
pub fn cue_id(project: &Project, text: &str) -> CueId {
    let mut cues = project
        .subtitle_tracks()
        .iter()
        .flat_map(|track| track.cues());
    let cue = cues.find(|cue| cue.text == text);
    cue.unwrap_or_else(|| panic!("there is no {text} in {}", draw_subtitles(project)))
        .id
}

/// Checks that the edit turns the subtitles `before` into `after`, and undo turns them back.
#[track_caller]
pub fn check_subtitles(before: &str, edit: Words, after: &str) {
    check_subtitled("A-------------------", before, edit, after);
}

/// The same with a film under them.
#[track_caller]
pub fn check_subtitled(film: &str, before: &str, edit: Words, after: &str) {
    let start = subtitled(film, before);
    assert_eq!(draw_subtitles(&start), before, "the drawing itself");
    let mut history = History::of(start.clone());
    let edit = edit(&start);
    history
        .apply(&edit)
        .unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    assert_eq!(check(history.project()), []);
    assert_eq!(draw_subtitles(history.project()), after, "{edit:?}");
    history.undo().expect("a step");
    assert_eq!(history.project(), &start);
    history.redo().expect("a step");
    assert_eq!(draw_subtitles(history.project()), after);
}

/// Checks that an edit of subtitles is refused with this sentence and changes nothing.
#[track_caller]
pub fn check_subtitles_refused(before: &str, edit: Words, why: &str) {
    check_refused_of(subtitled("A---", before), edit, why);
}

fn subtitle(edit: impl Fn(&Project) -> SubtitleEdit + 'static) -> Words {
    words(move |project| Edit::Subtitle(edit(project)))
}

pub fn add_cue(text: &'static str, start: i64, end: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Add {
        track: project.subtitle_tracks()[0].id,
        cue: NewCue {
            range: range(start, end),
            text: text.into(),
        },
    })
}

pub fn move_cues(cues: &'static [&'static str], by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Move {
        cues: cues.iter().map(|cue| cue_id(project, cue)).collect(),
        by: Frames(by),
    })
}

pub fn trim_cue(cue: &'static str, edge: Edge, by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Trim {
        cue: cue_id(project, cue),
        edge,
        by: Frames(by),
    })
}

pub fn split_cue(cue: &'static str, at: i64) -> Words {
    subtitle(move |project| SubtitleEdit::Split {
        cue: cue_id(project, cue),
        at: Frames(at),
    })
}

pub fn join_cue(cue: &'static str) -> Words {
    subtitle(move |project| SubtitleEdit::Join(cue_id(project, cue)))
}

pub fn retype_cue(cue: &'static str, text: &'static str) -> Words {
    subtitle(move |project| SubtitleEdit::Retype {
        cue: cue_id(project, cue),
        text: text.into(),
    })
}

pub fn remove_cues(cues: &'static [&'static str]) -> Words {
    subtitle(move |project| {
        SubtitleEdit::Remove(cues.iter().map(|cue| cue_id(project, cue)).collect())
    })
}

pub fn shift_cues(by: i64) -> Words {
    subtitle(move |project| SubtitleEdit::ShiftAll {
        track: project.subtitle_tracks()[0].id,
        by: Frames(by),
    })
}
