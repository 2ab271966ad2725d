//! A folder that holds several models which share their parts, as that of ComfyUI: each transformer, or pair of experts,
//! with the autoencoder and the text encoder that fit it. And a model whose text encoder lies elsewhere.

use std::path::{Path, PathBuf};

use super::super::hub::is_repository;
use super::super::pair::{is_for_one_expert, models_of};
use super::{DEEPEST, Found};
use crate::family::{Family, ModelFiles, PartName};
use crate::files::entries;

impl ModelFiles {
    /// The models in a folder with several transformers, each with the modules that fit it. A transformer for which a part
    /// is missing is left out. Repositories of the hub are models of their own.
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

    /// The only model in a folder without a text encoder, with the first below `around` that fits it. `None`: something else
    /// is missing, none fits, or models of the family have theirs beside them.
    pub fn with_text_from(folder: &Path, around: &Path) -> Option<Self> {
        let mut own = Found::default();
        own.search(folder, DEEPEST);
        own.parts.append(&mut own.narrow);
        let parts = own.parts.iter();
        let transformers = parts.filter(|(_, kind, _)| *kind == PartName::Transformer);
        let transformers = transformers.map(|(family, _, path)| (*family, path.clone()));
        let transformers: Vec<(Family, PathBuf)> = transformers.collect();
        let [(family, transformer)] = &transformers[..] else {
            return None;
        };
        if !family.shares_text_encoders() || own.has(PartName::Text) || Self::is_diffusers(folder) {
            return None;
        }
        let mut all = Found::default();
        all.search(around, DEEPEST);
        all.parts.append(&mut all.narrow);
        all.parts.retain(|(_, kind, _)| *kind == PartName::Text);
        own.parts.append(&mut all.parts);
        own.completed(*family, (transformer.clone(), None), folder)
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
        let mut others = self.others(family, [&transformer, &text, &vae])?;
        others.extend(self.optional(family, &transformer));
        let beside = [text.parent().unwrap_or(folder)];
        let image_encoders = self.of(family, PartName::ImageEncoder);
        Some(ModelFiles {
            family,
            low_noise,
            modules: family.modules_of(&transformer, &self.modules(family, folder)),
            transformer,
            tokenizer: family.tokenizer_in(&beside),
            other_tokenizer: family.other_tokenizer_in(&beside),
            image_encoder: family.image_encoder_of(&image_encoders),
            others,
            vae,
            text,
        })
    }

    /// The components that only this family has: those in a file of the model itself, or else in the first file without a
    /// transformer, which may be that of another model. `None` if one is missing.
    fn others(&self, family: Family, own: [&PathBuf; 3]) -> Option<Vec<(PartName, PathBuf)>> {
        let transformers = self.of(family, PartName::Transformer);
        let others = family.other_parts().iter().map(|(part, _)| {
            let files = self.of(family, *part);
            let mut own = own.iter().map(|path| path.as_path());
            let found = own.find(|path| files.contains(path)).or_else(|| {
                let mut apart = files.iter().copied();
                apart.find(|path| !transformers.contains(path))
            });
            Some((*part, found?.to_path_buf()))
        });
        others.collect()
    }

    /// The modules that are not meant for one of two experts: a module is added to both.
    fn modules(&self, family: Family, folder: &Path) -> Vec<&Path> {
        let mut modules = self.of(family, PartName::Module);
        modules.retain(|module| !is_for_one_expert(folder, module));
        modules
    }

    /// The files of a part of this family's models.
    fn of(&self, family: Family, part: PartName) -> Vec<&Path> {
        let parts = self.parts.iter();
        let parts = parts.filter(|(of, kind, _)| (*of, *kind) == (family, part));
        parts.map(|(_, _, path)| path.as_path()).collect()
    }
}
