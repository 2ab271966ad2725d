//! The system check: the parts of Kinora that work on this machine, and for each that does not, the command that
//! fixes it. The engine is started and the drivers are called, which takes a second or two.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kinora_render::Format;
use kinora_render::machine::{adapter, ffmpeg, speaker};
use kinora_wire::{
    Cuda, Device, DeviceKind, Ended, Engine, EngineMessage, Event, Failure, Hello, Installed,
    ModelList,
};
use serde::Serialize;

use crate::engine::launch;
use crate::generate::oneshot::BlockingClient;

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

/// The same with the attention kernel of each graphics card, if there is one. A process of its own is asked, since the
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

/// Where the programs come from. It decides what a person can do about a missing part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProgramOrigin {
    /// Built in a checkout, which has its set-up.
    Checkout,
    /// Installed, or an unpacked folder.
    Installed,
}

impl ProgramOrigin {
    /// For a program built outside the checkout, cargo names the crate's folder in an environment variable.
    fn of_this_program() -> Self {
        let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
        let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let mut origins = [own, crate_folder].into_iter().flatten();
        match origins.any(|place| Self::of(&place) == Self::Checkout) {
            true => Self::Checkout,
            false => Self::Installed,
        }
    }

    fn of(program: &Path) -> Self {
        let is_checkout = |folder: &Path| folder.join("xtask/Cargo.toml").is_file();
        match program.ancestors().any(is_checkout) {
            true => Self::Checkout,
            false => Self::Installed,
        }
    }

