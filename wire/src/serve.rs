//! The engine's end of the wire: greets, answers, and ends when the studio does.

use std::io::{Read, Write};

use crate::framing::{BadMessage, read, write};
use crate::{Event, Hello, PROTOCOL, Request};

/// What the engine does about a request.
pub enum Answer {
    /// Says this.
    Say(Event),
    /// Has nothing to say.
    Nothing,
}

/// Reads requests until the studio closes its pipe, and writes an answer to each.
/// The first request must be a hello of our protocol; to any other protocol the engine
/// introduces itself all the same, so that the studio can name both, and ends.
pub fn serve(
    requests: &mut impl Read,
    events: &mut impl Write,
    hello: impl FnOnce() -> Hello,
    mut answer: impl FnMut(Request) -> Answer,
) -> Result<(), BadMessage> {
    let Some(first) = read(requests)? else {
        return Ok(());
    };
    write(events, &Event::Hello(hello()))?;
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
        if let Answer::Say(event) = answer(request) {
            write(events, &event)?;
        }
    }
    Ok(())
}
