//! Memory after a rush: the tables of sessions, rooms and calls give back what they no longer need.

use super::Core;

/// Tables that never had so many entries are left alone.
const SMALL: usize = 128;

/// Whether a table is so empty that shrinking it pays: the work is spread over the removals that made it so.
fn is_roomy(len: usize, capacity: usize) -> bool {
    capacity > SMALL && len < capacity / 8
}

impl Core {
    /// To be called when sessions or rooms were removed.
    pub(super) fn shrink(&mut self) {
        if is_roomy(self.sessions.len(), self.sessions.capacity()) {
            self.sessions.shrink_to(self.sessions.len() * 2);
        }
        if is_roomy(self.rooms.len(), self.rooms.capacity()) {
            self.rooms.shrink_to(self.rooms.len() * 2);
        }
        if is_roomy(self.calls.len(), self.calls.capacity()) {
            self.calls.shrink_to(self.calls.len() * 2);
        }
        if is_roomy(self.by_id.len(), self.by_id.capacity()) {
            self.by_id.shrink_to_fit();
        }
    }

    /// How many entries the tables of sessions, rooms and calls have place for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.sessions.capacity()
            + self.rooms.capacity()
            + self.by_id.capacity()
            + self.calls.capacity()
    }
}
