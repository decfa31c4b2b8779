//! Lists of changes: `[{"key":"a","value":"1"},{"key":"b"}]`, from clients (validated as the original does) and from hooks
//! (which may set values of any type).

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use serde_json::value::RawValue;

use super::json;
use super::shape::{Shape, Shaped};
use super::walk;

/// One change of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvSet<'a> {
    /// Fragment of the key.
    pub key: Cow<'a, str>,
    /// Fragment of the new value; None deletes.
    pub value: Option<Cow<'a, str>>,
}

/// What a request has where a list of changes may stand.
#[derive(Default)]
pub(super) enum Sets<'a> {
    /// Nothing, or a falsy value.
    #[default]
    Absent,
    NotArray,
    BadEntry,
    Valid(Vec<KvSet<'a>>),
}

impl<'a> Sets<'a> {
    /// The list, or what the original says about it.
    pub(super) fn validated(self) -> Result<Option<Vec<KvSet<'a>>>, &'static str> {
        match self {
            Self::Absent => Ok(None),
            Self::NotArray => Err("Invalid KVSets (object)"),
            Self::BadEntry => Err("Invalid KVSets (entry)"),
            Self::Valid(sets) => Ok(Some(sets)),
        }
    }
}

impl<'de> Shape<'de> for Sets<'de> {
    fn other(falsy: bool) -> Self {
        if falsy { Self::Absent } else { Self::NotArray }
    }

    fn array<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut sets = Vec::new();
        while let Some(Shaped(entry)) = seq.next_element::<Shaped<Entry<'de>>>()? {
            if let Some(set) = entry.validated() {
                sets.push(set);
                continue;
            }
            // What follows only has to be JSON.
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Self::BadEntry);
        }
        Ok(Self::Valid(sets))
    }
}

/// An entry as it stands in the text; both None where it is no object.
#[derive(Default)]
struct Entry<'a> {
    key: Option<&'a str>,
    value: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn key(&self) -> Option<Cow<'a, str>> {
        self.key.filter(|raw| json::is_string(raw)).map(json::canonical)
    }

    /// The entry if a client may send it: values are strings, or falsy.
    fn validated(self) -> Option<KvSet<'a>> {
        let key = self.key()?;
        match self.value {
            Some(raw) if !json::is_string_or_falsy(raw) => None,
            value => Some(KvSet { key, value: value.map(json::canonical) }),
        }
    }
}

impl<'de> Shape<'de> for Entry<'de> {
    fn other(_falsy: bool) -> Self {
        Self::default()
    }

    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut entry = Self::default();
        while let Some(name) = walk::next_key(&mut map)? {
            let raw = map.next_value::<&'de RawValue>()?.get();
            match &*name {
                "\"key\"" => entry.key = Some(raw),
                "\"value\"" => entry.value = Some(raw),
                _ => {}
            }
        }
        Ok(entry)
    }
}

/// The list that a hook gave: an array of `{key, value?}` whose values may be anything and are kept as they are.
///
/// # Errors
/// What is wrong with the text, for the application's developer.
pub fn parse_sets(text: &str) -> Result<Vec<KvSet<'_>>, String> {
    match serde_json::from_str(text) {
        Ok(Shaped(HookSets::Valid(sets))) => Ok(sets),
        Ok(Shaped(HookSets::NotArray)) => Err("changes must be an array".into()),
        Ok(Shaped(HookSets::BadEntry(index))) => {
            Err(format!("change {index} must be an object with a string as key"))
        }
        Err(error) => Err(format!("invalid JSON: {error}")),
    }
}

enum HookSets<'a> {
    NotArray,
    /// With the index of the entry.
    BadEntry(usize),
    Valid(Vec<KvSet<'a>>),
}

impl<'de> Shape<'de> for HookSets<'de> {
    fn other(_falsy: bool) -> Self {
        Self::NotArray
    }

    fn array<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut sets = Vec::new();
        while let Some(Shaped(entry)) = seq.next_element::<Shaped<Entry<'de>>>()? {
            let Some(key) = entry.key() else {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Self::BadEntry(sets.len()));
            };
            sets.push(KvSet { key, value: entry.value.map(Cow::Borrowed) });
        }
        Ok(Self::Valid(sets))
    }
}

/// Writes a list as `JSON.stringify` does.
pub fn write_sets(sets: &[KvSet<'_>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, set) in sets.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{\"key\":" } else { b",{\"key\":" });
        out.extend_from_slice(set.key.as_bytes());
        if let Some(value) = &set.value {
            out.extend_from_slice(b",\"value\":");
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b'}');
    }
    out.push(b']');
}

#[cfg(test)]
#[path = "sets_tests.rs"]
mod tests;
