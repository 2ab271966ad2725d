//! Frame interpolators: networks that make the pictures between two neighbouring pictures of a clip. The released
//! weights of RIFE 4.25 and 4.26 are read once they are safetensors.

mod flow_net;

use std::cell::OnceCell;
use std::path::Path;
use std::rc::Rc;

use kinora_wire::{Clip, Failure, Moment};
use tch::{Device, IndexOp as _, Kind, Tensor};

use crate::job::{Clock, Listener};
use crate::picture;
use crate::weights::{Checkpoint, Named, Naming, Progress, load};
pub use flow_net::{FlowNet, FlowNetConfig};

/// The keys of an interpolator, as its makers wrote them or with the names of ComfyUI. Networks that only training needs
/// are left out.
#[derive(Clone, Copy, Debug)]
struct InterpolatorNaming;

impl Naming for InterpolatorNaming {
    fn family(&self) -> &'static str {
        "frame interpolator"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let named = keys.iter().map(|key| {
            let key = key.strip_prefix("module.").unwrap_or(key);
            let key = key.strip_prefix("flownet.").unwrap_or(key);
            if key.starts_with("teacher.") || key.starts_with("caltime.") {
                return Named::Ignored;
            }
            Named::Parameter(match key.strip_prefix("blocks.") {
                Some(block) => format!("block{block}"),
                None => key.to_owned(),
            })
        });
        named.collect()
    }
}

/// Opens the weights of an interpolator. Only the header is read.
pub fn open(path: &Path) -> Result<(Checkpoint, FlowNetConfig), Failure> {
    let checkpoint = Checkpoint::open(path, InterpolatorNaming)?;
    if checkpoint.shape("block0.conv0.0.0.weight").is_none() {
        return Err(Failure::bad_file(
            format!("{} holds no frame interpolator", path.display()),
            "use RIFE 4.25 or 4.26, converted with `kinora models convert flownet.pkl`",
        ));
    }
    let config = FlowNetConfig::detect(&checkpoint)?;
    Ok((checkpoint, config))
}

/// A loaded interpolator.
#[derive(Debug)]
pub struct Interpolator {
    network: FlowNet,
    multiple: i64,
    device: Device,
    kind: Kind,
}

impl Interpolator {
    /// Loads an opened interpolator onto a device.
    pub fn load(
        checkpoint: &Checkpoint,
        config: FlowNetConfig,
        (device, kind): (Device, Kind),
        progress: &mut Progress,
    ) -> Result<Self, Failure> {
        let _no_grad = tch::no_grad_guard();
        Ok(Self {
            network: load(checkpoint, device, kind, progress, |weights| {
                FlowNet::new(config, weights)
            })?,
            multiple: config.multiple(),
            device,
            kind,
        })
    }

    /// Makes the pictures of a clip at these moments, in their order, and sends each as it is done. A moment that lies
    /// on a picture is that picture. Only two pictures are in memory at a time.
    pub fn make_moments(
        &self,
        clip: &Clip,
        moments: &[Moment],
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<(), Failure> {
        let mut frames = Frames {
            clip,
            read: Vec::new(),
        };
        for (at, moment) in moments.iter().enumerate() {
            listener.check()?;
            let Moment { frame, part } = *moment;
            let one = clock.encoding(|| frames.read(frame))?;
            let made = if part > 0.0 {
                let other = clock.encoding(|| frames.read(frame + 1))?;
                clock.decoding(|| self.made(&one, &other, part))
            } else {
                one.picture.shallow_clone()
            };
            listener.picture(&made, (at, moments.len()), "in-betweens")?;
        }
        Ok(())
    }

    /// The picture at a moment between two of one size, from 0 to 1: 3 x h x w in [0, 1] on the CPU.
    pub fn between(&self, one: &Tensor, other: &Tensor, moment: f64) -> Tensor {
        let [one, other] = [one, other].map(|picture| Read::of(picture.shallow_clone()));
        self.made(&one, &other, moment)
    }

    fn made(&self, one: &Read, other: &Read, moment: f64) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let size = one.picture.size();
        let [one, other] = [one, other].map(|read| self.seen(read));
        let [one, other] = [one, other].map(|seen| [&seen.padded, &seen.features]);
        let made = self.network.between(one, other, moment).squeeze_dim(0);
        let made = made.i((.., ..size[1], ..size[2])).to_kind(Kind::Float);
        made.to_device(Device::Cpu).clamp(0.0, 1.0)
    }

    /// The picture as the network takes it, made once however many moments need it.
    fn seen<'r>(&self, read: &'r Read) -> &'r Seen {
        read.seen.get_or_init(|| {
            let padded = self.padded(&read.picture);
            Seen {
                features: self.network.features(&padded),
                padded,
            }
        })
    }

    /// On the device, with zeros at the right and below up to the multiple, as RIFE's own program does it: 1 3 h w.
    fn padded(&self, picture: &Tensor) -> Tensor {
        let size = picture.size();
        let missing = |side: i64| (self.multiple - side % self.multiple) % self.multiple;
        let picture = picture.to_device(self.device).to_kind(self.kind);
        let sides = [0, missing(size[2]), 0, missing(size[1])];
        picture.unsqueeze(0).pad(sides, "constant", 0.0)
    }
}

/// A picture as the network takes it.
struct Seen {
    /// On the device: 1 3 h w.
    padded: Tensor,
    features: Tensor,
}

/// A picture of a clip.
struct Read {
    /// 3 h w in [0, 1], on the CPU.
    picture: Tensor,
    /// Empty until a moment beside it is made.
    seen: OnceCell<Seen>,
}

impl Read {
    fn of(picture: Tensor) -> Self {
        let seen = OnceCell::new();
        Self { picture, seen }
    }
}

/// The pictures of a clip, of which the last two are kept: several moments may lie between them.
struct Frames<'c> {
    clip: &'c Clip,
    read: Vec<(u32, Rc<Read>)>,
}

impl Frames<'_> {
    fn read(&mut self, frame: u32) -> Result<Rc<Read>, Failure> {
        if let Some((_, known)) = self.read.iter().find(|(known, _)| *known == frame) {
            return Ok(Rc::clone(known));
        }
        let path = self.clip.frames.get(frame as usize).ok_or_else(|| {
            Failure::bug(format!(
                "frame {frame} of a clip of {}",
                self.clip.frames.len()
            ))
        })?;
        let read = picture::to_tensor(&picture::read(path)?) * 0.5 + 0.5;
        if let Some((_, before)) = self.read.last()
            && before.picture.size() != read.size()
        {
            return Err(Failure::bad_file(
                format!(
                    "{} has another size than the picture before it",
                    path.display()
                ),
                "use pictures of one size",
            ));
        }
        if self.read.len() == 2 {
            self.read.remove(0);
        }
        let read = Rc::new(Read::of(read));
        self.read.push((frame, Rc::clone(&read)));
        Ok(read)
    }
}
