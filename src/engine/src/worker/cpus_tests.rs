//! Threads get where they are sent, and may run afterwards where they might before.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, gettid, sched_getaffinity};

use super::{Thread, current};

/// Longer than a kernel takes to run a thread.
const PATIENCE: Duration = Duration::from_secs(30);

/// The kernel may move a thread again at once, but not every time.
fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "the thread has never got there");
        std::thread::yield_now();
    }
}

fn allowed() -> CpuSet {
    sched_getaffinity(None).expect("a mask")
}

/// To somewhere else, where there is such a place.
#[test]
fn a_thread_leaves_a_cpu() {
    let (thread, before) = (Thread::default(), allowed());
    thread.claim();
    until(|| {
        let cpu = current();
        thread.avoid(&[cpu]);
        let moved = current() != cpu;
        assert_eq!(allowed(), before);
        moved || before.count() == 1
    });
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).collect();
    thread.avoid(&all);
    assert_eq!(allowed(), before, "there is nowhere to go");
}

#[test]
fn a_thread_is_brought_to_a_cpu() {
    let (thread, seen, done) = (Thread::default(), AtomicUsize::new(0), AtomicBool::new(false));
    let before = allowed();
    std::thread::scope(|scope| {
        let (at_work, started) = mpsc::channel();
        let (thread, seen, done) = (&thread, &seen, &done);
        scope.spawn(move || {
            thread.claim();
            at_work.send(gettid()).expect("somebody to tell");
            while !done.load(Ordering::Relaxed) {
                seen.store(current(), Ordering::Relaxed);
                std::thread::yield_now();
            }
        });
        let id = started.recv().expect("a thread at work");
        let mask = || sched_getaffinity(Some(id)).expect("a mask");
        for cpu in (0..CpuSet::MAX_CPU).filter(|cpu| before.is_set(*cpu)) {
            until(|| {
                thread.bring(cpu);
                assert_eq!(mask(), before);
                seen.load(Ordering::Relaxed) == cpu
            });
        }
        if let Some(forbidden) = (0..CpuSet::MAX_CPU).find(|cpu| !before.is_set(*cpu)) {
            thread.bring(forbidden);
            assert_eq!(mask(), before);
        }
        done.store(true, Ordering::Relaxed);
    });
}
