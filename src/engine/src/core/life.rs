//! The life of a room: loaded before its first client, watched while it is empty, disposed of.

use super::room::Deferred;
use super::session::Place;
use super::{Core, Effect, hook};
use crate::ids::RoomKey;
use crate::protocol::{CloseReason, KvStore};

impl Core {
    /// Makes a room that a client wants to enter. Where a load hook is set, everybody waits for it.
    pub(super) fn make_room(&mut self, id: &str) -> RoomKey {
        let key = self.new_room(id, KvStore::default());
        if self.has_hook(hook::LOAD)
            && let Some(room) = self.rooms.get_mut(&key)
        {
            room.loading = true;
            room.seen = true;
            self.events.push(format_args!("9,{},{id}", key.0));
        }
        key
    }

    /// The room that is being loaded, or has to be, before anybody enters it.
    pub(super) fn room_that_loads(&mut self, id: &str) -> Option<RoomKey> {
        let key = match self.by_id.get(id) {
            Some(key) => *key,
            None if self.has_hook(hook::LOAD) && self.refused_by_limits(None).is_none() => {
                self.make_room(id)
            }
            None => return None,
        };
        self.rooms.get(&key).filter(|room| room.loading).map(|_| key)
    }

    /// The load hook is done: those who wait enter.
    pub(super) fn room_loaded(&mut self, key: RoomKey) {
        let Some(room) = self.rooms.get_mut(&key).filter(|room| room.loading) else { return };
        room.loading = false;
        let worker = room.placement.home();
        self.effect(worker, Effect::Replay { place: Place::Room(key) });
        self.watch_if_empty(key);
    }

    /// The load hook failed: those who wait are refused, for now, and nothing is left of the room.
    pub(super) fn room_failed(&mut self, key: RoomKey, reason: &str) {
        let Some(room) = self.rooms.get_mut(&key).filter(|room| room.loading) else { return };
        for deferred in std::mem::take(&mut room.deferred) {
            match deferred {
                Deferred::Message { conn, .. } | Deferred::Admission { conn, .. } => {
                    self.fail(conn, CloseReason::new(4102, reason));
                }
                Deferred::Closed { conn, code, reason } => self.closed_now(conn, code, &reason),
            }
        }
        self.delete_by_javascript(key);
    }

    /// A member has gone: an empty room's time begins.
    pub(super) fn watch_if_empty(&mut self, key: RoomKey) {
        let Some(ttl) = self.config.empty_room_ttl else { return };
        let Some(room) = self.rooms.get_mut(&key).filter(|room| room.members.is_empty()) else {
            return;
        };
        room.emptied += 1;
        let (worker, since) = (room.placement.home(), room.emptied);
        let after = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        self.effect(worker, Effect::Watch { room: key, since, after });
    }

    /// The time is over. `since` tells whether the room has been empty all the while.
    pub(crate) fn room_idle(&mut self, key: RoomKey, since: u64) {
        let Some(room) = self.rooms.get(&key) else { return };
        if !room.members.is_empty() || room.emptied != since {
            return;
        }
        if self.has_hook(hook::DISPOSE) || room.seen {
            // JavaScript may be about to use it: deleted there, it never vanishes under its hands.
            self.events.push(format_args!("11,{},{}", key.0, room.id));
        } else {
            self.delete_room(key);
        }
    }
}
