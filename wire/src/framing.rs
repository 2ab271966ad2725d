//! Message framing: four bytes of length (little-endian), then that many bytes of JSON, then pixels or samples if the
//! event has any. JSON keeps the hello readable for every version of the protocol.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Event;

/// Longest JSON of a message, in bytes. A larger length is a protocol error.
const LONGEST_BYTES: u32 = 16 << 20;
/// Most bytes of pixels or samples that follow a message.
pub const MOST_PAYLOAD_BYTES: usize = 1 << 30;

/// Why a message could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// The pipe failed, or ended in the middle of a message.
    #[error("the pipe broke: {0}")]
    Pipe(#[from] io::Error),
    /// The length is impossible: the other process does not use this protocol.
    #[error("what arrived is not a message (it begins with {beginning:?})")]
    NotOurs {
        /// The four bytes that should have been a length, as text.
        beginning: String,
    },
    /// The JSON is not a message of this protocol.
    #[error(
        "a message of protocol {} was expected: {why} in {text:?}",
        crate::PROTOCOL
    )]
    NotUnderstood {
        /// The parser's error.
        why: String,
        /// The start of the message, at most 200 characters.
        text: String,
    },
}

/// Writes one message and flushes it.
pub fn write<T: Serialize>(pipe: &mut impl Write, message: &T) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len())
        .ok()
        .filter(|length| *length <= LONGEST_BYTES)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the message is too long"))?;
    pipe.write_all(&length.to_le_bytes())?;
    pipe.write_all(&json)?;
    pipe.flush()
}

