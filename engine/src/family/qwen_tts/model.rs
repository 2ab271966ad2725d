//! An opened model as the pipeline sees it: a line is asked for, a voice is cloned if it must be, codes become a wave.
//! Each network runs in a phase of its own, so that memory need hold only one of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use kinora_wire::{Failure, GenerationSettings, ModelSpec, Progress};
use tch::{Device, Kind, Tensor};

use super::codec::Codec;
use super::generate::Codes;
use super::line::{Asking, VoiceAsked};
use super::memory;
use super::open::SpeechModel;
use super::recording::sample_of;
use super::say::{Voice, Wanted, codes_of, wave_of};
use super::speaker::{ClonedVoice, SpeakerEncoder};
use super::spec::{CodecRates, fallback_defaults, spec};
use super::talker::Talker;
use crate::family::contract::{ClipSink, ClipWork, Kept, MakesSound, Making, OpenModel, SoundMade};
use crate::family::part::Part;
use crate::family::sending::{samples_of, send_wave};
use crate::job::{Clock, Listener};
use crate::memory::MemoryNeeds;
use crate::model_cache::{LoadedModels, Slot};
use crate::plan::Plan;
use crate::weights::Checkpoint;

impl SpeechModel {
    fn rates(&self) -> CodecRates {
        let codec = &self.codec.shape;
        CodecRates {
            frames: codec.frame_rate(),
            samples_hz: u32::try_from(codec.rate_hz).unwrap_or_default(),
        }
    }

    /// The clone that the line is said with. `None`: it is said with another voice.
    fn cloned(
        &self,
        voice: &VoiceAsked,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Option<ClonedVoice>, Failure> {
        let VoiceAsked::Cloned { recording, consent } = voice else {
            return Ok(None);
        };
        let without = || Failure::bug("a model that clones voices has no speaker encoder");
        let Part { checkpoint, shape } = self.speaker.as_ref().ok_or_else(without)?;
        let sample = clock.encoding(|| sample_of(recording, listener))?;
        let encoder = models.network(Slot::Speaker, checkpoint, listener, clock, |weights| {
            SpeakerEncoder::new(shape, weights)
        })?;
        listener.check()?;
        let cloned = clock.encoding(|| encoder.clone_voice(&sample, consent.clone()));
        cloned.map(Some)
    }

    fn codes(
        &self,
        asking: &Asking,
        cloned: Option<&ClonedVoice>,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Codes, Failure> {
        let tokenizer = clock.loading(|| self.tokenizer(models))?;
        let Part { checkpoint, shape } = &self.talker;
        let slot = Slot::Transformer;
        let talker = models.network(slot, checkpoint, listener, clock, |weights| {
            Talker::new(&shape.talker, weights)
        })?;
        let voice = match (&asking.voice, cloned) {
            (_, Some(cloned)) => Voice::Cloned(cloned),
            (VoiceAsked::Described(words), None) => Voice::Described(words),
            (VoiceAsked::Own { name, instruction }, None) => Voice::Own { name, instruction },
            (VoiceAsked::Cloned { .. }, None) => {
                return Err(Failure::bug("a voice was not cloned"));
            }
        };
        let wanted = Wanted {
            text: asking.text,
            language: asking.language,
            voice,
            choices: asking.choices,
            seed: asking.seed,
            most_seconds: asking.most_frames as f64 / self.codec.shape.frame_rate(),
        };
        let began = Instant::now();
        let talker = (shape, talker, tokenizer.as_ref());
        let codes = codes_of(talker, &wanted, asking.most_frames, listener)?;
        clock.denoising += began.elapsed().as_secs_f64();
        Ok(codes)
    }

    /// The wave of codes: 1 x 1 x n at the rate of the codec.
    fn wave(
        &self,
        codes: &Codes,
        models: &mut LoadedModels,
        listener: &mut dyn Listener,
        clock: &mut Clock,
    ) -> Result<Tensor, Failure> {
        let Part { checkpoint, shape } = &self.codec;
        let slot = Slot::SoundAutoencoder;
        let codec = models.network(slot, checkpoint, listener, clock, |weights| {
            Codec::new(shape, weights)
        })?;
        let began = Instant::now();
        let wave = wave_of(codec, codes, listener)?;
        clock.decoding += began.elapsed().as_secs_f64();
        Ok(wave.unsqueeze(0))
    }
}

impl MakesSound for SpeechModel {
    fn make(
        &self,
        plan: &Plan,
        kept: Kept<'_>,
        listener: &mut dyn Listener,
        clock: &mut Clock,
        sink: &mut dyn ClipSink,
    ) -> Result<SoundMade, Failure> {
        let asking = Asking::of(self, plan)?;
        let models = kept.models;
        let cloned = self.cloned(&asking.voice, models, listener, clock)?;
        let codes = self.codes(&asking, cloned.as_ref(), models, listener, clock)?;
        if !codes.has_ended {
            let text = format!(
                "the line is not over after {} s and is cut there: give it more time",
                plan.seconds()
            );
            listener.receive(Progress::Notice { text }, Vec::new())?;
        }
        let wave = self.wave(&codes, models, listener, clock)?;
        let samples = samples_of(plan.frames(), plan.settings().rate);
        send_wave(&wave, self.codec.shape.rate_hz, samples, listener, sink)?;
        let share = codes.frames.len() as f64 / asking.most_frames.max(1) as f64;
        Ok(SoundMade {
            latents: None,
            share,
        })
    }
}

impl OpenModel for SpeechModel {
    fn spec(&self, _defaults: &GenerationSettings) -> ModelSpec {
        spec(Some(self.config().kind), self.rates())
    }

    fn fallback_defaults(&self) -> GenerationSettings {
        fallback_defaults(self.choices(), self.rates())
    }

    fn checkpoints(&self) -> Vec<&Checkpoint> {
        SpeechModel::checkpoints(self).collect()
    }

    fn tokenizer_file(&self) -> Option<&Path> {
        self.tokenizer.first().map(PathBuf::as_path)
    }

    fn further_files(&self) -> &[PathBuf] {
        self.tokenizer.get(1..).unwrap_or_default()
    }

    fn refuse(&self, plan: &Plan) -> Result<(), Failure> {
        Asking::of(self, plan).map(|_| ())
    }

    fn memory_needs(
        &self,
        plan: &Plan,
        _device: Device,
        kind: Kind,
    ) -> Result<MemoryNeeds, Failure> {
        memory::needs(self, plan, kind)
    }

    /// A line ends when it ends, so the passes are the most that there can be.
    fn work(&self, plan: &Plan) -> ClipWork {
        let (talker, codec) = (&self.config().talker, &self.codec.shape);
        let (layers, width) = (talker.layers.layers, talker.layers.width);
        ClipWork {
            transformer: format!("talker {width} x{layers}, {} codes", talker.groups),
            operations_per_pass: 2.0 * self.talker.checkpoint.numbers() as f64,
            passes: memory::frames_of(self, plan) as usize,
            decoder: format!("codec {}, {} codes", codec.channels, codec.quantisers),
        }
    }

    fn making(&self) -> Making<'_> {
        Making::SoundAlone(self)
    }
}
