//! The sound that a network makes for pictures: of the starter's clips while they are decoded, and of finished pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::RgbImage;
use kinora_engine::job::{Clock, Listener};
use kinora_engine::library::{Card, Library};
use kinora_engine::model::Model;
use kinora_engine::sound_for_picture::{self, SoundMaker};
use kinora_wire::{
    Clip, ClipInputs, Failure, FailureKind, Generation, Makes, PartialSettings, Progress,
    SoundForPicture, SoundShape,
};

use crate::pipeline;

/// Width and height of the starter's frames.
const SIZE: [u32; 2] = [96, 64];

/// The folder of the starter's files.
pub fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/starter")
}

fn network() -> PathBuf {
    starter().join("starter_sound.safetensors")
}

fn model_in(folder: &Path) -> Model {
    let library = Library::in_folders(vec![folder.to_path_buf()]);
    library.open(Some("starter")).expect("the starter")
}

/// What a job sends.
#[derive(Debug, Default, PartialEq)]
struct Sent {
    pixels: Vec<u8>,
    sound: Vec<u8>,
    /// What came, in order, each kind once.
    kinds: Vec<&'static str>,
    /// Cancels the job when it begins to make sound.
    cancels: bool,
}

impl Listener for Sent {
    fn receive(&mut self, progress: Progress, bytes: Vec<u8>) -> Result<(), Failure> {
        let kind = match progress {
            Progress::Frames { .. } => {
                self.pixels.extend(bytes);
                "frames"
            }
            Progress::Sound {
                first_sample,
                sound,
            } => {
                assert_eq!(first_sample as usize, self.sound.len() / 8, "no gap");
                assert_eq!(sound.bytes(), Some(bytes.len()));
                assert_eq!(sound.channels, 2);
                self.sound.extend(bytes);
                "sound"
            }
            Progress::Working { what, .. } if what == "sound" => match self.cancels {
                true => return Err(Failure::cancelled()),
                false => "work on sound",
            },
            _ => return Ok(()),
        };
        if self.kinds.last() != Some(&kind) {
            self.kinds.push(kind);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

fn request(makes: Makes, seed: u64) -> Generation {
    Generation {
        settings: PartialSettings {
            steps: Some(2),
            frames: Some(17),
            ..PartialSettings::default()
        },
        inputs: ClipInputs {
            prompt: "a yellow robot walks left in the desert at sunset".into(),
            seed,
            makes,
            ..ClipInputs::default()
        },
        ..Generation::default()
    }
}

fn made(model: &Model, makes: Makes, seed: u64) -> Sent {
    let plan = model.plan(&request(makes, seed), &|_| Vec::new());
    let mut sent = Sent::default();
    pipeline::generator()
        .generate(model, &plan.expect("possible"), &mut sent)
        .expect("a clip");
    sent
}

/// The pictures of a clip as files.
fn written(pixels: &[u8], folder: &Path) -> Clip {
    let [width, height] = SIZE;
    let frames = pixels.chunks(3 * (width * height) as usize).enumerate();
    let frames = frames.map(|(at, pixels)| {
        let path = folder.join(format!("{at:03}.png"));
        let picture = RgbImage::from_raw(width, height, pixels.to_vec());
        picture.expect("a picture").save(&path).expect("saved");
        path
    });
    Clip {
        frames: frames.collect(),
    }
}

fn sound_of(request: &SoundForPicture) -> Result<Vec<u8>, Failure> {
    let maker = SoundMaker::load(&sound_for_picture::open(&network()).expect("a network"))?;
    let sound = maker.sound_of(request, &mut Clock::start(), &mut Sent::default())?;
    let blocks = sound.blocks(1000);
    Ok(blocks
        .flat_map(|block| SoundShape::to_bytes(&block))
        .collect())
}

#[test]
fn a_clip_of_the_starter_has_sound_of_its_length_and_the_frames_it_had_without() {
    tch::set_num_threads(1);
    let model = model_in(&starter());
    assert!(model.spec().makes_sound);
    let card = Card::read(&starter().join("starter.ron")).expect("a card");
    assert_eq!(card.spec().makes(), Makes::Both);
    let silent = made(&model, Makes::Picture, 7);
    assert!(silent.sound.is_empty());
    assert_eq!(silent.kinds, ["frames"]);
    let both = made(&model, Makes::Both, 7);
    assert!(both.pixels == silent.pixels, "the frames stay the same");
    assert_eq!(both.kinds, ["frames", "work on sound", "sound"]);
    assert_eq!(both.sound.len(), 2 * 4 * 48_000 * 17 / 16);
    assert!(both == made(&model, Makes::Both, 7), "to the last bit");
    assert!(both.sound != made(&model, Makes::Both, 8).sound);
    let alone = made(&model, Makes::Sound, 7);
    assert!(alone.pixels.is_empty() && alone.sound == both.sound);
    let samples = SoundShape::new(1, 2).split(&both.sound);
    let peak = samples.fold(0.0_f32, |most, sample| most.max(sample.abs()));
    assert!((0.005..0.9).contains(&peak), "{peak}");

    // The finished frames give the same sound.
    let folder = tempfile::tempdir().expect("a folder");
    let mut request = SoundForPicture {
        clip: written(&both.pixels, folder.path()),
        rate: 16.0,
        seed: 7,
        ..SoundForPicture::default()
    };
    let began = Instant::now();
    assert!(sound_of(&request).expect("sound") == both.sound);
    println!(
        "sound of 17 frames in {:.3} s",
        began.elapsed().as_secs_f64()
    );
    request.seed = 8;
    assert!(sound_of(&request).expect("sound") != both.sound);
}

#[test]
fn without_its_network_the_starter_is_silent_and_with_a_damaged_one_it_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut copied = 0;
    for file in fs::read_dir(starter()).expect("files").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with("safetensors") && !name.contains("sound") || name == "tokenizer.json" {
            fs::copy(file.path(), folder.path().join(name)).expect("copied");
            copied += 1;
        }
    }
    assert_eq!(copied, 6, "four parts, the upscaler and the interpolator");
    let path = folder.path().display().to_string();
    let open = || Library::in_folders(Vec::new()).open(Some(&path));
    let model = open().expect("a model");
    assert!(!model.spec().makes_sound);
    assert_eq!(model.files().count(), 4);
    let refused = model.plan(&request(Makes::Both, 1), &|_| Vec::new());
    assert!(
        refused
            .expect_err("refused")
            .cause
            .contains("makes no sound")
    );
    model
        .plan(&request(Makes::Picture, 1), &|_| Vec::new())
        .expect("possible");

    let own = folder.path().join("starter_sound.safetensors");
    fs::copy(network(), &own).expect("copied");
    let model = open().expect("a model");
    assert!(model.spec().makes_sound);
    assert_eq!(model.network().sound_file(), Some(own.as_path()));
    assert_eq!(model.files().count(), 5);

    fs::write(&own, "damaged").expect("written");
    let failure = open().expect_err("refused");
    assert!(failure.cause.contains("starter_sound"), "{failure}");
}

#[test]
fn finished_clips_of_any_rate_and_size_get_sound_of_their_length() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("grey.png");
    let grey = RgbImage::from_pixel(130, 70, image::Rgb([90, 120, 60]));
    grey.save(&path).expect("saved");
    let request = |frames, rate| SoundForPicture {
        clip: Clip {
            frames: vec![path.clone(); frames],
        },
        rate,
        ..SoundForPicture::default()
    };
    for (frames, rate, samples) in [(81, 24.0, 162_000), (121, 24.0, 242_000), (1, 25.0, 1_920)] {
        let sound = sound_of(&request(frames, rate)).expect("sound");
        assert_eq!(sound.len(), 8 * samples, "{frames} frames at {rate}");
    }
    let refused = sound_of(&request(0, 24.0)).expect_err("no frames");
    assert_eq!(refused.kind, FailureKind::Refused);
    sound_of(&request(3000, 24.0)).expect_err("too long");
    let mut missing = request(3, 24.0);
    missing.clip.frames[0] = folder.path().join("gone.png");
    let failure = sound_of(&missing).expect_err("a frame is missing");
    assert!(failure.cause.contains("gone.png"), "{failure}");
}

