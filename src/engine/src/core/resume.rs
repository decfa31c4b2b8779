//! Sessions that outlive their connection: who gets one, what opens it, how long nobody sees that it is dropped.
//!
//! ```text
//!   connected --connection ends without a word, or with a transient code--> dropped --grace is over--> gone, as ever
//!       ^  |                                                                   |
//!       |  '-------- another connection shows the token (replaces) ------------'
//! ```
//! A dropped session stays what it is, `Active` in its room, so membership, order and hooks know nothing of all this. The worker
//! keeps its place and what is sent to it meanwhile (`worker/replay.rs`).

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;

use super::room::welcome;
use super::session::Status;
use super::{Core, Effect, hook};
use crate::ids::ConnId;
use crate::protocol::{HelloReq, ResumeReq};

/// Random bits that make a token unguessable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Secret(u128);

/// A token's length in bytes: the session's number, then the secret. 32 characters as text.
const TOKEN: usize = 8 + 16;

impl Secret {
    /// None where the system has no random bits to give.
    pub(crate) fn random() -> Option<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(u128::from_ne_bytes(bytes)))
    }

    fn token(self, conn: ConnId) -> Box<str> {
        let mut bytes = [0; TOKEN];
        bytes[..8].copy_from_slice(&conn.0.to_be_bytes());
        bytes[8..].copy_from_slice(&self.0.to_be_bytes());
        BASE64URL_NOPAD.encode(&bytes).into()
    }

    /// The session that a token names, and what it knows of its secret.
    fn of_token(text: &str) -> Option<(ConnId, Self)> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let bytes: [u8; TOKEN] = bytes.try_into().ok()?;
        let (conn, secret) = bytes.split_at(8);
        let conn = u64::from_be_bytes(conn.try_into().ok()?);
        Some((ConnId(conn), Self(u128::from_be_bytes(secret.try_into().ok()?))))
    }

    /// Takes the same time wherever the two differ.
    fn is(self, other: Self) -> bool {
        self.0 ^ other.0 == 0
    }
}

/// The tokens that open a session: the one that was given out last, and the one before until the client has shown that it has
/// got the last. Numbered, so that the worker knows which answer a client has seen.
#[derive(Debug)]
struct Tokens {
    current: Secret,
    generation: u32,
    previous: Option<(Secret, u32)>,
}

impl Tokens {
    /// The generation of the first one.
    const FIRST: u32 = 1;

    fn new(secret: Secret) -> Self {
        Self { current: secret, generation: Self::FIRST, previous: None }
    }

    /// Uses a token up; `fresh` takes its place. The generation of the used one.
    fn exchange(&mut self, shown: Secret, fresh: Secret) -> Option<u32> {
        let used = match self.previous {
            _ if self.current.is(shown) => (self.current, self.generation),
            Some(previous) if previous.0.is(shown) => previous,
            _ => return None,
        };
        self.previous = Some(used);
        self.generation += 1;
        self.current = fresh;
        Some(used.1)
    }

    /// The client has got this one.
    fn confirm(&mut self, generation: u32) {
        if self.generation == generation {
            self.previous = None;
        }
    }
}

/// What a session has that can be resumed. Texts are JSON fragments.
#[derive(Debug)]
pub(crate) struct Resumable {
    tokens: Tokens,
    /// What the client said hello with: the same again resumes.
    room_id: Box<str>,
    room_protocol: Box<str>,
    /// What it was answered.
    answer: Answer,
    /// It has no connection.
    dropped: bool,
    /// Connections that are to become its own and are on their way to its worker.
    coming: u32,
}

#[derive(Debug, Default)]
struct Answer {
    room_protocol: Option<Box<str>>,
    readonly: Option<Box<str>>,
}

impl Resumable {
    fn new(hello: &HelloReq<'_>, secret: Secret) -> Self {
        Self {
            tokens: Tokens::new(secret),
            room_id: hello.room_id.as_ref().into(),
            room_protocol: hello.room_protocol.as_ref().into(),
            answer: Answer::default(),
            dropped: false,
            coming: 0,
        }
    }

    fn is_of(&self, hello: &HelloReq<'_>) -> bool {
        *self.room_id == *hello.room_id && *self.room_protocol == *hello.room_protocol
    }

