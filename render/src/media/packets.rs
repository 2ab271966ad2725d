//! The packets of a file from its start to its end, as far as they can be read.

use ffmpeg::Packet;
use ffmpeg::format::context::Input;
use ffmpeg::format::context::input::PacketIter;
use ffmpeg_the_third as ffmpeg;

/// Errors in a row after which no more packets are expected.
pub(super) const MOST_ERRORS: u32 = 64;

/// Reads packet after packet, and goes on after those that cannot be read.
pub(super) struct Packets<'i> {
    packets: PacketIter<'i>,
    /// Packets that could not be read.
    pub errors: u32,
}

impl<'i> Packets<'i> {
    /// The packets from the present place on.
    pub fn of(input: &'i mut Input) -> Self {
        Self {
            packets: input.packets(),
            errors: 0,
        }
    }

    /// The next packet with the number of its stream.
    pub fn next(&mut self) -> Option<(usize, Packet)> {
        for _ in 0..=MOST_ERRORS {
            match self.packets.next()? {
                Ok((stream, packet)) => return Some((stream.index(), packet)),
                Err(_) => self.errors += 1,
            }
        }
        None
    }
}
