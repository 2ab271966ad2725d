//! Recording a voice-over: the microphones, the choices of its card, and how far a recording is.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kinora_studio::exchange::import::Imported;
use kinora_studio::exchange::voice_over::LeftRecordings;
use kinora_studio::render::record::{
    InputDevice, InputFormat, Microphone, SoundInputs, SystemInputs,
};
use kinora_studio::timeline::{ContentHash, Frames, SequenceId};
use kinora_studio::wire::Failure;

use crate::background::task::Task;

/// The length of the count-in.
pub const COUNT_IN: Duration = Duration::from_secs(3);

/// The state of the card and of the recorder.
pub struct VoiceOver {
    /// Whether the card is shown.
    pub is_open: bool,
    /// The microphones of this machine, or those of a test.
    pub inputs: Arc<dyn SoundInputs>,
    pub looking: Option<Task<Vec<InputDevice>>>,
    /// The microphones that were found; `None` before the first look.
    pub devices: Option<Vec<InputDevice>>,
    /// The name of the chosen one; `None`: the default one.
    pub chosen: Option<String>,
    pub counts_in: bool,
    pub mutes_film: bool,
    pub microphone: Option<Microphone>,
    pub listening: Listening,
    /// The highest amplitude of the last moment.
    pub level: f32,
    pub phase: Phase,
    /// Recordings that are being imported.
    pub importing: Vec<Task<ImportedRecording>>,
    /// Recordings of earlier sessions that are being imported.
    pub importing_left: Option<Task<(PathBuf, LeftRecordings)>>,
    /// Files and their contents. They are removed when the open project is on the disk, if it has the contents then.
    pub imported_files: Vec<(PathBuf, ContentHash)>,
}

/// How the chosen microphone is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    Opening,
    To(InputFormat),
    /// It cannot be opened or is lost, with the system's reason.
    Failed(String),
}

/// How far a recording is.
pub enum Phase {
    Idle,
    /// It begins when this time is over.
    CountIn {
        since: Instant,
    },
    Recording(Take),
    /// The file is being ended.
    Ending(Take),
}

/// A recording in progress.
pub struct Take {
    /// The folder of its project.
    pub folder: PathBuf,
    /// The sequence that was open.
    pub sequence: SequenceId,
    /// The frame of the sequence where it begins.
    pub at: Frames,
    pub since: Instant,
    /// The moment when the first frame was heard, once it is known.
    pub start: Arc<OnceLock<Instant>>,
    /// Whether the film plays with it.
    pub plays: bool,
}

/// A recording that was imported, or the reason why not; its file is then still there.
pub struct ImportedRecording {
    /// The folder of its project.
    pub folder: PathBuf,
    pub sequence: SequenceId,
    pub at: Frames,
    pub file: PathBuf,
    pub imported: Result<Imported, Failure>,
}

impl Default for VoiceOver {
    fn default() -> Self {
        Self {
            is_open: false,
            inputs: Arc::new(SystemInputs),
            looking: None,
            devices: None,
            chosen: None,
            counts_in: true,
            mutes_film: false,
            microphone: None,
            listening: Listening::Opening,
            level: 0.0,
            phase: Phase::Idle,
            importing: Vec::new(),
            importing_left: None,
            imported_files: Vec::new(),
        }
    }
}

impl VoiceOver {
    /// Whether a recording runs or is about to.
    pub fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// Whether a recording can be started.
    pub fn is_ready(&self) -> bool {
        !self.is_busy() && matches!(self.listening, Listening::To(_))
    }

    /// The microphone is gone, with the system's reason. What it has recorded was reported before.
    pub fn lose(&mut self, reason: String) {
        self.listening = Listening::Failed(reason);
        self.microphone = None;
        self.phase = Phase::Idle;
    }

    /// What is happening, in words.
    pub fn status(&self) -> String {
        match &self.phase {
            Phase::CountIn { since } => {
                let left = COUNT_IN.saturating_sub(since.elapsed());
                format!("Starts in {}", left.as_secs_f32().ceil().max(1.0))
            }
            Phase::Recording(take) => {
                let seconds = take.since.elapsed().as_secs();
                format!("Recording {}:{:02}", seconds / 60, seconds % 60)
            }
            Phase::Ending(_) => "Saving the recording".into(),
            Phase::Idle => match &self.listening {
                Listening::Opening => "Opening the microphone…".into(),
                Listening::To(format) => words_of(*format),
                Listening::Failed(reason) => format!("The microphone cannot be used: {reason}"),
            },
        }
    }
}

fn words_of(format: InputFormat) -> String {
    let channels = match format.channels {
        1 => "mono",
        _ => "stereo",
    };
    format!(
        "Ready: {} kHz, {channels}",
        f64::from(format.rate_hz) / 1000.0
    )
}

#[cfg(test)]
mod tests {
    use kinora_studio::timeline::Project;

    use super::*;

    #[test]
    fn the_card_says_what_is_happening() {
        let mut voice_over = VoiceOver::default();
        assert_eq!(voice_over.status(), "Opening the microphone…");
        voice_over.listening = Listening::To(InputFormat {
            rate_hz: 44_100,
            channels: 1,
        });
        assert_eq!(voice_over.status(), "Ready: 44.1 kHz, mono");
        assert!(voice_over.is_ready());
        voice_over.phase = Phase::CountIn {
            since: Instant::now(),
        };
        assert_eq!(voice_over.status(), "Starts in 3");
        assert!(voice_over.is_busy() && !voice_over.is_ready());
    }

    #[test]
    fn a_microphone_that_is_lost_before_its_recording_begins_leaves_none_that_is_saved_for_ever() {
        let take = Take {
            folder: PathBuf::new(),
            sequence: Project::default().open_sequence(),
            at: Frames::ZERO,
            since: Instant::now(),
            start: Arc::default(),
            plays: false,
        };
        let mut voice_over = VoiceOver {
            phase: Phase::Ending(take),
            ..VoiceOver::default()
        };
        assert_eq!(voice_over.status(), "Saving the recording");
        voice_over.lose("unplugged".into());
        let words = "The microphone cannot be used: unplugged";
        assert_eq!(voice_over.status(), words);
        assert!(!voice_over.is_busy() && !voice_over.is_ready());
    }
}