    pub(super) fn is_dropped(&self) -> bool {
        self.dropped
    }
}

/// A connection whose hello has opened a session: its socket becomes the session's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graft {
    /// The session.
    pub(crate) conn: ConnId,
    /// The connection that brings the socket. Its own session has ended without a word.
    pub(crate) from: ConnId,
    /// The generation of the token that was shown, and of the one that takes its place.
    pub(crate) shown: u32,
    pub(crate) issued: u32,
    /// So many messages the client has got.
    pub(crate) received: u64,
    token: Box<str>,
}

/// How sessions have fared, for statistics.
#[derive(Debug, Default)]
pub(super) struct Resumes {
    /// Without a connection now.
    pub(super) dropped: usize,
    pub(super) replayed: u64,
    pub(super) snapshot: u64,
    /// A token was shown that opens nothing.
    pub(super) refused: u64,
}

/// Close codes for what passes: a session that can be resumed is dropped by them.
pub(crate) fn is_transient(code: u16) -> bool {
    (4100..=4199).contains(&code)
}

impl Core {
    /// A first hello that asks: finds the session that its token opens, or notes that this one is to be such a session.
    pub(super) fn resume(
        &mut self,
        conn: ConnId,
        hello: &HelloReq<'_>,
        secret: Option<Secret>,
    ) -> Option<Box<Graft>> {
        let request = hello.resume.as_ref().filter(|_| !self.config.resume_for.is_zero())?;
        let secret = secret?;
        let graft = self.open_session(conn, hello, request, secret);
        if graft.is_none() {
            self.resumes.refused += u64::from(request.token.is_some());
            if let Some(session) = self.sessions.get_mut(&conn) {
                session.resume = Some(Box::new(Resumable::new(hello, secret)));
            }
        }
        graft
    }

    fn open_session(
        &mut self,
        from: ConnId,
        hello: &HelloReq<'_>,
        request: &ResumeReq<'_>,
        secret: Secret,
    ) -> Option<Box<Graft>> {
        let (conn, shown) = Secret::of_token(request.token.as_deref()?)?;
        let session = self.sessions.get_mut(&conn).filter(|session| session.is_resumable())?;
        let resume = session.resume.as_mut().filter(|resume| resume.is_of(hello))?;
        let shown = resume.tokens.exchange(shown, secret)?;
        resume.coming += 1;
        let issued = resume.tokens.generation;
        let newcomer = self.sessions.remove(&from)?;
        if let Some(session) = self.sessions.get_mut(&conn) {
            (session.info, session.group) = (newcomer.info, newcomer.group);
        }
        let token = secret.token(conn);
        let received = request.received;
        Some(Box::new(Graft { conn, from, shown, issued, received, token }))
    }

    /// The newcomer's socket is ready to be taken. False: the session has ended meanwhile.
    pub(crate) fn send_graft(&mut self, graft: Box<Graft>) -> bool {
        let Some(worker) = self.sessions.get(&graft.conn).map(|session| session.worker) else {
            return false;
        };
        self.effect(worker, Effect::Graft(graft));
        true
    }

    /// The client is let in for the first time: the generation of its token and the member `ext` of its answer.
    pub(super) fn grant_resume(
        &mut self,
        conn: ConnId,
        room_protocol: Option<&str>,
        readonly: Option<&str>,
    ) -> Option<(u32, String)> {
        let resume = self.sessions.get_mut(&conn)?.resume.as_mut()?;
        resume.answer = Answer {
            room_protocol: room_protocol.map(Into::into),
            readonly: readonly.map(Into::into),
        };
        let token = resume.tokens.current.token(conn);
        Some((Tokens::FIRST, self.resume_ext(&token, "new", 0)))
    }

    fn resume_ext(&self, token: &str, outcome: &str, received: u64) -> String {
        let ms = self.config.resume_for.as_millis();
        format!(
            "{{\"resume\":{{\"token\":\"{token}\",\"ms\":{ms},\"outcome\":\"{outcome}\",\"received\":{received}}}}}"
        )
    }

