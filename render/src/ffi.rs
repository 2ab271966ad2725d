//! All unsafe code of this crate: what FFmpeg's packets and frames say and its safe wrapper does not.
//! Each item is a safe function around a foreign field, with the reason why it is sound.

#![allow(
    unsafe_code,
    reason = "the workspace denies unsafe code everywhere but in its two modules of this name"
)]

use ffmpeg::Packet;
use ffmpeg::codec::parameters::{ParametersMut, ParametersRef};
use ffmpeg::ffi::{
    AVColorPrimaries, AVColorRange, AVColorSpace, AVColorTransferCharacteristic as AVTransfer,
};
use ffmpeg::format::context::Output;
use ffmpeg::frame::Video;
use ffmpeg::packet::{Mut as _, Ref as _};
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

/// Sets the tag of the codec that a file is written with.
pub fn set_tag(mut parameters: ParametersMut<'_>, tag: [u8; 4]) {
    // SAFETY: the pointer is that of the stream's own structure, which lives as long as the exclusive borrow; the field is
    // a plain number.
    unsafe { (*parameters.as_mut_ptr()).codec_tag = u32::from_le_bytes(tag) };
}

/// Writes a packet without bytes, which the wrapper refuses: its side data is a header that the encoder has at the end
/// only, as FLAC's with the number and the checksum of all samples.
pub fn write_without_bytes(packet: &mut Packet, output: &mut Output) -> Result<(), ffmpeg::Error> {
    // SAFETY: both pointers are those of the structures' own, which live as long as the exclusive borrows. FFmpeg takes what
    // the packet refers to and leaves it blank, as it does for the wrapper.
    let code = unsafe {
        ffmpeg::ffi::av_interleaved_write_frame(output.as_mut_ptr(), packet.as_mut_ptr())
    };
    match code {
        0.. => Ok(()),
        code => Err(code.into()),
    }
}

/// The numbers of matrix, range, primaries and transfer. A file may write any: the wrapper ends the program where it has
/// no name for one.
pub type ColourNumbers = (AVColorSpace, AVColorRange, AVColorPrimaries, AVTransfer);

/// What a stream says about its colours.
pub fn colours_of_stream(parameters: ParametersRef) -> ColourNumbers {
    // SAFETY: the pointer is that of the stream's own structure, which lives as long as the borrow and is only read; its
    // fields are plain numbers.
    let said = unsafe { &*parameters.as_ptr() };
    (
        said.color_space,
        said.color_range,
        said.color_primaries,
        said.color_trc,
    )
}

/// What a frame says about its colours.
pub fn colours_of_frame(frame: &Video) -> ColourNumbers {
    // SAFETY: the pointer is that of the frame's own structure, which lives as long as the borrow and is only read; its
    // fields are plain numbers.
    let said = unsafe { &*frame.as_ptr() };
    (
        said.colorspace,
        said.color_range,
        said.color_primaries,
        said.color_trc,
    )
}
