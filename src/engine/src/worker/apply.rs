//! From effects and mail to queued frames.

use bytes::Bytes;

use super::packing::Packed;
use super::socket::{Phase, Socket};
use super::timers::FAR_MS;
use super::{Mail, Worker};
use crate::core::Effect;
use crate::ids::{ConnId, RoomKey};
use crate::websocket::frame;

impl Worker {
    /// Carries out what the core has decided. Whether there was anything.
    pub(super) fn apply_effects(&mut self) -> bool {
        let mut any = false;
        loop {
            let effects = self.hub.take_effects(self.index);
            if effects.is_empty() {
                return any;
            }
            any = true;
            for effect in effects {
                self.apply(effect);
            }
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Broadcast { room, frame, skip } => self.broadcast(room, &frame, skip),
            Effect::Replay { place } => self.hub.lock().replay(place),
            Effect::Watch { room, since, after } => {
                self.idle_rooms.add(self.now() + after.min(FAR_MS), (room, since));
            }
            Effect::Expect { conn } => self.arrivals.expect(conn),
            Effect::Send { conn, .. }
            | Effect::Enter { conn, .. }
            | Effect::Exit { conn, .. }
            | Effect::Close { conn, .. }
            | Effect::PeerClosed { conn, .. }
            | Effect::PeerBroke { conn, .. }
            | Effect::Terminate { conn }
            | Effect::Ping { conn, .. }
            | Effect::Resume { conn }
            | Effect::Move { conn, .. } => self.apply_to(conn, effect),
        }
    }

    /// An effect on one socket: it may be on its way here still, or gone.
    fn apply_to(&mut self, conn: ConnId, effect: Effect) {
        if let Some(slot) = self.slots.find(conn) {
            return self.apply_to_slot(slot, effect);
        }
        if let Err(Effect::Move { conn, to }) = self.arrivals.hold(conn, effect) {
            self.hub.ports[to].post(Mail::Arrive { conn, socket: None });
        }
    }

    fn apply_to_slot(&mut self, slot: u32, effect: Effect) {
        match effect {
            Effect::Send { frame, .. } => self.queue(slot, &frame),
            Effect::Enter { room, .. } => self.seats.enter(room, slot, &mut self.slots),
            Effect::Exit { room, .. } => self.seats.exit_from(room, slot, &mut self.slots),
            Effect::Close { code, reason, .. } => self.close(slot, code, &reason),
            Effect::PeerClosed { .. } => self.peer_closed(slot),
            Effect::PeerBroke { error, .. } => self.peer_broke(slot, error),
            Effect::Terminate { .. } => self.end(slot),
            Effect::Ping { payload, .. } => self.queue(slot, &frame::ping(&payload)),
            Effect::Resume { .. } => {
                if let Some(socket) = self.slots.get_mut(slot) {
                    socket.paused = false;
                    self.again.push(slot);
                }
            }
            Effect::Move { to, .. } => self.send_away(slot, to),
            Effect::Broadcast { .. }
            | Effect::Expect { .. }
            | Effect::Replay { .. }
            | Effect::Watch { .. } => {}
        }
    }

    /// The hot path: one frame, encoded once, to every seat of the room.
    fn broadcast(&mut self, room: RoomKey, frame: &Bytes, skip: ConnId) {
        let limit = self.hub.config.max_buffered_bytes;
        let mut slow = Vec::new();
        let mut packed = Packed::new(frame);
        self.arrivals.broadcast(room, frame, skip);
        for &slot in self.seats.of(room) {
            let Some(socket) = self.slots.get_mut(slot) else { continue };
            if socket.conn == skip || socket.phase != Phase::Open {
                continue;
            }
            let frame = self.packer.form(&mut packed, socket.deflate);
            if !socket.outbox.admit(frame.len(), limit) {
                slow.push(slot);
                continue;
            }
            socket.push(frame, &mut self.pool);
            self.tally.messages_out += 1;
            if !socket.dirty {
                socket.dirty = true;
                self.dirty.push(slot);
            }
        }
        for slot in slow {
            self.too_slow(slot);
        }
    }

    /// Queues a frame for an open socket.
    pub(super) fn queue(&mut self, slot: u32, frame: &Bytes) {
        let limit = self.hub.config.max_buffered_bytes;
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| socket.phase == Phase::Open)
        else {
            return;
        };
        let mut packed = Packed::new(frame);
        let frame = self.packer.form(&mut packed, socket.deflate);
        if !socket.outbox.admit(frame.len(), limit) {
            return self.too_slow(slot);
        }
        socket.push(frame, &mut self.pool);
        self.tally.messages_out += 1;
        self.mark_dirty(slot);
    }

    pub(super) fn receive(&mut self, mail: Mail) {
        match mail {
            Mail::Arrive { conn, socket: None } => self.never_arrives(conn),
            Mail::Arrive { conn, socket: Some(socket) } => self.arrive(conn, socket),
            Mail::Relay { conn } => {
                if let Some(slot) = self.slots.find(conn) {
                    if let Some(socket) = self.slots.get_mut(slot) {
                        socket.blocked = false;
                    }
                    self.mark_dirty(slot);
                    self.read(slot);
                }
            }
            Mail::Stop => self.stop(),
        }
    }

    fn arrive(&mut self, conn: ConnId, socket: Box<Socket>) {
        let slot = self.slots.insert(socket);
        let Some(socket) = self.slots.get_mut(slot) else { return };
        socket.dirty = false;
        if let Err(error) = self.reactor.register(&socket.transport, slot) {
            tracing::error!(%error, conn = conn.0, "a socket can't be watched");
            return self.end(slot);
        }
        self.arm(slot);
        for effect in self.arrivals.arrived(conn) {
            // One of them may have sent it on.
            self.apply_to(conn, effect);
        }
        if self.slots.get(slot).is_some() {
            self.mark_dirty(slot);
            self.again.push(slot);
        }
    }

    /// It ended on its way; a worker further on may wait for it as well.
    fn never_arrives(&mut self, conn: ConnId) {
        for effect in self.arrivals.arrived(conn) {
            if let Effect::Move { to, .. } = effect {
                self.hub.ports[to].post(Mail::Arrive { conn, socket: None });
            }
        }
    }

    fn send_away(&mut self, slot: u32, to: usize) {
        self.seats.exit(slot, &mut self.slots);
        self.disarm(slot);
        let Some(mut socket) = self.slots.remove(slot) else { return };
        self.reactor.deregister(&socket.transport);
        socket.dirty = false;
        let conn = socket.conn;
        self.hub.ports[to].post(Mail::Arrive { conn, socket: Some(socket) });
    }

    /// Says goodbye to all, as far as the sockets take it at once, and ends the worker.
    fn stop(&mut self) {
        let goodbye = frame::close(Some(1001), "server going away");
        for slot in self.slots.slots() {
            if let Some(socket) =
                self.slots.get_mut(slot).filter(|socket| socket.phase == Phase::Open)
            {
                socket.push(&goodbye, &mut self.pool);
            }
            self.mark_dirty(slot);
        }
        self.flush();
        self.stopping = true;
    }
}
