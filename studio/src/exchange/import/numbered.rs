//! Runs of numbered pictures, found by their names: "shot.0001.exr", "shot.0002.exr" and so on in one folder, each a frame
//! of an image sequence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kinora_render::media::has_still_extension;

/// The most digits of a number. A longer one is a date or a hash.
const MOST_DIGITS: usize = 18;

/// Pictures in one folder whose names differ in a number alone, of which at least two follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRun {
    folder: PathBuf,
    pattern: Pattern,
    /// Ascending; never empty.
    numbers: BTreeSet<u64>,
}

/// The names of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    /// The text before the number.
    before: String,
    /// The text after it: a dot and the extension.
    after: String,
    /// The digits that a number has at least; zeros fill it up. 1: there are none before a number.
    digits: usize,
}

impl Pattern {
    fn name(&self, number: u64) -> String {
        let Self { before, after, .. } = self;
        format!("{before}{}{after}", self.number(number))
    }

    fn number(&self, number: u64) -> String {
        format!("{number:0digits$}", digits = self.digits)
    }
}

impl PictureRun {
    /// The run that a file belongs to, with a neighbour that has the number before or after its own. `None`: it is a file by
    /// itself. Reads the folder, and no picture.
    pub fn of(file: &Path) -> Option<Self> {
        let (before, digits, after) = parts(file.file_name()?.to_str()?)?;
        let number: u64 = digits.parse().ok()?;
        let names = names_in(folder_of(file)).ok()?;
        let mut runs = runs_of(folder_of(file), names).into_iter();
        runs.find(|run| {
            let is_own = (run.pattern.before.as_str(), run.pattern.after.as_str())
                == (before, after)
                && run.pattern.number(number) == digits;
            is_own && run.numbers.contains(&number) && run.has_neighbour(number)
        })
    }

    /// All runs of a folder, by name. Folders in it are not looked at.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all_in(folder: &Path) -> io::Result<Vec<Self>> {
        Ok(runs_of(folder, names_in(folder)?))
    }

    /// "shot.[0001-0120].exr".
    pub fn name(&self) -> String {
        let Pattern { before, after, .. } = &self.pattern;
        let [first, last] = self.ends().map(|number| self.pattern.number(number));
        format!("{before}[{first}-{last}]{after}")
    }

    /// The first and the last number.
    pub fn ends(&self) -> [u64; 2] {
        let [first, last] = [self.numbers.first(), self.numbers.last()];
        [first, last].map(|number| number.copied().unwrap_or(0))
    }

    /// The numbers of its pictures, ascending.
    pub fn numbers(&self) -> &BTreeSet<u64> {
        &self.numbers
    }

    /// The file of a number, whether it is there or not.
    pub fn file_of(&self, number: u64) -> PathBuf {
        self.folder.join(self.pattern.name(number))
    }

    /// The first number between its ends that has no picture.
    pub fn first_gap(&self) -> Option<u64> {
        let mut pairs = self.numbers.iter().zip(self.numbers.iter().skip(1));
        let (before, _) = pairs.find(|(one, next)| **one + 1 != **next)?;
        Some(before + 1)
    }

    /// Whether a file is one of its pictures, by its path.
    pub fn contains(&self, file: &Path) -> bool {
        let Some((_, digits, _)) = file.file_name().and_then(|name| parts(name.to_str()?)) else {
            return false;
        };
        let number = digits.parse().ok();
        number.is_some_and(|number| {
            self.numbers.contains(&number)
                && folder_of(file) == self.folder
                && file.file_name() == self.file_of(number).file_name()
        })
    }

    fn has_neighbour(&self, number: u64) -> bool {
        let before = number.checked_sub(1);
        before.is_some_and(|before| self.numbers.contains(&before))
            || self.numbers.contains(&(number + 1))
    }
}

