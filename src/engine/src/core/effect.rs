//! What the rules ask the workers to do. Each worker has one queue of effects and carries them out in order, so that
//! everything that concerns one socket happens in the order in which it was decided.

use bytes::Bytes;

use super::resume::Graft;
use super::session::Place;
use crate::ids::{ConnId, RoomKey};
use crate::websocket::FrameError;

#[derive(Debug)]
pub(crate) enum Effect {
    /// Queue a frame for one connection.
    Send { conn: ConnId, frame: Bytes },
    /// Queue the answer to a hello. The count of what is sent in the session, which can be resumed, begins behind it.
    Welcome { conn: ConnId, frame: Bytes, issued: u32 },
    /// Give a session the socket of another connection.
    Graft(Box<Graft>),
    /// Queue a frame for all who have entered the room, but `skip`.
    Broadcast { room: RoomKey, frame: Bytes, skip: ConnId },
    /// From here on the connection gets the room's broadcasts.
    Enter { room: RoomKey, conn: ConnId },
    /// From here on it does not.
    Exit { room: RoomKey, conn: ConnId },
    /// Send a close frame behind what is queued, then wait for the peer's.
    Close { conn: ConnId, code: Option<u16>, reason: String },
    /// The peer's close frame came: answer it, unless it is the answer to ours, and end. Behind what was decided before.
    PeerClosed { conn: ConnId },
    /// The peer broke the protocol: tell it why and wait for its end. Behind what was decided before.
    PeerBroke { conn: ConnId, error: FrameError },
    /// Cut the connection without a word.
    Terminate { conn: ConnId },
    /// Queue a ping.
    Ping { conn: ConnId, payload: Vec<u8> },
    /// Go on reading: the connection was paused by [`super::Flow::Pause`].
    ReadOn { conn: ConnId },
    /// Call [`super::Core::room_idle`] for this room in so many milliseconds.
    Watch { room: RoomKey, since: u64, after: u64 },
    /// The room is gone: never mind its time.
    Unwatch { room: RoomKey },
    /// The socket is on its way to this worker: keep the effects for it until it arrives.
    Expect { conn: ConnId },
    /// Hand the socket to the worker that serves its room.
    Move { conn: ConnId, to: usize },
    /// Call [`super::Core::replay`]: JavaScript has released.
    Replay { place: Place },
}
