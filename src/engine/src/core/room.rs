//! One room: its state, its members, and the texts that joiners get.

use std::collections::VecDeque;

use bytes::Bytes;
use hashlink::LinkedHashMap;
use rustc_hash::FxBuildHasher;

use super::joins::Join;
use super::member::{Member, write_id, write_text};
use super::mirror::{ClientsMirror, StateMirror};
use super::placement::Placement;
use crate::ids::ConnId;
use crate::protocol::{KvSet, KvStore, PROTOCOL, write_sets};
use crate::websocket::{FrameBuilder, Opcode, frame};

/// What waits until JavaScript lets go of a room.
pub(crate) enum Deferred {
    /// A client's message, as it came. Counted in its session's `pending`, so bounded by `pending_messages` a client.
    Message { conn: ConnId, text: Box<str> },
    /// What the hello hook decided, while the room is being loaded. At most one a client.
    Admission { conn: ConnId, json: Box<str> },
    /// A client's socket is gone. At most one a client.
    Closed { conn: ConnId, code: u16, reason: Box<str> },
}

impl Deferred {
    pub(crate) fn conn(&self) -> ConnId {
        let (Self::Message { conn, .. } | Self::Admission { conn, .. } | Self::Closed { conn, .. }) =
            self;
        *conn
    }
}

pub(crate) struct Room {
    /// JSON string.
    pub(crate) id: Box<str>,
    pub(crate) placement: Placement,
    pub(crate) state: KvStore,
    /// In the order of joining.
    pub(crate) members: LinkedHashMap<ConnId, Member, FxBuildHasher>,
    /// JavaScript is looking at the room: only JavaScript may change it.
    pub(crate) leased: bool,
    /// The application's load hook runs: nobody enters before it is done.
    pub(crate) loading: bool,
    /// JavaScript has an object for this room.
    pub(crate) seen: bool,
    /// Counts how often the room has become empty, to know a stale deadline.
    pub(crate) emptied: u64,
    /// What came meanwhile.
    pub(crate) deferred: VecDeque<Deferred>,
    /// Who has joined and was not announced yet.
    pub(crate) joins: Vec<Join>,
    pub(crate) state_mirror: Option<StateMirror>,
    pub(crate) clients_mirror: Option<ClientsMirror>,
    /// The JSON of `state`, made for the last joiner; None after a change.
    state_text: Option<Vec<u8>>,
    /// The listings of the clients, comma separated; a join appends, other changes drop it.
    clients_text: Option<Vec<u8>>,
}

impl Room {
    pub(crate) fn new(id: &str, home: usize, state: KvStore) -> Self {
        Self {
            id: id.into(),
            placement: Placement::new(home),
            state,
            members: LinkedHashMap::default(),
            leased: false,
            loading: false,
            seen: false,
            emptied: 0,
            deferred: VecDeque::new(),
            joins: Vec::new(),
            state_mirror: None,
            clients_mirror: None,
            state_text: None,
            clients_text: Some(Vec::new()),
        }
    }

    /// Whether what comes now has to wait: for JavaScript, or behind what waits already.
    pub(crate) fn is_busy(&self) -> bool {
        self.leased || self.loading || !self.deferred.is_empty()
    }

    /// The worker that is to serve the next member.
    pub(crate) fn place(&mut self, workers: usize) -> usize {
        self.placement.place(self.members.len(), workers)
    }

    pub(crate) fn insert(&mut self, conn: ConnId, member: Member) {
        if let Some(text) = self.clients_text.as_mut().filter(|_| member.listed) {
            if !text.is_empty() {
                text.push(b',');
            }
            member.write_listing(conn, text);
        }
        self.members.insert(conn, member);
        if let Some(mirror) = &mut self.clients_mirror {
            mirror.note(conn);
        }
    }

    pub(crate) fn remove(&mut self, conn: ConnId) -> Option<Member> {
        let member = self.members.remove(&conn)?;
        if member.listed {
            self.clients_text = None;
        }
        if let Some(mirror) = &mut self.clients_mirror {
            mirror.left(conn);
        }
        Some(member)
    }

