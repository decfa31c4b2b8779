//! How much has passed, for statistics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Totals of all workers of an engine since its start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) messages_in: AtomicU64,
    pub(crate) messages_out: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
}

/// One worker's share of a turn, so that workers share no cache line while they work.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) messages_in: u64,
    pub(super) messages_out: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
}

impl Counters {
    pub(super) fn add(&self, tally: &Tally) {
        let Tally { messages_in, messages_out, bytes_in, bytes_out } = *tally;
        let pairs = [
            (&self.messages_in, messages_in),
            (&self.messages_out, messages_out),
            (&self.bytes_in, bytes_in),
            (&self.bytes_out, bytes_out),
        ];
        for (total, more) in pairs {
            if more > 0 {
                total.fetch_add(more, Ordering::Relaxed);
            }
        }
    }
}
