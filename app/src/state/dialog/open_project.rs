//! The form of the dialog that opens a project.

/// What has been filled in so far.
#[derive(Default)]
pub struct OpenProjectForm {
    pub place: String,
}
