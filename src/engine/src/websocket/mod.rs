//! RFC 6455, server side: the handshake, the frames we send and the decoder for those that clients send.
//!
//! Everything here is a function of bytes: no sockets, no clock, no rooms and no JSON. The caller owns the buffers and decides
//! what a limit, a ping or an error means for its connection.

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod client_frames;
mod decoder;
#[cfg(test)]
mod decoder_tests;
mod deflate;
mod error;
pub mod frame;
mod handshake;
mod header;
mod incoming;
mod mask;

pub use self::decoder::{Decoder, Limits};
pub(crate) use self::deflate::Deflate;
pub use self::error::FrameError;
pub use self::frame::{FrameBuilder, Opcode};
pub use self::handshake::{Refusal, UpgradeRequest};
pub use self::incoming::Incoming;
