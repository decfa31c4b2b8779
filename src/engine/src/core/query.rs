//! What the application, and the workers, ask about single connections.

use std::sync::atomic::Ordering;

use super::Core;
use super::event::PongCount;
use super::session::Session;
use crate::ids::ConnId;

/// The original's number for a connection that is closed.
const CLOSED: u32 = 4;

impl Core {
    /// Status (bits 0-2), sign of life since the last heartbeat (bit 3), readonly (bit 4), dropped (bit 5), resumable (bit 6).
    pub(crate) fn status(&self, conn: ConnId) -> u32 {
        let Some(session) = self.sessions.get(&conn) else { return CLOSED };
        let member = session.status.room().and_then(|key| self.rooms.get(&key)?.members.get(&conn));
        let alive = u32::from(session.gauge.alive.load(Ordering::Relaxed));
        // As in the original: readonly until the hello says otherwise.
        let readonly = u32::from(member.is_none_or(|member| member.readonly));
        let dropped = u32::from(session.is_dropped());
        let resumable = u32::from(session.is_resumable());
        session.status.number() | alive << 3 | readonly << 4 | dropped << 5 | resumable << 6
    }

    /// Whether frames may still be queued for the client.
    pub(crate) fn is_open(&self, conn: ConnId) -> bool {
        self.session(conn).is_some_and(|session| session.status.is_open())
    }

    /// JSON of the id of the room that the client is in.
    pub(crate) fn room_of(&self, conn: ConnId) -> String {
        let room = self.session(conn).and_then(|session| self.rooms.get(&session.status.room()?));
        room.map(|room| room.id.to_string()).unwrap_or_default()
    }

    pub(crate) fn info(&self, conn: ConnId) -> String {
        self.session(conn).map(|session| session.info.to_string()).unwrap_or_default()
    }

    pub(crate) fn queued(&self, conn: ConnId) -> usize {
        self.session(conn).map_or(0, |session| session.gauge.queued.load(Ordering::Relaxed))
    }

    pub(crate) fn watch(&mut self, conn: ConnId, pongs: bool) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.watched = true;
            session.pongs = pongs.then(PongCount::default);
        }
    }

    fn session(&self, conn: ConnId) -> Option<&Session> {
        self.sessions.get(&conn)
    }
}
