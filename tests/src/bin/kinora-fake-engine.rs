//! An engine without libtorch that follows a script, for testing what a studio makes of engines,
//! above all of those that misbehave. The first argument is the script.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use kinora_wire::{
    Cuda, Device, DeviceKind, Event, EventPipe, Hello, PROTOCOL, Request, read, serve, write,
};

fn main() -> ExitCode {
    let script = std::env::args().nth(1).unwrap_or_default();
    let (mut requests, mut events) = (io::stdin().lock(), io::stdout().lock());
    match script.as_str() {
        // Behaves.
        "well" => {
            let events = EventPipe::new(events);
            serve(
                &mut requests,
                &events,
                || hello(PROTOCOL),
                |request| match request {
                    Request::Devices => events.say(&Event::Devices {
                        devices: hello(PROTOCOL).devices,
                    }),
                    _ => Ok(()),
                },
            )
            .ok();
        }
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
