//! A fake engine without libtorch that follows a script, for testing how the studio handles engines, above all faulty
//! ones. The first argument is the script.

mod echo;
mod messages;
mod models;
mod scripts;

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use kinora_wire::{Event, PROTOCOL, Request, read, write};

use messages::{NOISE, hello};
use models::{
    all_sound_models, control_models, echo_models, expert_models, lora_models, models,
    picture_models, reference_lora_models, sound_alone_models, sound_models, sound_of_clip_models,
    sound_source_models, source_models, subject_models, voice_models,
};
use scripts::{dies_in_job, flood, generating, slow, steady, well, wrong_size};

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
        // The same with a model that makes and keeps sound too.
        "sound-source" => well(requests, events, sound_source_models),
        // The same with the LoRAs in the folder that the second argument names.
        "loras" => well(requests, events, lora_models),
        // The same with a model that follows a stage with an IC-LoRA alone, and such a folder.
        "reference-loras" => well(requests, events, reference_lora_models),
        "stage-pictures" => well(requests, events, picture_models),
        // The same, larger, with two models whose clips show the control clip; the camera of one strays.
        "echo" => well(requests, events, echo_models),
        // The same with a model whose card lists the subjects that it knows.
        "subjects" => well(requests, events, subject_models),
        // The same with a model of two experts.
        "experts" => well(requests, events, expert_models),
        // The same with a model that makes sound with the pictures: a click at every fourth frame.
        "sound" => well(requests, events, sound_models),
        // The same with noise for a sound, which does not compress, and a pause before each block of it.
        "noise" => generating(requests, events, sound_models, &NOISE),
        // The same with a model of sound alone.
        "sound-alone" => well(requests, events, sound_alone_models),
        // The same with a model of both that also makes sound for a finished clip.
        "sound-of-clip" => well(requests, events, sound_of_clip_models),
        // The same with a model of sound alone that says a line with a voice.
        "voice" => well(requests, events, voice_models),
        // The same with four models: of pictures alone, of sound alone, a voice, and one that clones voices.
        "all-sounds" => well(requests, events, all_sound_models),
        // Works, and takes ten seconds: 200 steps, then its frames, one message every 45 ms.
        "steady" => steady(requests, events),
        // Works, but never gets past its first step.
        "slow" => slow(requests, events),
        // Sends a frame that is larger than the requested size.
        "wrong-size" => wrong_size(requests, events),
        // Dies in the middle of a clip, after its first frame, with a message.
        "die-in-job" => {
            dies_in_job(requests, events);
            eprintln!("RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED");
            return ExitCode::from(134);
        }
        // Sends 400 MB of frames.
        "flood" => flood(requests, events),
        // Has another protocol version.
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
