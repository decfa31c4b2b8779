//! What the core has decided, carried out one by one.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::line::{Down, State};
use super::server::{Server, payload};
use crate::core::{Effect, Graft};
use crate::ids::ConnId;

impl Server {
    /// Reads all there is, finds out about all cuts, carries everything out.
    pub(super) fn run(&mut self) {
        for line in 0..self.lines.len() {
            self.read(line, usize::MAX);
            self.notice(line);
        }
        self.work(usize::MAX);
    }

    /// Carries out so many effects.
    pub(super) fn work(&mut self, count: usize) {
        for _ in 0..count {
            let Some(effect) = self.effects.pop_front() else { return };
            self.work += 1;
            self.apply(effect);
            self.gather();
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Send { conn, frame } => self.send(conn, &frame),
            Effect::Welcome { conn, frame, issued } => self.welcome(conn, frame, issued),
            Effect::Broadcast { frame, skip, .. } => self.broadcast(&frame, skip),
            Effect::Enter { conn, .. } => self.seat(conn, true),
            Effect::Exit { conn, .. } => self.seat(conn, false),
            Effect::ReadOn { conn } => self.read_on(conn),
            Effect::Graft(graft) => self.graft(&graft),
            Effect::Close { conn, code, .. } => self.end(conn, code.unwrap_or(1005)),
            Effect::Terminate { conn } => self.end(conn, 1006),
            Effect::Expect { .. } | Effect::Watch { .. } | Effect::Unwatch { .. } => {}
            Effect::Replay { place } => self.hub.lock().replay(place),
            other => unreachable!("nobody asks for {other:?}"),
        }
    }

    fn seat(&mut self, conn: ConnId, seated: bool) {
        if let Some(place) = self.places.get_mut(&conn) {
            place.seated = seated;
        }
    }

    fn read_on(&mut self, conn: ConnId) {
        if let Some(place) = self.places.get_mut(&conn) {
            place.paused = false;
        }
    }

    fn broadcast(&mut self, frame: &Bytes, skip: ConnId) {
        let message = payload(frame);
        for set in message["roomChanges"].as_array().into_iter().flatten() {
            self.state.insert(set["key"].as_str().unwrap().into(), set["value"].clone());
        }
        let seated = self.places.iter().filter(|(conn, place)| place.seated && **conn != skip);
        for conn in seated.map(|(conn, _)| *conn).collect::<Vec<_>>() {
            self.send(conn, frame);
        }
    }

    fn send(&mut self, conn: ConnId, frame: &Bytes) {
        let Some(place) = self.places.get_mut(&conn) else { return };
        if !place.address(frame) {
            return;
        }
        let Some(line) = place.line else { return };
        self.lines[line].send(Down::Frame(frame.clone()));
        if place.replay.as_mut().is_some_and(|replay| replay.presses()) {
            self.acknowledge(conn);
        }
    }

    fn welcome(&mut self, conn: ConnId, frame: Bytes, issued: u32) {
        let Some(place) = self.places.get_mut(&conn) else { return };
        let Some(at) = place.begin(issued) else { return };
        let answer = payload(&frame);
        let state: BTreeMap<String, Value> =
            serde_json::from_value(answer["roomState"].clone()).unwrap();
        assert_eq!(state, self.state, "the room at this point of its order");
        place.model.publish(issued, token_of(&answer));
        if let Some(line) = place.line {
            self.lines[line].send(Down::Start(frame, at));
        }
    }

    /// A connection takes the place that its hello has opened.
    fn graft(&mut self, graft: &Graft) {
        let heir = self.lines.iter().position(|line| line.conn == graft.from).unwrap();
        let Some(place) = self.places.get_mut(&graft.conn) else {
            self.lines[heir].state = State::Over;
            return self.lines[heir].send(Down::End);
        };
        if let Some(old) = place.line.replace(heir) {
            self.lines[old].state = State::Over;
            self.lines[old].send(Down::End);
        }
        self.lines[heir].state = State::Serving(graft.conn);
        self.lines[heir].issued = Some(graft.issued);
        let Some((answer, missed)) = place.resume(&self.hub, graft) else { return };
        place.model.publish(graft.issued, token_of(&payload(&answer)));
        for frame in std::iter::once(answer).chain(missed) {
            self.lines[heir].send(Down::Frame(frame));
        }
    }
}

fn token_of(answer: &Value) -> String {
    answer["ext"]["resume"]["token"].as_str().expect("a token").into()
}
