//! The files of `kinora measure PROJECT`: a table of comma-separated values, and plots. Their places are tried before any
//! work.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace, is_there};
use kinora_studio::measure::{ReportedTake, film_order, measures_csv, plots_page, take_plots};
use kinora_studio::timeline::file::{Disk as _, RealDisk};
use kinora_studio::wire::Failure;
use kinora_studio::{Project, name_of};

use super::{Row, short_name};

/// The letters of a shot's name in the name of a file.
const SHOT_LETTERS: usize = 40;

/// The files to write.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// Write the measures of the project as comma-separated values: a line for each take and character.
    #[arg(long, value_name = "FILE", conflicts_with = "camera")]
    csv: Option<PathBuf>,
    /// Write plots of the project's measures over frames: one page, or a page for each take in a folder.
    #[arg(long, value_name = "FILE.svg|DIR", conflicts_with = "camera")]
    plots: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    overwrite: bool,
}

impl ReportOptions {
    /// Tries the places of the files.
    ///
    /// # Errors
    /// A place lies in the project or exists; plots have another format; nothing can be written there.
    pub fn check(&self, film: &Path) -> Result<(), Failure> {
        if let Some(csv) = &self.csv {
            self.place(csv, OutputKind::File, film).check()?;
        }
        if let Some(plots) = &self.plots {
            if self.csv.as_ref() == Some(plots) {
                return Err(Failure::refused(
                    format!("{} cannot be both the table and the plots", plots.display()),
                    "name two files",
                ));
            }
            self.place(plots, kind_of_plots(plots)?, film).check()?;
        }
        Ok(())
    }

    /// Tries the names of the plots in a folder, once the takes are known.
    ///
    /// # Errors
    /// A file is there already.
    pub fn check_takes<'t>(
        &self,
        takes: impl Iterator<Item = (&'t str, String)>,
    ) -> Result<(), Failure> {
        let Some(folder) = self.folder().filter(|_| !self.overwrite) else {
            return Ok(());
        };
        let mut files = takes.map(|(shot, take)| folder.join(file_name(shot, &take)));
        match files.find(|file| file.exists()) {
            Some(file) => Err(is_there(&file)),
            None => Ok(()),
        }
    }

    /// Writes the files. Takes that could not be measured are left out.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn write(
        &self,
        film: &Path,
        project: &Project,
        rows: &[Row],
    ) -> Result<(), Failure> {
        let takes = reported(project, rows);
        if let Some(csv) = &self.csv {
            write(csv, &measures_csv(&takes))?;
        }
        let title = format!("Measures of {}", name_of(film));
        if let Some(folder) = self.folder() {
            for take in &takes {
                let file = folder.join(file_name(take.shot, &take.short_name()));
                write(&file, &take_plots(&title, take))?;
            }
        } else if let Some(file) = &self.plots {
            write(file, &plots_page(&title, &takes))?;
        }
        Ok(())
    }

    fn place<'p>(&self, path: &'p Path, kind: OutputKind, film: &'p Path) -> OutputPlace<'p> {
        OutputPlace {
            path,
            kind,
            may_exist: self.overwrite,
            inputs: Vec::new(),
            film: Some(film),
        }
    }

    /// The folder of the plots, if they are to lie in one.
    fn folder(&self) -> Option<&Path> {
        let plots = self.plots.as_deref()?;
        matches!(kind_of_plots(plots), Ok(OutputKind::Folder)).then_some(plots)
    }
}

/// A file that ends in .svg, or a folder: one that is there, or a name without an ending.
fn kind_of_plots(path: &Path) -> Result<OutputKind, Failure> {
    let is_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
    match path.extension().and_then(OsStr::to_str) {
        _ if is_folder => Ok(OutputKind::Folder),
        None => Ok(OutputKind::Folder),
        Some(ending) if ending.eq_ignore_ascii_case("svg") => Ok(OutputKind::File),
        Some(ending) => Err(Failure::refused(
            format!("{}: plots are not written as .{ending}", path.display()),
            "name a file that ends in .svg, or a folder",
        )),
    }
}

/// The takes that were measured, in the order of the film; of a shot, the chosen take first.
fn reported<'r>(project: &Project, rows: &'r [Row]) -> Vec<ReportedTake<'r>> {
    let order = film_order(project);
    let shots: Vec<_> = order.iter().filter_map(|id| project.shot(*id)).collect();
    let measured = rows.iter().filter_map(|(take, measured)| {
        let measured = measured.as_ref().ok()?;
        Some(ReportedTake {
            shot: &take.shot,
            take: take.name,
            is_chosen: shots.iter().any(|shot| shot.chosen == Some(take.name)),
            camera: measured.camera.as_ref(),
            appearance: Some(&measured.appearance),
        })
    });
    let mut takes: Vec<ReportedTake> = measured.collect();
    takes.sort_by_key(|take| {
        let place = shots.iter().position(|shot| shot.name == take.shot);
        (place.unwrap_or(usize::MAX), !take.is_chosen)
    });
    takes
}

/// "Dusk-1a2b3c4d.svg", of letters and digits that every disk has.
fn file_name(shot: &str, take: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '-',
    };
    let shot: String = shot.chars().take(SHOT_LETTERS).map(plain).collect();
    match shot.is_empty() {
        true => format!("{take}.svg"),
        false => format!("{shot}-{take}.svg"),
    }
}

/// The shot and the short name of a take, as [`ReportOptions::check_takes`] requires them.
pub(super) fn named(take: &super::ProjectTake) -> (&str, String) {
    (take.shot.as_str(), short_name(take.name))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    RealDisk.replace(file, text.as_bytes()).map_err(|error| {
        Failure::bad_file(
            format!("{} cannot be written: {error}", file.display()),
            "free some disk space, or choose another folder",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_a_file_of_svg_or_a_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let kind = |path: &Path| kind_of_plots(path);
        assert_eq!(kind(Path::new("film.SVG")), Ok(OutputKind::File));
        assert_eq!(kind(Path::new("plots")), Ok(OutputKind::Folder));
        assert_eq!(kind(Path::new("plots.of.film/")), Ok(OutputKind::Folder));
        assert_eq!(kind(root.path()), Ok(OutputKind::Folder));
        let failure = kind(Path::new("film.png")).expect_err("refused");
        assert!(failure.cause.contains(".png"), "{failure}");
    }

    #[test]
    fn the_name_of_a_file_has_plain_letters() {
        assert_eq!(file_name("Dusk/at sea", "1a"), "Dusk-at-sea-1a.svg");
        assert_eq!(file_name("", "1a"), "1a.svg");
    }
}
