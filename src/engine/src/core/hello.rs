//! From a hello to a place in a room.

use super::commit::CLIENT_STATE_TOO_LARGE;
use super::hook;
use super::joins::Join;
use super::member::Member;
use super::room::{Deferred, Room};
use super::session::{Place, Status};
use super::{Core, Effect, Flow};
use crate::ids::{ConnId, RoomKey};
use crate::protocol::{CloseReason, HelloReq, KvStore};

/// All that is needed to let a client in. Texts are JSON fragments.
pub(crate) struct Admission<'a> {
    pub(crate) room_id: &'a str,
    pub(crate) room_protocol: Option<&'a str>,
    /// As it goes into the response; absent: a writer, and the response has none.
    pub(crate) readonly: Option<&'a str>,
    pub(crate) member: Member,
}

impl Core {
    /// A valid hello: ask the hook, or admit at once, or wait until JavaScript lets go of the room. `from`: where the hello
    /// has waited until now; it is the first in line there.
    pub(crate) fn hello(&mut self, conn: ConnId, hello: HelloReq<'_>, from: Option<Place>) -> Flow {
        if let Some(session) = self.sessions.get_mut(&conn).filter(|_| hello.ext) {
            session.ext = Some(hello.room_protocol.as_ref().into());
        }
        let room = self.by_id.get(&*hello.room_id).and_then(|key| self.rooms.get(key));
        if let Some(reason) = self.refused_by_limits(room) {
            self.fail(conn, reason);
            return Flow::Continue;
        }
        if hello.client_state.bytes() > self.config.max_client_state_bytes {
            self.fail(conn, CloseReason::error(CLIENT_STATE_TOO_LARGE));
            return Flow::Continue;
        }
        if self.has_hook(hook::HELLO) {
            self.ask_hello_hook(conn, hello.raw);
            return Flow::Continue;
        }
        if room.is_none()
            && self.has_hook(hook::LOAD)
            && !self.rooms_leased
            && (self.waiting.is_empty() || from == Some(Place::List))
        {
            self.make_room(&hello.room_id);
        }
        if let Some(place) = self.place_to_wait(&hello.room_id).filter(|place| from != Some(*place))
        {
            self.set_status(conn, Status::Held { place });
            return self.defer(place, conn, hello.raw);
        }
        let (room_id, room_protocol) = (hello.room_id, hello.room_protocol);
        self.admit(
            conn,
            Admission {
                room_id: &room_id,
                room_protocol: Some(&room_protocol),
                readonly: Some(if hello.readonly { "true" } else { "false" }),
                member: Member {
                    readonly: hello.readonly,
                    listed: !hello.readonly,
                    client_type: hello.client_type.map(|name| name.as_ref().into()),
                    client_name: hello.client_name.map(|name| name.as_ref().into()),
                    state: hello.client_state,
                },
            },
        );
        Flow::Continue
    }

    fn ask_hello_hook(&mut self, conn: ConnId, raw: &str) {
        self.set_status(conn, Status::Greeting);
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.watched = true;
        }
        self.events.push(format_args!("1,{},{raw}", conn.0));
    }

    /// Where a hello for this room has to wait, if it has to.
    fn place_to_wait(&self, room_id: &str) -> Option<Place> {
        match self.by_id.get(room_id) {
            Some(key) => {
                self.rooms.get(key).filter(|room| room.is_busy()).map(|_| Place::Room(*key))
            }
            None => (self.rooms_leased || !self.waiting.is_empty()).then_some(Place::List),
        }
    }

    /// Puts a message aside until its turn comes.
    pub(crate) fn defer(&mut self, place: Place, conn: ConnId, text: &str) -> Flow {
        self.put_aside(place, Deferred::Message { conn, text: text.into() });
        self.hold(conn, text.len())
    }

    pub(crate) fn put_aside(&mut self, place: Place, deferred: Deferred) {
        let room = match place {
            Place::Room(key) => self.rooms.get_mut(&key),
            Place::List => None,
        };
        match room {
            Some(room) => room.deferred.push_back(deferred),
            None => self.waiting.push_back(deferred),
        }
    }

    pub(crate) fn set_status(&mut self, conn: ConnId, status: Status) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.status = status;
        }
    }

    /// Lets a client in: looks the room up or makes it, answers the client, tells the others. The room's order decides: what
    /// was broadcast before is in the snapshot, what comes after is sent.
    pub(crate) fn admit(&mut self, conn: ConnId, admission: Admission<'_>) {
        if !self.sessions.get(&conn).is_some_and(|session| session.status.is_open()) {
            return;
        }
        let key = self.by_id.get(admission.room_id).copied();
        if let Some(reason) = self.refused_by_limits(key.and_then(|key| self.rooms.get(&key))) {
            return self.fail(conn, reason);
        }
        let key = key.unwrap_or_else(|| self.make_room(admission.room_id));
        let workers = self.effects.len();
        let Some(room) = self.rooms.get_mut(&key) else { return };
        tracing::debug!(conn = conn.0, room = admission.room_id, "joined");
        let entry = admission.member.listed.then(|| admission.member.announcement(conn));
        let worker = room.place(workers);
        room.insert(conn, admission.member);
        room.joins.push(Join { conn, entry });
        self.joining.push(key);
        self.set_status(conn, Status::Active { room: Some(key) });
        self.move_to(conn, worker);
        self.welcome(conn, key, admission.room_protocol, admission.readonly);
        if self.has_hook(hook::JOIN) {
            self.events.push(format_args!("10,{},{}", conn.0, key.0));
            if let Some(session) = self.sessions.get_mut(&conn) {
                session.watched = true;
            }
        }
    }

    /// Answers the hello with the room as it is now.
    fn welcome(
        &mut self,
        conn: ConnId,
        key: RoomKey,
        room_protocol: Option<&str>,
        readonly: Option<&str>,
    ) {
        let granted = self.grant_resume(conn, room_protocol, readonly);
        let (Some(session), Some(room)) = (self.sessions.get(&conn), self.rooms.get_mut(&key))
        else {
            return;
        };
        let nothing = session.ext.is_some().then_some("{}");
        let ext = granted.as_ref().map(|(_, ext)| ext.as_str()).or(nothing);
        let frame = room.welcome(conn, room_protocol, readonly, ext);
        let worker = session.worker;
        let effect = match granted {
            Some((issued, _)) => Effect::Welcome { conn, frame, issued },
            None => Effect::Send { conn, frame },
        };
        self.effect(worker, effect);
    }

    pub(crate) fn new_room(&mut self, room_id: &str, state: KvStore) -> RoomKey {
        self.last_room += 1;
        tracing::debug!(room = room_id, "room made");
        let key = RoomKey(self.last_room);
        let home = usize::try_from(self.last_room).unwrap_or(0) % self.effects.len();
        self.rooms.insert(key, Room::new(room_id, home, state));
        self.by_id.replace(room_id.into(), key);
        key
    }

    /// Has this worker serve the client's socket from here on.
    pub(crate) fn move_to(&mut self, conn: ConnId, worker: usize) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let from = std::mem::replace(&mut session.worker, worker);
        if from != worker {
            self.effect(worker, Effect::Expect { conn });
            self.effect(from, Effect::Move { conn, to: worker });
        }
    }
}
