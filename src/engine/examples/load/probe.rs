//! Asks the application something at a fixed rate, and notes how long each answer took from the moment at which the question was
//! due: where an answer is late, so are the questions behind it, as for the users of the application.
//!
//! A thread of its own, so that a busy generator is not taken for a busy application.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::histogram::Histogram;

const IDLE: u8 = 0;
const MEASURING: u8 = 1;
const STOPPING: u8 = 2;

/// After that an answer counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the application's users would have seen.
pub(crate) struct Answers {
    pub(crate) times: Histogram,
    pub(crate) failed: u64,
}

pub(crate) struct Probe {
    phase: Arc<AtomicU8>,
    thread: Option<JoinHandle<Answers>>,
}

impl Probe {
    /// With a rate of 0 nothing is asked.
    pub(crate) fn start(port: u16, rate: f64) -> Self {
        let phase = Arc::new(AtomicU8::new(IDLE));
        let seen = Arc::clone(&phase);
        let thread = (rate > 0.0).then(|| {
            thread::spawn(move || {
                run_anywhere();
                ask(port, Duration::from_secs_f64(1.0 / rate), &seen)
            })
        });
        Self { phase, thread }
    }

    /// Whether what is due now counts.
    pub(crate) fn measure(&self, on: bool) {
        self.phase.store(if on { MEASURING } else { IDLE }, Ordering::Relaxed);
    }

    pub(crate) fn finish(self) -> Option<Answers> {
        self.phase.store(STOPPING, Ordering::Relaxed);
        self.thread.and_then(|thread| thread.join().ok())
    }
}

/// The generator may have been given one CPU, which the probe would have to wait for.
fn run_anywhere() {
    #[cfg(target_os = "linux")]
    {
        let mut all = rustix::thread::CpuSet::new();
        (0..rustix::thread::CpuSet::MAX_CPU).for_each(|cpu| all.set(cpu));
        // Where it is not allowed the figures are a little worse.
        let _ = rustix::thread::sched_setaffinity(None, &all);
    }
}

fn ask(port: u16, period: Duration, phase: &AtomicU8) -> Answers {
    let mut answers = Answers { times: Histogram::new(), failed: 0 };
    let mut connection = None;
    let mut due = Instant::now();
    while phase.load(Ordering::Relaxed) != STOPPING {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let counts = phase.load(Ordering::Relaxed) == MEASURING;
        let result = exchange(port, &mut connection);
        if result.is_err() {
            connection = None;
        }
        match result {
            _ if !counts => {}
            Ok(()) => answers.times.record(due.elapsed().as_nanos() as u64),
            Err(_) => answers.failed += 1,
        }
        due += period;
    }
    answers
}

/// One question and its answer on a connection that is kept.
fn exchange(port: u16, connection: &mut Option<BufReader<TcpStream>>) -> io::Result<()> {
    let stream = match connection {
        Some(stream) => stream,
        None => connection.insert(BufReader::new(connect(port)?)),
    };
    let request = format!("GET /ping HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    io::copy(&mut stream.take(length), &mut io::sink())?;
    Ok(())
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}
