//! Readiness of all sockets of a worker at once.
//!
//! tokio's own sockets wake a task each. A worker wants the opposite: one wake-up with the list of all sockets that have
//! something, so that what they cause can be written together. So the sockets stand in a poller of the worker's own, and that
//! poller is the one descriptor that tokio's reactor watches.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::transport::Transport;

/// What a socket is ready for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) slot: u32,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The peer has ended: nothing will be announced any more, so what is there has to be read to the end.
    pub(super) ended: bool,
}

/// So many sockets are served in one turn; the rest are ready still in the next one.
const EVENTS: usize = 1024;

#[cfg(unix)]
pub(super) use unix::Reactor;
#[cfg(unix)]
pub(crate) use unix::Waker;

#[cfg(unix)]
mod unix {
    use std::os::fd::AsRawFd;

    use mio::unix::SourceFd;
    use mio::{Interest, Token};
    use tokio::io::unix::AsyncFd;

    use super::{Duration, EVENTS, Instant, Ready, Transport, io};

    const WAKE: Token = Token(usize::MAX);

    pub(crate) struct Waker(mio::Waker);

    impl Waker {
        pub(crate) fn wake(&self) {
            if let Err(error) = self.0.wake() {
                tracing::error!(%error, "a worker can't be woken");
            }
        }
    }

    pub(in crate::worker) struct Reactor {
        poll: AsyncFd<mio::Poll>,
        registry: mio::Registry,
        events: mio::Events,
    }

    impl Reactor {
        /// Must be called within the worker's runtime.
        pub(in crate::worker) fn new() -> io::Result<(Self, Waker)> {
            let poll = mio::Poll::new()?;
            let registry = poll.registry().try_clone()?;
            let waker = Waker(mio::Waker::new(&registry, WAKE)?);
            #[allow(
                deprecated,
                reason = "the successor is unsafe for types that may change their descriptor: a Poll never does"
            )]
            let poll = AsyncFd::with_interest(poll, tokio::io::Interest::READABLE)?;
            Ok((Self { poll, registry, events: mio::Events::with_capacity(EVENTS) }, waker))
        }

        pub(in crate::worker) fn register(
            &self,
            transport: &Transport,
            slot: u32,
        ) -> io::Result<()> {
            match transport {
                Transport::Socket(socket) => self.registry.register(
                    &mut SourceFd(&socket.as_raw_fd()),
                    Token(slot as usize),
                    Interest::READABLE | Interest::WRITABLE,
                ),
                Transport::Relay { .. } | Transport::Parked => Ok(()),
            }
        }

        pub(in crate::worker) fn deregister(&self, transport: &Transport) {
            if let Transport::Socket(socket) = transport {
                // Fails only for a socket that never got registered.
                let _ = self.registry.deregister(&mut SourceFd(&socket.as_raw_fd()));
            }
        }

        /// Waits until something is ready or somebody wakes the worker, at most until `until`.
        pub(in crate::worker) async fn wait(
            &mut self,
            until: Option<Instant>,
            ready: &mut Vec<Ready>,
        ) {
            // Under load there is something already, and another poll, that of tokio's reactor, isn't needed to find it.
            if self.poll_now(ready) {
                return;
            }
            let Some(until) = until else { return self.readable(ready).await };
            tokio::select! {
                biased;
                () = self.readable(ready) => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }

        async fn readable(&mut self, ready: &mut Vec<Ready>) {
            let Ok(mut guard) = self.poll.readable_mut().await else { return };
            if let Err(error) = guard.get_inner_mut().poll(&mut self.events, Some(Duration::ZERO)) {
                tracing::error!(%error, "polling failed");
            }
            let count = self.events.iter().count();
            // Fewer than asked for: the poller is drained, and says so anew when something comes.
            if count < EVENTS {
                guard.clear_ready();
            }
            collect(&self.events, ready);
        }

        /// What is ready now. Whether there is anything, be it only that somebody has woken the worker.
        pub(in crate::worker) fn poll_now(&mut self, ready: &mut Vec<Ready>) -> bool {
            if self.poll.get_mut().poll(&mut self.events, Some(Duration::ZERO)).is_err() {
                return false;
            }
            collect(&self.events, ready);
            !self.events.is_empty()
        }
    }

    fn collect(events: &mio::Events, ready: &mut Vec<Ready>) {
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let readable = event.is_readable() || event.is_read_closed() || event.is_error();
            let slot = u32::try_from(event.token().0).unwrap_or(u32::MAX);
            let ended = event.is_read_closed() || event.is_error();
            ready.push(Ready { slot, readable, writable: event.is_writable(), ended });
        }
    }
}

#[cfg(not(unix))]
pub(super) use relay_only::Reactor;
#[cfg(not(unix))]
pub(crate) use relay_only::Waker;

/// Where sockets can't be taken over, all of them are relayed and nothing is polled.
#[cfg(not(unix))]
mod relay_only {
    use std::sync::Arc;

    use super::{Instant, Ready, Transport, io};

    pub(crate) struct Waker(Arc<tokio::sync::Notify>);

    impl Waker {
        pub(crate) fn wake(&self) {
            self.0.notify_one();
        }
    }

    pub(in crate::worker) struct Reactor(Arc<tokio::sync::Notify>);

    impl Reactor {
        pub(in crate::worker) fn new() -> io::Result<(Self, Waker)> {
            let notify = Arc::new(tokio::sync::Notify::new());
            Ok((Self(Arc::clone(&notify)), Waker(notify)))
        }

        pub(in crate::worker) fn register(
            &self,
            _transport: &Transport,
            _slot: u32,
        ) -> io::Result<()> {
            Ok(())
        }

        pub(in crate::worker) fn deregister(&self, _transport: &Transport) {}

        pub(in crate::worker) async fn wait(
            &mut self,
            until: Option<Instant>,
            _ready: &mut Vec<Ready>,
        ) {
            let Some(until) = until else { return self.0.notified().await };
            tokio::select! {
                biased;
                () = self.0.notified() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }

        pub(in crate::worker) fn poll_now(&mut self, _ready: &mut Vec<Ready>) {}
    }
}
