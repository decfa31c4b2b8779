//! Which CPU a thread runs on, and how it gets to another one.
//!
//! A thread is moved by a mask that is put back at once. The kernel may move it again afterwards, and what an operator has
//! allowed holds as before; only a mask that is set from outside within these microseconds is lost. Where the kernel refuses,
//! and on other systems than Linux, nothing is moved.

#[cfg(target_os = "linux")]
pub(super) use linux::{Thread, current};
#[cfg(not(target_os = "linux"))]
pub(super) use unknown::{Thread, current};

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::atomic::{AtomicI32, Ordering};

    use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// Where the calling thread runs.
    pub(in crate::worker) fn current() -> usize {
        sched_getcpu()
    }

    /// A thread that others may move, once it has agreed.
    #[derive(Default)]
    pub(in crate::worker) struct Thread(AtomicI32);

    impl Thread {
        /// The calling thread is this one.
        pub(in crate::worker) fn claim(&self) {
            self.0.store(gettid().as_raw_pid(), Ordering::Relaxed);
        }

        /// To any CPU but these, where it may run. Whoever moves a thread must be alone.
        pub(in crate::worker) fn avoid(&self, taken: &[usize]) {
            self.through(|allowed| {
                let mut rest = *allowed;
                for &cpu in taken {
                    rest.unset(cpu);
                }
                rest
            });
        }

        /// To this CPU, if it may run there. Whoever moves a thread must be alone.
        pub(in crate::worker) fn bring(&self, cpu: usize) {
            self.through(|allowed| {
                let mut only = CpuSet::new();
                if allowed.is_set(cpu) {
                    only.set(cpu);
                }
                only
            });
        }

        /// By way of another mask, and back.
        fn through(&self, mask: impl FnOnce(&CpuSet) -> CpuSet) {
            // None would be the calling thread.
            let Some(thread) = Pid::from_raw(self.0.load(Ordering::Relaxed)) else { return };
            // Fails where there are more CPUs than a mask has bits: past this line their numbers fit in.
            let Ok(allowed) = sched_getaffinity(Some(thread)) else { return };
            // An empty mask is refused.
            if sched_setaffinity(Some(thread), &mask(&allowed)).is_ok() {
                let _ = sched_setaffinity(Some(thread), &allowed);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod unknown {
    pub(in crate::worker) fn current() -> usize {
        0
    }

    #[derive(Default)]
    pub(in crate::worker) struct Thread;

    impl Thread {
        pub(in crate::worker) fn claim(&self) {}
        pub(in crate::worker) fn avoid(&self, _taken: &[usize]) {}
        pub(in crate::worker) fn bring(&self, _cpu: usize) {}
    }
}

#[cfg(all(test, target_os = "linux"))]
#[path = "cpus_tests.rs"]
mod tests;
