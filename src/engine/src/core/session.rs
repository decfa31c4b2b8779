//! One client's session: its state, and what may follow what.
//!
//! ```text
//!   Waiting --hello, hook--> Greeting --admit--> Active --fail/close--> Closing --socket gone--> (Gone) --> removed
//!      |  \--hello, room leased--> Held --replay--> Active
//!      \--hello, no hook--> Active
//! ```
//! `Gone` lasts only where a leave hook is set: the leave takes effect when the application handles it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::event::PongCount;
use super::resume::Resumable;
use crate::ids::RoomKey;

/// Where a client's messages wait until JavaScript has released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// With a room.
    Room(RoomKey),
    /// With the list of rooms: the hello would make one.
    List,
}

/// What the worker that owns the socket writes and others read.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    /// Bytes that wait to be written.
    pub(crate) queued: AtomicUsize,
    /// Something came since the last heartbeat.
    pub(crate) alive: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Connected; the hello has not come.
    Waiting,
    /// The hello waits until JavaScript lets go.
    Held { place: Place },
    /// The hello hook runs.
    Greeting,
    /// In a room, or in none any more where the application took it out by hand.
    Active { room: Option<RoomKey> },
    /// A close frame is on its way; what the client sends is ignored. It is a member until its socket ends.
    Closing { room: Option<RoomKey> },
    /// The socket is gone; the application has yet to let the client leave the room.
    Gone { room: RoomKey },
}

impl Status {
    /// The room that the client is a member of.
    pub(crate) fn room(self) -> Option<RoomKey> {
        match self {
            Self::Active { room } | Self::Closing { room } => room,
            Self::Gone { room } => Some(room),
            Self::Waiting | Self::Held { .. } | Self::Greeting => None,
        }
    }

    /// The original's numbering, as `sws.ss.status` shows it.
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Waiting | Self::Held { .. } => 0,
            Self::Greeting => 1,
            Self::Active { .. } => 2,
            Self::Closing { .. } => 3,
            Self::Gone { .. } => 4,
        }
    }

    /// Whether frames may still be queued for the client.
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, Self::Closing { .. } | Self::Gone { .. })
    }

    /// The state after an error, an eject or a close by the application. None: it is closing already.
    pub(crate) fn close(self) -> Option<Self> {
        match self {
            Self::Waiting | Self::Held { .. } | Self::Greeting => {
                Some(Self::Closing { room: None })
            }
            Self::Active { room } => Some(Self::Closing { room }),
            Self::Closing { .. } | Self::Gone { .. } => None,
        }
    }

    /// The state after the client was taken out of its room by hand.
    pub(crate) fn outside(self) -> Self {
        match self {
            Self::Active { .. } => Self::Active { room: None },
            Self::Closing { .. } => Self::Closing { room: None },
            other => other,
        }
    }
}

/// A request that the client is to answer.
pub(crate) struct Asked {
    /// JSON string.
    pub(crate) id: Box<str>,
    /// The application still waits for the answer.
    pub(crate) wanted: bool,
}

/// One connection, from its upgrade until its socket is gone and it has left its room.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; what excludes one another is in `Status`"
)]
pub(crate) struct Session {
    pub(crate) status: Status,
    /// The worker that owns the socket, or will when a move on its way arrives.
    pub(crate) worker: usize,
    /// Requests that wait for hooks or for a leased room.
    pub(crate) pending: u32,
    /// Their bytes.
    pub(crate) pending_bytes: usize,
    /// The worker was told to pause reading.
    pub(crate) paused: bool,
    /// JavaScript has an object for this connection and wants to hear of its end.
    pub(crate) watched: bool,
    /// It wants to hear of pongs: how many it has not heard of.
    pub(crate) pongs: Option<PongCount>,
    /// The client asked for extensions: the room protocol of its hello, for an answer that refuses it.
    pub(crate) ext: Option<Box<str>>,
    /// The client asked for a session that can be resumed, and may have one.
    pub(crate) resume: Option<Box<Resumable>>,
    /// Requests that the application has sent to the client. Bounded by the application.
    pub(crate) asked: Vec<Asked>,
    /// The client wants to leave once what it asked for is answered.
    pub(crate) leaving: bool,
    /// The application's own text about the upgrade request.
    pub(crate) info: Box<str>,
    /// The http server through which it came.
    pub(crate) group: u32,
    pub(crate) gauge: Arc<Gauge>,
}

impl Session {
    /// Whether it outlives its connection: in a room, and neither closing nor about to leave.
    pub(crate) fn is_resumable(&self) -> bool {
        self.resume.is_some()
            && !self.leaving
            && matches!(self.status, Status::Active { room: Some(_) })
    }

    /// It has no connection.
    pub(crate) fn is_dropped(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| resume.is_dropped())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomKey = RoomKey(7);

    #[test]
    fn closing_keeps_the_membership_until_the_socket_is_gone() {
        let rows = [
            (Status::Waiting, Some(Status::Closing { room: None })),
            (Status::Held { place: Place::Room(ROOM) }, Some(Status::Closing { room: None })),
            (Status::Greeting, Some(Status::Closing { room: None })),
            (Status::Active { room: Some(ROOM) }, Some(Status::Closing { room: Some(ROOM) })),
            (Status::Active { room: None }, Some(Status::Closing { room: None })),
            (Status::Closing { room: Some(ROOM) }, None),
            (Status::Gone { room: ROOM }, None),
        ];
        for (before, after) in rows {
            assert_eq!(before.close(), after, "{before:?}");
        }
    }

    #[test]
    fn numbers_are_the_originals() {
        let rows = [
            (Status::Waiting, 0, true),
            (Status::Held { place: Place::List }, 0, true),
            (Status::Greeting, 1, true),
            (Status::Active { room: Some(ROOM) }, 2, true),
            (Status::Closing { room: None }, 3, false),
            (Status::Gone { room: ROOM }, 4, false),
        ];
        for (status, number, open) in rows {
            assert_eq!((status.number(), status.is_open()), (number, open), "{status:?}");
        }
    }

    #[test]
    fn taken_out_by_hand_is_in_no_room() {
        assert_eq!(Status::Active { room: Some(ROOM) }.outside(), Status::Active { room: None });
        assert_eq!(Status::Closing { room: Some(ROOM) }.outside(), Status::Closing { room: None });
        assert_eq!(Status::Greeting.outside(), Status::Greeting);
    }
}
