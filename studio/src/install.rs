//! Models that can be installed: what there is, under which licence, and what of it lies in the model folder. Installs,
//! verifies, removes and moves them. Nothing is fetched unless somebody asks for it.

pub mod accepted;
pub mod catalogue;
mod failure;
pub mod fetching;
pub mod fits;
pub mod folder_move;
pub mod listing;
pub mod release;
pub mod removal;
pub mod settings;
pub mod state;
pub mod verification;

pub use kinora_fetch as fetch;
