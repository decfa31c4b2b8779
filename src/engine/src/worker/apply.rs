//! From effects and mail to queued frames.

use bytes::Bytes;

use super::packing::Packed;
use super::socket::{Phase, Socket};
use super::timers::FAR_MS;
use super::{Mail, Worker};
use crate::core::{Effect, is_transient};
use crate::guard::{self, Step};
use crate::ids::ConnId;
use crate::websocket::frame;

impl Worker {
    /// Carries out what the core has decided.
    pub(super) fn apply_effects(&mut self) {
        loop {
            let effects = self.hub.take_effects(self.index);
            if effects.is_empty() {
                return;
            }
            let mut effects = effects.into_iter();
            guard::each(self, |_| effects.next(), Self::apply);
        }
    }

    fn apply(&mut self, effect: Effect) {
        self.begin(Step::Effect, ConnId::NONE);
        match effect {
            Effect::Broadcast { room, frame, skip } => self.broadcast(room, &frame, skip),
            Effect::Replay { place } => self.hub.lock().replay(place),
            Effect::Watch { room, since, after } => {
                self.idle_rooms.watch(room, since, self.now() + after.min(FAR_MS));
            }
            Effect::Unwatch { room } => self.idle_rooms.forget(room),
            Effect::Expect { conn } => self.arrivals.expect(conn),
            Effect::Graft(graft) => self.apply_to(graft.conn, Effect::Graft(graft)),
            Effect::Send { conn, .. }
            | Effect::Welcome { conn, .. }
            | Effect::Enter { conn, .. }
            | Effect::Exit { conn, .. }
            | Effect::Close { conn, .. }
            | Effect::PeerClosed { conn, .. }
            | Effect::PeerBroke { conn, .. }
            | Effect::Terminate { conn }
            | Effect::Ping { conn, .. }
            | Effect::ReadOn { conn }
            | Effect::Move { conn, .. } => self.apply_to(conn, effect),
        }
    }

    /// An effect on one socket: it may be on its way here still, or gone.
    fn apply_to(&mut self, conn: ConnId, effect: Effect) {
        self.begin(Step::Effect, conn);
        if let Some(slot) = self.slots.find(conn) {
            return self.apply_to_slot(slot, effect);
        }
        if let Err(effect) = self.arrivals.hold(conn, effect) {
            self.apply_to_nobody(effect);
        }
    }

    /// The socket has gone: others may wait for it.
    fn apply_to_nobody(&mut self, effect: Effect) {
        match effect {
            Effect::Move { conn, to } => {
                self.hub.ports[to].post(Mail::Arrive { conn, socket: None });
            }
            // Cut: the client finds out about its session when it tries again.
            Effect::Graft(graft) => drop(self.hub.take_newcomer(graft.from)),
            _ => {}
        }
    }

    pub(super) fn apply_to_slot(&mut self, slot: u32, effect: Effect) {
        match effect {
            Effect::Send { frame, .. } => self.queue(slot, &frame),
            Effect::Welcome { frame, issued, .. } => self.welcome(slot, &frame, issued),
            Effect::Graft(graft) => self.graft(slot, &graft),
            Effect::Enter { room, .. } => self.seats.enter(room, slot, &mut self.slots),
            Effect::Exit { room, .. } => self.seats.exit_from(room, slot, &mut self.slots),
            Effect::Close { code: Some(code), reason, .. } if is_transient(code) => {
                self.close_passing(slot, code, &reason);
            }
            Effect::Close { code, reason, .. } => self.close(slot, code, &reason),
            Effect::PeerClosed { conn } | Effect::PeerBroke { conn, .. }
                if !self.is_heard_out(slot) =>
            {
                self.late_word(slot, conn);
            }
            Effect::PeerClosed { .. } => self.peer_closed(slot),
            Effect::PeerBroke { error, .. } => self.peer_broke(slot, error),
            Effect::Terminate { .. } => self.end(slot),
            Effect::Ping { payload, .. } => self.queue_uncounted(slot, &frame::ping(&payload)),
            Effect::ReadOn { .. } => {
                if let Some(socket) = self.slots.get_mut(slot) {
                    socket.paused = false;
                    self.again.push(slot);
                }
            }
            Effect::Move { to, .. } => self.send_away(slot, to),
            Effect::Broadcast { .. }
            | Effect::Expect { .. }
            | Effect::Replay { .. }
            | Effect::Watch { .. }
            | Effect::Unwatch { .. } => {}
        }
    }

