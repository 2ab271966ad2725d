//! Reading the documentation of this version: its files are shipped with the program.

use std::fs;
use std::path::{Path, PathBuf};

use crate::background::help_page::HelpPage;

/// The page that comes first.
const FIRST: &str = "README.md";

/// The pages, the overview first, the others by name. Empty if no folder has them.
pub fn read_pages() -> Vec<HelpPage> {
    let folder = folders().find(|folder| folder.join(FIRST).is_file());
    folder.map_or_else(Vec::new, |folder| pages_in(&folder))
}

fn pages_in(folder: &Path) -> Vec<HelpPage> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort_by_key(|file| (!file.ends_with(FIRST), file.clone()));
    let page = |file: &PathBuf| {
        let text = fs::read_to_string(file).ok()?;
        let name = file.file_name()?.to_string_lossy().into_owned();
        Some(HelpPage::of(&name, &text))
    };
    files.iter().filter_map(page).collect()
}

/// The folders that may have them: beside the program, in an installation, and in the checkout that the program was built
/// in. For a program built outside the checkout, cargo names the crate's folder in an environment variable.
fn folders() -> impl Iterator<Item = PathBuf> {
    let program = std::env::current_exe().and_then(fs::canonicalize).ok();
    let own = program.as_deref().and_then(Path::parent).map(PathBuf::from);
    let installed = own.as_deref().and_then(Path::parent);
    let installed = installed.map(|tree| tree.join("share/kinora/docs"));
    let beside = own.as_ref().map(|own| own.join("docs"));
    let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let starts: Vec<PathBuf> = own.into_iter().chain(crate_folder).collect();
    let above = starts.into_iter().flat_map(|start| {
        let folders: Vec<PathBuf> = start.ancestors().map(PathBuf::from).collect();
        folders
    });
    let checkouts = above.filter(|folder| folder.join("Cargo.toml").is_file());
    let checkouts = checkouts.map(|folder| folder.join("docs"));
    beside.into_iter().chain(installed).chain(checkouts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::help_page::{Block, SpanStyle};

    #[test]
    fn the_pages_of_this_version_are_found_and_their_links_lead_to_headings() {
        let pages = read_pages();
        assert_eq!(pages.first().map(|page| page.file.as_str()), Some(FIRST));
        assert!(pages.len() > 5);
        for page in &pages {
            let spans = page.blocks.iter().flat_map(|block| match block {
                Block::Paragraph(spans) | Block::Item(_, _, spans) => spans.clone(),
                Block::Table(rows) => rows.iter().flatten().flatten().cloned().collect(),
                Block::Heading(..) | Block::Code(_) => Vec::new(),
            });
            for span in spans {
                let SpanStyle::Link(link) = span.style else {
                    continue;
                };
                let Some((file, anchor)) = link.split_once('#') else {
                    continue;
                };
                let file = if file.is_empty() {
                    page.file.as_str()
                } else {
                    file
                };
                let Some(to) = pages.iter().find(|page| page.file == file) else {
                    continue; // out of the pages
                };
                let is_there = to.sections.iter().any(|section| section.anchor == anchor);
                assert!(is_there, "{}: {link}", page.file);
            }
        }
    }
}
