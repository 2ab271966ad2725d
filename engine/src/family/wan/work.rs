//! The work of a clip in numbers: floating-point operations of a forward pass, from tokens and widths, and the names by
//! which the speeds of equal networks are kept.

use super::Wan;
use super::denoiser::references_before;
use super::memory::{picture_tokens, references_inside};
use super::text::TEXT_LENGTH;
use super::transformer::{Config, PATCH};
use super::vae::VaeConfig;
use crate::family::contract::{ClipWork, MakesSteps as _};
use crate::guidance::passes_in;
use crate::plan::Plan;

/// The work of the clip of a plan.
pub fn work_of(model: &Wan, plan: &Plan) -> ClipWork {
    let config = &model.transformer.shape;
    let [frames, rows, columns] = plan.latent();
    let frames = frames + references_before(config, plan) + references_inside(config, plan);
    let tokens = frames * rows * columns / PATCH.iter().product::<i64>();
    let image = model.image.as_ref().map(|part| &part.shape);
    let pictures = image.map_or(0, |shape| picture_tokens(config, shape).0);
    let schedule = model.schedule(plan);
    ClipWork {
        passes: passes_in(plan.settings(), &schedule.timesteps),
        ..work_of_shapes(config, &model.vae.shape, tokens, pictures as f64)
    }
}

/// The work of one pass by networks of these shapes: its tokens, and the tokens of pictures that it attends to.
pub fn work_of_shapes(
    config: &Config,
    autoencoder: &VaeConfig,
    tokens: i64,
    picture_tokens: f64,
) -> ClipWork {
    let context = TEXT_LENGTH as f64 + picture_tokens;
    ClipWork {
        transformer: transformer_name(config),
        operations_per_pass: operations(config, tokens as f64, context),
        passes: 1,
        decoder: decoder_name(autoencoder),
    }
}

/// The floating-point operations of one forward pass without guidance, a product and its sum counted as two. `context`:
/// tokens of text and pictures, whose keys are computed once a clip and not counted.
///
/// ```text
/// blocks * (8 n d^2 + 4 n^2 d      self-attention: projections, scores and sums
///         + 4 n d^2 + 4 n c d      cross-attention: query and output, scores and sums
///         + 4 n d f)               feed-forward
/// ```
///
/// with n tokens, c of the context, width d and inner width f. Control blocks have two more projections, 4 n d^2.
/// Embeddings, norms and the head are below a hundredth of it in every released model.
fn operations(config: &Config, tokens: f64, context: f64) -> f64 {
    let (width, ffn_width) = (config.width as f64, config.ffn_width as f64);
    let projections = 12.0 * tokens * width * width;
    let scores = 4.0 * tokens * width * (tokens + context);
    let block = projections + scores + 4.0 * tokens * width * ffn_width;
    let hints = config.vace.as_ref().map_or(0, |vace| vace.layers.len()) as f64;
    config.layers as f64 * block + hints * (block + 4.0 * tokens * width * width)
}

/// The shape of a transformer in a word, equal for networks that are equally fast.
fn transformer_name(config: &Config) -> String {
    let hints = config.vace.as_ref().map_or(0, |vace| vace.layers.len());
    format!(
        "transformer {}x{}x{}+{hints}",
        config.width, config.ffn_width, config.layers
    )
}

/// The shape of an autoencoder's decoder in a word.
fn decoder_name(config: &VaeConfig) -> String {
    let widths = config.decoder.iter().filter_map(|stage| stage.first());
    let widths: Vec<String> = widths.map(|layer| layer.inputs().to_string()).collect();
    format!("decoder {}: {}", config.channels, widths.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Card;

    /// The shape on a built-in card.
    fn shape(id: &str) -> Config {
        let cards = Card::built_in();
        let card = cards.iter().find(|card| card.id == id).expect(id);
        card.network.wan().expect("of this family").config()
    }

    #[test]
    fn the_released_models_have_the_operations_that_their_speed_is_compared_with() {
        // Tokens of 81 frames of 832x480, and of 121 frames of 1280x704 with 16x16 pixels per position; 10^12 operations,
        // from 0.358, 0.654 and 2.12 s at 790 * 10^12 a second.
        for (id, tokens, expected) in [
            ("wan2.1-t2v-1.3b", 32_760.0, 283.0),
            ("wan2.2-ti2v-5b", 27_280.0, 517.0),
            ("wan2.1-t2v-14b", 32_760.0, 1675.0),
        ] {
            let made = operations(&shape(id), tokens, TEXT_LENGTH as f64) / 1e12;
            assert!((made / expected - 1.0).abs() < 0.01, "{id}: {made}");
        }
    }

    #[test]
    fn control_blocks_are_work_too_and_another_shape_has_another_name() {
        let (plain, control) = (shape("wan2.1-t2v-1.3b"), shape("wan2.1-vace-1.3b"));
        let of = |config: &Config| operations(config, 1000.0, 512.0);
        assert!((1.5..1.6).contains(&(of(&control) / of(&plain))));
        assert_ne!(transformer_name(&plain), transformer_name(&control));
    }
}
