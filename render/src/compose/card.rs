//! Compositing on a graphics card through wgpu: one compute shader of `shaders/` per operation. Pixels lie in buffers
//! as integers, one each, so that the arithmetic is exact.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Weak};
use std::time::Duration;

use thiserror::Error;
use wgpu::{BindingType, BufferBindingType, BufferUsages, ShaderStages};

use super::transition::Transition;
use super::{Canvas, Layer, PlacedLayer, Target, draw};
use crate::media::Picture;

const BLEND: &str = include_str!("../../../shaders/blend.wgsl");
const DISSOLVE: &str = include_str!("../../../shaders/dissolve.wgsl");
const DIP: &str = include_str!("../../../shaders/dip.wgsl");
const WIPE: &str = include_str!("../../../shaders/wipe.wgsl");
/// Pixels of a row per workgroup.
const GROUP: u32 = 64;
/// Pictures cached on the card between frames, so that titles and stills are uploaded once.
const KEPT_PICTURES: usize = 16;
/// A card that takes longer for a frame has stopped responding.
const LONGEST_FRAME: Duration = Duration::from_secs(10);

/// Why a card cannot composite.
#[derive(Debug, Error)]
pub enum CardError {
    /// No adapter can compute.
    #[error("no graphics adapter that computes was found")]
    NoAdapter,
    /// The driver refused to open the device.
    #[error("the graphics card cannot be used: {0}")]
    Refused(#[from] wgpu::RequestDeviceError),
    /// A picture is larger than the card can bind, in MiB.
    #[error("a picture of {0} MiB is too large for the graphics card")]
    TooLarge(u64),
    /// The card was removed or reset, or is out of memory.
    #[error("the graphics card stopped: {0}")]
    Stopped(String),
}

/// A graphics card that composites.
pub struct Card {
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    blend: Operation,
    transitions: [Operation; 3],
    buffers: Option<FrameBuffers>,
    pictures: Vec<(Weak<Picture>, wgpu::Buffer)>,
    /// Set by the driver's error callback.
    is_broken: Arc<AtomicBool>,
}

/// A compute shader and its binding layout.
struct Operation {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

/// The buffers for frames of one size.
struct FrameBuffers {
    size: [u32; 2],
    black: wgpu::Buffer,
    frame: wgpu::Buffer,
    after: wgpu::Buffer,
    /// The buffer the finished frame is read back from.
    read: wgpu::Buffer,
}

impl Card {
    /// Opens a device of the adapter and compiles the shaders.
    pub fn open(adapter: &wgpu::Adapter) -> Result<Self, CardError> {
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("compositor"),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))?;
        let is_broken = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_broken);
        device.on_uncaptured_error(Arc::new(move |error| {
            tracing::warn!("graphics card: {error}");
            flag.store(true, Ordering::Relaxed);
        }));
        let transition = |name, text| Operation::new(&device, name, text, 1);
        Ok(Self {
            name: adapter.get_info().name,
            blend: Operation::new(&device, "blend", BLEND, 2),
            transitions: [
                transition("dissolve", DISSOLVE),
                transition("dip", DIP),
                transition("wipe", WIPE),
            ],
            device,
            queue,
            buffers: None,
            pictures: Vec::new(),
            is_broken,
        })
    }

    /// The driver's name for the card.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Same as [`super::compose`].
    pub fn compose(&mut self, size: [u32; 2], layers: &[Layer]) -> Result<Picture, CardError> {
        let bytes = |[width, height]: [u32; 2]| u64::from(width) * u64::from(height) * 4;
        let pictures = layers
            .iter()
            .map(|layer| [layer.picture.width, layer.picture.height]);
        let largest = pictures.chain([size]).map(bytes).max().unwrap_or(0);
        let limits = self.device.limits();
        if largest
            > limits
                .max_storage_buffer_binding_size
                .min(limits.max_buffer_size)
        {
            return Err(CardError::TooLarge(largest >> 20));
        }
        if size.contains(&0) {
            return Ok(Picture::plain(size[0], size[1], [0; 4]));
        }
        let buffers = match self.buffers.take().filter(|buffers| buffers.size == size) {
            Some(buffers) => buffers,
            None => self.new_buffers(size),
        };
        let encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut drawing = Drawing {
            card: self,
            buffers: &buffers,
            encoder,
        };
        drawing.copy(&buffers.black, &buffers.frame);
        draw(&mut drawing, size, layers);
        drawing.copy(&buffers.frame, &buffers.read);
        let commands = drawing.encoder.finish();
        let frame = self.read(commands, &buffers)?;
        self.buffers = Some(buffers);
        Ok(frame)
    }

    /// Submits the commands, waits for them, and reads the frame back.
    fn read(
        &self,
        commands: wgpu::CommandBuffer,
        buffers: &FrameBuffers,
    ) -> Result<Picture, CardError> {
        let stopped = |what: &dyn std::fmt::Display| CardError::Stopped(what.to_string());
        self.queue.submit([commands]);
        let (sender, receiver) = sync_channel(1);
        let is_mapped = move |mapped| drop(sender.send(mapped));
        buffers.read.map_async(wgpu::MapMode::Read, .., is_mapped);
        let wait = wgpu::PollType::Wait {
            submission_index: None,
            timeout: Some(LONGEST_FRAME),
        };
        self.device.poll(wait).map_err(|error| stopped(&error))?;
        match receiver.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(stopped(&error)),
            Err(_) => return Err(stopped(&"it does not answer")),
        }
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(stopped(&"it refused a command"));
        }
        let mapped = buffers.read.get_mapped_range(..);
        let rgba = mapped.map_err(|error| stopped(&error))?.to_vec();
        buffers.read.unmap();
        let [width, height] = buffers.size;
        Ok(Picture {
            width,
            height,
            rgba,
        })
    }

    fn new_buffers(&self, size: [u32; 2]) -> FrameBuffers {
        let bytes = u64::from(size[0]) * u64::from(size[1]) * 4;
        let frame = |label, usage| self.buffer(label, bytes, usage);
        let black = Picture::plain(size[0], size[1], [0, 0, 0, 255]);
        FrameBuffers {
            size,
            black: self.filled("black", &black.rgba, BufferUsages::COPY_SRC),
            frame: frame("frame", BufferUsages::STORAGE | BufferUsages::COPY_SRC),
            after: frame("after", BufferUsages::STORAGE),
            read: frame("read", BufferUsages::MAP_READ),
        }
    }

    fn buffer(&self, label: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: usage | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn filled(&self, label: &str, bytes: &[u8], usage: BufferUsages) -> wgpu::Buffer {
        let buffer = self.buffer(label, bytes.len() as u64, usage);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// The picture's buffer on the card, uploaded if it is not cached.
    fn picture(&mut self, picture: &Arc<Picture>) -> wgpu::Buffer {
        self.pictures.retain(|(kept, _)| kept.strong_count() > 0);
        let is_it = |kept: &Weak<Picture>| std::ptr::eq(kept.as_ptr(), Arc::as_ptr(picture));
        if let Some((_, buffer)) = self.pictures.iter().find(|(kept, _)| is_it(kept)) {
            return buffer.clone();
        }
        if self.pictures.len() >= KEPT_PICTURES {
            self.pictures.remove(0);
        }
        let buffer = self.filled("picture", &picture.rgba, BufferUsages::STORAGE);
        self.pictures
            .push((Arc::downgrade(picture), buffer.clone()));
        buffer
    }
}

impl Operation {
    /// A shader with a uniform buffer, `reads` read-only buffers, and a frame to write.
    fn new(device: &wgpu::Device, name: &str, text: &str, reads: u32) -> Self {
        let storage = |read_only| BufferBindingType::Storage { read_only };
        let kinds = std::iter::once(BufferBindingType::Uniform)
            .chain((0..reads).map(|_| storage(true)))
            .chain([storage(false)]);
        let entries = kinds
            .zip(0..)
            .map(|(ty, binding)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: ShaderStages::COMPUTE,
                ty: BindingType::Buffer {
                    ty,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            });
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(name),
            entries: &entries.collect::<Vec<_>>(),
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Self { pipeline, layout }
    }
}

/// A frame being drawn: commands for the card.
struct Drawing<'c> {
    card: &'c mut Card,
    buffers: &'c FrameBuffers,
    encoder: wgpu::CommandEncoder,
}

