//! The form of the dialog that changes the frame rate and the picture size of the open project.

use kinora_studio::timeline::Edit;
use kinora_studio::timeline::edit::conform::ConformReport;
use kinora_studio::timeline::edit::library::Library;
use kinora_studio::{FrameRate, Project, Size};

/// The fields of the form.
pub struct ProjectSettingsForm {
    pub rate: FrameRate,
    pub size: Size,
    /// The effect of a frame rate on the clips. Kept, because it is shown in every frame.
    effect: Option<(FrameRate, String)>,
}

impl ProjectSettingsForm {
    /// A form with the settings of a project.
    pub fn of(project: &Project) -> Self {
        Self {
            rate: project.rate(),
            size: project.size(),
            effect: None,
        }
    }

    /// Whether the form differs from the project.
    pub fn is_changed(&self, project: &Project) -> bool {
        (self.rate, self.size) != (project.rate(), project.size())
    }

    /// What the frame rate of the form does to the clips; empty if it is that of the project.
    pub fn effect(&mut self, project: &Project) -> &str {
        let rate = self.rate;
        let kept = self.effect.take().filter(|(of, _)| *of == rate);
        let (_, text) = self.effect.insert(kept.unwrap_or_else(|| {
            let text = effect_of(rate, project);
            (rate, text)
        }));
        text
    }
}

fn effect_of(rate: FrameRate, project: &Project) -> String {
    if rate == project.rate() {
        return String::new();
    }
    match Edit::Library(Library::Conform(rate)).apply(project) {
        Ok(after) => report_text(&ConformReport::of(project, &after), rate),
        Err(refusal) => format!("The frame rate cannot be changed: {refusal}."),
    }
}

/// "48 clips are fitted to 25 frames per second; the longest change is 20 ms."
fn report_text(report: &ConformReport, rate: FrameRate) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    if report.fitted + report.removed == 0 {
        return "The timeline is empty: no clip changes.".into();
    }
    let fitted = counted(report.fitted, "clip is fitted", "clips are fitted");
    let change_ms = report.longest_change_seconds * 1000.0;
    let mut sentences = vec![format!(
        "{fitted} to {rate} frames per second; the longest change is {change_ms:.0} ms."
    )];
    if report.shortened > 0 {
        let clips = counted(report.shortened, "clip is", "clips are");
        sentences.push(format!(
            "{clips} shortened, because the source has no more frames."
        ));
    }
    if report.removed > 0 {
        let clips = counted(report.removed, "clip is", "clips are");
        sentences.push(format!(
            "{clips} removed, because less than half a frame would be left."
        ));
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_of_another_frame_rate_is_shown_in_words() {
        let report = ConformReport {
            fitted: 48,
            shortened: 0,
            removed: 0,
            longest_change_seconds: 0.02,
        };
        let rate = FrameRate::COMMON[3];
        assert_eq!(
            report_text(&report, rate),
            "48 clips are fitted to 25 frames per second; the longest change is 20 ms."
        );
        let report = ConformReport {
            fitted: 1,
            shortened: 1,
            removed: 2,
            ..report
        };
        let text = report_text(&report, rate);
        assert!(text.starts_with("1 clip is fitted to 25"), "{text}");
        assert!(text.contains("1 clip is shortened") && text.contains("2 clips are removed"));
        let none = report_text(&ConformReport::default(), rate);
        assert_eq!(none, "The timeline is empty: no clip changes.");
    }

    #[test]
    fn the_form_says_nothing_about_the_rate_of_the_project() {
        let project = Project::default();
        let mut form = ProjectSettingsForm::of(&project);
        assert!(!form.is_changed(&project));
        assert_eq!(form.effect(&project), "");
        form.rate = FrameRate::COMMON[3];
        assert!(form.is_changed(&project));
        assert_eq!(
            form.effect(&project),
            "The timeline is empty: no clip changes."
        );
        form.rate = project.rate();
        assert_eq!(form.effect(&project), "");
    }
}
