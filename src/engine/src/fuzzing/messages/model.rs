//! What makes a message valid, told in terms of `serde_json` values. Texts are those of the original.

use serde_json::{Map, Number, Value, json};

use crate::protocol::json::number_text;
use crate::protocol::{HelloReq, KvSet, KvStore, PROTOCOL, Request};

/// A hello's values.
#[derive(Debug, PartialEq)]
pub(super) struct Hello {
    room: (Value, Value),
    names: (Option<Value>, Option<Value>),
    state: Value,
    readonly: bool,
    ext: bool,
    /// What is asked for: null, a session that can be resumed, or one that is there, by token and count.
    resume: Value,
}

impl Hello {
    pub(super) fn of(hello: &HelloReq<'_>) -> Self {
        let name = |raw: &Option<_>| raw.as_deref().map(parsed);
        Self {
            room: (parsed(&hello.room_id), parsed(&hello.room_protocol)),
            names: (name(&hello.client_type), name(&hello.client_name)),
            state: of_store(&hello.client_state),
            readonly: hello.readonly,
            ext: hello.ext,
            resume: hello.resume.as_ref().map_or(Value::Null, |resume| {
                resume.token.as_ref().map_or(json!({}), |token| json!([token, resume.received]))
            }),
        }
    }
}

fn parsed(raw: &str) -> Value {
    plain(&serde_json::from_str(raw).unwrap())
}

/// JavaScript knows one zero.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) if is_zero(number) => json!(0),
        other => other.clone(),
    }
}

fn is_zero(number: &Number) -> bool {
    number.as_f64() == Some(0.0)
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => is_zero(number),
        _ => false,
    }
}

fn is_name(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_string() || is_falsy(value))
}

/// A boolean, null or nothing.
fn flag(value: Option<&Value>) -> Option<bool> {
    match value {
        None | Some(Value::Null) => Some(false),
        Some(value) => value.as_bool(),
    }
}

pub(super) fn hello(message: &Value) -> Result<Hello, String> {
    let error = |text: &str| format!("error: {text}");
    let invalid = || error("Invalid HelloReq");
    let fields = message.as_object().ok_or_else(invalid)?;
    let text = |name| fields.get(name).filter(|value| value.is_string()).ok_or_else(invalid);
    let (protocol, room) = (text("protocol")?, (text("roomId")?, text("roomProtocol")?));
    let names = ["roomCredential", "clientCredential", "clientType", "clientName"];
    if !names.iter().all(|name| is_name(fields.get(*name))) {
        return Err(invalid());
    }
    let readonly = flag(fields.get("readonly")).ok_or_else(invalid)?;
    let state = client_state(fields.get("clientState")).map_err(error)?;
    if protocol != PROTOCOL {
        let theirs = protocol.as_str().unwrap_or_default();
        return Err(format!("wrong protocol ({theirs} vs {PROTOCOL}"));
    }
    let name = |name| fields.get(name).map(plain);
    Ok(Hello {
        room: (room.0.clone(), room.1.clone()),
        names: (name("clientType"), name("clientName")),
        state,
        readonly,
        ext: fields.get("ext").is_some_and(Value::is_object),
        resume: fields.get("ext").map_or(Value::Null, resume),
    })
}

fn resume(ext: &Value) -> Value {
    let Some(resume) = ext.get("resume").and_then(Value::as_object) else { return Value::Null };
    let token = resume.get("token").filter(|token| token.is_string());
    let back = token.zip(resume.get("received").and_then(count));
    back.map_or(json!({}), |(token, received)| json!([token, received]))
}

/// What JavaScript takes for a whole number that it can count to.
fn count(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
    (0.0..=9_007_199_254_740_991.0)
        .contains(&number)
        .then(|| format!("{:.0}", number.abs()).parse().unwrap())
}

/// As `typeof` sees it: null is an object, and an array one with numbers as keys.
fn client_state(state: Option<&Value>) -> Result<Value, &'static str> {
    let entries: Map<String, Value> = match state {
        Some(Value::Object(entries)) => entries.clone(),
        Some(Value::Null) => Map::new(),
        Some(Value::Array(values)) => {
            values.iter().enumerate().map(|(at, value)| (at.to_string(), value.clone())).collect()
        }
        _ => return Err("Invalid KVStore (type)"),
    };
    if entries.values().all(Value::is_string) {
        Ok(entries.into())
    } else {
        Err("Invalid KVStore (value)")
    }
}

