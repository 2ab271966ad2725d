//! The autoencoder of the picture of the LTX-2 family: 32x32 pixels and 8 frames for a latent position.
