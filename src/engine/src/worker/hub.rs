//! What workers and the application's thread share: the core behind its lock, the way to wake one another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use super::counters::Counters;
use super::crew::Crew;
use super::reactor::Waker;
use super::socket::Socket;
use super::transport::RelayQueue;
use crate::config::Config;
use crate::core::{Core, Effect, Flow, Inbound};
use crate::engine::Host;
use crate::ids::ConnId;

/// What comes to a worker beside its effects.
pub(crate) enum Mail {
    /// A new socket, or one from another worker. None: it ended before it could be handed over.
    Arrive { conn: ConnId, socket: Option<Box<Socket>> },
    /// A relayed connection has bytes, has ended or takes more.
    Relay { conn: ConnId },
    /// Say goodbye to all and end.
    Stop,
}

/// How others reach a worker.
#[derive(Default)]
pub(crate) struct Port {
    /// Bounded by what is under way: sockets that move, relayed connections with news (one entry until it is read).
    inbox: Mutex<Vec<Mail>>,
    /// Nobody has to wake the worker: it was woken, or is at work and will look once more before it rests.
    awake: AtomicBool,
    pub(crate) waker: OnceLock<Waker>,
}

impl Port {
    pub(crate) fn post(&self, mail: Mail) {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        self.notify();
    }

    fn notify(&self) {
        if !self.awake.swap(true, Ordering::AcqRel)
            && let Some(waker) = self.waker.get()
        {
            waker.wake();
        }
    }

    /// The worker is at work: what has come.
    pub(super) fn take(&self) -> Vec<Mail> {
        self.awake.store(true, Ordering::Relaxed);
        std::mem::take(&mut *self.inbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The worker is about to rest: whoever comes from now on has to wake it. What came before it must look at now: whether
    /// there is mail is the answer, its effects it has to take. Both are under locks, so either it sees what another thread
    /// left there, or that thread, which had the lock later, sees that it rests.
    pub(super) fn rest(&self) -> bool {
        self.awake.store(false, Ordering::Release);
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

pub(crate) struct Hub {
    pub(crate) config: Config,
    core: Mutex<Core>,
    pub(crate) ports: Vec<Port>,
    pub(super) crew: Crew,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) relay: Arc<RelayQueue>,
    /// Sockets whose hello has opened a session, on their way to its worker. Bounded by the connections that there are.
    newcomers: Mutex<FxHashMap<ConnId, Box<Socket>>>,
    pub(crate) counters: Counters,
    /// Where log records go; nowhere unless set before the first connection.
    pub(crate) log: OnceLock<tracing::Dispatch>,
}

impl Hub {
    pub(crate) fn new(config: Config, host: Arc<dyn Host>) -> Self {
        let threads = config.threads.clamp(1, 64);
        let core = Core::new(Config { threads, ..config.clone() });
        let ports = (0..threads).map(|_| Port::default()).collect();
        Self {
            config,
            core: Mutex::new(core),
            ports,
            crew: Crew::new(threads),
            host,
            relay: Arc::default(),
            newcomers: Mutex::default(),
            counters: Counters::default(),
            log: OnceLock::new(),
        }
    }

    /// A lock that was held in a panic is taken all the same: see [`crate::guard`].
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the core, then wakes whom it has work for. None: it has panicked, and its caller, the application's thread, must
    /// not.
    pub(crate) fn with_core<T>(&self, use_core: impl FnOnce(&mut Core) -> T) -> Option<T> {
        let mut core = self.lock();
        let result = match self.log.get() {
            Some(log) => tracing::dispatcher::with_default(log, || core.attempt(use_core)),
            None => core.attempt(use_core),
        };
        core.settle_all_joins();
        let (touched, tell) = (core.take_touched(), core.events().tell());
        drop(core);
        self.wake(touched, tell);
        result
    }

    /// A socket is to become another session's: it waits here for [`Effect::Graft`].
    pub(super) fn add_newcomer(&self, socket: Box<Socket>) {
        self.newcomers().insert(socket.conn, socket);
    }

    pub(super) fn take_newcomer(&self, conn: ConnId) -> Option<Box<Socket>> {
        self.newcomers().remove(&conn)
    }

    fn newcomers(&self) -> MutexGuard<'_, FxHashMap<ConnId, Box<Socket>>> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client's message. The application is woken for the first event of a turn already, so that it works while the rest
    /// is being read; the effects wait for the turn's end.
    pub(super) fn message(&self, conn: ConnId, inbound: Inbound<'_>, text: &str) -> Flow {
        let mut core = self.lock();
        let flow = core.message(conn, inbound, text);
        let tell = core.events().tell();
        drop(core);
        self.wake(0, tell);
        flow
    }

    /// A worker's effects; wakes the others whom this worker's messages have made work for.
    pub(super) fn take_effects(&self, worker: usize) -> Vec<Effect> {
        let mut core = self.lock();
        core.settle_all_joins();
        let effects = core.take_effects(worker);
        let (touched, tell) = (core.take_touched(), core.events().tell());
        drop(core);
        self.wake(touched, tell);
        effects
    }

    /// See [`Crew::spread`].
    pub(super) fn spread(&self, worker: usize, left: usize) {
        self.crew.spread(worker, left, |other| self.ports[other].awake.load(Ordering::Relaxed));
    }

    fn wake(&self, touched: u64, tell: bool) {
        if tell {
            self.host.wake();
        }
        let mut left = touched;
        while left != 0 {
            let worker = left.trailing_zeros() as usize;
            left &= left - 1;
            self.ports[worker].notify();
        }
    }
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
