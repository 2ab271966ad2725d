//! `kinora generate --still`: the first frame alone, with one seed or several, as PNG files.

use std::path::{Path, PathBuf};

use clap::Args;
use kinora_studio::exchange::output_place::{OutputKind, OutputPlace};
use kinora_studio::generate::clip_file::failure_of;
use kinora_studio::generate::oneshot::BlockingClient;
use kinora_studio::generate::stills::{DEFAULT_STILLS, STILL_COUNTS};
use kinora_studio::render::Picture;
use kinora_studio::render::export::write_png;
use kinora_studio::wire::{
    Failure, Generation, ModelInfo, Outcome, PixelShape, Progress, ProgressReporter, Timings,
    media_ending,
};

/// The options of stills.
#[derive(Clone, Copy, Debug, Args)]
pub struct StillArguments {
    /// Make a still: the first frame alone, as a PNG file. The clip is the shortest that the model makes, usually one
    /// frame.
    #[arg(long, conflicts_with_all = ["frames", "seconds", "latents_out"])]
    still: bool,
    /// Number of stills, 1 to 16, with consecutive seeds. If left out: 1 for a PNG file, 4 for a folder, in which each is
    /// named by its seed.
    #[arg(long, value_name = "N", requires = "still", value_parser = count)]
    count: Option<u32>,
}

fn count(text: &str) -> Result<u32, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &u32| STILL_COUNTS.contains(number));
    let (least, most) = (*STILL_COUNTS.start(), *STILL_COUNTS.end());
    number.ok_or_else(|| format!("{least} to {most} stills can be made at once"))
}

/// The stills to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stills {
    /// Their seeds and files.
    files: Vec<(u64, PathBuf)>,
}

impl StillArguments {
    /// Whether a still is asked for instead of a clip.
    pub fn is_wanted(&self) -> bool {
        self.still
    }

    /// The stills at an output, a PNG file or a folder, with seeds from `first`. `None`: a clip is asked for.
    ///
    /// # Errors
    /// The output is another file; one file is named for several stills.
    pub fn stills(&self, output: &Path, first: u64) -> Result<Option<Stills>, Failure> {
        if !self.still {
            return Ok(None);
        }
        let ending = media_ending(output).filter(|_| !output.is_dir());
        let count = match ending.as_deref() {
            Some("png") => self.count.unwrap_or(1),
            None => self.count.unwrap_or(DEFAULT_STILLS),
            Some(ending) => {
                return Err(Failure::refused(
                    format!("{}: a still is no .{ending} file", output.display()),
                    "name a PNG file, or a folder for several stills",
                ));
            }
        };
        if ending.is_some() && count > 1 {
            return Err(Failure::refused(
                format!("{} is one file for {count} stills", output.display()),
                format!(
                    "name a folder, such as {}",
                    output.with_extension("").display()
                ),
            ));
        }
        let seeds = (0..u64::from(count)).map(|number| first.wrapping_add(number));
        let is_file = ending.is_some();
        let file = |seed: u64| match is_file {
            true => output.to_owned(),
            false => output.join(format!("seed-{seed}.png")),
        };
        Ok(Some(Stills {
            files: seeds.map(|seed| (seed, file(seed))).collect(),
        }))
    }
}

/// The length of a still of a model, in frames. Says so if that is more than its first frame.
pub fn frames_of_still(model: &ModelInfo, is_quiet: bool) -> u32 {
    let frames = model.spec.frame_rule.first;
    if frames > 1 && !is_quiet {
        eprintln!(
            "note: {} makes no clip of one frame; the first of its shortest clip, {frames} frames, is the still",
            model.name
        );
    }
    frames
}

impl Stills {
    /// Tries the places of all files before any work.
    ///
    /// # Errors
    /// Nothing can be written there, or something would be overwritten without `replaces`.
    pub fn check_places(&self, inputs: &[PathBuf], replaces: bool) -> Result<(), Failure> {
        for (_, path) in &self.files {
            let place = OutputPlace {
                path,
                kind: OutputKind::File,
                may_exist: replaces,
                inputs: inputs.to_vec(),
                film: None,
            };
            place.check()?;
        }
        Ok(())
    }

    /// Makes one still after the other. Those that are finished are kept if a later one fails.
    pub fn make(
        &self,
        request: &Generation,
        client: &BlockingClient,
        is_cancelled: &dyn Fn() -> bool,
        reporter: &mut ProgressReporter,
    ) -> Outcome {
        let mut all = Timings::default();
        for (seed, path) in &self.files {
            let mut request = request.clone();
            request.inputs.seed = *seed;
            let outcome = client.generate(request, is_cancelled, &mut |progress, pixels| {
                if let Progress::Frames { first: 0, picture } = progress {
                    write_first(path, *picture, pixels)?;
                }
                reporter.progress(progress);
                Ok(())
            });
            match outcome {
                Outcome::Done { timings } => add(&mut all, &timings),
                ended => return ended,
            }
        }
        Outcome::Done { timings: all }
    }
}

/// Writes the first of some frames.
fn write_first(path: &Path, shape: PixelShape, pixels: &[u8]) -> Result<(), Failure> {
    let Some(frame) = shape.split(pixels).next() else {
        return Ok(());
    };
    let picture = Picture::of_rgb(shape.width, shape.height, frame);
    write_png(path, &picture).map_err(|error| failure_of(&error))
}

fn add(all: &mut Timings, one: &Timings) {
    all.loading += one.loading;
    all.encoding += one.encoding;
    all.denoising += one.denoising;
    all.decoding += one.decoding;
    all.total += one.total;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(count: Option<u32>, output: &str) -> Result<Vec<String>, String> {
        let arguments = StillArguments { still: true, count };
        let stills = arguments.stills(Path::new(output), 7);
        let stills = stills.map_err(|failure| failure.cause)?.expect("stills");
        let name = |(_, path): &(u64, PathBuf)| path.display().to_string();
        Ok(stills.files.iter().map(name).collect())
    }

    #[test]
    fn a_png_file_is_one_still_and_a_folder_has_one_for_each_seed() {
        assert_eq!(asked(None, "look.PNG"), Ok(vec!["look.PNG".into()]));
        let folder = asked(Some(2), "looks").expect("two");
        assert_eq!(folder, ["looks/seed-7.png", "looks/seed-8.png"]);
        assert_eq!(asked(None, "looks").map(|names| names.len()), Ok(4));
        for output in ["look.png", "look.mp4", "look.jpg"] {
            assert!(asked(Some(2), output).is_err(), "{output}");
        }
        assert_eq!((count("16"), count("1")), (Ok(16), Ok(1)));
        assert!(count("0").is_err() && count("17").is_err() && count("many").is_err());
    }
}
