//! The appearance similarity of the chosen takes of a film, measured one after the other and kept beside each take.

use std::path::Path;

use kinora_measure::Similarity;
use kinora_timeline::{ContentHash, Project};
use kinora_wire::Failure;

use super::appearance::AppearanceMeasure;
use super::embedding::EmbeddingEngine;
use super::record;
use super::similarity::SimilarityMeter;
use crate::take::take_store::{Take, TakeStore};

/// What was measured of a film.
#[derive(Debug, Default)]
pub struct FilmSimilarity {
    /// The appearances of the takes that were measured, with the similarities of their characters.
    pub takes: Vec<(ContentHash, AppearanceMeasure)>,
    /// Why the rest was not.
    pub failure: Option<Failure>,
}

impl AppearanceMeasure {
    /// Takes over the appearance similarities of its characters, by their tags.
    pub fn add_similarities(&mut self, similarities: &[(String, Similarity)]) {
        for one in &mut self.identity {
            let own = similarities.iter().find(|(tag, _)| *tag == one.tag);
            one.similarity = own.map(|(_, similarity)| *similarity).or(one.similarity);
        }
    }
}

/// Measures the chosen take of each shot. Takes whose wardrobe was not measured are left out. It stops at the first
/// failure, and when it is cancelled; what was measured is kept.
pub fn measure_film_similarity(
    folder: &Path,
    project: &Project,
    engine: &mut EmbeddingEngine,
    is_cancelled: &dyn Fn() -> bool,
) -> FilmSimilarity {
    let mut found = FilmSimilarity::default();
    let mut meter = SimilarityMeter::of(folder, project);
    for take in project.shots().filter_map(|shot| shot.chosen) {
        let measured = match is_cancelled() {
            true => Err(Failure::cancelled()),
            false => measure_take(&mut meter, folder, take, (&mut *engine, is_cancelled)),
        };
        match measured {
            Ok(measured) => found
                .takes
                .extend(measured.map(|measured| (take, measured))),
            Err(failure) => {
                found.failure = Some(failure);
                break;
            }
        }
    }
    found
}

/// Measures a take and keeps the result beside it. `None`: its wardrobe was not measured, or nobody was cast.
fn measure_take(
    meter: &mut SimilarityMeter,
    folder: &Path,
    take: ContentHash,
    (engine, is_cancelled): (&mut EmbeddingEngine, &dyn Fn() -> bool),
) -> Result<Option<AppearanceMeasure>, Failure> {
    let takes = TakeStore::of(folder);
    let known = record::read_appearance(&takes, take);
    let Some(mut known) = known.filter(|known| !known.identity.is_empty()) else {
        return Ok(None);
    };
    let found = takes.find(take);
    let Some(recipe) = found.as_ref().and_then(Take::readable) else {
        return Ok(None);
    };
    let similarities = meter.measure_by(engine, (take, recipe), is_cancelled)?;
    known.add_similarities(&similarities);
    record::write_appearance(&takes, take, &known)?;
    Ok(Some(known))
}
