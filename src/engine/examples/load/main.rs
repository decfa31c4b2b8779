//! Load generator: plays the clients of a room server, measures it, and checks every message that arrives.
//!
//! Takes one argument, the [workload](workload) as JSON, and prints one line of JSON. One thread turns one poll loop; what clients
//! send is framed and masked once and then only patched, because the generator has to cost less than what it measures.
//!
//! | module | owns |
//! |---|---|
//! | `workload` | what to do |
//! | `run` | the phases: connect, settle, warm up, measure, drain |
//! | `generator` | the poll loop and all clients |
//! | `client`, `connection` | what one client says; its socket and buffers |
//! | `pacer`, `alarm` | who sends when |
//! | `wire`, `frame`, `stamp` | messages, WebSocket frames, the mark by which a change is recognised |
//! | `inspector`, `sequences`, `roster` | what may be wrong with a message |
//! | `tally`, `histogram` | counting |
//! | `process`, `probe` | the server from outside: CPU and memory; how fast its application answers |
//! | `report` | the line that comes out |

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures are rounded for the reader, and times in nanoseconds fit for centuries"
)]

mod alarm;
mod client;
mod connection;
mod frame;
mod generator;
mod histogram;
mod inspector;
mod pacer;
mod probe;
mod process;
mod report;
mod roster;
mod run;
mod sequences;
mod stamp;
mod tally;
mod wire;
mod workload;

use std::error::Error;
use std::io::Write;

use workload::Workload;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1).ok_or("the workload is needed, as one JSON argument")?;
    let workload: Workload = serde_json::from_str(&argument)?;
    let report = run::run(workload)?;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
