//! The messages that the fake engine sends about a job: its progress, grey frames, clicks, in-betweens, and what a clip
//! would take.

use std::fs;
use std::time::Duration;

use kinora_render::media::read_still;
use kinora_wire::{
    Cuda, Device, DeviceKind, Embed, Estimate, Event, Failure, FileVerdict, Generation, Hello,
    Interpolate, JobId, Makes, MemoryUse, Outcome, PixelShape, Progress, SoundShape, Timings,
    Voice,
};

use crate::models::model;

pub fn hello(protocol: u32) -> Hello {
    Hello {
        protocol,
        engine: "fake".into(),
        libtorch: "none".into(),
        libtorch_path: String::new(),
        devices: vec![Device {
            id: "cpu".into(),
            name: "a pretended processor".into(),
            kind: DeviceKind::Cpu,
            memory_total_bytes: 2 << 30,
            memory_free_bytes: 1 << 30,
            card: None,
        }],
        cuda: Cuda::NoDriver {
            why: "this engine is fake".into(),
        },
    }
}

/// Sends the complete request back, with a hint about prompts that mention foxes.
pub fn begin(job: JobId, request: &Generation, send: &mut dyn FnMut(Event)) {
    let progress = Progress::Begun {
        request: Box::new(request.with_settings(request.settings.or(&model().defaults))),
        device: "a pretended processor".into(),
        hint: request
            .inputs
            .prompt
            .contains("fox")
            .then(|| "foxes are not known here".into()),
        memory: Some(memory()),
        seconds: Some(SECONDS),
    };
    send(Event::Progress {
        job,
        progress,
        pixels: Vec::new().into(),
    });
}

/// The seconds that a clip is said to take.
const SECONDS: f64 = 83.0;

/// How a clip is said to use the memory.
fn memory() -> MemoryUse {
    MemoryUse {
        plan: "transformer in blocks".into(),
        bytes: 5_210_000_000,
        limit_bytes: 8_000_000_000,
        phases: Vec::new(),
    }
}

/// Clips wider than 4000 pixels are too large. Nothing is known of lines in a voice that the model has not.
pub fn estimate(request: &Generation) -> Estimate {
    let model = request.model.as_deref().unwrap_or_default();
    if let Some(voice) = &request.voice
        && voice.sample.is_some() != (model == "mimic")
    {
        let failure = Failure::refused("it has no such voice", "use another model");
        return Estimate::Unknown { failure };
    }
    let [width, _] = request.settings.size.unwrap_or_default();
    if width <= 4000 {
        return Estimate::Fits {
            memory: memory(),
            seconds: Some(SECONDS),
        };
    }
    let cause = "the model needs at least 90 GB for the denoising of this clip, and may use 8 GB";
    Estimate::TooLarge {
        failure: Failure::refused(cause, "make the clip smaller"),
    }
}

pub fn step(job: JobId, done: u32, of: u32, send: &mut dyn FnMut(Event)) {
    let seconds_left = Some(f64::from(of - done));
    let progress = Progress::Step {
        done,
        of,
        seconds_left,
    };
    send(Event::Progress {
        job,
        progress,
        pixels: Vec::new().into(),
    });
}

/// A frame whose grey level is its number.
pub fn frame(job: JobId, first: u32, [width, height]: [u32; 2], send: &mut dyn FnMut(Event)) {
    let pixels = vec![first as u8; (width * height * 3) as usize];
    pixels_of_frame(job, first, [width, height], pixels, send);
}

/// A frame with these pixels, in RGB.
pub fn pixels_of_frame(
    job: JobId,
    first: u32,
    [width, height]: [u32; 2],
    pixels: Vec<u8>,
    send: &mut dyn FnMut(Event),
) {
    let picture = PixelShape {
        frames: 1,
        width,
        height,
    };
    let pixels = pixels.into();
    let progress = Progress::Frames { first, picture };
    send(Event::Progress {
        job,
        progress,
        pixels,
    });
}

/// The frames between two clicks of the sound.
const CLICK_FRAMES: u64 = 4;

/// The sound that clips get.
pub struct Heard {
    /// The value of a sample, by its number; the samples of a frame are given.
    value: fn(u64, u64) -> f32,
    /// Before each block.
    pause: Duration,
}

/// Silence with a click, a sample of half the full scale, at the start of every fourth frame.
pub const CLICKS: Heard = Heard {
    value: |sample, of_frame| match sample % (CLICK_FRAMES * of_frame) {
        0 => 0.5,
        _ => 0.0,
    },
    pause: Duration::ZERO,
};

/// Noise of half the full scale, the same each time.
pub const NOISE: Heard = Heard {
    value: |sample, _| {
        let mut bits = (sample + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits >> 40) as f32 / (1 << 24) as f32 - 0.5
    },
    pause: Duration::from_millis(15),
};

