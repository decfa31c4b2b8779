//! A client that counts as docs/resume.md says, and comes back whenever it was cut.

use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::{Value, json};

use super::line::{Down, State, Up};
use super::server::{Server, payload};
use super::{Input, Result};
use crate::ids::ConnId;

#[derive(Default)]
pub(super) struct Client {
    line: Option<usize>,
    /// Its hello on this line was answered.
    answered: bool,
    session: Option<ConnId>,
    /// The tokens of its session that it has seen, the newest last.
    tokens: Vec<String>,
    /// Where in all that is addressed to it the next message has to be from.
    next: usize,
    /// Messages since the answer with which the count began.
    received: u64,
    /// How many messages it has sent in its session.
    sent: u64,
    /// The last of them, which the server may not have.
    held: VecDeque<u64>,
}

pub(super) fn hello(token: Option<&str>, received: u64) -> String {
    let resume = token.map_or(json!({}), |token| json!({"token": token, "received": received}));
    json!({
        "protocol": "websocket-room-server:1",
        "roomProtocol": "p",
        "roomId": "r",
        "clientState": {},
        "ext": {"resume": resume},
    })
    .to_string()
}

impl Client {
    pub(super) fn line(&self) -> Option<usize> {
        self.line
    }

    pub(super) fn session(&self) -> Option<ConnId> {
        self.session
    }

    pub(super) fn is_connected(&self) -> bool {
        self.line.is_some() && self.answered
    }

    // --- connections ---

    /// Comes back as it should.
    pub(super) fn connect(&mut self, server: &mut Server) {
        let token = self.tokens.last().cloned();
        self.connect_showing(server, token.as_deref(), self.received);
    }

    /// A connection that still stands is given up, whatever is under way on it.
    fn connect_showing(&mut self, server: &mut Server, token: Option<&str>, received: u64) {
        let line = server.connect();
        server.write(line, hello(token, received));
        (self.line, self.answered) = (Some(line), false);
    }

    /// With the newest token, with the one before, or with a count that nobody can have.
    pub(super) fn connect_with(&mut self, server: &mut Server, input: Input<'_, '_>) -> Result {
        match input.int_in_range(0..=7)? {
            0..=4 => self.connect(server),
            5..=6 => {
                let back = input.int_in_range(1..=2)?;
                let at = self.tokens.len().checked_sub(back + 1);
                let token = at.map(|at| self.tokens[at].clone());
                self.connect_showing(server, token.as_deref(), self.received);
            }
            _ => {
                let token = self.tokens.last().cloned();
                let received = self.received + input.int_in_range(1_000_000..=1_000_001)?;
                self.connect_showing(server, token.as_deref(), received);
            }
        }
        Ok(())
    }

    pub(super) fn is_cut(&mut self, server: &mut Server) {
        match self.line.take() {
            Some(line) => server.cut(line),
            None => self.connect(server),
        }
    }

    /// One that was used and is worth nothing any more, one that never was, or none.
    pub(super) fn a_worthless_token(
        &self,
        server: &Server,
        input: Input<'_, '_>,
    ) -> Result<Option<String>> {
        let Some(newest) = self.tokens.last() else { return Ok(None) };
        if input.ratio(1, 2)? {
            let secret = if newest.ends_with('A') { "B" } else { "A" };
            return Ok(Some(format!("{}{secret}", &newest[..31])));
        }
        let used: Vec<&String> =
            self.tokens.iter().filter(|token| !server.is_good(token)).collect();
        if used.is_empty() {
            Ok(None)
        } else {
            input.choose(&used).map(|token| Some((*token).clone()))
        }
    }

    // --- writing ---

    pub(super) fn write(&mut self, server: &mut Server) {
        if self.session.is_none() {
            return;
        }
        self.sent += 1;
        self.held.push_back(self.sent);
        if self.answered {
            self.send(server, self.sent);
        }
    }

    fn send(&self, server: &mut Server, number: u64) {
        let change = json!({"type": 2, "roomChanges": [{"key": "c", "value": number.to_string()}], "echo": true});
        self.say(server, &change);
    }

    fn say(&self, server: &mut Server, message: &Value) {
        if let Some(line) = self.line {
            server.write(line, message.to_string());
        }
    }

