//! How JavaScript looks at rooms: from its first look until it releases, only JavaScript changes a room.

use super::mirror::{ClientsMirror, StateMirror};
use super::request::Inbound;
use super::room::{Deferred, Room};
use super::session::{Place, Status};
use super::{Core, Effect, Flow};
use crate::guard;
use crate::ids::{ConnId, RoomKey};
use crate::protocol::{HelloReq, KvStore, Request};

impl Core {
    /// The key of a room. Where there is none, the engine makes no room until the release.
    pub(crate) fn open_room(&mut self, id: &str) -> Option<RoomKey> {
        let key = self.by_id.get(id).copied();
        self.rooms_leased |= key.is_none();
        if let Some(room) = key.and_then(|key| self.rooms.get_mut(&key)) {
            room.seen = true;
        }
        key
    }

    /// `[[key,id],…]`; the engine makes no room until the release.
    pub(crate) fn list_rooms(&mut self) -> String {
        self.rooms_leased = true;
        self.rooms.values_mut().for_each(|room| room.seen = true);
        let pairs: Vec<String> =
            self.by_id.iter().map(|(id, key)| format!("[{},{id}]", key.0)).collect();
        format!("[{}]", pairs.join(","))
    }

    /// Makes a room in place of one that has the id. Of that one's members only `keep` come along.
    pub(crate) fn create_room(&mut self, id: &str, state: KvStore, keep: &[ConnId]) -> RoomKey {
        let old = self.by_id.get(id).copied();
        let key = self.new_room(id, state);
        if let Some(old) = old {
            self.settle_joins(old);
            for &conn in keep {
                self.carry_over(old, key, conn);
            }
            self.delete_by_javascript(old);
        }
        self.lease(key);
        self.watch_if_empty(key);
        key
    }

    fn carry_over(&mut self, old: RoomKey, key: RoomKey, conn: ConnId) {
        let Some(member) = self.rooms.get_mut(&old).and_then(|room| room.members.remove(&conn))
        else {
            return;
        };
        let workers = self.effects.len();
        let Some(room) = self.rooms.get_mut(&key) else { return };
        let worker = room.place(workers);
        room.insert(conn, member);
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.status = match session.status {
            Status::Active { .. } => Status::Active { room: Some(key) },
            Status::Closing { .. } => Status::Closing { room: Some(key) },
            Status::Gone { .. } => Status::Gone { room: key },
            other => other,
        };
        let from = session.worker;
        // What its hooks are still to answer counts for the room that it is in now.
        self.calls.values_mut().filter(|call| call.conn == conn).for_each(|call| call.room = key);
        self.effect(from, Effect::Exit { room: old, conn });
        self.move_to(conn, worker);
        self.effect(worker, Effect::Enter { room: key, conn });
    }

    /// Leases the room and says what changed in its state since the last look.
    pub(crate) fn sync_state(&mut self, key: RoomKey) -> String {
        self.lease(key);
        let Some(Room { state, state_mirror, .. }) = self.rooms.get_mut(&key) else {
            return String::new();
        };
        if let Some(mirror) = state_mirror {
            return mirror.take(state);
        }
        state_mirror.insert(StateMirror::default()).full(state)
    }

    /// Leases the room and says who came, changed and went since the last look.
    pub(crate) fn sync_clients(&mut self, key: RoomKey) -> String {
        self.lease(key);
        let Some(Room { members, clients_mirror, .. }) = self.rooms.get_mut(&key) else {
            return String::new();
        };
        if let Some(mirror) = clients_mirror {
            return mirror.take(members);
        }
        clients_mirror.insert(ClientsMirror::default()).full(members)
    }

    fn lease(&mut self, key: RoomKey) {
        if let Some(room) = self.rooms.get_mut(&key).filter(|room| !room.leased) {
            room.leased = true;
            room.seen = true;
            self.leases.push(key);
        }
    }

    /// JavaScript lets go: the workers go on with what waited.
    pub(crate) fn release(&mut self) {
        for key in std::mem::take(&mut self.leases) {
            let Some(room) = self.rooms.get_mut(&key) else { continue };
            room.leased = false;
            if !room.deferred.is_empty() {
                let worker = room.placement.home();
                self.effect(worker, Effect::Replay { place: Place::Room(key) });
            }
        }
        if std::mem::take(&mut self.rooms_leased) && !self.waiting.is_empty() {
            self.effect(0, Effect::Replay { place: Place::List });
        }
    }

    /// Goes on with what waited for the room (or the list of rooms), in order, until all is done or JavaScript
    /// looks at it again. Run by a worker.
    pub(crate) fn replay(&mut self, place: Place) {
        let next = |core: &mut Self| core.next_deferred(place);
        guard::each(self, next, |core, deferred| core.go_on(place, deferred));
    }

    fn next_deferred(&mut self, place: Place) -> Option<Deferred> {
        match place {
            Place::Room(key) => {
                let free = |room: &&mut Room| !room.leased && !room.loading;
                self.rooms.get_mut(&key).filter(free)?.deferred.pop_front()
            }
            Place::List if self.rooms_leased => None,
            Place::List => self.waiting.pop_front(),
        }
    }

    /// Does now what was put aside at `place`. What has to wait elsewhere by now goes there, so that a client's messages keep
    /// their order.
    pub(crate) fn go_on(&mut self, place: Place, deferred: Deferred) {
        self.begin(deferred.conn());
        match deferred {
            Deferred::Closed { conn, code, reason } => {
                let status = self.sessions.get(&conn).map(|session| session.status);
                if status.is_some_and(|status| status.room().map(Place::Room) == Some(place)) {
                    self.closed_now(conn, code, &reason);
                } else {
                    self.closed_or_aside(conn, code, &reason);
                }
            }
            Deferred::Admission { conn, json } => self.admit_by_hook(conn, &json),
            Deferred::Message { conn, text } => {
                self.unhold(conn, text.len());
                self.message_goes_on(place, conn, &text);
            }
        }
    }

    fn message_goes_on(&mut self, place: Place, conn: ConnId, text: &str) {
        let Some(status) = self.sessions.get(&conn).map(|session| session.status) else { return };
        match status {
            // The first message that a held client has at its place is its hello.
            Status::Held { place: held } if held == place => {
                self.set_status(conn, Status::Waiting);
                match HelloReq::parse(text) {
                    Ok(hello) => self.hello(conn, hello, Some(place)),
                    Err(reason) => {
                        self.fail(conn, reason);
                        Flow::Continue
                    }
                }
            }
            Status::Active { room: Some(key) } if Place::Room(key) == place => {
                self.request(conn, key, Request::parse(text), text)
            }
            _ => self.message(conn, Inbound::parse(false, text), text),
        };
    }
}
