//! A pan as editors write it: "L 50", "C", "R 50". A typed number of at most 1 is taken as the stored one, a larger one as
//! percent.

use egui::DragValue;

/// The control of a pan, from -1, left, to 1, right.
pub fn in_pan_words(control: DragValue<'_>) -> DragValue<'_> {
    control
        .custom_formatter(|pan, _| pan_words(pan))
        .custom_parser(pan_of)
}

fn pan_words(pan: f64) -> String {
    let percent = (pan * 100.0).round();
    if percent < 0.0 {
        format!("L {:.0}", -percent)
    } else if percent > 0.0 {
        format!("R {percent:.0}")
    } else {
        "C".to_owned()
    }
}

/// The pan of words: "L 50", "r50", "C", "-0.5" and "-50".
fn pan_of(words: &str) -> Option<f64> {
    let words = words.trim().to_uppercase();
    if words == "C" {
        return Some(0.0);
    }
    let sides = [('L', -0.01), ('R', 0.01)];
    for (side, percent) in sides {
        if let Some(number) = words.strip_prefix(side) {
            return Some(number.trim().parse::<f64>().ok()? * percent);
        }
    }
    let number: f64 = words.parse().ok()?;
    Some(match number.abs() > 1.0 {
        true => number / 100.0,
        false => number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pan_is_read_as_it_is_written() {
        for (pan, words) in [(-1.0, "L 100"), (-0.25, "L 25"), (0.0, "C"), (0.5, "R 50")] {
            assert_eq!(pan_words(pan), words);
            let read = pan_of(words).expect("a pan");
            assert!((read - pan).abs() < 1e-9, "{words}: {read}");
        }
        assert_eq!(pan_words(-0.001), "C");
    }

    #[test]
    fn a_typed_number_is_the_stored_one_or_percent() {
        for (words, pan) in [("0.5", 0.5), ("-1", -1.0), ("-50", -0.5), (" l50 ", -0.5)] {
            let read = pan_of(words).expect("a pan");
            assert!((read - pan).abs() < 1e-9, "{words}: {read}");
        }
        assert_eq!(pan_of("left"), None);
    }
}
