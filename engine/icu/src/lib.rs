//! The part of `icu` that `plsfix` uses: Unicode normalization.

pub use icu_normalizer as normalizer;
