//! The Node addon: binds the room engine to JavaScript.
//!
//! Three rings, imports in one direction:
//!
//! ```text
//! src/js/server   live objects, hooks, http servers      (JavaScript)
//!   -> src/binding  napi classes                          (this crate, the only Rust that knows Node)
//!     -> src/takeover the copy of a socket of Node's      (crate `socket-takeover`, the only `unsafe`)
//!     -> src/engine   protocol, rooms, sockets, timers    (crate `room-engine`, nested here; no Node in it)
//! ```
//!
//! The binding knows no rule of the protocol: it passes texts and numbers on. docs/BINDING.md describes them.

// napi's derive macros document themselves for JavaScript; what they generate is not ours to lint.
#![allow(missing_docs, unreachable_pub, clippy::must_use_candidate, clippy::needless_pass_by_value)]

#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
mod allocator;
mod binding;
