//! From queued frames to bytes, and the end of sockets.

use super::Worker;
use super::socket::Phase;
use crate::guard::{self, Step};

/// So many sockets are written before the worker looks at what has come meanwhile: what is queued for the others then leaves
/// in the same write.
const TURN: usize = 128;
/// So many of them while a room with more members than that is written to. Those who have the change already go on with it,
/// and what they send leaves with the change for the rest.
const FANOUT: usize = 32;

impl Worker {
    /// Writes sockets that have something queued, once each. In a room with more members than a turn writes, other workers
    /// are likely to have a part as well: see [`super::crew`].
    pub(super) fn flush(&mut self) {
        let shared = self.widest > TURN;
        if shared {
            self.hub.spread(self.index, self.dirty.len());
        }
        self.write_up_to(if self.widest > FANOUT { FANOUT } else { TURN });
        if self.dirty.is_empty() {
            self.widest = 0;
            if shared {
                self.hub.crew.give_way(self.index, FANOUT);
            }
        }
    }

    fn write_up_to(&mut self, mut left: usize) {
        let next = |worker: &mut Self| {
            left = left.checked_sub(1)?;
            worker.dirty.pop_front()
        };
        guard::each(self, next, Self::flush_slot);
        self.tell_relays();
    }

    pub(super) fn flush_slot(&mut self, slot: u32) {
        let Some(conn) = self.slots.get(slot).map(|socket| socket.conn) else { return };
        self.begin(Step::Flush, conn);
        let Some(socket) = self.slots.get_mut(slot) else { return };
        socket.dirty = false;
        if socket.blocked {
            return;
        }
        let before = socket.outbox.queued();
        let result = socket.outbox.flush(&mut socket.transport, &mut self.pool);
        self.tally.bytes_out += (before - socket.outbox.queued()) as u64;
        socket.note_queued();
        match result {
            Ok(true) => self.written(slot),
            Ok(false) => socket.blocked = true,
            Err(_) => self.end(slot),
        }
    }

    /// All is written: a socket that is closing goes on with that.
    fn written(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if let Some(pong) = socket.pong.take().filter(|_| socket.phase == Phase::Open) {
            socket.push(&pong, &mut self.pool);
            return self.mark_dirty(slot);
        }
        match socket.phase {
            Phase::Finishing => self.end(slot),
            Phase::Draining if !socket.shut => {
                socket.shut = true;
                socket.transport.shutdown();
            }
            Phase::Open | Phase::CloseSent | Phase::Draining | Phase::Parked => {}
        }
    }

    /// The socket is done with: close it and let the core know. Of an open one the session may stay.
    pub(super) fn end(&mut self, slot: u32) {
        let Some((conn, code)) = self.slots.get(slot).map(|socket| (socket.conn, socket.end.0))
        else {
            return;
        };
        self.begin(Step::End, conn);
        if self.drops(slot, code) {
            self.park(slot);
        }
        self.seats.exit(slot, &mut self.slots);
        self.disarm(slot);
        let Some(socket) = self.slots.remove(slot) else { return };
        self.reactor.deregister(&socket.transport);
        let (code, reason) = &socket.end;
        self.hub.lock().closed(socket.conn, *code, reason);
        drop(socket);
    }

    /// The application writes relayed sockets: tell it once a turn that it has to.
    fn tell_relays(&mut self) {
        let waiting =
            !self.hub.relay.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_empty();
        if waiting {
            let _ = self.hub.with_core(crate::core::Core::relay_waits);
        }
    }
}
