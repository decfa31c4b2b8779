//! All clients and the one loop that moves them.

use std::io;
use std::mem;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Token};

use crate::alarm::Alarm;
use crate::client::{Client, Place, State};
use crate::connection::Connection;
use crate::frame;
use crate::inspector::Inspector;
use crate::pacer::Pacer;
use crate::workload::Workload;

const ALARM: Token = Token(usize::MAX - 1);
/// More than the longest message: a welcome with the keys or members of the fullest room.
const SCRATCH: usize = 4 << 20;
/// How many clients may be on their way into a room at a time.
const CONNECTING: usize = 64;

pub(crate) struct Generator {
    pub(crate) workload: Workload,
    pub(crate) inspector: Inspector,
    pub(crate) clients: Vec<Client>,
    poll: Poll,
    alarm: Alarm,
    clock: Instant,
    pacer: Pacer,
    scratch: Vec<u8>,
    /// Who may have something to send.
    unsent: Vec<usize>,
    /// Visitors that have left, and come again elsewhere.
    left: Vec<usize>,
    /// Connections so far.
    opened: usize,
    visiting: bool,
}

impl Generator {
    pub(crate) fn new(workload: Workload) -> io::Result<Self> {
        let poll = Poll::new()?;
        let place = |number| Place {
            room: number / workload.members,
            seat: Some(number % workload.members),
        };
        let residents = 0..workload.rooms * workload.members;
        let clients: Vec<_> =
            residents.map(|number| Client::new(number, place(number), &workload)).collect();
        // By seats, so that neighbours in time are in different rooms.
        let sends =
            |who: &usize| clients[*who].sends() && workload.is_active(clients[*who].place.room);
        let mut senders: Vec<_> = (0..clients.len()).filter(sends).collect();
        senders.sort_by_key(|who| clients[*who].place.seat);
        Ok(Self {
            inspector: Inspector::new(workload.clone()),
            alarm: Alarm::new(poll.registry(), ALARM)?,
            pacer: Pacer::new(workload.pace, senders),
            clock: Instant::now(),
            scratch: vec![0; SCRATCH],
            unsent: Vec::new(),
            left: Vec::new(),
            opened: 0,
            visiting: false,
            workload,
            clients,
            poll,
        })
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.elapsed().as_nanos() as u64
    }

    /// Lets the next residents connect, as long as not too many are on their way.
    pub(crate) fn connect_some(&mut self) -> io::Result<()> {
        let end = (self.settled() + CONNECTING).min(self.clients.len());
        (self.opened..end).try_for_each(|who| self.connect(who))
    }

    /// How many residents are in their rooms, or were turned away.
    pub(crate) fn settled(&self) -> usize {
        let tally = &self.inspector.tally;
        (tally.entering.count() + tally.counts.dropped) as usize
    }

    fn connect(&mut self, who: usize) -> io::Result<()> {
        let (port, registry) = (self.workload.port, self.poll.registry());
        let connection = Connection::open(port, self.opened, registry, Token(who))?;
        let now = self.now();
        self.opened += 1;
        self.clients[who].enter(connection, now, &self.workload);
        self.unsent.push(who);
        Ok(())
    }

    /// Lets the load begin.
    pub(crate) fn begin(&mut self) {
        let now = self.now();
        for who in self.pacer.begin(now) {
            self.send(who, now);
        }
    }

    /// Lets visitors come and go.
    pub(crate) fn begin_visits(&mut self) {
        self.visiting = true;
        let residents = self.clients.len();
        for number in residents..residents + self.workload.joiners {
            let place = Place { room: 0, seat: None };
            self.clients.push(Client::new(number, place, &self.workload));
            self.left.push(number);
        }
    }

    /// No more is sent, and nobody comes any more.
    pub(crate) fn stop(&mut self) {
        self.pacer.stop();
        self.visiting = false;
    }

    fn send(&mut self, who: usize, time: u64) {
        if self.clients[who].send(time, self.workload.keys) {
            self.inspector.tally.counts.sent += 1;
            self.unsent.push(who);
        }
    }

    /// Says something else for a client.
    pub(crate) fn say(&mut self, who: usize, text: &str) {
        self.clients[who].say(frame::TEXT, text.as_bytes());
        self.unsent.push(who);
    }

    /// One turn of the loop: sends what is due, waits until `deadline` at the latest, takes in what has come.
    pub(crate) fn turn(&mut self, events: &mut Events, deadline: u64) -> io::Result<()> {
        let now = self.now();
        while let Some((who, time)) = self.pacer.due(now) {
            self.send(who, time);
        }
        self.flush();
        let wake = self.pacer.next_due().unwrap_or(u64::MAX).min(deadline);
        let wait = Duration::from_nanos(wake.saturating_sub(self.now()));
        let wait = self.alarm.set(wait.min(Duration::from_millis(100)))?;
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => result?,
        }
        events.iter().filter(|event| event.token() != ALARM).for_each(|event| self.event(event));
        self.follow_up()
    }

    /// What the messages of this turn have caused.
    fn follow_up(&mut self) -> io::Result<()> {
        let now = self.now();
        let mut returned = mem::take(&mut self.inspector.returned);
        for who in returned.drain(..) {
            if let Some(next) = self.pacer.returned(who) {
                self.send(next, now);
            }
        }
        self.inspector.returned = returned;
        if self.visiting {
            for who in mem::take(&mut self.left) {
                self.clients[who].place.room = self.opened % self.workload.rooms;
                self.connect(who)?;
            }
        }
        self.flush();
        Ok(())
    }

    fn event(&mut self, event: &Event) {
        let who = event.token().0;
        if event.is_writable() {
            self.unsent.push(who);
        }
        if event.is_readable() || event.is_read_closed() {
            let mut scratch = mem::take(&mut self.scratch);
            let result = self.read(who, &mut scratch, event.is_read_closed());
            self.scratch = scratch;
            if let Err(why) = result {
                self.ended(who, &why);
            }
            self.unsent.push(who);
        }
    }

    fn read(&mut self, who: usize, scratch: &mut [u8], closed: bool) -> Result<(), String> {
        let client = &mut self.clients[who];
        while let Some(connection) = &mut client.connection {
            let read = connection.read(scratch).map_err(|error| error.to_string())?;
            let Some(filled) = read else { break };
            self.inspector.now = self.clock.elapsed().as_nanos() as u64;
            self.inspector.tally.counts.reads += 1;
            let bytes = &scratch[..filled.length];
            let used = client.receive(bytes, &self.workload, &mut self.inspector)?;
            if let Some(connection) = &mut client.connection {
                connection.keep(&bytes[used..]);
            }
            // A connection that is closed gives no further event: read on to its end.
            if filled.drained && !closed {
                break;
            }
        }
        Ok(())
    }

    fn ended(&mut self, who: usize, why: &str) {
        let client = &mut self.clients[who];
        client.connection = None;
        let state = mem::replace(&mut client.state, State::Away);
        let resident = client.place.seat.is_some();
        match state {
            State::Away => return,
            State::Leaving => self.inspector.tally.counts.visits += 1,
            _ => self.inspector.tally.dropped(|| format!("lost while {state:?}: {why}")),
        }
        if !resident {
            self.left.push(who);
        }
    }

    fn flush(&mut self) {
        for who in mem::take(&mut self.unsent) {
            let Some(connection) = &mut self.clients[who].connection else { continue };
            if let Err(error) = connection.flush() {
                self.ended(who, &error.to_string());
            }
        }
    }
}