    /// Sets keys in order; the last of several for one key wins.
    pub(crate) fn set_state(&mut self, sets: &[KvSet<'_>]) {
        for set in sets {
            self.state.set(&set.key, set.value.as_deref());
            if let Some(mirror) = &mut self.state_mirror {
                mirror.note(&set.key);
            }
        }
        self.state_text = None;
    }

    /// JavaScript wrote the state itself: its mirror knows.
    pub(crate) fn write_state(&mut self, write: impl FnOnce(&mut KvStore)) {
        write(&mut self.state);
        self.state_text = None;
    }

    /// JavaScript gave the room another state.
    pub(crate) fn replace_state(&mut self, state: KvStore) {
        self.state = state;
        self.state_text = None;
        self.state_mirror = Some(StateMirror::default());
    }

    /// Changes a member; nothing happens when it has left. `known`: JavaScript made the change itself.
    pub(crate) fn change_member(
        &mut self,
        conn: ConnId,
        known: bool,
        change: impl FnOnce(&mut Member),
    ) {
        let Some(member) = self.members.get_mut(&conn) else { return };
        change(member);
        self.clients_text = None;
        if let Some(mirror) = self.clients_mirror.as_mut().filter(|_| !known) {
            mirror.note(conn);
        }
    }

    /// The answer to a hello: the room as it is now.
    pub(crate) fn welcome(
        &mut self,
        conn: ConnId,
        room_protocol: Option<&str>,
        readonly: Option<&str>,
        ext: Option<&str>,
    ) -> Bytes {
        self.refresh_texts();
        let (state, clients) = (self.state_text.as_deref(), self.clients_text.as_deref());
        let room = (clients.unwrap_or_default(), state.unwrap_or_default());
        welcome(conn, (room_protocol, readonly), room, ext)
    }

    fn refresh_texts(&mut self) {
        if self.state_text.is_none() {
            let mut text = Vec::with_capacity(self.state.bytes() + 16);
            self.state.write_json(&mut text);
            self.state_text = Some(text);
        }
        if self.clients_text.is_none() {
            let mut text = Vec::new();
            for (&conn, member) in self.members.iter().filter(|(_, member)| member.listed) {
                if !text.is_empty() {
                    text.push(b',');
                }
                member.write_listing(conn, &mut text);
            }
            self.clients_text = Some(text);
        }
    }
}

/// The answer to a hello. Texts are JSON: the room protocol and `readonly` of the answer; the clients without their braces and
/// the state; the extensions.
pub(crate) fn welcome(
    conn: ConnId,
    (room_protocol, readonly): (Option<&str>, Option<&str>),
    (clients, state): (&[u8], &[u8]),
    ext: Option<&str>,
) -> Bytes {
    let mut frame = FrameBuilder::with_capacity(state.len() + clients.len() + 256);
    let out = frame.appender();
    out.extend_from_slice(format!("{{\"type\":1,\"protocol\":\"{PROTOCOL}\"").as_bytes());
    write_text(b",\"roomProtocol\":", room_protocol, out);
    out.extend_from_slice(b",\"clientId\":");
    write_id(conn, out);
    out.extend_from_slice(b",\"clients\":{");
    out.extend_from_slice(clients);
    out.extend_from_slice(b"},\"roomState\":");
    out.extend_from_slice(state);
    write_text(b",\"readonly\":", readonly, out);
    write_text(b",\"ext\":", ext, out);
    out.push(b'}');
    frame.finish(Opcode::Text)
}

/// The notification that a client has left.
pub(crate) fn left(conn: ConnId) -> Bytes {
    frame::text(&format!("{{\"type\":3,\"removeClients\":[\"connection:{}\"]}}", conn.0))
}

/// Changes, parsed for applying them, with the text that is announced where a hook gave it.
pub(crate) struct Sets<'a> {
    pub(crate) entries: Vec<KvSet<'a>>,
    pub(crate) text: Option<&'a str>,
}

impl Sets<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self.text {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => write_sets(&self.entries, out),
        }
    }
}

/// The notification of a change.
pub(crate) fn changed(conn: ConnId, room: Option<&Sets<'_>>, client: Option<&Sets<'_>>) -> Bytes {
    let mut frame = FrameBuilder::with_capacity(160);
    let out = frame.appender();
    out.extend_from_slice(b"{\"type\":3");
    if let Some(sets) = room {
        out.extend_from_slice(b",\"roomChanges\":");
        sets.write(out);
    }
    out.extend_from_slice(b",\"updateClients\":{");
    if let Some(sets) = client {
        write_id(conn, out);
        out.push(b':');
        sets.write(out);
    }
    out.extend_from_slice(b"}}");
    frame.finish(Opcode::Text)
}
