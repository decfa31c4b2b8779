//! The class through which JavaScript drives an engine. Each method is a few lines over the engine's of the same name;
//! docs/BINDING.md says what they mean.

use std::sync::Arc;

use napi::bindgen_prelude::{Buffer, Env, Function, Result, Uint8Array};
use napi_derive::napi;
use room_engine::{ConnId, Engine, Host, RoomKey};
use tracing::Dispatch;

use super::log::{Log, LogSubscriber};
use super::options::{NativeOptions, NativeUpgrade};
use super::wake::Waker;

/// Bytes to write to a relayed socket.
#[napi(object)]
pub struct NativeRelayWrite {
    pub n: f64,
    pub data: Buffer,
    pub end: bool,
}

/// One room engine, bound to the JavaScript environment that made it.
#[napi]
pub struct NativeServer {
    engine: Arc<Engine>,
    log: Option<Arc<Log>>,
}

/// Numbers cross as doubles, which are exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "counters stay below 2^53")]
fn number(value: u64) -> f64 {
    value as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates; unknown numbers name nothing"
)]
fn integer(value: f64) -> u64 {
    value as u64
}

fn conn(n: f64) -> ConnId {
    ConnId(integer(n))
}

fn failed(error: std::io::Error) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}

#[napi]
impl NativeServer {
    /// Memory only: threads start with `start`.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        options: Option<NativeOptions>,
        wake: Function<'_, (), ()>,
    ) -> Result<Self> {
        let host: Arc<dyn Host> = Arc::new(Waker::new(&wake)?);
        let options = options.unwrap_or_default();
        let level = options.log_level.as_ref().and_then(|level| level.parse().ok());
        let log = level.map(|level| Arc::new(Log::new(level, Arc::clone(&host))));
        let engine = Arc::new(Engine::new(options.into(), host));
        if let Some(log) = &log {
            engine.set_log(Dispatch::new(LogSubscriber(Arc::clone(log))));
        }
        // Threads must be gone before the environment and, in worker threads, this library.
        env.add_env_cleanup_hook(Arc::downgrade(&engine), |engine| {
            if let Some(engine) = engine.upgrade() {
                engine.stop();
            }
        })?;
        Ok(Self { engine, log })
    }

    #[napi(catch_unwind)]
    pub fn start(&self) -> Result<()> {
        self.engine.start().map_err(failed)
    }

    #[napi(catch_unwind)]
    #[cfg(unix)]
    pub fn adopt(&self, fd: i32, head: Uint8Array, upgrade: NativeUpgrade) -> Result<f64> {
        let socket = socket_takeover::duplicate(fd).map_err(failed)?;
        let (request, meta) = upgrade.split();
        let conn = self.engine.adopt(socket, &head, &request, meta).map_err(failed)?;
        Ok(number(conn.0))
    }

    #[napi(catch_unwind)]
    pub fn relay(&self, head: Uint8Array, upgrade: NativeUpgrade) -> Result<f64> {
        let (request, meta) = upgrade.split();
        let conn = self.engine.relay(&head, &request, meta).map_err(failed)?;
        Ok(number(conn.0))
    }

    #[napi(catch_unwind)]
    pub fn relay_data(&self, n: f64, chunk: Uint8Array) {
        self.engine.relay_data(conn(n), &chunk);
    }

    #[napi(catch_unwind)]
    pub fn relay_end(&self, n: f64) {
        self.engine.relay_end(conn(n));
    }

    #[napi(catch_unwind)]
    pub fn relay_closed(&self, n: f64) {
        self.engine.relay_closed(conn(n));
    }

    #[napi(catch_unwind)]
    pub fn relay_blocked(&self, n: f64) {
        self.engine.relay_blocked(conn(n), true);
    }

    #[napi(catch_unwind)]
    pub fn relay_drained(&self, n: f64) {
        self.engine.relay_blocked(conn(n), false);
    }

    #[napi(catch_unwind)]
    pub fn take_relay(&self) -> Vec<NativeRelayWrite> {
        let writes = self.engine.take_relay().into_iter();
        writes
            .map(|write| NativeRelayWrite {
                n: number(write.conn.0),
                data: write.data.into(),
                end: write.end,
            })
            .collect()
    }

    #[napi]
    pub fn set_hooks(&self, mask: u32) {
        self.engine.set_hooks(mask);
    }

    #[napi]
    pub fn take(&self) -> Option<String> {
        self.engine.take()
    }

    #[napi]
    pub fn rest(&self) -> bool {
        self.engine.rest()
    }

    #[napi]
    pub fn exec(&self, commands: String) {
        self.engine.execute(&commands);
    }

    #[napi]
    pub fn open_room(&self, id: String) -> f64 {
        self.engine.open_room(&id).map_or(0.0, |key| number(key.0))
    }

    #[napi]
    pub fn rooms(&self) -> String {
        self.engine.rooms()
    }

    #[napi]
    pub fn create_room(&self, id: String, state: String, keep: Vec<f64>) -> f64 {
        let keep: Vec<ConnId> = keep.into_iter().map(conn).collect();
        number(self.engine.create_room(&id, &state, &keep).0)
    }

    #[napi]
    pub fn sync_state(&self, key: f64) -> String {
        self.engine.sync_state(RoomKey(integer(key)))
    }

    #[napi]
    pub fn sync_clients(&self, key: f64) -> String {
        self.engine.sync_clients(RoomKey(integer(key)))
    }

    #[napi]
    pub fn leave(&self, n: f64) -> bool {
        self.engine.leave(conn(n))
    }

    #[napi]
    pub fn status(&self, n: f64) -> u32 {
        self.engine.status(conn(n))
    }

    #[napi]
    pub fn room_of(&self, n: f64) -> String {
        self.engine.room_of(conn(n))
    }

    #[napi]
    pub fn info(&self, n: f64) -> String {
        self.engine.info(conn(n))
    }

    #[napi]
    pub fn queued(&self, n: f64) -> f64 {
        number(self.engine.queued(conn(n)) as u64)
    }

    #[napi]
    pub fn watch(&self, n: f64, pongs: bool) {
        self.engine.watch(conn(n), pongs);
    }

    #[napi]
    pub fn send_binary(&self, n: f64, bytes: Uint8Array) {
        self.engine.send_binary(conn(n), &bytes);
    }

    #[napi]
    pub fn connections(&self) -> f64 {
        number(self.engine.connections())
    }

    #[napi]
    pub fn open_connections(&self) -> f64 {
        number(self.engine.open_connections() as u64)
    }

    #[napi]
    pub fn dropped(&self) -> f64 {
        number(self.engine.dropped() as u64)
    }

    #[napi]
    pub fn close_some(&self, count: u32, code: u32, reason: String) -> f64 {
        let code = u16::try_from(code).unwrap_or(1001);
        number(self.engine.close_some(count as usize, code, &reason) as u64)
    }

    #[napi]
    pub fn cut_all(&self) {
        self.engine.cut_all();
    }

    #[napi(catch_unwind)]
    pub fn take_logs(&self) -> Option<String> {
        self.log.as_ref()?.take()
    }

    #[napi]
    pub fn stats(&self) -> String {
        self.engine.stats()
    }

    #[napi]
    pub fn close_group(&self, group: u32, code: u32, reason: String) {
        self.engine.close_group(group, u16::try_from(code).unwrap_or(1001), &reason);
    }

    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.engine.stop();
    }
}

/// The whole HTTP answer to an upgrade request that can't be accepted, null for one that can.
#[napi(catch_unwind)]
// napi's glue is compiled out under test, which leaves nobody who calls it.
#[cfg_attr(test, allow(dead_code))]
pub fn check_upgrade(upgrade: NativeUpgrade) -> Option<String> {
    let (request, _) = upgrade.split();
    let refusal = request.check().err()?;
    Some(String::from_utf8_lossy(&refusal.response()).into_owned())
}
