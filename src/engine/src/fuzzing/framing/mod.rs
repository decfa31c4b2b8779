//! Frames in any pieces: the decoder gives what a decoder of the whole text gives, wherever the bytes were cut.

mod model;

use arbitrary::{Arbitrary, Unstructured};

use crate::websocket::client_frames::Header;
use crate::websocket::{Decoder, Incoming, Limits};

/// A message, or why there are no more.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
    /// With the close code.
    Error(u16),
}

impl From<Incoming<'_>> for Seen {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Text(text) => Self::Text(text.into()),
            Incoming::Binary(bytes) => Self::Binary(bytes.into()),
            Incoming::Ping(bytes) => Self::Ping(bytes.into()),
            Incoming::Pong(bytes) => Self::Pong(bytes.into()),
            Incoming::Close(close) => {
                Self::Close(close.map(|(code, reason)| (code, reason.into())))
            }
        }
    }
}

/// Decodes frames that are cut at random places.
///
/// # Panics
/// Where the cuts or the model make a difference.
pub fn framing(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(limits) = limits(&mut input) else { return };
    let Ok(cuts) = Vec::<u8>::arbitrary(&mut input) else { return };
    let bytes = stream(&mut input).unwrap_or_default();
    let whole = decode(&bytes, &[], limits);
    assert_eq!(decode(&bytes, &cuts, limits), whole, "the cuts matter");
    assert_eq!(decode(&bytes, &[1], limits), whole, "single bytes matter");
    if !limits.deflate {
        assert_eq!(whole, model::decode(&bytes, limits.max_message), "not the model's");
    }
}

fn limits(input: &mut Unstructured<'_>) -> arbitrary::Result<Limits> {
    let max_message = *input.choose(&[0, 5, 125, 126, 1000, 70_000])?;
    Ok(Limits { max_message, deflate: input.ratio(1, 4)? })
}

/// So many bytes are enough: a few of the longest frames that there are.
const STREAM: usize = 300_000;

/// Frames that are valid for the most part, and bytes that are none.
fn stream(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut out = Vec::new();
    while !input.is_empty() && out.len() < STREAM {
        if input.ratio(1, 12)? {
            out.extend_from_slice(<&[u8]>::arbitrary(input)?);
        } else {
            push_frame(input, &mut out)?;
        }
    }
    Ok(out)
}

fn push_frame(input: &mut Unstructured<'_>, out: &mut Vec<u8>) -> arbitrary::Result<()> {
    let opcode = *input.choose(&[0, 0, 1, 1, 1, 2, 8, 9, 10, 3])?;
    let fin = if input.ratio(2, 3)? { 0x80 } else { 0 };
    let rsv = if input.ratio(1, 8)? { u8::arbitrary(input)? & 0x70 } else { 0 };
    let is_masked = !input.ratio(1, 50)?;
    let payload = payload(input)?;
    let key = <[u8; 4]>::arbitrary(input)?;
    let wider = input.ratio(1, 10)?;
    let first = fin | rsv | opcode;
    let header = Header { first, length: 0, wider, key: is_masked.then_some(key) };
    out.extend(header.frame(&payload));
    Ok(())
}

/// Text that is cut anywhere, bytes, or many of one byte.
fn payload(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    const WIDE: &[u8] = "é€𝄞".as_bytes();
    Ok(match input.int_in_range(0..=9)? {
        0..=4 => <&str>::arbitrary(input)?.into(),
        5 => WIDE[..input.int_in_range(0..=9)?].into(),
        6 => WIDE[input.int_in_range(0..=9)?..].into(),
        7 => vec![b'x'; *input.choose(&[124, 125, 126, 127, 999, 65_535, 65_536])?],
        8 => u16::arbitrary(input)?.to_be_bytes().into(),
        _ => <&[u8]>::arbitrary(input)?.into(),
    })
}

/// Feeds the bytes in pieces of these lengths, over and over; in one piece without any.
fn decode(bytes: &[u8], pieces: &[u8], limits: Limits) -> Vec<Seen> {
    let (mut decoder, mut seen) = (Decoder::new(), Vec::new());
    let mut lengths = pieces.iter().map(|length| usize::from(*length).max(1)).cycle();
    let mut bytes = bytes.to_vec();
    let mut rest = &mut bytes[..];
    while !rest.is_empty() {
        let length = lengths.next().unwrap_or(rest.len()).min(rest.len());
        let (mut piece, after) = rest.split_at_mut(length);
        loop {
            match decoder.next(&mut piece, limits) {
                Ok(None) => break,
                Ok(Some(incoming)) => seen.push(incoming.into()),
                Err(error) => {
                    seen.push(Seen::Error(error.code));
                    return seen;
                }
            }
        }
        assert!(piece.is_empty(), "bytes were left without a message");
        rest = after;
    }
    seen
}
