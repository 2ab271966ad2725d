//! What a key of a file is called in the original release. Each family knows the layouts of its own checkpoints.

/// What a key of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A parameter, by its original name.
    Parameter(String),
    /// Something that lies in such files and is no parameter: the tokenizer, a second copy.
    Aside,
}

/// The names of one component of a family's models.
pub trait Naming {
    /// The family's name for users, such as "Wan".
    fn family(&self) -> &'static str;

    /// What each key of a component's files is. The layout is recognised by all keys together.
    fn named(&self, keys: &[&str]) -> Vec<Named>;
}
