//! The scripts of the fake engine: how it serves requests, from well to never. Each reads requests until the studio closes
//! the pipe, if it does not end before.

use std::io;

use kinora_render::media::picture_size;
use kinora_wire::{
    Event, EventPipe, Failure, Outcome, PROTOCOL, Request, Timings, read, serve, write, write_event,
};

use crate::echo::echo;
use crate::messages::{
    CLICKS, Heard, begin, between, embedded, estimate, frame, hello, refusal, sound, step, verify,
};
use crate::models::{ECHO, ECHO_FRAMES, ECHO_SIZE, STRAY, models};

/// Serves with an answer to each request.
fn serve_with(
    mut requests: impl io::Read,
    events: impl io::Write,
    mut answer: impl FnMut(&Request, &mut dyn FnMut(Event)),
) {
    let events = EventPipe::new(events);
    serve(
        &mut requests,
        &events,
        || hello(PROTOCOL),
        |request| {
            let mut sent = Ok(());
            answer(&request, &mut |event| {
                if sent.is_ok() {
                    sent = events.send(&event);
                }
            });
            sent
        },
    )
    .ok();
}

pub fn well(requests: impl io::Read, events: impl io::Write, models: impl Fn() -> Event) {
    generating(requests, events, models, &CLICKS);
}

/// Generates clips with this sound, if they have sound.
pub fn generating(
    requests: impl io::Read,
    events: impl io::Write,
    models: impl Fn() -> Event,
    heard: &Heard,
) {
    serve_with(requests, events, |request, send| match request {
        Request::Devices => send(Event::Devices {
            devices: hello(PROTOCOL).devices,
        }),
        Request::Models { .. } => send(models()),
        Request::Estimate {
            question,
            generation,
        } => send(Event::Estimated {
            question: *question,
            estimate: estimate(generation),
        }),
        Request::Submit { job, generation } => {
            let mut loras = generation.inputs.loras.iter();
            if let Some(lora) = loras.find(|lora| !lora.file.is_file()) {
                let cause = format!("there is no {}", lora.file.display());
                let failure = Failure::bad_file(cause, "put it back");
                return send(Event::Ended {
                    job: *job,
                    outcome: Outcome::Failed { failure },
                });
            }
            if let Some(failure) = refusal(generation) {
                return send(Event::Ended {
                    job: *job,
                    outcome: Outcome::Failed { failure },
                });
            }
            let model = generation.model.as_deref().unwrap_or_default();
            let echoes = [ECHO, STRAY].contains(&model);
            let (size, frames) = match echoes {
                true => (ECHO_SIZE, ECHO_FRAMES),
                false => ([16, 16], 5),
            };
            let [width, height] = generation.settings.size.unwrap_or(size);
            let frames = generation.settings.frames.unwrap_or(frames);
            begin(*job, generation, send);
            step(*job, 1, 2, send);
            step(*job, 2, 2, send);
            let makes = generation.inputs.makes;
            if echoes {
                echo(*job, generation, (frames, [width, height]), send);
            } else if makes.has_picture() {
                (0..frames).for_each(|first| frame(*job, first, [width, height], send));
            }
            if makes.has_sound() {
                let rate = generation.settings.rate.unwrap_or(8);
                sound(*job, heard, (frames, rate), send);
            }
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        Request::Verify { job, model } => verify(*job, model, send),
        Request::Interpolate { job, interpolate } => {
            between(*job, interpolate, send);
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        Request::Embed { job, embed } => {
            embedded(*job, embed, send);
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        Request::Upscale { job, upscale } => {
            for (first, path) in (0..).zip(&upscale.clip.frames[upscale.wanted()]) {
                let size = picture_size(path).unwrap_or([1, 1]);
                frame(*job, first, size.map(|side| 2 * side), send);
            }
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        _ => {}
    });
}

#[expect(clippy::disallowed_methods, reason = "its pace is what is tested")]
pub fn steady(requests: impl io::Read, events: impl io::Write) {
    let pause = || std::thread::sleep(std::time::Duration::from_millis(45));
    serve_with(requests, events, |request, send| match request {
        Request::Models { .. } => send(models()),
        Request::Submit { job, generation } => {
            let size = generation.settings.size.unwrap_or([16, 16]);
            begin(*job, generation, send);
            for done in 1..=200 {
                step(*job, done, 200, send);
                pause();
            }
            for first in 0..generation.settings.frames.unwrap_or(5) {
                frame(*job, first, size, send);
                pause();
            }
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        _ => {}
    });
}

pub fn slow(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, send| match request {
        Request::Models { .. } => send(models()),
        Request::Submit { job, generation } => {
            step(*job, 1, 50, send);
            frame(*job, 0, generation.settings.size.unwrap_or([16, 16]), send);
        }
        Request::Cancel { job } => send(Event::Ended {
            job: *job,
            outcome: Outcome::Cancelled,
        }),
        _ => {}
    });
}

pub fn wrong_size(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, send| match request {
        Request::Models { .. } => send(models()),
        Request::Submit { job, generation } => {
            let [width, height] = generation.settings.size.unwrap_or([16, 16]);
            frame(*job, 0, [width + 2, height], send);
        }
        _ => {}
    });
}

pub fn dies_in_job(mut requests: impl io::Read, mut events: impl io::Write) {
    read::<Request>(&mut requests).ok();
    write(&mut events, &Event::Hello(hello(PROTOCOL))).ok();
    while let Ok(Some(request)) = read::<Request>(&mut requests) {
        let mut send = |event: Event| {
            write_event(&mut events, &event).ok();
        };
        match request {
            Request::Models { .. } => send(models()),
            Request::Submit { job, generation } => {
                let size = generation.settings.size.unwrap_or([16, 16]);
                frame(job, 0, size, &mut send);
                return;
            }
            _ => {}
        }
    }
}

pub fn flood(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, send| {
        if let Request::Submit { job, .. } = request {
            for first in 0..400 {
                frame(*job, first, [1000, 1000 / 3], send);
            }
            let timings = Timings::default();
            send(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
    });
}
