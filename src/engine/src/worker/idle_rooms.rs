//! When empty rooms have been empty for their time. A room has one deadline, however often it becomes empty, and none once it is
//! gone: clients that come and go leave nothing behind here.

use rustc_hash::FxHashMap;

use super::deadlines::Deadlines;
use crate::ids::RoomKey;

#[derive(Default)]
pub(super) struct IdleRooms {
    deadlines: Deadlines<(RoomKey, u64)>,
    /// The deadline of each room, and which time of being empty it is for.
    of_room: FxHashMap<RoomKey, (u64, u64)>,
}

impl IdleRooms {
    /// The room has become empty, for the `since`th time; its time is over at `at`.
    pub(super) fn watch(&mut self, room: RoomKey, since: u64, at: u64) {
        self.forget(room);
        self.of_room.insert(room, (at, since));
        self.deadlines.add(at, (room, since));
    }

    /// The room is gone.
    pub(super) fn forget(&mut self, room: RoomKey) {
        if let Some((at, since)) = self.of_room.remove(&room) {
            self.deadlines.remove(at, (room, since));
        }
    }

    /// The time of the next one.
    pub(super) fn next(&self) -> Option<u64> {
        self.deadlines.next()
    }

    /// Takes one whose time is over.
    pub(super) fn pop(&mut self, now: u64) -> Option<(RoomKey, u64)> {
        let (room, since) = self.deadlines.pop(now)?;
        self.of_room.remove(&room);
        Some((room, since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_one_deadline_the_latest() {
        let mut rooms = IdleRooms::default();
        for since in 1..=1000 {
            rooms.watch(RoomKey(1), since, since + 10);
            rooms.watch(RoomKey(2), 1, 500);
        }
        assert_eq!(rooms.of_room.len(), 2);
        assert_eq!(rooms.next(), Some(500));
        assert_eq!(rooms.pop(5000), Some((RoomKey(2), 1)));
        assert_eq!(rooms.pop(5000), Some((RoomKey(1), 1000)));
        assert_eq!((rooms.pop(5000), rooms.next()), (None, None));
    }

    #[test]
    fn a_room_that_is_gone_has_none() {
        let mut rooms = IdleRooms::default();
        rooms.watch(RoomKey(1), 1, 10);
        rooms.forget(RoomKey(1));
        rooms.forget(RoomKey(1));
        assert_eq!(rooms.next(), None);
        assert!(rooms.of_room.is_empty());
    }
}
