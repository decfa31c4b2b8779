//! Asks the application something at a fixed rate, and notes how long each answer took from the moment at which the question was
//! due: where an answer is late, so are the questions behind it, as for the users of the application.
//!
//! A thread of its own, so that a busy generator is not taken for a busy application.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::histogram::Histogram;

/// After that an answer counts as failed, and so do all that are still due.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the application's users would have seen.
pub(crate) struct Answers {
    pub(crate) times: Histogram,
    pub(crate) failed: u64,
}

/// What is due from `start` until before `end` counts; in nanoseconds since the probe was started.
struct Window {
    start: AtomicU64,
    end: AtomicU64,
}

pub(crate) struct Probe {
    clock: Instant,
    window: Arc<Window>,
    thread: Option<JoinHandle<Answers>>,
}

impl Probe {
    /// With a rate of 0 nothing is asked.
    pub(crate) fn start(port: u16, rate: f64) -> Self {
        let clock = Instant::now();
        let never = || AtomicU64::new(u64::MAX);
        let window = Arc::new(Window { start: never(), end: never() });
        let seen = Arc::clone(&window);
        let thread = (rate > 0.0).then(|| {
            thread::spawn(move || {
                run_anywhere();
                ask(port, clock, Duration::from_secs_f64(1.0 / rate), &seen)
            })
        });
        Self { clock, window, thread }
    }

    /// What is due from now on counts.
    pub(crate) fn begin(&self) {
        self.window.start.store(self.now(), Ordering::Relaxed);
    }

    /// What is due from now on doesn't count any more.
    pub(crate) fn end(&self) {
        self.window.end.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.elapsed().as_nanos() as u64
    }

    /// Waits for the answers that are still due.
    pub(crate) fn finish(self) -> Option<Answers> {
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

fn ask(port: u16, clock: Instant, period: Duration, window: &Window) -> Answers {
    let mut answers = Answers { times: Histogram::new(), failed: 0 };
    let mut connection = None;
    let mut due = Duration::ZERO;
    loop {
        thread::sleep(due.saturating_sub(clock.elapsed()));
        let at = due.as_nanos() as u64;
        if at >= window.end.load(Ordering::Relaxed) {
            return answers;
        }
        // Tried when it comes to that, but judged by when it was due.
        let late = clock.elapsed().saturating_sub(due) > PATIENCE;
        let answered = !late && exchange(port, &mut connection).is_ok();
        if !answered {
            connection = None;
        }
        match (at >= window.start.load(Ordering::Relaxed), answered) {
            (false, _) => {}
            (true, true) => {
                answers.times.record(clock.elapsed().saturating_sub(due).as_nanos() as u64);
            }
            (true, false) => answers.failed += 1,
        }
        due += period;
    }
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
