//! Messages on their way from the thread of the reader to the caller. Messages with pixels are few at a time, so that a slow
//! caller makes the engine wait.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use super::EngineMessage;
use crate::Event;

/// Messages with pixels that may wait for the caller. After that the pipe fills and the engine waits with its next
/// frames, which are large. Messages without pixels are small and never wait.
const PIXEL_MESSAGE_CAPACITY: usize = 8;

/// Messages on their way from the reader's thread to the caller.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: Receiver<EngineMessage>,
    /// One entry for each message with pixels that waits.
    pixel_slots: Receiver<()>,
}

pub(super) struct Outbox {
    messages: Sender<EngineMessage>,
    pixel_slots: SyncSender<()>,
}

pub(super) fn mailbox() -> (Outbox, Inbox) {
    let (to_caller, messages) = channel();
    let (slot, pixel_slots) = sync_channel(PIXEL_MESSAGE_CAPACITY);
    let outbox = Outbox {
        messages: to_caller,
        pixel_slots: slot,
    };
    let inbox = Inbox {
        messages,
        pixel_slots,
    };
    (outbox, inbox)
}

impl Inbox {
    pub(super) fn receive(&self, timeout: Duration) -> Option<EngineMessage> {
        let message = match self.messages.recv_timeout(timeout) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        if has_pixels(&message) {
            self.pixel_slots.try_recv().ok();
        }
        Some(message)
    }
}

impl Outbox {
    /// Blocks while too many messages with pixels wait.
    pub(super) fn send(&self, message: EngineMessage) {
        if !has_pixels(&message) || self.pixel_slots.send(()).is_ok() {
            self.messages.send(message).ok();
        }
    }

    /// Never blocks: if too many messages with pixels wait, this one is dropped.
    pub(super) fn send_or_drop(&self, message: EngineMessage) {
        if !has_pixels(&message) || self.pixel_slots.try_send(()).is_ok() {
            self.messages.send(message).ok();
        }
    }
}

fn has_pixels(message: &EngineMessage) -> bool {
    matches!(message, EngineMessage::Event(Event::Progress { pixels, .. }) if !pixels.is_empty())
}
