//! One stream of a file being written: its encoder, its buffered input, and its clock.

use ffmpeg::codec::{Context, Flags};
use ffmpeg::color::{Primaries, Range, Space, TransferCharacteristic};
use ffmpeg::encoder;
use ffmpeg::format::context::Output;
use ffmpeg::format::{self, Pixel, Sample};
use ffmpeg::frame::{Audio, Video};
use ffmpeg::software::resampling::Context as Resampler;
use ffmpeg::{ChannelLayout, ChannelLayoutMask, Dictionary, Packet, Rational};
use ffmpeg_the_third as ffmpeg;
use kinora_timeline::FrameRate;

use super::format::{PictureCodec, Quality, SoundCodec};
use crate::ffi;
use crate::ffi::write_without_bytes;
use crate::media::{Converter, Picture, Planes, SOUND_RATE_HZ, STEREO};

/// Samples per channel in a packet, for encoders that take any number.
const USUAL_SAMPLES: usize = 4800;

/// A video stream.
pub struct PictureSink {
    encoder: encoder::video::Encoder,
    /// For encoders that do not take 4:2:0 planes.
    converter: Option<Converter>,
    colours: Colours,
    stream: Stream,
    done: i64,
}

/// Colour metadata, set on the stream and on each frame: some encoders read one, some the other.
struct Colours {
    space: Space,
    range: Range,
    transfer: TransferCharacteristic,
}

impl Colours {
    /// BT.709 in limited range, or sRGB.
    fn of(codec: &PictureCodec) -> Self {
        match codec.is_yuv {
            true => Self {
                space: Space::BT709,
                range: Range::MPEG,
                transfer: TransferCharacteristic::BT709,
            },
            false => Self {
                space: Space::RGB,
                range: Range::JPEG,
                transfer: TransferCharacteristic::IEC61966_2_1,
            },
        }
    }

    fn mark(&self, frame: &mut Video) {
        frame.set_color_space(self.space);
        frame.set_color_range(self.range);
        frame.set_color_transfer_characteristic(self.transfer);
        frame.set_color_primaries(Primaries::BT709);
    }
}

impl PictureSink {
    /// Opens the first encoder that works, and adds its stream.
    pub fn add(
        output: &mut Output,
        codec: &PictureCodec,
        quality: Quality,
        size: [u32; 2],
        rate: FrameRate,
    ) -> Result<Self, ffmpeg::Error> {
        let has_header = output
            .format()
            .flags()
            .contains(format::Flags::GLOBAL_HEADER);
        let (_, encoder) = opened(codec, quality, size, rate, has_header)?;
        let [width, height] = size;
        let chain = match codec.is_yuv {
            true => {
                "scale=flags=bicubic+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=limited"
            }
            false => "null",
        };
        let name = codec.pixel.descriptor().map_or("", |pixel| pixel.name());
        let chain = format!("{chain},format={name}");
        let base = time_base(rate);
        Ok(Self {
            converter: match codec.pixel {
                Pixel::YUV420P => None,
                _ => Some(Converter::new((Pixel::RGBA, width, height), &chain)?),
            },
            stream: Stream::add(output, &encoder, base, codec.tag)?,
            colours: Colours::of(codec),
            encoder,
            done: 0,
        })
    }

    /// Encodes the next picture.
    pub fn add_picture(
        &mut self,
        output: &mut Output,
        picture: &Picture,
    ) -> Result<(), ffmpeg::Error> {
        let size = (self.encoder.width(), self.encoder.height());
        if size != (picture.width, picture.height) {
            return Err(ffmpeg::Error::InputChanged);
        }
        let frame = match &mut self.converter {
            Some(converter) => converter.convert(as_frame(picture))?,
            None => Planes::of_picture(picture)
                .ok_or(ffmpeg::Error::InvalidData)?
                .into_frame(),
        };
        self.encode(output, frame)
    }

    /// Encodes the next picture from YUV planes, in the form that the encoder takes.
    pub fn add_planes(&mut self, output: &mut Output, planes: Planes) -> Result<(), ffmpeg::Error> {
        let size = [self.encoder.width(), self.encoder.height()];
        if self.encoder.format() != planes.format() || size != planes.size() {
            return Err(ffmpeg::Error::InputChanged);
        }
        self.encode(output, planes.into_frame())
    }

