//! The options of `generate`, shared by `kinora` and `kinora-engine`, and the request built from them.
//! The doc comments are the help texts.

mod files;
mod values;

use std::path::PathBuf;

use clap::Args;

use crate::{
    ClipInputs, Expert, ExpertSwitch, Generation, Guidance, Keyframe, Lora, LowNoiseGuidance,
    Makes, ModelSpec, PartialSettings, Reference, Sampler, Source, StepCache, size_bytes,
};
use files::{camera, clip};
use values::{
    character, count, finite, guidance, keyframe, lora, range, scale, seed, stages, streams,
};

pub use values::frame_size;

/// What to generate, and how.
#[derive(Clone, Debug, Args)]
pub struct GenerateOptions {
    /// The prompt: what the clip shows.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: String,
    /// An installed model's id, or the folder of a model; the first installed one if left out.
    #[arg(long, value_name = "ID|DIR")]
    pub model: Option<String>,
    /// The negative prompt: what the clip must not show; the model's own if left out.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub negative: Option<String>,
    /// Width and height of a frame, in pixels.
    #[arg(long, value_name = "WxH", value_parser = frame_size)]
    pub size: Option<[u32; 2]>,
    /// Length in seconds at the model's own frame rate, rounded up to a length the model can make.
    #[arg(
        long,
        value_name = "S",
        conflicts_with = "frames",
        value_parser = finite,
        allow_negative_numbers = true
    )]
    pub seconds: Option<f64>,
    /// Length in frames, one the model can make.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub frames: Option<u32>,
    /// Seed of the initial noise, 0 or more; the same seed gives the same clip. The noise depends on its lowest 32 bits.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        value_parser = seed,
        allow_negative_numbers = true
    )]
    pub seed: u64,
    /// Denoising steps.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub steps: Option<u32>,
    /// Guidance: a CFG scale (classifier-free guidance) such as 5, "zero:5" for CFG-Zero*, or "off".
    #[arg(long, value_name = "G", value_parser = guidance, allow_negative_numbers = true)]
    pub guidance: Option<Guidance>,
    /// CFG scale of the low-noise expert, for models with two experts; that of --guidance if only that is given.
    #[arg(long, value_name = "G", value_parser = scale, allow_negative_numbers = true)]
    pub guidance_low: Option<f64>,
    /// Where the low-noise expert takes over: a share of the noise such as 0.875, or a step such as "step:10".
    #[arg(long, value_name = "SHARE|step:N", allow_hyphen_values = true)]
    pub expert_switch: Option<ExpertSwitch>,
    /// Timestep shift of the flow-matching schedule, above 0; higher values spend more steps at high noise.
    #[arg(long, value_name = "S", value_parser = finite, allow_negative_numbers = true)]
    pub shift: Option<f64>,
    /// Sampler: unipc, unipc-diffusers, euler or distilled.
    #[arg(long, value_name = "NAME")]
    pub sampler: Option<Sampler>,
    /// Step cache: steps whose velocity would hardly change are skipped. "off", or a threshold from 0 to 1 such as 0.06;
    /// higher values skip more and change the picture more. The first seven steps and the last of a clip, or of each
    /// expert, are never skipped, so it changes nothing with 8 steps or fewer.
    #[arg(long, value_name = "N|off", allow_hyphen_values = true)]
    pub step_cache: Option<StepCache>,
    /// Stages: 2 makes the picture at half of width and height, then at full size; 1 at full size at once. 2 is the default of
    /// a distilled model with a latent upscaler beside it.
    #[arg(long, value_name = "1|2", value_parser = stages, allow_negative_numbers = true)]
    pub stages: Option<u32>,
    /// LoRA: a safetensors file, or its name in a LoRA folder, and its strength from -4 to 4, 1 if left out; can be given
    /// again.
    #[arg(long, value_name = "FILE[:STRENGTH]", value_parser = lora)]
    pub lora: Vec<Lora>,
    /// LoRA for the high-noise expert alone, of a model with two experts; can be given again.
    #[arg(long, value_name = "FILE[:STRENGTH]", value_parser = lora)]
    pub lora_high: Vec<Lora>,
    /// LoRA for the low-noise expert alone, of a model with two experts; can be given again.
    #[arg(long, value_name = "FILE[:STRENGTH]", value_parser = lora)]
    pub lora_low: Vec<Lora>,
    /// First frame: a picture.
    #[arg(long, value_name = "IMG")]
    pub first_frame: Option<PathBuf>,
    /// Last frame: a picture.
    #[arg(long, value_name = "IMG")]
    pub last_frame: Option<PathBuf>,
    /// Keyframe: a picture for frame N, counted from 0; can be given again.
    #[arg(long, value_name = "N=IMG", value_parser = keyframe, allow_hyphen_values = true)]
    pub keyframe: Vec<Keyframe>,
    /// Character: a name from the prompt and one or more reference pictures; can be given again.
    #[arg(long, value_name = "NAME=IMG[,IMG]", value_parser = character)]
    pub character: Vec<Reference>,
    /// Camera path: a RealEstate10K/CameraCtrl text file; `kinora` also reads glTF and its own camera paths.
    #[arg(long, value_name = "FILE")]
    pub camera: Option<PathBuf>,
    /// Control clip: a folder of pictures, one per frame.
    #[arg(long, value_name = "CLIP")]
    pub control: Option<PathBuf>,
    /// Strength of control clip, characters and keyframes: 0 (ignored) to 1 (exact), at most 2.
    #[arg(long, value_name = "0..2", value_parser = finite, allow_negative_numbers = true)]
    pub control_strength: Option<f64>,
    /// Source clip to keep: a folder of pictures. Frames outside it are generated. Or a sound, a WAV file; of a model of sound
    /// alone its frames are hundredths of a second.
    #[arg(long, value_name = "CLIP|SOUND")]
    pub source: Option<PathBuf>,
    /// Sound of the source clip, a WAV file that begins with its first frame; of it the same is kept, all if only pictures are
    /// made.
    #[arg(long, value_name = "FILE.wav")]
    pub source_sound: Option<PathBuf>,
    /// Frame of the new clip at which the source begins; negative values trim its start.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub source_at: i64,
    /// Frames of the new clip to generate again, although the source covers them: from A up to, not including, B.
    #[arg(long, value_name = "A..B", value_parser = range, allow_hyphen_values = true)]
    pub retake: Option<[u32; 2]>,
    /// What of a source clip with sound is generated again there: picture, sound or both. The other is kept.
    #[arg(long, value_name = "STREAM", value_parser = streams, default_value = "both", requires = "retake")]
    pub retake_in: Makes,
    /// Device: cpu, cuda or cuda:N; the first graphics card, or the CPU, if left out.
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Memory of the device that the engine may use, such as 8GB, 8GiB or 8000MB; what is free if left out.
    #[arg(long, value_name = "SIZE", value_parser = size_bytes, allow_negative_numbers = true)]
    pub memory: Option<u64>,
    /// Also write the final latents, as safetensors.
    #[arg(long, value_name = "F.safetensors")]
    pub latents_out: Option<PathBuf>,
}

