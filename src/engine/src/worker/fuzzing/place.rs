//! A session's place in a worker: its seat and its count, beside the model of both.

use bytes::Bytes;

use super::super::Hub;
use super::super::replay::Replay;
use super::super::resume::answer;
use super::model::Model;
use crate::core::Graft;

pub(super) struct Place {
    pub(super) replay: Option<Box<Replay>>,
    pub(super) model: Model,
    pub(super) seated: bool,
    /// Nothing is read until the core says so: too much waits for the application.
    pub(super) paused: bool,
    /// The connection that serves it. None: it is dropped.
    pub(super) line: Option<usize>,
}

impl Place {
    pub(super) fn new(limit: usize, line: usize) -> Self {
        Self {
            replay: None,
            model: Model::new(limit),
            seated: false,
            paused: false,
            line: Some(line),
        }
    }

    /// Something is addressed to the client. Whether it is sent.
    pub(super) fn address(&mut self, frame: &Bytes) -> bool {
        let Some(replay) = self.replay.as_mut() else { return true };
        let is_sent = replay.note(frame);
        assert_eq!(is_sent, self.model.address(frame), "sent");
        is_sent
    }

    /// An answer with which the count begins. Where it begins, if it does.
    pub(super) fn begin(&mut self, issued: u32) -> Option<usize> {
        let begins = self.replay.as_mut().unwrap().begin(issued);
        assert_eq!(begins, self.model.begin(issued), "the answer with token {issued}");
        begins.then_some(self.model.all.len())
    }

    /// A connection comes that the client has shown a token on. The answer and what the client misses, if it is held.
    pub(super) fn resume(&mut self, hub: &Hub, graft: &Graft) -> Option<(Bytes, Vec<Bytes>)> {
        let expected = self.model.resume(graft.shown, graft.issued, graft.received);
        let replay = self.replay.as_mut().unwrap();
        let answer = answer(hub, replay, graft);
        if self.model.over {
            self.model.end();
            assert_eq!(answer, None, "of a session that is over");
            return None;
        }
        let missed = answer.as_ref().map(|_| replay.missed().cloned().collect());
        assert_eq!(missed, expected, "missed");
        answer.zip(missed)
    }
}
