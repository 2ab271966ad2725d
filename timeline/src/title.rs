//! Words on the picture.

use serde::{Deserialize, Serialize};

use crate::TitleId;

/// A title or a subtitle. Where and when it stands is the clip's matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Title {
    /// Its name for life.
    pub id: TitleId,
    /// What it says; may have several lines.
    pub text: String,
    /// Which of the two it is.
    pub role: TitleRole,
    /// The height of its letters as a fraction of the frame's height.
    pub size: f32,
    /// In sRGB.
    pub colour: (u8, u8, u8),
    /// Where the text stands across.
    pub align: Align,
}

/// What words are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TitleRole {
    /// Part of the picture.
    Title,
    /// Speech or explanation, which can also be exported apart.
    Subtitle,
}

/// Where text stands across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "they say it")]
pub enum Align {
    Left,
    Middle,
    Right,
}

impl Title {
    /// Plain white words; the id is given when added.
    pub fn new(text: &str, role: TitleRole) -> Self {
        let size = if role == TitleRole::Title { 0.1 } else { 0.05 };
        Self {
            id: TitleId(0),
            text: text.into(),
            role,
            size,
            colour: (255, 255, 255),
            align: Align::Middle,
        }
    }
}
