//! A fake engine without libtorch that follows a script, for testing how the studio handles engines, above all faulty
//! ones. The first argument is the script.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use kinora_render::media::{picture_size, read_still};
use kinora_wire::{
    Ability, Cuda, Device, DeviceKind, Estimate, Event, EventPipe, ExpertSwitch, Failure,
    FileVerdict, FrameRule, Generation, GenerationSettings, Guidance, Hello, Installed,
    Interpolate, InterpolatorInfo, JobId, LoraInfo, LowNoiseGuidance, MemoryUse, ModelInfo,
    ModelList, ModelSpec, Outcome, PROTOCOL, PixelShape, Progress, Request, Sampler, SoundShape,
    StageControl, StepCache, StreamGuidance, Timings, UpscalerInfo, WeightFile, WordList, read,
    serve, write, write_event,
};

fn main() -> ExitCode {
    let script = std::env::args().nth(1).unwrap_or_default();
    let (mut requests, mut events) = (io::stdin().lock(), io::stdout());
    match script.as_str() {
        // Works: generates clips of grey frames, lists one model.
        "well" => well(requests, events, models),
        // The same with a model that follows a control clip but no camera, as VACE.
        "control-only" => well(requests, events, control_models),
        // The same with a model that can also retake and extend a clip.
        "source" => well(requests, events, source_models),
        // The same with the LoRAs in the folder that the second argument names.
        "loras" => well(requests, events, lora_models),
        "stage-pictures" => well(requests, events, picture_models),
        // The same with a model whose card lists the subjects that it knows.
        "subjects" => well(requests, events, subject_models),
        // The same with a model of two experts.
        "experts" => well(requests, events, expert_models),
        // The same with a model that makes sound with the pictures: a click at every fourth frame.
        "sound" => well(requests, events, sound_models),
        // The same with a model of sound alone.
        "sound-alone" => well(requests, events, sound_alone_models),
        // The same with a model of both that also makes sound for a finished clip.
        "sound-of-clip" => well(requests, events, sound_of_clip_models),
        // The same with a model of sound alone that says a line with a voice.
        "voice" => well(requests, events, voice_models),
        // The same with three models: of pictures alone, of sound alone, and a voice.
        "all-sounds" => well(requests, events, all_sound_models),
        // Works, and takes ten seconds: 200 steps, then its frames, one message every 45 ms.
        "steady" => steady(requests, events),
        // Works, but never gets past its first step.
        "slow" => slow(requests, events),
        // Sends a frame that is larger than the request asks for.
        "wrong-size" => wrong_size(requests, events),
        // Dies in the middle of a clip, after its first frame, with a message.
        "die-in-job" => {
            dies_in_job(requests, events);
            eprintln!("RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED");
            return ExitCode::from(134);
        }
        // Sends 400 MB of frames.
        "flood" => flood(requests, events),
        // Speaks another protocol version.
        "other-protocol" => {
            write(&mut events, &Event::Hello(hello(PROTOCOL + 1))).ok();
            requests.read_to_end(&mut Vec::new()).ok();
        }
        // Prints text to stdout between messages.
        "babble" => {
            events.write_all(b"Loading, please wait\n").ok();
            events.flush().ok();
            requests.read_to_end(&mut Vec::new()).ok();
        }
        // Greets, then dies at the first request, with a message.
        "die" => {
            read::<Request>(&mut requests).ok();
            write(&mut events, &Event::Hello(hello(PROTOCOL))).ok();
            read::<Request>(&mut requests).ok();
            eprintln!("CUDA error: an illegal memory access was encountered");
            return ExitCode::from(3);
        }
        // Keeps running when its studio is gone.
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

fn well(requests: impl io::Read, events: impl io::Write, models: impl Fn() -> Event) {
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
            let [width, height] = generation.settings.size.unwrap_or([16, 16]);
            let frames = generation.settings.frames.unwrap_or(5);
            begin(*job, generation, send);
            step(*job, 1, 2, send);
            step(*job, 2, 2, send);
            let makes = generation.inputs.makes;
            for first in 0..if makes.has_picture() { frames } else { 0 } {
                frame(*job, first, [width, height], send);
            }
            if makes.has_sound() {
                sound(*job, frames, generation.settings.rate.unwrap_or(8), send);
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
        Request::Upscale { job, upscale } => {
            for (first, path) in (0..).zip(&upscale.clip.frames) {
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
fn steady(requests: impl io::Read, events: impl io::Write) {
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

fn slow(requests: impl io::Read, events: impl io::Write) {
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

fn wrong_size(requests: impl io::Read, events: impl io::Write) {
    serve_with(requests, events, |request, send| match request {
        Request::Models { .. } => send(models()),
        Request::Submit { job, generation } => {
            let [width, height] = generation.settings.size.unwrap_or([16, 16]);
            frame(*job, 0, [width + 2, height], send);
        }
        _ => {}
    });
}

fn dies_in_job(mut requests: impl io::Read, mut events: impl io::Write) {
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

fn flood(requests: impl io::Read, events: impl io::Write) {
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

/// Sends the complete request back, with a hint about prompts that mention foxes.
fn begin(job: JobId, request: &Generation, send: &mut dyn FnMut(Event)) {
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

/// Clips wider than 4000 pixels are too large.
fn estimate(request: &Generation) -> Estimate {
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

fn step(job: JobId, done: u32, of: u32, send: &mut dyn FnMut(Event)) {
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
fn frame(job: JobId, first: u32, [width, height]: [u32; 2], send: &mut dyn FnMut(Event)) {
    let picture = PixelShape {
        frames: 1,
        width,
        height,
    };
    let pixels = vec![first as u8; (width * height * 3) as usize].into();
    let progress = Progress::Frames { first, picture };
    send(Event::Progress {
        job,
        progress,
        pixels,
    });
}

/// The frames between two clicks of the sound.
const CLICK_FRAMES: u64 = 4;

/// The sound of a clip, in blocks of 4000 samples: silence with a click, a sample of half the full scale, at the start of
/// every fourth frame.
fn sound(job: JobId, frames: u32, rate: u32, send: &mut dyn FnMut(Event)) {
    let sample_at = |frame: u64| frame * u64::from(SoundShape::RATE_HZ) / u64::from(rate);
    let length = sample_at(u64::from(frames)) as usize;
    let mut values = vec![0.0; length];
    for click in (0..u64::from(frames)).step_by(CLICK_FRAMES as usize) {
        values[sample_at(click) as usize] = 0.5;
    }
    let mut first_sample = 0;
    for block in values.chunks(4000) {
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
fn between(job: JobId, interpolate: &Interpolate, send: &mut dyn FnMut(Event)) {
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

fn models() -> Event {
    Event::Models(ModelList {
        models: vec![model()],
        upscalers: vec![UpscalerInfo {
            id: "twofold".into(),
            scale: 2,
            is_guided: false,
            file: WeightFile {
                name: "twofold.safetensors".into(),
                sha256: Some("2f".into()),
                is_for_sound: false,
            },
        }],
        interpolators: vec![InterpolatorInfo {
            id: "between".into(),
            file: WeightFile {
                name: "between.safetensors".into(),
                sha256: Some("b7".into()),
                is_for_sound: false,
            },
        }],
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: vec![Failure::bad_file(
            "the model card mine.ron is not used",
            "give it an id of its own",
        )],
    })
}

/// A model with twenty steps, and the files in the folder that the second argument names as LoRAs.
fn lora_models() -> Event {
    let folder = std::env::args_os().nth(2).unwrap_or_default();
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut loras: Vec<LoraInfo> = files
        .map(|file| LoraInfo {
            name: file.file_name().to_string_lossy().into_owned(),
            path: file.path().display().to_string(),
            size_bytes: 150_000_000,
            base: Some("a pretended model".into()),
            sha256: None,
        })
        .collect();
    loras.sort_by(|one, other| one.name.cmp(&other.name));
    let defaults = GenerationSettings {
        steps: 20,
        guidance: Guidance::Classifier { scale: 5.0 },
        ..model().defaults
    };
    Event::Models(ModelList {
        models: vec![ModelInfo {
            defaults,
            ..model()
        }],
        upscalers: Vec::new(),
        interpolators: Vec::new(),
        loras,
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
    })
}

/// Hashes a file: its sum is the sum of its bytes.
fn verify(job: JobId, file: &str, send: &mut dyn FnMut(Event)) {
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

fn control_models() -> Event {
    let model = ModelInfo {
        abilities: vec![Ability::Control],
        ..model()
    };
    Event::Models(ModelList {
        models: vec![model],
        upscalers: Vec::new(),
        interpolators: Vec::new(),
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
    })
}

fn picture_models() -> Event {
    let model = ModelInfo {
        stage_control: StageControl::Picture,
        ..model()
    };
    Event::Models(ModelList {
        models: vec![model],
        upscalers: Vec::new(),
        interpolators: Vec::new(),
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
    })
}

/// A model that knows two subjects, two colours and two actions, and takes first frames.
fn subject_models() -> Event {
    let list = |what: &str, words: &[&str]| WordList {
        what: what.into(),
        words: words.iter().map(|&word| word.to_owned()).collect(),
    };
    let model = ModelInfo {
        vocabulary: vec![
            list("who", &["robot", "cat"]),
            list("colours", &["red", "blue"]),
            list("does", &["walks left", "jumps"]),
            list("", &["a", "and", "the"]),
        ],
        abilities: vec![Ability::Camera, Ability::Control, Ability::FirstFrame],
        ..model()
    };
    Event::Models(ModelList {
        models: vec![model],
        upscalers: Vec::new(),
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
        interpolators: Vec::new(),
    })
}

fn expert_models() -> Event {
    let plain = model();
    let model = ModelInfo {
        spec: ModelSpec {
            has_experts: true,
            ..spec()
        },
        defaults: GenerationSettings {
            guidance: Guidance::Classifier { scale: 4.0 },
            guidance_low: LowNoiseGuidance::Scale(3.0),
            expert_switch: ExpertSwitch::Timestep(0.875),
            ..plain.defaults
        },
        ..plain
    };
    Event::Models(ModelList {
        models: vec![model],
        upscalers: Vec::new(),
        interpolators: Vec::new(),
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
    })
}

/// A clip for which sound is made must be given in full, and as files.
fn refusal(generation: &Generation) -> Option<Failure> {
    let inputs = &generation.inputs;
    let source = inputs.source.as_ref();
    let source = source.filter(|_| !inputs.makes.has_picture())?;
    let frames = generation.settings.frames.unwrap_or(5) as usize;
    let given = &source.clip.frames;
    let is_whole = given.len() == frames && given.iter().all(|frame| frame.is_file());
    (!is_whole).then(|| Failure::refused("the clip is not there in full", "give all of it"))
}

fn sound_models() -> Event {
    only(ModelInfo {
        spec: ModelSpec {
            makes_sound: true,
            ..spec()
        },
        ..model()
    })
}

fn sound_alone_models() -> Event {
    only(ModelInfo {
        spec: ModelSpec {
            makes_sound: true,
            makes_pictures: false,
            ..spec()
        },
        ..model()
    })
}

fn sound_of_clip_models() -> Event {
    only(ModelInfo {
        abilities: vec![Ability::SoundOfClip],
        spec: ModelSpec {
            makes_sound: true,
            ..spec()
        },
        ..model()
    })
}

fn voice_model() -> ModelInfo {
    ModelInfo {
        id: "voice".into(),
        name: "A pretended voice".into(),
        abilities: vec![Ability::Voice],
        ..music_model()
    }
}

fn voice_models() -> Event {
    only(voice_model())
}

fn music_model() -> ModelInfo {
    ModelInfo {
        id: "music".into(),
        name: "A pretended band".into(),
        abilities: Vec::new(),
        spec: ModelSpec {
            makes_sound: true,
            makes_pictures: false,
            ..spec()
        },
        ..model()
    }
}

fn all_sound_models() -> Event {
    Event::Models(ModelList {
        models: vec![music_model(), voice_model(), model()],
        ..ModelList::default()
    })
}

/// The list of a single model.
fn only(model: ModelInfo) -> Event {
    Event::Models(ModelList {
        models: vec![model],
        ..ModelList::default()
    })
}

fn source_models() -> Event {
    let model = ModelInfo {
        abilities: vec![Ability::Camera, Ability::Control, Ability::Source],
        ..model()
    };
    Event::Models(ModelList {
        models: vec![model],
        upscalers: Vec::new(),
        interpolators: Vec::new(),
        loras: Vec::new(),
        folders: vec!["/models".into()],
        bad_cards: Vec::new(),
    })
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
        stage_control: StageControl::default(),
        spec: spec(),
        defaults: GenerationSettings {
            size: [32, 16],
            frames: 9,
            rate: 8,
            steps: 2,
            sampler: Sampler::Euler,
            shift: 3.0,
            guidance: Guidance::Off,
            negative: String::new(),
            control_strength: 1.0,
            guidance_low: LowNoiseGuidance::Same,
            expert_switch: ExpertSwitch::Never,
            step_cache: StepCache::Off,
            stream_guidance: StreamGuidance::default(),
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
            card: None,
        }],
        cuda: Cuda::NoDriver {
            why: "this engine is fake".into(),
        },
    }
}
