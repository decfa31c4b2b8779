//! The addon's classes.

mod log;
mod options;
mod server;
mod wake;
