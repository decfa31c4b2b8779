//! The frames that the server sends: always whole messages, never masked.

use std::io;

use bytes::{Buf, Bytes};

/// The longest payload of a control frame (RFC 6455, 5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// A close frame's reason shares the payload with the two bytes of the code.
const MAX_REASON: usize = MAX_CONTROL - 2;

/// Room for the longest header without a masking key: two bytes and a 64-bit length.
const RESERVED: usize = 10;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A further fragment of the message before.
    Continuation = 0,
    /// A text message, or its first fragment.
    Text = 1,
    /// A binary message, or its first fragment.
    Binary = 2,
    /// The beginning or the confirmation of the end.
    Close = 8,
    /// Asks for a pong with the same payload.
    Ping = 9,
    /// The answer to a ping, or a sign of life.
    Pong = 10,
}

impl Opcode {
    pub(super) fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    /// True for close, ping and pong.
    #[must_use]
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The header's bit for a compressed message.
const RSV1: u8 = 0x40;

/// Collects a payload whose length isn't known yet, with room for the header in front: the finished frame is one piece of memory
/// and the payload was written once.
#[derive(Debug, Clone)]
pub struct FrameBuilder {
    /// `RESERVED` bytes, then the payload.
    buffer: Vec<u8>,
}

impl FrameBuilder {
    /// An empty payload.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty payload with room for `payload` bytes.
    #[must_use]
    pub fn with_capacity(payload: usize) -> Self {
        let mut buffer = Vec::with_capacity(RESERVED + payload);
        buffer.resize(RESERVED, 0);
        Self { buffer }
    }

    /// Appends bytes to the payload.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Appends text to the payload.
    pub fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// Where to append to the payload. What is in it already is not to be touched.
    pub fn appender(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// The payload so far.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.buffer[RESERVED..]
    }

    /// Takes all of the payload but the first `length` bytes back.
    pub fn truncate(&mut self, length: usize) {
        self.buffer.truncate(RESERVED + length);
    }

    /// The whole frame of a message whose payload is compressed (RFC 7692).
    #[must_use]
    pub fn finish_compressed(mut self, opcode: Opcode) -> Bytes {
        let start = self.write_header(opcode);
        self.buffer[start] |= RSV1;
        self.from(start)
    }

    /// The whole frame. The payload of a control frame is cut to 125 bytes.
    #[must_use]
    pub fn finish(mut self, opcode: Opcode) -> Bytes {
        if opcode.is_control() {
            self.truncate(MAX_CONTROL);
        }
        let start = self.write_header(opcode);
        self.from(start)
    }

    /// A slice would be a second owner, for which memory is taken that counts them.
    fn from(self, start: usize) -> Bytes {
        let mut frame = Bytes::from(self.buffer);
        frame.advance(start);
        frame
    }

