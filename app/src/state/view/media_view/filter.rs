//! The filters of the media panel, with their names and tooltips. A filter lists imports by kind, use or missing file, or
//! the takes.

/// The imports that are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaFilter {
    #[default]
    All,
    Video,
    Pictures,
    Sound,
    Favourites,
    NotUsed,
    Missing,
    /// The takes instead of the imports.
    Takes,
}

impl MediaFilter {
    /// All filters with their names.
    pub const ALL: [(Self, &str); 8] = [
        (Self::All, "All"),
        (Self::Video, "Video"),
        (Self::Pictures, "Pictures"),
        (Self::Sound, "Sound"),
        (Self::Favourites, "Favourites"),
        (Self::NotUsed, "Not used"),
        (Self::Missing, "Missing"),
        (Self::Takes, "Takes"),
    ];

    /// What it lists.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::All => "List all imports",
            Self::Video => "List the videos",
            Self::Pictures => "List the still pictures",
            Self::Sound => "List the sound files",
            Self::Favourites => "List the favourites",
            Self::NotUsed => "List the imports that no clip uses",
            Self::Missing => "List the imports whose file is missing",
            Self::Takes => "List the takes and stills of all shots",
        }
    }
}
