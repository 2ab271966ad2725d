//! Texts and pictures as keys and values for the cross-attention of every block, embedded once per clip.
//! Blocks that are not in memory are read once for all texts.

use kinora_wire::Failure;
use tch::Tensor;

use super::super::text::TEXT_LENGTH;
use super::Transformer;
use super::attention::{Context, TextKeyValues};
use super::block::Block;
use super::blocks::for_each_cross_attention;
use super::references::ReferenceTokens;
use super::vace::VaceBlock;
use crate::weights::Check;

/// A text as keys and values for the cross-attention of every block, and what else belongs to a forward pass with this
/// text.
#[derive(Debug, Default)]
pub struct TextConditioning {
    pub(super) blocks: Vec<TextKeyValues>,
    pub(super) vace: Vec<TextKeyValues>,
    /// The tokens of references. They are other ones in the pass with the negative prompt.
    pub references: ReferenceTokens,
}

impl Transformer {
    /// Embeds a text, once per clip. `embeddings`: b x 512 x text width, padded with zero rows. The zero rows take part
    /// in attention, as in training.
    pub fn embed_text(&self, embeddings: &Tensor) -> Result<TextConditioning, Failure> {
        let [text] = self.embed_texts([embeddings], None)?;
        Ok(text)
    }

    /// Embeds several texts, each as [`Transformer::embed_text`] does, all with the same pictures: p x n x c, the tokens
    /// of the image encoder. Networks that do not attend to pictures ignore them.
    pub fn embed_texts<const N: usize>(
        &self,
        embeddings: [&Tensor; N],
        pictures: Option<&Tensor>,
    ) -> Result<[TextConditioning; N], Failure> {
        self.embed_texts_while(embeddings, pictures, &mut || Ok(()))
    }

    /// As [`Transformer::embed_texts`]. `check` is called for each block of which a part is read; its error stops the
    /// work.
    pub fn embed_texts_while<const N: usize>(
        &self,
        embeddings: [&Tensor; N],
        pictures: Option<&Tensor>,
        check: &mut Check,
    ) -> Result<[TextConditioning; N], Failure> {
        self.embed_texts_with(embeddings, None, pictures, check)
    }

    /// As [`Transformer::embed_text`], with one zero row instead of all: b x k x text width, where the last row counts
    /// for all that are missing of 512. Equal in fp32. For training, where the zero rows would be most of the work.
    pub fn embed_short_text(&self, embeddings: &Tensor) -> Result<TextConditioning, Failure> {
        let rows = embeddings.size()[1];
        let weight = ((TEXT_LENGTH - rows + 1) as f64).ln();
        let weights = Tensor::zeros([1, 1, 1, rows], (embeddings.kind(), embeddings.device()));
        let _ = weights.narrow(3, rows - 1, 1).fill_(weight);
        let [text] = self.embed_texts_with([embeddings], Some(&weights), None, &mut || Ok(()))?;
        Ok(text)
    }

    /// `weights` is added to the attention scores of the text rows.
    fn embed_texts_with<const N: usize>(
        &self,
        embeddings: [&Tensor; N],
        weights: Option<&Tensor>,
        pictures: Option<&Tensor>,
        check: &mut Check,
    ) -> Result<[TextConditioning; N], Failure> {
        let [first, second] = &self.text_embedding;
        let texts = embeddings.map(|text| second.forward(&first.forward(text).gelu("tanh"))); // b 512 d
        let pictures = texts.each_ref().map(|text| {
            let (batch, on) = (text.size()[0], (text.kind(), text.device()));
            let embedding = self.img_emb.as_ref()?;
            Some(embedding.forward(pictures, batch, on))
        });
        let pairs = texts.iter().zip(&pictures);
        let contexts = pairs.map(|(text, pictures)| Context {
            text,
            weights,
            pictures: pictures.as_ref(),
        });
        let contexts: Vec<Context> = contexts.collect();
        let mut embedded = [(); N].map(|()| TextConditioning::default());
        let of_block = Block::cross_attn;
        for_each_cross_attention(&self.config, &self.blocks, of_block, check, |attention| {
            for (context, embedded) in contexts.iter().zip(&mut embedded) {
                embedded.blocks.push(attention.text_key_values(*context));
            }
            Ok(())
        })?;
        let Some(vace) = &self.vace else {
            return Ok(embedded);
        };
        let of_block = VaceBlock::cross_attn;
        for_each_cross_attention(&self.config, &vace.blocks, of_block, check, |attention| {
            for (context, embedded) in contexts.iter().zip(&mut embedded) {
                embedded.vace.push(attention.text_key_values(*context));
            }
            Ok(())
        })?;
        Ok(embedded)
    }
}
