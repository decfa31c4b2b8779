//! Walks over the members of a JSON object, or the elements of a JSON array, without decoding them.
//!
//! Deeply nested values are no danger: they are skipped without recursion.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json;

/// Calls `visit` with the canonical key and the raw value of each member, duplicates included.
/// Fails where the text is not exactly one object.
pub(super) fn members<'a>(
    text: &'a str,
    visit: impl FnMut(Cow<'a, str>, &'a str),
) -> serde_json::Result<()> {
    object(text, Members(visit))
}

/// Has `visitor` walk over the members. Fails where the text is not exactly one object.
pub(super) fn object<'a>(
    text: &'a str,
    visitor: impl Visitor<'a, Value = ()>,
) -> serde_json::Result<()> {
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.deserialize_map(visitor)?;
    parser.end()
}

/// Calls `visit` with each raw element. Fails where the text is not exactly one array.
pub(super) fn elements<'a>(text: &'a str, visit: impl FnMut(&'a str)) -> serde_json::Result<()> {
    let mut parser = serde_json::Deserializer::from_str(text);
    parser.deserialize_seq(Elements(visit))?;
    parser.end()
}

/// What kind of value the text is, once it is known to be JSON at all.
pub(super) fn checked_kind(text: &str) -> serde_json::Result<json::Kind> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| json::kind(trimmed(text)))
}

/// The text without the white space that JSON allows around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// The next key of a map, in canonical form. Keys go through raw values too, as lone surrogates don't fit into a `str`.
pub(super) fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(map.next_key::<&'de RawValue>()?.map(|raw| json::canonical(raw.get())))
}

struct Members<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de str)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            (self.0)(key, map.next_value::<&'de RawValue>()?.get());
        }
        Ok(())
    }
}

struct Elements<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<&'de RawValue>()? {
            (self.0)(element.get());
        }
        Ok(())
    }
}
