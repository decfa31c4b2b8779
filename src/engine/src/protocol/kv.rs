//! A key-value store: the state of a room or of a client, in the order in which a JavaScript object would have it.

use hashlink::LinkedHashMap;

use super::json;
use super::walk;

/// Keys and values as fragments, in the order of their first setting.
///
/// A key may be there without a value: the original assigns `undefined` to delete, and then the key is gone in JSON but
/// keeps its place.
#[derive(Clone, Debug, Default)]
pub struct KvStore {
    // The default hasher has a random seed: clients choose the keys, and must not be able to make them collide.
    entries: LinkedHashMap<Box<str>, Option<Box<str>>>,
    /// Length of all keys and values.
    bytes: usize,
    /// How many keys JavaScript moves to the front: usually none, and then the order is ours.
    index_keys: usize,
}

impl KvStore {
    /// Sets a key. A new one comes last, one that is there keeps its place. No value is `undefined`.
    pub fn set(&mut self, key: &str, value: Option<&str>) {
        self.bytes += length(value);
        if let Some(present) = self.entries.get_mut(key) {
            self.bytes -= length(present.as_deref());
            *present = value.map(Into::into);
        } else {
            self.bytes += key.len();
            self.index_keys += usize::from(json::is_index_key(key).is_some());
            self.entries.insert(key.into(), value.map(Into::into));
        }
    }

    /// Removes a key with its place. False if it was not there.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(value) = self.entries.remove(key) else { return false };
        self.bytes -= key.len() + length(value.as_deref());
        self.index_keys -= usize::from(json::is_index_key(key).is_some());
        true
    }

    /// The value of a key; the inner None is `undefined`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Option<&str>> {
        self.entries.get(key).map(Option::as_deref)
    }

    /// How many keys there are, those without value included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Length of all keys and values, quotes included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keys and values in the order of their first setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().map(|(key, value)| (&**key, value.as_deref()))
    }

    /// Writes what `JSON.stringify` gives for the object: no `undefined`, and array indexes first.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        if self.index_keys == 0 {
            self.iter().for_each(|(key, value)| write_member(key, value, out));
        } else {
            self.write_sorted(out);
        }
        out.push(b'}');
    }

    fn write_sorted(&self, out: &mut Vec<u8>) {
        let mut entries: Vec<_> =
            self.iter().map(|(key, value)| (json::is_index_key(key), key, value)).collect();
        // Stable: what is no index keeps its order behind them.
        entries.sort_by_key(|&(index, ..)| index.unwrap_or(u32::MAX));
        for (_, key, value) in entries {
            write_member(key, value, out);
        }
    }

    /// The store that a JSON object stands for. Values may be anything and are kept as they are.
    ///
    /// # Errors
    /// What is wrong with the text, for a human.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let mut store = Self::default();
        match walk::members(text, |key, raw| store.set(&key, Some(raw))) {
            Ok(()) => Ok(store),
            Err(error) => Err(format!("invalid JSON object: {error}")),
        }
    }
}

fn length(value: Option<&str>) -> usize {
    value.map_or(0, str::len)
}

fn write_member(key: &str, value: Option<&str>, out: &mut Vec<u8>) {
    let Some(value) = value else { return };
    // Only the brace that opens the object can stand here without a value before it.
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.extend_from_slice(key.as_bytes());
    out.push(b':');
    out.extend_from_slice(value.as_bytes());
}

#[cfg(test)]
#[path = "kv_tests.rs"]
mod tests;
