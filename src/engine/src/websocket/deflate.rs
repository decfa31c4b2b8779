//! permessage-deflate (RFC 7692) without context takeover: every message is compressed by itself, so that one compressed frame
//! serves all who get it, and no client costs memory between messages.

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::FrameError;
use super::frame::{FrameBuilder, Opcode};

/// What the last bytes of a flushed block are, left out on the wire (7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The answer to an offer that is accepted.
pub(super) const ACCEPTED: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// Whether a `Sec-WebSocket-Extensions` header has an offer that we can accept: any but one that wants a smaller window of us.
pub(super) fn is_acceptable(header: &str) -> bool {
    header.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        parts.next() == Some("permessage-deflate") && parts.all(is_known)
    })
}

fn is_known(parameter: &str) -> bool {
    let (name, value) =
        parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
    let value = value.map(|value| value.trim().trim_matches('"'));
    match name.trim() {
        "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
        "client_max_window_bits" => value.is_none_or(|bits| matches!(bits.parse(), Ok(8..=15))),
        "server_max_window_bits" => value == Some("15"),
        _ => false,
    }
}

/// Compresses frames, one after the other. One serves all sockets of a worker.
pub(crate) struct Deflate(Compress);

impl Deflate {
    pub(crate) fn new() -> Self {
        // Fast: at this size of messages the better levels save little and cost much.
        Self(Compress::new(Compression::fast(), false))
    }

    /// The compressed form of one of our own data frames; None where it would not be smaller.
    pub(crate) fn frame(&mut self, frame: &Bytes) -> Option<Bytes> {
        let (opcode, payload) = split(frame)?;
        let mut out = Vec::with_capacity(payload.len() / 2 + 64);
        self.0.reset();
        // A flush is complete when it has left room in the buffer.
        while self.0.total_in() < payload.len() as u64
            || out.len() == out.capacity()
            || out.is_empty()
        {
            out.reserve(payload.len() / 4 + 64);
            let at = usize::try_from(self.0.total_in()).ok()?;
            self.0.compress_vec(&payload[at..], &mut out, FlushCompress::Sync).ok()?;
        }
        if !out.ends_with(&TAIL) {
            return None;
        }
        out.truncate(out.len() - TAIL.len());
        if out.len() >= payload.len() {
            return None;
        }
        let mut packed = FrameBuilder::with_capacity(out.len());
        packed.push(&out);
        Some(packed.finish_compressed(opcode))
    }
}

/// Opcode and payload of a frame that this module's neighbour has built.
fn split(frame: &[u8]) -> Option<(Opcode, &[u8])> {
    let [first, second, ..] = *frame else { return None };
    let header = match second {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let opcode = Opcode::from_bits(first & 0x0f).filter(|opcode| !opcode.is_control())?;
    Some((opcode, frame.get(header..)?))
}

/// The message in a compressed payload, unless it is longer than it may be: what comes out is bounded, whatever went in.
pub(super) fn inflate(payload: &[u8], max_message: usize) -> Result<Vec<u8>, FrameError> {
    let mut inflater = Decompress::new(false);
    let mut out =
        Vec::with_capacity(payload.len().saturating_mul(3).min(max_message).saturating_add(64));
    for part in [payload, &TAIL] {
        let mut rest = part;
        while !rest.is_empty() {
            let before = (inflater.total_in(), out.len());
            let status = inflater.decompress_vec(rest, &mut out, FlushDecompress::Sync);
            let used = usize::try_from(inflater.total_in() - before.0).unwrap_or(rest.len());
            rest = &rest[used..];
            if out.len() > max_message {
                return Err(FrameError::TOO_BIG);
            }
            match status {
                Ok(Status::StreamEnd) => return Ok(out),
                Ok(_) if out.len() == out.capacity() => out.reserve(out.len().max(64)),
                Ok(_) if used > 0 || out.len() > before.1 => {}
                _ => return Err(FrameError::protocol("Invalid compressed data")),
            }
        }
    }
    // What is left in the inflater's window comes without further input.
    drain(&mut inflater, out, max_message)
}

fn drain(
    inflater: &mut Decompress,
    mut out: Vec<u8>,
    max_message: usize,
) -> Result<Vec<u8>, FrameError> {
    while out.len() == out.capacity() {
        let before = out.len();
        out.reserve(before.max(64));
        inflater
            .decompress_vec(&[], &mut out, FlushDecompress::Sync)
            .map_err(|_| FrameError::protocol("Invalid compressed data"))?;
        if out.len() > max_message {
            return Err(FrameError::TOO_BIG);
        }
        if out.len() == before {
            break;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::frame;

    #[test]
    fn messages_of_all_sizes_survive() {
        let mut deflate = Deflate::new();
        for size in [30, 100, 1000, 65_536, 1_000_000] {
            let text = "the same again ".repeat(size / 15 + 1);
            let packed = deflate.frame(&frame::text(&text)).expect("smaller");
            assert_eq!(packed[0], 0xc1);
            let (_, payload) = split(&packed).expect("a frame");
            assert!(payload.len() < text.len());
            assert_eq!(inflate(payload, text.len()).expect("valid"), text.as_bytes());
            assert!(inflate(payload, text.len() - 1).is_err());
        }
    }

    #[test]
    fn what_does_not_shrink_stays_as_it_is() {
        let mut deflate = Deflate::new();
        assert!(deflate.frame(&frame::text("")).is_none());
        assert!(deflate.frame(&frame::text("ab")).is_none());
        assert!(deflate.frame(&frame::ping(b"ping ping ping ping ping ping")).is_none());
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit_and_nonsense_is_an_error() {
        let mut deflate = Deflate::new();
        let packed = deflate.frame(&frame::text(&"0".repeat(10_000_000))).expect("smaller");
        let (_, payload) = split(&packed).expect("a frame");
        assert!(payload.len() < 50_000);
        assert_eq!(inflate(payload, 1000), Err(FrameError::TOO_BIG));
        assert!(inflate(&[0xff, 0xff, 0xff, 0x12, 0x34], 1000).is_err());
    }

    #[test]
    fn offers() {
        let rows = [
            ("permessage-deflate", true),
            ("permessage-deflate; client_max_window_bits", true),
            ("permessage-deflate; client_max_window_bits=12; server_no_context_takeover", true),
            ("permessage-deflate; server_max_window_bits=10", false),
            ("permessage-deflate; server_max_window_bits=10, permessage-deflate", true),
            ("permessage-deflate; client_max_window_bits=99", false),
            ("permessage-deflate; unheard_of", false),
            ("x-webkit-deflate-frame", false),
            ("", false),
        ];
        for (header, acceptable) in rows {
            assert_eq!(is_acceptable(header), acceptable, "{header}");
        }
    }
}
