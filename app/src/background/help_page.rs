//! The pages of the documentation, as the window shows them: headings, paragraphs, lists, tables, code, and links between
//! pages. It reads the part of Markdown that these pages use.

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpPage {
    /// The name of its file, such as "models.md".
    pub file: String,
    pub title: String,
    pub blocks: Vec<Block>,
    pub sections: Vec<Section>,
}

/// A heading with what is below it, to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    /// As links name it after a "#".
    pub anchor: String,
    /// All its words, in lower case.
    words: String,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Its level, from 1, its anchor, and its words.
    Heading(usize, String, Vec<Span>),
    Paragraph(Vec<Span>),
    /// An item of a list: how deep the list is in others, its bullet or its number, and its words.
    Item(usize, String, Vec<Span>),
    Code(String),
    /// The rows, the first with the names of the columns.
    Table(Vec<Vec<Vec<Span>>>),
}

/// Words of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub style: SpanStyle,
}

/// The style of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanStyle {
    Plain,
    Strong,
    Emphasis,
    Code,
    /// With the target of the link.
    Link(String),
}

impl HelpPage {
    /// The page in the text of a file.
    pub fn of(file: &str, text: &str) -> Self {
        let blocks = blocks_of(text);
        let first = blocks.iter().find_map(|block| match block {
            Block::Heading(_, _, spans) => Some(plain(spans)),
            _ => None,
        });
        Self {
            file: file.to_owned(),
            title: first.unwrap_or_else(|| file.to_owned()),
            sections: sections_of(&blocks),
            blocks,
        }
    }

    /// The sections with all words of a search. All of them without words.
    pub fn found<'p>(&'p self, search: &str) -> impl Iterator<Item = &'p Section> {
        let search = search.to_lowercase();
        let wanted: Vec<String> = search.split_whitespace().map(str::to_owned).collect();
        let has_all =
            move |section: &&Section| wanted.iter().all(|word| section.words.contains(word));
        self.sections.iter().filter(has_all)
    }
}

fn sections_of(blocks: &[Block]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for block in blocks {
        if let Block::Heading(_, anchor, spans) = block {
            sections.push(Section {
                title: plain(spans),
                anchor: anchor.clone(),
                words: String::new(),
            });
        }
        if let Some(section) = sections.last_mut() {
            section.words.push_str(&words_of(block).to_lowercase());
            section.words.push('\n');
        }
    }
    sections
}

fn words_of(block: &Block) -> String {
    match block {
        Block::Heading(_, _, spans) | Block::Paragraph(spans) | Block::Item(_, _, spans) => {
            plain(spans)
        }
        Block::Code(text) => text.clone(),
        Block::Table(rows) => {
            let cells = rows.iter().flatten().map(|spans| plain(spans));
            cells.collect::<Vec<_>>().join(" ")
        }
    }
}

fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// A heading as links name it: "Use the keys" is "use-the-keys".
fn anchor_of(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter_map(|sign| match sign {
        ' ' => Some('-'),
        sign if sign.is_alphanumeric() || sign == '-' || sign == '_' => Some(sign),
        _ => None,
    });
    kept.collect()
}

fn blocks_of(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let (block, more) = block_at(line, rest);
        blocks.extend(block);
        at += 1 + more;
    }
    blocks
}

/// The block that begins at a line, and the number of further lines that it takes.
fn block_at(line: &str, rest: &[&str]) -> (Option<Block>, usize) {
    let trimmed = line.trim();
    if trimmed.is_empty() {
        return (None, 0);
    }
    if trimmed.starts_with("```") {
        let length = rest
            .iter()
            .take_while(|line| !line.trim().starts_with("```"))
            .count();
        let code = rest.get(..length).unwrap_or_default().join("\n");
        return (Some(Block::Code(code)), length + 1);
    }
    if trimmed.starts_with("<!--") {
        let ends_here = trimmed.contains("-->");
        let length = rest.iter().take_while(|line| !line.contains("-->")).count();
        return (None, if ends_here { 0 } else { length + 1 });
    }
    if let Some((level, words)) = heading_of(trimmed) {
        let spans = spans_of(words);
        let anchor = anchor_of(&plain(&spans));
        return (Some(Block::Heading(level, anchor, spans)), 0);
    }
    if trimmed.starts_with('|') {
        let more = rest
            .iter()
            .take_while(|line| line.trim().starts_with('|'))
            .count();
        let rows = std::iter::once(&line).chain(rest.iter().take(more));
        let rows = rows.filter(|row| !is_rule(row)).map(|row| cells_of(row));
        return (Some(Block::Table(rows.collect())), more);
    }
    let more = rest.iter().take_while(|line| continues(line)).count();
    let all = rest.iter().take(more).map(|line| line.trim());
    let item = item_of(trimmed);
    let first = item.map_or(trimmed, |(_, words)| words);
    let words = std::iter::once(first).chain(all).collect::<Vec<_>>();
    let spans = spans_of(&words.join(" "));
    let block = match item {
        Some((mark, _)) => {
            let indent = line.len() - line.trim_start().len();
            Block::Item(indent / 2, mark.to_owned(), spans)
        }
        None => Block::Paragraph(spans),
    };
    (Some(block), more)
}

fn heading_of(line: &str) -> Option<(usize, &str)> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    let words = words.strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, words.trim()))
}

/// The bullet or the number of an item of a list, and its words.
fn item_of(line: &str) -> Option<(&str, &str)> {
    let bullet = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    let numbered = || {
        let (number, words) = line.split_once(". ")?;
        let is_number = !number.is_empty() && number.chars().all(|sign| sign.is_ascii_digit());
        let mark = line.get(..=number.len())?;
        is_number.then_some((mark, words))
    };
    bullet.map(|words| ("•", words)).or_else(numbered)
}

