//! `kinora-engine models`: lists models, verifies their files, adds model folders.
//! A folder that is added is searched from then on.

use std::path::Path;

use kinora_wire::{Failure, ModelList, models_table, verdicts_table};

use super::ModelsSubcommand;
use crate::library::Library;
use crate::pickle;
use crate::worker::Worker;

/// Runs a subcommand of `models`.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn models(subcommand: ModelsSubcommand) -> Result<(), Failure> {
    match subcommand {
        ModelsSubcommand::List => {
            print!("{}", models_table(&Library::of_user().list(None)));
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
                println!(
                    "{} other values stayed behind: safetensors holds tensors alone",
                    converted.left_behind
                );
            }
            Ok(())
        }
        ModelsSubcommand::Add { folder } => {
            let folder = Library::add(&folder)?;
            let list = Library::of_user().list_in(&folder);
            print!("{}", added_text(&folder, &list));
            Ok(())
        }
    }
}

/// What was found in a folder that was added.
fn added_text(folder: &Path, list: &ModelList) -> String {
    let has_files = !list.upscalers.is_empty() || !list.loras.is_empty();
    if !list.models.is_empty() || has_files || !list.bad_cards.is_empty() {
        return models_table(list);
    }
    let library = Library::in_folders(vec![folder.to_path_buf()]);
    let found = match library.interpolator(None) {
        Ok((id, _)) => format!("the frame interpolator {id}"),
        Err(_) => "no model yet: put one into it, as safetensors".to_owned(),
    };
    format!(
        "Models are looked for in {} from now on. It holds {found}\n",
        folder.display()
    )
}