    /// A session has got its new socket; so many of its client's messages have come. `held`: the worker has all that the client
    /// missed, and gets the answer to send before it. Otherwise the answer is a snapshot of the room, and comes as an effect.
    pub(crate) fn resumed(&mut self, graft: &Graft, received: u64, held: bool) -> Option<Bytes> {
        let conn = graft.conn;
        let session = self.sessions.get_mut(&conn)?;
        let resume = session.resume.as_mut()?;
        resume.coming = resume.coming.saturating_sub(1);
        self.resumes.dropped -= usize::from(std::mem::take(&mut resume.dropped));
        let Status::Active { room } = session.status else { return None };
        let Some(key) = room else {
            // Its room was deleted meanwhile.
            self.terminate(conn);
            return None;
        };
        if self.hooks & hook::RESUME != 0 || session.watched {
            session.watched = true;
            self.events.push(format_args!("13,{},{}", conn.0, key.0));
        }
        let Answer { room_protocol, readonly } = std::mem::take(&mut resume.answer);
        let texts = (room_protocol.as_deref(), readonly.as_deref());
        let frame = if held {
            self.resumes.replayed += 1;
            let ext = self.resume_ext(&graft.token, "replayed", received);
            Some(welcome(conn, texts, (b"", b"{}"), Some(&ext)))
        } else {
            self.resumes.snapshot += 1;
            let ext = self.resume_ext(&graft.token, "snapshot", received);
            self.send_snapshot(graft, key, texts, &ext);
            None
        };
        if let Some(resume) = self.sessions.get_mut(&conn).and_then(|it| it.resume.as_mut()) {
            resume.answer = Answer { room_protocol, readonly };
        }
        frame
    }

    /// Behind all that the snapshot contains.
    fn send_snapshot(
        &mut self,
        graft: &Graft,
        key: crate::ids::RoomKey,
        texts: (Option<&str>, Option<&str>),
        ext: &str,
    ) {
        self.settle_joins(key);
        let Some(room) = self.rooms.get_mut(&key) else { return };
        let frame = room.welcome(graft.conn, texts.0, texts.1, Some(ext));
        let Some(worker) = self.sessions.get(&graft.conn).map(|session| session.worker) else {
            return;
        };
        self.effect(worker, Effect::Welcome { conn: graft.conn, frame, issued: graft.issued });
    }

    /// Something came from the client behind its hello: it has the token of this generation.
    pub(crate) fn confirm_token(&mut self, conn: ConnId, generation: u32) {
        if let Some(resume) =
            self.sessions.get_mut(&conn).and_then(|session| session.resume.as_mut())
        {
            resume.tokens.confirm(generation);
        }
    }

    /// The session's connection ends, in a way that may be an accident. Whether it is kept without one.
    pub(crate) fn drops(&mut self, conn: ConnId, code: u16) -> bool {
        if self.resumes.dropped >= self.config.max_dropped {
            return false;
        }
        let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.is_resumable())
        else {
            return false;
        };
        let (Some(room), Some(resume)) = (session.status.room(), session.resume.as_mut()) else {
            return false;
        };
        resume.dropped = true;
        self.resumes.dropped += 1;
        tracing::debug!(conn = conn.0, code, "dropped");
        if self.hooks & hook::DROP != 0 {
            session.watched = true;
            self.events.push(format_args!("12,{},{}", conn.0, room.0));
        }
        self.count_close(code);
        true
    }

    /// The time of a dropped session is over: it leaves as ever. False: it has been resumed meanwhile.
    pub(crate) fn grace_over(&mut self, conn: ConnId) -> bool {
        let session = self.sessions.get(&conn);
        let over = session
            .and_then(|session| session.resume.as_ref())
            .is_none_or(|resume| resume.dropped && resume.coming == 0);
        if over {
            self.closed(conn, 1006, "");
        }
        over
    }

    /// No token opens the session any more. Whether it had no connection.
    pub(super) fn end_resume(&mut self, conn: ConnId) -> bool {
        let resume = self.sessions.get_mut(&conn).and_then(|session| session.resume.take());
        let dropped = resume.is_some_and(|resume| resume.dropped);
        self.resumes.dropped -= usize::from(dropped);
        dropped
    }

    /// How many sessions have no connection now.
    pub(crate) fn dropped(&self) -> usize {
        self.resumes.dropped
    }
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
