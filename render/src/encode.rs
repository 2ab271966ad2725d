//! Encoding video, sound and takes through FFmpeg: written beside their place, and moved into it when complete.

mod format;
mod sink;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ffmpeg::format::context::Output;
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::FrameRate;
use kinora_timeline::file::{Disk as _, RealDisk, beside};

use crate::media::{MediaError, Picture, Planes, quieted, url};

pub use format::{Container, Format, PictureCodec, Quality, QualityOption, SoundCodec, Still};
use sink::{PictureSink, SoundSink};

/// The content of a file to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The frame rate.
    pub rate: FrameRate,
    /// Whether sound will be written, if the format has any.
    pub has_sound: bool,
}

/// A file being written.
pub struct Writer {
    path: PathBuf,
    beside: PathBuf,
    output: Option<Output>,
    picture: Option<PictureSink>,
    sound: Option<SoundSink>,
}

impl Writer {
    /// Begins a file of this format.
    ///
    /// # Errors
    /// The folder cannot be written to; this FFmpeg lacks the encoder or cannot open it.
    pub fn create(
        path: &Path,
        format: &'static Format,
        content: Content,
    ) -> Result<Self, MediaError> {
        Self::with_quality(path, format, content, Quality::Standard)
    }

    /// The same, with the pictures in another quality, if the format has several.
    ///
    /// # Errors
    /// The folder cannot be written to; this FFmpeg lacks the encoder or cannot open it.
    pub fn with_quality(
        path: &Path,
        format: &'static Format,
        content: Content,
        quality: Quality,
    ) -> Result<Self, MediaError> {
        quieted();
        let beside = beside(path);
        let unwritable = |error| MediaError::unwritable(path, error);
        let Container::File(container, _) = format.container else {
            let why = "this format is a folder of pictures";
            return Err(MediaError::new(path, why, "export it as pictures"));
        };
        let mut output = ffmpeg::format::output_as(url(&beside), container).map_err(unwritable)?;
        let picture = format
            .picture
            .as_ref()
            .map(|codec| PictureSink::add(&mut output, codec, quality, content.size, content.rate))
            .transpose();
        let sound = format
            .sound
            .as_ref()
            .filter(|_| content.has_sound)
            .map(|codec| SoundSink::add(&mut output, codec))
            .transpose();
        let mut writer = Self {
            path: path.into(),
            beside,
            picture: None,
            sound: None,
            output: None,
        };
        let no_encoder = |error: ffmpeg::Error| {
            MediaError::new(
                path,
                format!("this FFmpeg cannot write {}: {error}", format.name),
                "choose another preset, or install an FFmpeg with its encoder",
            )
        };
        writer.picture = picture.map_err(no_encoder)?;
        writer.sound = sound.map_err(no_encoder)?;
        output
            .write_header_with(format.container_options())
            .map_err(unwritable)?;
        writer.output = Some(output);
        Ok(writer)
    }

