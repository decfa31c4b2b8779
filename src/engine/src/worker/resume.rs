//! Sockets of sessions that outlive them: how one is taken from its session, and how another one takes its place.
//!
//! A session's place in a worker is its slot: its seat, its log ([`super::replay`]), the effects addressed to it. When its
//! connection ends the place goes to a *parked* socket, which has no transport. When another connection opens the session, that
//! one's socket inherits the place. What is left behind, if it is still connected, is a socket without a session: it says
//! goodbye and ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::packing::Packed;
use super::replay::Replay;
use super::socket::{Phase, Socket};
use super::timers::millis;
use super::transport::Transport;
use super::{Hub, Worker};
use crate::core::{Gauge, Graft};
use crate::ids::ConnId;
use crate::protocol::MessageType;
use crate::websocket::frame;

/// Close code for a connection whose session goes on with another one.
const REPLACED: u16 = 4502;

impl Worker {
    /// Whether the session of this socket stays when its connection ends with this code.
    pub(super) fn drops(&mut self, slot: u32, code: u16) -> bool {
        let Some(socket) = self.slots.get(slot).filter(|socket| socket.phase == Phase::Open) else {
            return false;
        };
        let begun = socket.replay.as_ref().is_some_and(|replay| replay.has_begun());
        begun && self.hub.lock().drops(socket.conn, code)
    }

    /// The session stays without a connection. The slot keeps a socket that has no session.
    pub(super) fn park(&mut self, slot: u32) {
        let grace_at = self.now() + millis(self.hub.config.resume_for);
        let Some(parked) = self.succeed(slot, Box::new(Socket::parked())) else { return };
        if let Some(replay) = self.slots.get_mut(parked).and_then(|socket| socket.replay.as_mut()) {
            replay.grace_at = Some(grace_at);
        }
        self.arm(parked);
    }

    /// Closes a connection for what passes.
    pub(super) fn close_passing(&mut self, slot: u32, code: u16, reason: &str) {
        if self.slots.get(slot).is_some_and(|socket| socket.phase == Phase::Open) {
            self.drop_or_end(slot, code);
            self.close(slot, Some(code), reason);
        }
    }

    /// A connection is about to close for what passes: a session that can be resumed is dropped, any other one ends.
    pub(super) fn drop_or_end(&mut self, slot: u32, code: u16) {
        if self.drops(slot, code) {
            return self.park(slot);
        }
        if let Some(conn) = self.slots.get(slot).map(|socket| socket.conn) {
            self.hub.lock().mark_closing(conn);
        }
    }

    /// Gives the session of a slot to another socket, and that a slot of its own: what the poller still has to say of the old
    /// one concerns nobody else.
    fn succeed(&mut self, slot: u32, mut heir: Box<Socket>) -> Option<u32> {
        self.disarm(slot);
        let seat = self.slots.get(slot)?.seat.map(|(room, _)| room);
        self.seats.exit(slot, &mut self.slots);
        self.ghosts += 1;
        let ghost = ConnId::ghost(self.ghosts);
        let old = self.slots.get_mut(slot)?;
        heir.inherit(old);
        old.transport.serve(Some((self.index, ghost)));
        if std::mem::take(&mut old.paused) {
            // Its close frame must be seen.
            self.again.push(slot);
        }
        self.slots.rename(slot, ghost);
        let heir = self.slots.insert(heir);
        if let Some(room) = seat {
            self.seats.enter(room, heir, &mut self.slots);
        }
        Some(heir)
    }

    /// A connection here has opened another session: its socket goes to the worker that has the session.
    pub(super) fn send_graft(&mut self, slot: u32, graft: Box<Graft>, rest: &[u8]) {
        self.disarm(slot);
        let Some(mut socket) = self.slots.remove(slot) else { return };
        self.reactor.deregister(&socket.transport);
        socket.transport.serve(None);
        socket.dirty = false;
        socket.hello_at = None;
        socket.stash = rest.to_vec();
        let from = socket.conn;
        self.hub.add_newcomer(socket);
        if !self.hub.lock().send_graft(graft) {
            // The session has ended just now: the client finds out when it tries again.
            self.hub.take_newcomer(from);
        }
    }

    /// The session of this slot goes on with the newcomer's connection.
    pub(super) fn graft(&mut self, slot: u32, graft: &Graft) {
        let Some(newcomer) = self.hub.take_newcomer(graft.from) else { return };
        let Some(phase) = self.slots.get(slot).map(|socket| socket.phase) else { return };
        if !matches!(phase, Phase::Open | Phase::Parked) {
            return;
        }
        let Some(heir) = self.succeed(slot, newcomer) else { return };
        if phase == Phase::Open {
            self.hub.lock().count_close(REPLACED);
            if self.is_heard_out(slot) {
                self.peer_closed(slot);
            } else {
                self.close(slot, Some(REPLACED), "resumed on another connection");
            }
        } else {
            self.slots.remove(slot);
        }
        if let Some(socket) = self.slots.get(heir) {
            socket.gauge.alive.store(true, Ordering::Relaxed);
        }
        self.connect(heir);
        self.answer_resume(heir, graft);
    }

