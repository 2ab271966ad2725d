//! Maps the keys of a checkpoint file to the parameter names of the original release.
//! Each family knows the layouts of its own checkpoints.

/// The meaning of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A parameter, by its original name.
    Parameter(String),
    /// Not a parameter, such as an embedded tokenizer or a second copy of a tensor.
    Ignored,
}

/// The key layouts of one component of a family's models.
pub trait Naming {
    /// The family's display name, such as "Wan".
    fn family(&self) -> &'static str;

    /// The meaning of each key of a component's files, in the same order. The layout is detected from all keys
    /// together.
    fn named(&self, keys: &[&str]) -> Vec<Named>;
}
