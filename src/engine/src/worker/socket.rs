//! One client's socket, as its worker sees it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::bucket::Bucket;
use super::outbox::{Outbox, Pool};
use super::replay::Replay;
use super::transport::Transport;
use crate::core::Gauge;
use crate::ids::{ConnId, RoomKey};
use crate::websocket::Decoder;

/// Where the closing handshake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// Our close frame is queued or sent: the peer's is awaited, messages are ignored.
    CloseSent,
    /// Both close frames have passed: the socket ends once all is written.
    Finishing,
    /// The peer broke the protocol: it was told, and whatever it sends is thrown away until it ends.
    Draining,
    /// There is no connection: the place of a session that may be resumed.
    Parked,
}

#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; what excludes one another is in `Phase`"
)]
/// A socket and all that belongs to it. It moves as a whole when its room is served by another worker.
pub(crate) struct Socket {
    pub(super) conn: ConnId,
    pub(super) transport: Transport,
    pub(super) decoder: Decoder,
    pub(super) outbox: Outbox,
    pub(super) phase: Phase,
    /// How fast the client may send; made with its first request where there is such a limit.
    pub(super) bucket: Option<Bucket>,
    /// permessage-deflate was negotiated.
    pub(super) deflate: bool,
    /// The hello has come: what comes now are requests.
    pub(super) greeted: bool,
    /// The peer's close frame came, or it broke the protocol: what follows is not looked at.
    pub(super) heard_out: bool,
    /// Reading waits for [`crate::core::Effect::ReadOn`].
    pub(super) paused: bool,
    /// The peer has ended, or the connection is broken: reading goes on to the end.
    pub(super) peer_ended: bool,
    /// Bytes that had been read when reading was paused, or that came with the upgrade.
    pub(super) stash: Vec<u8>,
    /// The socket took no more bytes; it says when it does.
    pub(super) blocked: bool,
    /// The pong that is owed once the socket takes bytes again.
    pub(super) pong: Option<Bytes>,
    /// It stands in the worker's list of sockets to flush.
    pub(super) dirty: bool,
    /// The write side was shut down.
    pub(super) shut: bool,
    /// The room whose broadcasts it gets, and its place in the worker's list of that room.
    pub(super) seat: Option<(RoomKey, usize)>,
    /// What the application is told about the end: the peer's code, or 1006.
    pub(super) end: (u16, Box<str>),
    pub(super) hello_at: Option<u64>,
    pub(super) heartbeat_at: u64,
    pub(super) close_at: Option<u64>,
    pub(super) gauge: Arc<Gauge>,
    /// The client asked for a session that can be resumed: what it was sent and has sent.
    pub(super) replay: Option<Box<Replay>>,
}

impl Socket {
    /// `first`: the answer to the upgrade request; `head`: what the client sent behind that request.
    pub(crate) fn new(
        conn: ConnId,
        transport: Transport,
        gauge: Arc<Gauge>,
        first: &[u8],
        head: &[u8],
        deflate: bool,
    ) -> Self {
        let mut outbox = Outbox::default();
        outbox.push(&Bytes::copy_from_slice(first), &mut Pool::default());
        gauge.alive.store(true, Ordering::Relaxed);
        Self {
            conn,
            transport,
            decoder: Decoder::new(),
            outbox,
            phase: Phase::Open,
            bucket: None,
            deflate,
            greeted: false,
            heard_out: false,
            paused: false,
            peer_ended: false,
            stash: head.to_vec(),
            blocked: false,
            pong: None,
            dirty: false,
            shut: false,
            seat: None,
            end: (1006, Box::default()),
            hello_at: None,
            heartbeat_at: 0,
            close_at: None,
            gauge,
            replay: None,
        }
    }

    pub(super) fn push(&mut self, frame: &Bytes, pool: &mut Pool) {
        self.outbox.push(frame, pool);
        self.note_queued();
    }

    /// Makes the length of the queue known to other threads.
    pub(super) fn note_queued(&self) {
        self.gauge.queued.store(self.outbox.queued(), Ordering::Relaxed);
    }
}
