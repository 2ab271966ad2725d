//! The licence of a release, shown and accepted before any byte is fetched. It is accepted once for each user.
//! Without a terminal an option accepts it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use kinora_studio::install::accepted::{accept, is_accepted};
use kinora_studio::install::release::Release;
use kinora_studio::wire::Failure;

/// Shows the licence, and asks for it unless it was accepted before.
pub(super) fn ask_for_licence(
    release: &Release,
    config: &Path,
    is_accepted_now: bool,
) -> Result<(), Failure> {
    let licence = &release.licence;
    eprintln!("{}: {}. {}", release.name, licence.name, licence.permits);
    eprintln!("{}", licence.url);
    if is_accepted(config, licence) {
        return Ok(());
    }
    if !is_accepted_now && !typed_yes("Type yes to accept the licence: ") {
        return Err(Failure::refused(
            format!(
                "the licence of {} was not accepted, so nothing was fetched",
                release.name
            ),
            "type yes, or give --yes-licence",
        ));
    }
    accept(config, licence).map_err(|error| {
        Failure::bad_file(
            format!("that the licence was accepted could not be written: {error}"),
            format!("look at the rights of {}", config.display()),
        )
    })
}

/// Whether the answer to a question is yes.
pub(super) fn typed_yes(question: &str) -> bool {
    eprint!("{question}");
    io::stderr().flush().ok();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok();
    if !io::stdin().is_terminal() {
        eprintln!();
    }
    answer.trim().eq_ignore_ascii_case("yes")
}