    /// Encodes the next picture; all must have the same size.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn picture(&mut self, picture: &Picture) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.picture) else {
            return Ok(());
        };
        sink.add_picture(output, picture)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Encodes the next picture from YUV planes; only in the form of [`Format::plane_format`].
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn planes(&mut self, planes: Planes) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.picture) else {
            return Ok(());
        };
        sink.add_planes(output, planes)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Encodes the next samples, stereo interleaved, at 48 kHz.
    ///
    /// # Errors
    /// Usually a full disk.
    pub fn sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        let (Some(output), Some(sink)) = (&mut self.output, &mut self.sound) else {
            return Ok(());
        };
        sink.add_samples(output, samples)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// Flushes the encoders and moves the complete file into place, durably.
    ///
    /// # Errors
    /// Usually a full disk. Nothing is left behind.
    pub fn finish(mut self) -> Result<(), MediaError> {
        self.close()?;
        RealDisk
            .settle(&self.beside, &self.path)
            .map_err(|error| MediaError::unwritable(&self.path, error))
    }

    /// The same, but a complete file that cannot be moved into its place is moved into the folder that `refuge` makes.
    ///
    /// # Errors
    /// Usually a full disk. The error comes with the new path of the file, if it is complete.
    pub fn finish_or_keep(
        mut self,
        refuge: impl FnOnce() -> io::Result<PathBuf>,
    ) -> Result<(), (MediaError, Option<PathBuf>)> {
        self.close().map_err(|error| (error, None))?;
        let Err(error) = RealDisk.settle(&self.beside, &self.path) else {
            return Ok(());
        };
        let kept = refuge().and_then(|folder| {
            let kept = folder.join(self.path.file_name().unwrap_or_default());
            // The folder may be on another disk.
            fs::rename(&self.beside, &kept)
                .or_else(|_| fs::copy(&self.beside, &kept).map(|_| ()))?;
            Ok(kept)
        });
        Err((MediaError::unwritable(&self.path, error), kept.ok()))
    }

    /// Flushes the encoders and closes the file, which stays beside its place.
    fn close(&mut self) -> Result<(), MediaError> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        let mut end = || -> Result<(), ffmpeg::Error> {
            if let Some(sink) = &mut self.picture {
                sink.finish(&mut output)?;
            }
            if let Some(sink) = &mut self.sound {
                sink.finish(&mut output)?;
            }
            output.write_trailer()
        };
        end().map_err(|error| MediaError::unwritable(&self.path, error))?;
        drop(output); // closes the file
        Ok(())
    }
}

