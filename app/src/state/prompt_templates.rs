//! The prompts that the user has saved under names, to be inserted in any project. They are kept in the user's config folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use kinora_studio::folders::{read_config, write_config};

/// The templates by name, and the folder of their file.
#[derive(Clone, Debug)]
pub struct PromptTemplates {
    config: PathBuf,
    prompts: BTreeMap<String, String>,
}

const FILE_NAME: &str = "prompt_templates.ron";

impl PromptTemplates {
    /// Reads the templates. A missing or damaged file gives none.
    pub fn load(config: &Path) -> Self {
        Self {
            config: config.into(),
            prompts: read_config(config, FILE_NAME).unwrap_or_default(),
        }
    }

    /// Writes the file that [`PromptTemplates::load`] reads.
    pub fn save(&self) -> io::Result<()> {
        write_config(&self.config, FILE_NAME, &self.prompts)
    }

    /// Name and prompt of each template, in alphabetical order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.prompts.iter();
        all.map(|(name, prompt)| (name.as_str(), prompt.as_str()))
    }

    /// Whether there is a template of this name.
    pub fn has(&self, name: &str) -> bool {
        self.prompts.contains_key(name)
    }

    /// Adds a template. It replaces the one of the same name.
    pub fn add(&mut self, name: String, prompt: String) {
        self.prompts.insert(name, prompt);
    }

    pub fn remove(&mut self, name: &str) {
        self.prompts.remove(name);
    }
}

/// A prompt with a template at its end, apart from what is there.
pub fn with_template(prompt: &str, template: &str) -> String {
    match prompt.trim_end() {
        "" => template.to_owned(),
        before => format!("{before} {template}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_kept_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut templates = PromptTemplates::load(folder.path());
        assert_eq!(templates.all().count(), 0);
        for (name, prompt) in [
            ("Film", "35 mm, grain"),
            ("Dusk", "low sun"),
            ("Film", "16 mm"),
        ] {
            templates.add(name.into(), prompt.into());
        }
        templates.save().expect("written");
        let again = PromptTemplates::load(folder.path());
        assert!(again.all().eq([("Dusk", "low sun"), ("Film", "16 mm")]));
        std::fs::write(folder.path().join(FILE_NAME), "(").expect("written");
        assert_eq!(PromptTemplates::load(folder.path()).all().count(), 0);
    }

    #[test]
    fn a_template_goes_to_the_end_of_a_prompt() {
        assert_eq!(with_template("", "low sun"), "low sun");
        assert_eq!(with_template("A fox, ", "low sun"), "A fox, low sun");
    }
}
