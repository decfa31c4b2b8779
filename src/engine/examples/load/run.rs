//! The phases of a run, one after the other.

use std::io;
use std::time::Duration;

use mio::Events;
use serde_json::Value;

use crate::client::{Client, State};
use crate::generator::Generator;
use crate::histogram::Histogram;
use crate::probe::Probe;
use crate::process::Moment;
use crate::report::{self, Figures};
use crate::workload::{Kind, Workload};

/// Longer than any server here takes to let everybody in.
const CONNECT: Duration = Duration::from_secs(60);
/// How long the last messages may take, and how long nothing may come before they are given up.
const DRAIN: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_millis(2500);
/// Keys in one change when a room is filled.
const FILL: usize = 500;

pub(crate) fn run(workload: Workload) -> io::Result<Value> {
    let mut run = Run { generator: Generator::new(workload)?, events: Events::with_capacity(1024) };
    let server = run.workload().server;
    let empty = Moment::take(run.generator.now(), server);
    run.connect()?;
    let settle = run.workload().settle;
    let joined = run.until_quiet(seconds(settle))?;
    let full = Moment::take(joined, server);
    run.fill_rooms()?;
    let probe = Probe::start(run.workload().port, run.workload().probe);
    run.begin();
    run.last(run.workload().warmup)?;
    let (from, to) = run.measure(&probe)?;
    run.generator.stop();
    let expected = run.drain()?;
    let application = probe.finish();
    let figures = Figures { empty, full, from, to, expected, application };
    Ok(report::line(&run.generator, &figures))
}

struct Run {
    generator: Generator,
    events: Events,
}

impl Run {
    fn workload(&self) -> &Workload {
        &self.generator.workload
    }

    /// One turn, at most until `deadline`.
    fn turn(&mut self, deadline: u64) -> io::Result<()> {
        self.generator.turn(&mut self.events, deadline)
    }

    fn last(&mut self, length: f64) -> io::Result<()> {
        let deadline = self.generator.now() + nanoseconds(seconds(length));
        while self.generator.now() < deadline {
            self.turn(deadline)?;
        }
        Ok(())
    }

    /// Goes on until nothing has come for `silence`, or for 30 s; says when the last message came.
    fn until_quiet(&mut self, silence: Duration) -> io::Result<u64> {
        let limit = self.generator.now() + nanoseconds(Duration::from_secs(30));
        let mut last = (self.generator.now(), self.heard());
        loop {
            let deadline = last.0 + nanoseconds(silence);
            let now = self.generator.now();
            if now >= deadline.min(limit) {
                return Ok(last.0);
            }
            self.turn(deadline)?;
            if self.heard() != last.1 {
                last = (self.generator.now(), self.heard());
            }
        }
    }

    /// Messages so far; heartbeats don't count.
    fn heard(&self) -> u64 {
        let counts = self.generator.inspector.tally.counts;
        counts.delivered + counts.notices
    }

    fn connect(&mut self) -> io::Result<()> {
        let deadline = self.generator.now() + nanoseconds(CONNECT);
        while self.generator.now() < deadline {
            self.generator.connect_some()?;
            if self.generator.settled() >= self.generator.clients.len() {
                return Ok(());
            }
            self.turn(deadline)?;
        }
        let (settled, all) = (self.generator.settled(), self.generator.clients.len());
        self.generator.inspector.tally.dropped(|| format!("only {settled} of {all} got in"));
        Ok(())
    }

    fn fill_rooms(&mut self) -> io::Result<()> {
        let Workload { keys, payload, members, rooms, wire, .. } = *self.workload();
        if keys == 0 {
            return Ok(());
        }
        for first in (0..keys).step_by(FILL) {
            let text = wire.filling(first..keys.min(first + FILL), payload);
            (0..rooms).for_each(|room| self.generator.say(room * members, &text));
        }
        self.until_quiet(Duration::from_millis(200))?;
        Ok(())
    }

    fn begin(&mut self) {
        match self.workload().kind {
            Kind::Join => self.generator.begin_visits(),
            _ => self.generator.begin(),
        }
    }

    /// The measured time: its first and its last moment.
    fn measure(&mut self, probe: &Probe) -> io::Result<(Moment, Moment)> {
        let length = self.workload().seconds;
        let start = self.generator.now();
        let tally = &mut self.generator.inspector.tally;
        // Only those who come now.
        tally.entering = Histogram::new();
        tally.window = start..start + nanoseconds(seconds(length));
        let before = tally.counts;
        probe.begin();
        let from = Moment::take(start, self.workload().server).with(before);
        self.last(length)?;
        let counts = self.generator.inspector.tally.counts;
        let to = Moment::take(self.generator.now(), self.workload().server).with(counts);
        probe.end();
        Ok((from, to))
    }

    /// Waits for what is still under way; says how many messages should have come in all.
    fn drain(&mut self) -> io::Result<u64> {
        let sent: u64 = self.generator.clients.iter().map(Client::sent).sum();
        let expected = sent * self.workload().receivers();
        let limit = self.generator.now() + nanoseconds(DRAIN);
        let mut last = (self.generator.now(), 0);
        loop {
            let counts = self.generator.inspector.tally.counts;
            if counts.delivered >= expected && self.visitors() == 0 {
                break;
            }
            let now = self.generator.now();
            if self.heard() != last.1 {
                last = (now, self.heard());
            }
            if now >= limit || now >= last.0 + nanoseconds(SILENCE) {
                break;
            }
            self.turn(limit)?;
        }
        // What comes twice, and the last to go, come now.
        self.until_quiet(Duration::from_millis(50))?;
        Ok(expected)
    }

    /// Those that have come and not yet gone.
    fn visitors(&self) -> usize {
        let residents = self.workload().rooms * self.workload().members;
        self.generator.clients[residents..]
            .iter()
            .filter(|client| client.state != State::Away)
            .count()
    }
}

fn seconds(length: f64) -> Duration {
    Duration::from_secs_f64(length)
}

fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}
