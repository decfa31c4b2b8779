//! A session's place in a worker: its seat and its count, beside the model of both.

use bytes::Bytes;

use super::super::replay::Replay;
use super::model::Model;

pub(super) struct Place {
    pub(super) replay: Option<Box<Replay>>,
    pub(super) model: Model,
    pub(super) seated: bool,
    /// The connection that serves it. None: it is dropped.
    pub(super) line: Option<usize>,
}

impl Place {
    pub(super) fn new(limit: usize, line: usize) -> Self {
        Self { replay: None, model: Model::new(limit), seated: false, line: Some(line) }
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

    /// Whether all that the client misses is held.
    pub(super) fn resume(&mut self, shown: u32, issued: u32, received: u64) -> bool {
        let replay = self.replay.as_mut().unwrap();
        let held = replay.resume(shown, issued, received);
        let missed: Option<Vec<Bytes>> = held.then(|| replay.missed().cloned().collect());
        assert_eq!(missed, self.model.resume(shown, issued, received), "missed");
        held
    }
}
