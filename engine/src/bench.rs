//! `kinora-engine bench`: the networks with made-up weights, timed on any device; prints JSON for
//! whoever compares. What is measured, and against what: xtask/src/bench/engine.

use kinora_wire::Failure;

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The device, as `devices` names it.
    #[arg(long, default_value = "cpu")]
    device: String,
}

/// Measures.
pub fn bench(_arguments: &Arguments) -> Result<(), Failure> {
    Err(Failure::bug("not here yet"))
}
