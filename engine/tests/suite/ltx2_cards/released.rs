//! The files of the released LTX-2 models: shapes of all components, keys and number formats as in the headers of the
//! releases.
//!
//! Sources: the published headers of Lightricks/LTX-2.5 (keys, formats, `gemma_config`); `docs/models.md`.

use kinora_engine::family::ltx2::audio::vocoder::{
    Activation, End, ExtensionConfig, NetworkConfig, Upsampling, Vocoder, VocoderConfig,
};
use kinora_engine::family::ltx2::audio::{AudioVae, AudioVaeConfig};
use kinora_engine::family::ltx2::card::Network;
use kinora_engine::family::ltx2::identity::Version;
use kinora_engine::family::ltx2::text::{
    AttentionForm, ConnectorConfig, Connectors, ConnectorsConfig, Gemma, GemmaConfig, GemmaLayer,
    ProjectionConfig, Rotation, TextEncoder,
};
use kinora_engine::family::ltx2::transformer::Transformer;
use kinora_engine::family::ltx2::vae::{Form, Vae, VaeConfig};
use kinora_engine::weights::Survey;
use kinora_wire::Failure;
use serde_json::{Value, json};

use crate::header_only::{Entry, plain};

/// Hidden states of Gemma: embeddings and 48 layers, 3840 wide.
const STATES: i64 = 49 * 3840;

/// The parameters of all components of a model.
pub struct Components {
    pub transformer: Survey,
    pub connectors: Survey,
    pub vae: Survey,
    pub audio_vae: Survey,
    pub vocoder: Survey,
    pub text: Survey,
}

impl Components {
    pub fn of(version: Version, network: &Network) -> Self {
        let is_first = version == Version::V2_0;
        let form = match is_first {
            true => Form::Mirrored,
            false => Form::Zeros,
        };
        let survey = |made: Result<Survey, Failure>| made.expect("a survey");
        Self {
            transformer: survey(Survey::of(|weights| {
                Transformer::new(&network.config(), weights)
            })),
            connectors: survey(Survey::of(|weights| {
                Connectors::new(&connectors(version), weights)
            })),
            vae: survey(Survey::of(|weights| {
                Vae::new(&VaeConfig::released(form), weights)
            })),
            audio_vae: survey(Survey::of(|weights| AudioVae::new(&audio_vae(), weights))),
            vocoder: survey(Survey::of(|weights| {
                Vocoder::new(&vocoder(is_first), weights)
            })),
            text: survey(Survey::of(|weights| {
                TextEncoder::new(&gemma(version), weights)
            })),
        }
    }

    /// Transformer and connectors, in a file of their own or with the others.
    pub fn diffusion(&self) -> Vec<Entry> {
        let connectors = self.connectors.shapes.iter();
        let own = connectors.filter(|(name, _)| !name.starts_with("text_embedding_projection."));
        let both = self.transformer.shapes.iter().chain(own);
        let entries = both.map(|(name, shape)| {
            // Tables of modulations have all their bits.
            let dtype = match name.contains("scale_shift_table") {
                true => "F32",
                false => "BF16",
            };
            Entry::new(format!("model.diffusion_model.{name}"), dtype, shape)
        });
        entries.collect()
    }

    /// The projections of the text encoder's layers.
    pub fn projections(&self) -> Vec<Entry> {
        let mut entries = plain("", &self.connectors.shapes);
        entries.retain(|entry| entry.key.starts_with("text_embedding_projection."));
        entries
    }

    pub fn video(&self, prefix: &str) -> Vec<Entry> {
        plain(prefix, &self.vae.shapes)
    }

    pub fn sound(&self) -> Vec<Entry> {
        let mut entries = plain("audio_vae.", &self.audio_vae.shapes);
        entries.extend(plain("vocoder.", &self.vocoder.shapes));
        // From spectrum to wave, which no model needs.
        let forward = "vocoder.mel_stft.stft_fn.forward_basis";
        let basis = entries.iter().find(|entry| entry.key == forward).cloned();
        entries.extend(basis.map(|basis| Entry {
            key: "vocoder.mel_stft.stft_fn.inverse_basis".into(),
            ..basis
        }));
        entries
    }

