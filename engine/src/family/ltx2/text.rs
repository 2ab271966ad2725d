//! The text encoders of the LTX-2 family: Gemma, and the connectors between its layers and the transformer.
