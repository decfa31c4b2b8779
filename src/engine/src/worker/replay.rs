//! What was sent to a client that may come back, and what has come from it: counted on both sides, so that each knows what the
//! other has. Pure: frames and numbers in, decisions out.

use std::collections::VecDeque;

use bytes::Bytes;

/// What a held frame costs beside its bytes: its place in the queue and its allocation.
const OVERHEAD: usize = 64;

/// The client's numbers don't fit what was sent to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongAck;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The client is not in yet: nothing is counted that is sent to it.
    Greeting,
    /// Between a hello that resumes and the snapshot that answers it, which was issued with the token of this generation. What
    /// is sent meanwhile is in the snapshot, or lost as what was before.
    AwaitingSnapshot(u32),
    Live,
    /// The session has ended before its client's hello was answered: all that follows is the end.
    Over,
}

/// One session's. It is there for clients that asked for it, from their hello on.
#[derive(Debug)]
pub(super) struct Replay {
    stage: Stage,
    /// The generation of the token that came with the answer with which the count began: who has an older one counts from
    /// elsewhere.
    base: u32,
    /// Messages since that answer.
    sent: u64,
    /// The last of them, as frames that are not compressed and that all who got them share. Bounded by `limit`.
    log: VecDeque<Bytes>,
    /// What the log costs.
    held: usize,
    limit: usize,
    /// Messages from the client.
    taken: u64,
    /// `sent` and `taken` when the client was told last.
    told: (u64, u64),
    /// The client was told because the log had become large, and has not answered since.
    pressing: bool,
    /// ACKs that the client was given and may answer, whatever its rate.
    owed: u32,
    /// The generation of the token that this connection brought and of which the client has shown nothing yet.
    unconfirmed: Option<u32>,
    /// A ping was sent behind that token.
    pinged: bool,
    /// When the session without a connection ends, in milliseconds since the worker's start.
    pub(super) grace_at: Option<u64>,
}

impl Replay {
    /// Holds frames of at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            stage: Stage::Greeting,
            base: 0,
            sent: 0,
            log: VecDeque::new(),
            held: 0,
            limit,
            taken: 0,
            told: (0, 0),
            pressing: false,
            owed: 0,
            unconfirmed: None,
            pinged: false,
            grace_at: None,
        }
    }

    fn is_live(&self) -> bool {
        self.stage == Stage::Live
    }

    /// The client is in a room: its session outlives the connection.
    pub(super) fn has_begun(&self) -> bool {
        self.stage != Stage::Greeting
    }

    // --- to the client ---

    /// An answer to the hello that begins the count. False: it is none that is waited for.
    pub(super) fn begin(&mut self, generation: u32) -> bool {
        match self.stage {
            Stage::Greeting => {}
            Stage::AwaitingSnapshot(awaited) if awaited == generation => {}
            Stage::AwaitingSnapshot(_) | Stage::Live | Stage::Over => return false,
        }
        self.stage = Stage::Live;
        self.base = generation;
        self.sent = 0;
        self.told = (0, self.taken);
        true
    }

    /// A message is about to be sent. Whether it really is.
    pub(super) fn note(&mut self, frame: &Bytes) -> bool {
        match self.stage {
            Stage::Greeting => return true,
            Stage::AwaitingSnapshot(_) | Stage::Over => return false,
            Stage::Live => {}
        }
        self.sent += 1;
        self.held += frame.len() + OVERHEAD;
        self.log.push_back(frame.clone());
        while self.held > self.limit {
            self.let_go();
        }
        true
    }

    fn let_go(&mut self) {
        if let Some(frame) = self.log.pop_front() {
            self.held -= frame.len() + OVERHEAD;
        }
    }

    /// The number of the last message that is held no more.
    fn gone(&self) -> u64 {
        self.sent - self.log.len() as u64
    }

    /// The client has this message and all before it. While a snapshot is on its way the number is that of another count.
    pub(super) fn acknowledge(&mut self, received: u64) -> Result<(), WrongAck> {
        if !self.is_live() {
            return Ok(());
        }
        if received > self.sent {
            return Err(WrongAck);
        }
        while self.gone() < received {
            self.let_go();
        }
        self.pressing = false;
        self.owed = self.owed.saturating_sub(1);
        Ok(())
    }

    /// The log has become so large that the client has to say what it has. Said once until it does.
    pub(super) fn presses(&mut self) -> bool {
        let presses = !self.pressing && self.held > self.limit / 2;
        self.pressing |= presses;
        presses
    }

    /// Whether there is anything to tell since the client was told last.
    pub(super) fn has_news(&self) -> bool {
        self.is_live() && (self.told != (self.sent, self.taken) || self.unconfirmed.is_some())
    }

    /// The client is told now how many of its messages have come.
    pub(super) fn tell(&mut self) -> u64 {
        self.told = (self.sent, self.taken);
        self.owed = self.owed.saturating_add(1);
        self.taken
    }

    // --- from the client ---

    /// One message more has come.
    pub(super) fn take(&mut self) {
        self.taken += 1;
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The client may answer an ACK without its rate being asked.
    pub(super) fn owes(&self) -> bool {
        self.owed > 0
    }

    pub(super) fn pinged(&mut self) {
        self.pinged = true;
    }

    /// Something came behind the hello; `pong`: only a pong. The generation of the token that the client has shown to have by
    /// that.
    pub(super) fn confirm(&mut self, pong: bool) -> Option<u32> {
        self.unconfirmed.take_if(|_| self.pinged || !pong)
    }

    // --- resuming ---

    /// A client comes back that has seen the answer with the token `shown` and so many messages behind the one that began its
    /// count; it is issued another token. Whether all that it misses is held. Otherwise a snapshot has to begin anew.
    pub(super) fn resume(&mut self, shown: u32, issued: u32, received: u64) -> bool {
        self.grace_at = None;
        self.unconfirmed = Some(issued);
        self.pinged = false;
        self.owed = 0;
        let counts = self.is_live() && shown >= self.base && received >= self.gone();
        if counts && self.acknowledge(received).is_ok() {
            // The answer says what has been taken.
            self.told.1 = self.taken;
            return true;
        }
        self.stage = Stage::AwaitingSnapshot(issued);
        self.pressing = false;
        self.log = VecDeque::new();
        self.held = 0;
        false
    }

    /// The session has ended before this connection was answered: nothing that was decided for it before is sent on it.
    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
    }

    /// What the client misses, in order.
    pub(super) fn missed(&self) -> impl Iterator<Item = &Bytes> {
        self.log.iter()
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
