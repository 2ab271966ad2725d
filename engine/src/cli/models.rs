//! `kinora-engine models`: what is installed, whether its files are sound, where else to look.

use kinora_wire::{Failure, error_words, models_table, verdicts_table};

use super::ModelsWord;
use crate::desk::Desk;
use crate::library::Library;

/// Lists, verifies or adds.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub fn models(word: ModelsWord) -> Result<(), Failure> {
    match word {
        ModelsWord::List => {
            let library = Library::of_user();
            print!("{}", models_table(&library.models(), &library.folders()));
            for bad in library.bad_cards() {
                eprintln!("{}", error_words(bad));
            }
            Ok(())
        }
        ModelsWord::Verify { model } => {
            let verdicts = Desk::of_user().verify(&model, &mut |_, _| Ok(()))?;
            print!("{}", verdicts_table(&verdicts));
            let mut wrong = verdicts.into_iter().filter_map(|verdict| verdict.wrong);
            wrong.next().map_or(Ok(()), Err)
        }
        ModelsWord::Add { folder } => Library::add(&folder),
    }
}
