//! Workers keep out of one another's way in a long fan-out.
//!
//! The members of a large room are spread over the workers, so that their writes run side by side. They don't while two
//! workers wait for one CPU and another is free, and a kernel may leave them so for many milliseconds: it wakes a thread near
//! the one that woke it, a halted virtual CPU may not count as idle, and looking for work elsewhere is put off. So each worker
//! says where it runs and how much it has left: one that finds another on its CPU goes elsewhere, and one that is done gives
//! its CPU to the slowest.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cpus::{self, Thread};

pub(super) struct Crew {
    members: Vec<Member>,
    /// Held by the worker that moves a thread: two at once would take each other's mask for the one to put back.
    moving: Mutex<()>,
}

/// A worker, as the others see it.
#[derive(Default)]
struct Member {
    thread: Thread,
    /// Where it ran when it last said so.
    cpu: AtomicUsize,
    /// Sockets that it has still to write in a long fan-out; 0: there is none.
    left: AtomicUsize,
}

impl Member {
    fn note(&self) {
        self.cpu.store(cpus::current(), Ordering::Relaxed);
    }

    fn cpu(&self) -> usize {
        self.cpu.load(Ordering::Relaxed)
    }

    fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}

impl Crew {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            members: (0..workers).map(|_| Member::default()).collect(),
            moving: Mutex::default(),
        }
    }

    /// The calling thread is this worker's.
    pub(super) fn join(&self, worker: usize) {
        self.members[worker].thread.claim();
    }

    /// The worker runs here now.
    pub(super) fn note(&self, worker: usize) {
        self.members[worker].note();
    }

    /// The worker has so many sockets to write before its part in a long fan-out is done. If another that is awake, or has a
    /// part in one as well, runs on the same CPU, it goes to one where there is none of them.
    pub(super) fn spread(&self, worker: usize, left: usize, awake: impl Fn(usize) -> bool) {
        let member = &self.members[worker];
        member.left.store(left, Ordering::Relaxed);
        member.note();
        let busy = self.others(worker).filter(|(other, at)| at.left() > 0 || awake(*other));
        let taken: Vec<usize> = busy.map(|(_, other)| other.cpu()).collect();
        if taken.contains(&member.cpu()) {
            self.alone(|| {
                member.thread.avoid(&taken);
                member.note();
            });
        }
    }

    /// The worker's part in a long fan-out is done: its CPU is for the one with most left, from so many sockets on.
    pub(super) fn give_way(&self, worker: usize, from: usize) {
        let member = &self.members[worker];
        member.left.store(0, Ordering::Relaxed);
        member.note();
        if let Some(slowest) = self.slowest(worker, from)
            && slowest.cpu() != member.cpu()
        {
            self.alone(|| {
                slowest.thread.bring(member.cpu());
                slowest.cpu.store(member.cpu(), Ordering::Relaxed);
            });
        }
    }

    fn slowest(&self, worker: usize, from: usize) -> Option<&Member> {
        let others = self.others(worker).map(|(_, other)| other);
        others.max_by_key(|other| other.left()).filter(|other| other.left() >= from)
    }

    fn others(&self, worker: usize) -> impl Iterator<Item = (usize, &Member)> {
        self.members.iter().enumerate().filter(move |(index, _)| *index != worker)
    }

    /// Moving helps, but isn't worth waiting for.
    fn alone(&self, move_thread: impl FnOnce()) {
        if let Ok(_guard) = self.moving.try_lock() {
            move_thread();
        }
    }
}

#[cfg(test)]
#[path = "crew_tests.rs"]
mod tests;
