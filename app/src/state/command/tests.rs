//! Tests of the command table: its order, its words, and the page of keys in the docs.
//! A failure prints the text to paste into that page.

use super::*;
use crate::state::shortcut::text_of;

#[test]
fn every_command_has_the_row_of_its_own_number() {
    for (number, row) in TABLE.iter().enumerate() {
        assert_eq!(row.command as usize, number, "{:?}", row.command);
    }
    assert_eq!(Command::About as usize + 1, TABLE.len());
}

#[test]
fn every_command_explains_itself_in_words_of_its_own() {
    for row in TABLE {
        assert!(
            row.tooltip.len() > row.text.len() / 2 && row.tooltip != row.text,
            "{}",
            row.text
        );
        assert!(
            !row.text.ends_with("..."),
            "{}: the ellipsis is one character",
            row.text
        );
    }
}

/// The tables of docs/keys.md. On failure the text to paste is printed.
#[test]
fn the_keys_page_of_the_docs_lists_every_command_as_this_table_does() {
    let page = include_str!("../../../../docs/keys.md");
    for (menu, title) in Menu::ALL {
        let mut text = format!("## {title}\n\n| command | key | what it does |\n|---|---|---|\n");
        for row in TABLE.iter().filter(|row| row.menu == menu) {
            let key = row.shortcut.map(|key| format!(" {}", text_of(key)));
            let key = key.unwrap_or_default();
            text.extend(["| ", row.text, " |", &key, " | ", row.tooltip, " |\n"]);
        }
        assert!(
            page.contains(&text),
            "docs/keys.md should contain\n\n{text}"
        );
    }
}
