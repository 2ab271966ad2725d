//! The checks of the machine: FFmpeg and its codecs, a graphics adapter, a sound device, and the models that are
//! installed.

use kinora_render::Format;
use kinora_render::machine::{adapter, ffmpeg, speaker};
use kinora_wire::{Failure, Installed, ModelList};

use super::{Check, gibibytes};

pub(super) fn ffmpeg_check(found: &ffmpeg::Found) -> Check {
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

pub(super) fn picture_check(adapters: &[adapter::Adapter]) -> Check {
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

pub(super) fn sound_check(output: Result<speaker::Output, String>) -> Check {
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
pub(super) fn models_check(answer: Result<ModelList, Failure>) -> Check {
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