impl Drawing<'_> {
    fn copy(&mut self, from: &wgpu::Buffer, to: &wgpu::Buffer) {
        self.encoder
            .copy_buffer_to_buffer(from, 0, to, 0, from.size());
    }

    /// Runs an operation on every pixel of a frame. `numbers` are the uniforms of the shader's first binding.
    fn run(
        &mut self,
        which: impl Fn(&Card) -> &Operation,
        numbers: &[u32],
        buffers: &[&wgpu::Buffer],
    ) {
        let card = &*self.card;
        let operation = which(card);
        let numbers = card.filled("numbers", &bytes(numbers), BufferUsages::UNIFORM);
        let bound = std::iter::once(&numbers).chain(buffers.iter().copied());
        let entries = bound
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            });
        let group = card.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &operation.layout,
            entries: &entries.collect::<Vec<_>>(),
        });
        let mut pass = self
            .encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&operation.pipeline);
        pass.set_bind_group(0, &group, &[]);
        let [width, height] = self.buffers.size;
        pass.dispatch_workgroups(width.div_ceil(GROUP), height, 1);
    }
}

impl Canvas for Drawing<'_> {
    fn keep(&mut self) {
        self.copy(&self.buffers.frame, &self.buffers.after);
    }

    fn blend(&mut self, target: Target, layer: &PlacedLayer<'_>) {
        let place = &layer.place;
        let rows = place.rows.iter().flat_map(|row| {
            let [across, down] = row.at.map(i32::cast_unsigned);
            [row.first, row.end, across, down]
        });
        let rows = bytes(&rows.collect::<Vec<u32>>());
        let rows = self.card.filled("rows", &rows, BufferUsages::STORAGE);
        let picture = self.card.picture(layer.picture);
        // In the order of `Layer` in the shader.
        let mut numbers = self.buffers.size.to_vec();
        numbers.extend([layer.picture.width, layer.picture.height]);
        numbers.extend(place.step.map(i32::cast_unsigned));
        numbers.extend([place.half_edge.cast_unsigned(), layer.opacity]);
        numbers.extend(place.shown.map(i32::cast_unsigned));
        numbers.extend(
            place
                .middles
                .as_flattened()
                .iter()
                .map(|at| at.cast_unsigned()),
        );
        let unlit: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        let table = layer.light.as_ref().map_or(&unlit, |light| light.table());
        let words = table.as_chunks::<4>().0;
        numbers.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
        let target = match target {
            Target::Frame => &self.buffers.frame,
            Target::After => &self.buffers.after,
        };
        self.run(|card| &card.blend, &numbers, &[&picture, &rows, target]);
    }

    fn transition(&mut self, transition: Transition) {
        let (which, numbers) = match transition {
            Transition::Dissolve { share } => (0, [share, 0]),
            Transition::Dip {
                through,
                share,
                is_after,
            } => (1, [share, u32::from(through) + u32::from(is_after) * 256]),
            Transition::Wipe { columns } => (2, [columns, 0]),
        };
        let numbers = [self.buffers.size, numbers];
        let frames = [&self.buffers.after, &self.buffers.frame];
        self.run(
            |card| &card.transitions[which],
            numbers.as_flattened(),
            &frames,
        );
    }
}

fn bytes(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}
