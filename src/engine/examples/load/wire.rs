//! What clients say, in each of the wire formats: the room protocol's own, and the same messages as Socket.IO events.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::stamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Wire {
    /// `websocket-room-server:1`.
    #[default]
    #[serde(rename = "native")]
    Native,
    /// Engine.IO 4 on a WebSocket from the start.
    #[serde(rename = "socket.io")]
    SocketIo,
}

/// What a message means to a client that is not in a room yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// Say this and wait on.
    Answer(&'static str),
    SayHello,
    Welcome,
    Refusal,
}

impl Wire {
    pub(crate) fn upgrade(self, port: u16) -> String {
        let path = match self {
            Self::Native => "/wss",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        };
        format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bm90IHZlcnkgcmFuZG9tIQ==\r\n\r\n"
        )
    }

    /// Whether a client speaks first.
    pub(crate) fn opens_with_hello(self) -> bool {
        self == Self::Native
    }

    pub(crate) fn greeting(self, payload: &[u8]) -> Greeting {
        let (welcome, open) = match self {
            Self::Native => (&b"{\"type\":1,"[..], None),
            Self::SocketIo => (&b"42[\"hello\","[..], Some(b'0')),
        };
        if payload.starts_with(welcome) {
            Greeting::Welcome
        } else if open.is_some() && payload.first().copied() == open {
            Greeting::Answer("40")
        } else if open.is_some() && payload.starts_with(b"40") {
            Greeting::SayHello
        } else {
            Greeting::Refusal
        }
    }

    /// The answer to a heartbeat that is a message.
    pub(crate) fn pong(self, payload: &[u8]) -> Option<&'static str> {
        (self == Self::SocketIo && payload == b"2").then_some("3")
    }

    pub(crate) fn hello(self, room: usize, seat: usize, readonly: bool) -> String {
        self.event(
            "hello",
            &format!(
                r#"{{"protocol":"websocket-room-server:1","roomProtocol":"load","roomId":"room-{room}","clientName":"client-{seat}","clientState":{{}},"readonly":{readonly}}}"#
            ),
        )
    }

    pub(crate) fn change(self, sender: usize, payload: usize, echo: bool) -> String {
        let (key, value) = (stamp::key(sender), stamp::value(sender, payload));
        self.event(
            "change",
            &format!(
                r#"{{"type":2,"roomChanges":[{{"key":"{key}","value":"{value}"}}],"echo":{echo}}}"#
            ),
        )
    }

    /// One change of several keys, without marks.
    pub(crate) fn filling(self, keys: std::ops::Range<usize>, payload: usize) -> String {
        let value = stamp::filling(payload);
        let mut body = String::from(r#"{"type":2,"roomChanges":["#);
        for number in keys {
            let comma = if body.ends_with('[') { "" } else { "," };
            let key = stamp::key(number);
            // Writing to a String can't fail.
            let _ = write!(body, r#"{comma}{{"key":"{key}","value":"{value}"}}"#);
        }
        body.push_str("]}");
        self.event("change", &body)
    }

    pub(crate) fn action(self, sender: usize, payload: usize) -> String {
        let value = stamp::value(sender, payload);
        let body = format!(r#"{{"type":4,"action":"echo","id":"1","data":"{value}"}}"#);
        match self {
            Self::Native => body,
            // The number asks for an acknowledgement.
            Self::SocketIo => format!(r#"427["action",{body}]"#),
        }
    }

    fn event(self, name: &str, body: &str) -> String {
        match self {
            Self::Native => body.to_owned(),
            Self::SocketIo => format!(r#"42["{name}",{body}]"#),
        }
    }
}

/// The object in a message of either format.
pub(crate) fn body(payload: &[u8]) -> &[u8] {
    let start = payload.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let end = payload.iter().rposition(|byte| *byte == b'}').map_or(payload.len(), |at| at + 1);
    &payload[start..end.max(start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_lead_into_the_room() {
        assert_eq!(Wire::Native.greeting(b"{\"type\":1,\"protocol\":"), Greeting::Welcome);
        assert_eq!(Wire::Native.greeting(b"{\"type\":0}"), Greeting::Refusal);
        assert_eq!(Wire::SocketIo.greeting(b"0{\"sid\":\"x\"}"), Greeting::Answer("40"));
        assert_eq!(Wire::SocketIo.greeting(b"40{\"sid\":\"x\"}"), Greeting::SayHello);
        assert_eq!(Wire::SocketIo.greeting(b"42[\"hello\",{}]"), Greeting::Welcome);
    }

    #[test]
    fn bodies_are_the_same_in_both_formats() {
        assert_eq!(body(b"{\"type\":3}"), b"{\"type\":3}");
        assert_eq!(body(b"42[\"change\",{\"type\":3}]"), b"{\"type\":3}");
        assert_eq!(body(b"437[{\"type\":5}]"), b"{\"type\":5}");
        assert_eq!(body(b"}{"), b"");
    }
}
