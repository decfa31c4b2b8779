//! A session that sends every message back, in the place of the room session: what a WebSocket conformance suite talks to.
//!
//! Everything around it is the room server's own: sockets, decoder, limits, outbox, control frames, errors and closing. It exists
//! only with the feature `conformance`, which no released build has, and only where [`crate::Config::echo`] asks for it.

use super::Hub;
use crate::core::Flow;
use crate::ids::ConnId;
use crate::websocket::{Incoming, frame};

/// Answers a message with itself.
pub(super) fn message(hub: &Hub, conn: ConnId, incoming: Incoming<'_>) -> Flow {
    let frame = match incoming {
        Incoming::Text(text) => frame::text(text),
        Incoming::Binary(bytes) => frame::binary(bytes),
        Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Close(_) => return Flow::Continue,
    };
    hub.lock().send(conn, frame);
    Flow::Continue
}
