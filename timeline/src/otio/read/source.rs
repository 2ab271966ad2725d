//! The sources of the clips of other programs: media, by their addresses, and titles.

use std::sync::Arc;

use super::Reader;
use crate::media::{Extent, Medium, MediumMarks, PictureSettings};
use crate::otio::address::{candidates, file_name};
use crate::otio::generator::generated_text;
use crate::otio::json::{Object, schema_of, text};
use crate::title::{Title, TitleRole};
use crate::track::TrackKind;
use crate::{ContentHash, Frames, MediumId, TitleId};

/// The folder of a project's media. A file that is not there is to be put there.
const MEDIA: &str = "media";
impl Reader {
    /// The medium of a reference, created the first time. It is missing until its file is brought in.
    pub(super) fn medium(
        &mut self,
        reference: Option<&Object>,
        child: &Object,
        kind: TrackKind,
        frames: Frames,
        is_end_known: bool,
    ) -> MediumId {
        let addresses = reference.map_or_else(Vec::new, addresses_of);
        let address = addresses.first().map_or("", String::as_str);
        let name = file_name(address).unwrap_or_else(|| name_without_file(reference, child));
        let key = candidates(address).into_iter().next();
        let key = key.unwrap_or_else(|| format!("{name}?"));
        let (picture, sound) = (kind == TrackKind::Video, kind == TrackKind::Audio);
        let rate = self.project.rate();
        // A cut that was read before has the placeholders of then.
        let content = ContentHash::of(key.as_bytes());
        let earlier = || {
            let found = self.project.medium_with_content(content);
            found.map(|medium| medium.id)
        };
        let known = self.media.get(&key).copied().or_else(earlier);
        if let Some(medium) = known.and_then(|id| self.project.medium(id)) {
            let mut medium = Medium::clone(medium);
            let known = medium.available(rate).unwrap_or(frames);
            medium.extent = Extent::Video {
                rate,
                frames: known.max(frames),
            };
            (medium.has_picture, medium.has_sound) =
                (medium.has_picture || picture, medium.has_sound || sound);
            let id = medium.id;
            if is_end_known {
                self.open_ended.remove(&id);
            }
            self.project.media.insert(id, medium.into());
            self.media.insert(key, id);
            return id;
        }
        let id = MediumId(self.id(None));
        let file = name.replace(['/', '\\', '\0'], "_");
        let medium = Medium {
            id,
            name,
            content, // of no file, until one is brought in
            path: format!("{MEDIA}/{file}"),
            extent: Extent::Video { rate, frames },
            has_picture: picture,
            has_sound: sound,
            marks: MediumMarks::default(),
            picture: PictureSettings::default(),
        };
        self.project.media.insert(id, medium.into());
        self.media.insert(key, id);
        if !is_end_known {
            self.open_ended.insert(id);
        }
        if !addresses.is_empty() {
            self.files.media.insert(id, addresses);
        }
        id
    }

    /// The title of a generator with a text.
    pub(super) fn title(&mut self, reference: Option<&Object>, kind: TrackKind) -> Option<TitleId> {
        let words = generated_text(reference?).filter(|_| kind == TrackKind::Video)?;
        let id = TitleId(self.id(None));
        let title = Title {
            id,
            ..Title::new(&words, TitleRole::Title)
        };
        self.project.titles.insert(id, Arc::new(title));
        Some(id)
    }
}

/// The addresses of a reference, the likeliest first.
pub(super) fn addresses_of(reference: &Object) -> Vec<String> {
    let earlier = reference.get("metadata").and_then(|metadata| {
        let address = metadata.get("kinora")?.get("address")?.as_str()?;
        Some(address.to_owned())
    });
    let own = Some(text(reference, "target_url").to_owned());
    let all = own.into_iter().chain(earlier);
    all.filter(|address| !address.is_empty()).collect()
}

/// A name for something that has no file.
fn name_without_file(reference: Option<&Object>, child: &Object) -> String {
    let sequence = reference.filter(|reference| schema_of(reference) == "ImageSequenceReference");
    let pattern = sequence.map(|reference| {
        let ends = [
            text(reference, "name_prefix"),
            text(reference, "name_suffix"),
        ];
        ends.join("#")
    });
    let generator = reference.map_or("", |reference| text(reference, "generator_kind"));
    let named = reference.map_or("", |reference| text(reference, "name"));
    let names = [text(child, "name"), named, generator, schema_of(child)];
    let plain = names.into_iter().find(|name| !name.is_empty());
    pattern.unwrap_or_else(|| plain.unwrap_or("no name").to_owned())
}
