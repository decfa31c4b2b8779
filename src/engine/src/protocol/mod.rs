//! The wire protocol: what the messages are, which of them are valid, and how state is kept as JSON.
//!
//! Nothing here decodes more than it has to. Keys, values and names stay *canonical fragments*: the text that
//! `JSON.stringify` gives for the parsed value. Equal strings have equal fragments, so fragments serve as map keys, and they
//! are written into answers as they are. Sockets, rooms and clients are not known here.

mod escape;
mod hello;
pub mod json;
mod kv;
mod request;
mod sets;
mod shape;
mod walk;

pub use hello::{HelloReq, ResumeReq};
pub use kv::KvStore;
pub use request::{ActionReq, ChangeReq, CloseReq, Request, unhandled};
pub use sets::{KvSet, parse_sets, write_sets};

/// The protocol's name and version, sent in every hello.
pub const PROTOCOL: &str = "websocket-room-server:1";

/// A close code of RFC 6455: the original closes with it for whatever goes wrong.
const PROTOCOL_ERROR: u16 = 1002;

/// The `type` of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MessageType {
    /// A hello that failed, for clients that asked for extensions; a close frame follows.
    HelloFailResp = 0,
    /// The answer to a hello.
    HelloSuccessResp = 1,
    /// A client wants to change keys of its room or of itself.
    ChangeReq = 2,
    /// Keys changed, or clients came or went.
    ChangeNotif = 3,
    /// A client asks for something only the application knows how to do.
    ActionReq = 4,
    /// The answer to an action.
    ActionResp = 5,
    /// A client wants to leave, or is told why it has to.
    CloseReq = 6,
    /// The answer to a client that wants to leave.
    CloseResp = 7,
    /// So many messages have come, in a session that can be resumed.
    Ack = 8,
}

/// Why a connection is closed. The text may be longer than a close frame holds: whoever writes the frame cuts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseReason {
    /// The close code.
    pub code: u16,
    /// The reason as the client sees it.
    pub text: String,
}

impl CloseReason {
    /// A reason with this code and exactly this text.
    #[must_use]
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// What the original does with every error: 1002 `error: <message>`.
    #[must_use]
    pub fn error(message: impl std::fmt::Display) -> Self {
        Self::new(PROTOCOL_ERROR, format!("error: {message}"))
    }

    /// The message is not JSON. The original quotes V8 here; ours says where the text is wrong.
    fn invalid_json(error: &serde_json::Error) -> Self {
        Self::error(format_args!("invalid JSON: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_reasons_have_the_originals_form() {
        assert_eq!(CloseReason::error("x"), CloseReason { code: 1002, text: "error: x".into() });
        assert_eq!(CloseReason::new(4000, "x"), CloseReason { code: 4000, text: "x".into() });
    }
}
