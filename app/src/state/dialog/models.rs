//! The dialog of models: the list, the page of a licence, and the question before a removal.

use kinora_studio::install::listing::Listing;

use crate::background::task::Task;

/// The dialog.
pub struct ModelsForm {
    pub page: ModelsPage,
    /// The list as it was last read.
    pub listing: Option<Listing>,
    /// The list while it is read again.
    pub reading: Option<Task<Result<Listing, String>>>,
}

/// What the dialog shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ModelsPage {
    #[default]
    List,
    /// The licence of the release with this id.
    Licence(String),
    /// The question before the removal of the release with this id.
    Remove(String),
}
