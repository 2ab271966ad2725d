//! What a key of a file is called in the original release: each family knows the layouts its checkpoints come in.

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
    /// What people call such models: "Wan".
    fn family(&self) -> &'static str;

    /// What each key of a component's files is, told by all keys together.
    fn named(&self, keys: &[&str]) -> Vec<Named>;
}