    /// Without having been asked: what it has, what it had, or what nobody has sent.
    pub(super) fn acknowledge(&mut self, server: &mut Server, input: Input<'_, '_>) -> Result {
        let received = match input.int_in_range(0..=19)? {
            0..=11 => self.received,
            12..=17 => self.received - input.int_in_range(0..=self.received)?,
            18 => self.received + input.int_in_range(1..=3)?,
            _ => *input.choose(&[1 << 40, u64::MAX])?,
        };
        if self.answered {
            self.say(server, &json!({"type": 8, "received": received}));
        }
        Ok(())
    }

    // --- reading ---

    pub(super) fn read(&mut self, server: &mut Server, count: usize) {
        for _ in 0..count {
            let Some(line) = self.line else { return };
            let Some(down) = server.lines[line].down.pop_front() else { return };
            server.note_work();
            match down {
                Down::Ping => server.lines[line].up.push_back(Up::Pong),
                Down::End => self.line = None,
                Down::Start(frame, at) => self.start(server, &payload(&frame), at),
                Down::Frame(frame) => self.frame(server, &frame),
            }
        }
    }

    fn frame(&mut self, server: &mut Server, frame: &Bytes) {
        let message = payload(frame);
        match message["type"].as_u64() {
            Some(1) => {
                assert_eq!(message["ext"]["resume"]["outcome"], "replayed");
                self.answer(server, &message);
            }
            Some(8) => {
                let taken = message["received"].as_u64().unwrap();
                assert!(self.answered, "an ACK before the answer");
                assert!(taken <= self.sent, "more than was sent");
                self.held.retain(|number| *number > taken);
                self.say(server, &json!({"type": 8, "received": self.received}));
            }
            _ => self.message(server, frame),
        }
    }

    fn message(&mut self, server: &Server, frame: &Bytes) {
        assert!(self.answered, "before the answer: {frame:?}");
        // What is still under way may be of a session that has ended.
        if let Some(place) = self.session.and_then(|conn| server.places.get(&conn)) {
            assert_eq!(place.model.all.get(self.next), Some(frame), "lost, twice or out of order");
        }
        self.next += 1;
        self.received += 1;
    }

    /// The count begins anew.
    fn start(&mut self, server: &mut Server, answer: &Value, at: usize) {
        let session = session_of(answer);
        if answer["ext"]["resume"]["outcome"] == "new" {
            assert_ne!(self.session, Some(session));
            *self = Self { line: self.line, session: Some(session), ..Self::default() };
        } else {
            assert_eq!(answer["ext"]["resume"]["outcome"], "snapshot");
            assert!(at >= self.next, "a snapshot of the past");
        }
        (self.next, self.received) = (at, 0);
        self.answer(server, answer);
    }

    fn answer(&mut self, server: &mut Server, answer: &Value) {
        let resume = &answer["ext"]["resume"];
        assert_eq!(self.session, Some(session_of(answer)), "somebody else's session");
        assert!(!std::mem::replace(&mut self.answered, true), "answered twice");
        self.tokens.push(resume["token"].as_str().unwrap().into());
        let taken = resume["received"].as_u64().unwrap();
        let first = self.held.front().copied().unwrap_or(self.sent + 1);
        assert!(taken <= self.sent && taken + 1 >= first, "{taken} of {}", self.sent);
        self.held.retain(|number| *number > taken);
        for number in self.held.clone() {
            self.send(server, number);
        }
    }

    /// Everything that was sent has come, in both directions.
    pub(super) fn check_complete(&self, server: &Server) {
        let line = self.line.expect("a connection");
        assert_eq!(server.lines[line].state, State::Serving(self.session.unwrap()));
        let place = &server.places[&self.session.unwrap()];
        assert!(self.answered, "no answer");
        assert_eq!(self.next, place.model.all.len(), "what the client has got");
        assert_eq!(place.model.taken, self.sent, "what the client has sent");
    }
}

fn session_of(answer: &Value) -> ConnId {
    let id = answer["clientId"].as_str().unwrap();
    ConnId(id.strip_prefix("connection:").unwrap().parse().unwrap())
}
