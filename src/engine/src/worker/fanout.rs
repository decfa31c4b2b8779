//! A broadcast: one frame, encoded once, to every seat of a room. The hot path.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Worker;
use super::counters::Tally;
use super::outbox::Pool;
use super::packing::{Packed, Packer};
use super::slots::Slots;
use super::socket::Phase;
use crate::guard::{self, Guarded};
use crate::ids::{ConnId, RoomKey};

/// What a broadcast needs of its worker, and what it finds: the seats stay as they are until all have been served.
struct Fanout<'a, 'f> {
    slots: &'a mut Slots,
    pool: &'a mut Pool,
    packer: &'a mut Packer,
    dirty: &'a mut VecDeque<u32>,
    tally: &'a mut Tally,
    frame: &'f Bytes,
    packed: Packed<'f>,
    skip: ConnId,
    limit: usize,
    /// Whose turn it is.
    at: u32,
    /// Whose queue has no room for the frame.
    full: Vec<u32>,
    /// Who has to say what it has.
    pressing: Vec<u32>,
    /// For whom it has panicked.
    broken: Vec<u32>,
    #[cfg(test)]
    faults: &'a guard::Faults,
}

impl Worker {
    /// Queues a frame for all who have entered the room, but `skip`.
    pub(super) fn broadcast(&mut self, room: RoomKey, frame: &Bytes, skip: ConnId) {
        self.arrivals.broadcast(room, frame, skip);
        let seats = self.seats.of(room);
        self.widest = self.widest.max(seats.len());
        let mut seats = seats.iter();
        let mut fanout = Fanout {
            slots: &mut self.slots,
            pool: &mut self.pool,
            packer: &mut self.packer,
            dirty: &mut self.dirty,
            tally: &mut self.tally,
            frame,
            packed: Packed::new(frame),
            skip,
            limit: self.hub.config.max_buffered_bytes,
            at: 0,
            full: Vec::new(),
            pressing: Vec::new(),
            broken: Vec::new(),
            #[cfg(test)]
            faults: &self.hub.config.faults,
        };
        guard::each(&mut fanout, |_| seats.next(), |fanout, slot| fanout.serve(*slot));
        let Fanout { mut packed, full, pressing, broken, .. } = fanout;
        for slot in broken {
            self.break_off(slot);
        }
        let (mut full, mut pressing) = (full.into_iter(), pressing.into_iter());
        guard::each(self, |_| full.next(), |worker, slot| worker.put(slot, &mut packed));
        guard::each(self, |_| pressing.next(), Self::acknowledge);
    }
}

impl Fanout<'_, '_> {
    fn serve(&mut self, slot: u32) {
        self.at = slot;
        let Some(socket) = self.slots.get_mut(slot) else { return };
        #[cfg(test)]
        self.faults.strike(guard::Step::Broadcast, socket.conn);
        if socket.conn == self.skip {
            return;
        }
        if let Some(replay) = &mut socket.replay {
            if !replay.note(self.frame) {
                return;
            }
            if socket.presses() {
                self.pressing.push(slot);
            }
        }
        if socket.phase != Phase::Open {
            return;
        }
        let frame = self.packer.form(&mut self.packed, socket.deflate);
        if !socket.outbox.admit(frame.len(), self.limit) {
            self.full.push(slot);
            return;
        }
        socket.push(frame, self.pool);
        self.tally.messages_out += 1;
        if !socket.dirty {
            socket.dirty = true;
            self.dirty.push_back(slot);
        }
    }
}

impl Guarded for Fanout<'_, '_> {
    /// Its seat is taken away when all others have got the frame.
    fn give_up(&mut self) {
        self.broken.push(self.at);
    }
}
