//! What processes and the machine have used, as Linux tells it; elsewhere nothing is known.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::tally::Counts;

/// `/proc/stat` counts in hundredths of a second on all common builds of Linux.
const TICKS: f64 = 100.0;

/// The state of things at one moment. CPU times are in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// On the generator's clock, in nanoseconds.
    pub(crate) at: u64,
    /// The same moment on the machine's clock, in milliseconds since 1970.
    pub(crate) clock: f64,
    pub(crate) counts: Counts,
    /// Of the server, all threads; the kernel's part of its sends is in it.
    pub(crate) server_cpu: Option<f64>,
    pub(crate) server_kib: Option<u64>,
    pub(crate) own_cpu: Option<f64>,
    pub(crate) machine_cpu: Option<f64>,
}

impl Moment {
    pub(crate) fn take(at: u64, server: Option<u32>) -> Self {
        Self {
            at,
            clock: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0.0, |since| since.as_secs_f64() * 1e3),
            counts: Counts::default(),
            server_cpu: server.and_then(process_cpu),
            server_kib: server.and_then(resident_kib),
            own_cpu: thread_cpu("/proc/thread-self"),
            machine_cpu: machine_cpu(),
        }
    }

    pub(crate) fn with(self, counts: Counts) -> Self {
        Self { counts, ..self }
    }
}

fn process_cpu(process: u32) -> Option<f64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let of_thread = |entry: fs::DirEntry| thread_cpu(entry.path().to_str()?);
    Some(threads.flatten().filter_map(of_thread).sum())
}

fn thread_cpu(folder: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("{folder}/schedstat")).ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn resident_kib(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// What all CPUs together have worked.
fn machine_cpu() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let numbers = text.lines().next()?.split_whitespace().skip(1);
    let ticks: Vec<f64> = numbers.map_while(|number| number.parse().ok()).take(8).collect();
    let [user, nice, system, _idle, _waiting, interrupts, soft_interrupts, _stolen] = ticks[..]
    else {
        return None;
    };
    Some((user + nice + system + interrupts + soft_interrupts) / TICKS)
}
