//! The room engine: everything about live rooms that needs neither Node nor JavaScript.
//!
//! # Layout
//!
//! | module | owns | never knows |
//! |---|---|---|
//! | [`protocol`] | the JSON messages: parsing, validation, key-value stores | sockets, rooms |
//! | [`websocket`] | RFC 6455: handshake, frames, the incremental decoder | JSON, rooms |
//! | `core` | sessions, rooms, calls to hooks: all rules, behind one lock | sockets, threads, time |
//! | `worker` | sockets, buffers, timers: one thread each, with its own tokio runtime | the rules |
//! | [`engine`](Engine) | the handle that ties them together | JavaScript |
//!
//! A message travels `worker` (bytes) -> `websocket` (frame) -> `protocol` (request) -> `core` (rule), and comes back as
//! effects that the workers carry out. Where the application has set a hook, `core` writes an event instead, and the
//! application's answer comes back as a command.

// The vocabulary of the loopback tests, which some unit tests use too, names the crate as others see it.
#[cfg(test)]
extern crate self as room_engine;

mod config;
mod core;
mod engine;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod guard;
mod ids;
pub mod protocol;
pub mod websocket;
mod worker;

pub use crate::config::{Config, Rate};
pub use crate::core::hook;
pub use crate::engine::{Engine, Host, Meta};
pub use crate::ids::{ConnId, RoomKey};
pub use crate::worker::RelayWrite;
