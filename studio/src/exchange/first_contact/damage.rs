//! The damage of a file in words: where it is, and what stands for it.

use std::path::Path;

use kinora_render::media::{Damage, Probe, Survey};
use kinora_render::project::ProjectFiles;
use kinora_wire::Failure;

use super::{Caches, Found, Reading};

/// Damaged places that are listed one by one.
const MOST_PLACES: usize = 4;

/// What of a file is damaged, as phrases: "its picture is damaged (from 0:04.00 to 0:05.00); the picture before
/// stands for what cannot be read".
pub fn damage_of(probe: &Probe, survey: &Survey) -> Vec<String> {
    let mut phrases = Vec::new();
    let cut_short = match probe.damage {
        Some(Damage::CutShort {
            at_seconds,
            of_seconds,
        }) => {
            phrases.push(format!(
                "it is cut short: it ends after {at_seconds:.1} of {of_seconds:.1} seconds, and its last picture stands for the rest"
            ));
            Some(at_seconds)
        }
        _ => None,
    };
    if let Some(track) = &probe.picture {
        // What is missing at the end is reported already.
        let end = cut_short.unwrap_or(f64::INFINITY) - 1e-3;
        let disturbed = survey.disturbed_seconds(track).into_iter();
        let disturbed: Vec<[f64; 2]> = disturbed.filter(|[from, _]| *from < end).collect();
        if !disturbed.is_empty() {
            phrases.push(format!(
                "its picture is damaged ({}); the picture before stands for what cannot be read",
                listed(disturbed.into_iter())
            ));
        } else if let (Some(Damage::Packets(packets)), true) = (probe.damage, survey.is_whole()) {
            phrases.push(format!(
                "it is damaged in {}, none of which is seen or heard",
                count(i64::from(packets), "place")
            ));
        }
    }
    if !survey.sounds.is_empty() {
        phrases.push(format!(
            "its sound is damaged ({}); silence stands for what cannot be read",
            listed(survey.sounds.iter().copied())
        ));
    }
    phrases
}

/// What of a file of a project is damaged. Reads what is kept of it, or else all of the file.
///
/// # Errors
/// The file crashes or hangs its reader, or nothing of it can be decoded.
pub fn damage_of_medium(path: &Path, caches: Caches) -> Result<Vec<String>, Failure> {
    let files = ProjectFiles::of(&caches.folder);
    if let Some(survey) = Survey::kept(&files.survey(caches.content))
        && let Ok(probe) = Probe::open(path, &files.probe(caches.content))
    {
        return Ok(damage_of(&probe, &survey));
    }
    let mut reading = Reading::begin(path, Some(caches))?;
    let survey = reading.finish(&mut |_| true)?;
    Ok(match reading.found() {
        Found::Film(probe) => damage_of(probe, &survey),
        Found::Still => Vec::new(),
    })
}

/// The same as notes that name the file.
pub fn notes_of_damage(name: &str, probe: &Probe, survey: &Survey) -> Vec<String> {
    let phrases = damage_of(probe, survey).into_iter();
    phrases.map(|phrase| format!("{name}: {phrase}")).collect()
}

/// "from 0:04.0 to 0:04.1, from 0:09.0 to 0:09.1, and 12 more places".
fn listed(moments: impl ExactSizeIterator<Item = [f64; 2]>) -> String {
    let more = moments.len().saturating_sub(MOST_PLACES);
    let places = moments.take(MOST_PLACES);
    let mut parts: Vec<String> = places
        .map(|[from, to]| format!("from {} to {}", clock(from), clock(to)))
        .collect();
    if more > 0 {
        parts.push(format!("and {}", count(more as i64, "more place")));
    }
    parts.join(", ")
}

/// "1 frame", "3 frames".
fn count(number: i64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// "1:04.25".
fn clock(seconds: f64) -> String {
    let hundredths = (seconds.max(0.0) * 100.0).round() as i64;
    let (minutes, rest) = (hundredths / 6000, hundredths % 6000);
    format!("{minutes}:{:02}.{:02}", rest / 100, rest % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_listed_and_the_rest_counted() {
        let moments = [[4.0, 4.125], [64.25, 65.0], [70.0, 71.0], [80.0, 81.0]];
        let few = listed(moments[..2].iter().copied());
        assert_eq!(few, "from 0:04.00 to 0:04.13, from 1:04.25 to 1:05.00");
        let many = listed(
            moments
                .iter()
                .chain(&moments)
                .copied()
                .collect::<Vec<_>>()
                .into_iter(),
        );
        assert!(many.ends_with(", and 4 more places"), "{many}");
        assert_eq!(
            (count(1, "frame"), count(2, "frame")),
            ("1 frame".into(), "2 frames".into())
        );
    }
}
