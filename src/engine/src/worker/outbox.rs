//! What waits to be written to one socket.
//!
//! A frame that is alone is shared by all who get it: in a large room that is quiet nothing is copied. Small frames that
//! gather while a socket is busy are copied behind one another and leave in one write; large ones stay shared. An idle client
//! holds no buffer.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

/// From this size on a frame is shared and not copied: one more slice in a vectored write costs less than copying 4 KiB.
const SHARE_FROM: usize = 4096;
/// A buffer that has grown past this is not kept for another client.
const POOLED: usize = 64 * 1024;
/// Slices in one vectored write.
const SLICES: usize = 64;

/// Buffers that wait for their next client, so that a busy worker allocates nothing for small frames. They are bounded by number, by
/// what they hold together, and by how many sockets there are.
#[derive(Default)]
pub(super) struct Pool {
    buffers: Vec<Vec<u8>>,
    /// The capacity of all of them.
    held: usize,
}

impl Pool {
    /// So many buffers are kept.
    const KEPT: usize = 256;
    /// And so many bytes in them.
    const HELD: usize = 256 * 1024;

    /// Keeps one for each socket at most: after a rush nobody needs the others.
    pub(super) fn trim(&mut self, sockets: usize) {
        while self.buffers.len() > sockets {
            self.get();
        }
    }

    fn get(&mut self) -> Vec<u8> {
        let buffer = self.buffers.pop().unwrap_or_default();
        self.held -= buffer.capacity();
        buffer
    }

    fn put(&mut self, mut buffer: Vec<u8>) {
        let held = self.held + buffer.capacity();
        if self.buffers.len() < Self::KEPT && buffer.capacity() <= POOLED && held <= Self::HELD {
            buffer.clear();
            self.held = held;
            self.buffers.push(buffer);
        }
    }
}

/// Something that bytes can be written to without waiting.
pub(super) trait Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

#[derive(Default)]
pub(super) struct Outbox {
    /// The only frame that waits; empty when there is none or when there are more.
    single: Bytes,
    /// Before `tail`: large frames, and what was in the tail when they came.
    front: VecDeque<Bytes>,
    tail: Vec<u8>,
    /// So much of `tail` has been written.
    written: usize,
    queued: usize,
    /// The size of the frame that was let in past the limit; 0 once the queue has been empty.
    beyond: usize,
}

impl Outbox {
    /// Bytes that wait.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Whether a frame of this size may wait too. The size of a single one says nothing about how fast the client reads: that
    /// with which the limit is passed is let in, and not counted. So at most `limit` bytes and one frame wait.
    pub(super) fn admit(&mut self, size: usize, limit: usize) -> bool {
        if self.queued.saturating_sub(self.beyond) + size <= limit {
            return true;
        }
        let admitted = self.beyond == 0;
        if admitted {
            self.beyond = size;
        }
        admitted
    }

    pub(super) fn push(&mut self, frame: &Bytes, pool: &mut Pool) {
        let first = self.queued == 0;
        self.queued += frame.len();
        if first {
            self.single = frame.clone();
            return;
        }
        if !self.single.is_empty() {
            let single = std::mem::take(&mut self.single);
            self.append(&single, pool);
        }
        self.append(frame, pool);
    }

    fn append(&mut self, frame: &Bytes, pool: &mut Pool) {
        if frame.len() >= SHARE_FROM {
            self.seal_tail();
            self.front.push_back(frame.clone());
            return;
        }
        if self.tail.capacity() == 0 {
            self.tail = pool.get();
        }
        self.tail.extend_from_slice(frame);
    }

    fn seal_tail(&mut self) {
        if !self.tail.is_empty() {
            let mut sealed = Bytes::from(std::mem::take(&mut self.tail));
            sealed.advance(std::mem::take(&mut self.written));
            self.front.push_back(sealed);
        }
    }

