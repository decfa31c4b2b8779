//! The first message of a client.

use std::borrow::Cow;

use super::json::{self, Kind};
use super::{CloseReason, KvStore, PROTOCOL, PROTOCOL_ERROR, walk};

/// A valid hello. All texts are fragments.
#[derive(Clone, Debug)]
pub struct HelloReq<'a> {
    /// The application's protocol; echoed in the answer.
    pub room_protocol: Cow<'a, str>,
    /// The room to enter.
    pub room_id: Cow<'a, str>,
    /// A string or a falsy scalar; None where the hello has no such member.
    pub client_type: Option<Cow<'a, str>>,
    /// A string or a falsy scalar; None where the hello has no such member.
    pub client_name: Option<Cow<'a, str>>,
    /// The client's own keys; all values are strings.
    pub client_state: KvStore,
    /// The client only wants to watch.
    pub readonly: bool,
    /// The client asks for extensions of the protocol: its hello has an object `ext`.
    pub ext: bool,
    /// One of them: a session that can be resumed (`ext.resume` is an object).
    pub resume: Option<ResumeReq<'a>>,
    /// The whole message: one JSON value, for the hook to pick its members from.
    pub raw: &'a str,
}

/// A client asks for a session that can be resumed, or comes back to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResumeReq<'a> {
    /// The token of the last answer to a hello that the client has seen, decoded. None: it has none, or none that can be one.
    pub token: Option<Cow<'a, str>>,
    /// How many messages it has got since the answer with which its count began; 0 without a token.
    pub received: u64,
}

impl<'a> ResumeReq<'a> {
    /// What is none of ours is ignored, as everywhere in a hello: then it asks for a new session.
    fn parse(ext: &'a str) -> Option<Self> {
        let mut resume = None;
        // The walks can't fail: the text was parsed before.
        let _ = walk::members(ext, |name, raw| {
            if name == "\"resume\"" {
                resume = Some(raw);
            }
        });
        let raw = resume.filter(|raw| json::kind(raw) == Kind::Object)?;
        let (mut token, mut received) = (None, None);
        let _ = walk::members(raw, |name, raw| match &*name {
            "\"token\"" => token = Some(raw).filter(|raw| json::is_string(raw)),
            "\"received\"" => received = json::count(raw),
            _ => {}
        });
        let back = token.zip(received);
        Some(back.map_or_else(Self::default, |(token, received)| Self {
            token: Some(json::decode(token)),
            received,
        }))
    }
}

impl<'a> HelloReq<'a> {
    /// Parses and validates a client's first message.
    ///
    /// # Errors
    /// Why the connection has to be closed.
    pub fn parse(text: &'a str) -> Result<Self, CloseReason> {
        let raw = walk::trimmed(text);
        // compat: the original answers null with V8's text about reading a property of null.
        if json::kind(raw) != Kind::Object {
            walk::checked_kind(text).map_err(|error| CloseReason::invalid_json(&error))?;
            return Err(CloseReason::error(INVALID));
        }
        let fields = Fields::parse(text).map_err(|error| CloseReason::invalid_json(&error))?;
        let (protocol, hello) = fields.validate(raw).map_err(CloseReason::error)?;
        if protocol != PROTOCOL {
            // compat: the missing parenthesis is the original's.
            return Err(CloseReason::new(
                PROTOCOL_ERROR,
                format!("wrong protocol ({protocol} vs {PROTOCOL}"),
            ));
        }
        Ok(hello)
    }
}

const INVALID: &str = "Invalid HelloReq";

/// The known members, raw.
#[derive(Default)]
struct Fields<'a> {
    protocol: Option<&'a str>,
    room_protocol: Option<&'a str>,
    room_id: Option<&'a str>,
    room_credential: Option<&'a str>,
    client_credential: Option<&'a str>,
    client_type: Option<&'a str>,
    client_name: Option<&'a str>,
    client_state: Option<&'a str>,
    readonly: Option<&'a str>,
    ext: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> serde_json::Result<Self> {
        let mut fields = Self::default();
        walk::members(text, |name, raw| {
            if let Some(field) = fields.field(&name) {
                *field = Some(raw);
            }
        })?;
        Ok(fields)
    }

    fn field(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name {
            "\"protocol\"" => &mut self.protocol,
            "\"roomProtocol\"" => &mut self.room_protocol,
            "\"roomId\"" => &mut self.room_id,
            "\"roomCredential\"" => &mut self.room_credential,
            "\"clientCredential\"" => &mut self.client_credential,
            "\"clientType\"" => &mut self.client_type,
            "\"clientName\"" => &mut self.client_name,
            "\"clientState\"" => &mut self.client_state,
            "\"readonly\"" => &mut self.readonly,
            "\"ext\"" => &mut self.ext,
            _ => return None,
        })
    }

    /// Gives the protocol's name, decoded, beside the hello: the original compares it after all else.
    fn validate(self, raw: &'a str) -> Result<(Cow<'a, str>, HelloReq<'a>), &'static str> {
        let protocol = string(self.protocol)?;
        let room_protocol = string(self.room_protocol)?;
        let room_id = string(self.room_id)?;
        string_or_falsy(self.room_credential)?;
        string_or_falsy(self.client_credential)?;
        let client_type = string_or_falsy(self.client_type)?;
        let client_name = string_or_falsy(self.client_name)?;
        let readonly = json::flag(self.readonly).ok_or(INVALID)?;
        let client_state = client_state(self.client_state)?;
        // Whatever else it may be is none of our extensions: unknown members are ignored.
        let ext = self.ext.filter(|raw| json::kind(raw) == Kind::Object);
        let protocol = json::decode(protocol);
        let room_protocol = json::canonical(room_protocol);
        let room_id = json::canonical(room_id);
        Ok((
            protocol,
            HelloReq {
                room_protocol,
                room_id,
                client_type,
                client_name,
                client_state,
                readonly,
                ext: ext.is_some(),
                resume: ext.and_then(ResumeReq::parse),
                raw,
            },
        ))
    }
}

fn string(field: Option<&str>) -> Result<&str, &'static str> {
    field.filter(|raw| json::is_string(raw)).ok_or(INVALID)
}

fn string_or_falsy(field: Option<&str>) -> Result<Option<Cow<'_, str>>, &'static str> {
    match field {
        Some(raw) if !json::is_string_or_falsy(raw) => Err(INVALID),
        _ => Ok(field.map(json::canonical)),
    }
}

/// compat: null and arrays are objects to the original's `typeof`, so they pass; here they become ordinary stores.
fn client_state(field: Option<&str>) -> Result<KvStore, &'static str> {
    const INVALID_TYPE: &str = "Invalid KVStore (type)";
    let mut store = KvStore::default();
    let raw = field.ok_or(INVALID_TYPE)?;
    let walked = match json::kind(raw) {
        Kind::Object => {
            walk::members(raw, |key, value| store.set(&key, Some(&json::canonical(value))))
        }
        Kind::Array => walk::elements(raw, |value| {
            let key = format!("\"{}\"", store.len());
            store.set(&key, Some(&json::canonical(value)));
        }),
        Kind::Null => Ok(()),
        _ => return Err(INVALID_TYPE),
    };
    // The walk can't fail: the text was parsed before.
    walked.map_err(|_| INVALID_TYPE)?;
    // Only now, as the last of several members with one name counts.
    let is_string = |(_, value): (&str, Option<&str>)| value.is_some_and(json::is_string);
    if store.iter().all(is_string) { Ok(store) } else { Err("Invalid KVStore (value)") }
}

#[cfg(test)]
#[path = "hello_tests.rs"]
mod tests;
