//! What is counted while the clients play.

use std::ops::Range;

use crate::histogram::Histogram;

/// Numbers that only grow; a copy at each end of the measured time gives what happened in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) delivered: u64,
    /// Messages without a mark: who came and went.
    pub(crate) notices: u64,
    pub(crate) reads: u64,
    /// Clients that came and went again.
    pub(crate) visits: u64,
    /// Messages that were parsed whole and compared.
    pub(crate) verified: u64,
    pub(crate) gaps: u64,
    /// Messages that came twice or too late.
    pub(crate) late: u64,
    /// Messages that were not what they should be.
    pub(crate) bad: u64,
    /// Connections that ended although nobody had asked for it, or were never let in.
    pub(crate) dropped: u64,
}

#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    /// What was sent in this time is measured.
    pub(crate) window: Range<u64>,
    /// From the intended time of sending until it was read.
    pub(crate) latency: Histogram,
    /// From connecting until the room was entered.
    pub(crate) entering: Histogram,
    /// The first thing that went wrong.
    pub(crate) note: Option<String>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            counts: Counts::default(),
            window: u64::MAX..u64::MAX,
            latency: Histogram::new(),
            entering: Histogram::new(),
            note: None,
        }
    }

    pub(crate) fn bad(&mut self, what: impl FnOnce() -> String) {
        self.counts.bad += 1;
        self.note.get_or_insert_with(what);
    }

    pub(crate) fn dropped(&mut self, why: impl FnOnce() -> String) {
        self.counts.dropped += 1;
        self.note.get_or_insert_with(why);
    }
}