    /// Everything but the text encoder.
    pub fn one_file(&self) -> Vec<Entry> {
        [
            self.diffusion(),
            self.video("vae."),
            self.sound(),
            self.projections(),
        ]
        .concat()
    }

    /// Gemma 3 with its tokenizer, as ComfyUI has it.
    pub fn gemma_3(&self) -> Vec<Entry> {
        let mut entries = plain("model.", &self.text.shapes);
        entries.push(Entry::new("spiece_model", "U8", &[4_689_074]));
        let norm = "multi_modal_projector.mm_soft_emb_norm.weight";
        entries.push(Entry::new(norm, "BF16", &[1152]));
        entries
    }

    /// Gemma 4 with the projections, its tokenizer, and what else lies in the released file.
    pub fn gemma_4(&self) -> Vec<Entry> {
        let mut entries = plain("model.", &self.text.shapes);
        entries.extend(self.projections());
        let files = [
            "tokenizer_json",
            "hf_asset__chat_template.jinja",
            "hf_asset__generation_config.json",
            "hf_asset__processor_config.json",
            "hf_asset__tokenizer_config.json",
        ];
        entries.extend(files.map(|key| Entry::new(key, "U8", &[100])));
        let senses = [
            "audio_projector.embedding_projection.weight",
            "multi_modal_projector.embedding_projection.weight",
            "vision_model.patch_dense.bias",
            "vision_model.patch_dense.weight",
            "vision_model.patch_ln1.bias",
            "vision_model.patch_ln1.weight",
            "vision_model.patch_ln2.bias",
            "vision_model.patch_ln2.weight",
            "vision_model.pos_embedding",
            "vision_model.pos_norm.bias",
            "vision_model.pos_norm.weight",
        ];
        entries.extend(senses.map(|key| Entry::new(key, "BF16", &[8])));
        entries
    }
}

/// The metadata of a file with a transformer.
pub fn transformer_words(version: Version) -> Vec<(&'static str, String)> {
    let transformer = json!({
        "_class_name": "AVTransformer3DModel",
        "num_attention_heads": 32,
        "attention_head_dim": 128,
        "audio_num_attention_heads": 32,
        "audio_attention_head_dim": 64,
        "caption_channels": 3840,
        "rope_type": "split",
        "frequencies_precision": "float64",
        "av_ca_timestep_scale_multiplier": 1000.0,
        "timestep_scale_multiplier": 1000.0,
    });
    let mut words = vec![("config", json!({ "transformer": transformer }).to_string())];
    if version != Version::V2_0 {
        words.push(("model_version", format!("{}.0", version.name())));
    }
    if version == Version::V2_5 {
        let source = json!({ "ltx_version": "2.5.0", "gemma_version": "gemma4-12b-ltx-v1" });
        words.push(("gemma_source_checkpoint", source.to_string()));
    }
    words
}

/// The metadata of Gemma 4, as measured in the released file.
pub fn gemma_4_words() -> Vec<(&'static str, String)> {
    let kinds = (1..=48).map(|layer| match layer % 6 {
        0 => "full_attention",
        _ => "sliding_attention",
    });
    let text: Value = json!({
        "attention_k_eq_v": true,
        "head_dim": 256,
        "global_head_dim": 512,
        "num_hidden_layers": 48,
        "layer_types": kinds.collect::<Vec<_>>(),
        "sliding_window": 1024,
        "num_key_value_heads": 8,
        "num_global_key_value_heads": 1,
        "num_attention_heads": 16,
        "rope_parameters": {
            "sliding_attention": { "rope_theta": 10000.0, "rope_type": "default" },
            "full_attention": { "rope_theta": 1e6, "rope_type": "proportional", "partial_rotary_factor": 0.25 },
        },
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "vocab_size": 262_144,
        "tie_word_embeddings": true,
        "final_logit_softcapping": 30.0,
        "rms_norm_eps": 1e-6,
    });
    let config = json!({
        "architectures": ["Gemma4UnifiedForConditionalGeneration"],
        "model_type": "gemma4_unified",
        "gemma_version": "gemma4-12b-ltx-v1",
        "text_config": text,
    });
    vec![
        ("format", "pt".into()),
        ("gemma_config", config.to_string()),
    ]
}