    fn encode(&mut self, output: &mut Output, mut frame: Video) -> Result<(), ffmpeg::Error> {
        self.colours.mark(&mut frame);
        frame.set_pts(Some(self.done));
        self.done += 1;
        self.encoder.send_frame(&frame)?;
        self.stream.write(output, &mut self.encoder, Some(1))
    }

    /// Flushes the encoder.
    pub fn finish(&mut self, output: &mut Output) -> Result<(), ffmpeg::Error> {
        self.encoder.send_eof()?;
        self.stream.write(output, &mut self.encoder, Some(1))
    }
}

fn as_frame(picture: &Picture) -> Video {
    let mut frame = Video::new(Pixel::RGBA, picture.width, picture.height);
    let (stride, row) = (frame.stride(0), picture.width as usize * 4);
    let rows = frame.data_mut(0).chunks_mut(stride);
    for (into, from) in rows.zip(picture.rgba.chunks(row)) {
        into[..row].copy_from_slice(from);
    }
    frame
}

/// The first of a codec's encoders that opens, with its name.
pub fn opened(
    codec: &PictureCodec,
    quality: Quality,
    size: [u32; 2],
    rate: FrameRate,
    has_header: bool,
) -> Result<(&'static str, encoder::video::Encoder), ffmpeg::Error> {
    let mut last = Err(ffmpeg::Error::EncoderNotFound);
    for name in codec.encoders {
        last = open(name, codec, quality, size, rate, has_header).map(|encoder| (*name, encoder));
        if last.is_ok() {
            break;
        }
    }
    last
}

fn time_base(rate: FrameRate) -> Rational {
    let (frames, seconds) = rate.as_fraction();
    let part = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    Rational::new(part(seconds), part(frames))
}

fn open(
    name: &str,
    codec: &PictureCodec,
    quality: Quality,
    [width, height]: [u32; 2],
    rate: FrameRate,
    has_header: bool,
) -> Result<encoder::video::Encoder, ffmpeg::Error> {
    let found = encoder::find_by_name(name).ok_or(ffmpeg::Error::EncoderNotFound)?;
    let mut video = Context::new_with_codec(found).encoder().video()?;
    video.set_width(width);
    video.set_height(height);
    video.set_format(codec.pixel);
    video.set_time_base(time_base(rate));
    video.set_frame_rate(Some(time_base(rate).invert()));
    let mut options: Dictionary = codec.options.iter().copied().collect();
    if let Some(option) = codec.quality {
        options.set(option.name, option.value(quality));
    }
    options.set("threads", "auto"); // libavcodec's own default is one
    let colours = Colours::of(codec);
    video.set_colorspace(colours.space);
    video.set_color_range(colours.range);
    options.set("color_primaries", "bt709");
    options.set(
        "color_trc",
        if codec.is_yuv {
            "bt709"
        } else {
            "iec61966-2-1"
        },
    );
    if has_header {
        video.set_flags(Flags::GLOBAL_HEADER);
    }
    video.open_with(options)
}

/// An audio stream.
pub struct SoundSink {
    encoder: encoder::audio::Encoder,
    resampler: Resampler,
    stream: Stream,
    /// Samples that do not fill a packet yet, stereo interleaved.
    waiting: Vec<f32>,
    samples_in_packet: usize,
    done: i64,
}

