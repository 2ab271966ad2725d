//! The transformer of the LTX-2 family: a stream for the picture and one for the sound, which attend to each
//! other.
