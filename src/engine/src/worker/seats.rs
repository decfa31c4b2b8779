//! Which of a worker's sockets get the broadcasts of which room.

use rustc_hash::FxHashMap;

use super::slots::Slots;
use crate::ids::RoomKey;

/// Lists of slots; a socket knows its place in its list, so that leaving costs the same in any room.
#[derive(Default)]
pub(super) struct Seats {
    rooms: FxHashMap<RoomKey, Vec<u32>>,
}

impl Seats {
    pub(super) fn of(&self, room: RoomKey) -> &[u32] {
        self.rooms.get(&room).map_or(&[], Vec::as_slice)
    }

    /// Seats a socket; one that sits elsewhere gets up first.
    pub(super) fn enter(&mut self, room: RoomKey, slot: u32, slots: &mut Slots) {
        self.exit(slot, slots);
        let Some(socket) = slots.get_mut(slot) else { return };
        let seats = self.rooms.entry(room).or_default();
        socket.seat = Some((room, seats.len()));
        seats.push(slot);
    }

    /// Takes a socket's seat away if it is one of this room.
    pub(super) fn exit_from(&mut self, room: RoomKey, slot: u32, slots: &mut Slots) {
        if slots.get(slot).and_then(|socket| socket.seat).is_some_and(|(seat, _)| seat == room) {
            self.exit(slot, slots);
        }
    }

    /// Takes a socket's seat away; the last of the list gets its place.
    pub(super) fn exit(&mut self, slot: u32, slots: &mut Slots) {
        let Some((room, place)) = slots.get_mut(slot).and_then(|socket| socket.seat.take()) else {
            return;
        };
        let Some(seats) = self.rooms.get_mut(&room) else { return };
        seats.swap_remove(place);
        if let Some(moved) = seats.get(place).and_then(|&moved| slots.get_mut(moved)) {
            moved.seat = Some((room, place));
        }
        if seats.is_empty() {
            self.rooms.remove(&room);
        }
    }
}
