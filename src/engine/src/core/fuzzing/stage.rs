//! A core with a worker that delivers at once, and the clients at the other ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Core, Effect, Flow, Graft, Inbound, Room};
use super::view::View;
use crate::ids::{ConnId, RoomKey};

#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Default)]
pub(super) struct Socket {
    greeted: bool,
    paused: bool,
    /// The server has sent a close frame.
    closing: bool,
    /// The connection is gone, the session stays. Of what is sent meanwhile all is held, and what the client writes is sent later.
    pub(super) dropped: bool,
    /// The hello, for one that resumes.
    pub(super) hello: Value,
    seat: Option<RoomKey>,
    /// What the client has written and nobody has read.
    pub(super) stash: VecDeque<String>,
    /// The changes that it has sent, by number.
    pub(super) sent: Vec<u64>,
    pub(super) view: View,
}

pub(super) struct Stage {
    pub(super) core: Core,
    pub(super) sockets: BTreeMap<ConnId, Socket>,
    /// The numbered changes that rooms heard of, by client.
    pub(super) announced: BTreeMap<ConnId, Vec<u64>>,
    /// Rooms that are to be looked at once their time is over.
    pub(super) idle: Vec<(RoomKey, u64)>,
    /// Changes of one client are announced in the order in which they were sent.
    pub(super) in_order: bool,
}

impl Stage {
    pub(super) fn new(core: Core) -> Self {
        Self {
            core,
            sockets: BTreeMap::new(),
            announced: BTreeMap::new(),
            idle: Vec::new(),
            in_order: true,
        }
    }

    pub(super) fn connect(&mut self) -> ConnId {
        let (conn, _) = self.core.open("".into(), 1, Arc::default());
        self.sockets.insert(conn, Socket::default());
        conn
    }

    /// The client writes.
    pub(super) fn write(&mut self, conn: ConnId, text: String) {
        if let Some(socket) = self.sockets.get_mut(&conn) {
            socket.stash.push_back(text);
            self.read(conn);
        }
    }

    fn read(&mut self, conn: ConnId) {
        let may_read = |socket: &&mut Socket| !socket.paused && !socket.dropped;
        while let Some(socket) = self.sockets.get_mut(&conn).filter(may_read) {
            let Some(text) = socket.stash.pop_front() else { return };
            if socket.closing {
                continue;
            }
            let first = !std::mem::replace(&mut socket.greeted, true);
            let flow = self.core.message(conn, Inbound::parse(first, &text), &text);
            match flow {
                Flow::Continue => {}
                Flow::Pause => self.with(conn, |socket| socket.paused = true),
                Flow::Graft(graft) => {
                    self.sockets.remove(&conn);
                    self.core.send_graft(graft);
                }
            }
        }
    }

