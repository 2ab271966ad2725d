//! The engine's end of the wire: greets, hears, and ends when the studio does. What it says may come
//! from any thread, one event at a time.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

use crate::framing::{BadMessage, read, write_event};
use crate::{Event, Hello, PROTOCOL, Request};

/// Where an engine speaks. A studio that does not listen makes it wait.
#[derive(Debug)]
pub struct EventPipe<W>(Mutex<W>);

impl<W: Write> EventPipe<W> {
    /// Speaks into `pipe`.
    pub fn new(pipe: W) -> Self {
        Self(Mutex::new(pipe))
    }

    /// Says one thing. Fails when the studio is gone.
    pub fn send(&self, event: &Event) -> io::Result<()> {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write_event(&mut *pipe, event)
    }
}

/// Reads requests until the studio closes its pipe, and has each of them answered.
/// The first request must be a hello of our protocol; to any other protocol the engine
/// introduces itself all the same, so that the studio can name both, and ends.
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
