//! The procedural world, the training loops that make the starter model of it, and the measures of what
//! the model has learnt.

pub mod world;