    /// Writes until all is gone or the sink takes no more. Whether all is gone.
    pub(super) fn flush(&mut self, sink: &mut impl Sink, pool: &mut Pool) -> io::Result<bool> {
        while self.queued > 0 {
            let result = if !self.single.is_empty() {
                sink.write(&self.single)
            } else if self.front.is_empty() {
                sink.write(&self.tail[self.written..])
            } else {
                sink.write_slices(&self.slices())
            };
            match result {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.beyond = 0;
        if self.tail.capacity() > 0 {
            pool.put(std::mem::take(&mut self.tail));
            self.written = 0;
        }
        Ok(true)
    }

    fn slices(&self) -> Vec<IoSlice<'_>> {
        let front = self.front.iter().take(SLICES).map(|bytes| IoSlice::new(bytes));
        let tail = std::iter::once(IoSlice::new(&self.tail[self.written..]))
            .filter(|slice| !slice.is_empty());
        front.chain(tail).collect()
    }

    fn advance(&mut self, mut count: usize) {
        self.queued -= count;
        if !self.single.is_empty() {
            self.single.advance(count);
            return;
        }
        while count > 0 {
            let Some(first) = self.front.front_mut() else {
                self.written += count;
                return;
            };
            let step = count.min(first.len());
            first.advance(step);
            count -= step;
            if first.is_empty() {
                self.front.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` bytes in all, at most `step` at a time.
    struct Slow {
        taken: Vec<u8>,
        step: usize,
        room: usize,
    }

    impl Sink for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.step).min(self.room);
            if count == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            self.write(&all)
        }
    }

    #[test]
    fn order_survives_sizes_and_partial_writes() {
        let frames: Vec<Bytes> = [10, 5000, 1, 1, 4096, 4095, 0, 9000, 3]
            .iter()
            .enumerate()
            .map(|(index, size)| Bytes::from(vec![u8::try_from(index).unwrap(); *size]))
            .collect();
        for step in [1, 7, 4096, 1 << 20] {
            let (mut outbox, mut pool) = (Outbox::default(), Pool::default());
            let mut sink = Slow { taken: Vec::new(), step, room: 0 };
            for frame in &frames {
                outbox.push(frame, &mut pool);
                sink.room += 600;
                outbox.flush(&mut sink, &mut pool).unwrap();
            }
            assert_eq!(outbox.queued(), frames.concat().len() - sink.taken.len());
            sink.room = usize::MAX;
            assert!(outbox.flush(&mut sink, &mut pool).unwrap());
            assert_eq!(outbox.queued(), 0);
            assert_eq!(sink.taken, frames.concat());
        }
    }

    #[test]
    fn the_frame_that_passes_the_limit_is_let_in_once_until_the_queue_is_empty() {
        let (mut outbox, mut pool) = (Outbox::default(), Pool::default());
        let mut offer = |outbox: &mut Outbox, size: usize| {
            let admitted = outbox.admit(size, 100);
            if admitted {
                outbox.push(&Bytes::from(vec![0; size]), &mut pool);
            }
            admitted
        };
        let large = [(40, true), (500, true), (101, false), (60, true), (1, false)];
        let usual = [(60, true), (60, true), (40, true), (1, false)];
        for rows in [&large[..], &usual] {
            for &(size, admitted) in rows {
                assert_eq!(offer(&mut outbox, size), admitted, "{size} behind {}", outbox.queued());
            }
            let mut sink = Slow { taken: Vec::new(), step: 1000, room: outbox.queued() - 50 };
            assert!(!outbox.flush(&mut sink, &mut Pool::default()).unwrap());
            assert!(!offer(&mut outbox, 101), "one has passed the limit already");
            sink.room = 50;
            assert!(outbox.flush(&mut sink, &mut Pool::default()).unwrap());
        }
        assert!(offer(&mut outbox, 101));
    }

    #[test]
    fn an_idle_outbox_holds_no_buffer() {
        let (mut outbox, mut pool) = (Outbox::default(), Pool::default());
        outbox.push(&Bytes::from_static(b"hello"), &mut pool);
        assert_eq!(outbox.tail.capacity(), 0, "a single frame is shared");
        outbox.push(&Bytes::from_static(b"again"), &mut pool);
        let mut sink = Slow { taken: Vec::new(), step: 100, room: 100 };
        assert!(outbox.flush(&mut sink, &mut pool).unwrap());
        assert_eq!(outbox.tail.capacity(), 0);
        assert_eq!(pool.buffers.len(), 1);
    }

    #[test]
    fn what_a_burst_has_made_large_is_kept_up_to_a_bound() {
        let mut pool = Pool::default();
        for size in [POOLED, 100, POOLED + 1] {
            for _ in 0..2 * Pool::KEPT {
                pool.put(Vec::with_capacity(size));
            }
        }
        assert_eq!(pool.held, Pool::HELD, "whole buffers that just fit");
        assert_eq!(pool.buffers.len(), Pool::HELD / POOLED);
        while pool.get().capacity() > 0 {}
        assert_eq!(pool.held, 0);
        for _ in 0..2 * Pool::KEPT {
            pool.put(Vec::with_capacity(100));
        }
        assert_eq!(pool.buffers.len(), Pool::KEPT);
        pool.trim(3);
        assert_eq!((pool.buffers.len(), pool.held), (3, 300), "one for each of three sockets");
    }
}