impl SoundSink {
    /// Opens the encoder and adds its stream.
    pub fn add(output: &mut Output, codec: &SoundCodec) -> Result<Self, ffmpeg::Error> {
        let has_header = output
            .format()
            .flags()
            .contains(format::Flags::GLOBAL_HEADER);
        let found = encoder::find_by_name(codec.encoder).ok_or(ffmpeg::Error::EncoderNotFound)?;
        let takes = match codec.encoder {
            "aac" => Sample::F32(format::sample::Type::Planar),
            "pcm_f32le" => Sample::F32(format::sample::Type::Packed),
            _ => Sample::I32(format::sample::Type::Packed),
        };
        let mut audio = Context::new_with_codec(found).encoder().audio()?;
        audio.set_rate(SOUND_RATE_HZ as i32);
        audio.set_format(takes);
        audio.set_ch_layout(ChannelLayout::STEREO);
        audio.set_time_base(Rational::new(1, SOUND_RATE_HZ as i32));
        if codec.bits_per_second > 0 {
            audio.set_bit_rate(codec.bits_per_second);
        }
        if has_header {
            audio.set_flags(Flags::GLOBAL_HEADER);
        }
        let encoder = audio.open()?;
        let resampler = Resampler::get2(
            STEREO,
            ChannelLayout::STEREO,
            SOUND_RATE_HZ,
            takes,
            ChannelLayout::STEREO,
            SOUND_RATE_HZ,
        )?;
        let samples_in_packet = match encoder.frame_size() as usize {
            0 => USUAL_SAMPLES,
            size => size,
        };
        Ok(Self {
            stream: Stream::add(
                output,
                &encoder,
                Rational::new(1, SOUND_RATE_HZ as i32),
                None,
            )?,
            encoder,
            resampler,
            waiting: Vec::new(),
            samples_in_packet,
            done: 0,
        })
    }

    /// Encodes the next samples in full packets, and buffers the rest.
    pub fn add_samples(
        &mut self,
        output: &mut Output,
        samples: &[f32],
    ) -> Result<(), ffmpeg::Error> {
        self.waiting.extend_from_slice(samples);
        let packet = self.samples_in_packet * 2;
        while self.waiting.len() >= packet {
            let samples: Vec<f32> = self.waiting.drain(..packet).collect();
            self.encode(output, &samples)?;
        }
        Ok(())
    }

    /// Encodes the last, partial packet and flushes the encoder.
    pub fn finish(&mut self, output: &mut Output) -> Result<(), ffmpeg::Error> {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            self.encode(output, &rest)?;
        }
        self.encoder.send_eof()?;
        self.stream.write(output, &mut self.encoder, None)
    }

    fn encode(&mut self, output: &mut Output, samples: &[f32]) -> Result<(), ffmpeg::Error> {
        let mut frame = Audio::new(STEREO, samples.len() / 2, ChannelLayoutMask::STEREO);
        frame.set_rate(SOUND_RATE_HZ);
        let pairs: &mut [(f32, f32)] = frame.plane_mut(0);
        for (pair, samples) in pairs.iter_mut().zip(samples.chunks_exact(2)) {
            *pair = (samples[0], samples[1]);
        }
        let mut converted = Audio::empty();
        self.resampler.run(&frame, &mut converted)?;
        converted.set_pts(Some(self.done));
        self.done += samples.len() as i64 / 2;
        self.encoder.send_frame(&converted)?;
        self.stream.write(output, &mut self.encoder, None)
    }
}

/// The index of a stream in the file, and the time base of its encoder.
struct Stream {
    index: usize,
    time_base: Rational,
}

impl Stream {
    fn add(
        output: &mut Output,
        encoder: &Context,
        time_base: Rational,
        tag: Option<[u8; 4]>,
    ) -> Result<Self, ffmpeg::Error> {
        let mut stream = output.add_stream(encoder.id())?;
        stream.set_time_base(time_base);
        stream.copy_parameters_from_context(encoder);
        if let Some(tag) = tag {
            ffi::set_tag(stream.parameters_mut(), tag);
        }
        Ok(Self {
            index: stream.index(),
            time_base,
        })
    }

    /// Writes the packets that are ready; `duration` is used where the encoder sets none.
    fn write(
        &self,
        output: &mut Output,
        encoder: &mut encoder::Encoder,
        duration: Option<i64>,
    ) -> Result<(), ffmpeg::Error> {
        let base = output
            .stream(self.index)
            .map_or(self.time_base, |stream| stream.time_base());
        let mut packet = Packet::empty();
        while encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(self.index);
            if let Some(duration) = duration {
                packet.set_duration(duration);
            }
            packet.rescale_ts(self.time_base, base);
            match packet.size() == 0 {
                true => write_without_bytes(&mut packet, output)?,
                false => packet.write_interleaved(output)?,
            }
        }
        Ok(())
    }
}
