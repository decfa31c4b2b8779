//! Hello, heartbeat and close deadlines.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Worker;
use super::socket::Phase;
use crate::guard::{self, Step};
use crate::ids::{ConnId, RoomKey};
use crate::protocol::CloseReason;
use crate::websocket::frame;

/// What a socket's deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The hello has to be here.
    Hello,
    /// Time to ping, and to cut a client from which nothing came since the last ping.
    Heartbeat,
    /// The close handshake has to be over.
    Close,
    /// A session without a connection has to be resumed.
    Grace,
}

/// How long the peer may take to answer a close frame, as in the original's `ws`.
const CLOSE_TIMEOUT_MS: u64 = 30_000;
/// The same where the connection has lost its session. Shorter, as no limit for connections counts it any more.
const GHOST_TIMEOUT_MS: u64 = 5_000;
/// 34 years: later than anything that a process waits for.
pub(super) const FAR_MS: u64 = 1 << 40;
/// Heartbeats are due on a grid of this width at most, so that those that fall close together cause one wake-up.
const GRID_MS: u64 = 100;

impl Worker {
    /// A socket has come: set its deadlines.
    pub(super) fn arm(&mut self, slot: u32) {
        let now = self.now();
        let hello = millis(self.hub.config.hello_timeout);
        let heartbeat = self.next_heartbeat(now);
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if let Some(at) = socket.grace_at() {
            return self.deadlines.add(at, (socket.conn, Kind::Grace));
        }
        if !socket.greeted {
            socket.hello_at = Some(now + hello);
            self.deadlines.add(now + hello, (socket.conn, Kind::Hello));
        }
        socket.heartbeat_at = heartbeat;
        self.deadlines.add(heartbeat, (socket.conn, Kind::Heartbeat));
        if let Some(at) = socket.close_at {
            self.deadlines.add(at, (socket.conn, Kind::Close));
        }
    }

    pub(super) fn disarm(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if let Some(at) = socket.grace_at() {
            self.deadlines.remove(at, (socket.conn, Kind::Grace));
        }
        if let Some(at) = socket.hello_at {
            self.deadlines.remove(at, (socket.conn, Kind::Hello));
        }
        self.deadlines.remove(socket.heartbeat_at, (socket.conn, Kind::Heartbeat));
        if let Some(at) = socket.close_at {
            self.deadlines.remove(at, (socket.conn, Kind::Close));
        }
    }

    fn next_heartbeat(&self, now: u64) -> u64 {
        let interval = millis(self.hub.config.heartbeat_interval).max(1);
        let grid = GRID_MS.min(interval);
        (now + interval).next_multiple_of(grid)
    }

    pub(super) fn cancel_hello_deadline(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if let Some(at) = socket.hello_at.take() {
            self.deadlines.remove(at, (socket.conn, Kind::Hello));
        }
    }

    /// The closing handshake has begun; once begun, its deadline stands.
    pub(super) fn set_close_deadline(&mut self, slot: u32) {
        let now = self.now();
        self.cancel_hello_deadline(slot);
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| socket.close_at.is_none())
        else {
            return;
        };
        let at = now + if socket.conn.is_ghost() { GHOST_TIMEOUT_MS } else { CLOSE_TIMEOUT_MS };
        socket.close_at = Some(at);
        self.deadlines.add(at, (socket.conn, Kind::Close));
    }

    /// When there is something to do, in milliseconds since the worker's start.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.deadlines.next().into_iter().chain(self.idle_rooms.next()).min()
    }

    pub(super) fn run_deadlines(&mut self) {
        if self.next_deadline().is_none() {
            return;
        }
        let now = self.now();
        guard::each(self, |worker| worker.deadlines.pop(now), |worker, due| worker.due(due, now));
        guard::each(self, |worker| worker.idle_rooms.pop(now), Self::room_idle);
    }

    fn due(&mut self, (conn, kind): (ConnId, Kind), now: u64) {
        self.begin(Step::Deadline, conn);
        let Some(slot) = self.slots.find(conn) else { return };
        match kind {
            Kind::Hello => self.hello_late(slot),
            Kind::Heartbeat => self.heartbeat(slot, now),
            Kind::Close => self.end(slot),
            Kind::Grace => self.grace_over(slot),
        }
    }

    fn room_idle(&mut self, (room, since): (RoomKey, u64)) {
        self.begin(Step::Deadline, ConnId::NONE);
        self.hub.lock().room_idle(room, since);
    }

    fn hello_late(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        socket.hello_at = None;
        let conn = socket.conn;
        self.hub.lock().fail(conn, CloseReason::new(1002, "no hello received in time"));
    }

    fn heartbeat(&mut self, slot: u32, now: u64) {
        let next = self.next_heartbeat(now);
        let Some(socket) = self.slots.get_mut(slot) else { return };
        // A client that was told to wait can't be blamed for the silence: its bytes are in our kernel's queue.
        if !socket.gauge.alive.swap(socket.paused, Ordering::Relaxed) {
            tracing::debug!(conn = socket.conn.0, "no sign of life for a whole interval");
            return self.end(slot);
        }
        // Nor does anybody read that it has gone: hooks that never settle would keep it.
        if socket.paused && socket.transport.is_closed() {
            return self.end(slot);
        }
        socket.heartbeat_at = next;
        self.deadlines.add(next, (socket.conn, Kind::Heartbeat));
        // A close frame was the last one: nothing may follow it.
        if socket.phase == Phase::Open {
            self.queue_uncounted(slot, &frame::ping(b""));
            self.beat(slot);
        }
    }
}

/// A duration in milliseconds; none is so long that a deadline could overflow.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(FAR_MS).min(FAR_MS)
}