/// Reads one message. `None` if the pipe ends between two messages.
pub fn read<T: DeserializeOwned>(pipe: &mut impl Read) -> Result<Option<T>, BadMessage> {
    let mut length = [0; 4];
    if pipe.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    pipe.read_exact(&mut length[1..])?;
    let count = u32::from_le_bytes(length);
    if count > LONGEST_BYTES {
        let beginning = String::from_utf8_lossy(&length).into_owned();
        return Err(BadMessage::NotOurs { beginning });
    }
    // `take` instead of a buffer of `count` bytes: a wrong length costs no memory.
    let mut json = Vec::new();
    pipe.take(u64::from(count)).read_to_end(&mut json)?;
    if json.len() < count as usize {
        return Err(BadMessage::Pipe(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_slice(&json)
        .map(Some)
        .map_err(|error| BadMessage::NotUnderstood {
            why: error.to_string(),
            text: String::from_utf8_lossy(&json).chars().take(200).collect(),
        })
}

/// Writes an event and its pixels or samples. A block of another length than its message states is an error, and nothing
/// is written: the reader would take what follows for the missing bytes.
pub fn write_event(pipe: &mut impl Write, event: &Event) -> io::Result<()> {
    let Event::Progress { pixels, .. } = event else {
        return write(pipe, event);
    };
    if event.payload_bytes() != Some(pixels.len()) {
        let text = "the pixels or samples of a message have another length than it states";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    write(pipe, event)?;
    pipe.write_all(pixels)?;
    pipe.flush()
}

/// Reads an event and its pixels or samples. `None` if the pipe ends between two events.
pub fn read_event(pipe: &mut impl Read) -> Result<Option<Event>, BadMessage> {
    let Some(mut event) = read::<Event>(pipe)? else {
        return Ok(None);
    };
    let count = event
        .payload_bytes()
        .filter(|&count| count <= MOST_PAYLOAD_BYTES);
    let Some(count) = count else {
        return Err(BadMessage::NotUnderstood {
            why: "more pixels than any clip has, or sound that no clip has, are to follow".into(),
            text: format!("{event:?}"),
        });
    };
    if let Event::Progress { pixels, .. } = &mut event
        && count > 0
    {
        let mut bytes = Vec::new();
        pipe.take(count as u64).read_to_end(&mut bytes)?;
        if bytes.len() < count {
            return Err(BadMessage::Pipe(io::ErrorKind::UnexpectedEof.into()));
        }
        *pixels = bytes.into();
    }
    Ok(Some(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Request};

    fn bytes_of(message: &Request) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, message).expect("a Vec takes every byte");
        bytes
    }

    #[test]
    fn what_is_written_is_read_again_and_then_the_pipe_ends() {
        let bytes = [bytes_of(&Request::hello()), bytes_of(&Request::Devices)].concat();
        let pipe = &mut bytes.as_slice();
        assert_eq!(read(pipe).expect("first"), Some(Request::hello()));
        assert_eq!(read(pipe).expect("second"), Some(Request::Devices));
        assert_eq!(read::<Request>(pipe).expect("end"), None);
    }

    #[test]
    fn a_message_cut_anywhere_is_a_broken_pipe_not_a_message() {
        let bytes = bytes_of(&Request::Devices);
        for cut in 1..bytes.len() {
            let error = read::<Request>(&mut &bytes[..cut]).expect_err("cut");
            assert!(
                matches!(error, BadMessage::Pipe(_)),
                "cut at {cut}: {error}"
            );
        }
    }

    #[test]
    fn a_program_that_chats_is_not_taken_for_an_engine() {
        let error = read::<Event>(&mut "Loading libraries".as_bytes()).expect_err("chat");
        assert_eq!(
            error.to_string(),
            "what arrived is not a message (it begins with \"Load\")"
        );
    }

    #[test]
    fn an_unknown_word_is_named() {
        let mut bytes = Vec::new();
        write(&mut bytes, &serde_json::json!({"event": "sing"})).expect("a Vec takes every byte");
        let error = read::<Event>(&mut bytes.as_slice()).expect_err("unknown");
        assert!(error.to_string().contains("sing"), "{error}");
    }

    #[test]
    fn pixels_follow_their_event_and_a_cut_there_is_a_broken_pipe() {
        let event = Event::Progress {
            job: crate::JobId(4),
            progress: crate::Progress::Frames {
                first: 1,
                picture: crate::PixelShape {
                    frames: 2,
                    width: 3,
                    height: 1,
                },
            },
            pixels: (0..18).collect::<Vec<u8>>().into(),
        };
        let mut bytes = Vec::new();
        write_event(&mut bytes, &event).expect("a Vec takes every byte");
        write_event(
            &mut bytes,
            &Event::Devices {
                devices: Vec::new(),
            },
        )
        .expect("the same");
        let pipe = &mut bytes.as_slice();
        assert_eq!(read_event(pipe).expect("sound"), Some(event));
        assert!(matches!(read_event(pipe), Ok(Some(Event::Devices { .. }))));
        let cut = bytes.len() - 60;
        assert!(matches!(
            read_event(&mut &bytes[..cut]),
            Err(BadMessage::Pipe(_))
        ));
    }

    /// Three samples of two channels.
    fn sound_event(sound: crate::SoundShape, pixels: Vec<u8>) -> Event {
        Event::Progress {
            job: crate::JobId(4),
            progress: crate::Progress::Sound {
                first_sample: 48_000,
                sound,
            },
            pixels: pixels.into(),
        }
    }

    fn three_samples() -> crate::SoundShape {
        crate::SoundShape {
            samples: 3,
            channels: 2,
            rate_hz: crate::SoundShape::RATE_HZ,
        }
    }

    #[test]
    fn samples_follow_their_event_and_a_cut_anywhere_is_a_broken_pipe() {
        let values = [0.0, -0.5, 1.0, f32::MIN_POSITIVE, -1.0, 0.25];
        let event = sound_event(three_samples(), crate::SoundShape::to_bytes(&values));
        let mut bytes = Vec::new();
        write_event(&mut bytes, &event).expect("a Vec takes every byte");
        for cut in 1..bytes.len() {
            let error = read_event(&mut &bytes[..cut]).expect_err("cut");
            assert!(
                matches!(error, BadMessage::Pipe(_)),
                "cut at {cut}: {error}"
            );
        }
        let read = read_event(&mut bytes.as_slice()).expect("whole");
        assert_eq!(read.as_ref(), Some(&event));
        let Some(Event::Progress { pixels, .. }) = read else {
            panic!("progress");
        };
        let again: Vec<u32> = three_samples().split(&pixels).map(f32::to_bits).collect();
        assert_eq!(again, values.map(f32::to_bits));
    }

    #[test]
    fn sound_that_no_clip_has_is_refused_before_its_samples() {
        let good = three_samples();
        let hostile = [
            crate::SoundShape {
                channels: 0,
                ..good
            },
            crate::SoundShape {
                channels: 3,
                ..good
            },
            crate::SoundShape { rate_hz: 0, ..good },
            crate::SoundShape {
                rate_hz: 44_100,
                ..good
            },
            crate::SoundShape {
                samples: u32::MAX,
                ..good
            },
            crate::SoundShape { samples: 0, ..good },
        ];
        for shape in hostile {
            let mut bytes = Vec::new();
            write(&mut bytes, &sound_event(shape, Vec::new())).expect("a Vec takes every byte");
            let error = read_event(&mut bytes.as_slice()).expect_err("hostile");
            assert!(
                matches!(error, BadMessage::NotUnderstood { .. }),
                "{shape:?}: {error}"
            );
        }
    }

    #[test]
    fn a_block_of_another_length_than_stated_is_not_written() {
        let short = sound_event(three_samples(), vec![0; 20]);
        let mut bytes = Vec::new();
        write_event(&mut bytes, &short).expect_err("20 bytes are not 24");
        assert!(bytes.is_empty());
    }

    #[test]
    fn a_lying_length_costs_no_memory() {
        let bytes = [&LONGEST_BYTES.to_le_bytes()[..], b"{}"].concat();
        assert!(matches!(
            read::<Event>(&mut bytes.as_slice()),
            Err(BadMessage::Pipe(_))
        ));
    }
}