pub(super) fn of_store(store: &KvStore) -> Value {
    let mut out = Vec::new();
    store.write_json(&mut out);
    serde_json::from_slice(&out).unwrap()
}

/// A request in the words of this model.
pub(super) fn of_request(request: &Request<'_>) -> Value {
    let name = |raw: &Option<_>| raw.as_deref().map_or_else(|| json!([]), parsed);
    match request {
        Request::Change(change) => json!({
            "echo": change.echo,
            "room": change.room_changes.as_deref().map(of_sets),
            "client": change.client_changes.as_deref().map(of_sets),
        }),
        Request::Action(action) => {
            json!([parsed(&action.action), name(&action.id), name(&action.data)])
        }
        Request::Answer(id) => parsed(id),
        Request::Close(close) => json!(close.flush),
        Request::Ack(received) => json!(received),
    }
}

pub(super) fn request(message: &Value) -> Result<Value, String> {
    let error = |text: &str| Err(format!("error: {text}"));
    let field = |name: &str| message.as_object().and_then(|fields| fields.get(name));
    let Some(kind) = field("type").and_then(Value::as_f64) else {
        let found = field("type").map_or("undefined", js_typeof);
        return error(&format!("message without numerical type ({found}"));
    };
    let valid = match number_text(kind).as_str() {
        "2" => change(&field),
        "4" => action(&field).ok_or("Invalid ActionReq"),
        "5" if field("id").is_some_and(Value::is_string) => Ok(field("id").cloned().into()),
        "6" => flag(field("flush"))
            .filter(|_| is_name(field("msg")))
            .map(Value::Bool)
            .ok_or("Invalid CloseReq"),
        "8" => Ok(json!(field("received").and_then(count))),
        number => return error(&format!("Unhandled message type {number}")),
    };
    valid.or_else(error)
}

fn js_typeof(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Null | Value::Array(_) | Value::Object(_) => "object",
    }
}

fn change<'a>(field: &dyn Fn(&str) -> Option<&'a Value>) -> Result<Value, &'static str> {
    let echo = flag(field("echo")).ok_or("Invalid ChangeReq")?;
    Ok(json!({
        "echo": echo,
        "room": sets(field("roomChanges"))?,
        "client": sets(field("clientChanges"))?,
    }))
}

fn action<'a>(field: &dyn Fn(&str) -> Option<&'a Value>) -> Option<Value> {
    let action = field("action").filter(|value| value.is_string())?;
    let name = |name| field(name).map_or_else(|| json!([]), plain);
    (is_name(field("id")) && is_name(field("data")))
        .then(|| json!([action, name("id"), name("data")]))
}

/// What a client may send as a list of changes.
fn sets(list: Option<&Value>) -> Result<Option<Value>, &'static str> {
    let Some(list) = list.filter(|list| !is_falsy(list)) else { return Ok(None) };
    if !list.is_array() {
        return Err("Invalid KVSets (object)");
    }
    any_sets(list)
        .filter(|sets| sets.as_array().unwrap().iter().all(|set| is_name(set.get(1))))
        .map(Some)
        .ok_or("Invalid KVSets (entry)")
}

/// What a hook may give as a list of changes: `[[key, value], [key], …]`.
pub(super) fn any_sets(list: &Value) -> Option<Value> {
    let pair = |entry: &Value| -> Option<Value> {
        let fields = entry.as_object()?;
        let key = fields.get("key").filter(|key| key.is_string())?;
        Some([Some(key.clone()), fields.get("value").map(plain)].into_iter().flatten().collect())
    };
    list.as_array()?.iter().map(pair).collect()
}

pub(super) fn of_sets(sets: &[KvSet<'_>]) -> Value {
    sets.iter()
        .map(|set| [Some(parsed(&set.key)), set.value.as_deref().map(parsed)])
        .map(|pair| pair.into_iter().flatten().collect::<Value>())
        .collect()
}
