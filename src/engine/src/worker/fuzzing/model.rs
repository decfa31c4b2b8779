//! What is promised about a session, for somebody who keeps everything and forgets nothing.

use bytes::Bytes;

/// What a held message costs beside its bytes, as docs/resume.md says.
const OVERHEAD: usize = 64;

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Greeting,
    /// Since the token of this number was issued.
    AwaitingSnapshot(u32),
    Live,
    /// The session ended before its client was answered.
    Over,
}

/// One session's.
pub(super) struct Model {
    limit: usize,
    stage: Stage,
    /// Everything that was ever addressed to the client.
    pub(super) all: Vec<Bytes>,
    /// Where in it the count began, and the number of the token that came with the answer.
    base: usize,
    base_token: u32,
    /// The client has said to have what is before this place.
    acknowledged: usize,
    /// How many of the client's messages have come.
    pub(super) taken: u64,
    /// The tokens that were made, by number from 1 on; empty: nobody has seen it yet.
    tokens: Vec<String>,
    /// The one that was used last, while its successor may not have come.
    previous: Option<usize>,
    /// No token opens it any more.
    pub(super) over: bool,
}

impl Model {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            stage: Stage::Greeting,
            all: Vec::new(),
            base: 0,
            base_token: 0,
            acknowledged: 0,
            taken: 0,
            tokens: vec![String::new()],
            previous: None,
            over: false,
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.stage != Stage::Greeting
    }

    // --- tokens ---

    /// The client may see this token from now on.
    pub(super) fn publish(&mut self, number: u32, token: String) {
        self.tokens[number as usize - 1] = token;
    }

    /// The number of a token that opens the session.
    pub(super) fn opens(&self, token: &str) -> Option<u32> {
        let at = self.tokens.iter().position(|known| known == token && !known.is_empty())?;
        let is_good = at + 1 == self.tokens.len() || self.previous == Some(at);
        (is_good && !self.over).then(|| u32::try_from(at + 1).unwrap())
    }

    /// A token is used. The number of the next one.
    pub(super) fn exchange(&mut self, shown: u32) -> u32 {
        self.previous = Some(shown as usize - 1);
        self.tokens.push(String::new());
        u32::try_from(self.tokens.len()).unwrap()
    }

    /// The client has shown that it has this one.
    pub(super) fn confirm(&mut self, number: u32) {
        if self.tokens.len() == number as usize {
            self.previous = None;
        }
    }

    // --- the count ---

    /// An answer with which the count begins is about to be sent. Whether it is.
    pub(super) fn begin(&mut self, number: u32) -> bool {
        let begins = match self.stage {
            Stage::Greeting => true,
            Stage::AwaitingSnapshot(awaited) => awaited == number,
            Stage::Live | Stage::Over => false,
        };
        if begins {
            self.stage = Stage::Live;
            (self.base, self.base_token) = (self.all.len(), number);
            self.acknowledged = self.base;
        }
        begins
    }

    /// Something is addressed to the client. Whether it is sent: what a snapshot that is on its way will show is not.
    pub(super) fn address(&mut self, frame: &Bytes) -> bool {
        self.all.push(frame.clone());
        self.stage == Stage::Live
    }

    /// Whether the client can have as many messages as it says. While it waits for a snapshot nobody can tell.
    pub(super) fn acknowledge(&mut self, received: u64) -> bool {
        if self.stage != Stage::Live {
            return true;
        }
        let Some(place) = self.place(received) else { return false };
        self.acknowledged = self.acknowledged.max(place);
        true
    }

    fn place(&self, received: u64) -> Option<usize> {
        let place = self.base.checked_add(usize::try_from(received).ok()?)?;
        (place <= self.all.len()).then_some(place)
    }

    /// Where what is held begins: the most recent messages that fit, without those that the client has.
    fn held_from(&self) -> usize {
        let mut room = self.limit;
        let fits = |frame: &&Bytes| match room.checked_sub(frame.len() + OVERHEAD) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        };
        let count = self.all[self.base..].iter().rev().take_while(fits).count();
        (self.all.len() - count).max(self.acknowledged)
    }

    pub(super) fn end(&mut self) {
        self.stage = Stage::Over;
    }

    /// A client comes back. What it misses; None: it has to get a snapshot.
    pub(super) fn resume(&mut self, shown: u32, issued: u32, received: u64) -> Option<Vec<Bytes>> {
        let counts = self.stage == Stage::Live && shown >= self.base_token;
        let place = self.place(received).filter(|place| counts && *place >= self.held_from());
        if let Some(place) = place {
            self.acknowledged = place;
            return Some(self.all[place..].to_vec());
        }
        self.stage = Stage::AwaitingSnapshot(issued);
        None
    }
}
