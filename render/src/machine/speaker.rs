//! Detecting the sound output.

use rodio::cpal::default_host;
use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _};

/// The system's default sound output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The system's name for it.
    pub name: String,
    /// Samples per second of each channel.
    pub sample_rate_hz: u32,
    /// 2 for stereo.
    pub channels: u16,
}

/// The default output, or the system's error.
pub fn find() -> Result<Output, String> {
    // ALSA prints to stderr about every device it does not find; silenced meanwhile.
    #[cfg(target_os = "linux")]
    let _silence = alsa::Output::local_error_handler();
    let device = default_host()
        .default_output_device()
        .ok_or("the system has no sound output")?;
    let config = device
        .default_output_config()
        .map_err(|error| error.to_string())?;
    Ok(Output {
        name: device.description().map_or_else(
            |_| "default".into(),
            |described| described.name().to_owned(),
        ),
        sample_rate_hz: config.sample_rate(),
        channels: config.channels(),
    })
}
