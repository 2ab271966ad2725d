//! Sentences about media whose frames an export could not read: missing files, refused files, and single frames as
//! runs of numbers.

use kinora_render::project::{Replaced, ReplacedPart};
use kinora_timeline::Project;

/// Runs of replaced frames that are listed; of others only the number is reported.
const RUNS_LISTED: usize = 12;

/// "fox.mp4: 3 frames cannot be read (30 to 31, 50); the ones before them were shown".
pub(super) fn replaced_text(project: &Project, replaced: &Replaced) -> String {
    let mut media = project.media();
    let medium = media.find(|medium| medium.content == replaced.content);
    let name = medium.map_or_else(
        || replaced.content.to_string(),
        |medium| medium.name.clone(),
    );
    let frames = match &replaced.part {
        ReplacedPart::File => {
            return format!("{name}: its file is missing; a slate with its name was shown");
        }
        ReplacedPart::Refused => {
            return format!("{name}: its file cannot be read; a slate with its name was shown");
        }
        ReplacedPart::Frames(frames) => frames,
    };
    let runs = runs_of(frames);
    let mut listed: Vec<String> = runs.iter().take(RUNS_LISTED).cloned().collect();
    if runs.len() > RUNS_LISTED {
        listed.push(format!("and {} more places", runs.len() - RUNS_LISTED));
    }
    let count = frames.len();
    let what = if count == 1 { "frame" } else { "frames" };
    format!(
        "{name}: {count} {what} cannot be read ({}); the ones before were shown",
        listed.join(", ")
    )
}

/// Ascending numbers as runs: "3 to 7", "9".
fn runs_of(frames: &[i64]) -> Vec<String> {
    let parts = frames.chunk_by(|one, next| one + 1 == *next);
    let text = |part: &[i64]| match part {
        [first, .., last] => format!("{first} to {last}"),
        [one] => one.to_string(),
        [] => String::new(),
    };
    parts.map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_frames_are_listed_as_runs() {
        assert_eq!(runs_of(&[3, 4, 5, 9, 11, 12]), ["3 to 5", "9", "11 to 12"]);
        assert_eq!(runs_of(&[]), Vec::<String>::new());
    }
}
