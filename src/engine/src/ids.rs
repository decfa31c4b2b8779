//! The numbers by which connections, rooms and calls are named across threads and languages.

/// A connection's number, counted from 1 for each engine; its name on the wire is `connection:<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

impl ConnId {
    /// Stands for no connection, where a broadcast skips nobody.
    pub const NONE: Self = Self(0);

    /// A number that no connection has: for a worker's sockets that have lost their session.
    pub(crate) fn ghost(n: u64) -> Self {
        Self(1 << 63 | n)
    }

    pub(crate) fn is_ghost(self) -> bool {
        self.0 >> 63 != 0
    }
}

/// One life of a room: a room that is deleted and made again gets a new key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomKey(pub u64);

/// A change or action request that waits for the application's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallId(pub(crate) u64);