fn gemma(version: Version) -> GemmaConfig {
    let generation = match version {
        Version::V2_5 => Gemma::Four,
        _ => Gemma::Three,
    };
    let is_four = generation == Gemma::Four;
    let layers = (1..=48).map(|layer| {
        let is_sliding = layer % 6 != 0;
        GemmaLayer {
            is_sliding,
            kv_heads: if is_sliding || !is_four { 8 } else { 1 },
            has_values: is_sliding || !is_four,
        }
    });
    let form = |head_width: i64, theta: f64, factor: f64, share: f64| AttentionForm {
        head_width,
        rotation: Rotation {
            theta,
            factor,
            share,
        },
    };
    GemmaConfig {
        gemma: generation,
        vocabulary: if is_four { 262_144 } else { 262_208 },
        width: 3840,
        heads: 16,
        ffn_width: 15_360,
        layers: layers.collect(),
        sliding: form(256, 1e4, 1.0, 1.0),
        full: match is_four {
            true => form(512, 1e6, 1.0, 0.25),
            false => form(256, 1e6, 8.0, 1.0),
        },
        window: 1024,
        score_scale: if is_four { 1.0 } else { 1.0 / 16.0 },
        epsilon: 1e-6,
    }
}

fn connectors(version: Version) -> ConnectorsConfig {
    let connector = |width: i64, heads: i64, layers: usize| ConnectorConfig {
        width,
        heads,
        ffn_width: 4 * width,
        layers,
        registers: 128,
        is_gated: layers == 8,
    };
    let [video, audio, projection] = match version {
        Version::V2_0 => [3840, 3840, 0],
        _ => [4096, 2048, 1],
    };
    let (heads, layers) = match version {
        Version::V2_0 => (30, 2),
        _ => (32, 8),
    };
    ConnectorsConfig {
        projection: match projection {
            0 => ProjectionConfig::Shared {
                states: STATES,
                width: video,
            },
            _ => ProjectionConfig::Apart {
                states: STATES,
                video,
                audio,
                has_bias: true,
            },
        },
        video: connector(video, heads, layers),
        audio: connector(audio, heads, layers),
        base_length: 4096.0,
        theta: 1e4,
    }
}

fn audio_vae() -> AudioVaeConfig {
    AudioVaeConfig {
        sounds: 2,
        channels: 8,
        bins: 16,
        base: 128,
        widths: [128, 256, 512],
        blocks: 2,
        has_variance: true,
    }
}

fn vocoder(is_first: bool) -> VocoderConfig {
    let network = |width: i64, stages: &[(i64, i64)], is_plain: bool| NetworkConfig {
        inputs: 128,
        width,
        outputs: 2,
        stages: stages
            .iter()
            .map(|&(kernel, factor)| Upsampling { kernel, factor })
            .collect(),
        blocks: [3, 7, 11].map(|kernel| (kernel, vec![1, 3, 5])).to_vec(),
        activation: match is_plain {
            true => Activation::Leaky,
            false => Activation::SnakeBeta { taps: 12 },
        },
        has_final_bias: is_plain,
        end: match is_plain {
            true => End::Tanh,
            false => End::Open,
        },
    };
    if is_first {
        let stages = [(16, 6), (15, 5), (8, 2), (4, 2), (4, 2)];
        return VocoderConfig {
            network: network(1024, &stages, true),
            extension: None,
        };
    }
    let stages = [(11, 5), (4, 2), (4, 2), (4, 2), (4, 2), (4, 2)];
    VocoderConfig {
        network: network(1536, &stages, false),
        extension: Some(ExtensionConfig {
            network: network(512, &[(12, 6), (11, 5), (4, 2), (4, 2), (4, 2)], false),
            window: 512,
            hop: 80,
            bins: 64,
        }),
    }
}
