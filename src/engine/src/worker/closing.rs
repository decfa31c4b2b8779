//! The closing handshake, whoever begins it.

use super::Worker;
use super::socket::Phase;
use crate::core::is_transient;
use crate::ids::ConnId;
use crate::websocket::{FrameError, frame};

/// Close code: more waits for the client than it may.
const TOO_SLOW: u16 = 4100;
/// What the application is told of a close frame without a code (RFC 6455, 7.1.5); never in a frame itself.
pub(super) const NO_CODE: u16 = 1005;

impl Worker {
    /// More waits for this client than it may: it is told so behind what waits, should it ever read that.
    pub(super) fn too_slow(&mut self, slot: u32) {
        let reason = "too slow: more is queued for this client than maxBufferedBytes";
        self.close_passing(slot, TOO_SLOW, reason);
    }

    /// Queues our close frame and awaits the peer's. A session without a connection has nothing to await.
    pub(super) fn close(&mut self, slot: u32, code: Option<u16>, reason: &str) {
        if self.slots.get(slot).is_some_and(|socket| socket.phase == Phase::Parked) {
            return self.end(slot);
        }
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| socket.phase == Phase::Open)
        else {
            return;
        };
        socket.push(&frame::close(code, reason), &mut self.pool);
        socket.phase = Phase::CloseSent;
        if socket.paused {
            // What it sends is ignored from now on, and its close frame must be seen.
            socket.paused = false;
            self.again.push(slot);
        }
        self.set_close_deadline(slot);
        self.mark_dirty(slot);
    }

    /// Whether the peer of this very connection has said its last word.
    pub(super) fn is_heard_out(&self, slot: u32) -> bool {
        self.slots.get(slot).is_some_and(|socket| socket.heard_out)
    }

    /// The last word of a connection whose session goes on with another one by now. That is no end of this one, unless it was one
    /// of the session.
    pub(super) fn late_word(&mut self, slot: u32, conn: ConnId) {
        if !self.hub.lock().is_open(conn) {
            self.end(slot);
        }
    }

    /// Answers the peer's close frame with its own, or takes it as the answer to ours.
    pub(super) fn peer_closed(&mut self, slot: u32) {
        let code = self.slots.get(slot).map(|socket| socket.end.0);
        if let Some(code) = code.filter(|code| is_transient(*code)) {
            self.drop_or_end(slot, code);
        }
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if socket.phase == Phase::Open {
            let (code, reason) = &socket.end;
            let answer = frame::close(Some(*code).filter(|code| *code != NO_CODE), reason);
            socket.push(&answer, &mut self.pool);
        }
        socket.phase = Phase::Finishing;
        self.set_close_deadline(slot);
        self.mark_dirty(slot);
    }

    /// Tells the peer what it did wrong, then throws away what it sends until it ends.
    pub(super) fn peer_broke(&mut self, slot: u32, error: FrameError) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        let conn = socket.conn;
        tracing::debug!(conn = conn.0, code = error.code, reason = error.reason, "protocol error");
        if socket.phase == Phase::Open {
            socket.push(&frame::close(Some(error.code), error.reason), &mut self.pool);
        }
        socket.phase = Phase::Draining;
        self.set_close_deadline(slot);
        self.mark_dirty(slot);
    }
}
