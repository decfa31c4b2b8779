//! Sockets that are on their way to this worker, from the application's thread or from another worker.
//!
//! The core counts them as here already. So what it decides for them waits, in order, and the broadcasts of a room that they
//! have entered meanwhile wait with it: a joiner misses nothing between its snapshot and its arrival. Bounded by how long a
//! socket takes from one thread's queue to the other's.

use bytes::Bytes;
use rustc_hash::FxHashMap;

use crate::core::Effect;
use crate::ids::{ConnId, RoomKey};

#[derive(Default)]
pub(super) struct Arrivals {
    waiting: FxHashMap<ConnId, Vec<Effect>>,
    /// Who of them has entered which room.
    entered: FxHashMap<RoomKey, Vec<ConnId>>,
}

impl Arrivals {
    pub(super) fn expect(&mut self, conn: ConnId) {
        self.waiting.entry(conn).or_default();
    }

    /// Puts an effect aside; gives it back when the connection is not on its way here.
    pub(super) fn hold(&mut self, conn: ConnId, effect: Effect) -> Result<(), Effect> {
        let Some(waiting) = self.waiting.get_mut(&conn) else { return Err(effect) };
        match &effect {
            Effect::Enter { room, .. } => self.entered.entry(*room).or_default().push(conn),
            Effect::Exit { room, .. } => Self::exit(&mut self.entered, *room, conn),
            _ => {}
        }
        waiting.push(effect);
        Ok(())
    }

    pub(super) fn broadcast(&mut self, room: RoomKey, frame: &Bytes, skip: ConnId) {
        let Some(conns) = self.entered.get(&room) else { return };
        for &conn in conns.iter().filter(|conn| **conn != skip) {
            if let Some(waiting) = self.waiting.get_mut(&conn) {
                waiting.push(Effect::Send { conn, frame: frame.clone() });
            }
        }
    }

    /// The connection is here, or will never be: what has waited for it.
    pub(super) fn arrived(&mut self, conn: ConnId) -> Vec<Effect> {
        let effects = self.waiting.remove(&conn).unwrap_or_default();
        for effect in &effects {
            if let Effect::Enter { room, .. } = effect {
                Self::exit(&mut self.entered, *room, conn);
            }
        }
        effects
    }

    fn exit(entered: &mut FxHashMap<RoomKey, Vec<ConnId>>, room: RoomKey, conn: ConnId) {
        let Some(conns) = entered.get_mut(&room) else { return };
        conns.retain(|other| *other != conn);
        if conns.is_empty() {
            entered.remove(&room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomKey = RoomKey(1);
    const CONN: ConnId = ConnId(1);

    fn sent(effects: &[Effect]) -> Vec<&[u8]> {
        let frames = effects.iter().filter_map(|effect| match effect {
            Effect::Send { frame, .. } => Some(&frame[..]),
            _ => None,
        });
        frames.collect()
    }

    #[test]
    fn a_joiner_on_its_way_misses_no_broadcast_between_entering_and_leaving() {
        let mut arrivals = Arrivals::default();
        arrivals.expect(CONN);
        arrivals.broadcast(ROOM, &Bytes::from_static(b"before"), ConnId::NONE);
        assert!(arrivals.hold(CONN, Effect::Enter { room: ROOM, conn: CONN }).is_ok());
        arrivals.broadcast(ROOM, &Bytes::from_static(b"first"), ConnId::NONE);
        arrivals.broadcast(ROOM, &Bytes::from_static(b"its own"), CONN);
        arrivals.broadcast(RoomKey(2), &Bytes::from_static(b"elsewhere"), ConnId::NONE);
        arrivals.broadcast(ROOM, &Bytes::from_static(b"second"), ConnId::NONE);
        assert!(arrivals.hold(CONN, Effect::Exit { room: ROOM, conn: CONN }).is_ok());
        arrivals.broadcast(ROOM, &Bytes::from_static(b"after"), ConnId::NONE);
        assert_eq!(sent(&arrivals.arrived(CONN)), [b"first".as_slice(), b"second"]);
        assert!(arrivals.hold(CONN, Effect::ReadOn { conn: CONN }).is_err());
        assert!(arrivals.entered.is_empty());
    }
}
