//! A folder that holds several models which share their parts, as that of ComfyUI: each transformer, or pair of experts,
//! with the autoencoder and the text encoder that fit it.

use std::path::{Path, PathBuf};

use super::super::hub::is_repository;
use super::super::pair::models_of;
use super::{DEEPEST, Found};
use crate::family::{Family, ModelFiles, PartName};
use crate::files::entries;

impl ModelFiles {
    /// The models in a folder with several transformers. A transformer for which a part is missing is left out, and so
    /// are modules, since they do not show what they belong to. Repositories of the hub are models of their own.
    pub fn several_in(folder: &Path) -> Vec<Self> {
        let mut all = entries(folder).into_iter().chain([folder.to_path_buf()]);
        if Self::is_diffusers(folder) || all.any(|folder| is_repository(&folder)) {
            return Vec::new();
        }
        let mut found = Found::default();
        found.search(folder, DEEPEST);
        found.parts.append(&mut found.narrow); // parts of sixteen bits come first
        let mut models = Vec::new();
        for family in Family::ALL {
            let transformers = models_of(folder, &found.of(family, PartName::Transformer));
            if transformers.len() > 1 {
                let transformers = transformers.into_iter();
                models.extend(transformers.filter_map(|own| found.completed(family, own, folder)));
            }
        }
        models
    }
}

impl Found {
    /// A transformer, or two experts, with the other parts. `None` if one is missing.
    fn completed(
        &self,
        family: Family,
        (transformer, low_noise): (PathBuf, Option<PathBuf>),
        folder: &Path,
    ) -> Option<ModelFiles> {
        let [vaes, texts] = [PartName::Vae, PartName::Text].map(|part| self.of(family, part));
        let [vae, text] = family.companions_of(&transformer, [&vaes, &texts])?;
        let beside = [text.parent().unwrap_or(folder)];
        let image_encoders = self.of(family, PartName::ImageEncoder);
        Some(ModelFiles {
            family,
            transformer,
            low_noise,
            modules: Vec::new(),
            vae,
            tokenizer: family.tokenizer_in(&beside),
            other_tokenizer: family.other_tokenizer_in(&beside),
            image_encoder: family.image_encoder_of(&image_encoders),
            text,
        })
    }

    /// The files of a part of this family's models.
    fn of(&self, family: Family, part: PartName) -> Vec<&Path> {
        let parts = self.parts.iter();
        let parts = parts.filter(|(of, kind, _)| (*of, *kind) == (family, part));
        parts.map(|(_, _, path)| path.as_path()).collect()
    }
}
