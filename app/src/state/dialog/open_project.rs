//! The form of the dialog that opens a project.

/// The fields of the form.
#[derive(Default)]
pub struct OpenProjectForm {
    pub place: String,
}
