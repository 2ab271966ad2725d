//! The system check: the parts of Kinora that work on this machine, and for each that does not, the command that
//! fixes it. The engine is started and the drivers are called, which takes a second or two.

mod engine_checks;
mod machine_checks;

use std::path::Path;
use std::time::Duration;

use kinora_render::machine::{adapter, ffmpeg, speaker};
use kinora_wire::{Device, DeviceKind, Ended, Engine, EngineMessage, Event, Hello};
use serde::Serialize;

use crate::engine::launch;
use crate::generate::oneshot::BlockingClient;
use engine_checks::{ProgramOrigin, engine_checks};
use machine_checks::{ffmpeg_check, models_check, picture_check, sound_check};

/// The longest wait for the engine's hello: loading CUDA from a cold disk takes seconds.
const HELLO_TIMEOUT: Duration = Duration::from_mins(1);

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It works.
    Good,
    /// It is missing; the studio works without it.
    Absent,
    /// It is missing, and the studio cannot work without it.
    Missing,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The part: "engine", "FFmpeg".
    pub part: &'static str,
    /// The result.
    pub verdict: Verdict,
    /// What was found, or why nothing was.
    pub found: String,
    /// The command or step that fixes it. None: nothing needs fixing.
    pub remedy: Option<String>,
}

impl Check {
    fn good(part: &'static str, found: impl Into<String>) -> Self {
        Self {
            part,
            verdict: Verdict::Good,
            found: found.into(),
            remedy: None,
        }
    }

    fn absent(part: &'static str, found: impl Into<String>, remedy: Option<&str>) -> Self {
        Self {
            part,
            verdict: Verdict::Absent,
            found: found.into(),
            remedy: remedy.map(Into::into),
        }
    }

    fn missing(part: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self {
            part,
            verdict: Verdict::Missing,
            found: found.into(),
            remedy: Some(remedy.into()),
        }
    }
}

/// The report of all checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order of display.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing is missing that the studio needs.
    pub fn studio_can_work(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.verdict != Verdict::Missing)
    }
}

/// Runs all checks. Waits for the engine and the drivers: not for the window's thread.
pub fn examine(engine: &Path) -> Report {
    let answer = query_engine(engine).map(|hello| with_attention(hello, engine));
    let has_engine = answer.is_ok();
    let mut checks = engine_checks(answer, ProgramOrigin::of_this_program());
    checks.push(ffmpeg_check(&ffmpeg::find()));
    checks.push(picture_check(&adapter::find()));
    checks.push(sound_check(speaker::find()));
    if has_engine {
        checks.push(models_check(BlockingClient::with(engine).models(None)));
    }
    Report { checks }
}

fn query_engine(program: &Path) -> Result<Hello, Ended> {
    let engine = Engine::launch(launch(program), || {});
    match engine.wait(HELLO_TIMEOUT) {
        Some(EngineMessage::Event(Event::Hello(hello))) => Ok(hello),
        Some(EngineMessage::Ended(ended)) => Err(ended),
        Some(EngineMessage::Event(other)) => Err(protocol_error(format!(
            "its first message was not a hello, but {other:?}"
        ))),
        None => Err(protocol_error(format!(
            "it sent no hello within {} s",
            HELLO_TIMEOUT.as_secs()
        ))),
    }
}

/// The same with the attention kernel of each graphics card, if there is one. A process of its own reports it, since the
/// question takes memory on the card until the process ends.
fn with_attention(hello: Hello, program: &Path) -> Hello {
    let is_card = |device: &Device| device.kind == DeviceKind::Cuda;
    if !hello.devices.iter().any(is_card) {
        return hello;
    }
    let printed = launch(program).command().arg("devices").output();
    let printed = printed.ok().filter(|done| done.status.success());
    let asked = printed.and_then(|done| Hello::from_json(&done.stdout));
    asked.unwrap_or(hello)
}

fn protocol_error(why: String) -> Ended {
    Ended::ProtocolError {
        why,
        stderr_tail: Vec::new(),
    }
}

