//! The settings of serde for fields that are left out of a file while they have their usual value.

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(crate) fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
pub(crate) fn is_yes(value: &bool) -> bool {
    *value
}
