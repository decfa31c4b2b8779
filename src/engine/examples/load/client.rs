//! One client: what it says and hears from the upgrade to the end.

use memchr::memmem;

use crate::connection::Connection;
use crate::frame::{self, Frame};
use crate::inspector::{Inspector, Receiver};
use crate::roster::Roster;
use crate::sequences::Sequences;
use crate::stamp::Template;
use crate::wire::Greeting;
use crate::workload::{Kind, Workload};

/// How far a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Away,
    Upgrading,
    Greeting,
    InRoom,
    /// It has said that it goes.
    Leaving,
}

/// Where a client belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) room: usize,
    /// Residents have the seats 0 to `members - 1`; those who come and go have none.
    pub(crate) seat: Option<usize>,
}

struct Sender {
    template: Template,
    sequence: u32,
}

pub(crate) struct Client {
    number: usize,
    pub(crate) place: Place,
    pub(crate) state: State,
    pub(crate) connection: Option<Connection>,
    /// When it connected.
    since: u64,
    sequences: Sequences,
    roster: Roster,
    sender: Option<Box<Sender>>,
}

impl Client {
    pub(crate) fn new(number: usize, place: Place, workload: &Workload) -> Self {
        let seat = place.seat.filter(|seat| workload.sends(*seat));
        let sender = seat.map(|seat| Sender { template: template(seat, workload), sequence: 0 });
        Self {
            number,
            place,
            state: State::Away,
            connection: None,
            since: 0,
            sequences: Sequences::new(workload.senders),
            roster: Roster::default(),
            sender: sender.map(Box::new),
        }
    }

    pub(crate) fn enter(&mut self, mut connection: Connection, now: u64, workload: &Workload) {
        let request = workload.wire.upgrade(workload.port);
        connection.unsent().extend_from_slice(request.as_bytes());
        self.connection = Some(connection);
        self.state = State::Upgrading;
        self.since = now;
    }

    pub(crate) fn sends(&self) -> bool {
        self.sender.is_some()
    }

    /// How many changes or actions it has sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sender.as_ref().map_or(0, |sender| sender.sequence.into())
    }

    pub(crate) fn knows(&self, members: usize) -> bool {
        self.roster.knows(members)
    }

    /// Queues its next change or action; false when it is in no room.
    pub(crate) fn send(&mut self, time: u64, keys: usize) -> bool {
        let (State::InRoom, Some(connection), Some(sender)) =
            (self.state, &mut self.connection, &mut self.sender)
        else {
            return false;
        };
        sender.template.stamp(sender.sequence, time);
        if keys > 0 {
            sender.template.rename(sender.sequence as usize % keys);
        }
        sender.sequence += 1;
        connection.unsent().extend_from_slice(sender.template.bytes());
        true
    }

    pub(crate) fn say(&mut self, opcode: u8, payload: &[u8]) {
        if let Some(connection) = &mut self.connection {
            frame::write(connection.unsent(), opcode, payload);
        }
    }

    /// Takes in what is whole in `bytes` and says how much that was.
    ///
    /// # Errors
    /// Why the connection is over.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        workload: &Workload,
        inspector: &mut Inspector,
    ) -> Result<usize, String> {
        let mut used = 0;
        if self.state == State::Upgrading {
            let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            if !bytes.starts_with(b"HTTP/1.1 101 ") {
                return Err(format!("no upgrade: {}", String::from_utf8_lossy(&bytes[..end])));
            }
            used = end + 4;
            self.state = State::Greeting;
            if workload.wire.opens_with_hello() {
                self.say_hello(workload);
            }
        }
        while let Some(frame) = frame::read(&bytes[used..]) {
            used += frame.size;
            self.frame(&frame, workload, inspector)?;
        }
        Ok(used)
    }

    fn frame(
        &mut self,
        frame: &Frame<'_>,
        load: &Workload,
        to: &mut Inspector,
    ) -> Result<(), String> {
        match frame.opcode {
            frame::TEXT if frame.plain => self.message(frame.payload, load, to)?,
            frame::PING => self.say(frame::PONG, frame.payload),
            frame::PONG => {}
            frame::CLOSE => {
                return Err(format!("closed: {}", String::from_utf8_lossy(frame.payload)));
            }
            opcode => to.tally.bad(|| format!("a frame with opcode {opcode}, or masked, or cut")),
        }
        Ok(())
    }

    fn message(
        &mut self,
        payload: &[u8],
        load: &Workload,
        to: &mut Inspector,
    ) -> Result<(), String> {
        if self.state == State::Greeting {
            return self.greeting(payload, load, to);
        }
        if let Some(pong) = load.wire.pong(payload) {
            self.say(frame::TEXT, pong.as_bytes());
            return Ok(());
        }
        let sends_as = self.sender.as_ref().and(self.place.seat);
        let (sequences, roster) = (&mut self.sequences, &mut self.roster);
        let mut receiver = Receiver { number: self.number, sends_as, sequences, roster };
        to.message(&mut receiver, payload);
        Ok(())
    }

    fn greeting(
        &mut self,
        payload: &[u8],
        load: &Workload,
        to: &mut Inspector,
    ) -> Result<(), String> {
        match load.wire.greeting(payload) {
            Greeting::Answer(text) => self.say(frame::TEXT, text.as_bytes()),
            Greeting::SayHello => self.say_hello(load),
            Greeting::Welcome => {
                self.state = State::InRoom;
                to.tally.entering.record(to.now - self.since);
                if self.place.seat.is_none() {
                    self.leave();
                } else if !self.roster.hear(payload) {
                    to.tally.bad(|| "a welcome that is no JSON".into());
                }
            }
            Greeting::Refusal => {
                return Err(format!("no welcome: {}", String::from_utf8_lossy(payload)));
            }
        }
        Ok(())
    }

    fn say_hello(&mut self, load: &Workload) {
        let Place { room, seat } = self.place;
        let readonly = load.readonly && seat.is_some_and(|seat| seat >= load.senders);
        let hello = load.wire.hello(room, seat.unwrap_or(usize::from(u16::MAX)), readonly);
        self.say(frame::TEXT, hello.as_bytes());
    }

    fn leave(&mut self) {
        self.state = State::Leaving;
        self.say(frame::CLOSE, &1000_u16.to_be_bytes());
    }
}

fn template(seat: usize, workload: &Workload) -> Template {
    Template::new(&match workload.kind {
        Kind::Action => workload.wire.action(seat, workload.payload),
        _ => workload.wire.change(seat, workload.payload, workload.echo()),
    })
}
