//! The rules of the room server: who may do what, who sees what, in which order. Pure: no sockets, no threads, no clock.
//!
//! One [`Core`] holds all sessions and rooms of an engine, behind one lock that is held for microseconds: parsing happens
//! before it, writing to sockets after it. What is to be done comes out as effects for the workers and events for the
//! application.
//!
//! Order is decided here and nowhere else: whatever concerns one room happens under the lock, one thing after the other, and
//! each worker carries out its effects in that order.

mod command;
mod commit;
mod effect;
mod event;
mod farewell;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hello;
pub mod hook;
mod joins;
mod lease;
mod leave;
mod life;
mod member;
mod mirror;
mod placement;
mod query;
mod request;
mod resume;
mod room;
mod session;
mod shrink;
mod stats;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use hashlink::LinkedHashMap;
use rustc_hash::FxHashMap;

use self::commit::Answer;
pub(crate) use self::effect::Effect;
use self::event::Events;
use self::placement::Placement;
use self::request::Call;
pub(crate) use self::request::Inbound;
use self::resume::Resumes;
pub(crate) use self::resume::{Graft, is_transient};
use self::room::{Deferred, Room};
pub(crate) use self::session::Gauge;
use self::session::{Session, Status};
use crate::config::Config;
use crate::guard::{self, Guarded, Step};
use crate::ids::{CallId, ConnId, RoomKey};
use crate::protocol::CloseReason;

/// The largest state of a client, whatever the settings allow: the application gets it in one text, see [`mirror`].
pub(crate) const MAX_CLIENT_STATE: usize = 128 << 20;

/// What the worker does with the rest of a client's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    /// Stop reading until [`Effect::ReadOn`].
    Pause,
    /// The connection is to become another session's.
    Graft(Box<Graft>),
}

/// All state of an engine but the sockets.
pub(crate) struct Core {
    sessions: FxHashMap<ConnId, Session>,
    rooms: FxHashMap<RoomKey, Room>,
    /// Room ids (JSON strings) in the order of creation. Hashed with a random seed: clients choose the ids.
    by_id: LinkedHashMap<Box<str>, RoomKey>,
    calls: FxHashMap<CallId, Call>,
    /// With `ordered_changes`: changes that wait for hooks, in the order in which their client sent them, with the answers that
    /// came before their turn. Like calls they may outlive the client. Bounded by `pending_messages` for each.
    ordered: FxHashMap<ConnId, VecDeque<(CallId, Option<Answer<'static>>)>>,
    /// Hellos that would make a room while JavaScript looks at the list of rooms, and what came behind them.
    waiting: VecDeque<Deferred>,
    /// Rooms with joins that were not announced yet.
    joining: Vec<RoomKey>,
    /// JavaScript is looking at the list of rooms: only JavaScript makes rooms.
    rooms_leased: bool,
    /// The rooms that JavaScript holds until its next release.
    leases: Vec<RoomKey>,
    hooks: u32,
    events: Events,
    /// Effects, a queue for each worker.
    effects: Vec<Vec<Effect>>,
    /// Bit w: worker w has effects that it may not know of.
    touched: u64,
    config: Config,
    connections: u64,
    /// Ended connections by close code. Bounded: codes have 16 bits.
    closes: FxHashMap<u16, u64>,
    resumes: Resumes,
    last_room: u64,
    last_call: u64,
    /// What is being done, and for whom.
    at: (Step, ConnId),
}

impl Core {
    pub(crate) fn new(mut config: Config) -> Self {
        config.max_client_state_bytes = config.max_client_state_bytes.min(MAX_CLIENT_STATE);
        Self {
            sessions: FxHashMap::default(),
            rooms: FxHashMap::default(),
            by_id: LinkedHashMap::new(),
            calls: FxHashMap::default(),
            ordered: FxHashMap::default(),
            waiting: VecDeque::new(),
            joining: Vec::new(),
            rooms_leased: false,
            leases: Vec::new(),
            hooks: 0,
            events: Events::default(),
            effects: (0..config.threads).map(|_| Vec::new()).collect(),
            touched: 0,
            config,
            connections: 0,
            closes: FxHashMap::default(),
            resumes: Resumes::default(),
            last_room: 0,
            last_call: 0,
            at: (Step::Call, ConnId::NONE),
        }
    }

