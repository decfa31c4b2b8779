//! The incremental decoder of client frames.
//!
//! Most messages are one frame that arrives in one read: those are unmasked where they lie and borrowed. All others are collected
//! in one buffer that lives from the first byte of payload until the message was delivered, so that a connection at rest owns
//! no memory but the [`Decoder`] itself. The buffer grows with what arrived, never by what a header announces.

#![allow(
    clippy::mut_mut,
    reason = "the input is a cursor: what was consumed is split off the caller's slice"
)]

use std::mem;

use super::deflate::inflate;
use super::header::{Header, MAX_HEADER};
use super::{FrameError, Incoming, Opcode, mask};

/// Decodes what one client sends.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The payloads of the present message; behind them that of a control frame that is still arriving.
    buffer: Vec<u8>,
    /// The frame whose payload is arriving, or was delivered last.
    frame: Option<Frame>,
    /// The beginning of a header that was split over reads.
    partial: [u8; MAX_HEADER],
    partial_len: u8,
    /// What the first fragment of the present message said, text or binary.
    message: Option<Opcode>,
    /// The present message, begun by an earlier fragment, is compressed.
    compressed: bool,
    /// The last call has handed out `frame`, and maybe a part of `buffer`.
    delivered: bool,
    /// How much of the fragments in `buffer` is known to be UTF-8.
    valid: u32,
}

/// Lengths take 32 bits: that keeps the decoder within 64 bytes, and a message of 4 GiB is beyond any limit.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// What has not arrived yet.
    remaining: u32,
    /// Where the payload begins in the buffer.
    start: u32,
    /// Turned so that it begins with the byte for the next one to arrive.
    key: [u8; 4],
    opcode: Opcode,
    fin: bool,
    /// The payload is compressed.
    compressed: bool,
}

/// What a connection's frames may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The length of a message, all fragments together; applied when a frame begins, and to what a compressed one becomes.
    pub max_message: usize,
    /// permessage-deflate was negotiated.
    pub deflate: bool,
}

/// A message, or a control frame, that is complete.
struct Complete {
    opcode: Opcode,
    compressed: bool,
}

/// A payload that is complete.
enum Payload<'i> {
    InPlace(&'i [u8]),
    /// From here to the end of the buffer.
    Buffered(usize),
}

impl<'i> Payload<'i> {
    fn of<'a>(self, buffer: &'a [u8]) -> &'a [u8]
    where
        'i: 'a,
    {
        match self {
            Self::InPlace(payload) => payload,
            Self::Buffered(start) => &buffer[start..],
        }
    }
}

