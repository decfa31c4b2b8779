//! Workers: the threads that own the sockets.
//!
//! A worker lives in turns. In each it reads all sockets that have something, hands the messages to the core, carries out
//! the effects that are there for it by then, and writes each socket that has something queued, once. So what is busy is
//! coalesced and what is idle is served at once, and no timer sits in between.
//!
//! | file | what |
//! |---|---|
//! | `mod` | the turn |
//! | `read` | bytes to messages |
//! | `echo` | in builds for conformance suites: a session that echoes |
//! | `apply` | effects and mail to queued frames; `fanout`: a broadcast |
//! | `closing` | close frames, ours and the peer's |
//! | `flush` | queued frames to bytes; the end of sockets |
//! | `crew` | where workers run in a long fan-out; `cpus`: how a thread gets to another CPU |
//! | `timers` | hello, heartbeat, close and grace deadlines |
//! | `panics` | what a panic in one of these costs |
//! | `resume` | sockets of sessions that outlive them; `replay`: what such a session has sent and got; `counting`: what comes |
//! | `fuzzing` | in tests and for fuzz targets: resume in random programs, without sockets |

mod apply;
mod arrivals;
mod bucket;
mod closing;
mod counters;
mod counting;
mod cpus;
mod crew;
mod deadlines;
#[cfg(feature = "conformance")]
mod echo;
mod fanout;
mod flush;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hub;
mod idle_rooms;
mod outbox;
mod packing;
mod panics;
mod reactor;
mod read;
mod replay;
mod resume;
mod seats;
mod slots;
mod socket;
mod timers;
mod transport;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use self::arrivals::Arrivals;
pub(crate) use self::counters::Counters;
use self::counters::Tally;
use self::deadlines::Deadlines;
pub(crate) use self::hub::{Hub, Mail};
use self::idle_rooms::IdleRooms;
use self::outbox::Pool;
use self::packing::Packer;
use self::reactor::{Reactor, Ready};
use self::seats::Seats;
use self::slots::Slots;
pub(crate) use self::socket::Socket;
use self::timers::Kind;
pub use self::transport::RelayWrite;
pub(crate) use self::transport::{RelayPort, SharedPort, Transport, lock as lock_port};
use crate::guard::{self, Step};
use crate::ids::ConnId;

/// Bytes read in one go, into a buffer that all sockets of a worker share.
const SCRATCH: usize = 256 * 1024;

pub(crate) struct Worker {
    index: usize,
    hub: Arc<Hub>,
    reactor: Reactor,
    slots: Slots,
    seats: Seats,
    arrivals: Arrivals,
    /// Sockets with something queued, the one that waits longest first.
    dirty: VecDeque<u32>,
    /// The members, with this worker, of the largest room among them; 0 when all is written.
    widest: usize,
    /// Sockets that may have more to read though the poller will not say so again.
    again: Vec<u32>,
    pool: Pool,
    packer: Packer,
    scratch: Vec<u8>,
    deadlines: Deadlines<(ConnId, Kind)>,
    /// Rooms that are empty and may not stay: see [`crate::core::Effect::Watch`].
    idle_rooms: IdleRooms,
    /// How many sockets have lost their session: they need a number each.
    ghosts: u64,
    /// What is being done, and for whom.
    at: (Step, ConnId),
    /// What has passed in this turn, not yet added to the hub's counters.
    tally: Tally,
    start: Instant,
    stopping: bool,
}

impl Worker {
    /// Starts a worker's thread, with a tokio runtime of its own.
    pub(crate) fn spawn(
        hub: &Arc<Hub>,
        index: usize,
    ) -> std::io::Result<std::thread::JoinHandle<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let worker = {
            let _entered = runtime.enter();
            Self::new(Arc::clone(hub), index)?
        };
        std::thread::Builder::new()
            .name(format!("room-worker-{index}"))
            .spawn(move || runtime.block_on(worker.run()))
    }

    fn new(hub: Arc<Hub>, index: usize) -> std::io::Result<Self> {
        let (reactor, waker) = Reactor::new()?;
        let compress_from = hub.config.compress_from;
        // A second start of the same worker would be a bug; its waker is simply not used then.
        let _ = hub.ports[index].waker.set(waker);
        Ok(Self {
            index,
            hub,
            reactor,
            slots: Slots::default(),
            seats: Seats::default(),
            arrivals: Arrivals::default(),
            dirty: VecDeque::new(),
            widest: 0,
            again: Vec::new(),
            pool: Pool::default(),
            packer: Packer::new(compress_from),
            scratch: vec![0; SCRATCH],
            deadlines: Deadlines::default(),
            idle_rooms: IdleRooms::default(),
            ghosts: 0,
            at: (Step::Read, ConnId::NONE),
            tally: Tally::default(),
            start: Instant::now(),
            stopping: false,
        })
    }

    async fn run(mut self) {
        let hub = Arc::clone(&self.hub);
        let _log = hub.log.get().map(tracing::dispatcher::set_default);
        hub.crew.join(self.index);
        let mut ready = Vec::new();
        loop {
            let rests = self.turn(&mut ready);
            if self.stopping {
                return;
            }
            if rests && self.again.is_empty() && self.dirty.is_empty() {
                let until = self.next_deadline().map(|at| self.start + Duration::from_millis(at));
                self.reactor.wait(until, &mut ready).await;
            } else {
                self.reactor.poll_now(&mut ready);
            }
        }
    }

    /// Whether nothing has come for the worker meanwhile but what it has taken.
    fn turn(&mut self, ready: &mut Vec<Ready>) -> bool {
        self.hub.crew.note(self.index);
        let mut mail = self.hub.ports[self.index].take().into_iter();
        let mut again = std::mem::take(&mut self.again).into_iter();
        guard::each(self, |_| again.next(), Self::read);
        let mut ready = ready.drain(..);
        guard::each(self, |_| ready.next(), Self::serve);
        self.run_deadlines();
        // Effects first: a socket that arrives by mail was announced by one.
        self.apply_effects();
        guard::each(self, |_| mail.next(), Self::receive);
        self.flush();
        let rests = self.hub.ports[self.index].rest();
        // What was received or written may have caused more: a socket that is gone makes its room hear of it. And others,
        // the application above all, may have left something while the worker was at work.
        self.apply_effects();
        self.hub.counters.add(&std::mem::take(&mut self.tally));
        self.slots.end_turn();
        self.pool.trim(self.slots.len());
        rests
    }

    fn serve(&mut self, event: Ready) {
        if event.writable
            && let Some(socket) = self.slots.get_mut(event.slot).filter(|socket| socket.blocked)
        {
            socket.blocked = false;
            self.mark_dirty(event.slot);
        }
        if event.readable {
            if let Some(socket) = self.slots.get_mut(event.slot).filter(|_| event.ended) {
                socket.peer_ended = true;
            }
            self.read(event.slot);
        }
    }

    fn mark_dirty(&mut self, slot: u32) {
        if let Some(socket) = self.slots.get_mut(slot).filter(|socket| !socket.dirty) {
            socket.dirty = true;
            self.dirty.push_back(slot);
        }
    }

    /// Milliseconds since the worker's start.
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
