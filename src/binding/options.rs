//! Options and upgrade requests as JavaScript gives them.

use std::time::Duration;

use napi_derive::napi;
use room_engine::websocket::UpgradeRequest;
use room_engine::{Config, Meta, Rate};

/// What can be set on a server; an absent option keeps the engine's default.
#[napi(object)]
#[derive(Default)]
pub struct NativeOptions {
    pub hello_timeout_ms: Option<f64>,
    pub heartbeat_interval_ms: Option<f64>,
    pub max_hello_bytes: Option<f64>,
    pub max_message_bytes: Option<f64>,
    pub max_buffered_bytes: Option<f64>,
    pub pending_messages: Option<u32>,
    pub threads: Option<u32>,
    pub max_clients_per_room: Option<f64>,
    pub max_rooms: Option<f64>,
    pub max_state_bytes: Option<f64>,
    pub max_client_state_bytes: Option<f64>,
    /// Messages a second for one client.
    pub rate: Option<f64>,
    /// Messages at once; twice the rate if absent.
    pub burst: Option<f64>,
    pub ordered_changes: Option<bool>,
    pub empty_room_ttl_ms: Option<f64>,
    /// Payloads from so many bytes on are compressed; absent: none are.
    pub compress_from: Option<f64>,
    /// 0: nobody's session can be resumed.
    pub resume_ms: Option<f64>,
    pub resume_bytes: Option<f64>,
    pub max_dropped: Option<f64>,
    /// `error`, `warn`, `info`, `debug` or `trace`; absent: no records.
    pub log_level: Option<String>,
}

impl From<NativeOptions> for Config {
    fn from(options: NativeOptions) -> Self {
        let default = Self::default();
        Self {
            hello_timeout: duration(options.hello_timeout_ms, default.hello_timeout),
            heartbeat_interval: duration(options.heartbeat_interval_ms, default.heartbeat_interval),
            max_hello_bytes: bytes(options.max_hello_bytes, default.max_hello_bytes),
            max_message_bytes: bytes(options.max_message_bytes, default.max_message_bytes),
            max_buffered_bytes: bytes(options.max_buffered_bytes, default.max_buffered_bytes),
            pending_messages: options.pending_messages.unwrap_or(default.pending_messages).max(1),
            threads: options
                .threads
                .map_or(default.threads, |threads| threads as usize)
                .clamp(1, 64),
            max_clients_per_room: bytes(options.max_clients_per_room, default.max_clients_per_room),
            max_rooms: bytes(options.max_rooms, default.max_rooms),
            max_state_bytes: bytes(options.max_state_bytes, default.max_state_bytes),
            max_client_state_bytes: bytes(
                options.max_client_state_bytes,
                default.max_client_state_bytes,
            ),
            rate: rate(options.rate, options.burst),
            ordered_changes: options.ordered_changes.unwrap_or(default.ordered_changes),
            compress_from: options.compress_from.map(|size| bytes(Some(size), 0)),
            resume_for: duration(options.resume_ms, default.resume_for),
            resume_bytes: bytes(options.resume_bytes, default.resume_bytes),
            max_dropped: bytes(options.max_dropped, default.max_dropped),
            empty_room_ttl: options.empty_room_ttl_ms.map(|ms| duration(Some(ms), Duration::MAX)),
            #[cfg(feature = "conformance")]
            echo: true,
        }
    }
}

fn rate(per_second: Option<f64>, burst: Option<f64>) -> Option<Rate> {
    let per_second = per_second.filter(|rate| rate.is_finite() && *rate > 0.0)?;
    let burst = burst.filter(|burst| burst.is_finite()).unwrap_or(per_second * 2.0).max(1.0);
    Some(Rate { per_second, burst })
}

fn duration(ms: Option<f64>, default: Duration) -> Duration {
    ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()).unwrap_or(default)
}

/// Infinity, and what else is past the largest size, means no limit.
fn bytes(count: Option<f64>, default: usize) -> usize {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, which is what is meant"
    )]
    count.filter(|count| !count.is_nan()).map_or(default, |count| count as usize)
}

/// An upgrade request's parts; see docs/BINDING.md.
#[napi(object)]
pub struct NativeUpgrade {
    pub method: String,
    pub upgrade: Option<String>,
    pub key: Option<String>,
    pub version: Option<String>,
    pub protocol: Option<String>,
    pub extensions: Option<String>,
    pub info: String,
    pub group: u32,
}

impl NativeUpgrade {
    pub(super) fn split(self) -> (UpgradeRequest, Meta) {
        let Self { method, upgrade, key, version, protocol, extensions, info, group } = self;
        (
            UpgradeRequest { method, upgrade, key, version, protocol, extensions },
            Meta { info, group },
        )
    }
}
