//! A connection, with what is under way on it in both directions.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::ids::ConnId;

/// From the client.
pub(super) enum Up {
    Text(String),
    Pong,
}

/// To the client.
pub(super) enum Down {
    Frame(Bytes),
    /// An answer with which the count begins, and where in all that is addressed to the client.
    Start(Bytes, usize),
    Ping,
    /// The server has closed the connection.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It serves this session.
    Serving(ConnId),
    /// Its hello has opened a session, which does not have it yet.
    OnItsWay,
    /// Another one has taken its place, or its session has ended: nobody reads it.
    Over,
}

pub(super) struct Line {
    /// The connection's number, and that of the session that it begins with.
    pub(super) conn: ConnId,
    pub(super) state: State,
    pub(super) greeted: bool,
    /// The network has cut it; the server may not know.
    pub(super) broken: bool,
    pub(super) up: VecDeque<Up>,
    pub(super) down: VecDeque<Down>,
    /// The token that was issued to it, by number, and whether a ping followed.
    pub(super) issued: Option<u32>,
    pub(super) pinged: bool,
}

impl Line {
    pub(super) fn new(conn: ConnId) -> Self {
        Self {
            conn,
            state: State::Serving(conn),
            greeted: false,
            broken: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            issued: None,
            pinged: false,
        }
    }

    /// What is sent to a connection that is cut gets lost.
    pub(super) fn send(&mut self, down: Down) {
        if !self.broken {
            self.down.push_back(down);
        }
    }
}