    /// Has the poller watch a socket that has come.
    pub(super) fn connect(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        let conn = socket.conn;
        socket.dirty = false;
        // What its transport said on its way to nobody is found out by trying.
        socket.blocked = false;
        socket.transport.serve(Some((self.index, conn)));
        let result = self.reactor.register(&socket.transport, slot);
        self.arm(slot);
        if let Err(error) = result {
            tracing::error!(%error, conn = conn.0, "a socket can't be watched");
            return self.end(slot);
        }
        self.mark_dirty(slot);
        self.again.push(slot);
    }

    /// The answer to the hello, then what the client misses; or the core answers with a snapshot.
    fn answer_resume(&mut self, slot: u32, graft: &Graft) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        let Some(replay) = socket.replay.as_mut() else { return };
        let Some(answer) = answer(&self.hub, replay, graft) else { return };
        let missed: Vec<Bytes> = replay.missed().cloned().collect();
        // What is held is bounded by less than what may be queued, or else is little.
        for frame in std::iter::once(&answer).chain(&missed) {
            let mut packed = Packed::new(frame);
            socket.push(self.packer.form(&mut packed, socket.deflate), &mut self.pool);
            self.tally.messages_out += 1;
        }
        self.mark_dirty(slot);
    }

    /// The answer to a hello with which the count begins.
    pub(super) fn welcome(&mut self, slot: u32, frame: &Bytes, issued: u32) {
        let replay = self.slots.get_mut(slot).and_then(|socket| socket.replay.as_mut());
        if replay.is_none_or(|replay| replay.begin(issued)) {
            self.queue_uncounted(slot, frame);
        }
    }

    /// The time of a parked session is over.
    pub(super) fn grace_over(&mut self, slot: u32) {
        let Some(conn) = self.slots.get(slot).map(|socket| socket.conn) else { return };
        if self.hub.lock().grace_over(conn) {
            self.seats.exit(slot, &mut self.slots);
            self.slots.remove(slot);
        }
    }

    /// Tells the client how many of its messages have come, for it to answer the same.
    pub(super) fn acknowledge(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| socket.phase == Phase::Open)
        else {
            return;
        };
        let Some(replay) = socket.replay.as_mut() else { return };
        let received = replay.tell();
        let kind = MessageType::Ack as u8;
        let frame = frame::text(&format!("{{\"type\":{kind},\"received\":{received}}}"));
        self.queue_uncounted(slot, &frame);
    }

    /// With each heartbeat: a sign that costs nothing where nothing has happened.
    pub(super) fn beat(&mut self, slot: u32) {
        let Some(replay) = self.slots.get_mut(slot).and_then(|socket| socket.replay.as_mut())
        else {
            return;
        };
        replay.pinged();
        if replay.has_news() {
            self.acknowledge(slot);
        }
    }
}

/// The answer to a hello that has opened a session, to be sent before what the client misses. None: a snapshot comes, or the
/// session's end.
pub(super) fn answer(hub: &Hub, replay: &mut Replay, graft: &Graft) -> Option<Bytes> {
    let held = replay.resume(graft.shown, graft.issued, graft.received);
    let answer = hub.lock().resumed(graft, replay.taken(), held);
    if held && answer.is_none() {
        replay.end();
    }
    answer
}

impl Socket {
    /// A place for a session that has no connection.
    fn parked() -> Self {
        let gauge = Arc::new(Gauge::default());
        let mut socket = Self::new(ConnId::NONE, Transport::Parked, gauge, b"", b"", false);
        socket.phase = Phase::Parked;
        socket
    }

    /// Takes the session from another socket: all but what is the connection's own.
    fn inherit(&mut self, old: &mut Self) {
        self.conn = old.conn;
        std::mem::swap(&mut self.gauge, &mut old.gauge);
        self.bucket = old.bucket.take();
        self.paused = old.paused;
        self.replay = old.replay.take();
        if let Some(replay) = self.replay.as_mut() {
            // A deadline of the old place.
            replay.grace_at = None;
        }
        self.greeted = true;
        self.note_queued();
    }

    /// When the session ends for want of a connection.
    pub(super) fn grace_at(&self) -> Option<u64> {
        self.replay.as_ref()?.grace_at
    }

    /// The log has become so large that the client has to say what it has.
    pub(super) fn presses(&mut self) -> bool {
        self.phase == Phase::Open && self.replay.as_mut().is_some_and(|replay| replay.presses())
    }
}
