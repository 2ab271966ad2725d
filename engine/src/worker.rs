//! Runs jobs one at a time: finds the model, fills in the request, generates the clip or makes one larger.
//! Loaded networks stay in memory for the next job on the same device.

use std::path::{Path, PathBuf};

use kinora_wire::{
    Device as DeviceInfo, Embed, Failure, FailureKind, FileVerdict, Generation, Interpolate,
    Progress, SoundForPicture, SoundShape, Timings, Upscale, hint,
};
use tch::{Device, Kind};

use crate::catch_panic::catch_job_panic;
use crate::embeddings::EmbeddingCache;
use crate::family::SoundBlock;
use crate::family::embedder::{self, Embedder};
use crate::files;
use crate::interpolate::{self, Interpolator};
use crate::job::{Clock, Listener, SpeedHistory};
use crate::library::{HashCache, Library, hash_files, verify};
use crate::libtorch::{Keeping, keep_freed_memory};
use crate::model_cache::LoadedModels;
use crate::pipeline::Generator;
use crate::pipeline::sink::send_sound;
use crate::prepared::{FreeMemory, Prepared, chosen_device};
use crate::sound_for_picture::{self, SoundMaker};
use crate::upscale::{self, Upscaler};

/// Runs jobs.
#[derive(Debug)]
pub struct Worker {
    generator: Option<Generator>,
    /// The upscaler of the last upscaling job.
    upscaler: Option<LoadedUpscaler>,
    /// The image encoder of the last job that described pictures.
    embedder: Option<LoadedEmbedder>,
    /// Folder for encoded prompts and file hashes. `None`: nothing is cached.
    cache: Option<PathBuf>,
    free_memory: FreeMemory,
}

impl Worker {
    /// With the user's cache folder.
    pub fn of_user() -> Self {
        Self::with_cache(files::of_user().map(|ours| ours.cache_dir().to_path_buf()))
    }

    /// With this cache folder, or without a cache.
    pub fn with_cache(cache: Option<PathBuf>) -> Self {
        Self {
            generator: None,
            upscaler: None,
            embedder: None,
            cache,
            free_memory: FreeMemory::default(),
        }
    }

    /// With what others have measured of the free memory, and report to it.
    #[must_use]
    pub fn sharing(mut self, free_memory: FreeMemory) -> Self {
        self.free_memory = free_memory;
        self
    }

    /// Generates a clip. After a failure the worker is ready for the next job.
    pub fn generate(
        &mut self,
        request: &Generation,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.guarded(|worker| worker.try_generate(request, listener))
    }

    /// Makes the pictures of a clip larger. After a failure the worker is ready for the next job.
    pub fn upscale(
        &mut self,
        request: &Upscale,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.guarded(|worker| worker.try_upscale(request, listener))
    }

    fn try_upscale(
        &mut self,
        request: &Upscale,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        let mut clock = Clock::start();
        let (id, path) =
            Library::of_user().upscaler(request.model.as_deref(), request.guide.is_some())?;
        let (checkpoint, config) = upscale::open(&path)?;
        let (device, info) = chosen_device(request.device.as_deref())?;
        listener.receive(
            Progress::UpscaleBegun {
                upscale: Box::new(Upscale {
                    model: Some(id),
                    device: Some(info.id.clone()),
                    ..request.clone()
                }),
                device: info.name.clone(),
                scale: config.scale() as u32,
            },
            Vec::new(),
        )?;
        let key = (checkpoint.identity(), device);
        let kept = self.upscaler.take().filter(|(known, _)| *known == key);
        let upscaler = match kept {
            Some((_, upscaler)) => upscaler,
            None => clock.loading(|| {
                let total = checkpoint.size_bytes();
                let kind = if device.is_cuda() {
                    Kind::Half
                } else {
                    Kind::Float
                };
                Upscaler::load(&checkpoint, config, (device, kind), &mut |done| {
                    listener.loading("upscaler", done, total)
                })
            })?,
        };
        let (_, upscaler) = self.upscaler.insert((key, upscaler));
        upscaler.enlarge_clip(request, &mut clock, listener)?;
        Ok(clock.timings())
    }

    /// Makes pictures between those of a clip. After a failure the worker is ready for the next job.
    pub fn interpolate(
        &mut self,
        request: &Interpolate,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.guarded(|_| try_interpolate(request, listener))
    }

    /// Makes sound for the pictures of a clip. After a failure the worker is ready for the next job.
    pub fn sound(
        &mut self,
        request: &SoundForPicture,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.guarded(|_| try_sound(request, listener))
    }

    /// Describes pictures by vectors. After a failure the worker is ready for the next job.
    pub fn embed(
        &mut self,
        request: &Embed,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        self.guarded(|worker| worker.try_embed(request, listener))
    }

    fn try_embed(
        &mut self,
        request: &Embed,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        let mut clock = Clock::start();
        let (_, path) = Library::of_user().image_encoder(request.model.as_deref())?;
        let opened = embedder::open(&path)?;
        let (device, _) = chosen_device(request.device.as_deref())?;
        let key = (opened.checkpoint.identity(), device);
        let kept = self.embedder.take().filter(|(known, _)| *known == key);
        let embedder = match kept {
            Some((_, embedder)) => embedder,
            None => clock.loading(|| embedder::load(&opened, device, listener))?,
        };
        let (_, embedder) = self.embedder.insert((key, embedder));
        embedder.embed_files(&request.pictures, &mut clock, listener)?;
        Ok(clock.timings())
    }

