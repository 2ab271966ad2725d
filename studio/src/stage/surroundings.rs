//! The scenery of the place that a prompt names, behind the subjects of its stage. Things that stand around show where the
//! camera goes, and the model what it looks at.

use glam::DVec3;
use kinora_timeline::stage::{Form, Scenery, StandIn};
use kinora_wire::WordList;

/// The category of a card that lists places.
const PLACES: &str = "where";

/// A thing: how far right and how far behind the subjects it stands, and its height. All in metres.
type Thing = (Scenery, f64, f64, f64);

/// Words for a place, and the things there.
type Place = (&'static [&'static str], &'static [Thing]);

#[rustfmt::skip] // a table
const ALL: [Place; 4] = [
    (&["desert", "sand", "dunes"], &[
        (Scenery::Cactus, -2.7, 2.3, 1.9), (Scenery::Rock, 2.0, 2.1, 0.7), (Scenery::Cactus, 3.3, 3.6, 2.1),
        (Scenery::Rock, -1.3, 5.2, 1.0), (Scenery::Cactus, -4.9, 6.2, 1.7), (Scenery::Cactus, 1.1, 7.8, 1.6),
    ]),
    (&["meadow", "grass", "field"], &[
        (Scenery::Tree, -2.9, 2.6, 2.9), (Scenery::Bush, 2.1, 2.2, 0.8), (Scenery::Tree, 3.6, 4.4, 3.2),
        (Scenery::Bush, -1.4, 5.0, 0.9), (Scenery::Tree, -5.4, 6.8, 3.0), (Scenery::Tree, 0.9, 8.6, 2.6),
    ]),
    (&["snow", "snowy", "winter"], &[
        (Scenery::Pine, -2.6, 2.4, 2.6), (Scenery::Rock, 2.1, 2.2, 0.7), (Scenery::Pine, 3.2, 3.9, 3.0),
        (Scenery::Pine, -4.7, 5.8, 2.4), (Scenery::Rock, -1.2, 5.0, 0.9), (Scenery::Pine, 0.9, 7.6, 2.8),
    ]),
    (&["city", "town"], &[
        (Scenery::House, -6.8, 10.0, 4.6), (Scenery::House, 1.2, 15.0, 5.6), (Scenery::House, 7.0, 11.0, 4.0),
        (Scenery::Lamp, -2.6, 2.6, 2.5), (Scenery::Lamp, 3.0, 4.2, 2.6), (Scenery::Crate, 2.2, 2.2, 0.7),
    ]),
];

/// The width of a house over its height; its depth is the same.
const HOUSE_WIDTH: f64 = 0.7;

/// The things of the first place that a prompt names and the card lists. Empty: there is none.
pub(super) fn surroundings_of(prompt: &str, vocabulary: &[WordList]) -> Vec<StandIn> {
    let prompt = prompt.to_lowercase();
    let known = vocabulary.iter().filter(|list| list.what == PLACES);
    let known: Vec<&str> = known
        .flat_map(|list| &list.words)
        .flat_map(|phrase| phrase.split_whitespace())
        .collect();
    let mut words = prompt.split(|letter: char| !letter.is_alphanumeric());
    let place = words.find_map(|word| {
        let place = ALL.iter().find(|(words, _)| words.contains(&word));
        place.filter(|_| known.contains(&word))
    });
    let things = place.map_or(&[][..], |(_, things)| things);
    things.iter().map(stand_in).collect()
}

fn stand_in(&(thing, right, behind, height): &Thing) -> StandIn {
    let mut size = thing.proportions() * height;
    if thing == Scenery::House {
        size *= DVec3::new(HOUSE_WIDTH, 1.0, HOUSE_WIDTH);
    }
    let foot = DVec3::new(right, 0.0, behind);
    StandIn::new(thing.name(), Form::Scenery(thing), size, foot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(words: &[&str]) -> Vec<WordList> {
        vec![WordList {
            what: "where".into(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
        }]
    }

    fn first(prompt: &str, card: &[WordList]) -> Option<Form> {
        surroundings_of(prompt, card).first().map(|one| one.form)
    }

    #[test]
    fn a_place_that_the_card_lists_has_its_things_and_another_one_has_none() {
        let card = card(&["in the desert", "in a meadow"]);
        let cactus = Some(Form::Scenery(Scenery::Cactus));
        assert_eq!(first("A robot waits in the Desert.", &card), cactus);
        let tree = Some(Form::Scenery(Scenery::Tree));
        assert_eq!(first("a meadow beside the desert", &card), tree);
        assert_eq!(first("a robot in the snow", &card), None, "not listed");
        assert_eq!(first("a deserted street", &card), None);
        assert_eq!(first("in the desert", &[]), None);
    }

    #[test]
    fn nothing_stands_where_subjects_walk() {
        for (_, things) in ALL {
            for (thing, right, behind, height) in things {
                let half = thing.proportions().max_element() * height / 2.0;
                let is_beside = right.abs() - half > 3.0;
                assert!(behind - half.min(1.2) > 0.7 || is_beside, "{thing:?}");
            }
        }
    }
}
