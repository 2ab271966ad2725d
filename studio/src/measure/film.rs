//! The kept measures of a film as a table: shots down, characters across. And how much the characters differ from take to
//! take.

use std::collections::BTreeMap;
use std::path::Path;

use kinora_measure::{Signature, Verdict, Wardrobe, reference_distance};
use kinora_timeline::file::{Access, Document, FileError, RealDisk};
use kinora_timeline::{CharacterId, ContentHash, ShotId};

use super::appearance::AppearanceMeasure;
use super::record::{read, read_appearance};
use crate::take::take_store::TakeStore;

/// The measures of a film: of the chosen take of each shot.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmMeasures {
    /// The characters of the project, in the order of its cast: the columns.
    pub characters: Vec<FilmCharacter>,
    /// The shots of the project, in its order: the rows.
    pub shots: Vec<ShotMeasures>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmCharacter {
    /// The character.
    pub character: CharacterId,
    /// Its tag, without `@`.
    pub tag: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct ShotMeasures {
    /// The shot.
    pub shot: ShotId,
    /// Its name.
    pub name: String,
    /// Its chosen take.
    pub take: Option<ContentHash>,
    /// Whether the take follows its camera path. `None`: it has none, or was not measured.
    pub camera: Option<Verdict>,
    /// One for each character, in the order of the columns. `None`: it is not in the take, or was not measured.
    pub cast: Vec<Option<CastCell>>,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CastCell {
    /// Whether the wardrobe is kept.
    pub verdict: Wardrobe,
    /// The largest change or distance, in units of CIEDE2000.
    pub worst_delta_e: Option<f64>,
    /// The frame of the take where it is that large, counted from 0.
    pub frame: Option<usize>,
}

/// The kept measures of the project in a folder. Nothing is measured: what was not measured yet is empty.
///
/// # Errors
/// There is no project in this folder, or it cannot be read.
pub fn film_measures(folder: &Path) -> Result<FilmMeasures, FileError> {
    let (document, _) = Document::open(RealDisk, folder, Access::Look)?;
    let project = document.project();
    let takes = TakeStore::of(folder);
    let characters: Vec<FilmCharacter> = project
        .cast()
        .map(|character| FilmCharacter {
            character: character.id,
            tag: character.tag.clone(),
        })
        .collect();
    let shots = project.shots().map(|shot| {
        let camera = shot.chosen.and_then(|take| read(&takes, take));
        let appearance = shot.chosen.and_then(|take| read_appearance(&takes, take));
        let cell = |column: &FilmCharacter| cell_of(appearance.as_ref()?, column);
        ShotMeasures {
            shot: shot.id,
            name: shot.name.clone(),
            take: shot.chosen,
            camera: camera.map(|camera| camera.report.verdict),
            cast: characters.iter().map(cell).collect(),
        }
    });
    let shots = shots.collect();
    Ok(FilmMeasures { characters, shots })
}

fn cell_of(appearance: &AppearanceMeasure, column: &FilmCharacter) -> Option<CastCell> {
    let found = appearance.of_character(column.character, &column.tag)?;
    Some(CastCell {
        verdict: found.report.verdict,
        worst_delta_e: found.report.largest.map(|drift| drift.delta_e),
        frame: found.report.largest.map(|drift| drift.frame),
    })
}

/// How much a character differs from take to take, under the light that suits each best.
#[derive(Clone, Debug, PartialEq)]
pub struct OverTakes {
    /// Its tag, without `@`.
    pub tag: String,
    /// The number of takes that show it.
    pub takes: usize,
    /// The distance of the take that differs most from the one in the middle, in units of CIEDE2000.
    pub worst_delta_e: f64,
    /// That take.
    pub worst: ContentHash,
}

/// The characters that are measurable in at least two of some takes. The take in the middle is the one that is nearest to
/// all others.
pub fn over_takes<'m>(
    takes: impl IntoIterator<Item = (ContentHash, &'m AppearanceMeasure)>,
) -> Vec<OverTakes> {
    let mut looks: BTreeMap<&str, Vec<(ContentHash, &Signature)>> = BTreeMap::new();
    for (take, appearance) in takes {
        for one in &appearance.identity {
            let own = looks.entry(one.tag.as_str()).or_default();
            own.extend(one.report.look.as_ref().map(|look| (take, look)));
        }
    }
    let reported = looks.into_iter().filter_map(|(tag, looks)| {
        let rows: Vec<Vec<f64>> = looks
            .iter()
            .map(|(_, one)| distances(one, &looks))
            .collect();
        let sum = |row: &&Vec<f64>| row.iter().sum::<f64>();
        let middle = rows
            .iter()
            .min_by(|one, other| sum(one).total_cmp(&sum(other)))?;
        let pairs = middle.iter().zip(&looks);
        let (worst_delta_e, (worst, _)) = pairs.max_by(|one, other| one.0.total_cmp(other.0))?;
        (looks.len() >= 2).then(|| OverTakes {
            tag: tag.to_owned(),
            takes: looks.len(),
            worst_delta_e: *worst_delta_e,
            worst: *worst,
        })
    });
    reported.collect()
}

/// The distance from one take to each.
fn distances(one: &Signature, looks: &[(ContentHash, &Signature)]) -> Vec<f64> {
    let distance = |(_, other): &(ContentHash, &Signature)| {
        reference_distance(other, std::slice::from_ref(one)).unwrap_or(0.0)
    };
    looks.iter().map(distance).collect()
}

#[cfg(test)]
mod tests {
    use super::super::appearance_words::tests::{character, drifted};
    use super::*;

    fn showing(pixel: [u8; 3]) -> AppearanceMeasure {
        let mut anna = character("anna", Wardrobe::Kept);
        anna.report.look = Signature::of_pixels(&[pixel; 100]);
        AppearanceMeasure {
            identity: vec![anna, character("bert", Wardrobe::Kept)],
            ..AppearanceMeasure::default()
        }
    }

    #[test]
    fn the_take_with_another_coat_differs_most() {
        let [red, dim, blue] = [[200, 40, 30], [140, 30, 22], [30, 50, 190]].map(showing);
        let names = [b"1", b"2", b"3"].map(|name| ContentHash::of(name));
        let reported = over_takes(names.into_iter().zip([&red, &dim, &blue]));
        let [anna] = &reported[..] else {
            panic!("bert is never seen: {reported:?}");
        };
        assert_eq!((anna.tag.as_str(), anna.takes), ("anna", 3));
        assert_eq!(anna.worst, names[2]);
        assert!(anna.worst_delta_e > 15.0, "{reported:?}");
        let same = over_takes(names.into_iter().zip([&red, &dim]));
        assert!(
            same[0].worst_delta_e < 8.0,
            "less light is no other coat: {same:?}"
        );
        assert_eq!(over_takes([(names[0], &red)]), []);
    }

    #[test]
    fn a_cell_has_the_verdict_and_the_worst_frame_of_its_character() {
        let mut anna = character("anna", drifted(14.0));
        let Wardrobe::Drifted(drift) = anna.report.verdict else {
            panic!("drifted");
        };
        anna.report.largest = Some(drift);
        let appearance = AppearanceMeasure {
            identity: vec![anna],
            ..AppearanceMeasure::default()
        };
        let column = |tag: &str| FilmCharacter {
            character: CharacterId::from(3),
            tag: tag.into(),
        };
        let cell = cell_of(&appearance, &column("anna")).expect("she is in it");
        assert_eq!((cell.worst_delta_e, cell.frame), (Some(14.0), Some(7)));
        assert_eq!(cell_of(&appearance, &column("bert")), None);
    }
}
