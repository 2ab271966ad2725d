//! Sound for pictures that have none: a small network writes from the frames of a clip what is heard in it, and a
//! synthesiser plays that. It plays the sounds of one small world: steps, jumps, cloth, and the air of a place.

mod looks;
pub mod network;
pub mod random;
pub mod reading;
pub mod score;
pub mod stereo;
pub mod synth;

use std::path::Path;

use kinora_wire::{Failure, Progress, SoundForPicture};
use tch::{Device, Kind};

use crate::job::{Clock, Listener};
use crate::picture;
use crate::weights::{Checkpoint, Named, Naming, Survey, load_checked};
pub use looks::Looks;
use network::SoundNetwork;
use reading::Pictures;
use score::Score;
use stereo::Stereo;

/// The name of the work in progress messages.
const WORK: &str = "sound";

/// The keys of a network of sound, as the trainer writes them.
#[derive(Clone, Copy, Debug)]
struct SoundNaming;

impl Naming for SoundNaming {
    fn family(&self) -> &'static str {
        "network of sound"
    }

    fn named(&self, keys: &[&str]) -> Vec<Named> {
        let named = keys.iter().map(|key| Named::Parameter((*key).to_owned()));
        named.collect()
    }
}

/// Opens the weights of a network of sound and checks all their keys. Only the header is read.
pub fn open(path: &Path) -> Result<Checkpoint, Failure> {
    let checkpoint = Checkpoint::open(path, SoundNaming)?;
    if checkpoint.shape("halvings.0.weight").is_none() {
        return Err(Failure::bad_file(
            format!("{} holds no network of sound", path.display()),
            "use the network that comes with Kinora",
        ));
    }
    checkpoint.check(&Survey::of(SoundNetwork::new)?)?;
    Ok(checkpoint)
}

/// Makes sounds of pictures. It runs on the CPU in fp32 on every machine: it is small.
#[derive(Debug)]
pub struct SoundMaker {
    network: SoundNetwork,
}

impl SoundMaker {
    /// Loads an opened network.
    pub fn load(checkpoint: &Checkpoint) -> Result<Self, Failure> {
        let _no_grad = tch::no_grad_guard();
        let (device, kind) = (Device::Cpu, Kind::Float);
        let network = load_checked(checkpoint, device, kind, &mut |_| Ok(()), SoundNetwork::new)?;
        Ok(Self { network })
    }

    /// What is heard in a clip, as in [`reading::score`].
    pub fn score(
        &self,
        pictures: &Pictures,
        seed: u64,
        check: &mut dyn FnMut(f64) -> Result<(), Failure>,
    ) -> Result<Score, Failure> {
        reading::score(&self.network, pictures, seed, check)
    }

    /// The sound of a clip that was looked at, as long as the clip. What is left to chance follows from `seed`.
    pub fn make(
        &self,
        looks: &Looks,
        seed: u64,
        listener: &mut dyn Listener,
    ) -> Result<Stereo, Failure> {
        let pictures = looks.pictures()?;
        let score = self.score(&pictures, seed, &mut |done| report(done, listener))?;
        listener.check()?;
        Ok(synth::play(&score))
    }

    /// The sound of a finished clip.
    pub fn sound_of(
        &self,
        request: &SoundForPicture,
        clock: &mut Clock,
        listener: &mut dyn Listener,
    ) -> Result<Stereo, Failure> {
        let frames = &request.clip.frames;
        SoundForPicture::check_length(frames.len(), request.rate)?;
        let mut looks = Looks::of(frames.len(), request.rate);
        for path in frames {
            listener.check()?;
            if looks.needs_next() {
                let frame = clock.encoding(|| picture::read(path))?;
                looks.add(&picture::to_tensor(&frame).unsqueeze(0).unsqueeze(2));
            } else {
                looks.skip();
            }
        }
        clock.decoding(|| self.make(&looks, request.seed, listener))
    }
}

fn report(done: f64, listener: &mut dyn Listener) -> Result<(), Failure> {
    listener.check()?;
    let what = WORK.to_owned();
    listener.receive(Progress::Working { what, done }, Vec::new())
}
