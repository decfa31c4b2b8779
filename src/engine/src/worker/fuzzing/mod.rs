//! Sessions that are resumed, in random programs: a client whose connections are cut anywhere, a worker's place for its session
//! (`replay`, `counting`) and the core's tokens, without sockets; an application that looks at the room meanwhile. Against what
//! `docs/resume.md` promises:
//!
//! - what the client ends up with is what was addressed to it, in order and once, or a snapshot was told, which is the room at
//!   that point of the order;
//! - a snapshot comes only where the missed messages can't be held, or where the client counts from elsewhere;
//! - what the client has sent is taken once and in order, and in the end all of it;
//! - a token opens its session until its successor is known to have come, and nothing afterwards;
//! - an ACK of what was never sent ends the session; a late one does no harm.

#![allow(clippy::unwrap_used, reason = "an input for which the code here panics is a finding")]

mod client;
mod effects;
mod line;
mod model;
mod place;
mod reading;
mod server;

use arbitrary::Unstructured;

use self::client::Client;
use self::server::Server;

type Input<'a, 'b> = &'a mut Unstructured<'b>;
type Result<T = ()> = arbitrary::Result<T>;

/// Runs a program.
///
/// # Panics
/// Where one of the above does not hold.
pub fn resume(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(mut program) = Program::new(&mut input) else { return };
    while !input.is_empty() {
        if program.step(&mut input).is_err() {
            break;
        }
    }
    program.finish();
}

struct Program {
    server: Server,
    client: Client,
    /// Numbers for values, so that no two messages are the same.
    values: u64,
}

impl Program {
    fn new(input: Input<'_, '_>) -> Result<Self> {
        let resume_bytes = *input.choose(&[0, 200, 500, 1_000, 4_000])?;
        let pending = input.int_in_range(1..=4)?;
        let mut program = Self {
            server: Server::new(resume_bytes, pending),
            client: Client::default(),
            values: 0,
        };
        program.client.connect(&mut program.server);
        program.settle();
        Ok(program)
    }

    fn step(&mut self, input: Input<'_, '_>) -> Result {
        let Self { server, client, .. } = self;
        match input.int_in_range(0..=27)? {
            0..=4 => self.tell(input)?,
            5..=7 => client.write(server),
            8..=10 => client.read(server, input.int_in_range(1..=6)?),
            11..=12 => {
                let line = server.recent(input.int_in_range(0..=3)?);
                server.read(line, input.int_in_range(1..=3)?);
            }
            13..=15 => server.work(input.int_in_range(1..=4)?),
            16 => client.acknowledge(server, input)?,
            17 => server.beat(client.line()),
            18..=19 => client.is_cut(server),
            20 => server.notice(server.recent(input.int_in_range(0..=3)?)),
            21 => client.connect_with(server, input)?,
            22 => self.steal(input)?,
            23 => self.settle(),
            24 => server.look(),
            25..=26 => server.execute("U"),
            _ => server.grace_over(input.int_in_range(0..=3)?),
        }
        Ok(())
    }

    /// The application changes the room, or tells the client something.
    fn tell(&mut self, input: Input<'_, '_>) -> Result {
        self.values += 1;
        let value = self.values;
        let Some(session) = self.client.session().filter(|_| input.ratio(1, 3).unwrap_or(false))
        else {
            self.server.execute(&format!("N 1 [{{\"key\":\"n\",\"value\":{value}}}]"));
            return Ok(());
        };
        let padding = "x".repeat(*input.choose(&[0, 0, 20, 100, 400])?);
        let told = format!("{{\"type\":9,\"told\":{value},\"padding\":\"{padding}\"}}");
        self.server.execute(&format!("S {} {told}", session.0));
        Ok(())
    }

    /// Somebody shows a token that is worth nothing: one that was used, or one that never was.
    fn steal(&mut self, input: Input<'_, '_>) -> Result {
        let token = self.client.a_worthless_token(&self.server, input)?;
        let line = self.server.connect();
        self.server.write(line, client::hello(token.as_deref(), input.int_in_range(0..=3)?));
        self.server.read(line, 1);
        assert!(!self.server.is_on_its_way(line), "{token:?} opened a session");
        self.server.cut(line);
        self.server.notice(line);
        Ok(())
    }

    /// Everybody does what there is to do.
    fn settle(&mut self) {
        self.server.execute("U");
        loop {
            let before = self.server.work_done();
            self.server.run();
            self.client.read(&mut self.server, usize::MAX);
            if self.server.work_done() == before {
                return;
            }
        }
    }

    /// The client comes back for good.
    fn finish(&mut self) {
        self.settle();
        if !self.client.is_connected() {
            self.client.connect(&mut self.server);
            self.settle();
        }
        self.client.check_complete(&self.server);
    }
}
