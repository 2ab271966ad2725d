//! All unsafe code of this crate: what FFmpeg's packets and frames say and its safe wrapper does not.
//! Each item is a safe function around a foreign field, with the reason why it is sound.

#![allow(
    unsafe_code,
    reason = "the workspace denies unsafe code everywhere but in its two modules of this name"
)]

use ffmpeg::Packet;
use ffmpeg::frame::Video;
use ffmpeg::packet::Ref as _;
use ffmpeg_the_third as ffmpeg;

/// Whether the file says that a packet is decoded, but not shown: it lies outside an edit list.
pub fn is_hidden(packet: &Packet) -> bool {
    // SAFETY: the pointer is that of the packet's own structure, which lives as long as the borrow and is only read.
    let flags = unsafe { (*packet.as_ptr()).flags };
    flags & ffmpeg::ffi::AV_PKT_FLAG_DISCARD != 0
}

/// Whether parts of a decoded frame were damaged, and were made up by the decoder.
pub fn has_decode_errors(frame: &Video) -> bool {
    // SAFETY: the pointer is that of the frame's own structure, which lives as long as the borrow and is only read.
    let flags = unsafe { (*frame.as_ptr()).decode_error_flags };
    flags != 0
}

/// Says when a frame that no decoder of FFmpeg has made is shown, in ticks.
pub fn set_time(frame: &mut Video, ticks: i64) {
    frame.set_pts(Some(ticks));
    // SAFETY: the pointer is that of the frame's own structure, which lives as long as the exclusive borrow; the field is
    // a plain number.
    unsafe { (*frame.as_mut_ptr()).best_effort_timestamp = ticks };
}
