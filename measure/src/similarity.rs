//! Appearance similarity: whether a take shows a character more like its own references than like those of the other
//! characters, by vectors that an image encoder made of pictures. It compares how pictures look, and knows nobody.

use serde::{Deserialize, Serialize};

use crate::figure::Unseen;

/// The appearance similarity of a character in a take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// It was compared.
    Measured(SimilarityRank),
    /// It was not.
    NotMeasurable {
        /// Why.
        reason: NotCompared,
    },
}

/// Why a character was not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCompared {
    /// The take does not show it, or it has no references.
    Unseen(Unseen),
    /// Fewer than two characters of the project have references.
    TooFewCharacters,
}

/// The place of a character among all that have references.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimilarityRank {
    /// 1: what is seen is like no other character's references more.
    pub place: usize,
    /// The number of characters with references.
    pub of: usize,
    /// The number of pairs of a crop of the take and a reference.
    pub comparisons: usize,
    /// The mean cosine of the crops and the character's own references, from -1 to 1.
    pub mean: f64,
    /// Where this mean lies.
    pub range: SimilarityRange,
    /// The least and the largest cosine of two references of one character. `None`: none has two.
    pub same: Option<[f64; 2]>,
    /// The same of references of different characters.
    pub different: [f64; 2],
}

/// Where a similarity lies, by pairs of the project's own references.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimilarityRange {
    /// Among pairs of one character, and above all pairs of different ones.
    Same,
    /// Among pairs of different characters, and below all pairs of one.
    Different,
    /// Between the two, or in both: not decided.
    Between,
}

impl Similarity {
    /// That a character cannot be seen.
    pub fn unseen(reason: Unseen) -> Self {
        Self::NotMeasurable {
            reason: NotCompared::Unseen(reason),
        }
    }
}

/// Compares the crops of a take with the references of a cast: a list of vectors for each character, of which `own` is
/// the number of the one in question. Vectors that cannot be compared (of another length, or zeros) count as none.
pub fn measure_similarity(shown: &[Vec<f32>], own: usize, cast: &[Vec<Vec<f32>>]) -> Similarity {
    let to_own = cast.get(own).and_then(|own| mean_of(shown, own));
    let has_own = cast.get(own).is_some_and(|own| !own.is_empty());
    let others = cast.iter().enumerate().filter(|(at, _)| *at != own);
    let others: Vec<(f64, usize)> = others
        .filter_map(|(_, references)| mean_of(shown, references))
        .collect();
    let (mean, pairs) = match to_own {
        Some(to_own) => to_own,
        None if has_own => return Similarity::unseen(Unseen::Hidden),
        None => return Similarity::unseen(Unseen::NoReferences),
    };
    let too_few = Similarity::NotMeasurable {
        reason: NotCompared::TooFewCharacters,
    };
    let (same, different) = reference_pairs(cast);
    let Some(different) = different.filter(|_| !others.is_empty()) else {
        return too_few;
    };
    let nearer = others.iter().filter(|(other, _)| *other > mean).count();
    let pairs_of_others = others.iter().map(|(_, pairs)| pairs);
    Similarity::Measured(SimilarityRank {
        place: nearer + 1,
        of: others.len() + 1,
        comparisons: pairs + pairs_of_others.sum::<usize>(),
        mean,
        range: range(mean, same, different),
        same,
        different,
    })
}

/// Where a similarity lies, by the least and the largest of pairs of one and of different characters.
fn range(mean: f64, same: Option<[f64; 2]>, different: [f64; 2]) -> SimilarityRange {
    let is_like_same = same.is_some_and(|[least, _]| mean >= least);
    let is_like_different = mean <= different[1];
    match (is_like_same, is_like_different) {
        (true, false) => SimilarityRange::Same,
        (false, true) => SimilarityRange::Different,
        (true, true) | (false, false) => SimilarityRange::Between,
    }
}

/// The least and the largest cosine of pairs of references of one character, and of different ones.
fn reference_pairs(cast: &[Vec<Vec<f32>>]) -> (Option<[f64; 2]>, Option<[f64; 2]>) {
    let all = cast.iter().enumerate();
    let all = all.flat_map(|(who, references)| references.iter().map(move |one| (who, one)));
    let all: Vec<(usize, &Vec<f32>)> = all.collect();
    let mut same: Option<[f64; 2]> = None;
    let mut different: Option<[f64; 2]> = None;
    for (at, (who, one)) in all.iter().enumerate() {
        for (other_who, other) in all.iter().skip(at + 1) {
            let Some(cosine) = cosine(one, other) else {
                continue;
            };
            let ends = match who == other_who {
                true => &mut same,
                false => &mut different,
            };
            let [least, most] = ends.unwrap_or([cosine; 2]);
            *ends = Some([cosine.min(least), cosine.max(most)]);
        }
    }
    (same, different)
}

