//! `kinora-engine models`: lists models, verifies their files, adds model folders.
//! A folder that is added is searched from then on.

use kinora_wire::{Failure, error_text, models_table, verdicts_table};

use super::ModelsSubcommand;
use crate::library::Library;
use crate::pickle;
use crate::worker::Worker;

/// Runs a subcommand of `models`.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn models(subcommand: ModelsSubcommand) -> Result<(), Failure> {
    match subcommand {
        ModelsSubcommand::List => {
            let library = Library::of_user();
            print!("{}", models_table(&library.list(None)));
            for bad in library.bad_cards() {
                eprintln!("{}", error_text(bad));
            }
            Ok(())
        }
        ModelsSubcommand::Verify { model } => {
            let verdicts = Worker::of_user().verify(&model, &mut |_, _| Ok(()))?;
            print!("{}", verdicts_table(&verdicts));
            let mut wrong = verdicts.into_iter().filter_map(|verdict| verdict.wrong);
            wrong.next().map_or(Ok(()), Err)
        }
        ModelsSubcommand::Convert { file, output } => {
            let output = output.unwrap_or_else(|| file.with_extension("safetensors"));
            let converted = pickle::convert(&file, &output)?;
            println!("{}: {} tensors", output.display(), converted.tensors);
            if converted.left_behind > 0 {
                eprintln!(
                    "{} other values stayed behind: safetensors holds tensors alone",
                    converted.left_behind
                );
            }
            Ok(())
        }
        ModelsSubcommand::Add { folder } => Library::add(&folder),
    }
}