    /// Runs a job. If it fails for want of memory or by a fault of ours, all networks are freed; the next job loads what
    /// it needs.
    fn guarded(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<Timings, Failure>,
    ) -> Result<Timings, Failure> {
        let done = catch_job_panic(|| job(self));
        if let Err(failure) = &done
            && matches!(failure.kind, FailureKind::OutOfMemory | FailureKind::Bug)
        {
            self.generator = None;
            self.upscaler = None;
            self.embedder = None;
            keep_freed_memory(Keeping::Nothing);
        }
        done
    }

    fn try_generate(
        &mut self,
        request: &Generation,
        listener: &mut dyn Listener,
    ) -> Result<Timings, Failure> {
        let Prepared {
            library,
            model,
            plan,
            device,
            info,
        } = Prepared::of(request)?;
        let generator = self.generator_on(device, &info);
        let memory = generator.memory_plan(&model, &plan)?;
        let seconds = generator.expected_seconds(&model, &plan, &memory);
        let references = request.inputs.references.iter();
        let names: Vec<&str> = references.map(|one| one.name.as_str()).collect();
        let complete = Box::new(Generation {
            device: Some(info.id.clone()),
            ..plan.request.clone()
        });
        listener.receive(
            Progress::Begun {
                request: complete,
                device: info.name.clone(),
                hint: hint(
                    &model.id,
                    library.vocabulary(&model.id),
                    &model.seen_prompt(&request.inputs.prompt),
                    &names,
                )
                .or_else(|| model.hint_of_modules()),
                memory: Some(memory.in_use()),
                seconds,
            },
            Vec::new(),
        )?;
        generator.generate_by(memory, &model, &plan, listener)
    }

    /// Hashes a model's files and compares them with its card, or hashes the one file that `model` is the path of.
    /// `progress` gets bytes done and in total.
    pub fn verify(
        &mut self,
        model: &str,
        progress: &mut dyn FnMut(u64, u64) -> Result<(), Failure>,
    ) -> Result<Vec<FileVerdict>, Failure> {
        catch_job_panic(|| {
            let mut hashes = HashCache::of_user(self.cache.as_deref());
            let file = Path::new(model);
            if file.is_file() {
                return hash_files(&[file], None, &mut hashes, progress);
            }
            let library = Library::of_user();
            let model = library.open(Some(model))?;
            verify(&model, library.card(&model.id), &mut hashes, progress)
        })
    }

    fn generator_on(&mut self, device: Device, info: &DeviceInfo) -> &mut Generator {
        let free_bytes = self.free_memory.at_first_use(info);
        let kept = self
            .generator
            .take()
            .filter(|generator| generator.models.device == device);
        let cache = self.cache.as_ref();
        self.generator.insert(kept.unwrap_or_else(|| Generator {
            models: LoadedModels::on(device, free_bytes),
            embeddings: cache.map(|cache| EmbeddingCache::in_folder(&cache.join("prompts"))),
            speed: SpeedHistory::of(&info.name, cache.map(PathBuf::as_path)),
        }))
    }
}

/// Loads the interpolator for this job alone: it is small.
fn try_interpolate(request: &Interpolate, listener: &mut dyn Listener) -> Result<Timings, Failure> {
    let mut clock = Clock::start();
    let (id, path) = Library::of_user().interpolator(request.model.as_deref())?;
    let (checkpoint, config) = interpolate::open(&path)?;
    let (device, info) = chosen_device(request.device.as_deref())?;
    listener.receive(
        Progress::InterpolateBegun {
            model: id,
            device: info.name,
        },
        Vec::new(),
    )?;
    let interpolator = clock.loading(|| {
        let total = checkpoint.size_bytes();
        // Motion in pixels needs more than half precision.
        Interpolator::load(&checkpoint, config, (device, Kind::Float), &mut |done| {
            listener.loading("interpolator", done, total)
        })
    })?;
    interpolator.make_moments(&request.clip, &request.moments, &mut clock, listener)?;
    Ok(clock.timings())
}

/// Loads the network of sound for this job alone: it is small.
fn try_sound(request: &SoundForPicture, listener: &mut dyn Listener) -> Result<Timings, Failure> {
    let mut clock = Clock::start();
    let (_, path) = Library::of_user().sound_network(request.model.as_deref())?;
    let maker = clock.loading(|| SoundMaker::load(&sound_for_picture::open(&path)?))?;
    let sound = maker.sound_of(request, &mut clock, listener)?;
    let mut first_sample = 0;
    for samples in sound.blocks(SoundShape::RATE_HZ as usize) {
        let count = samples.len() as u64 / 2;
        let block = SoundBlock {
            samples,
            rate_hz: SoundShape::RATE_HZ,
            channels: 2,
        };
        send_sound(first_sample, &block, listener)?;
        first_sample += count;
    }
    Ok(clock.timings())
}

/// An upscaler, with the identity of its file and its device.
type LoadedUpscaler = ((String, Device), Upscaler);

/// The same of an image encoder.
type LoadedEmbedder = ((String, Device), Embedder);
