//! An engine without libtorch that follows a script, for testing what a studio makes of engines,
//! above all of those that misbehave. The first argument is the script.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use kinora_wire::{
    Ability, Cuda, Device, DeviceKind, Event, EventPipe, FrameRule, Generation, Guidance, Hello,
    Installed, JobId, ModelDefaults, ModelInfo, ModelSpec, Outcome, PROTOCOL, PixelShape, Progress,
    Request, Sampler, Timings, read, serve, write, write_event,
};

fn main() -> ExitCode {
    let script = std::env::args().nth(1).unwrap_or_default();
    let (mut requests, mut events) = (io::stdin().lock(), io::stdout());
    match script.as_str() {
        // Behaves: makes clips of grey frames, lists one model.
        "well" => well(requests, events),
        // Behaves, but never gets past its first step.
        "slow" => slow(requests, events),
        // Dies in the middle of a clip, after its first frame, with words.
        "die-in-job" => {
            dies_in_job(requests, events);
            eprintln!("RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED");
            return ExitCode::from(134);
        }
        // Has 400 MB of frames to say.
        "flood" => flood(requests, events),
        // Comes from another build.
        "other-protocol" => {
            write(&mut events, &Event::Hello(hello(PROTOCOL + 1))).ok();
            requests.read_to_end(&mut Vec::new()).ok();
        }
        // A library of it prints to stdout.
        "babble" => {
            events.write_all(b"Loading, please wait\n").ok();
            events.flush().ok();
            requests.read_to_end(&mut Vec::new()).ok();
        }
        // Greets, then dies of the first question, with words.
        "die" => {
            read::<Request>(&mut requests).ok();
            write(&mut events, &Event::Hello(hello(PROTOCOL))).ok();
            read::<Request>(&mut requests).ok();
            eprintln!("CUDA error: an illegal memory access was encountered");
            return ExitCode::from(3);
        }
        // Does not hear that its studio is gone.
        "stubborn" => loop {
            std::thread::park();
        },
        other => {
            eprintln!("no script is called {other:?}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

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
            let mut said = Ok(());
            answer(&request, &mut |event| {
                if said.is_ok() {
                    said = events.say(&event);
                }
            });
            said
        },
    )
    .ok();
}

fn well(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, say| match request {
        Request::Devices => say(Event::Devices {
            devices: hello(PROTOCOL).devices,
        }),
        Request::Models { .. } => say(models()),
        Request::Submit { job, generation } => {
            let [width, height] = generation.size.unwrap_or([16, 16]);
            let frames = generation.frames.unwrap_or(5);
            begin(*job, generation, say);
            step(*job, 1, 2, say);
            step(*job, 2, 2, say);
            for first in 0..frames {
                frame(*job, first, [width, height], say);
            }
            let timings = Timings::default();
            say(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
        _ => {}
    });
}

fn slow(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, say| match request {
        Request::Models { .. } => say(models()),
        Request::Submit { job, .. } => {
            step(*job, 1, 50, say);
            frame(*job, 0, [16, 16], say);
        }
        Request::Cancel { job } => say(Event::Ended {
            job: *job,
            outcome: Outcome::Cancelled,
        }),
        _ => {}
    });
}

fn dies_in_job(mut requests: impl io::Read, mut events: impl io::Write) {
    read::<Request>(&mut requests).ok();
    write(&mut events, &Event::Hello(hello(PROTOCOL))).ok();
    while let Ok(Some(request)) = read::<Request>(&mut requests) {
        let mut say = |event: Event| {
            write_event(&mut events, &event).ok();
        };
        match request {
            Request::Models { .. } => say(models()),
            Request::Submit { job, generation } => {
                let size = generation.size.unwrap_or([16, 16]);
                frame(job, 0, size, &mut say);
                return;
            }
            _ => {}
        }
    }
}

fn flood(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, say| {
        if let Request::Submit { job, .. } = request {
            for first in 0..400 {
                frame(*job, first, [1000, 1000 / 3], say);
            }
            let timings = Timings::default();
            say(Event::Ended {
                job: *job,
                outcome: Outcome::Done { timings },
            });
        }
    });
}

/// Tells the request as it came, and what it thinks of a prompt about foxes.
fn begin(job: JobId, request: &Generation, say: &mut dyn FnMut(Event)) {
    let progress = Progress::Begun {
        recipe: Box::new(request.clone()),
        device: "a pretended processor".into(),
        hint: request
            .prompt
            .contains("fox")
            .then(|| "foxes are not known here".into()),
    };
    say(Event::Progress {
        job,
        progress,
        pixels: Vec::new().into(),
    });
}

fn step(job: JobId, done: u32, of: u32, say: &mut dyn FnMut(Event)) {
    let seconds_left = Some(f64::from(of - done));
    let progress = Progress::Step {
        done,
        of,
        seconds_left,
    };
    say(Event::Progress {
        job,
        progress,
        pixels: Vec::new().into(),
    });
}

/// A frame as grey as its number.
fn frame(job: JobId, first: u32, [width, height]: [u32; 2], say: &mut dyn FnMut(Event)) {
    let picture = PixelShape {
        frames: 1,
        width,
        height,
    };
    let pixels = vec![first as u8; (width * height * 3) as usize].into();
    let progress = Progress::Frames { first, picture };
    say(Event::Progress {
        job,
        progress,
        pixels,
    });
}

fn models() -> Event {
    Event::Models {
        models: vec![model()],
        folders: vec!["/models".into()],
    }
}

fn model() -> ModelInfo {
    ModelInfo {
        id: "pretended".into(),
        name: "A pretended model".into(),
        installed: Installed::Yes {
            folder: "/models/pretended".into(),
        },
        licence: "none".into(),
        abilities: vec![Ability::Camera, Ability::Control],
        about: String::new(),
        vocabulary: Vec::new(),
        camera: None,
        spec: spec(),
        recipe: ModelDefaults {
            size: [32, 16],
            frames: 9,
            rate: 8,
            steps: 2,
            sampler: Sampler::Euler,
            shift: 3.0,
            guidance: Guidance::Off,
            negative: String::new(),
            control_strength: 1.0,
        },
        size_bytes: 1_500_000_000,
        files: Vec::new(),
    }
}

/// Clips of four frames and one more, eight frames a second.
fn spec() -> ModelSpec {
    ModelSpec {
        frame_rule: FrameRule {
            step: 4,
            first: 1,
            longest: 81,
        },
        size_multiple_pixels: 16,
        rates: vec![8],
        abilities: vec![Ability::Camera, Ability::Control],
        ..ModelSpec::default()
    }
}

fn hello(protocol: u32) -> Hello {
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
        }],
        cuda: Cuda::NoDriver {
            why: "this engine is fake".into(),
        },
    }
}
