//! The engine's side of the protocol: sends its hello, reads requests, and ends when the studio closes the pipe.
//! Events may be sent from any thread, one at a time.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

use crate::framing::{BadMessage, read, write_event};
use crate::{Event, Hello, PROTOCOL, Request};

/// The pipe for events. It blocks while the studio does not read.
#[derive(Debug)]
pub struct EventPipe<W>(Mutex<W>);

impl<W: Write> EventPipe<W> {
    /// Writes events into `pipe`.
    pub fn new(pipe: W) -> Self {
        Self(Mutex::new(pipe))
    }

    /// Sends one event. Fails if the studio has closed the pipe.
    pub fn send(&self, event: &Event) -> io::Result<()> {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write_event(&mut *pipe, event)
    }
}

/// Reads requests until the studio closes its pipe, and passes each to `answer`. The first request must be a hello of
/// our protocol version. For any other version the engine still sends its hello, so that the studio can report both
/// versions, and returns.
pub fn serve<W: Write>(
    requests: &mut impl Read,
    events: &EventPipe<W>,
    hello: impl FnOnce() -> Hello,
    mut answer: impl FnMut(Request) -> io::Result<()>,
) -> Result<(), BadMessage> {
    let Some(first) = read(requests)? else {
        return Ok(());
    };
    events.send(&Event::Hello(hello()))?;
    if !matches!(
        first,
        Request::Hello {
            protocol: PROTOCOL,
            ..
        }
    ) {
        return Ok(());
    }
    while let Some(request) = read(requests)? {
        answer(request)?;
    }
    Ok(())
}
