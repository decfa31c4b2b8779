//! Panics: a bug of ours that is met while something is done for one connection may cost that connection, and nobody else.
//!
//! Work is done in steps, each for one connection or for none. Many steps share one guard, so a step that goes well pays
//! nothing for it; whoever does the work knows whom the present step is for.
//!
//! What a step had changed when it panicked stays changed. Locks that it held are used again: what is behind them is plain
//! data, of which each rule changes the parts of one client and one room, so these may be left half-way and no others. The
//! client is closed for good, a room goes on as it is; the alternative, to give up all rooms for one, is worse.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::protocol::CloseReason;

/// Who does work in steps.
pub(crate) trait Guarded {
    /// The present step has panicked: ends whom it is for.
    fn give_up(&mut self);
}

/// Does a step for all that `next` has to offer, whatever becomes of single ones. `next` must not panic.
pub(crate) fn each<W: Guarded, T>(
    worker: &mut W,
    mut next: impl FnMut(&mut W) -> Option<T>,
    mut step: impl FnMut(&mut W, T),
) {
    let mut all = |worker: &mut W| {
        while let Some(item) = next(worker) {
            step(worker, item);
        }
    };
    while catch(|| all(worker)).is_none() {
        worker.give_up();
    }
}

/// Does one thing. None: it has panicked, of which the panic hook has told.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What a client is told for which a step has panicked, and how its end is counted.
pub(crate) fn reason() -> CloseReason {
    CloseReason::new(1011, "internal error")
}

/// What is being done: for the log, and for tests to have it panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Read,
    Deadline,
    Effect,
    Broadcast,
    Mail,
    Flush,
    End,
    /// Of the core: for a client.
    Rule,
    /// Of the core: for the application.
    Call,
}

#[cfg(test)]
pub(crate) use faults::Faults;

/// Panics on demand. In no build but that of the tests.
#[cfg(test)]
mod faults {
    use std::sync::{Mutex, PoisonError};

    use super::Step;
    use crate::ids::ConnId;

    #[derive(Debug, Default)]
    pub(crate) struct Faults(Mutex<Vec<(Step, ConnId)>>);

    impl Faults {
        /// The next such step for this connection is to panic.
        pub(crate) fn set(&self, step: Step, conn: ConnId) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((step, conn));
        }

        pub(crate) fn strike(&self, step: Step, conn: ConnId) {
            let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = faults.iter().position(|fault| *fault == (step, conn)) {
                faults.remove(place);
                drop(faults);
                panic!("a fault that a test has set: {step:?} of {conn:?}");
            }
        }

        pub(crate) fn left(&self) -> usize {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
        }
    }
}
