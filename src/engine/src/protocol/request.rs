//! The messages of a client that has been admitted.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{self, Kind};
use super::sets::{KvSet, Sets};
use super::shape::Shaped;
use super::{CloseReason, MessageType, walk};

/// A valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `type` 2.
    Change(ChangeReq<'a>),
    /// `type` 4.
    Action(ActionReq<'a>),
    /// `type` 5: the answer to a request of the server's. The id is a fragment.
    Answer(Cow<'a, str>),
    /// `type` 6: the client wants to leave.
    Close(CloseReq),
    /// `type` 8: the client has got so many messages; None where it says no such number. Valid only in a session that can be
    /// resumed: [`unhandled`] is the error elsewhere.
    Ack(Option<u64>),
}

/// Why a connection is closed whose client sends what it may not, or what has no meaning.
#[must_use]
pub fn unhandled(kind: impl fmt::Display) -> CloseReason {
    CloseReason::error(format_args!("Unhandled message type {kind}"))
}

/// A client wants to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseReq {
    /// What it asked for before is to be answered first.
    pub flush: bool,
}

/// A client wants to change keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeReq<'a> {
    /// The client wants the notification, too.
    pub echo: bool,
    /// Keys of the room; None where there is no list, which differs from an empty one.
    pub room_changes: Option<Vec<KvSet<'a>>>,
    /// Keys of the client; None where there is no list.
    pub client_changes: Option<Vec<KvSet<'a>>>,
}

/// A client wants something done. All texts are fragments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionReq<'a> {
    /// What to do.
    pub action: Cow<'a, str>,
    /// A string or a falsy scalar; None where there is no such member.
    pub id: Option<Cow<'a, str>>,
    /// A string or a falsy scalar; None where there is no such member.
    pub data: Option<Cow<'a, str>>,
}

impl<'a> Request<'a> {
    /// Parses and validates a client's message, in one pass over the text.
    ///
    /// # Errors
    /// Why the connection has to be closed.
    pub fn parse(text: &'a str) -> Result<Self, CloseReason> {
        let mut members = Members::default();
        let valid_json = if json::kind(walk::trimmed(text)) == Kind::Object {
            // In place, as there is much of it to be moved.
            walk::object(text, &mut members)
        } else {
            // compat: the original answers null with V8's text about reading a property of null; all others have no type.
            walk::checked_kind(text).map(drop)
        };
        valid_json.map_err(|error| CloseReason::invalid_json(&error))?;
        members.validate()
    }
}

/// The known members, raw but for the lists.
#[derive(Default)]
struct Members<'a> {
    kind: Option<&'a str>,
    echo: Option<&'a str>,
    room_changes: Sets<'a>,
    client_changes: Sets<'a>,
    action: Option<&'a str>,
    id: Option<&'a str>,
    data: Option<&'a str>,
    flush: Option<&'a str>,
    msg: Option<&'a str>,
    received: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn validate(self) -> Result<Request<'a>, CloseReason> {
        let Some(raw) = self.kind.filter(|raw| json::kind(raw) == Kind::Number) else {
            // compat: the missing parenthesis is the original's.
            let found = json::js_typeof(self.kind);
            return Err(CloseReason::error(format_args!(
                "message without numerical type ({found}"
            )));
        };
        let number = number_text(raw);
        let valid = match number.parse() {
            Ok(CHANGE) => self.change(),
            Ok(ACTION) => self.action().ok_or("Invalid ActionReq"),
            Ok(ANSWER) if self.id.is_some_and(json::is_string) => Ok(self.answer()),
            Ok(CLOSE) => self.close().ok_or("Invalid CloseReq"),
            Ok(ACK) => Ok(Request::Ack(self.received.and_then(json::count))),
            _ => return Err(unhandled(number)),
        };
        valid.map_err(CloseReason::error)
    }

    fn change(self) -> Result<Request<'a>, &'static str> {
        let echo = json::flag(self.echo).ok_or("Invalid ChangeReq")?;
        let room_changes = self.room_changes.validated()?;
        let client_changes = self.client_changes.validated()?;
        Ok(Request::Change(ChangeReq { echo, room_changes, client_changes }))
    }

    fn answer(self) -> Request<'a> {
        Request::Answer(self.id.map_or_else(Cow::default, json::canonical))
    }

    fn close(self) -> Option<Request<'a>> {
        let flush = json::flag(self.flush)?;
        self.msg.is_none_or(json::is_string_or_falsy).then_some(Request::Close(CloseReq { flush }))
    }

    fn action(self) -> Option<Request<'a>> {
        let action = self.action.filter(|raw| json::is_string(raw)).map(json::canonical)?;
        let valid = |field: Option<&str>| field.is_none_or(json::is_string_or_falsy);
        let (id, data) = (self.id.map(json::canonical), self.data.map(json::canonical));
        (valid(self.id) && valid(self.data)).then_some(Request::Action(ActionReq {
            action,
            id,
            data,
        }))
    }
}

const ANSWER: u8 = MessageType::ActionResp as u8;
const CLOSE: u8 = MessageType::CloseReq as u8;
const ACK: u8 = MessageType::Ack as u8;
const CHANGE: u8 = MessageType::ChangeReq as u8;
const ACTION: u8 = MessageType::ActionReq as u8;

/// The number as JavaScript prints it: `2`, `2.0` and `20e-1` are the same type.
fn number_text(raw: &str) -> Cow<'_, str> {
    // One character is one digit: what all clients send.
    if raw.len() == 1 {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(json::number_text(json::number(raw)))
    }
}

impl<'de> Visitor<'de> for &mut Members<'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    /// Of several members with one name the last one counts, as with `JSON.parse`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = walk::next_key(&mut map)? {
            let field = match &*name {
                "\"roomChanges\"" => {
                    self.room_changes = map.next_value::<Shaped<_>>()?.0;
                    continue;
                }
                "\"clientChanges\"" => {
                    self.client_changes = map.next_value::<Shaped<_>>()?.0;
                    continue;
                }
                "\"type\"" => &mut self.kind,
                "\"echo\"" => &mut self.echo,
                "\"action\"" => &mut self.action,
                "\"id\"" => &mut self.id,
                "\"data\"" => &mut self.data,
                "\"flush\"" => &mut self.flush,
                "\"msg\"" => &mut self.msg,
                "\"received\"" => &mut self.received,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = Some(map.next_value::<&'de RawValue>()?.get());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
