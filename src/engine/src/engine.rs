//! The handle of an engine: what a binding to a host language needs.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustc_hash::FxHashMap;

use crate::config::Config;
use crate::core::{Core, Gauge};
use crate::ids::{ConnId, RoomKey};
use crate::protocol::KvStore;
use crate::websocket::UpgradeRequest;
use crate::worker::{Hub, Mail, RelayWrite, SharedPort, Socket, Transport, Worker, lock_port};

/// The application's side of an engine.
pub trait Host: Send + Sync {
    /// There are events to [`Engine::take`]. Called from any thread, once until the next [`Engine::rest`]; must not block.
    fn wake(&self);
}

/// What the application knows of a connection at its upgrade.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// A text that the engine only keeps: see [`Engine::info`].
    pub info: String,
    /// The http server through which it came: see [`Engine::close_group`].
    pub group: u32,
}

/// A room engine. Making one starts nothing: its threads start with [`Engine::start`] or the first connection.
pub struct Engine {
    hub: Arc<Hub>,
    threads: Mutex<Threads>,
    relayed: Mutex<FxHashMap<ConnId, SharedPort>>,
}

#[derive(Default)]
struct Threads {
    started: bool,
    stopped: bool,
    handles: Vec<JoinHandle<()>>,
}

impl Engine {
    /// An engine that tells `host` of what the application has to do.
    #[must_use]
    pub fn new(config: Config, host: Arc<dyn Host>) -> Self {
        Self {
            hub: Arc::new(Hub::new(config, host)),
            threads: Mutex::default(),
            relayed: Mutex::default(),
        }
    }

    /// Serves a connected socket from here on: answers the upgrade request, which must have passed
    /// [`UpgradeRequest::check`]. `head` is what the client sent behind the request.
    #[cfg(unix)]
    pub fn adopt(
        &self,
        socket: socket2::Socket,
        head: &[u8],
        request: &UpgradeRequest,
        meta: Meta,
    ) -> std::io::Result<ConnId> {
        socket.set_nonblocking(true)?;
        if socket.domain().is_ok_and(|domain| domain != socket2::Domain::UNIX) {
            // Frames are coalesced by the worker; waiting for more in the kernel only delays them.
            socket.set_tcp_nodelay(true)?;
        }
        self.open(meta, head, request, |_| Transport::Socket(socket))
    }

    /// Serves a connection whose bytes the application relays: [`Engine::relay_data`] brings them in,
    /// [`Engine::take_relay`] out.
    pub fn relay(
        &self,
        head: &[u8],
        request: &UpgradeRequest,
        meta: Meta,
    ) -> std::io::Result<ConnId> {
        let port = SharedPort::default();
        let queue = Arc::clone(&self.hub.relay);
        let shared = Arc::clone(&port);
        let mut relayed = self.relayed.lock().unwrap_or_else(PoisonError::into_inner);
        let conn =
            self.open(meta, head, request, |conn| Transport::Relay { conn, port: shared, queue })?;
        relayed.insert(conn, port);
        Ok(conn)
    }

    /// Has the engine's log records go to this subscriber, and to no other. To be called before the first connection; the
    /// first call counts.
    pub fn set_log(&self, log: tracing::Dispatch) {
        let _ = self.hub.log.set(log);
    }

    fn open(
        &self,
        meta: Meta,
        head: &[u8],
        request: &UpgradeRequest,
        transport: impl FnOnce(ConnId) -> Transport,
    ) -> std::io::Result<ConnId> {
        self.start()?;
        let gauge = Arc::new(Gauge::default());
        let opened = self.hub.with_core(|core| {
            core.open(meta.info.into_boxed_str(), meta.group, Arc::clone(&gauge))
        });
        let Some((conn, worker)) = opened else {
            return Err(std::io::Error::other("an internal error"));
        };
        let deflate = self.hub.config.compress_from.is_some() && request.offers_deflate();
        let socket = Box::new(Socket::new(
            conn,
            transport(conn),
            gauge,
            &request.response(deflate),
            head,
            deflate,
        ));
        self.hub.ports[worker].post(Mail::Arrive { conn, socket: Some(socket) });
        Ok(conn)
    }

