//! What JavaScript's copy of a room does not know yet. Kept only for rooms that JavaScript has looked at, and bounded by the
//! room itself: a key or a client is noted once, however often it changes.

use hashlink::{LinkedHashMap, LinkedHashSet};
use rustc_hash::FxHashSet;

use super::member::Member;
use crate::ids::ConnId;
use crate::protocol::KvStore;

/// A text for JavaScript ends behind the entry with which it gets this long, and says that there is more. One entry is a key
/// with its value, which came in one message, or a client: its names, which came in one message, and its state, of at most
/// [`super::MAX_CLIENT_STATE`]. Messages have at most 256 MiB, so all stays below what a JavaScript string can have (2^29
/// characters in Node 20).
const PART: usize = 64 << 20;

/// Keys that changed since JavaScript last looked. `None` in the room means that it never did.
#[derive(Default)]
pub(crate) struct StateMirror {
    dirty: LinkedHashSet<Box<str>>,
}

impl StateMirror {
    pub(crate) fn note(&mut self, key: &str) {
        if !self.dirty.contains(key) {
            self.dirty.insert(key.into());
        }
    }

    /// JavaScript deleted the key itself.
    pub(crate) fn forget(&mut self, key: &str) {
        self.dirty.remove(key);
    }

    /// The whole store, for a first look.
    pub(crate) fn full(&mut self, state: &KvStore) -> String {
        let mut part = Part::new("{\"full\":true,\"state\":[");
        for (key, value) in state.iter() {
            if part.is_full() {
                self.note(key);
            } else {
                part.entry(|out| write_pair(key, value, out));
            }
        }
        part.finish("]", !self.dirty.is_empty())
    }

    /// What changed since the last call; empty when nothing did.
    pub(crate) fn take(&mut self, state: &KvStore) -> String {
        if self.dirty.is_empty() {
            return String::new();
        }
        let mut part = Part::new("{\"state\":[");
        while let Some(key) = part.next(&mut self.dirty) {
            if let Some(value) = state.get(&key) {
                part.entry(|out| write_pair(&key, value, out));
            }
        }
        part.finish("]", !self.dirty.is_empty())
    }
}

fn write_pair(key: &str, value: Option<&str>, out: &mut Vec<u8>) {
    out.push(b'[');
    out.extend_from_slice(key.as_bytes());
    if let Some(value) = value {
        out.push(b',');
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b']');
}

/// Clients that came, changed or went since JavaScript last looked.
#[derive(Default)]
pub(crate) struct ClientsMirror {
    known: FxHashSet<ConnId>,
    dirty: LinkedHashSet<ConnId>,
    gone: Vec<ConnId>,
}

impl ClientsMirror {
    pub(crate) fn note(&mut self, conn: ConnId) {
        if !self.dirty.contains(&conn) {
            self.dirty.insert(conn);
        }
    }

    /// A client left: news only if JavaScript knew of it.
    pub(crate) fn left(&mut self, conn: ConnId) {
        self.dirty.remove(&conn);
        if self.known.remove(&conn) {
            self.gone.push(conn);
        }
    }

    /// All members, for a first look.
    pub(crate) fn full(
        &mut self,
        members: &LinkedHashMap<ConnId, Member, rustc_hash::FxBuildHasher>,
    ) -> String {
        let mut part = Part::new("{\"full\":true,\"clients\":[");
        for (&conn, member) in members {
            if part.is_full() {
                self.note(conn);
            } else {
                part.entry(|out| member.write_mirror(conn, out));
                self.known.insert(conn);
            }
        }
        part.finish("]", !self.dirty.is_empty())
    }

    /// What changed since the last call; empty when nothing did.
    pub(crate) fn take(
        &mut self,
        members: &LinkedHashMap<ConnId, Member, rustc_hash::FxBuildHasher>,
    ) -> String {
        if self.dirty.is_empty() && self.gone.is_empty() {
            return String::new();
        }
        let mut part = Part::new("{\"clients\":[");
        while let Some(conn) = part.next(&mut self.dirty) {
            if let Some(member) = members.get(&conn) {
                part.entry(|out| member.write_mirror(conn, out));
                self.known.insert(conn);
            }
        }
        let gone: Vec<String> = self.gone.drain(..).map(|conn| conn.0.to_string()).collect();
        part.finish(&format!("],\"gone\":[{}]", gone.join(",")), !self.dirty.is_empty())
    }
}

/// A text that is being made.
struct Part {
    out: Vec<u8>,
    is_empty: bool,
}

impl Part {
    fn new(begin: &str) -> Self {
        Self { out: begin.into(), is_empty: true }
    }

    fn is_full(&self) -> bool {
        self.out.len() >= PART
    }

    /// Takes the next one to write, unless it has to wait for the next text.
    fn next<T: std::hash::Hash + Eq>(&self, waiting: &mut LinkedHashSet<T>) -> Option<T> {
        if self.is_full() { None } else { waiting.pop_front() }
    }

    fn entry(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
        write(&mut self.out);
    }

    /// Fragments are JSON text and so valid UTF-8; a lossy conversion of valid text copies nothing away.
    fn finish(mut self, end: &str, more: bool) -> String {
        self.out.extend_from_slice(end.as_bytes());
        self.out.extend_from_slice(if more { b",\"more\":true}" } else { b"}" });
        String::from_utf8(self.out)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_too_long_for_one_text_comes_in_parts_and_in_order() {
        let mut state = KvStore::default();
        let value = format!("\"{}\"", "x".repeat(PART * 3 / 5));
        let keys = ["a", "b", "c", "d", "e"].map(|key| format!("\"{key}\""));
        for key in &keys {
            state.set(key, Some(&value));
        }
        let mut mirror = StateMirror::default();
        let mut texts = vec![mirror.full(&state)];
        for key in keys.iter().rev() {
            mirror.note(key);
        }
        texts.extend(std::iter::from_fn(|| {
            Some(mirror.take(&state)).filter(|text| !text.is_empty())
        }));
        let parts: Vec<Value> =
            texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
        let read = |part: &Value| -> String {
            part["state"]
                .as_array()
                .expect("entries")
                .iter()
                .filter_map(|pair| pair[0].as_str())
                .collect()
        };
        assert_eq!(parts.iter().map(read).collect::<Vec<_>>(), ["ab", "cd", "eb", "a"]);
        let more: Vec<bool> = parts.iter().map(|part| part["more"] == true).collect();
        assert_eq!(more, [true, true, true, false]);
        assert_eq!(mirror.take(&state), "");
    }
}
