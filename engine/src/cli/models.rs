//! `kinora-engine models`: lists models, verifies their files, adds model folders.
//! A folder that is added is searched from then on.

use kinora_wire::{Failure, error_text, models_table, verdicts_table};

use super::ModelsSubcommand;
use crate::library::Library;
use crate::worker::Worker;

/// Runs a subcommand of `models`.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn models(subcommand: ModelsSubcommand) -> Result<(), Failure> {
    match subcommand {
        ModelsSubcommand::List => {
            let library = Library::of_user();
            print!("{}", models_table(&library.models(), &library.folders()));
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
        ModelsSubcommand::Add { folder } => Library::add(&folder),
    }
}
