//! What active clients ask for: changes and actions.

use super::hook;
use super::resume::Secret;
use super::session::{Place, Status};
use super::{Core, Flow};
use crate::ids::{CallId, ConnId, RoomKey};
use crate::protocol::{CloseReason, HelloReq, MessageType, Request, unhandled};

/// A client's message, parsed before the lock is taken.
pub(crate) enum Inbound<'a> {
    /// With what makes a token, where the hello asks for one.
    Hello(Result<HelloReq<'a>, CloseReason>, Option<Secret>),
    Request(Result<Request<'a>, CloseReason>),
}

impl<'a> Inbound<'a> {
    /// The first message of a connection is its hello, whatever it is.
    pub(crate) fn parse(first: bool, text: &'a str) -> Self {
        if !first {
            return Self::Request(Request::parse(text));
        }
        let hello = HelloReq::parse(text);
        let asks = hello.as_ref().is_ok_and(|hello| hello.resume.is_some());
        Self::Hello(hello, asks.then(Secret::random).flatten())
    }
}

/// A request that waits for its hook.
pub(crate) struct Call {
    pub(crate) conn: ConnId,
    pub(crate) room: RoomKey,
    pub(crate) readonly: bool,
    /// The size of the request.
    pub(crate) bytes: usize,
}

impl Core {
    /// A message came. `text` is what `inbound` was parsed from.
    pub(crate) fn message(&mut self, conn: ConnId, inbound: Inbound<'_>, text: &str) -> Flow {
        let Some(status) = self.sessions.get(&conn).map(|session| session.status) else {
            return Flow::Continue;
        };
        tracing::trace!(conn = conn.0, text, "message");
        match (status, inbound) {
            (Status::Waiting, Inbound::Hello(Ok(hello), secret)) => {
                return match self.resume(conn, &hello, secret) {
                    Some(graft) => Flow::Graft(graft),
                    None => self.hello(conn, hello, None),
                };
            }
            (Status::Held { place }, _) => return self.defer(place, conn, text),
            (Status::Active { room: Some(key) }, Inbound::Request(request)) => {
                if self.rooms.get(&key).is_some_and(super::room::Room::is_busy) {
                    return self.defer(Place::Room(key), conn, text);
                }
                return self.request(conn, key, request, text);
            }
            (Status::Waiting, Inbound::Hello(Err(reason), _) | Inbound::Request(Err(reason))) => {
                self.fail(conn, reason);
            }
            (Status::Greeting, _) => {
                self.fail(conn, CloseReason::error("received message while processing hello"));
            }
            (Status::Active { .. } | Status::Waiting, _) => {
                self.fail(conn, CloseReason::error("the client is not in a room"));
            }
            (Status::Closing { .. } | Status::Gone { .. }, _) => {}
        }
        Flow::Continue
    }

    /// A request whose turn it is: the room is not busy.
    pub(crate) fn request(
        &mut self,
        conn: ConnId,
        key: RoomKey,
        request: Result<Request<'_>, CloseReason>,
        text: &str,
    ) -> Flow {
        let result = match request {
            Ok(Request::Change(_)) if self.has_hook(hook::CHANGE) => {
                return self.call(2, conn, key, text);
            }
            Ok(Request::Action(_)) if self.has_hook(hook::ACTION) => {
                return self.call(3, conn, key, text);
            }
            Ok(Request::Change(change)) => self.commit_request(conn, key, change),
            Ok(Request::Action(_)) => Err(CloseReason::error("unhandled actions")),
            Ok(Request::Answer(id)) => self.client_answers(conn, &id, text),
            Ok(Request::Close(close)) => {
                self.client_leaves(conn, close);
                Ok(())
            }
            Ok(Request::Ack(_)) => Err(unhandled(MessageType::Ack as u8)),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = result {
            self.fail(conn, reason);
        }
        Flow::Continue
    }

    /// Asks the application. `kind` is the event's.
    fn call(&mut self, kind: u32, conn: ConnId, room: RoomKey, text: &str) -> Flow {
        let readonly = self.is_readonly(conn, room);
        self.last_call += 1;
        let call = self.last_call;
        self.calls.insert(CallId(call), Call { conn, room, readonly, bytes: text.len() });
        if kind == 2 && self.config.ordered_changes {
            self.ordered.entry(conn).or_default().push_back((CallId(call), None));
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.watched = true;
        }
        self.events.push(format_args!("{kind},{call},{},{},{text}", conn.0, room.0));
        self.hold(conn, text.len())
    }

    pub(crate) fn is_readonly(&self, conn: ConnId, room: RoomKey) -> bool {
        self.rooms
            .get(&room)
            .and_then(|room| room.members.get(&conn))
            .is_some_and(|member| member.readonly)
    }
}
