//! Recording from a microphone, on a thread of its own: a level while it listens, and a file that grows while it records
//! and is kept whatever happens to the device, the disk or the program.

mod devices;
mod input;
mod recording;
mod wav;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel, sync_channel};
use std::time::{Duration, Instant};

pub use devices::SystemInputs;
pub use input::{Block, InputDevice, InputEvent, InputFormat, OpenInput, SoundInputs};
pub use recording::{Recorded, RecordingOrder, Trouble};
pub use wav::repair;

use recording::Recording;
use wav::WavWriter;

/// Blocks that wait for the recorder, while the disk is slow: with the usual ones of 10 ms, 20 seconds.
const BLOCKS_WAITING: usize = 2048;
/// How often the recorder looks for orders while no block comes.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// A device that sends nothing for so long is lost.
const LONGEST_SILENCE: Duration = Duration::from_secs(3);
/// From this amplitude on a sample is clipped: the highest whole number of 16 bits is just below 1.
const CLIPPED: f32 = 0.9999;

/// An order to the recorder.
enum Order {
    Record(RecordingOrder),
    Stop,
}

/// What the recorder reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// The input is open.
    Opened(InputFormat),
    /// The input could not be opened, with the system's reason. Nothing follows.
    Refused(String),
    /// A recording has ended.
    Recorded(Recorded),
    /// The input is gone, with the system's reason. Nothing follows.
    Lost(String),
}

/// The level of an input.
#[derive(Debug, Default)]
struct Meter {
    /// The bits of the highest amplitude since it was taken; amplitudes are ordered as their bits are.
    peak: AtomicU32,
    is_clipped: AtomicBool,
}

impl Meter {
    fn add(&self, samples: &[f32]) {
        let highest = |most: f32, one: &f32| most.max(one.abs());
        let peak = samples.iter().fold(0.0, highest);
        self.peak.fetch_max(peak.to_bits(), Ordering::AcqRel);
        if peak >= CLIPPED {
            self.is_clipped.store(true, Ordering::Release);
        }
    }
}

/// An input that is listened to. Dropped during a recording, it ends the file first, on its own thread.
pub struct Microphone {
    orders: Sender<Order>,
    reports: Receiver<Report>,
    meter: Arc<Meter>,
}

impl Microphone {
    /// Opens an input, or the default one, on a thread. `wake` is called for each report.
    pub fn open(
        inputs: Arc<dyn SoundInputs>,
        name: Option<String>,
        wake: impl Fn() + Send + 'static,
    ) -> Self {
        let (orders, received) = channel();
        let (sender, reports) = channel();
        let meter = Arc::new(Meter::default());
        let levels = Arc::clone(&meter);
        let report = move |report: Report| {
            sender.send(report).ok(); // nobody may listen any more
            wake();
        };
        std::thread::spawn(move || listen(&*inputs, name.as_deref(), &received, &levels, &report));
        Self {
            orders,
            reports,
            meter,
        }
    }

    /// Starts a recording. Before the input is open it waits for it.
    pub fn record(&self, order: RecordingOrder) {
        self.orders.send(Order::Record(order)).ok();
    }

    /// Ends the recording; a report follows.
    pub fn stop(&self) {
        self.orders.send(Order::Stop).ok();
    }

    /// The next report. Never waits.
    pub fn poll(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }

    /// The highest amplitude since this was called last.
    pub fn take_peak(&self) -> f32 {
        f32::from_bits(self.meter.peak.swap(0, Ordering::AcqRel))
    }

    /// Whether a sample was clipped since the light was put out.
    pub fn is_clipped(&self) -> bool {
        self.meter.is_clipped.load(Ordering::Acquire)
    }

    /// Puts the light of clipped samples out.
    pub fn put_out_clip_light(&self) {
        self.meter.is_clipped.store(false, Ordering::Release);
    }
}

/// Opens an input, and listens until nobody has orders any more or it is lost.
fn listen(
    inputs: &dyn SoundInputs,
    name: Option<&str>,
    orders: &Receiver<Order>,
    meter: &Meter,
    report: &dyn Fn(Report),
) {
    let (sender, events) = sync_channel(BLOCKS_WAITING);
    let input = match inputs.open(name, sender) {
        Ok(input) => input,
        Err(reason) => return report(Report::Refused(reason)),
    };
    let format = input.format();
    report(Report::Opened(format));
    let mut recorder = Recorder {
        format,
        recording: None,
        report,
    };
    let mut heard = Instant::now();
    loop {
        // Before the blocks: a recording begins with what was captured before its order was seen.
        match orders.try_recv() {
            Ok(Order::Record(order)) => recorder.begin(order),
            Ok(Order::Stop) => {
                // What was captured before the stop belongs to the recording.
                for event in events.try_iter() {
                    recorder.take(event, meter).ok();
                }
                recorder.end(None);
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return recorder.end(None),
        }
        let event = match events.recv_timeout(POLL_INTERVAL) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) if heard.elapsed() < LONGEST_SILENCE => continue,
            Err(_) => InputEvent::Lost("it sends nothing".into()),
        };
        heard = Instant::now();
        if let Err(reason) = recorder.take(event, meter) {
            recorder.end(Some(Trouble::DeviceLost(reason.clone())));
            return report(Report::Lost(reason));
        }
    }
}

/// The recording of an input, if there is one.
struct Recorder<'r> {
    format: InputFormat,
    recording: Option<Recording<File>>,
    report: &'r dyn Fn(Report),
}

impl Recorder<'_> {
    fn begin(&mut self, mut order: RecordingOrder) {
        self.end(None);
        match WavWriter::create(&order.path, self.format) {
            Ok((writer, path)) => {
                order.path = path;
                self.recording = Some(Recording::new(writer, order, self.format));
            }
            Err(error) => (self.report)(Report::Recorded(Recorded {
                path: order.path,
                format: self.format,
                frames: 0,
                peak: 0.0,
                trouble: Some(Trouble::of(&error)),
            })),
        }
    }

    /// Takes what the input reports.
    ///
    /// # Errors
    /// The device is lost.
    fn take(&mut self, event: InputEvent, meter: &Meter) -> Result<(), String> {
        let block = match event {
            InputEvent::Block(block) => block,
            InputEvent::Lost(reason) => return Err(reason),
        };
        meter.add(&block.samples);
        let taken = self
            .recording
            .as_mut()
            .map(|recording| recording.add(block));
        if let Some(Err(trouble)) = taken {
            self.end(Some(trouble));
        }
        Ok(())
    }

    fn end(&mut self, trouble: Option<Trouble>) {
        if let Some(recording) = self.recording.take() {
            (self.report)(Report::Recorded(recording.finish(trouble)));
        }
    }
}

#[cfg(test)]
mod tests;
