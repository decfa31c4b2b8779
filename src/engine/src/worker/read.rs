//! From bytes to messages.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::Worker;
use super::bucket::Bucket;
use super::closing::NO_CODE;
use super::counting::{confirm, count, is_owed};
use super::replay::Replay;
use super::socket::Phase;
use crate::config::Rate;
use crate::core::{Effect, Flow, Inbound, is_transient};
use crate::guard::Step;
use crate::ids::ConnId;
use crate::protocol::CloseReason;
use crate::websocket::{Incoming, Limits, frame};

/// So many buffers of one socket are read in a turn before it is others' turn.
const READS: usize = 4;

/// What became of a chunk of bytes.
#[derive(PartialEq, Eq)]
enum Fed {
    /// All is handled.
    All,
    /// The rest waits in the socket's stash.
    Paused,
}

impl Worker {
    /// Reads and handles what a socket has.
    pub(super) fn read(&mut self, slot: u32) {
        let Some(socket) = self.slots.get(slot) else { return };
        self.begin(Step::Read, socket.conn);
        let mut scratch = std::mem::take(&mut self.scratch);
        let result = self.read_into(slot, &mut scratch);
        self.scratch = scratch;
        if result.is_err() {
            self.end(slot);
        }
    }

    fn read_into(&mut self, slot: u32, scratch: &mut [u8]) -> io::Result<()> {
        if !self.feed_stash(slot)? {
            return Ok(());
        }
        for _ in 0..READS {
            let Some(socket) = self.slots.get_mut(slot).filter(|socket| !socket.paused) else {
                return Ok(());
            };
            let count = match socket.transport.read(scratch) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.drained(slot);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            socket.gauge.alive.store(true, Ordering::Relaxed);
            let ended = socket.peer_ended;
            self.tally.bytes_in += count as u64;
            if self.feed(slot, &mut scratch[..count])? == Fed::Paused {
                return Ok(());
            }
            // The poller speaks up again for what comes after this, but the end it announces only once.
            if count < scratch.len() && !ended {
                self.drained(slot);
                return Ok(());
            }
        }
        self.again.push(slot);
        Ok(())
    }

    /// Handles what had been put aside. Whether reading may go on.
    fn feed_stash(&mut self, slot: u32) -> io::Result<bool> {
        let Some(socket) = self.slots.get_mut(slot).filter(|socket| !socket.paused) else {
            return Ok(false);
        };
        if socket.stash.is_empty() {
            return Ok(true);
        }
        let mut stash = std::mem::take(&mut socket.stash);
        Ok(self.feed(slot, &mut stash)? == Fed::All)
    }

