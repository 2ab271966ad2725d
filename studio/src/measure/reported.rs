//! A take with its measures, as tables and plots of a film show it.

use kinora_measure::CameraReport;
use kinora_timeline::ContentHash;

use super::CameraMeasure;
use super::appearance::{AppearanceMeasure, CharacterMeasure};

/// The letters of a take's name in titles and file names.
const NAME_LETTERS: usize = 8;

/// A take of a film that was measured.
#[derive(Clone, Copy, Debug)]
pub struct ReportedTake<'m> {
    /// The name of its shot; empty if the project has no such shot.
    pub shot: &'m str,
    /// Its name.
    pub take: ContentHash,
    /// Whether it is the chosen take of its shot.
    pub is_chosen: bool,
    /// The measure of its camera. `None`: it has no camera path.
    pub camera: Option<&'m CameraMeasure>,
    /// The measure of its appearance.
    pub appearance: Option<&'m AppearanceMeasure>,
}

impl<'m> ReportedTake<'m> {
    /// The first letters of its name.
    pub fn short_name(&self) -> String {
        self.take.to_string().chars().take(NAME_LETTERS).collect()
    }

    /// What is reported of its camera.
    pub(super) fn report(&self) -> Option<&'m CameraReport> {
        self.camera.map(|measure| &measure.report)
    }

    /// Its characters.
    pub(super) fn cast(&self) -> &'m [CharacterMeasure] {
        match self.appearance {
            Some(measure) => &measure.identity,
            None => &[],
        }
    }
}
