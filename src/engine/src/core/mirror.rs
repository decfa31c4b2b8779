//! What JavaScript's copy of a room does not know yet. Kept only for rooms that JavaScript has looked at, and bounded by the
//! room itself: a key or a client is noted once, however often it changes.

use hashlink::{LinkedHashMap, LinkedHashSet};
use rustc_hash::FxHashSet;

use super::member::Member;
use crate::ids::ConnId;
use crate::protocol::KvStore;

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
    pub(crate) fn full(state: &KvStore) -> String {
        let mut out = b"{\"full\":true,\"state\":[".to_vec();
        write_pairs(state.iter(), &mut out);
        text(out, "]}")
    }

    /// What changed since the last call; empty when nothing did.
    pub(crate) fn take(&mut self, state: &KvStore) -> String {
        if self.dirty.is_empty() {
            return String::new();
        }
        let mut out = b"{\"state\":[".to_vec();
        let dirty = std::mem::take(&mut self.dirty);
        write_pairs(
            dirty.iter().filter_map(|key| state.get(key).map(|value| (&**key, value))),
            &mut out,
        );
        text(out, "]}")
    }
}

fn write_pairs<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>, out: &mut Vec<u8>) {
    for (index, (key, value)) in pairs.enumerate() {
        out.extend_from_slice(if index == 0 { b"[" } else { b",[" });
        out.extend_from_slice(key.as_bytes());
        if let Some(value) = value {
            out.push(b',');
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b']');
    }
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
        let mut out = b"{\"full\":true,\"clients\":[".to_vec();
        for (index, (&conn, member)) in members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            member.write_mirror(conn, &mut out);
            self.known.insert(conn);
        }
        text(out, "]}")
    }

    /// What changed since the last call; empty when nothing did.
    pub(crate) fn take(
        &mut self,
        members: &LinkedHashMap<ConnId, Member, rustc_hash::FxBuildHasher>,
    ) -> String {
        if self.dirty.is_empty() && self.gone.is_empty() {
            return String::new();
        }
        let mut out = b"{\"clients\":[".to_vec();
        let dirty = std::mem::take(&mut self.dirty);
        for (index, (conn, member)) in
            dirty.iter().filter_map(|conn| Some((conn, members.get(conn)?))).enumerate()
        {
            if index > 0 {
                out.push(b',');
            }
            member.write_mirror(*conn, &mut out);
            self.known.insert(*conn);
        }
        let gone: Vec<String> = self.gone.drain(..).map(|conn| conn.0.to_string()).collect();
        text(out, &format!("],\"gone\":[{}]}}", gone.join(",")))
    }
}

/// Fragments are JSON text and so valid UTF-8; a lossy conversion of valid text copies nothing away.
fn text(mut out: Vec<u8>, end: &str) -> String {
    out.extend_from_slice(end.as_bytes());
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
