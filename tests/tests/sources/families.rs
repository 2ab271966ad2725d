//! Only a family decides which clips its models make. Its numbers and names must not come back elsewhere: the sources
//! are read for them, comments and tests left out.

use std::fs;
use std::path::{Path, PathBuf};

/// Whose sources are read.
const READ: [&str; 4] = ["engine/src", "wire/src", "studio/src", "app/src"];
/// The rooms, and the door to them.
const ROOMS: [&str; 2] = ["engine/src/family/", "engine/src/family.rs"];
/// Names of models and families, as words of an identifier or a text.
const NAMES: [&str; 2] = ["wan", "starter"];
/// Constants that are numbers of a family, by a part of their names.
const CONSTANTS: [&str; 6] = [
    "PER_LATENT",
    "TEXT_LENGTH",
    "LONGEST_FRAMES",
    "NEW_FRAMES",
    "NEW_RATE",
    "MOST_POSITIONS",
];
/// The rule 4n + 1 and its usual lengths, however they are written.
const RULES: [&str; 9] = [
    "% 4",
    "* 4 + 1",
    "/ 4 *",
    "4n",
    "1 + 4 * ",
    "step: 4",
    "is_multiple_of(4)",
    "81",
    "241",
];
/// What looks like a family's number and is none.
const OTHERWISE: &[(&str, &str)] = &[
    ("app/src/panels/camera/path.rs", "corners[(at + 1) % 4]"),
    ("app/src/background/help_pages.rs", "docs/starter.md"), // the name of a guide
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file under a folder, by its path from the root.
fn sources(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder))
        .expect("a folder")
        .flatten()
    {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(sources(&path));
        } else if entry.path().extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text without its comments and without the module of tests at its end. Lines stay where they are.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut code = String::new();
    let mut rest = text.chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            '/' if rest.peek() == Some(&'/') => {
                while rest.next_if(|&sign| sign != '\n').is_some() {}
            }
            '"' => {
                code.push(sign);
                while let Some(inside) = rest.next() {
                    code.push(inside);
                    match inside {
                        '\\' => code.extend(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            // A quote as a character begins no text.
            '\'' if rest.peek() == Some(&'"') => {
                rest.next();
            }
            other => code.push(other),
        }
    }
    code
}

/// The words of a line, in small letters: `FRAMES_PER_LATENT`, `FrameRule` and "wan2.1-t2v" are three, two and three.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_small = false;
    for sign in line.chars() {
        if !sign.is_ascii_alphabetic() || (sign.is_ascii_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = sign.is_ascii_lowercase();
        if sign.is_ascii_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.push(sign.to_ascii_lowercase());
        }
    }
    words
}

/// Whether a rule is in a line as a whole: "% 4" is not in "% 48".
fn has_rule(line: &str, rule: &str) -> bool {
    let is_part = |sign: Option<char>| {
        sign.is_some_and(|sign| sign.is_ascii_alphanumeric() || sign == '_' || sign == '.')
    };
    line.match_indices(rule).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + rule.len()..]);
        let is_open = rule.starts_with(|sign: char| sign.is_ascii_digit());
        let is_unfinished = rule.ends_with(|sign: char| sign.is_ascii_alphanumeric());
        let goes_on = is_open && is_part(before.chars().next_back())
            || is_unfinished && is_part(after.chars().next());
        !goes_on
    })
}

/// What of a line a family alone may decide.
fn decided(line: &str) -> Option<&'static str> {
    let words = words(line);
    let named = NAMES
        .into_iter()
        .find(|name| words.iter().any(|word| word == name));
    let constant = CONSTANTS.into_iter().find(|name| line.contains(name));
    let rule = RULES.into_iter().find(|rule| has_rule(line, rule));
    named.or(constant).or(rule)
}

/// Each line of a file that decides what a family must, with what it is.
fn found(file: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file)).expect("a source");
    let lines = code(&text);
    let lines = (1..).zip(lines.lines());
    let is_otherwise = |line: &str| {
        OTHERWISE
            .iter()
            .any(|(of, words)| *of == file && line.contains(words))
    };
    lines
        .filter(|(_, line)| !is_otherwise(line))
        .filter_map(|(number, line)| {
            let what = decided(line)?;
            Some(format!("{file}:{number}: `{what}` in {}", line.trim()))
        })
        .collect()
}

#[test]
fn only_a_family_decides_what_its_models_make() {
    let files: Vec<String> = READ.iter().flat_map(|folder| sources(folder)).collect();
    assert!(files.len() > 150, "the sources were found");
    let is_room = |file: &&String| ROOMS.iter().any(|room| file.starts_with(room));
    // Tests in a file of their own are left out like those beside the code.
    let is_test = |file: &&String| file.ends_with("/tests.rs");
    let decided: Vec<String> = files
        .iter()
        .filter(|file| !is_room(file) && !is_test(file))
        .flat_map(|file| found(file))
        .collect();
    assert!(
        decided.is_empty(),
        "read it from the model's ModelSpec, or move it into engine/src/family:\n{}",
        decided.join("\n")
    );
}

#[test]
fn a_rule_is_seen_however_it_is_written_and_comments_and_tests_are_not() {
    for line in [
        "(frames - 1) / 4 * 4 + 1",
        "frames % 4 == 1",
        "step: 4,",
        "let WAN = 3;",
        "model == \"wan2.1-t2v\"",
        "if id == STARTER {",
        "use crate::vae::FRAMES_PER_LATENT;",
        "\"models make 4n + 1\"",
        "frames.unwrap_or(81)",
    ] {
        assert!(decided(line).is_some(), "{line}");
    }
    for line in [
        "hours % 48",
        "let wanted = wants(icon::WAND);",
        "color(0x81, 1.81, 2810)",
        "restarter_of()",
    ] {
        assert_eq!(decided(line), None, "{line}");
    }
    let text = "let a = \"// no comment\"; // Wan\n/// starter\n#[cfg(test)]\nmod tests {\n81\n}";
    assert_eq!(code(text), "let a = \"// no comment\"; \n\n");
}