    /// A relayed socket that had to stop may go on, and ends here if it has ended.
    fn drained(&mut self, slot: u32) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if let Some(conn) = socket.transport.resume_relay() {
            self.hub.lock().relay_flow(conn, false);
        }
        if socket.transport.has_more() {
            self.again.push(slot);
        }
    }

    fn feed(&mut self, slot: u32, mut input: &mut [u8]) -> io::Result<Fed> {
        loop {
            let Some(socket) = self.slots.get_mut(slot) else { return Ok(Fed::All) };
            if socket.heard_out {
                return Ok(Fed::All);
            }
            let config = &self.hub.config;
            let limit =
                if socket.greeted { config.max_message_bytes } else { config.max_hello_bytes };
            let (conn, phase, first) = (socket.conn, socket.phase, !socket.greeted);
            let limits = Limits { max_message: limit, deflate: socket.deflate };
            match socket.decoder.next(&mut input, limits) {
                Ok(None) => return Ok(Fed::All),
                Ok(Some(Incoming::Text(_) | Incoming::Binary(_))) if phase != Phase::Open => {}
                Ok(Some(incoming @ (Incoming::Text(_) | Incoming::Binary(_)))) => {
                    self.tally.messages_in += 1;
                    socket.greeted = true;
                    let free = first || is_owed(socket.replay.as_deref(), incoming);
                    if !free && is_too_fast(&mut socket.bucket, config.rate, self.start) {
                        self.too_fast(slot);
                        continue;
                    }
                    let flow = message(&self.hub, conn, first, incoming, &mut socket.replay);
                    if self.after_message(slot, first, flow, input) {
                        return Ok(Fed::Paused);
                    }
                }
                Ok(Some(Incoming::Ping(payload))) => {
                    let pong = frame::pong(payload);
                    self.answer_ping(slot, pong);
                }
                Ok(Some(Incoming::Pong(payload))) => {
                    if let Some(replay) = &mut socket.replay {
                        confirm(&self.hub, conn, replay, true);
                    }
                    self.hub.lock().pong(conn, payload);
                }
                Ok(Some(Incoming::Close(close))) => {
                    let (code, reason) = close.unwrap_or((NO_CODE, ""));
                    socket.end = (code, reason.into());
                    self.heard_out(slot, Effect::PeerClosed { conn });
                }
                Err(error) => self.heard_out(slot, Effect::PeerBroke { conn, error }),
            }
        }
    }

    /// Whether reading pauses here; the rest of the input is put aside then.
    fn after_message(&mut self, slot: u32, first: bool, flow: Flow, rest: &[u8]) -> bool {
        if first {
            self.cancel_hello_deadline(slot);
        }
        match flow {
            Flow::Continue => return false,
            Flow::Pause => {
                if let Some(socket) = self.slots.get_mut(slot) {
                    socket.paused = true;
                    socket.stash = rest.to_vec();
                }
            }
            Flow::Graft(graft) => self.send_graft(slot, graft, rest),
        }
        true
    }

    fn too_fast(&mut self, slot: u32) {
        let reason = CloseReason::new(4101, "too fast: more messages than the rate limit allows");
        let Some(socket) = self.slots.get(slot) else { return };
        if socket.replay.as_ref().is_some_and(|replay| replay.has_begun()) {
            // At once, so that what comes behind is not taken in its place.
            return self.close_passing(slot, reason.code, &reason.text);
        }
        let conn = socket.conn;
        self.hub.lock().fail(conn, reason);
    }

    /// A client that doesn't read gets the pong for its latest ping only (RFC 6455, 5.5.3): pings can't fill the memory.
    fn answer_ping(&mut self, slot: u32, pong: bytes::Bytes) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        if socket.blocked {
            socket.pong = Some(pong);
        } else {
            // One that is still owed is for an earlier ping.
            socket.pong = None;
            socket.push(&pong, &mut self.pool);
            self.mark_dirty(slot);
        }
    }

    /// The peer's close frame, or a frame that broke the protocol: nothing that it sends is looked at any more.
    fn heard_out(&mut self, slot: u32, answer: Effect) {
        let Some(socket) = self.slots.get_mut(slot) else { return };
        socket.heard_out = true;
        let conn = socket.conn;
        if conn.is_ghost() {
            return self.apply_to_slot(slot, answer);
        }
        let passing = matches!(answer, Effect::PeerClosed { .. }) && is_transient(socket.end.0);
        self.hub.lock().heard_out(conn, answer, passing);
    }
}

/// Parses outside the lock, decides under it. Binary messages are read as text, as the original does.
fn message(
    hub: &super::Hub,
    conn: ConnId,
    first: bool,
    incoming: Incoming<'_>,
    replay: &mut Option<Box<Replay>>,
) -> Flow {
    #[cfg(feature = "conformance")]
    if hub.config.echo {
        return super::echo::message(hub, conn, incoming);
    }
    let text = match incoming {
        Incoming::Text(text) => Cow::Borrowed(text),
        Incoming::Binary(bytes) => String::from_utf8_lossy(bytes),
        Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Close(_) => return Flow::Continue,
    };
    let inbound = Inbound::parse(first, &text);
    if (first || replay.is_some()) && count(hub, conn, &inbound, replay) {
        return Flow::Continue;
    }
    hub.message(conn, inbound, &text)
}

/// Judged before the message is parsed.
fn is_too_fast(bucket: &mut Option<Bucket>, rate: Option<Rate>, start: Instant) -> bool {
    let Some(rate) = rate else { return false };
    let now = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    !bucket.get_or_insert_with(|| Bucket::new(rate, now)).take(rate, now)
}
