//! Takes: the recipe that names one, the store on disk, the worker that makes one, and the comparison with a repeat.

pub mod based_shot;
pub mod control;
pub mod cost;
pub mod estimate_request;
pub(crate) mod failure;
mod flat_recipe;
pub mod identity;
pub mod lora_fit;
pub mod lora_reference;
pub mod loras;
mod note;
pub mod prompt_history;
pub mod recipe;
pub mod recipe_builder;
pub mod reproduce;
pub mod request;
pub(crate) mod resolve;
pub mod shot_settings;
pub mod take_sound;
pub mod take_store;
pub mod take_writer;
pub(crate) mod worker;
