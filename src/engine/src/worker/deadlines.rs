//! When what is due, without a clock: the worker says what time it is.

use std::collections::BTreeSet;

/// Deadlines in milliseconds since the worker's start. Bounded by what they are for: each key is there once at a time.
pub(super) struct Deadlines<K> {
    due: BTreeSet<(u64, K)>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self { due: BTreeSet::new() }
    }
}

impl<K: Copy + Ord> Deadlines<K> {
    pub(super) fn add(&mut self, at: u64, key: K) {
        self.due.insert((at, key));
    }

    pub(super) fn remove(&mut self, at: u64, key: K) {
        self.due.remove(&(at, key));
    }

    /// The time of the next one.
    pub(super) fn next(&self) -> Option<u64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes one that is due.
    pub(super) fn pop(&mut self, now: u64) -> Option<K> {
        let first = *self.due.first().filter(|(at, _)| *at <= now)?;
        self.due.remove(&first);
        Some(first.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_of_time_and_can_be_taken_back() {
        let mut deadlines = Deadlines::default();
        deadlines.add(30, "heartbeat");
        deadlines.add(10, "hello");
        deadlines.add(20, "close");
        deadlines.remove(20, "close");
        assert_eq!(deadlines.next(), Some(10));
        assert_eq!(deadlines.pop(9), None);
        assert_eq!(deadlines.pop(10), Some("hello"));
        assert_eq!(deadlines.pop(29), None);
        assert_eq!(deadlines.pop(31), Some("heartbeat"));
        assert_eq!(deadlines.next(), None);
    }
}
