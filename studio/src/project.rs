//! The open project: its session, its background writes, and the check of its files.

pub mod background_session;
pub mod check;
pub mod pending_writes;
pub mod session;
mod temp_cleanup;
