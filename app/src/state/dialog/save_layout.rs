//! The form of the dialog that saves the present layout under a name.

use crate::state::view::layout::BuiltInLayout;

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveLayoutForm {
    pub name: String,
}

impl SaveLayoutForm {
    /// The name, or the reason why it is invalid.
    pub fn name(&self) -> Result<&str, &'static str> {
        let name = self.name.trim();
        let is_built_in = |(_, known): &(BuiltInLayout, &str)| known.eq_ignore_ascii_case(name);
        if name.is_empty() {
            return Err("The layout needs a name.");
        }
        match BuiltInLayout::ALL.iter().any(is_built_in) {
            true => Err("A layout of Kinora has this name."),
            false => Ok(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_gets_a_name_of_its_own() {
        let named = |name: &str| {
            let form = SaveLayoutForm { name: name.into() };
            form.name().map(str::to_owned)
        };
        assert_eq!(named(" Two screens "), Ok("Two screens".to_owned()));
        for name in ["", "  ", "Editing", "camera"] {
            assert!(named(name).is_err(), "{name}");
        }
    }
}
