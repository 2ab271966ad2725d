//! The form of the dialog that renames a sequence.

use kinora_studio::timeline::SequenceId;

/// The fields of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceNameForm {
    pub sequence: SequenceId,
    pub name: String,
}
