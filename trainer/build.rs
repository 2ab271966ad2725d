//! Links libtorch, as the engine does.

#[path = "../engine/build/libtorch.rs"]
mod libtorch;

fn main() {
    libtorch::link();
}