impl Decoder {
    /// A decoder for a new connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the next message from `input` and advances it past what was consumed. `None`: all of `input` was consumed and more
    /// bytes are needed. To be called until then, since the memory of one message is freed by the call after it.
    ///
    /// `limits` may differ from call to call.
    pub fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i mut [u8],
        limits: Limits,
    ) -> Result<Option<Incoming<'a>>, FrameError> {
        self.release();
        let Some((message, payload)) = self.advance(input, limits)? else { return Ok(None) };
        self.delivered = true;
        if message.compressed {
            self.buffer = inflate(payload.of(&self.buffer), limits.max_message)?;
            return Incoming::interpret(message.opcode, &self.buffer).map(Some);
        }
        Incoming::interpret(message.opcode, payload.of(&self.buffer)).map(Some)
    }

    /// What the decoder holds on the heap.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Frees what the last call has handed out.
    fn release(&mut self) {
        if !mem::take(&mut self.delivered) {
            return;
        }
        // A control frame may have come amidst a message, whose fragments stay.
        let keep = match self.frame.take() {
            Some(frame) if frame.opcode.is_control() => frame.start as usize,
            _ => 0,
        };
        if keep == 0 {
            self.buffer = Vec::new();
        } else {
            self.buffer.truncate(keep);
        }
    }

    /// Consumes input until something is complete: a control frame or the last frame of a message.
    fn advance<'i>(
        &mut self,
        input: &mut &'i mut [u8],
        limits: Limits,
    ) -> Result<Option<(Complete, Payload<'i>)>, FrameError> {
        loop {
            let mut frame = match self.frame {
                Some(frame) => frame,
                None => match self.read_header(input, limits.deflate)? {
                    Some(header) => self.begin(&header, limits.max_message)?,
                    None => return Ok(None),
                },
            };
            if self.lies_in(input, frame) {
                let payload = take(input, frame.remaining as usize);
                mask::unmask(payload, frame.key);
                let Frame { opcode, compressed, .. } = frame;
                return Ok(Some((Complete { opcode, compressed }, Payload::InPlace(payload))));
            }
            self.collect(input, &mut frame);
            self.frame = Some(frame);
            if frame.remaining > 0 {
                return Ok(None);
            }
            if let Some((message, start)) = self.complete(frame) {
                return Ok(Some((message, Payload::Buffered(start))));
            }
            self.end_fragment(frame)?;
        }
    }

    /// What the end of `frame` completes, and where its payload starts in the buffer.
    fn complete(&mut self, frame: Frame) -> Option<(Complete, usize)> {
        let Frame { opcode, compressed, .. } = frame;
        if opcode.is_control() {
            Some((Complete { opcode, compressed }, frame.start as usize))
        } else if frame.fin {
            let begun =
                self.message.take().map(|opcode| Complete { opcode, compressed: self.compressed });
            Some((begun.unwrap_or(Complete { opcode, compressed }), 0))
        } else {
            None
        }
    }

    fn read_header(
        &mut self,
        input: &mut &mut [u8],
        deflate: bool,
    ) -> Result<Option<Header>, FrameError> {
        if self.partial_len == 0
            && let Some((header, size)) = Header::parse(input, deflate)?
        {
            take(input, size);
            return Ok(Some(header));
        }
        // Byte by byte, so that nothing of the payload is taken.
        while !input.is_empty() {
            self.partial[usize::from(self.partial_len)] = take(input, 1)[0];
            self.partial_len += 1;
            let parsed = Header::parse(&self.partial[..self.partial_len.into()], deflate);
            if !matches!(parsed, Ok(None)) {
                self.partial_len = 0;
                return parsed.map(|complete| complete.map(|(header, _)| header));
            }
        }
        Ok(None)
    }

    /// Checks what a header can break together with the frames before it.
    fn begin(&mut self, header: &Header, max_message: usize) -> Result<Frame, FrameError> {
        let &Header { fin, compressed, opcode, key, length } = header;
        let is_data = !opcode.is_control();
        match (opcode, self.message) {
            (Opcode::Continuation, None) => {
                return Err(FrameError::protocol("Continuation without a message"));
            }
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(FrameError::protocol("New message before the end of the last one"));
            }
            _ => {}
        }
        let start = self.buffer.len();
        let total = (start as u64).saturating_add(length);
        if is_data && (total > max_message as u64 || total > u64::from(u32::MAX)) {
            return Err(FrameError::TOO_BIG);
        }
        let narrow = |length: u64| u32::try_from(length).map_err(|_| FrameError::TOO_BIG);
        let frame = Frame {
            remaining: narrow(length)?,
            start: narrow(start as u64)?,
            key,
            opcode,
            fin,
            compressed,
        };
        self.frame = Some(frame);
        Ok(frame)
    }

    /// Whether nothing has to be put together: the whole payload is at the front of `input` and makes a message by itself.
    fn lies_in(&self, input: &[u8], frame: Frame) -> bool {
        let whole = frame.opcode.is_control() || (frame.fin && self.message.is_none());
        whole
            && self.buffer.len() == frame.start as usize
            && input.len() >= frame.remaining as usize
    }

    /// Moves what `input` has of the payload to the buffer.
    fn collect(&mut self, input: &mut &mut [u8], frame: &mut Frame) {
        let remaining = frame.remaining as usize;
        let size = remaining.min(input.len());
        let chunk = take(input, size);
        mask::unmask(chunk, frame.key);
        // The buffer doubles as usual, but at a message's end it need not get larger than the message.
        if frame.fin && self.buffer.capacity() - self.buffer.len() < size {
            self.buffer.reserve_exact(remaining.min(size.max(self.buffer.len())));
        }
        self.buffer.extend_from_slice(chunk);
        frame.key.rotate_left(size % 4);
        frame.remaining -= u32::try_from(size).unwrap_or(frame.remaining);
    }

    /// Remembers what kind of message a fragment began, and refuses a text as soon as it can't become valid.
    fn end_fragment(&mut self, frame: Frame) -> Result<(), FrameError> {
        self.frame = None;
        if self.message.is_none() {
            self.message = Some(frame.opcode);
            self.compressed = frame.compressed;
            self.valid = 0;
        }
        if self.message == Some(Opcode::Text) && !self.compressed {
            self.valid += valid_prefix(&self.buffer[self.valid as usize..])?;
        }
        Ok(())
    }
}

/// Splits the first `size` bytes off `input`.
fn take<'i>(input: &mut &'i mut [u8], size: usize) -> &'i mut [u8] {
    let (front, rest) = mem::take(input).split_at_mut(size);
    *input = rest;
    front
}

/// How many of `bytes` are whole characters, when the rest may still become one.
fn valid_prefix(bytes: &[u8]) -> Result<u32, FrameError> {
    let valid = match str::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return Err(FrameError::INVALID_UTF8),
    };
    u32::try_from(valid).map_err(|_| FrameError::TOO_BIG)
}