    /// Writes the shortest header right before the payload, and returns where it starts.
    fn write_header(&mut self, opcode: Opcode) -> usize {
        let length = self.payload().len();
        let bytes = (length as u64).to_be_bytes();
        let (short, extended) = match length {
            0..126 => (bytes[7], &bytes[8..]),
            126..65536 => (126, &bytes[6..]),
            _ => (127, &bytes[..]),
        };
        let start = RESERVED - 2 - extended.len();
        self.buffer[start] = 0x80 | opcode as u8;
        self.buffer[start + 1] = short;
        self.buffer[start + 2..RESERVED].copy_from_slice(extended);
        start
    }
}

impl Default for FrameBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// Never fails, so that a serializer can write its text straight into the frame.
impl io::Write for FrameBuilder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.push(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A text frame.
#[must_use]
pub fn text(payload: &str) -> Bytes {
    frame(Opcode::Text, payload.as_bytes())
}

/// A binary frame.
#[must_use]
pub fn binary(payload: &[u8]) -> Bytes {
    frame(Opcode::Binary, payload)
}

/// A ping; the payload is cut to 125 bytes.
#[must_use]
pub fn ping(payload: &[u8]) -> Bytes {
    frame(Opcode::Ping, payload)
}

/// A pong; the payload is cut to 125 bytes.
#[must_use]
pub fn pong(payload: &[u8]) -> Bytes {
    frame(Opcode::Pong, payload)
}

/// A close frame with the reason cut by [`cut_reason`]. Without a code it is empty: a reason can't stand alone.
#[must_use]
pub fn close(code: Option<u16>, reason: &str) -> Bytes {
    let Some(code) = code else { return frame(Opcode::Close, &[]) };
    let reason = cut_reason(reason);
    let mut builder = FrameBuilder::with_capacity(2 + reason.len());
    builder.push(&code.to_be_bytes());
    builder.push_str(reason);
    builder.finish(Opcode::Close)
}

/// As much of `reason` as a close frame can hold, 123 bytes, without splitting a character.
#[must_use]
pub fn cut_reason(reason: &str) -> &str {
    if reason.len() <= MAX_REASON {
        return reason;
    }
    // A character has at most four bytes, so one of the last four positions is a boundary.
    let end = (MAX_REASON - 3..=MAX_REASON).rev().find(|&end| reason.is_char_boundary(end));
    &reason[..end.unwrap_or(0)]
}

fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut builder = FrameBuilder::with_capacity(payload.len());
    builder.push(payload);
    builder.finish(opcode)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn uses_the_shortest_header() {
        let cases: [(usize, &[u8]); 7] = [
            (0, &[0x82, 0]),
            (1, &[0x82, 1]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65535, &[0x82, 126, 0xff, 0xff]),
            (65536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (70000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]),
        ];
        for (length, header) in cases {
            let payload = vec![7; length];
            assert_eq!(binary(&payload), [header, &payload].concat(), "length {length}");
        }
    }

    #[test]
    fn control_payloads_are_cut() {
        let long = [1; 126];
        assert_eq!(ping(b"hi"), &[0x89, 2, b'h', b'i'][..]);
        assert_eq!(ping(&long), [&[0x89, 125], &long[..125]].concat());
        assert_eq!(pong(&long), [&[0x8a, 125], &long[..125]].concat());
    }

    #[test]
    fn close_frames() {
        assert_eq!(close(None, "ignored"), &[0x88, 0][..]);
        assert_eq!(close(Some(1000), ""), &[0x88, 2, 0x03, 0xe8][..]);
        assert_eq!(close(Some(1002), "no"), &[0x88, 4, 0x03, 0xea, b'n', b'o'][..]);
        assert_eq!(close(Some(1002), &"é".repeat(99)).len(), 2 + 2 + 122);
    }

    #[test]
    fn reasons_are_cut_between_characters() {
        let cases = [("x", 1, 123), ("é", 2, 122), ("€", 3, 123), ("😀", 4, 120)];
        for (character, size, expected) in cases {
            for offset in 0..=4 {
                let text = format!("{}{}", "a".repeat(offset), character.repeat(200));
                let cut = cut_reason(&text);
                assert!(text.starts_with(cut));
                assert_eq!(cut.len(), offset + (MAX_REASON - offset) / size * size, "{character}");
            }
            assert_eq!(cut_reason(&character.repeat(200)).len(), expected);
        }
        for short in ["", "reason", &"x".repeat(MAX_REASON)] {
            assert_eq!(cut_reason(short), short);
        }
    }

    #[test]
    fn a_builder_is_a_writer() {
        let mut builder = FrameBuilder::default();
        builder.push_str("n = ");
        write!(builder, "{}", 42).unwrap();
        builder.push(b" and more");
        builder.truncate(6);
        assert_eq!(builder.payload(), b"n = 42");
        assert_eq!(builder.finish(Opcode::Text), text("n = 42"));
    }

    #[test]
    fn the_payload_is_not_copied() {
        let mut builder = FrameBuilder::with_capacity(100);
        builder.push(&[5; 100]);
        let before = builder.payload().as_ptr();
        assert_eq!(builder.finish(Opcode::Binary).slice(2..).as_ptr(), before);
    }
}
