//! A worker's sockets, by slot (as the poller names them) and by connection.

use rustc_hash::FxHashMap;

use super::socket::Socket;
use crate::ids::ConnId;

#[derive(Default)]
pub(super) struct Slots {
    sockets: Vec<Option<Box<Socket>>>,
    by_conn: FxHashMap<ConnId, u32>,
    free: Vec<u32>,
    /// Freed in this turn: not given out again before its end, as events for the old socket may still be at hand.
    resting: Vec<u32>,
}

impl Slots {
    pub(super) fn get(&self, slot: u32) -> Option<&Socket> {
        self.sockets.get(slot as usize)?.as_deref()
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Socket> {
        self.sockets.get_mut(slot as usize)?.as_deref_mut()
    }

    pub(super) fn find(&self, conn: ConnId) -> Option<u32> {
        self.by_conn.get(&conn).copied()
    }

    pub(super) fn insert(&mut self, socket: Box<Socket>) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.sockets.push(None);
            // A process can't have 2^32 descriptors.
            u32::try_from(self.sockets.len() - 1).unwrap_or(u32::MAX)
        });
        self.by_conn.insert(socket.conn, slot);
        self.sockets[slot as usize] = Some(socket);
        slot
    }

    /// The socket in this slot goes by another number from now on.
    pub(super) fn rename(&mut self, slot: u32, conn: ConnId) {
        if let Some(socket) = self.sockets.get_mut(slot as usize).and_then(Option::as_mut) {
            self.by_conn.remove(&socket.conn);
            socket.conn = conn;
            self.by_conn.insert(conn, slot);
        }
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Box<Socket>> {
        let socket = self.take(slot)?;
        self.resting.push(slot);
        Some(socket)
    }

    /// Takes a socket out of a slot that is never used again: others may still name it.
    pub(super) fn take(&mut self, slot: u32) -> Option<Box<Socket>> {
        let socket = self.sockets.get_mut(slot as usize)?.take()?;
        self.by_conn.remove(&socket.conn);
        Some(socket)
    }

    /// The turn is over: what was freed in it may be used again.
    pub(super) fn end_turn(&mut self) {
        self.free.append(&mut self.resting);
    }

    pub(super) fn len(&self) -> usize {
        self.by_conn.len()
    }

    pub(super) fn slots(&self) -> Vec<u32> {
        self.by_conn.values().copied().collect()
    }
}
