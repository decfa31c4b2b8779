//! The end of a connection, and what its room sees of it.

use super::hook;
use super::room::{Deferred, left};
use super::session::{Place, Status};
use super::{Core, Effect};
use crate::ids::{ConnId, RoomKey};
use crate::protocol::json::quote;

impl Core {
    /// The socket is gone. Where a leave hook is set, the leave itself waits for the application.
    pub(crate) fn closed(&mut self, conn: ConnId, code: u16, reason: &str) {
        if !self.sessions.contains_key(&conn) {
            return;
        }
        // The end of a dropped one's connection was counted then.
        if !self.end_resume(conn) {
            self.count_close(code);
        }
        tracing::debug!(conn = conn.0, code, reason, "closed");
        self.closed_or_aside(conn, code, reason);
    }

    /// The end of a connection comes behind what the client sent before.
    pub(crate) fn closed_or_aside(&mut self, conn: ConnId, code: u16, reason: &str) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let place = match session.status {
            // Loading takes as long as a hook does, and who goes while a hook runs never enters.
            Status::Held { place } => Some(place).filter(|place| !self.is_loading(*place)),
            status => status.room().filter(|key| self.is_busy(*key)).map(Place::Room),
        };
        let Some(place) = place else { return self.closed_now(conn, code, reason) };
        self.put_aside(place, Deferred::Closed { conn, code, reason: reason.into() });
    }

    fn is_loading(&self, place: Place) -> bool {
        matches!(place, Place::Room(key) if self.rooms.get(&key).is_some_and(|room| room.loading))
    }

    fn is_busy(&self, key: RoomKey) -> bool {
        self.rooms.get(&key).is_some_and(super::room::Room::is_busy)
    }

    pub(crate) fn closed_now(&mut self, conn: ConnId, code: u16, reason: &str) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let (watched, room) = (session.watched, session.status.room());
        let reason = quote(reason);
        match room {
            Some(room) if self.has_hook(hook::LEAVE) => {
                self.set_status(conn, Status::Gone { room });
                self.events.push(format_args!("4,{},{code},{reason},{}", conn.0, room.0));
            }
            _ => {
                self.leave(conn);
                self.sessions.remove(&conn);
                self.shrink();
                if watched {
                    self.events.push(format_args!("4,{},{code},{reason},0", conn.0));
                }
            }
        }
    }

    /// Takes a client out of its room and tells the others: one step. False when it was in none. A session whose socket is
    /// gone ends with it.
    pub(crate) fn leave(&mut self, conn: ConnId) -> bool {
        let Some(session) = self.sessions.get_mut(&conn) else { return false };
        let (status, worker) = (session.status, session.worker);
        session.status = status.outside();
        if matches!(status, Status::Gone { .. }) {
            self.sessions.remove(&conn);
            self.shrink();
        }
        let Some(key) = status.room() else { return false };
        self.settle_joins(key);
        let Some(member) = self.rooms.get_mut(&key).and_then(|room| room.remove(conn)) else {
            return false;
        };
        tracing::debug!(conn = conn.0, "left");
        self.effect(worker, Effect::Exit { room: key, conn });
        if !member.readonly {
            self.broadcast(key, &left(conn), conn);
        }
        self.watch_if_empty(key);
        true
    }

    /// The application took the client out by hand: nobody is told.
    pub(crate) fn remove_silently(&mut self, key: RoomKey, conn: ConnId) {
        self.settle_joins(key);
        if self.rooms.get_mut(&key).and_then(|room| room.remove(conn)).is_none() {
            return;
        }
        self.detach(key, conn);
        self.watch_if_empty(key);
    }

    fn detach(&mut self, key: RoomKey, conn: ConnId) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.status = session.status.outside();
        let (worker, dropped) = (session.worker, session.is_dropped());
        self.effect(worker, Effect::Exit { room: key, conn });
        if dropped {
            // Nothing is left to come back to.
            self.terminate(conn);
        }
    }

    /// JavaScript deletes the room: a hello that waits makes it anew, but not before JavaScript has released.
    pub(crate) fn delete_by_javascript(&mut self, key: RoomKey) {
        self.rooms_leased = true;
        self.delete_room(key);
    }

    /// The room is gone: its members stay connected, in no room.
    pub(super) fn delete_room(&mut self, key: RoomKey) {
        self.settle_joins(key);
        let Some(mut room) = self.rooms.remove(&key) else { return };
        tracing::debug!(room = &*room.id, "room deleted");
        if self.config.empty_room_ttl.is_some() {
            self.effect(room.placement.home(), Effect::Unwatch { room: key });
        }
        if self.by_id.get(&room.id) == Some(&key) {
            self.by_id.remove(&room.id);
        }
        for (conn, _) in room.members.drain() {
            self.detach(key, conn);
        }
        self.shrink();
        for deferred in room.deferred {
            self.go_on(Place::Room(key), deferred);
        }
    }
}
