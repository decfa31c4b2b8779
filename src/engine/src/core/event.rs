//! Events for the application, collected as JSON text: one batch is parsed by it in one go.

use std::collections::VecDeque;

/// So many events make a batch: a full one is sealed, so that handling a batch never keeps the application's thread from its
/// other work for long.
const BATCH: usize = 512;

/// And so many bytes: together with one more event, which holds at most one message, that stays far below what a JavaScript
/// string can have (2^29 characters in Node 20).
const BATCH_BYTES: usize = 1 << 20;

/// The waiting events. Bounded by what causes them: hook calls by `pending_messages` of each client, closed and flow events
/// by the number of connections, pongs by [`PONGS`] of each.
#[derive(Default)]
pub(crate) struct Events {
    sealed: VecDeque<String>,
    open: String,
    count: usize,
    /// The open batch says already that relayed sockets are to be written.
    relay: bool,
    /// The application has been told, and doesn't rest yet.
    told: bool,
    /// How often the application has taken the last of them.
    emptied: u64,
}

/// So many pong events of one client may wait; further ones are dropped.
const PONGS: u32 = 64;

/// How many pong events of a client wait, at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PongCount {
    waiting: u32,
    /// [`Events::emptied`] at the first of them.
    since: u64,
}

impl Events {
    /// Appends an event: `values` are its JSON values, separated by commas, the kind first.
    pub(crate) fn push(&mut self, values: std::fmt::Arguments<'_>) {
        use std::fmt::Write;
        self.push_with(|text| {
            // Writing to a String can't fail.
            let _ = text.write_fmt(values);
        });
    }

    /// The same; `append` appends the values.
    pub(crate) fn push_with(&mut self, append: impl FnOnce(&mut String)) {
        self.open.push(if self.count == 0 { '[' } else { ',' });
        append(&mut self.open);
        self.count += 1;
        if self.count == BATCH || self.open.len() >= BATCH_BYTES {
            self.seal();
        }
    }

    /// Whether one more pong event of a client may wait; counts it if so.
    pub(crate) fn admit_pong(&self, count: &mut PongCount) -> bool {
        if count.since != self.emptied {
            *count = PongCount { waiting: 0, since: self.emptied };
        }
        let admitted = count.waiting < PONGS;
        count.waiting += u32::from(admitted);
        admitted
    }

    /// Relayed sockets are to be written: one event serves all of them.
    pub(crate) fn push_relay(&mut self) {
        if !self.relay {
            self.push(format_args!("6"));
            self.relay = self.count > 0;
        }
    }

    fn seal(&mut self) {
        self.relay = false;
        let mut text = std::mem::take(&mut self.open);
        text.push(']');
        self.sealed.push_back(text);
        self.count = 0;
    }

    /// Takes the oldest batch.
    pub(crate) fn take(&mut self) -> Option<String> {
        if self.sealed.is_empty() && self.count > 0 {
            self.seal();
        }
        let batch = self.sealed.pop_front();
        if self.sealed.is_empty() && self.count == 0 {
            self.emptied += 1;
        }
        batch
    }

    /// The application is done with what it took. Whether it may rest: it will be told of the next event. Otherwise there is more
    /// to take, of which it hears nothing.
    pub(crate) fn rest(&mut self) -> bool {
        self.told = self.is_waiting();
        !self.told
    }

    /// Whether the application has to be woken now. Says so once until the next [`Events::rest`].
    pub(crate) fn tell(&mut self) -> bool {
        let tell = !self.told && self.is_waiting();
        self.told |= tell;
        tell
    }

    fn is_waiting(&self) -> bool {
        self.count > 0 || !self.sealed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_json_arrays_and_are_announced_once() {
        let mut events = Events::default();
        assert!(!events.tell());
        events.push(format_args!("4,1"));
        events.push(format_args!("5,2"));
        assert!(events.tell());
        assert!(!events.tell());
        assert_eq!(events.take().as_deref(), Some("[4,1,5,2]"));
        assert_eq!(events.take(), None);
        assert!(events.rest());
        assert!(!events.tell());
    }

    #[test]
    fn an_application_at_work_is_not_told() {
        let mut events = Events::default();
        events.push(format_args!("1"));
        assert!(events.tell());
        assert!(events.take().is_some());
        events.push(format_args!("2"));
        assert!(!events.tell(), "it is at work");
        assert!(!events.rest(), "and has to look once more");
        assert!(!events.tell());
        assert!(events.take().is_some());
        assert!(events.rest());
        events.push(format_args!("3"));
        assert!(events.tell());
    }

    #[test]
    fn large_events_make_small_batches() {
        let mut events = Events::default();
        let large = "x".repeat(BATCH_BYTES * 3 / 4);
        for _ in 0..4 {
            events.push(format_args!("\"{large}\""));
        }
        let sizes: Vec<usize> =
            std::iter::from_fn(|| events.take()).map(|text| text.len()).collect();
        assert_eq!(sizes, [large.len() * 2 + 7; 2]);
    }

    #[test]
    fn pongs_that_nobody_takes_are_dropped_until_somebody_does() {
        let mut events = Events::default();
        let mut counts = [PongCount::default(); 2];
        for count in &mut counts {
            let admitted = (0..1000).filter(|_| events.admit_pong(count)).count();
            assert_eq!(admitted, PONGS as usize, "each client has its own");
        }
        events.push(format_args!("5,1"));
        assert!(!events.admit_pong(&mut counts[0]));
        assert!(events.take().is_some());
        assert!(events.admit_pong(&mut counts[0]));
    }

    #[test]
    fn more_than_a_batch_waits() {
        let mut events = Events::default();
        for n in 0..=BATCH {
            events.push(format_args!("{n}"));
        }
        assert!(events.tell());
        assert!(events.take().is_some_and(|text| text.ends_with(",511]")));
        assert!(!events.rest());
        assert_eq!(events.take().as_deref(), Some("[512]"));
        assert!(events.rest());
    }
}
