//! What can be set, with its defaults.

use std::time::Duration;

/// The engine's settings. The defaults of the two timers are the original's.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a connection may take to send its hello. Default 5 s.
    pub hello_timeout: Duration,
    /// Time between two pings; a client from which a whole interval brought neither pong nor data is cut. Default 10 s.
    pub heartbeat_interval: Duration,
    /// The largest hello in bytes; past it the connection is closed with 1009. Default 1 MiB.
    pub max_hello_bytes: usize,
    /// The largest message of an active client in bytes; past it 1009. Default 16 MiB.
    pub max_message_bytes: usize,
    /// How many bytes may wait for one client; the message that passes this is queued still, with the next one the client is
    /// closed with 4100, unless its socket takes what waits. Default 16 MiB.
    pub max_buffered_bytes: usize,
    /// How many requests of one client may wait for hooks (or for a leased room) before reading from it pauses. Default 1024.
    /// It pauses as well when they have `max_buffered_bytes` together.
    pub pending_messages: u32,
    /// How many clients a room may have; past it 1013. Default: no limit.
    pub max_clients_per_room: usize,
    /// How many rooms clients may make; past it 1013. Default: no limit.
    pub max_rooms: usize,
    /// How many bytes of keys and values a room's state may have (JSON text); a change past it is refused. Default: no limit.
    pub max_state_bytes: usize,
    /// The same for the state of one client; at most 128 MiB in any case.
    pub max_client_state_bytes: usize,
    /// How many messages a second one client may send; past it 4101. Default: no limit.
    pub rate: Option<Rate>,
    /// A client's changes take effect in the order in which it sent them, also where a later one's hook is done first.
    /// Default: as hooks finish.
    pub ordered_changes: bool,
    /// How long a room may be empty before it is deleted. Default: for ever.
    pub empty_room_ttl: Option<Duration>,
    /// Payloads from this size on are compressed for clients that can read that. Default: none are.
    pub compress_from: Option<usize>,
    /// How long a client that asks for it may be without a connection and keep its place. Zero: not at all. Default 30 s.
    pub resume_for: Duration,
    /// How many bytes of what was sent to such a client are held until it says that it has them; past it the oldest are let go,
    /// and a client that comes back without them gets a snapshot. Default 1 MiB.
    pub resume_bytes: usize,
    /// How many clients may be without a connection at one time; past it who loses its connection leaves at once. Default 10,000.
    pub max_dropped: usize,
    /// How many worker threads serve sockets. Default: 2 or the number of cores, the smaller.
    pub threads: usize,
    /// Send every message back and know no rooms. Default: no.
    #[cfg(feature = "conformance")]
    pub echo: bool,
    #[cfg(test)]
    pub(crate) faults: std::sync::Arc<crate::guard::Faults>,
}

/// How fast one client may send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Messages a second, over time.
    pub per_second: f64,
    /// Messages at once, after a pause.
    pub burst: f64,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            hello_timeout: Duration::from_secs(5),
            heartbeat_interval: Duration::from_secs(10),
            max_hello_bytes: 1 << 20,
            max_message_bytes: 16 << 20,
            max_buffered_bytes: 16 << 20,
            pending_messages: 1024,
            max_clients_per_room: usize::MAX,
            max_rooms: usize::MAX,
            max_state_bytes: usize::MAX,
            max_client_state_bytes: usize::MAX,
            rate: None,
            ordered_changes: false,
            empty_room_ttl: None,
            compress_from: None,
            resume_for: Duration::from_secs(30),
            resume_bytes: 1 << 20,
            max_dropped: 10_000,
            threads: cores.min(2),
            #[cfg(feature = "conformance")]
            echo: false,
            #[cfg(test)]
            faults: std::sync::Arc::default(),
        }
    }
}