    /// A connection was accepted. Returns its number and the worker that is to serve it until it enters a room.
    pub(crate) fn open(
        &mut self,
        info: Box<str>,
        group: u32,
        gauge: Arc<Gauge>,
    ) -> (ConnId, usize) {
        self.connections += 1;
        let conn = ConnId(self.connections);
        let worker = usize::try_from(self.connections).unwrap_or(0) % self.effects.len();
        let session = Session {
            status: Status::Waiting,
            worker,
            pending: 0,
            pending_bytes: 0,
            paused: false,
            watched: false,
            pongs: None,
            ext: None,
            resume: None,
            asked: Vec::new(),
            leaving: false,
            info,
            group,
            gauge,
        };
        tracing::debug!(conn = conn.0, "connected");
        self.sessions.insert(conn, session);
        self.effect(worker, Effect::Expect { conn });
        (conn, worker)
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> u64 {
        self.connections
    }

    /// How many there are now.
    pub(crate) fn open_connections(&self) -> usize {
        self.sessions.len()
    }

    pub(crate) fn set_hooks(&mut self, mask: u32) {
        self.hooks = mask;
    }

    fn has_hook(&self, hook: u32) -> bool {
        self.hooks & hook != 0
    }

    /// The effects for one worker, in order.
    pub(crate) fn take_effects(&mut self, worker: usize) -> Vec<Effect> {
        self.touched &= !(1 << worker);
        std::mem::take(&mut self.effects[worker])
    }

    /// Which workers have effects waiting, as bits, cleared by the call.
    pub(crate) fn take_touched(&mut self) -> u64 {
        std::mem::take(&mut self.touched)
    }

    pub(crate) fn events(&mut self) -> &mut Events {
        &mut self.events
    }

    fn effect(&mut self, worker: usize, effect: Effect) {
        self.effects[worker].push(effect);
        self.touched |= 1 << worker;
    }

    /// Queues a frame for one client, unless it is closing.
    pub(crate) fn send(&mut self, conn: ConnId, frame: Bytes) {
        if let Some(session) = self.sessions.get(&conn).filter(|session| session.status.is_open()) {
            self.effect(session.worker, Effect::Send { conn, frame });
        }
    }

    /// Queues a frame for all members of a room but `skip`.
    fn broadcast(&mut self, key: RoomKey, frame: &Bytes, skip: ConnId) {
        self.settle_joins(key);
        if let Some(placement) = self.rooms.get(&key).map(|room| room.placement) {
            self.broadcast_to(placement, key, frame, skip);
        }
    }

    fn broadcast_to(&mut self, placement: Placement, room: RoomKey, frame: &Bytes, skip: ConnId) {
        for worker in placement.workers(self.effects.len()) {
            self.effect(worker, Effect::Broadcast { room, frame: frame.clone(), skip });
        }
    }

    /// Closes a connection for a reason that its client gets to read. Once closing, further reasons are dropped.
    pub(crate) fn fail(&mut self, conn: ConnId, reason: CloseReason) {
        tracing::debug!(
            conn = conn.0,
            code = reason.code,
            reason = reason.text.as_str(),
            "closing"
        );
        self.close(conn, Some(reason.code), reason.text);
    }

    fn close(&mut self, conn: ConnId, code: Option<u16>, reason: String) {
        self.say_why(conn, code, &reason);
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        // What passes only drops such a session: the worker asks when it closes the connection.
        if !(session.is_resumable() && code.is_some_and(is_transient)) {
            let Some(status) = session.status.close() else { return };
            session.status = status;
        }
        let worker = session.worker;
        self.effect(worker, Effect::Close { conn, code, reason });
    }

    /// The peer has said its last word, which the effect answers: what was decided for it before comes first. `passing`: it
    /// may come back, so a session that can be resumed goes on.
    pub(crate) fn heard_out(&mut self, conn: ConnId, answer: Effect, passing: bool) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let worker = session.worker;
        if !(passing && session.is_resumable()) {
            self.mark_closing(conn);
        }
        self.effect(worker, answer);
    }

