//! What comes from clients whose sessions can be resumed: counted before it is handled.

use super::Hub;
use super::replay::Replay;
use crate::core::Inbound;
use crate::ids::ConnId;
use crate::protocol::{CloseReason, Request};
use crate::websocket::Incoming;

/// An ACK with the largest number is shorter.
const MAX_ACK: usize = 64;

/// Counts a message, from the first one behind a hello that asks for it. Whether it was for the count alone.
pub(super) fn count(
    hub: &Hub,
    conn: ConnId,
    inbound: &Inbound<'_>,
    replay: &mut Option<Box<Replay>>,
) -> bool {
    let Some(replay) = replay else {
        if asks_to_resume(hub, inbound) {
            *replay = Some(Box::new(Replay::new(hub.config.resume_bytes)));
        }
        return false;
    };
    confirm(hub, conn, replay, false);
    match inbound {
        Inbound::Request(Ok(Request::Ack(received))) if replay.has_begun() => {
            if received.is_none_or(|received| replay.acknowledge(received).is_err()) {
                hub.lock().fail(conn, CloseReason::error("Invalid Ack"));
            }
            true
        }
        _ => {
            replay.take();
            false
        }
    }
}

fn asks_to_resume(hub: &Hub, inbound: &Inbound<'_>) -> bool {
    matches!(inbound, Inbound::Hello(Ok(hello), _) if hello.resume.is_some())
        && !hub.config.resume_for.is_zero()
}

/// What comes behind a hello shows that the client has the token that it was answered with.
pub(super) fn confirm(hub: &Hub, conn: ConnId, replay: &mut Replay, pong: bool) {
    if let Some(generation) = replay.confirm(pong) {
        hub.lock().confirm_token(conn, generation);
    }
}

/// Whether a message is the answer to an ACK, which says nothing about how fast the client is. Judged before it is parsed.
pub(super) fn is_owed(replay: Option<&Replay>, incoming: Incoming<'_>) -> bool {
    replay.is_some_and(Replay::owes)
        && matches!(incoming, Incoming::Text(text) if text.len() <= MAX_ACK && text.starts_with("{\"type\":8,"))
}
