//! Texts from clients: what is accepted, what is refused with which words, and what the fragments stand for.

mod model;
mod text;
mod utf16;

use arbitrary::Unstructured;
use serde_json::Value;

use crate::protocol::json::{canonical, decode, number_text, quote};
use crate::protocol::{ChangeReq, CloseReason, HelloReq, KvSet, KvStore, Request, parse_sets};

/// Parses a text as hello, as request and as what a hook may give.
///
/// # Panics
/// Where `serde_json` and a simple validation of its values come to another result.
pub fn messages(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let is_raw = input.ratio(1, 8).unwrap_or(true);
    let text = if is_raw {
        String::from_utf8_lossy(input.take_rest()).into_owned()
    } else {
        text::message(&mut input).unwrap_or_default()
    };
    check_hello(&text);
    check_request(&text);
    check_hooks_lists(&text);
    assert_eq!(quote(&text), serde_json::to_string(&text).unwrap());
    assert_eq!(decode(&quote(&text)), text);
}

/// What `serde_json` makes of a text.
enum Judged {
    /// A value that it can hold.
    Value(Value),
    /// JSON, with something that it can't hold: a lone surrogate, a number past 1e308, very deep nesting.
    Unusual,
    NotJson,
}

fn judge(text: &str) -> Judged {
    match serde_json::from_str(text) {
        Ok(value) => Judged::Value(value),
        Err(_) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => Judged::Unusual,
        Err(_) => Judged::NotJson,
    }
}

fn assert_is_no_json<T>(result: &Result<T, CloseReason>, text: &str) {
    let reason = result.as_ref().err().map(|reason| (reason.code, reason.text.as_str()));
    let is_right = reason
        .is_some_and(|(code, reason)| code == 1002 && reason.starts_with("error: invalid JSON: "));
    assert!(is_right, "{reason:?} for {text}");
}

fn check_hello(text: &str) {
    let result = HelloReq::parse(text);
    match judge(text) {
        Judged::NotJson => assert_is_no_json(&result, text),
        Judged::Unusual => {}
        Judged::Value(value) => {
            let got = result.as_ref().map(model::Hello::of).map_err(|reason| reason.text.clone());
            assert_eq!(got, model::hello(&value), "{text}");
        }
    }
    let Ok(hello) = result else { return };
    assert_eq!(hello.raw, text.trim_matches([' ', '\t', '\r', '\n']));
    check_string(&hello.room_id);
    check_string(&hello.room_protocol);
    [hello.client_name, hello.client_type].iter().flatten().for_each(|raw| check_fragment(raw));
    check_store(&hello.client_state);
}

fn check_request(text: &str) {
    let result = Request::parse(text);
    match judge(text) {
        Judged::NotJson => assert_is_no_json(&result, text),
        Judged::Unusual => {}
        Judged::Value(value) => {
            let got = result.as_ref().map(model::of_request).map_err(|reason| reason.text.clone());
            assert_eq!(got, model::request(&value), "{text}");
        }
    }
    match result {
        Ok(Request::Change(ChangeReq { room_changes, client_changes, .. })) => {
            [room_changes, client_changes].iter().flatten().for_each(|sets| check_sets(sets));
        }
        Ok(Request::Action(action)) => {
            check_string(&action.action);
            [action.id, action.data].iter().flatten().for_each(|raw| check_fragment(raw));
        }
        Ok(Request::Answer(id)) => check_string(&id),
        Ok(Request::Close(_) | Request::Ack(_)) | Err(_) => {}
    }
}

/// Lists and states that a hook gives hold any value, as it was written.
fn check_hooks_lists(text: &str) {
    let (sets, state) = (parse_sets(text), KvStore::from_json(text));
    if let Judged::Value(value) = judge(text) {
        assert_eq!(sets.as_ref().ok().map(|sets| model::of_sets(sets)), model::any_sets(&value));
        assert_eq!(state.as_ref().ok().map(model::of_store), value.is_object().then_some(value));
    }
    sets.iter().flatten().for_each(|set| check_string(&set.key));
}

fn check_sets(sets: &[KvSet<'_>]) {
    for set in sets {
        check_string(&set.key);
        set.value.iter().for_each(|raw| check_fragment(raw));
    }
    let mut out = Vec::new();
    crate::protocol::write_sets(sets, &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(parse_sets(&text).as_deref(), Ok(sets), "written and read again");
}

fn check_store(store: &KvStore) {
    let mut bytes = 0;
    for (key, value) in store.iter() {
        check_string(key);
        if let Some(raw) = value {
            check_fragment(raw);
        }
        bytes += key.len() + value.map_or(0, str::len);
    }
    assert_eq!(bytes, store.bytes());
    let mut out = Vec::new();
    store.write_json(&mut out);
    let again = KvStore::from_json(str::from_utf8(&out).unwrap()).unwrap();
    assert_eq!((again.len(), again.bytes()), (store.len(), store.bytes()));
}

/// A fragment is canonical: a string, or a scalar that JavaScript takes for false.
fn check_fragment(fragment: &str) {
    if fragment.starts_with('"') {
        return check_string(fragment);
    }
    assert_eq!(canonical(fragment), fragment);
    assert!(matches!(fragment, "null" | "false" | "0"), "{fragment}");
}

/// A canonical string is what `JSON.stringify` gives for its UTF-16 units, so equal strings have equal fragments.
fn check_string(fragment: &str) {
    let units = utf16::units(fragment);
    assert_eq!(fragment, utf16::stringify(&units));
    assert_eq!(decode(fragment), String::from_utf16_lossy(&units));
    let number: Result<f64, _> = decode(fragment).parse();
    if let Ok(number) = number.as_ref().copied()
        && number.is_finite()
    {
        assert_eq!(number_text(number).parse(), Ok(number));
    }
}
