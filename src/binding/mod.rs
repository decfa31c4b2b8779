//! The addon's classes.

mod options;
mod server;
mod takeover;
mod wake;
