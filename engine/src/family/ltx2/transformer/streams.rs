//! The two streams of the transformer, of which one may be missing: the picture and the sound.
//! Their parameters have the same names, those of the sound with `audio_` before them.

use kinora_wire::Failure;

/// What a stream makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    /// The picture.
    Video,
    /// The sound.
    Audio,
}

/// Something for each stream that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams<T> {
    /// Of the picture.
    pub video: Option<T>,
    /// Of the sound.
    pub audio: Option<T>,
}

impl Modality {
    /// Both, in the order in which a block runs them.
    pub const ALL: [Self; 2] = [Self::Video, Self::Audio];

    /// The name of one of its parameters in the original release.
    pub fn named(self, name: &str) -> String {
        match self {
            Self::Video => name.to_owned(),
            Self::Audio => format!("audio_{name}"),
        }
    }

    /// Its name in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Video => "picture",
            Self::Audio => "sound",
        }
    }
}

impl<T> Streams<T> {
    /// The parts as references.
    pub fn as_ref(&self) -> Streams<&T> {
        Streams {
            video: self.video.as_ref(),
            audio: self.audio.as_ref(),
        }
    }

    /// The part of one stream.
    pub fn get(&self, modality: Modality) -> Option<&T> {
        match modality {
            Modality::Video => self.video.as_ref(),
            Modality::Audio => self.audio.as_ref(),
        }
    }

    /// The part of one stream, to be changed.
    pub fn get_mut(&mut self, modality: Modality) -> Option<&mut T> {
        match modality {
            Modality::Video => self.video.as_mut(),
            Modality::Audio => self.audio.as_mut(),
        }
    }

    /// Something made of each part. The first error ends the work.
    pub fn try_map<U>(
        self,
        mut make: impl FnMut(Modality, T) -> Result<U, Failure>,
    ) -> Result<Streams<U>, Failure> {
        let video = self.video.map(|part| make(Modality::Video, part));
        let video = video.transpose()?;
        let audio = self.audio.map(|part| make(Modality::Audio, part));
        Ok(Streams {
            video,
            audio: audio.transpose()?,
        })
    }

    /// Both parts, if both are there.
    pub fn both(self) -> Option<(T, T)> {
        self.video.zip(self.audio)
    }
}
