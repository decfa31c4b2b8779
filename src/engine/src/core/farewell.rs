//! Closing with manners: clients that understand it are told why, and clients that ask to leave are answered.

use super::session::{Asked, Status};
use super::{Core, Room};
use crate::ids::ConnId;
use crate::protocol::json::quote;
use crate::protocol::{CloseReason, CloseReq, MessageType, PROTOCOL, unhandled};
use crate::websocket::frame;

/// The application's own close codes: 4500-4599 are final, and so told before.
const FINAL: std::ops::RangeInclusive<u16> = 4500..=4599;

/// So many requests to one client are remembered that nobody waits for any more: their answers are on their way, perhaps.
const GIVEN_UP: usize = 64;

impl Core {
    /// Before a close frame, to clients that asked for extensions: why the hello is refused, or why the client is ejected.
    pub(super) fn say_why(&mut self, conn: ConnId, code: Option<u16>, reason: &str) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let Some(room_protocol) = session.ext.as_deref() else { return };
        let text = match session.status {
            Status::Waiting | Status::Held { .. } | Status::Greeting => format!(
                "{{\"type\":0,\"protocol\":\"{PROTOCOL}\",\"roomProtocol\":{room_protocol},\"msg\":{}}}",
                quote(reason)
            ),
            Status::Active { .. } if code.is_some_and(|code| FINAL.contains(&code)) => {
                format!("{{\"type\":6,\"msg\":{}}}", quote(reason))
            }
            _ => return,
        };
        self.send(conn, frame::text(&text));
    }

    /// The client asks to leave: at once, or when what it asked for before is answered.
    pub(super) fn client_leaves(&mut self, conn: ConnId, close: CloseReq) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.leaving = true;
            if close.flush && session.pending > 0 {
                return;
            }
        }
        self.answer_leaving(conn);
    }

    /// One answer more was given: the last one that a leaving client waits for?
    pub(super) fn leave_when_done(&mut self, conn: ConnId) {
        if self.sessions.get(&conn).is_some_and(|session| session.leaving && session.pending == 0) {
            self.answer_leaving(conn);
        }
    }

    fn answer_leaving(&mut self, conn: ConnId) {
        self.send(conn, frame::text("{\"type\":7}"));
        self.close(conn, Some(1000), String::new());
    }

    /// The application has sent the client a request: an answer with this id is expected.
    pub(super) fn ask_client(&mut self, conn: ConnId, id: &str) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.watched = true;
            session.asked.push(Asked { id: id.into(), wanted: true });
        }
    }

    /// The answer is no longer waited for; one that comes all the same is no error of the client's, unless it is very late.
    pub(super) fn ask_no_more(&mut self, conn: ConnId, id: &str) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        for asked in session.asked.iter_mut().filter(|asked| *asked.id == *id) {
            asked.wanted = false;
        }
        if session.asked.iter().filter(|asked| !asked.wanted).count() > GIVEN_UP
            && let Some(oldest) = session.asked.iter().position(|asked| !asked.wanted)
        {
            session.asked.remove(oldest);
        }
    }

    /// A client answers. What it was not asked for is an error, as with the original.
    pub(super) fn client_answers(
        &mut self,
        conn: ConnId,
        id: &str,
        text: &str,
    ) -> Result<(), CloseReason> {
        let asked = self.sessions.get_mut(&conn).map(|session| &mut session.asked);
        let place = asked.as_ref().and_then(|all| all.iter().position(|asked| *asked.id == *id));
        let (Some(asked), Some(place)) = (asked, place) else {
            return Err(unhandled(MessageType::ActionResp as u8));
        };
        if asked.remove(place).wanted {
            self.events.push(format_args!("8,{},{text}", conn.0));
        }
        Ok(())
    }

    /// Closes at most so many of the open connections; how many are left that are not closing.
    pub(crate) fn close_some(&mut self, count: usize, code: u16, reason: &str) -> usize {
        let mut open: Vec<ConnId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.status.is_open())
            .map(|(&conn, _)| conn)
            .collect();
        open.sort_unstable();
        for &conn in open.iter().take(count) {
            self.close(conn, Some(code), reason.to_owned());
        }
        open.len().saturating_sub(count)
    }

    /// Ends all connections at once, without a word.
    pub(crate) fn cut_all(&mut self) {
        let mut conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        conns.sort_unstable();
        for conn in conns {
            self.terminate(conn);
        }
    }

    /// Why a client may not enter, by the limits; `room`: the room, if it is there.
    pub(super) fn refused_by_limits(&self, room: Option<&Room>) -> Option<CloseReason> {
        let full = match room {
            Some(room) => (room.members.len() >= self.config.max_clients_per_room)
                .then_some("the room is full"),
            None => {
                (self.rooms.len() >= self.config.max_rooms).then_some("there are too many rooms")
            }
        };
        full.map(|text| CloseReason::new(1013, text))
    }
}
