//! Where the measure of the cast joins the ranking of takes. It is kept beside takes, but not joined yet: until it is,
//! [`appearance_score`] knows of none and [`IS_MEASURED`] is false.
//!
//! To join it: give [`Candidate`] the `AppearanceMeasure` of the take, return its `cast_score` here, and set
//! [`IS_MEASURED`]. Clips without a project have none: `kinora generate` has to measure theirs. The window then offers *Rank by cast* and *both*, the command line takes `--rank cast`, and re-rolls list shots whose cast has drifted.

use super::Candidate;

/// Whether the cast of takes is measured.
pub const IS_MEASURED: bool = false;

/// How far the characters of a take are from their appearance. 0: they keep it; 1: the limit beyond which they have
/// drifted; lower is better. `None`: it is not known.
pub fn appearance_score(_take: &Candidate) -> Option<f64> {
    None
}

/// Whether the characters of a take have drifted. `None`: it is not known.
pub fn has_drifted(take: &Candidate) -> Option<bool> {
    appearance_score(take).map(|score| score > 1.0)
}
