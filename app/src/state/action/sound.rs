//! Actions on sound: sound that is generated as shots of its own, and the card that records a voice-over. Both end as
//! clips on audio tracks.

use kinora_studio::timeline::CharacterId;

/// Sound that is generated as shots of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum SoundAction {
    /// Music for the range between in and out.
    Music(MusicRequest),
    /// A line that a character says, at the playhead.
    Line(LineRequest),
}

/// Music that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MusicRequest {
    pub prompt: String,
    pub negative: String,
    /// The id of the model; empty for the one that suits best.
    pub model: String,
    /// `None`: a random one.
    pub seed: Option<u64>,
}

/// A line that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRequest {
    pub character: CharacterId,
    pub text: String,
    pub seconds: f64,
    pub adds_subtitle: bool,
}

/// The card that records a voice-over.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiceOverAction {
    Close,
    /// Look for microphones again.
    LookAgain,
    /// Listen to the microphone of this name.
    Choose(String),
    CountIn(bool),
    MuteFilm(bool),
    Start,
    /// End the recording, or the count-in.
    Stop,
    PutOutClipLight,
}
