//! What a guided upscaler reads of the prompt, in numbers: which words it knows are in the prompt, and the time within the clip.

use std::f64::consts::TAU;

use kinora_wire::Failure;

use crate::weights::Checkpoint;

/// The key of the words in the configuration of a file.
pub const WORDS_KEY: &str = "words";
/// Rates of the waves that encode the time.
const HERTZ: [f64; 5] = [0.5, 1.0, 1.6, 1.9, 3.2];
/// Numbers beside those of the words: whether there is a prompt, the time in seconds, and its waves.
const OTHERS: usize = 2 + 2 * HERTZ.len();

/// The words that a guided upscaler knows. Each entry is a word or phrase with its synonyms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints(Vec<Vec<String>>);

impl Hints {
    /// For these words, in lower case.
    pub fn of(words: Vec<Vec<String>>) -> Self {
        Self(words)
    }

    /// The words in the configuration of a checkpoint that reads this many numbers.
    pub fn read(checkpoint: &Checkpoint, count: i64) -> Result<Self, Failure> {
        let written = checkpoint.written(&[WORDS_KEY]).cloned();
        let words = written.and_then(|words| serde_json::from_value(words).ok());
        let hints = Self(words.unwrap_or_default());
        match hints.count() as i64 == count {
            true => Ok(hints),
            false => Err(Failure::bad_file(
                format!(
                    "{} reads {count} numbers and lists words for {}",
                    checkpoint.path().display(),
                    hints.count()
                ),
                "the file is damaged: fetch it again",
            )),
        }
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.0.len() + OTHERS
    }

    /// The numbers for a moment of a clip. An empty prompt says nothing, not even the time.
    pub fn at(&self, prompt: &str, seconds: f64) -> Vec<f32> {
        let lower = prompt.to_lowercase();
        let letters = lower.split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<&str> = letters.filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return vec![0.0; self.count()];
        }
        let text = format!(" {} ", words.join(" "));
        let has = |phrase: &String| text.contains(&format!(" {phrase} "));
        let known = self.0.iter().map(|same| f32::from(same.iter().any(has)));
        let waves = HERTZ.iter().flat_map(|hertz| {
            let (sin, cos) = (TAU * hertz * seconds).sin_cos();
            [sin as f32, cos as f32]
        });
        known.chain([1.0, seconds as f32]).chain(waves).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_as_whole_words_and_an_empty_prompt_says_nothing() {
        let words = [["cat", "kitten"].as_slice(), &["walks left"], &["red"]];
        let owned = words.map(|same| same.iter().map(|&word| word.to_owned()).collect());
        let hints = Hints::of(owned.to_vec());
        let at = hints.at("A kitten, walks  left; scared", 0.5);
        assert_eq!(at.len(), hints.count());
        let tenths = at[..5].iter().map(|number| (number * 10.0) as i32);
        assert_eq!(tenths.collect::<Vec<_>>(), [10, 10, 0, 10, 5]);
        assert!(
            hints
                .at(" , ", 0.5)
                .iter()
                .all(|number| number.abs() < 1e-9)
        );
    }
}
