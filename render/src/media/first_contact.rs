//! First contact with a file of a project: a program may have files read elsewhere, before this process reads them itself.
//! A file that was refused there is not opened here.

use std::path::Path;
use std::sync::OnceLock;

use super::MediaError;

/// Makes first contact with the file at the first path, whose probe has its place at the second one. Returns at once where
/// that was done before. Called often, and from any thread.
///
/// # Errors
/// This process must not read the file.
pub type FirstContact = fn(&Path, &Path) -> Result<(), MediaError>;

static CONTACT: OnceLock<FirstContact> = OnceLock::new();

/// Has first contact made by a function, from now on. Without one, this process reads all files itself.
pub fn use_first_contact(contact: FirstContact) {
    CONTACT.set(contact).ok(); // the first one stays
}

/// Makes first contact with a file, if it was not made.
///
/// # Errors
/// This process must not read the file.
pub(crate) fn make_first_contact(path: &Path, probe: &Path) -> Result<(), MediaError> {
    CONTACT.get().map_or(Ok(()), |contact| contact(path, probe))
}
