//! What a panic costs: the connection for which the worker was at work.

use super::{SCRATCH, Worker};
use crate::guard::{self, Guarded, Step};
use crate::ids::ConnId;

impl Worker {
    /// Says what is done next, and for whom.
    pub(super) fn begin(&mut self, step: Step, conn: ConnId) {
        self.at = (step, conn);
        #[cfg(test)]
        self.hub.config.faults.strike(step, conn);
    }

    /// The same for a socket that a broadcast has come upon.
    pub(super) fn break_off(&mut self, slot: u32) {
        if let Some(socket) = self.slots.get(slot) {
            self.at = (Step::Broadcast, socket.conn);
            self.give_up();
        }
    }

    /// Cuts a connection, whose socket may be in any state. For good: if its client did the same again, so would we.
    fn cut_broken(&mut self, conn: ConnId) {
        let reason = guard::reason();
        let Some(slot) = self.slots.find(conn) else {
            // On its way to here, if it is still there.
            return self.hub.lock().fail(conn, reason);
        };
        if let Some(socket) = self.slots.get_mut(slot) {
            socket.end = (reason.code, reason.text.into());
        }
        self.hub.lock().mark_closing(conn);
        self.end(slot);
    }

    /// Not even that went well: lets go of the socket, and of its slot for ever.
    fn let_go(&mut self, conn: ConnId) {
        if let Some(slot) = self.slots.find(conn) {
            self.slots.take(slot);
        }
        let reason = guard::reason();
        self.hub.lock().closed(conn, reason.code, &reason.text);
    }
}

impl Guarded for Worker {
    fn give_up(&mut self) {
        let (step, conn) = self.at;
        tracing::error!(?step, conn = conn.0, "a panic; the connection is cut");
        if self.scratch.is_empty() {
            // Lost with the panic.
            self.scratch = vec![0; SCRATCH];
        }
        if conn == ConnId::NONE {
            return;
        }
        let cut = guard::catch(|| self.cut_broken(conn));
        if cut.is_none() && guard::catch(|| self.let_go(conn)).is_none() {
            tracing::error!(conn = conn.0, "a session that can't be ended is left behind");
        }
    }
}

#[cfg(test)]
#[path = "panics_tests.rs"]
mod tests;