/// The folder of a file. That of a bare name is the current one.
fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The names of the files of a folder. A name that is no UTF-8 belongs to no run.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    Ok(files
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

/// A name such as "shot.0001.exr" as "shot.", "0001" and ".exr". `None`: it is not that of a still picture, or has no digits
/// before its extension.
fn parts(name: &str) -> Option<(&str, &str, &str)> {
    if !has_still_extension(Path::new(name)) {
        return None;
    }
    let (stem, _) = name.rsplit_once('.')?;
    let before = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = stem.get(before.len()..)?;
    let after = name.get(stem.len()..)?;
    let has_number = !digits.is_empty() && digits.len() <= MOST_DIGITS;
    has_number.then_some((before, digits, after))
}

/// The runs among the names of a folder, by name.
fn runs_of(folder: &Path, names: Vec<String>) -> Vec<PictureRun> {
    let mut alike: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for name in names {
        if let Some((before, digits, after)) = parts(&name) {
            let key = (before.to_owned(), after.to_owned());
            alike.entry(key).or_default().push(digits.to_owned());
        }
    }
    let mut runs = BTreeMap::new();
    for ((before, after), all) in alike {
        let padded = all.iter().filter(|digits| is_padded(digits));
        let widths: BTreeSet<usize> = padded.map(String::len).collect();
        for digits in &all {
            let Ok(number) = digits.parse::<u64>() else {
                continue;
            };
            let pattern = Pattern {
                before: before.clone(),
                after: after.clone(),
                digits: width_of(digits, &widths),
            };
            let numbers: &mut BTreeSet<u64> = runs.entry(pattern).or_default();
            numbers.insert(number);
        }
    }
    let runs = runs.into_iter().map(|(pattern, numbers)| PictureRun {
        folder: folder.to_owned(),
        pattern,
        numbers,
    });
    let has_neighbours = |run: &PictureRun| {
        let mut numbers = run.numbers.iter();
        numbers.any(|number| run.has_neighbour(*number))
    };
    runs.filter(has_neighbours).collect()
}

/// Whether zeros fill a number up.
fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

/// The width of the numbers of the run that these digits belong to: "0009" and "0010" have four digits, and so has "12000"
/// beside them; "9" and "10" have at least one.
fn width_of(digits: &str, widths: &BTreeSet<usize>) -> usize {
    match is_padded(digits) {
        true => digits.len(),
        false => widths
            .range(..=digits.len())
            .next_back()
            .copied()
            .unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(names: &[&str]) -> Vec<String> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let runs = runs_of(Path::new("plates"), names);
        runs.iter().map(PictureRun::name).collect()
    }

    #[test]
    fn two_sequences_in_a_folder_are_two_runs() {
        let found = runs(&[
            "b_001.png",
            "a.1.exr",
            "b_002.png",
            "a.2.exr",
            "b_003.jpg",
            "note1.txt",
            "note2.txt",
        ]);
        assert_eq!(found, ["a.[1-2].exr", "b_[001-002].png"]);
    }

    #[test]
    fn a_number_keeps_its_width_and_grows_beyond_it() {
        assert_eq!(
            runs(&["a9.png", "a10.png", "a11.png"]),
            ["a[9-11].png"],
            "no zeros"
        );
        assert_eq!(
            runs(&["a0009.png", "a0010.png", "a9.png", "a10.png"]),
            ["a[9-10].png", "a[0009-0010].png"],
            "two widths are two runs"
        );
        assert_eq!(
            runs(&["a098.png", "a099.png", "a100.png", "a999.png", "a1000.png"]),
            ["a[098-1000].png"]
        );
        assert_eq!(runs(&["0.png", "1.png"]), ["[0-1].png"]);
    }

    #[test]
    fn pictures_without_a_neighbour_are_no_run() {
        assert_eq!(runs(&["a_001.png"]), [""; 0]);
        assert_eq!(runs(&["a_001.png", "a_003.png"]), [""; 0]);
        assert_eq!(runs(&["a_001.png", "a_002.jpg", "b_002.png"]), [""; 0]);
        let date = "12345678901234567890";
        let next = "12345678901234567891";
        assert_eq!(
            runs(&[&format!("{date}.png"), &format!("{next}.png")]),
            [""; 0]
        );
    }

    #[test]
    fn percent_signs_and_digits_before_the_last_number_are_text() {
        assert_eq!(
            runs(&["100%d%04d_v2_07.png", "100%d%04d_v2_08.png"]),
            ["100%d%04d_v2_[07-08].png"]
        );
        let run = &runs_of(
            Path::new("plates"),
            vec!["100%_07.png".into(), "100%_08.png".into()],
        )[0];
        assert_eq!(run.file_of(8), Path::new("plates/100%_08.png"));
    }

    #[test]
    fn a_file_belongs_to_the_run_beside_it_only_with_a_neighbour() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["s.0001.png", "s.0002.png", "s.0004.png", "t.png", "s.2.png"] {
            fs::write(root.path().join(name), "a picture").expect("written");
        }
        fs::create_dir(root.path().join("s.0003.png")).expect("a folder is no picture");
        let of = |name: &str| PictureRun::of(&root.path().join(name));
        let run = of("s.0002.png").expect("a run");
        assert_eq!(run.name(), "s.[0001-0004].png");
        assert_eq!(run.first_gap(), Some(3));
        assert_eq!(of("s.0001.png"), Some(run.clone()));
        assert_eq!(of("s.0004.png"), None, "it has no neighbour");
        assert_eq!(of("s.2.png"), None);
        assert_eq!(of("t.png"), None);
        assert!(run.contains(&root.path().join("s.0004.png")));
        assert!(!run.contains(&root.path().join("s.2.png")));
        assert!(!run.contains(Path::new("s.0001.png")), "another folder");
    }

    #[test]
    fn every_name_of_a_run_leads_back_to_its_number() {
        for digits in 1..=6 {
            let pattern = Pattern {
                before: "f".into(),
                after: ".png".into(),
                digits,
            };
            for number in [0, 1, 9, 10, 99, 100, 12_345, 9_999_999] {
                let name = pattern.name(number);
                let (before, digits, after) = parts(&name).expect("numbered");
                assert_eq!((before, after), ("f", ".png"));
                assert_eq!(digits.parse(), Ok(number));
            }
        }
    }
}
