//! A core, and a worker without sockets: it counts, parks and grafts as the real one does, in the order of the effects.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::super::Hub;
use super::line::{Down, Line, State, Up};
use super::place::Place;
use crate::config::Config;
use crate::core::Effect;
use crate::engine::Host;
use crate::ids::{ConnId, RoomKey};
use crate::websocket::frame;

struct Nobody;

impl Host for Nobody {
    fn wake(&self) {}
}

pub(super) struct Server {
    pub(super) hub: Hub,
    pub(super) lines: Vec<Line>,
    pub(super) places: BTreeMap<ConnId, Place>,
    /// What the core has decided and nobody has carried out.
    pub(super) effects: VecDeque<Effect>,
    /// The room's state, from its notifications.
    pub(super) state: BTreeMap<String, Value>,
    /// What was read and carried out.
    pub(super) work: u64,
}

impl Server {
    pub(super) fn new(resume_bytes: usize, pending_messages: u32) -> Self {
        let config = Config { threads: 1, resume_bytes, pending_messages, ..Config::default() };
        Self {
            hub: Hub::new(config, Arc::new(Nobody)),
            lines: Vec::new(),
            places: BTreeMap::new(),
            effects: VecDeque::new(),
            state: BTreeMap::new(),
            work: 0,
        }
    }

    pub(super) fn work_done(&self) -> u64 {
        self.work
    }

    pub(super) fn note_work(&mut self) {
        self.work += 1;
    }

    /// Whether a token opens a session.
    pub(super) fn is_good(&self, token: &str) -> bool {
        self.places.values().any(|place| place.model.opens(token).is_some())
    }

    pub(super) fn execute(&mut self, command: &str) {
        self.hub.with_core(|core| core.execute(command));
        self.gather();
    }

    /// The application looks at the room: what clients send waits until it is done.
    pub(super) fn look(&mut self) {
        self.hub.with_core(|core| core.sync_state(RoomKey(1)));
        self.gather();
    }

    pub(super) fn gather(&mut self) {
        self.effects.extend(self.hub.take_effects(0));
    }

    // --- connections ---

    pub(super) fn connect(&mut self) -> usize {
        let opened = self.hub.with_core(|core| core.open("".into(), 1, Arc::default()));
        let (conn, _) = opened.unwrap();
        self.lines.push(Line::new(conn));
        let line = self.lines.len() - 1;
        self.places.insert(conn, Place::new(self.hub.config.resume_bytes, line));
        line
    }

    pub(super) fn write(&mut self, line: usize, text: String) {
        self.lines[line].up.push_back(Up::Text(text));
    }

    pub(super) fn is_on_its_way(&self, line: usize) -> bool {
        self.lines[line].state == State::OnItsWay
    }

    /// What is under way is lost.
    pub(super) fn cut(&mut self, line: usize) {
        let line = &mut self.lines[line];
        line.broken = true;
        line.up.clear();
        line.down.clear();
    }

    /// The worker finds out that a connection is cut, if it is: the session is kept, or ends.
    pub(super) fn notice(&mut self, line: usize) {
        if !self.lines[line].broken {
            return;
        }
        let State::Serving(conn) = self.lines[line].state else { return };
        self.work += 1;
        self.lines[line].state = State::Over;
        let Some(place) = self.places.get_mut(&conn) else { return };
        let begun = place.replay.as_ref().is_some_and(|replay| replay.has_begun());
        assert_eq!(begun, place.model.has_begun(), "begun");
        let drops = begun && self.hub.lock().drops(conn, 1006);
        assert_eq!(drops, begun && !place.model.over, "dropped");
        if drops {
            place.line = None;
        } else {
            self.end(conn, 1006);
        }
    }

    /// The line that came as the last but so many, or the first.
    pub(super) fn recent(&self, back: usize) -> usize {
        (self.lines.len() - 1).saturating_sub(back)
    }

    /// A session ends, and its connection with it.
    pub(super) fn end(&mut self, conn: ConnId, code: u16) {
        self.hub.lock().closed(conn, code, "");
        self.gather();
        let Some(line) = self.places.remove(&conn).and_then(|place| place.line) else { return };
        self.lines[line].state = State::Over;
        self.lines[line].send(Down::End);
    }

    /// The time of a session without a connection is over, unless one is on its way to it.
    pub(super) fn grace_over(&mut self, at: usize) {
        let dropped = self.places.iter().filter(|(_, place)| place.line.is_none());
        let Some(conn) = dropped.map(|(conn, _)| *conn).nth(at) else { return };
        let is_coming =
            |effect: &Effect| matches!(effect, Effect::Graft(graft) if graft.conn == conn);
        let awaited = self.effects.iter().any(is_coming);
        let over = self.hub.lock().grace_over(conn);
        assert_eq!(over, !awaited, "the time of a dropped session");
        if over {
            self.places.remove(&conn);
            self.gather();
        }
    }

    /// A heartbeat.
    pub(super) fn beat(&mut self, line: Option<usize>) {
        let Some(line) = line else { return };
        let State::Serving(conn) = self.lines[line].state else { return };
        let Some(place) = self.places.get_mut(&conn) else { return };
        self.lines[line].send(Down::Ping);
        let Some(replay) = place.replay.as_mut() else { return };
        self.lines[line].pinged = true;
        replay.pinged();
        if replay.has_news() {
            self.acknowledge(conn);
        }
    }

    /// Tells the client how many of its messages have come.
    pub(super) fn acknowledge(&mut self, conn: ConnId) {
        let Some(place) = self.places.get_mut(&conn) else { return };
        let Some(line) = place.line else { return };
        let received = place.replay.as_mut().unwrap().tell();
        assert_eq!(received, place.model.taken, "what the client is told");
        let text = format!("{{\"type\":8,\"received\":{received}}}");
        self.lines[line].send(Down::Frame(frame::text(&text)));
    }
}

/// The message in one of the server's frames.
pub(super) fn payload(frame: &[u8]) -> Value {
    let header = match frame[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    serde_json::from_slice(&frame[header..]).expect("messages are JSON")
}
