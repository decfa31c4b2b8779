//! When what is due, without a clock: the worker says what time it is.

use std::collections::BTreeSet;

use crate::ids::ConnId;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The hello has to be here.
    Hello,
    /// Time to ping, and to cut a client from which nothing came since the last ping.
    Heartbeat,
    /// The close handshake has to be over.
    Close,
}

/// Deadlines in milliseconds since the worker's start. Bounded: at most one of each kind for a connection.
#[derive(Default)]
pub(super) struct Deadlines {
    due: BTreeSet<(u64, ConnId, Kind)>,
}

impl Deadlines {
    pub(super) fn add(&mut self, at: u64, conn: ConnId, kind: Kind) {
        self.due.insert((at, conn, kind));
    }

    pub(super) fn remove(&mut self, at: u64, conn: ConnId, kind: Kind) {
        self.due.remove(&(at, conn, kind));
    }

    /// The time of the next one.
    pub(super) fn next(&self) -> Option<u64> {
        self.due.first().map(|(at, ..)| *at)
    }

    /// Takes one that is due.
    pub(super) fn pop(&mut self, now: u64) -> Option<(ConnId, Kind)> {
        let first = *self.due.first().filter(|(at, ..)| *at <= now)?;
        self.due.remove(&first);
        Some((first.1, first.2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_of_time_and_can_be_taken_back() {
        let mut deadlines = Deadlines::default();
        deadlines.add(30, ConnId(1), Kind::Heartbeat);
        deadlines.add(10, ConnId(2), Kind::Hello);
        deadlines.add(20, ConnId(3), Kind::Close);
        deadlines.remove(20, ConnId(3), Kind::Close);
        assert_eq!(deadlines.next(), Some(10));
        assert_eq!(deadlines.pop(9), None);
        assert_eq!(deadlines.pop(10), Some((ConnId(2), Kind::Hello)));
        assert_eq!(deadlines.pop(29), None);
        assert_eq!(deadlines.pop(31), Some((ConnId(1), Kind::Heartbeat)));
        assert_eq!(deadlines.next(), None);
    }
}
