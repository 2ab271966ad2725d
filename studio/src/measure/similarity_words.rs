//! Appearance similarity in words: "1st of 5 characters, 15 comparisons". It says how alike pictures are, and never who
//! somebody is.

use kinora_measure::{NotCompared, Similarity, SimilarityRange};

use super::appearance::CharacterMeasure;
use super::appearance_words::{ordinal, unseen_words};

/// What appearance similarity is, for tooltips.
pub const SIMILARITY_NOTE: &str = "Appearance similarity compares how the take and the reference pictures of all characters look. It does not recognise anybody: people who look alike are alike to it.";

/// "1st of 5 characters, 15 comparisons, within the range of one character's references"; "not measurable, it is seen from
/// the back".
pub fn similarity_words(similarity: &Similarity) -> String {
    match similarity {
        Similarity::Measured(rank) => {
            let (place, of) = (ordinal(rank.place), rank.of);
            let comparisons = match rank.comparisons {
                1 => "1 comparison".to_owned(),
                many => format!("{many} comparisons"),
            };
            let range = similarity_range_words(rank.range);
            format!("{place} of {of} characters, {comparisons}, {range}")
        }
        Similarity::NotMeasurable { reason } => {
            format!("not measurable, {}", not_compared_words(*reason))
        }
    }
}

/// The same with the character. `None`: it was not asked for.
pub fn similarity_line(measure: &CharacterMeasure) -> Option<String> {
    let words = similarity_words(measure.similarity.as_ref()?);
    Some(format!(
        "Appearance similarity of @{}: {words}",
        measure.tag
    ))
}

/// Where a similarity lies.
pub fn similarity_range_words(range: SimilarityRange) -> &'static str {
    match range {
        SimilarityRange::Same => "within the range of one character's references",
        SimilarityRange::Different => "within the range of different characters' references",
        SimilarityRange::Between => "not decided by the references",
    }
}

/// Why a character was not compared, as a sentence without its full stop.
pub fn not_compared_words(reason: NotCompared) -> &'static str {
    match reason {
        NotCompared::Unseen(reason) => unseen_words(reason),
        NotCompared::TooFewCharacters => "fewer than two characters have reference pictures",
    }
}

#[cfg(test)]
mod tests {
    use kinora_measure::{SimilarityRank, Unseen};

    use super::*;

    #[test]
    fn a_similarity_is_a_rank_with_its_comparisons_and_never_the_same_person() {
        let mut rank = SimilarityRank {
            place: 1,
            of: 5,
            comparisons: 15,
            mean: 0.8,
            range: SimilarityRange::Same,
            same: Some([0.7, 0.9]),
            different: [0.2, 0.5],
        };
        let words = similarity_words(&Similarity::Measured(rank));
        let start = "1st of 5 characters, 15 comparisons, ";
        assert!(words.starts_with(start), "{words}");
        rank.range = SimilarityRange::Between;
        rank.comparisons = 1;
        let words = similarity_words(&Similarity::Measured(rank));
        assert!(words.contains("1 comparison, not decided"), "{words}");
        let unseen = similarity_words(&Similarity::unseen(Unseen::BackView));
        assert_eq!(unseen, "not measurable, it is seen from the back");
        let reason = NotCompared::TooFewCharacters;
        let few = similarity_words(&Similarity::NotMeasurable { reason });
        assert!(few.contains("fewer than two characters"), "{few}");
        assert!(!SIMILARITY_NOTE.contains("same person"));
    }
}