/// A size in GiB, such as "23.5 GiB".
pub fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use kinora_render::Format;
    use kinora_wire::CardDetails;

    use super::engine_checks::{CUDA_LIBRARIES, ENGINE, LIBTORCH, device_check, no_engine_check};
    use super::*;

    #[test]
    fn an_ffmpeg_that_cannot_write_takes_stops_the_studio_and_one_without_h264_does_not() {
        let with = |presets: &[(&'static Format, Option<&'static str>)]| {
            let found = ffmpeg::Found {
                libraries: [
                    ("libavcodec", "59.37.100".into()),
                    ("", String::new()),
                    ("", String::new()),
                ],
                presets: presets.to_vec(),
            };
            ffmpeg_check(&found)
        };
        let take = (Format::TAKE, Some("ffv1"));
        assert_eq!(
            with(&[(Format::MP4, Some("libx264")), take]).verdict,
            Verdict::Good
        );
        let poor = with(&[(Format::MP4, None), take]);
        assert_eq!(poor.verdict, Verdict::Absent);
        assert_eq!(
            poor.found,
            "5.x (libavcodec 59.37.100): no H.264 MP4, FFV1 by ffv1"
        );
        assert_eq!(with(&[(Format::TAKE, None)]).verdict, Verdict::Missing);
    }

    #[test]
    fn a_card_says_what_it_can_do_and_the_processor_says_what_it_said() {
        let device = |kind, card| Device {
            id: "x".into(),
            name: "a device".into(),
            kind,
            memory_total_bytes: 2 << 30,
            memory_free_bytes: 1 << 30,
            card,
        };
        let found = |kind, card| device_check(&device(kind, card)).found;
        let processor = found(DeviceKind::Cpu, None);
        let mut details = CardDetails {
            compute_capability: "9.0".into(),
            attention: None,
        };
        let unasked = found(DeviceKind::Cuda, Some(details.clone()));
        assert_eq!(unasked, format!("{processor}, compute capability 9.0"));
        details.attention = Some("flash".into());
        let asked = found(DeviceKind::Cuda, Some(details));
        assert_eq!(asked, format!("{unasked}, flash attention"));
    }

    #[test]
    fn without_an_adapter_the_remedy_is_the_software_driver() {
        let check = picture_check(&[]);
        assert_eq!(check.verdict, Verdict::Missing);
        assert!(
            check
                .remedy
                .is_some_and(|remedy| remedy.contains("mesa-vulkan-drivers"))
        );
    }

    #[test]
    fn without_sound_the_studio_still_works() {
        let check = sound_check(Err("no card".into()));
        assert!(check.found.contains("no audio device"));
        assert!(
            Report {
                checks: vec![check]
            }
            .studio_can_work()
        );
    }

    #[test]
    fn an_engine_without_its_libraries_is_reported_as_a_missing_libtorch() {
        let ended = Ended::Stopped {
            signal: None,
            how: "exit status: 127".into(),
            stderr_tail: vec!["kinora-engine: error while loading shared libraries: libtorch_cpu.so: cannot open shared object file".into()],
        };
        let check = no_engine_check(&ended, ProgramOrigin::Checkout);
        assert_eq!(check.part, "libtorch");
        assert!(check.found.contains("libtorch_cpu.so"));
    }

    #[test]
    fn a_missing_engine_is_reported_with_its_path() {
        let answer = query_engine(Path::new("/nowhere/kinora-engine"));
        let checks = engine_checks(answer, ProgramOrigin::Installed);
        assert_eq!(checks.len(), 1);
        assert!(
            checks[0].found.contains("/nowhere/kinora-engine"),
            "{}",
            checks[0].found
        );
        assert_eq!(checks[0].verdict, Verdict::Missing);
    }

    #[test]
    fn a_person_without_a_checkout_is_sent_to_no_command_of_one() {
        let root = tempfile::tempdir().expect("a folder");
        let program = root.path().join("bin/kinora-engine");
        assert_eq!(ProgramOrigin::of(&program), ProgramOrigin::Installed);
        for remedies in [CUDA_LIBRARIES, LIBTORCH, ENGINE] {
            let of = |origin: ProgramOrigin| origin.remedy(remedies);
            assert!(of(ProgramOrigin::Checkout).starts_with("cargo "));
            assert!(!of(ProgramOrigin::Installed).contains("cargo"));
        }
        std::fs::create_dir(root.path().join("xtask")).expect("made");
        std::fs::write(root.path().join("xtask/Cargo.toml"), "").expect("written");
        assert_eq!(ProgramOrigin::of(&program), ProgramOrigin::Checkout);
    }
}
