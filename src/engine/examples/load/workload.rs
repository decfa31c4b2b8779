//! What the generator is asked to do.

use serde::Deserialize;

use crate::wire::Wire;

/// What clients do once the room is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Senders change keys; everybody hears of it.
    #[default]
    Change,
    /// Senders ask for actions; each gets its answer.
    Action,
    /// Nothing.
    Hold,
    /// Further clients come and go.
    Join,
}

/// When the next change is sent.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pace {
    /// Closed loop: every sender keeps this many outstanding; its own copy coming back lets the next one go.
    Window(usize),
    /// Closed loop over all senders together: one change at a time, each from the next sender.
    Turns,
    /// Open loop: so many in a second over all senders, at random (Poisson) moments, whatever the server does.
    Poisson(f64),
    /// Open loop, evenly spaced.
    Even(f64),
}

/// The argument of the generator. Names in JSON are in camel case.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Workload {
    /// Of the server, on 127.0.0.1.
    pub(crate) port: u16,
    pub(crate) wire: Wire,
    pub(crate) kind: Kind,
    pub(crate) pace: Pace,
    pub(crate) rooms: usize,
    /// Clients in each room.
    pub(crate) members: usize,
    /// How many of them send.
    pub(crate) senders: usize,
    /// In how many of the rooms; 0: in all.
    pub(crate) active: usize,
    /// All others are read-only.
    pub(crate) readonly: bool,
    /// Bytes of a value.
    pub(crate) payload: usize,
    /// Keys that each room has, and that senders change in turn; 0: one for each sender.
    pub(crate) keys: usize,
    /// How many further clients come and go at a time.
    pub(crate) joiners: usize,
    /// Seconds of load before the measured ones.
    pub(crate) warmup: f64,
    /// Seconds that are measured.
    pub(crate) seconds: f64,
    /// Seconds to wait after connecting, before anything else.
    pub(crate) settle: f64,
    /// Requests to the application in a second; 0: none.
    pub(crate) probe: f64,
    /// The server's process, for its CPU time and memory.
    pub(crate) server: Option<u32>,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            port: 0,
            wire: Wire::Native,
            kind: Kind::Change,
            pace: Pace::Window(1),
            rooms: 1,
            members: 10,
            senders: 1,
            active: 0,
            readonly: false,
            payload: 64,
            keys: 0,
            joiners: 32,
            warmup: 0.3,
            seconds: 0.8,
            settle: 0.1,
            probe: 0.0,
            server: None,
        }
    }
}

impl Workload {
    /// Whether senders want their own copy: closed loops need it.
    pub(crate) fn echo(&self) -> bool {
        matches!(self.pace, Pace::Window(_) | Pace::Turns)
    }

    /// How many clients get what one request causes.
    pub(crate) fn receivers(&self) -> u64 {
        match (self.kind, self.echo()) {
            (Kind::Action, _) => 1,
            (_, true) => self.members as u64,
            (_, false) => self.members as u64 - 1,
        }
    }

    /// How many members of a room the others can see.
    pub(crate) fn visible(&self) -> usize {
        if self.readonly { self.senders } else { self.members }
    }

    pub(crate) fn is_active(&self, room: usize) -> bool {
        self.active == 0 || room < self.active
    }

    /// Who sends, of those that stay.
    pub(crate) fn sends(&self, seat: usize) -> bool {
        seat < self.senders && matches!(self.kind, Kind::Change | Kind::Action)
    }
}
