//! Maps the keys of a checkpoint file to the parameter names of the original release.
//! Each family describes the layouts of its own checkpoints.

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

    /// The shape that a parameter has in its network, where a GGUF file holds it with fewer axes. `first_length` is the
    /// first length of another parameter, by original name. `None`: the shape is as stored.
    fn whole_shape(
        &self,
        _name: &str,
        _stored: &[i64],
        _first_length: &dyn Fn(&str) -> Option<i64>,
    ) -> Option<Vec<i64>> {
        None
    }

    /// The name of a parameter in the Diffusers layout, by original name. `None`: there is no other.
    fn diffusers_name(&self, _original: &str) -> Option<String> {
        None
    }
}
