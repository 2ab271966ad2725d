//! The form of the dialog with the documentation: its pages, the one that is shown, and the search.

use crate::background::help_page::HelpPage;
use crate::background::task::Task;

/// The pages and what is shown of them.
pub struct HelpForm {
    /// While the files are read.
    pub reading: Option<Task<Vec<HelpPage>>>,
    pub pages: Vec<HelpPage>,
    /// The page that is shown, by its number.
    pub page: usize,
    /// The heading to scroll to.
    pub anchor: Option<String>,
    pub search: String,
    /// The pages before, by their numbers, the last one last.
    pub before: Vec<usize>,
}

impl HelpForm {
    /// The form while its pages are read.
    pub fn reading(task: Task<Vec<HelpPage>>) -> Self {
        Self {
            reading: Some(task),
            pages: Vec::new(),
            page: 0,
            anchor: None,
            search: String::new(),
            before: Vec::new(),
        }
    }

    /// Shows a page from the heading of this anchor, or from its start.
    pub fn go_to(&mut self, page: usize, anchor: Option<&str>) {
        if page != self.page {
            self.before.push(self.page);
            self.page = page;
        }
        let first = || {
            let page = self.pages.get(page)?;
            let section = page.sections.first()?;
            Some(section.anchor.clone())
        };
        self.anchor = anchor.map(str::to_owned).or_else(first);
    }

    /// Goes back to the page before.
    pub fn go_back(&mut self) {
        if let Some(page) = self.before.pop() {
            self.page = page;
        }
    }

    /// The page and the heading of a link on the page that is shown; `None`: it leads out of the pages.
    pub fn target_of(&self, link: &str) -> Option<(usize, Option<String>)> {
        let (file, anchor) = match link.split_once('#') {
            Some((file, anchor)) => (file, Some(anchor.to_owned())),
            None => (link, None),
        };
        let page = match file {
            "" => Some(self.page),
            file => self.pages.iter().position(|page| page.file == file),
        };
        page.map(|page| (page, anchor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_headings_and_back() {
        let mut form = HelpForm {
            reading: None,
            pages: vec![
                HelpPage::of("README.md", "# Start"),
                HelpPage::of("keys.md", "# Keys\n## View"),
            ],
            page: 0,
            anchor: None,
            search: String::new(),
            before: Vec::new(),
        };
        let view = Some("view".to_owned());
        assert_eq!(form.target_of("keys.md#view"), Some((1, view.clone())));
        assert_eq!(form.target_of("#start"), Some((0, Some("start".into()))));
        assert_eq!(form.target_of("../README.md"), None);
        assert_eq!(form.target_of("https://example.org/keys.md"), None);
        form.go_to(1, Some("view"));
        assert_eq!((form.page, &form.anchor), (1, &view));
        form.go_to(1, None);
        assert_eq!(form.anchor, Some("keys".into()));
        form.go_back();
        assert_eq!((form.page, form.before.len()), (0, 0));
    }
}
