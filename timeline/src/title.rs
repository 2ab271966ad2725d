//! Titles and subtitles.

use serde::{Deserialize, Serialize};

use crate::TitleId;

/// A title or a subtitle. Its place and time are those of its clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Title {
    /// Unique within the project, and permanent.
    pub id: TitleId,
    /// The text; may have several lines.
    pub text: String,
    /// Title or subtitle.
    pub role: TitleRole,
    /// The height of its letters as a fraction of the frame's height.
    pub size: f32,
    /// In sRGB.
    pub colour: (u8, u8, u8),
    /// The horizontal alignment.
    pub align: Align,
}

/// The purpose of a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TitleRole {
    /// Part of the picture.
    Title,
    /// Dialogue or explanation, which can also be exported separately.
    Subtitle,
}

/// The horizontal alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Align {
    Left,
    Middle,
    Right,
}

impl Title {
    /// Plain white text; the id is assigned when it is added.
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
