//! Captions of a scene from a small grammar, with synonyms, in any order, with parts left out. The same words are the
//! model's vocabulary.

use fastrand::Rng;
use kinora_timeline::camera::Move;

use super::random::{chance, one_of};
use super::{Action, Colour, Kind, Scene, Terrain, Time};

/// Names for a character whose portraits are given.
const NAMES: [&str; 3] = ["the character", "the hero", "somebody"];
/// A name outside the vocabulary, as most names are.
const STRANGER: &str = "@mia";
const STRANGERS: f32 = 0.4;
/// Connecting words.
const JOINTS: [&str; 14] = [
    "a", "an", "the", "with", "and", "limbs", "arms", "legs", "is", "while", "camera", "of", "to",
    "we",
];

/// The level of detail of a caption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Everything, with the first word for each thing, in one order.
    Full,
    /// As people write: with synonyms, in other orders, with parts left out.
    Free,
    /// The same, but without a description of the character, which its portraits give.
    ByPicture,
}

/// A caption of a scene.
pub fn caption(scene: &Scene, telling: Telling, rng: &mut Rng) -> String {
    let is_full = telling == Telling::Full;
    let pick = |words: &[&'static str], rng: &mut Rng| match is_full || chance(rng, 0.6) {
        true => words[0],
        false => one_of(rng, words),
    };
    let leaves = |share: f32, rng: &mut Rng| !is_full && chance(rng, share);

    let who = match telling {
        Telling::ByPicture if chance(rng, STRANGERS) => STRANGER.to_owned(),
        Telling::ByPicture => one_of(rng, &NAMES).to_owned(),
        Telling::Full | Telling::Free => {
            let body = pick(scene.character.body.words(), rng);
            let kind = pick(scene.character.kind.words(), rng);
            let article = if body.starts_with(['a', 'o']) {
                "an"
            } else {
                "a"
            };
            let who = format!("{article} {body} {kind}");
            if scene.character.limbs == scene.character.body || leaves(0.1, rng) {
                who
            } else {
                let limbs = pick(scene.character.limbs.words(), rng);
                let what = match is_full || rng.bool() {
                    true => "limbs",
                    false => "arms and legs",
                };
                format!("{who} with {limbs} {what}")
            }
        }
    };
    let does = if leaves(0.08, rng) {
        String::new()
    } else {
        let does = pick(scene.action.words(), rng);
        let is = if does.contains("ing") { " is" } else { "" };
        format!("{is} {does}")
    };
    let mut parts = vec![format!("{who}{does}")];
    if !leaves(0.08, rng) {
        parts.push(pick(scene.terrain.words(), rng).to_owned());
    }
    if !leaves(0.08, rng) {
        parts.push(pick(scene.time.words(), rng).to_owned());
    }
    if let Some(words) = scene.shooting.named.map(camera_words)
        && (is_full || chance(rng, 0.5))
    {
        parts.push(format!("camera {words}"));
    }
    if !is_full && chance(rng, 0.35) {
        rng.shuffle(&mut parts);
    }
    let between = if is_full || rng.bool() { " " } else { ", " };
    parts.join(between)
}

/// A move in the words of a caption.
fn camera_words(which: Move) -> &'static str {
    match which {
        Move::Static => "rests",
        Move::PushIn => "pushes in",
        Move::PullOut => "pulls out",
        Move::TruckLeft => "trucks left",
        Move::TruckRight => "trucks right",
        Move::PedestalUp => "rises",
        Move::PedestalDown => "sinks",
        Move::PanLeft => "pans left",
        Move::PanRight => "pans right",
        Move::TiltUp => "tilts up",
        Move::TiltDown => "tilts down",
        Move::RollLeft => "rolls left",
        Move::RollRight => "rolls right",
        Move::OrbitLeft => "orbits left",
        Move::OrbitRight => "orbits right",
        Move::CraneUp => "cranes up",
        Move::CraneDown => "cranes down",
        Move::DollyZoom => "zooms",
        Move::Handheld => "shakes",
    }
}

/// The words the model knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Single words, in the order of their tokens.
    pub words: Vec<String>,
}

impl Vocabulary {
    /// Every word that can occur in a caption, once.
    pub fn of_world() -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut gather = |text: &str| {
            for word in text.split(' ') {
                if !words.iter().any(|known| known == word) {
                    words.push(word.to_owned());
                }
            }
        };
        JOINTS.into_iter().chain(NAMES).for_each(&mut gather);
        for (_, list) in Self::lists() {
            list.into_iter().for_each(&mut gather);
        }
        Self { words }
    }

    /// The connecting words, and names.
    pub fn joints() -> Vec<&'static str> {
        JOINTS.into_iter().chain(NAMES).collect()
    }

    /// The words for things, by category.
    pub fn lists() -> [(&'static str, Vec<&'static str>); 6] {
        let moves = Move::ALL.iter().map(|&which| camera_words(which));
        [
            (
                "who",
                Kind::ALL
                    .iter()
                    .flat_map(|value| value.words())
                    .copied()
                    .collect(),
            ),
            (
                "colours",
                Colour::ALL
                    .iter()
                    .flat_map(|value| value.words())
                    .copied()
                    .collect(),
            ),
            (
                "does",
                Action::ALL
                    .iter()
                    .flat_map(|value| value.words())
                    .copied()
                    .collect(),
            ),
            (
                "where",
                Terrain::ALL
                    .iter()
                    .flat_map(|value| value.words())
                    .copied()
                    .collect(),
            ),
            (
                "when",
                Time::ALL
                    .iter()
                    .flat_map(|value| value.words())
                    .copied()
                    .collect(),
            ),
            ("camera", moves.collect()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, generator};
    use super::*;

    #[test]
    fn every_word_of_every_caption_is_in_the_vocabulary() {
        let known = Vocabulary::of_world().words;
        for seed in 0..400 {
            let scene = Scene::of_seed(seed, Format::SMALL);
            let mut rng = generator(seed, 9);
            for telling in [Telling::Full, Telling::Free, Telling::ByPicture] {
                let text = caption(&scene, telling, &mut rng);
                let words = text.split([' ', ',']).filter(|word| !word.is_empty());
                for word in words.filter(|word| *word != STRANGER) {
                    assert!(known.iter().any(|own| own == word), "{word} of {text:?}");
                }
            }
        }
    }

    #[test]
    fn a_full_caption_says_everything_and_a_picture_says_who() {
        let mut scene = Scene::of_seed(1, Format::SMALL);
        scene.character.body = Colour::Yellow;
        scene.character.limbs = Colour::Orange;
        scene.character.kind = Kind::Robot;
        scene.action = Action::WalkLeft;
        scene.terrain = Terrain::Desert;
        scene.time = Time::Sunset;
        scene.shooting.named = Some(Move::PanLeft);
        let mut rng = generator(1, 9);
        assert_eq!(
            caption(&scene, Telling::Full, &mut rng),
            "a yellow robot with orange limbs walks left in the desert at sunset camera pans left"
        );
        let by_picture = caption(&scene, Telling::ByPicture, &mut rng);
        assert!(
            !by_picture.contains("robot") && !by_picture.contains("yellow"),
            "{by_picture}"
        );
    }
}