/// The encoder available for a format's pictures, or for its sound if it has none; `None` if there is none.
pub fn encoder_of(format: &'static Format) -> Option<&'static str> {
    quieted();
    match (format.picture.as_ref(), format.sound.as_ref()) {
        (Some(codec), _) => {
            sink::opened(codec, Quality::Standard, [64, 64], FrameRate::FPS_24, true)
                .ok()
                .map(|(name, _)| name)
        }
        (None, Some(codec)) => ffmpeg::encoder::find_by_name(codec.encoder).map(|_| codec.encoder),
        (None, None) => None,
    }
}

/// Removes an unfinished file.
impl Drop for Writer {
    fn drop(&mut self) {
        self.output = None;
        fs::remove_file(&self.beside).ok();
    }
}

#[cfg(test)]
mod tests {
    use kinora_timeline::Frames;

    use super::*;
    use crate::media::{SOUND_RATE_HZ, VideoReader, probe, read_sound};

    const SIZE: [u32; 2] = [96, 64];

    fn content(rate: FrameRate) -> Content {
        Content {
            size: SIZE,
            rate,
            has_sound: true,
        }
    }

    /// Noise, different for each number, which does not compress.
    fn noise(number: u32) -> Picture {
        let mut state = number.wrapping_mul(2_654_435_761) | 1;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        let [width, height] = SIZE;
        let pixels = (0..width * height).flat_map(|_| [byte(), byte(), byte(), 255]);
        Picture {
            width,
            height,
            rgba: pixels.collect(),
        }
    }

    /// A picture that encodes its number: eight blocks, white or black, from the lowest bit on.
    fn numbered(number: u32) -> Picture {
        let [width, height] = SIZE;
        let pixels = (0..width * height).flat_map(|at| {
            let bit = at % width / (width / 8);
            match number >> bit & 1 {
                1 => [255, 255, 255, 255],
                _ => [0, 0, 0, 255],
            }
        });
        Picture {
            width,
            height,
            rgba: pixels.collect(),
        }
    }

    fn number_in(picture: &Picture) -> u32 {
        let block = picture.width / 8;
        let bit = |at: u32| picture.pixel(at * block + block / 2, picture.height / 2)[1] > 127;
        (0..8).map(|at| u32::from(bit(at)) << at).sum()
    }

    fn write(
        path: &Path,
        preset: &'static Format,
        rate: FrameRate,
        pictures: &[Picture],
        samples: &[f32],
    ) {
        let mut writer = Writer::create(path, preset, content(rate)).expect("a writer");
        for picture in pictures {
            writer.picture(picture).expect("a picture");
        }
        writer.sound(samples).expect("sound");
        writer.finish().expect("finished");
    }

    fn sound_of(path: &Path) -> Vec<f32> {
        let mut samples = Vec::new();
        read_sound(path, &mut |piece| {
            samples.extend_from_slice(piece);
            true
        })
        .expect("sound");
        samples
    }

    #[test]
    fn a_take_comes_back_bit_for_bit_in_any_order_and_is_the_same_file_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a take: one.mkv");
        let pictures: Vec<Picture> = (0..17).map(noise).collect();
        let rate = FrameRate::new(16, 1).expect("a rate");
        write(&path, Format::TAKE, rate, &pictures, &[]);
        let mut reader = VideoReader::open(&path).expect("opens");
        assert_eq!(reader.rate(), rate);
        for number in [0, 1, 16, 3, 15, 15, 2, 0, 9] {
            let picture = reader
                .frame(Frames(number))
                .unwrap_or_else(|error| panic!("{number}: {error}"));
            assert!(*picture == pictures[number as usize], "frame {number}");
        }
        let beyond = reader.frame(Frames(40)).expect("the last frame");
        assert!(*beyond == pictures[16]);
        assert_eq!(
            probe(&path)
                .expect("probed")
                .picture
                .map(|track| track.frames),
            Some(Frames(17))
        );
        let again = folder.path().join("again.mkv");
        write(&again, Format::TAKE, rate, &pictures, &[]);
        assert!(fs::read(&path).expect("bytes") == fs::read(&again).expect("bytes"));
    }

    #[test]
    fn the_sound_of_a_take_comes_back_bit_for_bit_and_is_the_same_file_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a take: one.flac");
        let full = 8_388_608_f32; // 2^23
        let value = |at: i32| (at.wrapping_mul(747_796_405) >> 8) as f32 / full;
        // The limits, a number of samples that fills no packet, and a click.
        let mut samples: Vec<f32> = (0..2 * 50_777).map(value).collect();
        (samples[0], samples[1]) = (-1.0, (full - 1.0) / full);
        samples[2..40].fill(0.0);
        samples[20] = 1.0 / full;
        write(&path, Format::TAKE_SOUND, FrameRate::FPS_24, &[], &samples);
        let found = probe(&path).expect("probed").sound.expect("sound");
        assert_eq!((found.rate_hz, found.channels), (SOUND_RATE_HZ, 2));
        let heard = sound_of(&path);
        assert_eq!(heard.len(), samples.len());
        let bits = |samples: &[f32]| samples.iter().map(|one| one.to_bits()).collect::<Vec<_>>();
        assert!(bits(&heard) == bits(&samples));
        let again = folder.path().join("again.flac");
        write(&again, Format::TAKE_SOUND, FrameRate::FPS_24, &[], &samples);
        assert!(fs::read(&path).expect("bytes") == fs::read(&again).expect("bytes"));
    }

    #[test]
    fn every_frame_of_an_mp4_is_found_by_its_number_forwards_backwards_and_at_random() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film.mp4");
        let pictures: Vec<Picture> = (0..250).map(numbered).collect();
        let rate = FrameRate::new(24000, 1001).expect("a rate");
        write(&path, Format::MP4, rate, &pictures, &vec![0.0; 2 * 48_000]);
        let mut reader = VideoReader::open(&path).expect("opens");
        assert_eq!(reader.rate(), rate);
        let mut at = 1_u32;
        let random = std::iter::repeat_with(|| {
            at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from(at >> 8) % 250
        });
        let backwards = (200..250).rev();
        for number in (0..250).chain(backwards).chain(random.take(60)) {
            let picture = reader.frame(Frames(number)).expect("a frame");
            assert_eq!(number_in(&picture), number as u32);
        }
        assert_eq!(
            probe(&path)
                .expect("probed")
                .picture
                .map(|track| track.frames),
            Some(Frames(250))
        );
    }

    #[test]
    fn colours_survive_delivery_and_are_told_as_bt709() {
        let folder = tempfile::tempdir().expect("a folder");
        let bars = [
            [235, 235, 235],
            [200, 200, 20],
            [20, 200, 200],
            [20, 180, 20],
            [200, 20, 200],
            [200, 20, 20],
            [20, 20, 200],
            [16, 16, 16],
        ];
        let [width, height] = SIZE;
        let pixels = (0..width * height).flat_map(|at| {
            let [red, green, blue] = bars[(at % width / (width / 8)) as usize];
            [red, green, blue, 255]
        });
        let picture = Picture {
            width,
            height,
            rgba: pixels.collect(),
        };
        for (preset, most) in [(Format::MP4, 4), (Format::PRORES, 3)] {
            let path = folder.path().join("bars").with_extension(preset.extension);
            write(
                &path,
                preset,
                FrameRate::FPS_24,
                &[picture.clone(), picture.clone()],
                &vec![0.0; 9600],
            );
            let shown = VideoReader::open(&path)
                .and_then(|mut reader| reader.frame(Frames(1)))
                .expect("a frame");
            for (at, bar) in (0..).zip(bars) {
                let pixel = shown.pixel(at * width / 8 + width / 16, height / 2);
                let difference = bar
                    .iter()
                    .zip(pixel)
                    .map(|(one, other)| one.abs_diff(other))
                    .max();
                assert!(
                    difference <= Some(most),
                    "{}: {bar:?} became {pixel:?}",
                    preset.name
                );
            }
        }
    }

    #[test]
    fn h265_and_av1_come_back_frame_by_frame() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film.mp4");
        let pictures: Vec<Picture> = (0..12).map(|number| numbered(number * 19)).collect();
        for (preset, codec) in [(Format::H265, "hevc"), (Format::AV1, "av1")] {
            if let Some(why) = preset.missing_encoder() {
                eprintln!("skipped: {why}");
                continue;
            }
            let silence = vec![0.0; 2 * 24_000];
            write(&path, preset, FrameRate::FPS_24, &pictures, &silence);
            let found = probe(&path).expect("probed");
            let track = found.picture.expect("a picture");
            assert_eq!((track.codec.as_str(), track.frames), (codec, Frames(12)));
            assert_eq!(found.sound.expect("sound").codec, "aac");
            let mut reader = VideoReader::open(&path).expect("opens");
            for number in [0, 7, 3, 11] {
                let picture = reader.frame(Frames(number)).expect("a frame");
                assert_eq!(number_in(&picture), number as u32 * 19, "{codec}");
            }
        }
        let bytes = b"hvc1";
        if Format::H265.missing_encoder().is_none() {
            let silence = vec![0.0; 2 * 24_000];
            write(&path, Format::H265, FrameRate::FPS_24, &pictures, &silence);
            let file = fs::read(&path).expect("read");
            assert!(file.windows(4).any(|part| part == bytes), "QuickTime's tag");
        }
    }

    #[test]
    fn prores_4444_keeps_straight_alpha() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("title.mov");
        let [width, height] = SIZE;
        let pixels = (0..width * height).flat_map(|at| {
            let alpha = [0, 128, 255][(at % width / (width / 3)) as usize];
            [200, 60, 20, alpha]
        });
        let picture = Picture {
            width,
            height,
            rgba: pixels.collect(),
        };
        let pictures = [picture.clone(), picture];
        let format = Format::PRORES_4444;
        write(
            &path,
            format,
            FrameRate::FPS_24,
            &pictures,
            &vec![0.0; 8000],
        );
        let mut reader = VideoReader::open(&path).expect("opens");
        let shown = reader.frame(Frames(1)).expect("a frame");
        for (at, alpha) in [(1, 0_u8), (3, 128), (5, 255)] {
            let pixel = shown.pixel(at * width / 6, height / 2);
            assert!(pixel[3].abs_diff(alpha) <= 1, "{pixel:?} for {alpha}");
            let colours = pixel[..3].iter().zip([200, 60, 20]);
            let worst = colours.map(|(one, other)| one.abs_diff(other)).max();
            assert!(alpha == 0 || worst <= Some(4), "{pixel:?}");
        }
    }

    #[test]
    fn sound_comes_back_whole_and_in_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let length = 48_000 + 777;
        // A click in the middle of silence, then a quiet tone.
        let sample = |at: usize| match at {
            12_345 => 0.9,
            at if at > 24_000 => 0.2 * (at as f32 * 0.05).sin(),
            _ => 0.0,
        };
        let samples: Vec<f32> = (0..length)
            .flat_map(|at| [sample(at), -sample(at)])
            .collect();
        let pictures: Vec<Picture> = (0..25).map(numbered).collect();
        for preset in Format::with_encoders() {
            let path = folder.path().join("sound").with_extension(preset.extension);
            write(&path, preset, FrameRate::FPS_24, &pictures, &samples);
            let heard = sound_of(&path);
            let is_exact = preset != Format::MP4;
            let longer = heard.len() / 2 - length.min(heard.len() / 2);
            assert!(
                heard.len() / 2 >= length && longer <= if is_exact { 0 } else { 1024 },
                "{}: {} of {length}",
                preset.name,
                heard.len() / 2
            );
            let loudest = (0..20_000)
                .max_by(|&one, &other| heard[2 * one].abs().total_cmp(&heard[2 * other].abs()));
            assert_eq!(loudest, Some(12_345), "{}", preset.name);
            if is_exact {
                let worst = heard
                    .iter()
                    .zip(&samples)
                    .map(|(one, other)| (one - other).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 2e-7, "{}: {worst}", preset.name);
            }
        }
    }

    #[test]
    fn a_complete_file_that_cannot_be_moved_into_its_place_is_kept_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, refuge) = (folder.path().join("take.mkv"), folder.path().join("refuge"));
        fs::create_dir(&refuge).expect("made");
        let silent = Content {
            has_sound: false,
            ..content(FrameRate::FPS_24)
        };
        let mut writer = Writer::create(&path, Format::TAKE, silent).expect("a writer");
        writer.picture(&noise(1)).expect("a picture");
        fs::create_dir_all(path.join("in the way")).expect("made");
        let ended = writer.finish_or_keep(|| Ok(refuge.clone()));
        let (_, kept) = ended.expect_err("a folder is in the way");
        assert_eq!(kept, Some(refuge.join("take.mkv")));
        let found = probe(&refuge.join("take.mkv")).expect("a clip");
        assert_eq!(found.picture.map(|track| track.frames), Some(Frames::ONE));
    }

    #[test]
    fn a_better_quality_makes_a_larger_file() {
        if encoder_of(Format::MP4) != Some("libx264") {
            eprintln!("skipped: this FFmpeg has no libx264");
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film.mp4");
        let silent = Content {
            has_sound: false,
            ..content(FrameRate::FPS_24)
        };
        let bytes = Quality::ALL.map(|quality| {
            let mut writer =
                Writer::with_quality(&path, Format::MP4, silent, quality).expect("a writer");
            for number in 0..8 {
                writer.picture(&noise(number)).expect("a picture");
            }
            writer.finish().expect("finished");
            fs::metadata(&path).expect("the file").len()
        });
        assert!(bytes[0] < bytes[1] && bytes[1] < bytes[2], "{bytes:?}");
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_and_what_was_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film.mp4");
        fs::write(&path, "the film of yesterday").expect("written");
        let mut writer =
            Writer::create(&path, Format::MP4, content(FrameRate::FPS_24)).expect("a writer");
        writer.picture(&numbered(1)).expect("a picture");
        drop(writer);
        assert_eq!(
            fs::read_to_string(&path).expect("read"),
            "the film of yesterday"
        );
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_with_the_files_name() {
        let path = Path::new("/nowhere/film.mp4");
        let failed = Writer::create(path, Format::MP4, content(FrameRate::FPS_24))
            .err()
            .expect("a failure");
        assert!(
            failed
                .to_string()
                .starts_with("/nowhere/film.mp4: cannot be written"),
            "{failed}"
        );
        let failed = VideoReader::open(Path::new("/nowhere/film.mp4"))
            .err()
            .expect("a failure");
        assert!(
            failed
                .to_string()
                .starts_with("/nowhere/film.mp4: cannot be read"),
            "{failed}"
        );
    }

    #[test]
    fn a_hole_in_the_sound_is_silence_and_what_follows_stays_where_it_belongs() {
        let folder = tempfile::tempdir().expect("a folder");
        let (whole, holed) = (
            folder.path().join("whole.mp4"),
            folder.path().join("holed.mp4"),
        );
        let click_at = 96_000;
        let mut sound = vec![0.0; 2 * 2 * click_at];
        sound[2 * click_at..2 * click_at + 40].fill(0.9);
        let pictures: Vec<Picture> = (0..96).map(numbered).collect();
        write(&whole, Format::MP4, FrameRate::FPS_24, &pictures, &sound);
        let heard_click = |path: &Path| {
            let samples = sound_of(path);
            let loud = samples.iter().position(|sample| sample.abs() > 0.4);
            loud.expect("a click") / 2
        };
        let before = heard_click(&whole);
        without_packets(&whole, &holed, 20..45);
        let after = heard_click(&holed);
        assert!(before.abs_diff(after) <= 1, "{before} {after}");
    }

    /// Copies the sound of a file, leaving out some of its packets.
    fn without_packets(from: &Path, to: &Path, lost: std::ops::Range<usize>) {
        let mut input = ffmpeg::format::input(url(from)).expect("opens");
        let mut output = ffmpeg::format::output_as(url(to), "mp4").expect("opens");
        let sound = input.streams().best(ffmpeg::media::Type::Audio);
        let sound = sound.expect("sound");
        let (index, base) = (sound.index(), sound.time_base());
        let mut copy = output
            .add_stream(ffmpeg::encoder::find(ffmpeg::codec::Id::None))
            .expect("a stream");
        copy.set_parameters(sound.parameters());
        output.write_header().expect("written");
        let target = output.stream(0).expect("a stream").time_base();
        let packets = input.packets().filter_map(Result::ok);
        let packets = packets.filter(|(stream, _)| stream.index() == index);
        for (number, (_, mut packet)) in packets.enumerate() {
            if !lost.contains(&number) {
                packet.rescale_ts(base, target);
                packet.set_stream(0);
                packet.write_interleaved(&mut output).expect("written");
            }
        }
        output.write_trailer().expect("written");
    }

    #[test]
    fn sound_of_another_rate_is_brought_to_ours() {
        // 0.5 s at 44.1 kHz, as a hand-written WAV.
        let samples = 22_050_u32;
        let mut wav = Vec::new();
        let bytes = samples * 2;
        wav.extend(b"RIFF");
        wav.extend((36 + bytes).to_le_bytes());
        wav.extend(b"WAVEfmt ");
        wav.extend(16_u32.to_le_bytes());
        wav.extend([1, 0, 1, 0]);
        wav.extend(44_100_u32.to_le_bytes());
        wav.extend(88_200_u32.to_le_bytes());
        wav.extend([2, 0, 16, 0]);
        wav.extend(b"data");
        wav.extend(bytes.to_le_bytes());
        for at in 0..samples {
            let tone = (f64::from(at) * 440.0 * std::f64::consts::TAU / 44_100.0).sin();
            wav.extend(((tone * 20_000.0) as i16).to_le_bytes());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tone.wav");
        fs::write(&path, wav).expect("written");
        let sound = probe(&path).expect("probed").sound.expect("sound");
        assert_eq!(
            (sound.rate_hz, sound.samples, sound.channels),
            (44_100, 22_050, 1)
        );
        let heard = sound_of(&path);
        assert_eq!(heard.len() / 2, (SOUND_RATE_HZ / 2) as usize);
        let rises = heard
            .chunks(2)
            .zip(heard[2..].chunks(2))
            .filter(|(one, next)| one[0] < 0.0 && next[0] >= 0.0)
            .count();
        assert!(
            (218..=221).contains(&rises),
            "{rises} periods of 440 Hz in half a second"
        );
    }
}