    /// Starts the threads, unless they run. The first connection does it at the latest.
    pub fn start(&self) -> std::io::Result<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.stopped {
            return Err(std::io::Error::other("the room server has been stopped"));
        }
        if !threads.started {
            threads.started = true;
            for index in 0..self.hub.ports.len() {
                threads.handles.push(Worker::spawn(&self.hub, index)?);
            }
        }
        Ok(())
    }

    /// Sets which hooks the application has: bits of [`crate::hook`].
    pub fn set_hooks(&self, mask: u32) {
        self.core(|core| core.set_hooks(mask));
    }

    /// Takes a batch of events as JSON text, None when there are none.
    #[must_use]
    pub fn take(&self) -> Option<String> {
        self.core(|core| core.events().take())
    }

    /// The host is done with what it took. True: it will be woken for the next event. False: there is more to take, for which it
    /// isn't woken.
    #[must_use]
    pub fn rest(&self) -> bool {
        self.core(|core| core.events().rest())
    }

    /// Runs a batch of commands, one a line.
    pub fn execute(&self, commands: &str) {
        self.core(|core| core.execute(commands));
    }

    /// The key of the room with this id (a JSON string). Where there is none, the engine makes none until the application
    /// releases.
    #[must_use]
    pub fn open_room(&self, id: &str) -> Option<RoomKey> {
        self.core(|core| core.open_room(id))
    }

    /// All rooms in the order of creation, as JSON: `[[key,id],…]`. The engine makes none until the release.
    #[must_use]
    pub fn rooms(&self) -> String {
        self.hub.with_core(Core::list_rooms).unwrap_or_else(|| "[]".to_owned())
    }

    /// Makes a room with a state (a JSON object) in place of one that has the id; the members `keep` of that one come along.
    #[must_use]
    pub fn create_room(&self, id: &str, state: &str, keep: &[ConnId]) -> RoomKey {
        let state = KvStore::from_json(state).unwrap_or_default();
        self.core(|core| core.create_room(id, state, keep))
    }

    /// Leases the room: only the application changes it until it releases. What changed in the state since the last call.
    #[must_use]
    pub fn sync_state(&self, room: RoomKey) -> String {
        self.core(|core| core.sync_state(room))
    }

    /// Leases the room: who came, changed and went since the last call.
    #[must_use]
    pub fn sync_clients(&self, room: RoomKey) -> String {
        self.core(|core| core.sync_clients(room))
    }

    /// Takes a client out of its room and tells the others. False when it is in none.
    #[must_use]
    pub fn leave(&self, conn: ConnId) -> bool {
        self.core(|core| core.leave(conn))
    }

    /// Status (bits 0-2), sign of life (bit 3), readonly (bit 4), dropped (bit 5), resumable (bit 6).
    #[must_use]
    pub fn status(&self, conn: ConnId) -> u32 {
        self.core(|core| core.status(conn))
    }

    /// The id of the room that the client is in, as JSON; empty when it is in none.
    #[must_use]
    pub fn room_of(&self, conn: ConnId) -> String {
        self.core(|core| core.room_of(conn))
    }

    /// The text that came with the upgrade; empty once the connection is gone.
    #[must_use]
    pub fn info(&self, conn: ConnId) -> String {
        self.core(|core| core.info(conn))
    }

    /// Bytes queued for the client.
    #[must_use]
    pub fn queued(&self, conn: ConnId) -> usize {
        self.core(|core| core.queued(conn))
    }

    /// The application has an object for this connection: it wants to hear of its end, and of its pongs if `pongs`.
    pub fn watch(&self, conn: ConnId, pongs: bool) {
        self.core(|core| core.watch(conn, pongs));
    }

    /// How many connections there have been.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.core(|core| core.connections())
    }

    /// How many connections there are that have not ended, or whose client has not left.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.core(|core| core.open_connections())
    }

    /// How many clients have no connection and may come back. [`Engine::open_connections`] counts them.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.core(|core| core.dropped())
    }

    /// Closes at most `count` open connections, the oldest first; how many are left that are not closing.
    #[must_use]
    pub fn close_some(&self, count: usize, code: u16, reason: &str) -> usize {
        self.core(|core| core.close_some(count, code, reason))
    }

    /// Ends all connections at once, without a close frame; what is queued for them is lost. The application hears of the
    /// leaves, and further connections can be made.
    pub fn cut_all(&self) {
        self.core(Core::cut_all);
    }

    /// Figures for an operator, as JSON.
    #[must_use]
    pub fn stats(&self) -> String {
        let counters = &self.hub.counters;
        self.core(|core| core.stats(counters))
    }

    /// Queues a binary message.
    pub fn send_binary(&self, conn: ConnId, bytes: &[u8]) {
        let frame = crate::websocket::frame::binary(bytes);
        self.core(|core| core.send(conn, frame));
    }

    /// Closes all connections that came with this group.
    pub fn close_group(&self, group: u32, code: u16, reason: &str) {
        self.core(|core| core.close_group(group, code, reason));
    }

    /// Bytes came for a relayed connection.
    pub fn relay_data(&self, conn: ConnId, bytes: &[u8]) {
        self.with_port(conn, |port| {
            if port.receive(bytes) {
                self.core(|core| core.relay_flow(conn, true));
            }
        });
    }

    /// A relayed connection's peer has ended.
    pub fn relay_end(&self, conn: ConnId) {
        self.with_port(conn, crate::worker::RelayPort::end);
    }

    /// A relayed connection's socket is closed.
    pub fn relay_closed(&self, conn: ConnId) {
        self.with_port(conn, crate::worker::RelayPort::close);
        self.relayed.lock().unwrap_or_else(PoisonError::into_inner).remove(&conn);
    }

    /// A relayed connection's socket takes no more until it says so.
    pub fn relay_blocked(&self, conn: ConnId, blocked: bool) {
        self.with_port(conn, |port| port.set_blocked(blocked));
    }

    fn with_port(&self, conn: ConnId, use_port: impl FnOnce(&mut crate::worker::RelayPort)) {
        let relayed = self.relayed.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(port) = relayed.get(&conn) else { return };
        let served = {
            let mut port = lock_port(port);
            use_port(&mut port);
            port.served()
        };
        self.tell_worker(served);
    }

    /// What is to be written to relayed sockets, in order.
    #[must_use]
    pub fn take_relay(&self) -> Vec<RelayWrite> {
        let mut queue = self.hub.relay.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = std::mem::take(&mut *queue);
        drop(queue);
        let relayed = self.relayed.lock().unwrap_or_else(PoisonError::into_inner);
        for RelayWrite { conn, data, .. } in &writes {
            let Some(port) = relayed.get(conn) else { continue };
            let mut port = lock_port(port);
            if port.taken(data.len()) {
                self.tell_worker(port.served());
            }
        }
        writes
    }

    /// A relayed connection has news for the worker that serves it; one that takes it over at this time looks by itself.
    fn tell_worker(&self, served: Option<(usize, ConnId)>) {
        if let Some((worker, conn)) = served {
            self.hub.ports[worker].post(Mail::Relay { conn });
        }
    }

    /// Closes all connections with 1001 and ends the threads. No connection can be made afterwards.
    pub fn stop(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.stopped = true;
        for port in &self.hub.ports {
            port.post(Mail::Stop);
        }
        for handle in threads.handles.drain(..) {
            if handle.join().is_err() {
                tracing::error!("a worker had panicked");
            }
        }
    }

    /// A panic of ours, which must not reach the application's thread, is an answer without content.
    fn core<T: Default>(&self, use_core: impl FnOnce(&mut Core) -> T) -> T {
        self.hub.with_core(use_core).unwrap_or_default()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
