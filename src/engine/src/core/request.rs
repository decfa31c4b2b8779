//! What active clients ask for: changes and actions.

use super::hook;
use super::resume::Secret;
use super::session::{Place, Status};
use super::{Core, Flow};
use crate::ids::{CallId, ConnId, RoomKey};
use crate::protocol::{ActionReq, CloseReason, HelloReq, MessageType, Request, unhandled};

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

/// Kinds of events.
const CHANGE: u64 = 2;
const ACTION: u64 = 3;

/// What the application gets of a request.
#[derive(Clone, Copy)]
enum Values<'a> {
    /// The message.
    Message(&'a str),
    /// `action, id, data`. No member of a valid one is `true`, so that stands for one that isn't there. Values cost JavaScript
    /// less than an object with names, which it would have to copy.
    Action(&'a ActionReq<'a>),
}

impl Values<'_> {
    fn append_to(self, text: &mut String) {
        match self {
            Self::Message(message) => text.push_str(message),
            Self::Action(ActionReq { action, id, data }) => {
                text.push_str(action);
                for member in [id, data] {
                    text.push(',');
                    text.push_str(member.as_deref().unwrap_or("true"));
                }
            }
        }
    }
}

/// A request that waits for its hook.
pub(crate) struct Call {
    pub(crate) conn: ConnId,
    pub(crate) room: RoomKey,
    /// Of a change: the client may not change the room's state.
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
                return self.call(CHANGE, conn, key, text.len(), Values::Message(text));
            }
            Ok(Request::Action(action)) if self.has_hook(hook::ACTION) => {
                return self.call(ACTION, conn, key, text.len(), Values::Action(&action));
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

    /// Asks the application. `kind` is the event's, `bytes` the size of the request, `values` what it gets of it.
    fn call(
        &mut self,
        kind: u64,
        conn: ConnId,
        room: RoomKey,
        bytes: usize,
        values: Values<'_>,
    ) -> Flow {
        let readonly = kind == CHANGE && self.is_readonly(conn, room);
        self.last_call += 1;
        let call = self.last_call;
        self.calls.insert(CallId(call), Call { conn, room, readonly, bytes });
        if kind == CHANGE && self.config.ordered_changes {
            self.ordered.entry(conn).or_default().push_back((CallId(call), None));
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.watched = true;
        }
        // Not formatted: this is done for each message.
        self.events.push_with(|text| {
            for number in [kind, call, conn.0, room.0] {
                text.push_str(itoa::Buffer::new().format(number));
                text.push(',');
            }
            values.append_to(text);
        });
        self.hold(conn, bytes)
    }

    pub(crate) fn is_readonly(&self, conn: ConnId, room: RoomKey) -> bool {
        self.rooms
            .get(&room)
            .and_then(|room| room.members.get(&conn))
            .is_some_and(|member| member.readonly)
    }
}
