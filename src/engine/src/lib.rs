//! The room engine.
pub mod protocol;
pub mod websocket;
