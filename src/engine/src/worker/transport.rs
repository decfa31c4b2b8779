//! Where a client's bytes come from and go to: a socket of our own, or one that the application relays.

use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, PoisonError};

use super::outbox::Sink;
use crate::ids::ConnId;

/// So many relayed bytes may wait for the worker before the application is asked to stop reading.
const RELAY_HIGH: usize = 256 * 1024;

/// So many bytes for one relayed socket may wait for the application, however long it is busy; the rest stays in the outbox.
const RELAY_OUT: usize = 256 * 1024;

/// Bytes that the application is to write to a relayed socket.
#[derive(Debug)]
pub struct RelayWrite {
    /// The connection.
    pub conn: ConnId,
    /// What to write.
    pub data: Vec<u8>,
    /// The socket is to be ended behind them.
    pub end: bool,
}

/// What waits for the application's sockets, in order. Bounded by [`RELAY_OUT`] for each client.
pub(crate) type RelayQueue = Mutex<Vec<RelayWrite>>;

/// The two ends of a relayed connection: the application's thread and the worker.
#[derive(Debug, Default)]
pub(crate) struct RelayPort {
    /// The worker that serves it, and the connection for which it does. None while it is on its way: who arrives looks.
    served: Option<(usize, ConnId)>,
    inbound: Vec<u8>,
    ended: bool,
    /// The application's socket is closed.
    closed: bool,
    /// The application was asked to stop reading.
    pub(crate) paused: bool,
    outbound: Outbound,
}

/// What may go to the application.
#[derive(Debug, Default)]
struct Outbound {
    /// The application's socket takes no more for now.
    blocked: bool,
    /// Bytes in the queue that the application has yet to take.
    waiting: usize,
    /// The worker has more than it could put into the queue.
    starved: bool,
}

impl Outbound {
    /// How many of `size` bytes may go to the queue now.
    fn reserve(&mut self, size: usize) -> io::Result<usize> {
        let room = if self.blocked { 0 } else { RELAY_OUT.saturating_sub(self.waiting) };
        self.starved = size > room;
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let size = size.min(room);
        self.waiting += size;
        Ok(size)
    }
}

impl RelayPort {
    /// Bytes came. Whether the application has to stop reading from now on.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> bool {
        self.inbound.extend_from_slice(bytes);
        let pause = !self.paused && self.inbound.len() > RELAY_HIGH;
        self.paused |= pause;
        pause
    }

    /// The application has taken so many bytes from the queue. Whether the worker has more.
    pub(crate) fn taken(&mut self, size: usize) -> bool {
        self.outbound.waiting = self.outbound.waiting.saturating_sub(size);
        std::mem::take(&mut self.outbound.starved)
    }

    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn close(&mut self) {
        self.ended = true;
        self.closed = true;
    }

    pub(crate) fn set_blocked(&mut self, blocked: bool) {
        self.outbound.blocked = blocked;
    }

    /// Whom to tell that there is something new.
    pub(crate) fn served(&self) -> Option<(usize, ConnId)> {
        self.served
    }
}

pub(crate) type SharedPort = Arc<Mutex<RelayPort>>;

/// Locks a port. A panic while it was held can't have left it half-changed in a way that matters: it is plain bytes and flags.
pub(crate) fn lock(port: &SharedPort) -> std::sync::MutexGuard<'_, RelayPort> {
    port.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) enum Transport {
    /// A TCP or Unix socket.
    #[cfg(unix)]
    Socket(socket2::Socket),
    /// A socket of the application's.
    Relay { conn: ConnId, port: SharedPort, queue: Arc<RelayQueue> },
    /// None: the session waits for another one.
    Parked,
}

impl Transport {
    /// Reads what is there. `Ok(0)`: the peer has ended.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => io::Read::read(socket, buffer),
            Self::Relay { port, .. } => {
                let mut port = lock(port);
                if port.inbound.is_empty() {
                    return if port.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
                }
                let count = port.inbound.len().min(buffer.len());
                buffer[..count].copy_from_slice(&port.inbound[..count]);
                port.inbound.drain(..count);
                if port.inbound.is_empty() {
                    // An idle client holds no buffer.
                    port.inbound = Vec::new();
                }
                Ok(count)
            }
            Self::Parked => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Says who serves a relayed connection from now on.
    pub(super) fn serve(&self, by: Option<(usize, ConnId)>) {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => {}
            Self::Relay { port, .. } => lock(port).served = by,
            Self::Parked => {}
        }
    }

    /// The relayed connection whose reading the application was asked to stop and may take up again now.
    pub(super) fn resume_relay(&self) -> Option<ConnId> {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => None,
            Self::Relay { conn, port, .. } => {
                let mut port = lock(port);
                let resume = port.paused && port.inbound.is_empty();
                port.paused &= !resume;
                resume.then_some(*conn)
            }
            Self::Parked => None,
        }
    }

    /// Whether a relayed connection has something that no poller will announce again.
    pub(super) fn has_more(&self) -> bool {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => false,
            Self::Relay { port, .. } => {
                let port = lock(port);
                port.ended || !port.inbound.is_empty()
            }
            Self::Parked => false,
        }
    }

    /// Whether a relayed connection's socket is closed. Others say so when they are written.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => false,
            Self::Relay { port, .. } => lock(port).closed,
            Self::Parked => false,
        }
    }

    /// No more will be written.
    pub(super) fn shutdown(&self) {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => {
                // The peer may have gone meanwhile: nothing is left to be done then.
                let _ = socket.shutdown(std::net::Shutdown::Write);
            }
            Self::Relay { conn, queue, .. } => relay(queue, *conn, Vec::new(), true),
            Self::Parked => {}
        }
    }
}

fn relay(queue: &RelayQueue, conn: ConnId, data: Vec<u8>, end: bool) {
    queue.lock().unwrap_or_else(PoisonError::into_inner).push(RelayWrite { conn, data, end });
}

impl Drop for Transport {
    /// A relayed socket ends with its connection.
    fn drop(&mut self) {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => {}
            Self::Relay { .. } => self.shutdown(),
            Self::Parked => {}
        }
    }
}

impl Sink for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => socket.send(bytes),
            Self::Relay { conn, port, queue } => {
                let size = lock(port).outbound.reserve(bytes.len())?;
                relay(queue, *conn, bytes[..size].to_vec(), false);
                Ok(size)
            }
            Self::Parked => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => socket.send_vectored(slices),
            Self::Relay { .. } | Self::Parked => {
                // The first slices are as much as the queue takes at once, or all there is.
                let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
                let some: Vec<u8> = bytes.take(RELAY_OUT).collect();
                self.write(&some)
            }
        }
    }
}
