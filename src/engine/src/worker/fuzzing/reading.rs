//! What the server reads: counted, shown to the core, and compared with the model.

use serde_json::Value;

use super::super::counting::{confirm, count};
use super::line::{State, Up};
use super::server::Server;
use crate::core::{Effect, Flow, Inbound};
use crate::ids::ConnId;
use crate::protocol::Request;

impl Server {
    /// Reads so many messages of a line.
    pub(super) fn read(&mut self, line: usize, count: usize) {
        for _ in 0..count {
            let State::Serving(conn) = self.lines[line].state else { return };
            if self.places.get(&conn).is_some_and(|place| place.paused) {
                return;
            }
            let Some(up) = self.lines[line].up.pop_front() else { return };
            self.work += 1;
            match up {
                Up::Pong => self.shown(line, conn, true),
                Up::Text(text) if self.lines[line].greeted => self.message(line, conn, &text),
                Up::Text(text) => self.hello(line, &text),
            }
            self.gather();
        }
    }

    /// Something came behind the hello: the client has its token.
    fn shown(&mut self, line: usize, conn: ConnId, pong: bool) {
        let Some(place) = self.places.get_mut(&conn) else { return };
        let line = &mut self.lines[line];
        if let Some(issued) = line.issued.take_if(|_| line.pinged || !pong) {
            place.model.confirm(issued);
        }
        if pong && let Some(replay) = place.replay.as_mut() {
            confirm(&self.hub, conn, replay, true);
        }
    }

    fn hello(&mut self, line: usize, text: &str) {
        let conn = self.lines[line].conn;
        self.lines[line].greeted = true;
        let shown = token_in(text);
        let opened = self.places.iter_mut().find_map(|(session, place)| {
            let number = place.model.opens(shown.as_deref()?)?;
            Some((*session, number, place.model.exchange(number)))
        });
        let inbound = Inbound::parse(true, text);
        let place = self.places.get_mut(&conn).unwrap();
        assert!(!count(&self.hub, conn, &inbound, &mut place.replay), "a hello is not counted");
        let flow = self.hub.message(conn, inbound, text);
        let Flow::Graft(graft) = flow else {
            place.paused = flow == Flow::Pause;
            return assert_eq!(opened, None, "a good token opened nothing");
        };
        assert_eq!(Some((graft.conn, graft.shown, graft.issued)), opened, "what the token opened");
        self.places.remove(&conn);
        self.lines[line].state = State::OnItsWay;
        assert!(self.hub.lock().send_graft(graft), "opened a session that is over");
    }

    fn message(&mut self, line: usize, conn: ConnId, text: &str) {
        self.shown(line, conn, false);
        let Some(place) = self.places.get_mut(&conn) else { return };
        let inbound = Inbound::parse(false, text);
        let for_the_count = count(&self.hub, conn, &inbound, &mut place.replay);
        if let Inbound::Request(Ok(Request::Ack(received))) = &inbound {
            assert!(for_the_count);
            let is_right = received.is_some_and(|received| place.model.acknowledge(received));
            place.model.over |= !is_right;
            let over = place.model.over;
            return self.check_closing(conn, over);
        }
        assert!(!for_the_count);
        place.model.taken += 1;
        let change: Value = serde_json::from_str(text).unwrap();
        let number = &change["roomChanges"][0]["value"];
        assert_eq!(*number, place.model.taken.to_string(), "taken once and in order");
        assert_eq!(place.replay.as_ref().unwrap().taken(), place.model.taken);
        place.paused = self.hub.message(conn, inbound, text) == Flow::Pause;
    }

    /// A wrong ACK ends the session, and no other one does.
    fn check_closing(&mut self, conn: ConnId, over: bool) {
        self.gather();
        let closes =
            |effect: &Effect| matches!(effect, Effect::Close { conn: it, .. } if *it == conn);
        assert_eq!(self.effects.iter().any(closes), over, "whether {conn:?} is closed");
    }
}

/// The token that a hello shows.
fn token_in(hello: &str) -> Option<String> {
    let hello: Value = serde_json::from_str(hello).unwrap();
    hello["ext"]["resume"]["token"].as_str().map(Into::into)
}
