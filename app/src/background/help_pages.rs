//! The documentation of this version, which is inside the program: an installed program has no other files of it.
//! The overview comes first, the others follow by name.

use crate::background::help_page::HelpPage;

/// The pages, by the names of their files.
const PAGES: [(&str, &str); 7] = [
    ("README.md", include_str!("../../../docs/README.md")),
    (
        "command-line.md",
        include_str!("../../../docs/command-line.md"),
    ),
    ("glossary.md", include_str!("../../../docs/glossary.md")),
    ("keys.md", include_str!("../../../docs/keys.md")),
    ("measures.md", include_str!("../../../docs/measures.md")),
    ("models.md", include_str!("../../../docs/models.md")),
    ("starter.md", include_str!("../../../docs/starter.md")),
];

/// All pages, read for the window.
pub fn read_pages() -> Vec<HelpPage> {
    let pages = PAGES.iter();
    pages.map(|(file, text)| HelpPage::of(file, text)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::background::help_page::{Block, SpanStyle};

    #[test]
    fn every_guide_of_the_checkout_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let entries = std::fs::read_dir(folder).expect("the guides");
        let names = entries.map(|entry| entry.expect("one").file_name());
        let names: BTreeSet<String> = names.map(|name| name.to_string_lossy().into()).collect();
        let is_guide = |name: &&String| Path::new(name.as_str()).extension() == Some("md".as_ref());
        let guides = names.iter().filter(is_guide);
        let guides: Vec<&str> = guides.map(String::as_str).collect();
        assert_eq!(PAGES.map(|(file, _)| file).to_vec(), guides);
    }

    #[test]
    fn the_links_of_the_pages_lead_to_headings() {
        let pages = read_pages();
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
