//! Figures for an operator.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::Core;
use crate::worker::Counters;

impl Core {
    /// One connection more has ended with this code.
    pub(crate) fn count_close(&mut self, code: u16) {
        *self.closes.entry(code).or_default() += 1;
    }

    /// A JSON object; docs/BINDING.md names its members.
    pub(crate) fn stats(&self, counters: &Counters) -> String {
        let queued: usize = self
            .sessions
            .values()
            .map(|session| session.gauge.queued.load(Ordering::Relaxed))
            .sum();
        let members: usize = self.rooms.values().map(|room| room.members.len()).sum();
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let closes: BTreeMap<String, u64> =
            self.closes.iter().map(|(code, count)| (code.to_string(), *count)).collect();
        serde_json::json!({
            "rooms": self.rooms.len(),
            "clients": members,
            "connections": self.sessions.len() - self.resumes.dropped,
            "dropped": self.resumes.dropped,
            "resumes": {
                "replayed": self.resumes.replayed,
                "snapshot": self.resumes.snapshot,
                "refused": self.resumes.refused,
            },
            "messagesIn": load(&counters.messages_in),
            "messagesOut": load(&counters.messages_out),
            "bytesIn": load(&counters.bytes_in),
            "bytesOut": load(&counters.bytes_out),
            "queuedBytes": queued,
            "pendingCalls": self.calls.len(),
            "closes": closes,
        })
        .to_string()
    }
}
