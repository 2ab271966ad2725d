//! The sound of the LTX-2 family: an autoencoder of mel spectrograms and the vocoders that make waves of them.