/// The sound of a clip, in blocks of 4000 samples.
#[expect(clippy::disallowed_methods, reason = "its pace is what is tested")]
pub fn sound(job: JobId, heard: &Heard, (frames, rate): (u32, u32), send: &mut dyn FnMut(Event)) {
    let of_frame = u64::from(SoundShape::RATE_HZ) / u64::from(rate);
    let length = u64::from(frames) * u64::from(SoundShape::RATE_HZ) / u64::from(rate);
    let values: Vec<f32> = (0..length)
        .map(|sample| (heard.value)(sample, of_frame))
        .collect();
    let mut first_sample = 0;
    for block in values.chunks(4000) {
        std::thread::sleep(heard.pause);
        let sound = SoundShape::new(block.len() as u32, 1);
        send(Event::Progress {
            job,
            progress: Progress::Sound {
                first_sample,
                sound,
            },
            pixels: SoundShape::to_bytes(block).into(),
        });
        first_sample += block.len() as u64;
    }
}

/// The pictures of a clip at some moments: grey ones. The way to the next picture is added to the mean of the one before, a
/// hundred for all of it.
pub fn between(job: JobId, interpolate: &Interpolate, send: &mut dyn FnMut(Event)) {
    let count = interpolate.moments.len();
    for (first, moment) in (0..).zip(&interpolate.moments) {
        let path = &interpolate.clip.frames[moment.frame as usize];
        let picture = read_still(path).expect("a picture").into_rgb8();
        let picture_shape = PixelShape {
            frames: 1,
            width: picture.width(),
            height: picture.height(),
        };
        let bytes = picture.as_raw();
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        let mean = sum as f64 / bytes.len() as f64;
        let grey = (mean + moment.part * 100.0).round() as u8;
        let progress = Progress::Frames {
            first,
            picture: picture_shape,
        };
        let pixels = vec![grey; bytes.len()].into();
        send(Event::Progress {
            job,
            progress,
            pixels,
        });
        let progress = Progress::Working {
            what: "in-betweens".into(),
            done: f64::from(first + 1) / count as f64,
        };
        send(Event::Progress {
            job,
            progress,
            pixels: Vec::new().into(),
        });
    }
}

/// The mean colour of each picture, as a vector.
pub fn embedded(job: JobId, embed: &Embed, send: &mut dyn FnMut(Event)) {
    for (picture, path) in (0..).zip(&embed.pictures) {
        let pixels = read_still(path).expect("a picture").into_rgb8();
        let mut sums = [0.0_f64; 3];
        for pixel in pixels.pixels() {
            for (sum, value) in sums.iter_mut().zip(pixel.0) {
                *sum += f64::from(value);
            }
        }
        let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
        let vector = sums.map(|sum| (sum / length.max(1.0)) as f32).to_vec();
        send(Event::Progress {
            job,
            progress: Progress::Embedded { picture, vector },
            pixels: Vec::new().into(),
        });
    }
}

/// Hashes a file: its sum is the sum of its bytes.
pub fn verify(job: JobId, file: &str, send: &mut dyn FnMut(Event)) {
    let outcome = match fs::read(file) {
        Ok(bytes) => {
            let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
            let verdict = FileVerdict {
                path: file.into(),
                sha256: format!("{sum:064x}"),
                wrong: None,
                is_known: false,
            };
            send(Event::Verified {
                job,
                files: vec![verdict],
            });
            Outcome::Done {
                timings: Timings::default(),
            }
        }
        Err(error) => Outcome::Failed {
            failure: Failure::bad_file(format!("{file}: {error}"), "put it back"),
        },
    };
    send(Event::Ended { job, outcome });
}

/// A recording of a voice must be there, with the consent to clone it.
fn voice_refusal(voice: &Voice) -> Option<Failure> {
    let sample = voice.sample.as_ref()?;
    match voice.has_consent() {
        true if sample.is_file() => None,
        true => Some(Failure::bad_file("there is no recording", "put it back")),
        false => Some(voice.without_consent()),
    }
}

/// A clip for which sound is made must be given in full, and as files.
pub fn refusal(generation: &Generation) -> Option<Failure> {
    if let Some(voice) = &generation.voice {
        return voice_refusal(voice);
    }
    let inputs = &generation.inputs;
    let source = inputs.source.as_ref();
    if source.is_some() && inputs.makes == Makes::Both {
        let sound = generation.sound.as_ref();
        let is_given = sound.is_some_and(|sound| sound.clip.is_file());
        return (!is_given).then(|| Failure::refused("the clip has no sound", "give it too"));
    }
    let source = source.filter(|_| !inputs.makes.has_picture())?;
    let frames = generation.settings.frames.unwrap_or(5) as usize;
    let given = &source.clip.frames;
    let is_whole = given.len() == frames && given.iter().all(|frame| frame.is_file());
    (!is_whole).then(|| Failure::refused("the clip is not there in full", "give all of it"))
}