    /// The socket is gone; the session may stay.
    pub(super) fn end(&mut self, conn: ConnId) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        let is_open = socket.view.joined && !socket.closing && !socket.dropped;
        if is_open && self.core.drops(conn, 1006) {
            socket.dropped = true;
        } else if self.sockets.remove(&conn).is_some() {
            self.core.closed(conn, 1006, "");
        }
    }

    /// The time of a session without a connection is over.
    pub(super) fn grace_over(&mut self, conn: ConnId) {
        if self.core.grace_over(conn) {
            self.sockets.remove(&conn);
        }
    }

    /// Another connection has opened the session, unless that has ended. All is held for it where it says that it has got
    /// nothing, else it gets a snapshot.
    fn graft(&mut self, graft: &Graft) {
        let Some(socket) = self.sockets.get_mut(&graft.conn).filter(|socket| !socket.closing)
        else {
            return;
        };
        socket.dropped = false;
        let held = graft.received == 0;
        socket.view.awaited = (!held).then_some(graft.issued);
        if let Some(answer) = self.core.resumed(graft, 0, held) {
            self.receive(graft.conn, &answer);
        }
        self.read(graft.conn);
    }

    /// The client's close frame came.
    pub(super) fn peer_closes(&mut self, conn: ConnId) {
        if let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.dropped) {
            socket.closing = true;
            self.core.heard_out(conn, Effect::PeerClosed { conn }, false);
        }
    }

    /// Delivers what was decided so far; joins that may gather more stay unannounced.
    pub(super) fn deliver(&mut self) {
        loop {
            let effects = self.core.take_effects(0);
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.apply(effect);
            }
        }
    }

    /// A worker's turn ends, or a call of the application's: nobody else joins in it.
    pub(super) fn end_turn(&mut self) {
        loop {
            self.core.settle_all_joins();
            let effects = self.core.take_effects(0);
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.apply(effect);
            }
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Send { conn, frame } => self.receive(conn, &frame),
            Effect::Welcome { conn, frame, issued } => {
                // One that another connection has overtaken is not sent.
                self.with(conn, |socket| socket.view.awaited.take_if(|awaited| *awaited == issued));
                self.receive(conn, &frame);
            }
            Effect::Broadcast { room, frame, skip } => self.broadcast(room, &frame, skip),
            Effect::Enter { room, conn } => self.with(conn, |socket| socket.seat = Some(room)),
            Effect::Exit { room, conn } => {
                self.with(conn, |socket| socket.seat = socket.seat.filter(|seat| *seat != room));
            }
            Effect::Close { conn, .. } if self.is_dropped(conn) => {
                self.sockets.remove(&conn);
                self.core.closed(conn, 1006, "");
            }
            Effect::Close { conn, .. } => {
                self.with(conn, |socket| {
                    socket.closing = true;
                    socket.paused = false;
                });
                self.read(conn);
            }
            Effect::ReadOn { conn } => {
                self.with(conn, |socket| socket.paused = false);
                self.read(conn);
            }
            Effect::Watch { room, since, .. } => self.idle.push((room, since)),
            Effect::Unwatch { room } => self.idle.retain(|(idle, _)| *idle != room),
            Effect::Replay { place } => self.core.replay(place),
            Effect::Terminate { conn }
            | Effect::PeerClosed { conn }
            | Effect::PeerBroke { conn, .. } => self.end(conn),
            Effect::Ping { .. } | Effect::Expect { .. } | Effect::Move { .. } => {}
            Effect::Graft(graft) => self.graft(&graft),
        }
    }

    pub(super) fn is_dropped(&self, conn: ConnId) -> bool {
        self.sockets.get(&conn).is_some_and(|socket| socket.dropped)
    }

    fn with<T>(&mut self, conn: ConnId, change: impl FnOnce(&mut Socket) -> T) {
        if let Some(socket) = self.sockets.get_mut(&conn) {
            change(socket);
        }
    }

    fn receive(&mut self, conn: ConnId, frame: &[u8]) {
        if let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.closing) {
            socket.view.receive(payload(frame));
        }
    }

    fn broadcast(&mut self, room: RoomKey, frame: &[u8], skip: ConnId) {
        self.note_changes(payload(frame));
        let seated: Vec<ConnId> = self
            .sockets
            .iter()
            .filter(|(conn, socket)| socket.seat == Some(room) && **conn != skip)
            .map(|(conn, _)| *conn)
            .collect();
        for conn in seated {
            self.receive(conn, frame);
        }
        self.with(skip, |socket| socket.view.is_skipped(payload(frame)));
    }

    /// Clients' changes have values `<client>:<number>`; each has one that tells it from all others.
    fn note_changes(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).expect("JSON");
        for set in message["roomChanges"].as_array().into_iter().flatten() {
            let parts = set["value"].as_str().and_then(|value| value.split_once(':'));
            if let Some((conn, number)) = parts {
                let (conn, number) = (conn.parse().unwrap(), number.parse().unwrap());
                self.announced.entry(ConnId(conn)).or_default().push(number);
            }
        }
    }

    pub(super) fn state_of(room: &Room) -> BTreeMap<String, Value> {
        let mut out = Vec::new();
        room.state.write_json(&mut out);
        serde_json::from_slice(&out).expect("a state is JSON")
    }

    /// As a newcomer's list shows them.
    pub(super) fn clients_of(room: &Room) -> BTreeMap<String, Value> {
        let mut out = b"{".to_vec();
        for (conn, member) in room.members.iter().filter(|(_, member)| member.listed) {
            member.write_listing(*conn, &mut out);
            out.push(b',');
        }
        out.extend_from_slice(json!("end").to_string().as_bytes());
        out.extend_from_slice(b":0}");
        let mut clients: BTreeMap<String, Value> = serde_json::from_slice(&out).expect("JSON");
        clients.remove("end");
        clients
    }
}

/// The text in one of the server's frames.
fn payload(frame: &[u8]) -> &str {
    let header = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    str::from_utf8(&frame[header..]).expect("text")
}
