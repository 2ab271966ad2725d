//! The view state of the queue panel.

use kinora_studio::generate::queue::OrderId;

/// What the queue panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueView {
    /// The running order whose *Cancel* button was pressed once. The second press cancels it.
    pub is_cancelling: Option<OrderId>,
}
