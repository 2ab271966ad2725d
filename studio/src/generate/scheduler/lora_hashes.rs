//! The hashes of LoRA files that an order needs before it starts: the file that is being hashed, and those that are
//! known.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kinora_wire::JobId;

use crate::generate::queue::OrderId;

/// A LoRA file that is being hashed.
pub(super) struct HashingLora {
    pub(super) job: JobId,
    /// The order that needs its hash. It may be cancelled meanwhile.
    pub(super) order: OrderId,
    pub(super) file: PathBuf,
}

/// The SHA-256 of the LoRA files that were hashed for an order. Each order has them hashed anew, since a file may be
/// replaced while the program runs; the engine keeps the hashes of files that have not changed.
#[derive(Default)]
pub(super) struct LoraHashes {
    /// None: of no order.
    order: Option<OrderId>,
    known: BTreeMap<PathBuf, String>,
}

impl LoraHashes {
    /// Those of an order. They replace those of any other.
    pub(super) fn of(&mut self, order: OrderId) -> &mut BTreeMap<PathBuf, String> {
        if self.order != Some(order) {
            self.order = Some(order);
            self.known.clear();
        }
        &mut self.known
    }
}
