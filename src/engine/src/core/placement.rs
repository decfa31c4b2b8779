//! Which workers serve a room's sockets: one for most rooms, more for large ones.
//!
//! A broadcast costs one system call a member, whoever makes it. So the members of a small room sit on one worker, which
//! writes them all in one turn, and those of a large room on several, which write at the same time. All of them get the room's
//! effects in one order, so all members see one order.

/// So many members a worker gets before the next one is used. Waking another thread costs about what ten sends do, so it pays
/// long before; below a hundred members the time saved is not felt.
const BLOCK: usize = 128;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    /// The worker of the first members. What concerns the room as a whole happens there.
    home: usize,
    /// So many workers, from `home` on, may have members. Never shrinks: an effect for a worker that has none any more costs
    /// less than counting.
    reach: usize,
}

impl Placement {
    pub(crate) fn new(home: usize) -> Self {
        Self { home, reach: 1 }
    }

    pub(crate) fn home(self) -> usize {
        self.home
    }

    /// The worker for the next member of a room that has so many already.
    pub(crate) fn place(&mut self, members: usize, workers: usize) -> usize {
        let block = members / BLOCK;
        let step = if block < workers { block } else { members % workers };
        self.reach = self.reach.max(step + 1);
        (self.home + step) % workers
    }

    /// The workers that may have members.
    pub(crate) fn workers(self, workers: usize) -> impl Iterator<Item = usize> {
        (0..self.reach).map(move |step| (self.home + step) % workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many members each worker gets.
    fn counts(home: usize, members: usize, workers: usize) -> (Placement, Vec<usize>) {
        let (mut placement, mut counts) = (Placement::new(home), vec![0; workers]);
        for member in 0..members {
            counts[placement.place(member, workers)] += 1;
        }
        (placement, counts)
    }

    #[test]
    fn a_room_spreads_as_it_grows() {
        let rows = [
            (0, 1, 1, vec![1]),
            (0, 5000, 1, vec![5000]),
            (1, BLOCK, 2, vec![0, BLOCK]),
            (1, BLOCK + 1, 2, vec![1, BLOCK]),
            (2, 2 * BLOCK + 1, 4, vec![1, 0, BLOCK, BLOCK]),
            (1, 2000, 2, vec![1000, 1000]),
            (0, 4000, 4, vec![1000, 1000, 1000, 1000]),
        ];
        for (home, members, workers, expected) in rows {
            let (placement, counts) = counts(home, members, workers);
            assert_eq!(counts, expected, "{members} on {workers}");
            let reached: Vec<usize> = placement.workers(workers).collect();
            assert_eq!(reached[0], home);
            assert_eq!(reached.len(), counts.iter().filter(|count| **count > 0).count());
            assert!(reached.iter().all(|worker| counts[*worker] > 0));
        }
    }

    #[test]
    fn a_room_that_has_shrunk_still_reaches_all_its_members() {
        let (mut placement, _) = counts(0, BLOCK + 1, 2);
        assert_eq!(placement.place(3, 2), 0);
        assert_eq!(placement.workers(2).collect::<Vec<_>>(), [0, 1]);
    }
}