    /// The worker has closed or cut the connection by itself; its session ignores what may still come.
    pub(crate) fn mark_closing(&mut self, conn: ConnId) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.status = session.status.close().unwrap_or(session.status);
        }
    }

    /// Closes all connections of one http server.
    pub(crate) fn close_group(&mut self, group: u32, code: u16, reason: &str) {
        let conns: Vec<ConnId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.group == group)
            .map(|(&conn, _)| conn)
            .collect();
        for conn in conns {
            self.close(conn, Some(code), reason.to_owned());
        }
    }

    /// A pong came; JavaScript hears of it where it asked to.
    pub(crate) fn pong(&mut self, conn: ConnId, payload: &[u8]) {
        let Some(count) = self.sessions.get_mut(&conn).and_then(|session| session.pongs.as_mut())
        else {
            return;
        };
        if self.events.admit_pong(count) {
            let text = crate::protocol::json::quote(&String::from_utf8_lossy(payload));
            self.events.push(format_args!("5,{},{text}", conn.0));
        }
    }

    /// The application's socket of a relayed connection has to stop reading or may go on.
    pub(crate) fn relay_flow(&mut self, conn: ConnId, pause: bool) {
        self.events.push(format_args!("7,{},{}", conn.0, u8::from(pause)));
    }

    /// There are bytes for relayed sockets. Said once in a batch.
    pub(crate) fn relay_waits(&mut self) {
        self.events.push_relay();
    }

    /// Says for whom what follows is.
    pub(crate) fn begin(&mut self, conn: ConnId) -> ConnId {
        self.at = (Step::Rule, conn);
        #[cfg(test)]
        self.config.faults.strike(Step::Rule, conn);
        conn
    }

    /// One step by itself.
    pub(crate) fn attempt<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let result = guard::catch(|| {
            self.at = (Step::Call, ConnId::NONE);
            #[cfg(test)]
            self.config.faults.strike(Step::Call, ConnId::NONE);
            step(self)
        });
        if result.is_none() {
            self.give_up();
        }
        result
    }

    /// One more request of the client, of so many bytes, waits. Says whether reading goes on.
    fn hold(&mut self, conn: ConnId, bytes: usize) -> Flow {
        let (limit, limit_bytes) = (self.config.pending_messages, self.config.max_buffered_bytes);
        let Some(session) = self.sessions.get_mut(&conn) else { return Flow::Continue };
        session.pending += 1;
        session.pending_bytes += bytes;
        session.paused |= session.pending >= limit || session.pending_bytes >= limit_bytes;
        if session.paused { Flow::Pause } else { Flow::Continue }
    }

    /// One request less waits: a paused client may go on once half of its allowance is free.
    fn unhold(&mut self, conn: ConnId, bytes: usize) {
        let (limit, limit_bytes) = (self.config.pending_messages, self.config.max_buffered_bytes);
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.pending = session.pending.saturating_sub(1);
        session.pending_bytes = session.pending_bytes.saturating_sub(bytes);
        let is_free = session.pending <= limit / 2 && session.pending_bytes <= limit_bytes / 2;
        if session.paused && is_free {
            session.paused = false;
            let worker = session.worker;
            self.effect(worker, Effect::ReadOn { conn });
        }
        self.leave_when_done(conn);
    }
}

impl Guarded for Core {
    fn give_up(&mut self) {
        let (step, conn) = self.at;
        tracing::error!(?step, conn = conn.0, "a panic; the connection is closed");
        if guard::catch(|| self.fail(conn, guard::reason())).is_none() {
            tracing::error!(conn = conn.0, "a session that can't be ended is left behind");
        }
    }
}