impl GenerateOptions {
    /// A note on the seed, if a part of it has no effect.
    pub fn seed_note(&self) -> Option<String> {
        let low = self.seed & u64::from(u32::MAX);
        (low != self.seed).then(|| {
            format!(
                "the noise depends on the lowest 32 bits of the seed: seed {} makes the same clip as seed {low}",
                self.seed
            )
        })
    }

    /// Builds the request. `spec` returns the model's spec; it is called only for a length in seconds.
    pub fn request<E: From<String>>(
        self,
        spec: impl FnOnce() -> Result<ModelSpec, E>,
    ) -> Result<Generation, E> {
        let frames = match self.seconds {
            Some(seconds) => Some(spec()?.frames_lasting(seconds)?),
            None => self.frames,
        };
        let ends = [(0, self.first_frame), (-1, self.last_frame)];
        let ends = ends.into_iter().filter_map(|(frame, image)| {
            Some(Keyframe {
                frame,
                image: image?,
            })
        });
        let only = |expert: Expert| {
            move |lora: Lora| Lora {
                expert: Some(expert),
                ..lora
            }
        };
        let high = self.lora_high.into_iter().map(only(Expert::HighNoise));
        let low = self.lora_low.into_iter().map(only(Expert::LowNoise));
        let loras = self.lora.into_iter().chain(high).chain(low).collect();
        let (at, retake) = (self.source_at, self.retake);
        let placed = |clip: PathBuf| Source {
            clip,
            at,
            retake: retake.filter(|_| self.retake_in.has_sound()),
        };
        let mut sound = self.source_sound.map(placed);
        let source = match self.source {
            Some(file) if file.is_file() => {
                sound = Some(placed(file));
                None
            }
            Some(folder) => {
                let clip = clip(&folder)?;
                Some(Source {
                    clip,
                    at,
                    retake: retake.filter(|_| self.retake_in.has_picture()),
                })
            }
            None => None,
        };
        Ok(Generation {
            model: self.model,
            settings: PartialSettings {
                negative: self.negative,
                size: self.size,
                frames,
                rate: None,
                steps: self.steps,
                guidance: self.guidance,
                guidance_low: self.guidance_low.map(LowNoiseGuidance::Scale),
                expert_switch: self.expert_switch,
                sampler: self.sampler,
                shift: self.shift,
                control_strength: self.control_strength,
                step_cache: self.step_cache,
                stream_guidance: None,
                two_stages: self.stages.map(|stages| stages == 2),
                speech: None,
            },
            inputs: ClipInputs {
                prompt: self.prompt,
                seed: self.seed,
                keyframes: ends.chain(self.keyframe).collect(),
                references: self.character,
                camera: self.camera.map(|path| camera(&path)).transpose()?,
                source,
                loras,
                makes: Makes::Picture,
            },
            control: self.control.map(|folder| clip(&folder)).transpose()?,
            sound,
            voice: None,
            device: self.device,
            memory_limit_bytes: self.memory,
            latents_out: self.latents_out,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn values_are_parsed_as_documented() {
        assert_eq!(frame_size("832x480"), Ok([832, 480]));
        assert_eq!(
            guidance("zero:5"),
            Ok(Guidance::ZeroStar {
                scale: 5.0,
                zero_steps: 1
            })
        );
        assert_eq!(guidance("off"), Ok(Guidance::Off));
        assert_eq!(range("24..48"), Ok([24, 48]));
        for text in ["-1", "zero:-1", "nan", "five"] {
            let why = guidance(text).expect_err(text);
            assert!(why.contains("0 or more"), "{why}");
        }
        assert_eq!(seed("9223372036854775808"), Ok(1 << 63));
        assert!(seed("-1").is_err_and(|why| why.contains("0 or more")));
        assert!(count("-5").is_err() && count("5").is_ok());
        assert!(
            range("48..24").is_err() && frame_size("832").is_err() && character("mia=").is_err()
        );
        assert_eq!(character("mia=a.png,b.png").expect("whole").images.len(), 2);
    }

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: GenerateOptions,
    }

    fn parsed(words: &[&str]) -> Result<GenerateOptions, String> {
        let line = Line::try_parse_from([&["kinora"][..], words].concat());
        line.map(|line| line.options)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn texts_that_begin_with_a_dash_are_taken_and_numbers_below_0_are_answered() {
        let options = parsed(&["--prompt", "-- a robot", "--negative", "-blurry"]).expect("taken");
        assert_eq!(options.prompt, "-- a robot");
        assert_eq!(options.negative.as_deref(), Some("-blurry"));
        let limited = parsed(&["--prompt", "a", "--memory", "8GB"]).expect("taken");
        assert_eq!(limited.memory, Some(8_000_000_000));
        let last = parsed(&["--prompt", "a", "--keyframe", "-1=door.png"]).expect("taken");
        assert_eq!(last.keyframe[0].frame, -1);
        for (option, value) in [
            ("--seed", "-1"),
            ("--guidance", "-1"),
            ("--guidance-low", "-1"),
            ("--frames", "-5"),
        ] {
            let why = parsed(&["--prompt", "a", option, value]).expect_err(option);
            assert!(why.contains("0 or more"), "{why}");
        }
    }

    #[test]
    fn the_settings_of_experts_are_parsed() {
        let words = ["--prompt", "a", "--guidance-low", "3", "--expert-switch"];
        let request = |switch: &str| {
            let options = parsed(&[&words[..], &[switch]].concat())?;
            options.request::<String>(|| Err("not asked".into()))
        };
        let settings = request("step:10").expect("taken").settings;
        assert_eq!(settings.expert_switch, Some(ExpertSwitch::Step(10)));
        assert_eq!(settings.guidance_low, Some(LowNoiseGuidance::Scale(3.0)));
        let why = request("2").expect_err("no share");
        assert!(why.contains("0 to 1"), "{why}");
    }

    #[test]
    fn a_step_cache_is_a_threshold_or_off() {
        let cache = |text: &str| {
            let options = parsed(&["--prompt", "a", "--step-cache", text]);
            options.map(|options| options.step_cache)
        };
        let easy = StepCache::Easy { threshold: 0.06 };
        assert_eq!(cache("0.06"), Ok(Some(easy)));
        assert_eq!(cache("off"), Ok(Some(StepCache::Off)));
        for text in ["-0.1", "1.1", "on"] {
            let why = cache(text).expect_err(text);
            assert!(why.contains("0 to 1"), "{why}");
        }
    }

    #[test]
    fn the_strength_of_a_lora_follows_its_last_colon() {
        for (text, file, strength) in [
            ("style.safetensors", "style.safetensors", 1.0),
            ("style.safetensors:0.8", "style.safetensors", 0.8),
            ("style.safetensors:-1", "style.safetensors", -1.0),
            (
                r"C:\loras\style.safetensors",
                r"C:\loras\style.safetensors",
                1.0,
            ),
            (
                r"C:\loras\style.safetensors:2",
                r"C:\loras\style.safetensors",
                2.0,
            ),
            ("a:b:0.5", "a:b", 0.5),
            ("style:nan", "style:nan", 1.0),
            ("style:inf", "style:inf", 1.0),
            ("style:", "style:", 1.0),
        ] {
            let expected = Lora {
                file: file.into(),
                strength,
                expert: None,
            };
            assert_eq!(lora(text), Ok(expected), "{text}");
        }
        assert!(lora("").is_err() && lora(":0.5").is_err());
    }

    #[test]
    fn loras_for_one_expert_follow_those_for_both() {
        let words = ["--prompt", "a", "--lora-low", "c:0.5", "--lora-high", "b"];
        let words = [words.as_slice(), &["--lora", "a:2", "--lora", "d"]].concat();
        let options = parsed(&words).expect("taken");
        let request = options.request::<String>(|| Ok(ModelSpec::default()));
        let loras = request.expect("a request").inputs.loras;
        let reported: Vec<_> = loras
            .iter()
            .map(|lora| (lora.file.to_str(), lora.strength, lora.expert))
            .collect();
        let expected = [
            (Some("a"), 2.0, None),
            (Some("d"), 1.0, None),
            (Some("b"), 1.0, Some(Expert::HighNoise)),
            (Some("c"), 0.5, Some(Expert::LowNoise)),
        ];
        assert_eq!(reported, expected);
    }

    #[test]
    fn a_seed_of_more_than_32_bits_is_reported() {
        let note = |seed: &str| {
            let options = parsed(&["--prompt", "a", "--seed", seed]).expect("taken");
            options.seed_note()
        };
        assert_eq!(note("4294967295"), None);
        let said = note("4294967297").expect("a note");
        assert!(
            said.contains("32 bits") && said.ends_with("as seed 1"),
            "{said}"
        );
    }
}
