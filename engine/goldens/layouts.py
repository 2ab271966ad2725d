"""Goldens of file layouts: the keys of tiny models in the layouts of diffusers and transformers, each with its original
name."""

import text
import transformer
import vae


def keys(module, name):
    return [[key, name(key)] for key in module.state_dict()]


def make():
    controlled, _ = transformer.build(transformer.CONTROLLED)
    seeing, _ = transformer.build(transformer.PAIR)
    encoder = text.encoder()
    notes = dict(
        transformer=keys(controlled, transformer.names.transformer),
        seeing=keys(seeing, transformer.names.transformer),
        vae=keys(vae.build(vae.LOPSIDED), vae.original_names(vae.LOPSIDED)),
        residual_vae=keys(vae.build(vae.RESIDUAL), vae.original_names(vae.RESIDUAL)),
        text=keys(encoder, text.names.text),
    )
    return {}, notes