    /// The remedy for this origin: of a checkout, and of an installed program.
    fn remedy(self, [checkout, installed]: [&'static str; 2]) -> &'static str {
        match self {
            Self::Checkout => checkout,
            Self::Installed => installed,
        }
    }
}

const CUDA_LIBRARIES: [&str; 2] = [
    "cargo xtask setup --cuda",
    "install the Kinora that comes with CUDA, then restart it; until then videos are generated on the processor",
];
const LIBTORCH: [&str; 2] = [
    "cargo xtask setup && cargo build",
    "install Kinora again: libtorch belongs into its own folder",
];
const ENGINE: [&str; 2] = [
    "cargo build --bin kinora --bin kinora-engine",
    "install Kinora again: kinora-engine belongs beside kinora",
];

fn engine_checks(answer: Result<Hello, Ended>, origin: ProgramOrigin) -> Vec<Check> {
    match answer {
        Ok(hello) => {
            let mut checks = vec![
                Check::good(
                    "engine",
                    format!(
                        "kinora-engine {}, protocol {}",
                        hello.engine, hello.protocol
                    ),
                ),
                Check::good(
                    "libtorch",
                    format!("{} in {}", hello.libtorch, hello.libtorch_path),
                ),
            ];
            checks.extend(hello.devices.iter().map(device_check));
            checks.extend(cuda_check(&hello.cuda, origin));
            checks
        }
        Err(ended) => vec![no_engine_check(&ended, origin)],
    }
}

fn device_check(device: &Device) -> Check {
    let part = match device.kind {
        DeviceKind::Cpu => "processor",
        DeviceKind::Cuda => "graphics",
    };
    let memory = format!(
        "{} of {} free",
        gibibytes(device.memory_free_bytes),
        gibibytes(device.memory_total_bytes)
    );
    let mut found = vec![format!("{}: {}", device.id, device.name), memory];
    if let Some(card) = &device.card {
        found.push(format!("compute capability {}", card.compute_capability));
        let attention = card.attention.as_ref();
        found.extend(attention.map(|kernel| format!("{kernel} attention")));
    }
    Check::good(part, found.join(", "))
}

fn cuda_check(cuda: &Cuda, origin: ProgramOrigin) -> Option<Check> {
    match cuda {
        Cuda::Ready { .. } => None, // the CUDA devices are listed by themselves
        Cuda::NoDriver { why } => Some(Check::absent(
            "graphics",
            format!("no NVIDIA driver, so videos are generated on the processor, slowly ({why})"),
            Some("with an NVIDIA card: install NVIDIA driver 580 or newer, then restart Kinora"),
        )),
        Cuda::NoLibraries { looked_for } => Some(Check::absent(
            "graphics",
            format!(
                "there is an NVIDIA driver, but libtorch's CUDA libraries are missing ({looked_for})"
            ),
            Some(origin.remedy(CUDA_LIBRARIES)),
        )),
        Cuda::Broken { why } => Some(Check::absent(
            "graphics",
            format!("there is an NVIDIA driver, but CUDA does not work: {why}"),
            Some("install NVIDIA driver 580 or newer, then restart Kinora"),
        )),
    }
}

fn no_engine_check(ended: &Ended, origin: ProgramOrigin) -> Check {
    let log = ended.stderr_tail().join("; ");
    if log.contains("error while loading shared libraries") {
        return Check::missing("libtorch", log, origin.remedy(LIBTORCH));
    }
    let found = if log.is_empty() {
        ended.to_string()
    } else {
        format!("{ended}: {log}")
    };
    Check::missing("engine", found, origin.remedy(ENGINE))
}

fn ffmpeg_check(found: &ffmpeg::Found) -> Check {
    let [(library, version), ..] = &found.libraries;
    let by = |(preset, encoder): &(&'static Format, Option<&str>)| match encoder {
        Some(encoder) => format!("{} by {encoder}", preset.name),
        None => format!("no {}", preset.name),
    };
    let presets: Vec<String> = found.presets.iter().map(by).collect();
    let summary = format!(
        "{} ({library} {version}): {}",
        found.release(),
        presets.join(", ")
    );
    let missing = |format: &'static Format| found.presets.contains(&(format, None));
    let remedy =
        "install an FFmpeg with all encoders (the packages of Debian and Ubuntu have them)";
    match (missing(Format::TAKE), Format::with_encoders().any(missing)) {
        (true, _) => Check::missing("FFmpeg", summary, remedy),
        (false, true) => Check::absent("FFmpeg", summary, Some(remedy)),
        (false, false) => Check::good("FFmpeg", summary),
    }
}

fn picture_check(adapters: &[adapter::Adapter]) -> Check {
    let Some(best) = adapters.first() else {
        return Check::missing(
            "picture",
            "no graphics adapter: neither Vulkan nor OpenGL has one",
            "sudo apt-get install mesa-vulkan-drivers (draws in software if there is no graphics card)",
        );
    };
    let how = if best.in_software {
        "draws in software; frames are composed on the processor"
    } else {
        "frames are composed on it"
    };
    Check::good(
        "picture",
        format!("{} ({}), {how}", best.name, best.interface),
    )
}

fn sound_check(output: Result<speaker::Output, String>) -> Check {
    match output {
        Ok(output) => Check::good(
            "sound",
            format!(
                "{}, {} channels at {} Hz",
                output.name, output.channels, output.sample_rate_hz
            ),
        ),
        Err(why) => Check::absent(
            "sound",
            format!("no audio device, so playback is silent ({why})"),
            Some("connect or enable an audio output; nothing needs to be installed"),
        ),
    }
}

/// Installed models; for those that cannot be used, why.
fn models_check(answer: Result<ModelList, Failure>) -> Check {
    let ModelList {
        models,
        folders,
        bad_cards,
        ..
    } = match answer {
        Ok(listed) => listed,
        Err(failure) => {
            return Check::absent("models", failure.cause, failure.remedy.as_deref());
        }
    };
    let summary = models.iter().filter_map(|model| match &model.installed {
        Installed::Yes { .. } => Some(format!("{} ({})", model.id, gibibytes(model.size_bytes))),
        Installed::Broken { why } => Some(format!("{} cannot be used: {why}", model.id)),
        Installed::No { .. } => None,
    });
    let summary: Vec<String> = summary.collect();
    if summary.is_empty() {
        let remedy = "put a folder with a model's .safetensors files there";
        return Check::absent(
            "models",
            format!("none in {}", folders.join(", ")),
            Some(remedy),
        );
    }
    let unused = bad_cards.iter().map(ToString::to_string);
    let summary: Vec<String> = summary.into_iter().chain(unused).collect();
    Check::good("models", summary.join(", "))
}

/// A size in GiB, such as "23.5 GiB".
pub fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use kinora_wire::CardDetails;

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
