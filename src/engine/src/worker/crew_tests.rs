use super::*;

/// No CPU's number.
const AWAY: usize = usize::MAX;

#[test]
fn the_cpu_goes_to_the_one_with_most_left_if_that_is_worth_it() {
    let rows = [
        ([500, 0, 0], None),
        ([0, 127, 99], None),
        ([0, 128, 99], Some(1)),
        ([900, 128, 300], Some(2)),
    ];
    let crew = Crew::new(3);
    for (rests, brought) in rows {
        for (member, left) in crew.members.iter().zip(rests) {
            member.left.store(left, Ordering::Relaxed);
            member.cpu.store(AWAY, Ordering::Relaxed);
        }
        crew.give_way(0, 128);
        let came = (1..3).find(|other| crew.members[*other].cpu() != AWAY);
        assert_eq!(came, brought, "{rests:?}");
    }
}

#[cfg(target_os = "linux")]
mod masks {
    use std::sync::Barrier;

    use rustix::thread::{CpuSet, sched_getaffinity};

    use super::*;

    fn allowed() -> CpuSet {
        sched_getaffinity(None).expect("a mask")
    }

    /// The kernel may move it back at once, but not every time.
    #[test]
    fn a_worker_leaves_the_cpu_of_another_that_is_at_work() {
        let crew = Crew::new(2);
        crew.join(0);
        for (left, awake) in [(0, true), (1, false)] {
            crew.members[1].left.store(left, Ordering::Relaxed);
            let moved = (0..1_000_000).any(|_| {
                crew.note(1);
                crew.spread(0, 1, |_| awake);
                crew.members[0].cpu() != crew.members[1].cpu()
            });
            assert!(moved || allowed().count() == 1);
        }
    }

    /// Workers that move one another, all at the same time and for no good reason.
    #[test]
    fn no_worker_is_left_with_the_mask_of_a_move() {
        const WORKERS: usize = 4;
        let (crew, before) = (Crew::new(WORKERS), allowed());
        let running = Barrier::new(WORKERS);
        std::thread::scope(|scope| {
            for worker in 0..WORKERS {
                let (crew, before, running) = (&crew, &before, &running);
                scope.spawn(move || {
                    crew.join(worker);
                    running.wait();
                    for round in 0..2000 {
                        crew.spread((worker + round) % WORKERS, 1, |_| true);
                        crew.give_way(worker, 1);
                    }
                    running.wait();
                    assert_eq!(allowed(), *before);
                });
            }
        });
    }
}
