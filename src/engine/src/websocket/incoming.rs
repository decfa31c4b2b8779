//! What the decoder hands out, and the rules for whole payloads.

use super::{FrameError, Opcode};

/// A message or a control frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message.
    Binary(&'a [u8]),
    /// A ping and its payload.
    Ping(&'a [u8]),
    /// A pong and its payload.
    Pong(&'a [u8]),
    /// A close frame: its code and reason, unless it is empty.
    Close(Option<(u16, &'a str)>),
}

impl<'a> Incoming<'a> {
    /// Gives a complete and unmasked payload its meaning.
    pub(super) fn interpret(opcode: Opcode, payload: &'a [u8]) -> Result<Self, FrameError> {
        Ok(match opcode {
            Opcode::Text => Self::Text(to_text(payload)?),
            Opcode::Binary | Opcode::Continuation => Self::Binary(payload),
            Opcode::Ping => Self::Ping(payload),
            Opcode::Pong => Self::Pong(payload),
            Opcode::Close => Self::Close(parse_close(payload)?),
        })
    }
}

fn parse_close(payload: &[u8]) -> Result<Option<(u16, &str)>, FrameError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let Some((code, reason)) = payload.split_first_chunk() else {
        return Err(FrameError::protocol("Invalid close frame"));
    };
    let code = u16::from_be_bytes(*code);
    // The others are reserved, or stand for what never is in a frame (7.4).
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(FrameError::protocol("Invalid close code"));
    }
    Ok(Some((code, to_text(reason)?)))
}

fn to_text(bytes: &[u8]) -> Result<&str, FrameError> {
    str::from_utf8(bytes).map_err(|_| FrameError::INVALID_UTF8)
}