    /// Queues a message; the session's log gets it, too, where it may be resumed.
    fn queue(&mut self, slot: u32, frame: &Bytes) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        let Some(replay) = &mut socket.replay else { return self.queue_uncounted(slot, frame) };
        if !replay.note(frame) {
            return;
        }
        let presses = socket.presses();
        self.queue_uncounted(slot, frame);
        if presses {
            self.acknowledge(slot);
        }
    }

    /// Queues a frame for an open socket.
    pub(super) fn queue_uncounted(&mut self, slot: u32, frame: &Bytes) {
        self.put(slot, &mut Packed::new(frame));
    }

    /// The same; a client for which it is too much is closed.
    pub(super) fn put(&mut self, slot: u32, packed: &mut Packed<'_>) {
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| socket.phase == Phase::Open)
        else {
            return;
        };
        let frame = self.packer.form(packed, socket.deflate);
        if !self.admit(slot, frame.len()) {
            return self.too_slow(slot);
        }
        let Some(socket) = self.slots.get_mut(slot) else { return };
        socket.push(frame, &mut self.pool);
        self.tally.messages_out += 1;
        self.mark_dirty(slot);
    }

    /// Whether a frame of this size may wait. Where there is no room the socket is written first: of what was queued in this
    /// turn the client may not have had a chance to read anything.
    fn admit(&mut self, slot: u32, size: usize) -> bool {
        let limit = self.hub.config.max_buffered_bytes;
        let Some(socket) = self.slots.get_mut(slot) else { return false };
        if socket.outbox.admit(size, limit) {
            return true;
        }
        socket.blocked = false;
        self.flush_slot(slot);
        self.slots.get_mut(slot).is_some_and(|socket| socket.outbox.admit(size, limit))
    }

    pub(super) fn receive(&mut self, mail: Mail) {
        match mail {
            Mail::Arrive { conn, socket } => self.arrive(conn, socket),
            Mail::Relay { conn } => self.relay_has_news(conn),
            Mail::Stop => self.stop(),
        }
    }

    fn arrive(&mut self, conn: ConnId, socket: Option<Box<Socket>>) {
        let mut waiting = self.arrivals.arrived(conn).into_iter();
        if let Some(socket) = socket {
            let mut slot = Some(self.slots.insert(socket));
            self.begin(Step::Mail, conn);
            guard::each(self, |_| slot.take(), Self::connect);
            // One of them may have sent it on.
            guard::each(self, |_| waiting.next(), |worker, effect| worker.apply_to(conn, effect));
        } else {
            // It ended on its way; a worker further on may wait for it as well.
            waiting.for_each(|effect| self.apply_to_nobody(effect));
        }
    }

    fn relay_has_news(&mut self, conn: ConnId) {
        self.begin(Step::Mail, conn);
        let Some(slot) = self.slots.find(conn) else { return };
        if let Some(socket) = self.slots.get_mut(slot) {
            socket.blocked = false;
        }
        self.mark_dirty(slot);
        self.read(slot);
    }

    fn send_away(&mut self, slot: u32, to: usize) {
        self.seats.exit(slot, &mut self.slots);
        self.disarm(slot);
        let Some(mut socket) = self.slots.remove(slot) else { return };
        self.reactor.deregister(&socket.transport);
        socket.transport.serve(None);
        socket.dirty = false;
        let conn = socket.conn;
        self.hub.ports[to].post(Mail::Arrive { conn, socket: Some(socket) });
    }

    /// Says goodbye to all, as far as the sockets take it at once, and ends the worker.
    fn stop(&mut self) {
        self.stopping = true;
        let goodbye = frame::close(Some(1001), "server going away");
        let mut slots = self.slots.slots().into_iter();
        guard::each(self, |_| slots.next(), |worker, slot| worker.say_goodbye(slot, &goodbye));
        while !self.dirty.is_empty() {
            self.flush();
        }
    }

    fn say_goodbye(&mut self, slot: u32, goodbye: &Bytes) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if socket.phase == Phase::Open {
            socket.push(goodbye, &mut self.pool);
        }
        self.mark_dirty(slot);
    }
}
