//! Looks at every message that arrives in a room: counts it, checks its order, and compares some of them whole.

use serde_json::Value;

use crate::roster::Roster;
use crate::sequences::{Sequences, Verdict};
use crate::stamp::{self, Stamp};
use crate::tally::Tally;
use crate::wire;
use crate::workload::{Kind, Workload};

/// One of so many messages is parsed whole. A prime, so that all receivers have their turn.
const VERIFY_EVERY: u64 = 1009;

pub(crate) struct Inspector {
    workload: Workload,
    pub(crate) tally: Tally,
    /// When the bytes in hand were read.
    pub(crate) now: u64,
    /// Senders whose own change or answer has come, once for each.
    pub(crate) returned: Vec<usize>,
}

/// Who got a message, and what it has been told before.
pub(crate) struct Receiver<'a> {
    pub(crate) number: usize,
    /// Its seat if it sends.
    pub(crate) sends_as: Option<usize>,
    pub(crate) sequences: &'a mut Sequences,
    pub(crate) roster: &'a mut Roster,
}

impl Inspector {
    pub(crate) fn new(workload: Workload) -> Self {
        Self { workload, tally: Tally::new(), now: 0, returned: Vec::new() }
    }

    pub(crate) fn message(&mut self, receiver: &mut Receiver<'_>, payload: &[u8]) {
        let Some(stamp) = Stamp::find(payload) else {
            self.tally.counts.notices += 1;
            if !receiver.roster.hear(payload) {
                self.tally.bad(|| format!("not understood: {}", excerpt(payload)));
            }
            return;
        };
        self.tally.counts.delivered += 1;
        if self.tally.window.contains(&stamp.time) {
            self.tally.latency.record(self.now.saturating_sub(stamp.time));
        }
        if receiver.sends_as == Some(stamp.sender) {
            self.returned.push(receiver.number);
        }
        self.judge(&stamp, receiver.sequences.check(stamp.sender, stamp.sequence), payload);
        if self.tally.counts.delivered.is_multiple_of(VERIFY_EVERY) {
            self.verify(&stamp, payload);
        }
    }

    fn judge(&mut self, stamp: &Stamp, verdict: Verdict, payload: &[u8]) {
        match verdict {
            Verdict::InOrder => return,
            Verdict::Gap => self.tally.counts.gaps += 1,
            Verdict::Late => self.tally.counts.late += 1,
            Verdict::Stranger => self.tally.counts.bad += 1,
        }
        let note = || format!("{verdict:?} of sender {}: {}", stamp.sender, excerpt(payload));
        self.tally.note.get_or_insert_with(note);
    }

    fn verify(&mut self, stamp: &Stamp, payload: &[u8]) {
        self.tally.counts.verified += 1;
        let right = serde_json::from_slice(wire::body(payload)).is_ok_and(|body: Value| match self
            .workload
            .kind
        {
            Kind::Action => self.is_answer(&body),
            _ => self.is_notification(stamp, &body),
        });
        if !right {
            self.tally.bad(|| format!("not what was sent: {}", excerpt(payload)));
        }
    }

    fn is_answer(&self, body: &Value) -> bool {
        body["type"] == 5
            && body["success"] == true
            && body["id"] == "1"
            && self.is_value(&body["data"])
    }

    fn is_notification(&self, stamp: &Stamp, body: &Value) -> bool {
        let key = match self.workload.keys {
            0 => stamp.sender,
            keys => stamp.sequence as usize % keys,
        };
        let Some([change]) = body["roomChanges"].as_array().map(Vec::as_slice) else {
            return false;
        };
        body["type"] == 3
            && change["key"] == stamp::key(key).as_str()
            && self.is_value(&change["value"])
    }

    fn is_value(&self, value: &Value) -> bool {
        value.as_str().is_some_and(|text| stamp::is_value(text, self.workload.payload))
    }
}

fn excerpt(payload: &[u8]) -> String {
    String::from_utf8_lossy(&payload[..payload.len().min(160)]).into_owned()
}
