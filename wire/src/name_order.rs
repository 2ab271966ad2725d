//! The order of numbered files: "frame2.png" is before "frame10.png".

use std::path::Path;

/// A part of a file name by which files are sorted: text, how many digits the number behind it has, and the number. Leading zeros
/// do not count.
pub type NamePart = (String, usize, String);

/// The name of a file in the parts by which it is sorted. The last part is the whole name.
pub fn name_parts(path: &Path) -> Vec<NamePart> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut parts = Vec::new();
    let mut rest = &*name;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, number) = rest.split_at(begin);
        let end = number.find(|letter: char| !letter.is_ascii_digit());
        let (digits, after) = number.split_at(end.unwrap_or(number.len()));
        let digits = digits.trim_start_matches('0');
        parts.push((before.to_owned(), digits.len(), digits.to_owned()));
        rest = after;
    }
    parts.push((rest.to_owned(), 0, name.into_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_the_order_of_their_numbers() {
        let is_sorted = |names: &[&str]| {
            let parts = names.iter().map(|name| name_parts(Path::new(name)));
            parts.is_sorted()
        };
        assert!(is_sorted(&["a1.png", "a2.png", "a10.png", "b1.png"]));
        assert!(is_sorted(&[
            "shot 2 0009.png",
            "shot 2 0010.png",
            "shot 10 0001.png"
        ]));
        let huge = [
            "99999999999999999999999.png",
            "100000000000000000000000.png",
        ];
        assert!(is_sorted(&huge));
        assert!(is_sorted(&["001.png", "01.png", "1.png"]));
        assert!(!is_sorted(&["a10.png", "a2.png"]));
    }
}