/// The mean cosine of all pairs of two lists, and the number of pairs. `None` without a pair.
fn mean_of(ones: &[Vec<f32>], others: &[Vec<f32>]) -> Option<(f64, usize)> {
    let pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| cosine(one, other)));
    let (sum, count) = pairs
        .flatten()
        .fold((0.0, 0_usize), |(sum, count), cosine| {
            (sum + cosine, count + 1)
        });
    (count > 0).then(|| (sum / count as f64, count))
}

/// The cosine of the angle between two vectors, from -1 to 1. `None` of vectors of different lengths, and of zeros.
pub fn cosine(one: &[f32], other: &[f32]) -> Option<f64> {
    if one.len() != other.len() {
        return None;
    }
    let product = |a: &[f32], b: &[f32]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (product(one, one) * product(other, other)).sqrt();
    let cosine = product(one, other) / lengths;
    cosine.is_finite().then_some(cosine.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vector at an angle, in degrees.
    fn at(degrees: f32) -> Vec<f32> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        vec![cos, sin]
    }

    fn all(degrees: &[f32]) -> Vec<Vec<f32>> {
        degrees.iter().map(|degrees| at(*degrees)).collect()
    }

    fn rank(shown: &[f32], own: usize, cast: &[&[f32]]) -> Result<SimilarityRank, NotCompared> {
        let cast: Vec<Vec<Vec<f32>>> = cast.iter().map(|one| all(one)).collect();
        match measure_similarity(&all(shown), own, &cast) {
            Similarity::Measured(rank) => Ok(rank),
            Similarity::NotMeasurable { reason } => Err(reason),
        }
    }

    /// Three characters: pairs of one are 10 degrees apart, pairs of different ones 50 or more.
    const CAST: [&[f32]; 3] = [&[0.0, 10.0], &[60.0, 70.0], &[130.0]];

    #[test]
    fn equal_vectors_have_a_cosine_of_one_however_long_they_are() {
        let long = [3.0, 4.0];
        assert!((cosine(&long, &[0.6, 0.8]).expect("a number") - 1.0).abs() < 1e-6);
        assert!(cosine(&at(0.0), &at(90.0)).expect("a number").abs() < 1e-6);
        assert_eq!(cosine(&long, &[1.0]), None);
        assert_eq!(cosine(&long, &[0.0, 0.0]), None);
        assert_eq!(cosine(&long, &[f32::NAN, 0.0]), None);
    }

    #[test]
    fn a_character_is_ranked_among_all_and_every_pair_is_counted() {
        let own = rank(&[3.0, 6.0, 9.0], 0, &CAST).expect("compared");
        assert_eq!((own.place, own.of, own.comparisons), (1, 3, 15));
        assert_eq!(own.range, SimilarityRange::Same);
        let second = rank(&[3.0, 6.0, 9.0], 1, &CAST).expect("compared");
        assert_eq!((second.place, second.of, second.comparisons), (2, 3, 15));
        assert_eq!(second.range, SimilarityRange::Different);
        let last = rank(&[3.0], 2, &CAST).expect("compared");
        assert_eq!((last.place, last.comparisons), (3, 5));
        let same = own.same.expect("pairs");
        assert!((same[0] - 10_f64.to_radians().cos()).abs() < 1e-6);
        assert!((own.different[1] - 50_f64.to_radians().cos()).abs() < 1e-6);
    }

    #[test]
    fn what_lies_between_the_ranges_or_in_both_is_not_decided() {
        let between = rank(&[35.0], 0, &CAST).expect("compared");
        assert_eq!(between.range, SimilarityRange::Between);
        // A character whose references differ as much as those of two.
        let mixed: [&[f32]; 2] = [&[0.0, 80.0], &[60.0]];
        let both = rank(&[30.0], 0, &mixed).expect("compared");
        assert_eq!(both.range, SimilarityRange::Between);
        // With one reference each, nothing is known of pairs of one character.
        let single: [&[f32]; 2] = [&[0.0], &[60.0]];
        let near = rank(&[1.0], 0, &single).expect("compared");
        assert_eq!((near.same, near.range), (None, SimilarityRange::Between));
        let far = rank(&[70.0], 0, &single).expect("compared");
        assert_eq!(far.range, SimilarityRange::Different);
    }

    #[test]
    fn without_two_characters_or_a_picture_there_is_a_reason() {
        let few = Err(NotCompared::TooFewCharacters);
        assert_eq!(rank(&[3.0], 0, &[&[0.0, 10.0], &[]]), few);
        let none = Err(NotCompared::Unseen(Unseen::NoReferences));
        assert_eq!(rank(&[3.0], 1, &[&[0.0, 10.0], &[]]), none);
        assert_eq!(rank(&[3.0], 7, &CAST), none);
        let hidden = Err(NotCompared::Unseen(Unseen::Hidden));
        assert_eq!(rank(&[], 0, &CAST), hidden);
    }
}
