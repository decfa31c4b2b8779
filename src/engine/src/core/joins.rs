//! Announcing those who join, many at once where many come at once.
//!
//! A join is told to the others when something else happens in the room, or when the turn in which it happened is over: until
//! then more joins may gather, and one notification announces them all. The joiner itself has its answer already, which shows
//! the room with all who joined before it; so it hears only of those behind it.

use bytes::Bytes;

use super::{Core, Effect};
use crate::guard;
use crate::ids::{ConnId, RoomKey};
use crate::websocket::{FrameBuilder, Opcode};

/// A client that has joined and was not announced yet.
pub(crate) struct Join {
    pub(crate) conn: ConnId,
    /// Its entry of `addClients`; None for a client that is not shown to others.
    pub(crate) entry: Option<Vec<u8>>,
}

impl Core {
    /// Tells the members of a room who has joined, and lets the joiners hear what comes from here on. To be called before
    /// anything else is sent to the room.
    pub(crate) fn settle_joins(&mut self, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(&key).filter(|room| !room.joins.is_empty()) else {
            return;
        };
        let (joins, placement) = (std::mem::take(&mut room.joins), room.placement);
        if let Some(frame) = announcement(&joins) {
            self.broadcast_to(placement, key, &frame, ConnId::NONE);
        }
        for (index, join) in joins.iter().enumerate() {
            let conn = join.conn;
            let Some(worker) = self.sessions.get(&conn).map(|session| session.worker) else {
                continue;
            };
            if let Some(frame) = announcement(&joins[index + 1..]) {
                self.effect(worker, Effect::Send { conn, frame });
            }
            self.effect(worker, Effect::Enter { room: key, conn });
        }
    }

    /// The turn is over: nobody else is going to join in it.
    pub(crate) fn settle_all_joins(&mut self) {
        self.begin(ConnId::NONE);
        guard::each(self, |core| core.joining.pop(), Self::settle_joins);
    }
}

/// One notification for all of them; None where nobody is to be seen.
fn announcement(joins: &[Join]) -> Option<Bytes> {
    let mut entries = joins.iter().filter_map(|join| join.entry.as_ref());
    let first = entries.next()?;
    let mut frame = FrameBuilder::with_capacity(64 + first.len() * joins.len());
    frame.push(b"{\"type\":3,\"addClients\":{");
    frame.push(first);
    for entry in entries {
        frame.push(b",");
        frame.push(entry);
    }
    frame.push(b"}}");
    Some(frame.finish(Opcode::Text))
}
