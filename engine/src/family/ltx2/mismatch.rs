//! Refuses components that are complete, but do not fit together: their widths differ, or they are of different versions.

use kinora_wire::Failure;

use super::Ltx2;
use super::identity::Version;
use super::text::ProjectionConfig;
use super::transformer::StreamConfig;
use super::vae::Form;
use crate::weights::Checkpoint;

/// The failure of a text encoder without a tokenizer.
pub fn no_tokenizer(text: &Checkpoint) -> Failure {
    Failure::bad_file(
        format!("{} carries no tokenizer", text.path().display()),
        "put the tokenizer.json or tokenizer.model of Gemma beside it",
    )
}

/// Most channels of a sound: left and right.
const MOST_SOUND_CHANNELS: i64 = 2;

/// Fails for parts of a model that do not fit together, with the paths of two of them.
pub fn refuse(model: &Ltx2) -> Result<(), Failure> {
    let transformer = &model.transformer;
    let streams = transformer.shape.streams.as_ref();
    let both = streams.both().ok_or_else(|| {
        Failure::bad_file(
            format!(
                "{} has a part for the picture or for the sound alone",
                transformer.checkpoint.path().display()
            ),
            "use a transformer of LTX-2 for picture and sound as released",
        )
    })?;
    let (picture, sound) = both;
    let connectors = &model.connectors.shape;
    let vocoder = &model.vocoder.shape;
    let states = match connectors.projection {
        ProjectionConfig::Shared { states, .. } | ProjectionConfig::Apart { states, .. } => states,
    };
    let text = &model.text.shape;
    let text_states = text.width * (text.layers.len() as i64 + 1);
    let audio = &model.audio_vae.shape;
    let of = |what, reader, wanted, maker, made| Numbers {
        what,
        reader,
        wanted,
        maker,
        made,
    };
    let (dit, vae) = (&transformer.checkpoint, &model.vae.checkpoint);
    let (text_file, between) = (&model.text.checkpoint, &model.connectors.checkpoint);
    let (audio_file, wave) = (&model.audio_vae.checkpoint, &model.vocoder.checkpoint);
    let pairs = [
        of(
            "channels of the picture's latents",
            dit,
            picture.in_channels,
            vae,
            model.vae.shape.channels,
        ),
        of(
            "channels of the sound's latents",
            dit,
            sound.in_channels,
            audio_file,
            audio.token_width(),
        ),
        of(
            "numbers of a token of the picture's text",
            dit,
            text_width(picture),
            between,
            connectors.video.width,
        ),
        of(
            "numbers of a token of the sound's text",
            dit,
            text_width(sound),
            between,
            connectors.audio.width,
        ),
        of(
            "numbers of a token of all layers",
            between,
            states,
            text_file,
            text_states,
        ),
        of(
            "channels of the spectrogram",
            wave,
            vocoder.network.inputs,
            audio_file,
            audio.sounds * audio.mel_bins(),
        ),
    ];
    let upscaler = model.upscaler.as_ref().map(|upscaler| {
        of(
            "channels of the picture's latents",
            &upscaler.checkpoint,
            upscaler.shape.channels,
            vae,
            model.vae.shape.channels,
        )
    });
    let mut pairs = pairs.iter().chain(&upscaler);
    if let Some(pair) = pairs.find(|pair| pair.wanted != pair.made) {
        return Err(pair.failure());
    }
    if !(1..=MOST_SOUND_CHANNELS).contains(&vocoder.network.outputs) {
        return Err(Failure::bad_file(
            format!(
                "{} makes {} channels of sound",
                wave.path().display(),
                vocoder.network.outputs
            ),
            "use the vocoder of LTX-2 as released, which makes two",
        ));
    }
    refuse_forms(model)
}

/// Whether an autoencoder of the picture, with a decoder of this form, is of a version. A diffusion decoder has none.
pub fn is_of_version(form: Option<Form>, version: Version) -> bool {
    match version {
        Version::V2_0 => form == Some(Form::Mirrored),
        Version::V2_3 => form == Some(Form::Zeros),
        Version::V2_5 => form != Some(Form::Mirrored),
    }
}

/// A number that one part reads and another makes.
struct Numbers<'m> {
    what: &'static str,
    reader: &'m Checkpoint,
    wanted: i64,
    maker: &'m Checkpoint,
    made: i64,
}

impl Numbers<'_> {
    fn failure(&self) -> Failure {
        Failure::bad_file(
            format!(
                "{} reads {} {}, {} makes {}",
                self.reader.path().display(),
                self.wanted,
                self.what,
                self.maker.path().display(),
                self.made
            ),
            "use the parts that were released together",
        )
    }
}

/// The width of the text that a stream reads.
fn text_width(stream: &StreamConfig) -> i64 {
    stream.caption_width.unwrap_or(stream.text_width)
}

/// The versions differ in the form of the decoder of the picture and of the vocoder, which widths do not show.
fn refuse_forms(model: &Ltx2) -> Result<(), Failure> {
    let version = model.version;
    let has_extension = model.vocoder.shape.extension.is_some();
    let wrong = if !is_of_version(model.vae.shape.form(), version) {
        &model.vae.checkpoint
    } else if has_extension != (version != Version::V2_0) {
        &model.vocoder.checkpoint
    } else {
        return Ok(());
    };
    Err(Failure::bad_file(
        format!(
            "{} is of another version than {}, which is LTX-{}",
            wrong.path().display(),
            model.transformer.checkpoint.path().display(),
            version.name()
        ),
        "use the parts that were released together",
    ))
}