#[test]
fn the_work_on_sound_can_be_cancelled() {
    let model = model_in(&starter());
    let plan = model.plan(&request(Makes::Both, 3), &|_| Vec::new());
    let mut sent = Sent {
        cancels: true,
        ..Sent::default()
    };
    let ended = pipeline::generator().generate(&model, &plan.expect("possible"), &mut sent);
    assert_eq!(ended.expect_err("cancelled").kind, FailureKind::Cancelled);
    assert!(sent.sound.is_empty() && !sent.pixels.is_empty());
}

#[test]
fn a_network_of_sound_is_found_among_other_files_and_is_none_of_them() {
    let library = Library::in_folders(vec![starter()]);
    let (id, path) = library.sound_network(None).expect("a network");
    assert_eq!((id.as_str(), path), ("starter_sound", network()));
    library.upscaler(None, false).expect_err("there is none");
    let (id, _) = library.interpolator(None).expect("an interpolator");
    assert_eq!(id, "starter-interpolator");
    let info = library
        .models()
        .into_iter()
        .find(|model| model.id == "starter");
    let info = info.expect("the starter");
    let for_sound = info.files.iter().filter(|file| file.is_for_sound);
    let names: Vec<&str> = for_sound.map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["starter_sound.safetensors"]);
    assert_eq!(info.files.len(), 5);
    let none = Library::in_folders(Vec::new());
    none.sound_network(None).expect_err("none is installed");
}