/// Whether a line goes on with the paragraph or item before it.
fn continues(line: &str) -> bool {
    let trimmed = line.trim();
    let begins = trimmed.is_empty()
        || trimmed.starts_with("```")
        || trimmed.starts_with('|')
        || heading_of(trimmed).is_some()
        || item_of(trimmed).is_some();
    !begins
}

/// Whether a row is the line below the names of the columns.
fn is_rule(row: &str) -> bool {
    let signs = |sign: char| matches!(sign, '|' | '-' | ':' | ' ');
    row.contains("--") && row.trim().chars().all(signs)
}

fn cells_of(row: &str) -> Vec<Vec<Span>> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut signs = row.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, signs.peek(), cells.last_mut()) {
            ('\\', Some('|'), Some(cell)) => {
                signs.next();
                cell.push('|');
            }
            ('|', _, _) => cells.push(String::new()),
            (sign, _, Some(cell)) => cell.push(sign),
            (_, _, None) => {}
        }
    }
    cells.iter().map(|cell| spans_of(cell.trim())).collect()
}

fn spans_of(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((span, after)) = marked(rest) {
            push_plain(&mut spans, &mut words);
            spans.push(span);
            rest = after;
            continue;
        }
        let is_escaped = rest.starts_with('\\') && rest.len() > 1;
        let mut signs = rest.chars();
        let sign = match is_escaped {
            true => signs.nth(1),
            false => signs.next(),
        };
        words.extend(sign);
        rest = signs.as_str();
    }
    push_plain(&mut spans, &mut words);
    spans
}

fn push_plain(spans: &mut Vec<Span>, words: &mut String) {
    if !words.is_empty() {
        let text = std::mem::take(words);
        let style = SpanStyle::Plain;
        spans.push(Span { text, style });
    }
}

/// The marked words that a text begins with, and the text after them.
fn marked(text: &str) -> Option<(Span, &str)> {
    let span = |text: &str, style| Span {
        text: text.replace('`', ""),
        style,
    };
    if let Some(inner) = text.strip_prefix('`') {
        let (code, after) = inner.split_once('`')?;
        return Some((span(code, SpanStyle::Code), after));
    }
    if let Some(inner) = text.strip_prefix("**") {
        let (strong, after) = inner.split_once("**")?;
        return Some((span(strong, SpanStyle::Strong), after));
    }
    if let Some(inner) = text.strip_prefix('*') {
        let (words, after) = inner.split_once('*')?;
        let is_it = !words.is_empty() && !words.starts_with(' ');
        return is_it.then(|| (span(words, SpanStyle::Emphasis), after));
    }
    let inner = text.strip_prefix('[')?;
    let (words, after) = inner.split_once("](")?;
    let (target, after) = after.split_once(')')?;
    let is_it = !words.contains(['[', ']']);
    is_it.then(|| (span(words, SpanStyle::Link(target.to_owned())), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, style: SpanStyle) -> Span {
        let text = text.to_owned();
        Span { text, style }
    }

    #[test]
    fn a_page_is_read_with_its_headings_lists_tables_code_and_links() {
        let text = "# Models\n\nTwo *kinds* of\n**files**, see [keys](keys.md#view).\n\n- one\n  more\n  - `two`\n7. last\n\n| a | b |\n|---|---|\n| x \\| y | 2 |\n\n```sh\nkinora | x\n```\n## Use `it`!\n";
        let page = HelpPage::of("models.md", text);
        assert_eq!(page.title, "Models");
        let plain = |text| span(text, SpanStyle::Plain);
        let link = SpanStyle::Link("keys.md#view".into());
        let expected = [
            Block::Heading(1, "models".into(), vec![plain("Models")]),
            Block::Paragraph(vec![
                plain("Two "),
                span("kinds", SpanStyle::Emphasis),
                plain(" of "),
                span("files", SpanStyle::Strong),
                plain(", see "),
                span("keys", link),
                plain("."),
            ]),
            Block::Item(0, "•".into(), vec![plain("one more")]),
            Block::Item(1, "•".into(), vec![span("two", SpanStyle::Code)]),
            Block::Item(0, "7.".into(), vec![plain("last")]),
            Block::Table(vec![
                vec![vec![plain("a")], vec![plain("b")]],
                vec![vec![plain("x | y")], vec![plain("2")]],
            ]),
            Block::Code("kinora | x".into()),
            Block::Heading(
                2,
                "use-it".into(),
                vec![plain("Use "), span("it", SpanStyle::Code), plain("!")],
            ),
        ];
        assert_eq!(page.blocks, expected);
    }

    #[test]
    fn a_search_finds_the_sections_with_all_its_words() {
        let page = HelpPage::of("a.md", "# One\nred paint\n## Two\nblue paint\n");
        let found = |search| -> Vec<&str> {
            let sections = page.found(search);
            sections.map(|section| section.title.as_str()).collect()
        };
        assert_eq!(found("paint"), ["One", "Two"]);
        assert_eq!(found("PAINT blue"), ["Two"]);
        assert!(found("green").is_empty());
        assert_eq!(found(""), ["One", "Two"]);
    }

    #[test]
    fn signs_that_mark_nothing_stay_and_nothing_is_lost() {
        for text in ["2 * 3", "[x", "a ` b", "** c", "[a] (b)", "ends in \\"] {
            assert_eq!(plain(&spans_of(text)), text, "{text}");
        }
        assert_eq!(plain(&spans_of("\\*not\\*")), "*not*");
        assert_eq!(HelpPage::of("a.md", "").title, "a.md");
    }
}
