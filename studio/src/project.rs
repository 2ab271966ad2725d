//! The open project: its session, its background writes, the check of its files, and its copies.

pub mod background_session;
pub mod cache;
pub mod check;
pub mod copy;
pub mod open_mark;
pub mod pending_writes;
pub mod proxies;
pub mod session;
mod temp_cleanup;
