//! The sound inputs of the system, through cpal.

use std::sync::mpsc::SyncSender;
use std::time::Instant;

use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use rodio::cpal::{
    Device, Error, ErrorKind, FromSample, I24, InputCallbackInfo, Sample, SampleFormat,
    SizedSample, Stream, SupportedStreamConfig, U24, default_host,
};

use super::input::{Block, InputDevice, InputEvent, InputFormat, OpenInput, SoundInputs};

/// The most channels that are recorded.
const MOST_CHANNELS: u16 = 2;

/// ALSA's device without a microphone, as it describes itself. It can be opened everywhere, and is silent.
const NULL_DEVICE: &str = "Discard all samples";

/// The inputs of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemInputs;

impl SoundInputs for SystemInputs {
    fn devices(&self) -> Vec<InputDevice> {
        // ALSA prints to stderr about every device it does not find; silenced meanwhile.
        #[cfg(target_os = "linux")]
        let _silence = alsa::Output::local_error_handler();
        let host = default_host();
        let usable = |device: &Device| {
            let is_real = !name_of(device).starts_with(NULL_DEVICE);
            is_real && device.default_input_config().is_ok()
        };
        let default = host.default_input_device().filter(usable);
        let default = default.as_ref().map(name_of);
        let listed = host.input_devices().into_iter().flatten().filter(usable);
        let mut names: Vec<String> = default.iter().cloned().collect();
        names.extend(listed.map(|device| name_of(&device)));
        let mut devices: Vec<InputDevice> = Vec::new();
        for name in names {
            if devices.iter().all(|known| known.name != name) {
                devices.push(InputDevice {
                    is_default: default.as_ref() == Some(&name),
                    name,
                });
            }
        }
        devices
    }

    fn open(
        &self,
        name: Option<&str>,
        events: SyncSender<InputEvent>,
    ) -> Result<Box<dyn OpenInput>, String> {
        #[cfg(target_os = "linux")]
        let _silence = alsa::Output::local_error_handler();
        let device = match name {
            Some(name) => named(name).ok_or_else(|| format!("{name} is not connected"))?,
            None => default_host()
                .default_input_device()
                .ok_or("the system has no sound input")?,
        };
        open(&device, events).map_err(|error| error.to_string())
    }
}

fn named(name: &str) -> Option<Device> {
    let host = default_host();
    let default = host.default_input_device();
    let all = default
        .into_iter()
        .chain(host.input_devices().into_iter().flatten());
    let mut found = all.filter(|device| name_of(device) == name);
    found.next()
}

fn name_of(device: &Device) -> String {
    device.description().map_or_else(
        |_| "default".into(),
        |described| described.name().to_owned(),
    )
}

/// An open input of the system. It is closed when it is dropped.
struct SystemInput {
    format: InputFormat,
    _stream: Stream,
}

impl OpenInput for SystemInput {
    fn format(&self) -> InputFormat {
        self.format
    }
}

fn open(device: &Device, events: SyncSender<InputEvent>) -> Result<Box<dyn OpenInput>, Error> {
    let config = device.default_input_config()?;
    let stream = stream_of(device, &config, events)?;
    stream.play()?;
    Ok(Box::new(SystemInput {
        format: format_of(&config),
        _stream: stream,
    }))
}

fn format_of(config: &SupportedStreamConfig) -> InputFormat {
    InputFormat {
        rate_hz: config.sample_rate(),
        channels: config.channels().clamp(1, MOST_CHANNELS),
    }
}

/// A stream of the device's own type of samples.
fn stream_of(
    device: &Device,
    config: &SupportedStreamConfig,
    events: SyncSender<InputEvent>,
) -> Result<Stream, Error> {
    match config.sample_format() {
        SampleFormat::I8 => stream::<i8>(device, config, events),
        SampleFormat::I16 => stream::<i16>(device, config, events),
        SampleFormat::I24 => stream::<I24>(device, config, events),
        SampleFormat::I32 => stream::<i32>(device, config, events),
        SampleFormat::I64 => stream::<i64>(device, config, events),
        SampleFormat::U8 => stream::<u8>(device, config, events),
        SampleFormat::U16 => stream::<u16>(device, config, events),
        SampleFormat::U24 => stream::<U24>(device, config, events),
        SampleFormat::U32 => stream::<u32>(device, config, events),
        SampleFormat::U64 => stream::<u64>(device, config, events),
        SampleFormat::F32 => stream::<f32>(device, config, events),
        SampleFormat::F64 => stream::<f64>(device, config, events),
        other => Err(Error::with_message(
            ErrorKind::UnsupportedConfig,
            format!("samples of the type {other} are not supported"),
        )),
    }
}

fn stream<T>(
    device: &Device,
    config: &SupportedStreamConfig,
    events: SyncSender<InputEvent>,
) -> Result<Stream, Error>
where
    T: SizedSample + Send + 'static,
    f32: FromSample<T>,
{
    let (all, format) = (usize::from(config.channels().max(1)), format_of(config));
    let errors = events.clone();
    let mut first = 0;
    device.build_input_stream::<T, _, _>(
        config.config(),
        move |data: &[T], info: &InputCallbackInfo| {
            let times = info.timestamp();
            let latency = times.callback.duration_since(times.capture);
            let now = Instant::now();
            let samples = first_channels(data, all, usize::from(format.channels));
            let block = Block {
                captured: now.checked_sub(latency).unwrap_or(now),
                first,
                samples,
            };
            first += (data.len() / all) as u64;
            events.try_send(InputEvent::Block(block)).ok(); // the recorder fills what is lost with silence
        },
        move |error: Error| {
            if is_end(error.kind()) {
                errors.try_send(InputEvent::Lost(error.to_string())).ok();
            }
        },
        None,
    )
}

/// The first channels of interleaved samples.
fn first_channels<T>(data: &[T], all: usize, kept: usize) -> Vec<f32>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let frames = data.chunks_exact(all);
    let kept = frames.flat_map(|frame| frame.iter().take(kept));
    kept.map(|sample| f32::from_sample(*sample)).collect()
}

/// Whether nothing comes after an error. After the others the stream goes on.
fn is_end(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_channels_are_kept_in_single_precision() {
        let three = [i16::MAX, 0, 9, i16::MIN, 16_384, 9];
        assert_eq!(first_channels(&three, 3, 2)[1..], [0.0, -1.0, 0.5]);
        assert_eq!(first_channels(&three, 3, 1)[1..], [-1.0]);
    }

    #[test]
    fn listing_the_inputs_never_fails_and_names_each_one_once() {
        let devices = SystemInputs.devices();
        for (at, device) in devices.iter().enumerate() {
            assert!(devices[..at].iter().all(|other| other.name != device.name));
        }
    }
}
